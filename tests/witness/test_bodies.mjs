// SPDX-License-Identifier: Apache-2.0
// The same conversation once through our driver and once through the vendor's own client, to a server that keeps
// what it was sent: method, path, the headers that count and the body must agree.
import assert from 'node:assert/strict';
import test from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { CohereClientV2 } from 'cohere-ai';
import OpenAI from 'openai';
import { ask, capture, conversation, weather } from './lib.mjs';

const tools = [{ type: 'function', function: weather }];

// agree(name, {reply, conf(url), model, more, client(url), headers}). That nothing is streamed may be said or not.
function agree(name, { reply, conf, model, more = {}, client, headers = [] }) {
    test(name, async () => {
        const server = await capture(() => ({ body: JSON.stringify(reply) }));
        try {
            await ask(conf(server.url), { model, messages: conversation, tools, ...more });
            await client(server.url);
            const [ours, theirs] = server.requests;
            assert.equal(server.requests.length, 2);
            assert.equal(`${ours.method} ${ours.path}`, `${theirs.method} ${theirs.path}`);
            for (const header of ['content-type', ...headers])
                assert.equal(ours.headers[header]?.split(';')[0], theirs.headers[header]?.split(';')[0], header);
            assert.deepEqual({ stream: false, ...ours.json() }, { stream: false, ...theirs.json() });
        } finally {
            await server.close();
        }
    });
}

agree('openai', {
    reply: {
        id: 'c1', object: 'chat.completion', created: 1, model: 'gpt-4o-mini',
        choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
    },
    conf: (url) => `[provider openai]\nbase-url = ${url}/v1\napi-key = sk-demo-0123456789\n`,
    model: 'openai/gpt-4o-mini',
    more: { temperature: 0.5 },
    headers: ['authorization'],
    client: (url) =>
        new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-demo-0123456789' }).chat.completions.create({
            model: 'gpt-4o-mini', messages: conversation, tools, temperature: 0.5,
        }),
});

agree('anthropic', {
    reply: {
        id: 'm1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5',
        content: [{ type: 'text', text: 'x' }], stop_reason: 'end_turn', stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 1 },
    },
    conf: (url) => `[provider anthropic]\nbase-url = ${url}\napi-key = sk-ant-demo-01234\n`,
    model: 'anthropic/claude-sonnet-4-5',
    more: { max_completion_tokens: 99 },
    headers: ['x-api-key', 'anthropic-version'],
    client: (url) =>
        new Anthropic({ baseURL: url, apiKey: 'sk-ant-demo-01234' }).messages.create({
            model: 'claude-sonnet-4-5',
            max_tokens: 99,
            system: 'Be brief.',
            messages: [
                { role: 'user', content: 'Weather in Oslo?' },
                {
                    role: 'assistant',
                    content: [{ type: 'tool_use', id: 'call_a1b2c3d4e', name: 'get_weather', input: { city: 'Oslo' } }],
                },
                {
                    role: 'user',
                    content: [
                        { type: 'tool_result', tool_use_id: 'call_a1b2c3d4e', content: '4 degrees' },
                        { type: 'text', text: 'And in Rome?' },
                    ],
                },
            ],
            tools: [{ name: weather.name, description: weather.description, input_schema: weather.parameters }],
        }),
});

agree('cohere', {
    reply: {
        id: 'c1', finish_reason: 'COMPLETE', message: { role: 'assistant', content: [{ type: 'text', text: 'x' }] },
    },
    conf: (url) => `[provider cohere]\nbase-url = ${url}\napi-key = co-demo-0123456789\n`,
    model: 'cohere/command-a-03-2025',
    more: { max_completion_tokens: 99, temperature: 0.5, stop: ['END'], top_p: 0.5 },
    headers: ['authorization'],
    client: (url) =>
        new CohereClientV2({ environment: url, token: 'co-demo-0123456789' }).chat({
            model: 'command-a-03-2025',
            messages: [
                { role: 'system', content: 'Be brief.' },
                { role: 'user', content: 'Weather in Oslo?' },
                { role: 'assistant', toolCalls: conversation[2].tool_calls },
                { role: 'tool', toolCallId: 'call_a1b2c3d4e', content: '4 degrees' },
                { role: 'user', content: 'And in Rome?' },
            ],
            tools,
            maxTokens: 99,
            temperature: 0.5,
            stopSequences: ['END'],
            p: 0.5,
        }),
});
