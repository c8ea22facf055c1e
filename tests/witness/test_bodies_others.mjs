// SPDX-License-Identifier: Apache-2.0
// What the drivers bedrock, replicate, huggingface and ai21 send, beside the vendors' clients. (test_bedrock_bodies.mjs
// holds every recorded body against the AWS SDK; here are the headers and the path as they come over the wire.)
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { InferenceClient } from '@huggingface/inference';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { AI21 } from 'ai21';
import Replicate from 'replicate';
import { agree, completion, looking, pixel, tools } from './bodies.mjs';
import { conversation, weather } from './lib.mjs';

const bedrock = {
    conf: (url) => `[provider bedrock]\nbase-url = ${url}\nregion = us-east-1\napi-key = bedrock-demo-key\n`,
    headers: ['authorization', 'accept'],
};
const aws = (endpoint) =>
    new BedrockRuntimeClient({
        region: 'us-east-1', endpoint, maxAttempts: 1, requestHandler: new NodeHttpHandler(),
        token: { token: 'bedrock-demo-key' }, authSchemePreference: ['httpBearerAuth'],
    });
const converse_body = {
    system: [{ text: 'Be brief.' }],
    messages: [
        {
            role: 'user',
            content: [
                { text: 'Weather in Oslo?' },
                { image: { format: 'png', source: { bytes: Buffer.from(pixel, 'base64') } } },
            ],
        },
        {
            role: 'assistant',
            content: [{ toolUse: { toolUseId: 'call_a1b2c3d4e', name: 'get_weather', input: { city: 'Oslo' } } }],
        },
        {
            role: 'user',
            content: [
                { toolResult: { toolUseId: 'call_a1b2c3d4e', content: [{ text: '4 degrees' }] } },
                { text: 'And in Rome?' },
            ],
        },
    ],
    inferenceConfig: { maxTokens: 99, temperature: 0.5, topP: 0.25, stopSequences: ['END'] },
    toolConfig: {
        tools: [{
            toolSpec: {
                name: weather.name, description: weather.description, inputSchema: { json: weather.parameters },
            },
        }],
    },
};
for (const modelId of [
    'us.amazon.nova-pro-v1:0', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3',
])
    agree(`bedrock: Converse, ${modelId}`, {
        ...bedrock,
        reply: {
            output: { message: { role: 'assistant', content: [{ text: 'x' }] } }, stopReason: 'end_turn',
            usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, metrics: { latencyMs: 1 },
        },
        headers: ['authorization'],
        model: `bedrock/${modelId}`,
        request: { messages: looking, max_completion_tokens: 99, temperature: 0.5, top_p: 0.25, stop: ['END'] },
        client: (url) => aws(url).send(new ConverseCommand({ modelId, ...converse_body })),
    });
agree('bedrock: InvokeModel, Titan embeddings', {
    ...bedrock,
    reply: { embedding: [0.5, 0.25], inputTextTokenCount: 1 },
    kind: 'embedding',
    model: 'bedrock/amazon.titan-embed-text-v2:0',
    request: { input: ['a'], dimensions: 256 },
    client: (url) =>
        aws(url).send(new InvokeModelCommand({
            modelId: 'amazon.titan-embed-text-v2:0', contentType: 'application/json', accept: 'application/json',
            body: JSON.stringify({ inputText: 'a', dimensions: 256 }),
        })),
});

