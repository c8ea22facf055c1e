// SPDX-License-Identifier: Apache-2.0
// The clients of Replicate, Hugging Face and AI21 against our servers.
import { InferenceClient } from '@huggingface/inference';
import { AI21 } from 'ai21';
import Replicate from 'replicate';
import { asked, call_joined, called_in, greeting, hello, joined, refused, witness } from './clients.mjs';
import { weather } from './lib.mjs';

const tools = [{ type: 'function', function: weather }];

const version = '5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa';
const replicate = (model) => ({
    connect: (url) => new Replicate({ auth: 'r8_right_key_0001', baseUrl: `${url}/v1` }),
    whole: async (client) =>
        (await client.run(model, { input: { prompt: greeting }, wait: { mode: 'poll', interval: 20 } })).join(''),
    stream: async (client) => joined(client.stream(model, { input: { prompt: greeting } }), (event) => `${event}`),
});
witness('replicate', replicate('acme/parrot'));
witness('replicate-version', replicate(`acme/parrot:${version}`));
witness('replicate', {
    connect: replicate('acme/parrot').connect,
    whole: async (client) =>
        (await client.run('acme/parrot', { input: { prompt: greeting }, wait: { mode: 'block', timeout: 5 } })).join(''),
}, ' (Prefer: wait)');
witness('replicate-deployment', {
    connect: replicate('acme/parrot').connect,
    whole: async (client) => {
        const made = await client.deployments.predictions.create('acme', 'parrot', { input: { prompt: greeting } });
        return (await client.wait(made, { interval: 20 })).output.join('');
    },
});

const token = 'hf_right0000000001';
const messages = (path) => ({
    connect: (url) => new InferenceClient(token, { endpointUrl: `${url}${path}`, retry_on_error: false }),
    whole: async (client) =>
        (await client.chatCompletion({ model: 'parrot', messages: hello })).choices[0].message.content,
    stream: async (client) =>
        joined(client.chatCompletionStream({ model: 'parrot', messages: hello }),
            (chunk) => chunk.choices[0]?.delta?.content),
    tool: async (client) => {
        const answer = await client.chatCompletion({ model: 'tools', messages: asked, tools });
        const call = answer.choices[0].message.tool_calls[0].function;
        // TGI answers with an object, as its page and its own specification disagree.
        return typeof call.arguments === 'string' ? called_in(call) : { name: call.name, city: call.arguments.city };
    },
    tool_stream: async (client) =>
        call_joined(client.chatCompletionStream({ model: 'tools', messages: asked, tools })),
});
witness('huggingface-router', messages('/v1'));
witness('huggingface-messages', messages(''));

// TGI's own API: the client has only its general request for it, which streams at the root of the server alone.
const generate = (url) => ({
    accessToken: token, endpointUrl: url, inputs: `User: ${greeting}\nAssistant:`,
    parameters: { max_new_tokens: 20, details: true },
});
witness('huggingface-generate', {
    connect: (url) => ({ client: new InferenceClient(token), url }),
    whole: async ({ client, url }) => (await client.request(generate(`${url}/generate`))).generated_text,
    stream: async ({ client, url }) =>
        joined(client.streamingRequest(generate(url)),
            (event) => (event.token.special ? '' : event.token.text)),
});

witness('ai21', {
    connect: (url) => new AI21({ baseURL: `${url}/studio/v1`, apiKey: 'ai21-right-0000000001', maxRetries: 0 }),
    whole: async (client) =>
        (await client.chat.completions.create({ model: 'parrot', messages: hello })).choices[0].message.content,
    stream: async (client) =>
        joined(await client.chat.completions.create({ model: 'parrot', messages: hello, stream: true }),
            (chunk) => chunk.choices[0]?.delta?.content),
    tool: async (client) => {
        const answer = await client.chat.completions.create({ model: 'tools', messages: asked, tools });
        return called_in(answer.choices[0].message.tool_calls[0].function);
    },
    tool_stream: async (client) =>
        call_joined(await client.chat.completions.create({ model: 'tools', messages: asked, tools, stream: true })),
});

refused('replicate', {
    ...replicate('acme/parrot'),
    wrong: (url) => new Replicate({ auth: 'no', baseUrl: `${url}/v1` }),
}, 401);
refused('huggingface-messages', {
    ...messages(''),
    wrong: (url) => new InferenceClient('hf_no', { endpointUrl: url }),
}, 401);
refused('ai21', {
    wrong: (url) => new AI21({ baseURL: `${url}/studio/v1`, apiKey: 'wrong', maxRetries: 0 }),
    whole: (client) => client.chat.completions.create({ model: 'parrot', messages: hello }),
}, 403);
