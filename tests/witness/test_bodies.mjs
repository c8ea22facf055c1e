// SPDX-License-Identifier: Apache-2.0
// What our drivers send to OpenAI, Anthropic, Cohere and Ollama, beside what their own clients send.
import Anthropic from '@anthropic-ai/sdk';
import { CohereClientV2 } from 'cohere-ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { agree, completion, looking, pixel, tools, vectors } from './bodies.mjs';
import { conversation, weather } from './lib.mjs';

const openai_key = 'sk-demo-0123456789';
const openai = {
    conf: (url) => `[provider openai]\nbase-url = ${url}/v1\napi-key = ${openai_key}\n`, headers: ['authorization'],
};
const openai_client = (url) => new OpenAI({ baseURL: `${url}/v1`, apiKey: openai_key });
agree('openai', {
    ...openai,
    reply: completion('gpt-4o-mini'),
    model: 'openai/gpt-4o-mini',
    request: { messages: looking, temperature: 0.5 },
    client: (url) =>
        openai_client(url).chat.completions.create({
            model: 'gpt-4o-mini', messages: looking, tools, temperature: 0.5,
        }),
});
agree('openai: embeddings', {
    ...openai,
    reply: vectors('text-embedding-3-small'),
    kind: 'embedding',
    model: 'openai/text-embedding-3-small',
    request: { input: ['a', 'b'], dimensions: 2, encoding_format: 'float' },
    client: (url) =>
        openai_client(url).embeddings.create({
            model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 2, encoding_format: 'float',
        }),
});
agree('openai: images', {
    ...openai,
    reply: { created: 1, data: [{ b64_json: pixel }] },
    kind: 'image',
    model: 'openai/gpt-image-1',
    request: { prompt: 'a red fox', n: 1, size: '1024x1024' },
    client: (url) =>
        openai_client(url).images.generate({ model: 'gpt-image-1', prompt: 'a red fox', n: 1, size: '1024x1024' }),
});
agree('openai: legacy completions', {
    ...openai,
    reply: {
        id: 'c1', object: 'text_completion', created: 1, model: 'gpt-3.5-turbo-instruct',
        choices: [{ index: 0, text: 'x', logprobs: null, finish_reason: 'stop' }],
    },
    kind: 'completion',
    model: 'openai/gpt-3.5-turbo-instruct',
    request: { prompt: 'Once', max_tokens: 9, stop: ['END'] },
    client: (url) =>
        openai_client(url).completions.create({
            model: 'gpt-3.5-turbo-instruct', prompt: 'Once', max_tokens: 9, stop: ['END'],
        }),
});

const claude = 'claude-sonnet-4-5';
const anthropic_body = {
    model: claude,
    system: 'Be brief.',
    messages: [
        {
            role: 'user',
            content: [
                { type: 'text', text: 'Weather in Oslo?' },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
            ],
        },
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
};
const anthropic = {
    conf: (url) => `[provider anthropic]\nbase-url = ${url}\napi-key = sk-ant-demo-01234\n`,
    model: `anthropic/${claude}`,
    headers: ['x-api-key', 'anthropic-version'],
};
const anthropic_client = (url) => new Anthropic({ baseURL: url, apiKey: 'sk-ant-demo-01234' });
agree('anthropic', {
    ...anthropic,
    reply: {
        id: 'm1', type: 'message', role: 'assistant', model: claude,
        content: [{ type: 'text', text: 'x' }], stop_reason: 'end_turn', stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 1 },
    },
    request: { messages: looking, max_completion_tokens: 99 },
    client: (url) => anthropic_client(url).messages.create({ ...anthropic_body, max_tokens: 99 }),
});
agree('anthropic: count tokens', {
    ...anthropic,
    reply: { input_tokens: 12 },
    kind: 'count_tokens',
    request: { messages: looking, tools },
    client: (url) => anthropic_client(url).messages.countTokens(anthropic_body),
});