const r8 = {
    conf: (url) => `[provider replicate]\nbase-url = ${url}/v1\napi-key = r8_demo0123456789\nwait = 7\n`,
    headers: ['authorization', 'prefer'],
    reply: {
        id: 'p1', status: 'succeeded', output: ['x'], error: null, input: {},
        urls: { get: 'https://api.replicate.com/v1/predictions/p1' },
    },
};
const version = '5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa';
const input = { system_prompt: 'Be brief.', prompt: 'Weather in Oslo?', max_tokens: 99, temperature: 0.5, top_p: 0.25 };
const turn = {
    messages: conversation.slice(0, 2), tools: undefined, max_completion_tokens: 99, temperature: 0.5, top_p: 0.25,
};
const jobs = (url) => new Replicate({ auth: 'r8_demo0123456789', baseUrl: `${url}/v1`, useFileOutput: false });
agree('replicate: an official model', {
    ...r8,
    model: 'replicate/acme/parrot',
    request: turn,
    client: (url) => jobs(url).run('acme/parrot', { input, wait: { mode: 'block', timeout: 7 } }),
});
agree('replicate: a version', {
    ...r8,
    model: `replicate/acme/parrot:${version}`,
    request: turn,
    client: (url) => jobs(url).run(`acme/parrot:${version}`, { input, wait: { mode: 'block', timeout: 7 } }),
});
agree('replicate: a deployment', {
    ...r8,
    model: 'replicate/deployments/acme/parrot',
    request: turn,
    client: (url) => jobs(url).deployments.predictions.create('acme', 'parrot', { input, wait: 7 }),
});
agree('replicate: an image', {
    ...r8,
    reply: { ...r8.reply, output: ['https://replicate.delivery/a.png'] },
    kind: 'image',
    model: 'replicate/acme/painter',
    request: { prompt: 'a red fox', n: 2, size: '1024x1024' },
    client: (url) =>
        jobs(url).run('acme/painter', {
            input: { prompt: 'a red fox', num_outputs: 2, aspect_ratio: '1:1' }, wait: { mode: 'block', timeout: 7 },
        }),
});

const hf = { headers: ['authorization'], request: { messages: looking, temperature: 0.5, max_tokens: 99 } };
const face = (url) => new InferenceClient('hf_demo0123456789', { endpointUrl: url });
const hf_chat = (url, model) =>
    face(url).chatCompletion({ model, messages: looking, tools, temperature: 0.5, max_tokens: 99 });
agree('huggingface: router', {
    ...hf,
    reply: completion('org/name'),
    conf: (url) => `[provider huggingface]\nbase-url = ${url}/v1\nendpoint = router\napi-key = hf_demo0123456789\n`,
    model: 'huggingface/org/name:novita',
    client: (url) => hf_chat(`${url}/v1`, 'org/name:novita'),
});
agree('huggingface: an endpoint', {
    ...hf,
    reply: completion('org/name'),
    conf: (url) => `[provider huggingface]\nbase-url = ${url}\napi-key = hf_demo0123456789\n`,
    model: 'huggingface/org/name',
    client: (url) => hf_chat(url, 'org/name'),
});
agree('huggingface: TGI', {
    ...hf,
    reply: {
        generated_text: 'x',
        details: { finish_reason: 'length', generated_tokens: 1, seed: null, prefill: [], tokens: [] },
    },
    conf: (url) =>
        `[provider huggingface]\nbase-url = ${url}\napi = generate\ntemplate = roles\napi-key = hf_demo0123456789\n`,
    model: 'huggingface/org/name',
    request: {
        messages: conversation.slice(1, 2), tools: undefined, temperature: 0.5, max_tokens: 9, seed: 7, stop: ['END'],
    },
    client: (url) =>
        face(`${url}/generate`).request({
            inputs: 'User: Weather in Oslo?\nAssistant:',
            parameters: {
                temperature: 0.5, max_new_tokens: 9, seed: 7, details: true, return_full_text: false,
                // The template's own end of a turn is added.
                stop: ['END', '\nUser:'],
            },
        }),
});

agree('ai21', {
    reply: completion('jamba-large'),
    conf: (url) => `[provider ai21]\nbase-url = ${url}/studio/v1\napi-key = ai21-demo-0123456789\n`,
    headers: ['authorization'],
    model: 'ai21/jamba-large',
    request: { temperature: 0.5, max_tokens: 99, top_p: 0.25, stop: ['END'] },
    client: (url) =>
        new AI21({ baseURL: `${url}/studio/v1`, apiKey: 'ai21-demo-0123456789' }).chat.completions.create({
            model: 'jamba-large',
            messages: conversation.map((message) => ({ ...message, content: message.content ?? '' })),
            tools, temperature: 0.5, max_tokens: 99, top_p: 0.25, stop: ['END'],
        }),
});
