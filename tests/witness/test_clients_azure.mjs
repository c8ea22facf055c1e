// SPDX-License-Identifier: Apache-2.0
// The clients for Azure against our servers: OpenAI's AzureOpenAI at deployments and at the v1 API, with a key and with
// a token, Microsoft's own client of the model inference API, and Anthropic's for Claude on Foundry's address.
import ModelClient, { isUnexpected } from '@azure-rest/ai-inference';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { AzureOpenAI } from 'openai';
import { asked, call_joined, called_in, hello, joined, refused, witness } from './clients.mjs';
import { weather } from './lib.mjs';

const tools = [{ type: 'function', function: weather }];

const openai_ways = {
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
};

const apiVersion = '2024-10-21';
witness('azure-classic', {
    ...openai_ways,
    connect: (url) => new AzureOpenAI({ endpoint: url, apiKey: 'azure-right-key-0001', apiVersion, maxRetries: 0 }),
});
witness('azure-entra', {
    ...openai_ways,
    connect: (url) =>
        new AzureOpenAI({
            endpoint: url, azureADTokenProvider: async () => 'eyJ0.stub.token', apiVersion, maxRetries: 0,
        }),
});
// At the v1 API Microsoft's pages use the plain client, the key as its bearer token or in api-key.
witness('azure-v1', {
    ...openai_ways,
    connect: (url) =>
        new OpenAI({
            baseURL: `${url}/openai/v1/`, apiKey: '', maxRetries: 0,
            defaultHeaders: { authorization: null, 'api-key': 'azure-right-key-0001' },
        }),
});
witness('azure-v1', {
    ...openai_ways,
    connect: (url) => new OpenAI({ baseURL: `${url}/openai/v1/`, apiKey: 'azure-right-key-0001', maxRetries: 0 }),
}, ' (bearer)');

function checked(response) {
    if (isUnexpected(response)) throw new Error(`${response.status}: ${JSON.stringify(response.body)}`);
    return response.body;
}

async function inference_stream(client, body) {
    const response = await client.path('/chat/completions').post({ body: { ...body, stream: true } }).asNodeStream();
    if (response.status !== '200') throw new Error(`${response.status}`);
    let text = '';
    for await (const piece of response.body) text += piece.toString();
    return text.split('\n\n').filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)));
}

const inference_ways = {
    whole: async (client) =>
        checked(await client.path('/chat/completions').post({ body: { model: 'parrot', messages: hello } }))
            .choices[0].message.content,
    stream: async (client) =>
        joined(await inference_stream(client, { model: 'parrot', messages: hello }),
            (chunk) => chunk.choices[0]?.delta?.content),
    tool: async (client) => {
        const answer = checked(await client.path('/chat/completions').post({
            body: { model: 'tools', messages: asked, tools },
        }));
        return called_in(answer.choices[0].message.tool_calls[0].function);
    },
    tool_stream: async (client) =>
        call_joined(await inference_stream(client, { model: 'tools', messages: asked, tools })),
};
const key = { key: 'foundry-right-key-0001' };
const local = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
witness('azure-ai-resource', { ...inference_ways, connect: (url) => ModelClient(`${url}/models`, key, local) });
witness('azure-ai-serverless', { ...inference_ways, connect: (url) => ModelClient(url, key, local) });

const { name, description, parameters } = weather;
witness('azure-ai-claude', {
    connect: (url) => new Anthropic({ baseURL: `${url}/anthropic`, apiKey: key.key, maxRetries: 0 }),
    whole: async (client) =>
        (await client.messages.create({ model: 'parrot', max_tokens: 99, messages: hello })).content[0].text,
    stream: async (client) =>
        (await client.messages.stream({ model: 'parrot', max_tokens: 99, messages: hello }).finalMessage())
            .content[0].text,
    tool: async (client) => {
        const answer = await client.messages.create({
            model: 'tools', max_tokens: 99, messages: asked, tools: [{ name, description, input_schema: parameters }],
        });
        const call = answer.content.find((block) => block.type === 'tool_use');
        return { name: call.name, city: call.input.city };
    },
});

refused('azure-classic', {
    ...openai_ways,
    wrong: (url) => new AzureOpenAI({ endpoint: url, apiKey: 'wrong', apiVersion, maxRetries: 0 }),
}, 401);
refused('azure-ai-resource', {
    ...inference_ways,
    wrong: (url) => ModelClient(`${url}/models`, { key: 'no' }, local),
}, 401);