agree('cohere', {
    reply: {
        id: 'c1', finish_reason: 'COMPLETE', message: { role: 'assistant', content: [{ type: 'text', text: 'x' }] },
    },
    conf: (url) => `[provider cohere]\nbase-url = ${url}\napi-key = co-demo-0123456789\n`,
    model: 'cohere/command-a-03-2025',
    request: { max_completion_tokens: 99, temperature: 0.5, stop: ['END'], top_p: 0.5 },
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

agree('cohere: images in', {
    reply: {
        id: 'c1', finish_reason: 'COMPLETE', message: { role: 'assistant', content: [{ type: 'text', text: 'x' }] },
    },
    conf: (url) => `[provider cohere]\nbase-url = ${url}\napi-key = co-demo-0123456789\n`,
    model: 'cohere/command-a-vision-07-2025',
    request: { messages: looking.slice(0, 2), tools: undefined },
    headers: ['authorization'],
    client: (url) =>
        new CohereClientV2({ environment: url, token: 'co-demo-0123456789' }).chat({
            model: 'command-a-vision-07-2025',
            messages: [
                looking[0],
                {
                    role: 'user',
                    content: [
                        { type: 'text', text: 'Weather in Oslo?' },
                        { type: 'image_url', imageUrl: { url: `data:image/png;base64,${pixel}` } },
                    ],
                },
            ],
        }),
});
agree('cohere: embeddings', {
    reply: {
        id: 'e1', response_type: 'embeddings_by_type', texts: ['a', 'b'],
        embeddings: { float: [[0.5, 0.25], [1, 2]] }, meta: { billed_units: { input_tokens: 2 } },
    },
    kind: 'embedding',
    conf: (url) => `[provider cohere]\nbase-url = ${url}\napi-key = co-demo-0123456789\n`,
    model: 'cohere/embed-v4.0',
    request: { input: ['a', 'b'], input_type: 'search_query' },
    headers: ['authorization'],
    client: (url) =>
        new CohereClientV2({ environment: url, token: 'co-demo-0123456789' }).embed({
            model: 'embed-v4.0', texts: ['a', 'b'], inputType: 'search_query', embeddingTypes: ['float'],
        }),
});
agree('cohere: rerank', {
    reply: { id: 'r1', results: [{ index: 1, relevance_score: 0.9 }], meta: { billed_units: { search_units: 1 } } },
    kind: 'rerank',
    conf: (url) => `[provider cohere]\nbase-url = ${url}\napi-key = co-demo-0123456789\n`,
    model: 'cohere/rerank-v3.5',
    request: { query: 'q', documents: ['a', 'b'], top_n: 1 },
    headers: ['authorization'],
    client: (url) =>
        new CohereClientV2({ environment: url, token: 'co-demo-0123456789' }).rerank({
            model: 'rerank-v3.5', query: 'q', documents: ['a', 'b'], topN: 1,
        }),
});

const ollama = { conf: (url) => `[provider ollama]\nbase-url = ${url}\n` };
// Ids and indexes of calls are newer than this client's types; it sends them as they are.
agree('ollama', {
    ...ollama,
    reply: {
        model: 'llava', created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content: 'x' }, done: true,
        done_reason: 'stop',
    },
    model: 'ollama/llava',
    request: { messages: looking, temperature: 0.5, max_completion_tokens: 99, seed: 7, stop: ['END'] },
    client: (url) =>
        new Ollama({ host: url }).chat({
            model: 'llava',
            messages: [
                looking[0],
                { role: 'user', content: 'Weather in Oslo?', images: [pixel] },
                {
                    role: 'assistant', content: '',
                    tool_calls: [{
                        id: 'call_a1b2c3d4e', function: { index: 0, name: 'get_weather', arguments: { city: 'Oslo' } },
                    }],
                },
                { role: 'tool', content: '4 degrees', tool_name: 'get_weather', tool_call_id: 'call_a1b2c3d4e' },
                looking[4],
            ],
            tools,
            options: { temperature: 0.5, num_predict: 99, seed: 7, stop: ['END'] },
        }),
});
agree('ollama: embeddings', {
    ...ollama,
    reply: { model: 'nomic-embed-text', embeddings: [[0.5, 0.25], [1, 2]], prompt_eval_count: 2 },
    kind: 'embedding',
    model: 'ollama/nomic-embed-text',
    request: { input: ['a', 'b'] },
    client: (url) => new Ollama({ host: url }).embed({ model: 'nomic-embed-text', input: ['a', 'b'] }),
});
