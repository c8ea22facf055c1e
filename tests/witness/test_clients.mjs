// SPDX-License-Identifier: Apache-2.0
// Each vendor's own client against our strict server for that vendor: the server must take what the client sends,
// and the client must understand what the server answers, whole, streamed and with a tool. So the servers that our
// drivers are proven against speak the vendors' protocol as the vendors' own code does.
import assert from 'node:assert/strict';
import test from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { CohereClientV2 } from 'cohere-ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { vendor, weather } from './lib.mjs';

const said = 'You said: Grüß Gott 🌍';
const hello = [{ role: 'user', content: 'Grüß Gott 🌍' }];
const asked = [{ role: 'user', content: 'Weather in Oslo?' }];

// witness(row, {connect, whole, stream, tool}): each gives the text, or the call as {name, city}.
function witness(row, client) {
    for (const way of ['whole', 'stream', 'tool']) {
        if (!client[way]) continue;
        test(`${row}: ${way}`, async () => {
            const server = await vendor(row);
            try {
                const connected = client.connect(server.url);
                const got = await client[way](connected);
                assert.deepEqual(got, way === 'tool' ? { name: 'get_weather', city: 'Oslo' } : said);
            } finally {
                await server.close();
            }
        });
    }
}

async function joined(stream, pick) {
    let text = '';
    for await (const event of stream) text += pick(event) ?? '';
    return text;
}

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
        const call = answer.choices[0].message.tool_calls[0].function;
        return { name: call.name, city: JSON.parse(call.arguments).city };
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
        const call = answer.message.toolCalls[0].function;
        return { name: call.name, city: JSON.parse(call.arguments).city };
    },
});
