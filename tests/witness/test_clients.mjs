// SPDX-License-Identifier: Apache-2.0
// The clients of OpenAI, Anthropic, Ollama and Cohere against our servers (clients.mjs says how and why).
import Anthropic from '@anthropic-ai/sdk';
import { CohereClientV2 } from 'cohere-ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { asked, called_in, hello, joined, refused, witness } from './clients.mjs';
import { weather } from './lib.mjs';

witness('openai', {
    connect: (url) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-right-key-0001', maxRetries: 0 }),
    whole: async (client) =>
        (await client.chat.completions.create({ model: 'parrot', messages: hello })).choices[0].message.content,
    stream: async (client) =>
        joined(await client.chat.completions.create({ model: 'parrot', messages: hello, stream: true }),
            (chunk) => chunk.choices[0]?.delta?.content),
    tool: async (client) => {
        const answer = await client.chat.completions.create({
            model: 'tools', messages: asked, tools: [{ type: 'function', function: weather }],
        });
        return called_in(answer.choices[0].message.tool_calls[0].function);
    },
});

const { name, description, parameters } = weather;
witness('anthropic', {
    connect: (url) => new Anthropic({ baseURL: url, apiKey: 'sk-ant-right-0001', maxRetries: 0 }),
    whole: async (client) =>
        (await client.messages.create({ model: 'parrot', max_tokens: 99, messages: hello })).content[0].text,
    stream: async (client) => {
        const stream = client.messages.stream({ model: 'parrot', max_tokens: 99, messages: hello });
        return (await stream.finalMessage()).content[0].text;
    },
    tool: async (client) => {
        const stream = client.messages.stream({
            model: 'tools', max_tokens: 99, messages: asked, tools: [{ name, description, input_schema: parameters }],
        });
        const call = (await stream.finalMessage()).content.find((block) => block.type === 'tool_use');
        return { name: call.name, city: call.input.city };
    },
});

witness('ollama', {
    connect: (url) => new Ollama({ host: url }),
    whole: async (client) => (await client.chat({ model: 'parrot', messages: hello })).message.content,
    stream: async (client) =>
        joined(await client.chat({ model: 'parrot', messages: hello, stream: true }), (part) => part.message.content),
    tool: async (client) => {
        const answer = await client.chat({
            model: 'tools', messages: asked, tools: [{ type: 'function', function: weather }],
        });
        const call = answer.message.tool_calls[0].function;
        return { name: call.name, city: call.arguments.city };
    },
});

witness('cohere', {
    connect: (url) => new CohereClientV2({ environment: url, token: 'co-right-key-0001' }),
    whole: async (client) => (await client.chat({ model: 'parrot', messages: hello })).message.content[0].text,
    stream: async (client) =>
        joined(await client.chatStream({ model: 'parrot', messages: hello }),
            (event) => (event.type === 'content-delta' ? event.delta.message.content.text : '')),
    tool: async (client) => {
        const answer = await client.chat({
            model: 'tools', messages: asked, tools: [{ type: 'function', function: weather }],
        });
        return called_in(answer.message.toolCalls[0].function);
    },
});

refused('openai', {
    wrong: (url) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 }),
    whole: (client) => client.chat.completions.create({ model: 'parrot', messages: hello }),
}, 401);
refused('anthropic', {
    wrong: (url) => new Anthropic({ baseURL: url, apiKey: 'sk-ant-wrong', maxRetries: 0 }),
    whole: (client) => client.messages.create({ model: 'parrot', max_tokens: 99, messages: hello }),
}, 401);
refused('cohere', {
    wrong: (url) => new CohereClientV2({ environment: url, token: 'wrong', maxRetries: 0 }),
    whole: (client) => client.chat({ model: 'parrot', messages: hello }),
}, 401);
