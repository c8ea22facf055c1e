// SPDX-License-Identifier: Apache-2.0
// What the drivers azure and azure_ai send, beside OpenAI's client for Azure, Microsoft's client of the model inference
// API, and Anthropic's.
import ModelClient from '@azure-rest/ai-inference';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { AzureOpenAI } from 'openai';
import { agree, completion, looking, pixel, tools, vectors } from './bodies.mjs';
import { weather } from './lib.mjs';

const apiKey = 'azure-demo-0123456789';
const apiVersion = '2024-10-21';
const chat = { messages: looking, temperature: 0.5, max_tokens: 99 };
const azure = {
    conf: (url) => `[provider azure]\nbase-url = ${url}\napi-key = ${apiKey}\n`,
    headers: ['api-key', 'authorization'],
    // The deployment is in the path; this client leaves it in the body too.
    besides: ['model'],
};
const client = (endpoint) => new AzureOpenAI({ endpoint, apiKey, apiVersion });

agree('azure: deployment', {
    ...azure,
    reply: completion('gpt-4o'),
    model: 'azure/my-gpt4o',
    request: chat,
    client: (url) => client(url).chat.completions.create({ model: 'my-gpt4o', tools, ...chat }),
});
agree('azure: deployment with a token', {
    ...azure,
    reply: completion('gpt-4o'),
    conf: (url) => `[provider azure]\nbase-url = ${url}\nad-token = eyJ0.demo.token\n`,
    model: 'azure/my-gpt4o',
    request: chat,
    client: (url) =>
        new AzureOpenAI({ endpoint: url, azureADTokenProvider: async () => 'eyJ0.demo.token', apiVersion })
            .chat.completions.create({ model: 'my-gpt4o', tools, ...chat }),
});
agree('azure: embeddings', {
    ...azure,
    reply: vectors('text-embedding-3-small'),
    kind: 'embedding',
    model: 'azure/my-vectors',
    request: { input: ['a', 'b'], dimensions: 2, encoding_format: 'float' },
    client: (url) =>
        client(url).embeddings.create({
            model: 'my-vectors', input: ['a', 'b'], dimensions: 2, encoding_format: 'float',
        }),
});
agree('azure: images', {
    ...azure,
    reply: { created: 1, data: [{ b64_json: pixel }] },
    kind: 'image',
    model: 'azure/my-images',
    request: { prompt: 'a red fox', n: 1, size: '1024x1024' },
    client: (url) =>
        client(url).images.generate({ model: 'my-images', prompt: 'a red fox', n: 1, size: '1024x1024' }),
});
agree('azure: v1', {
    reply: completion('gpt-4o'),
    conf: (url) => `[provider azure]\nbase-url = ${url}/openai/v1\napi-key = ${apiKey}\n`,
    headers: ['api-key', 'authorization'],
    model: 'azure/my-gpt4o',
    request: chat,
    client: (url) =>
        new OpenAI({
            baseURL: `${url}/openai/v1`, apiKey: '', defaultHeaders: { authorization: null, 'api-key': apiKey },
        }).chat.completions.create({ model: 'my-gpt4o', tools, ...chat }),
});

const brief = [looking[0], { role: 'user', content: 'Weather in Oslo?' }];
const foundry = (endpoint) =>
    ModelClient(endpoint, { key: apiKey }, { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } });
agree('azure_ai: resource', {
    reply: completion('Llama-3.2-11B-Vision-Instruct'),
    conf: (url) => `[provider azure_ai]\nbase-url = ${url}/models\nkey-header = api-key\napi-key = ${apiKey}\n`,
    headers: ['api-key'],
    model: 'azure_ai/Llama-3.2-11B-Vision-Instruct',
    request: chat,
    client: (url) =>
        foundry(`${url}/models`).path('/chat/completions').post({
            body: { model: 'Llama-3.2-11B-Vision-Instruct', tools, ...chat },
            headers: { 'extra-parameters': 'drop' },
        }),
});
agree('azure_ai: resource, parameters beyond the schema', {
    reply: completion('Mistral-Large-2411'),
    conf: (url) => `[provider azure_ai]\nbase-url = ${url}/models\nkey-header = api-key\napi-key = ${apiKey}\n`,
    headers: ['api-key', 'extra-parameters'],
    model: 'azure_ai/Mistral-Large-2411',
    request: { safe_prompt: true, messages: brief },
    client: (url) =>
        foundry(`${url}/models`).path('/chat/completions').post({
            body: { model: 'Mistral-Large-2411', tools, safe_prompt: true, messages: brief },
            headers: { 'extra-parameters': 'pass-through' },
        }),
});
agree('azure_ai: embeddings', {
    reply: vectors('Cohere-embed-v3-english'),
    conf: (url) => `[provider azure_ai]\nbase-url = ${url}/models\nkey-header = api-key\napi-key = ${apiKey}\n`,
    kind: 'embedding',
    headers: ['api-key'],
    model: 'azure_ai/Cohere-embed-v3-english',
    request: { input: ['a', 'b'] },
    client: (url) =>
        foundry(`${url}/models`).path('/embeddings').post({
            body: { model: 'Cohere-embed-v3-english', input: ['a', 'b'] },
        }),
});
agree('azure_ai: Claude', {
    reply: {
        id: 'm1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5',
        content: [{ type: 'text', text: 'x' }], stop_reason: 'end_turn', stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 1 },
    },
    conf: (url) => `[provider azure_ai]\nbase-url = ${url}/anthropic\napi-key = ${apiKey}\n`,
    headers: ['x-api-key', 'anthropic-version'],
    model: 'azure_ai/claude-sonnet-4-5',
    request: { max_completion_tokens: 99, messages: looking.slice(0, 2) },
    client: (url) =>
        new Anthropic({ baseURL: `${url}/anthropic`, apiKey }).messages.create({
            model: 'claude-sonnet-4-5',
            max_tokens: 99,
            system: 'Be brief.',
            messages: [{
                role: 'user',
                content: [
                    { type: 'text', text: 'Weather in Oslo?' },
                    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
                ],
            }],
            tools: [{ name: weather.name, description: weather.description, input_schema: weather.parameters }],
        }),
});
