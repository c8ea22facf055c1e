// SPDX-License-Identifier: Apache-2.0
// What the drivers gemini and vertex_ai send, beside Google's client.
import { GoogleGenAI } from '@google/genai';
import { agree, looking, pixel } from './bodies.mjs';
import { weather } from './lib.mjs';

const reply = {
    candidates: [{ content: { role: 'model', parts: [{ text: 'x' }] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
};
// Gemini takes ids of calls, Vertex AI knows none.
const contents = (id) => [
    { role: 'user', parts: [{ text: 'Weather in Oslo?' }, { inlineData: { mimeType: 'image/png', data: pixel } }] },
    { role: 'model', parts: [{ functionCall: { ...id, name: 'get_weather', args: { city: 'Oslo' } } }] },
    {
        role: 'user',
        parts: [{ functionResponse: { ...id, name: 'get_weather', response: { content: '4 degrees' } } }],
    },
    { role: 'user', parts: [{ text: 'And in Rome?' }] },
];
// A schema in Google's own words.
const schema = { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] };
const declarations = [{ name: weather.name, description: weather.description, parameters: schema }];
const config = {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    tools: [{ functionDeclarations: declarations }],
    temperature: 0.5, topP: 0.25, maxOutputTokens: 99, stopSequences: ['END'], seed: 7,
};
const request = {
    messages: looking, temperature: 0.5, top_p: 0.25, max_completion_tokens: 99, stop: ['END'], seed: 7,
};

const key = 'AIzaSyDemo0123456789';
const gemini = {
    conf: (url) => `[provider gemini]\nbase-url = ${url}\napi-key = ${key}\n`,
    headers: ['x-goog-api-key', 'authorization'],
};
const studio = (url) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
agree('gemini', {
    ...gemini, reply, request,
    model: 'gemini/gemini-2.5-flash',
    client: (url) => studio(url).models.generateContent({
        model: 'gemini-2.5-flash', contents: contents({ id: 'call_a1b2c3d4e' }), config,
    }),
});
agree('gemini: JSON by a schema', {
    ...gemini,
    reply: { candidates: [{ content: { role: 'model', parts: [{ text: '{}' }] }, finishReason: 'STOP' }] },
    model: 'gemini/gemini-1.5-flash',
    request: {
        tools: undefined, messages: [{ role: 'user', content: 'Where?' }],
        response_format: {
            type: 'json_schema',
            json_schema: {
                name: 'place',
                schema: weather.parameters,
            },
        },
    },
    client: (url) =>
        studio(url).models.generateContent({
            model: 'gemini-1.5-flash',
            contents: 'Where?',
            config: { responseMimeType: 'application/json', responseSchema: schema },
        }),
});
agree('gemini: embeddings', {
    ...gemini,
    reply: { embeddings: [{ values: [0.5, 0.25] }, { values: [1, 2] }] },
    kind: 'embedding',
    model: 'gemini/gemini-embedding-001',
    request: { input: ['a', 'b'], dimensions: 2 },
    client: (url) =>
        studio(url).models.embedContent({
            model: 'gemini-embedding-001', contents: [{ parts: [{ text: 'a' }] }, { parts: [{ text: 'b' }] }],
            config: { outputDimensionality: 2 },
        }),
});

// A ready token; Google's library gives it as a service account would.
const token = 'ya29.demo-token';
const vertex = {
    conf: (url) =>
        `[provider vertex_ai]\nbase-url = ${url}\nproject = demo-1\nlocation = europe-west4\naccess-token = ${token}\n`,
    headers: ['authorization', 'x-goog-user-project'],
};
const cloud = (url) =>
    new GoogleGenAI({
        vertexai: true, project: 'demo-1', location: 'europe-west4',
        googleAuthOptions: { authClient: { getRequestHeaders: async () => ({ Authorization: `Bearer ${token}` }) } },
        httpOptions: { baseUrl: url, apiVersion: 'v1' },
    });
agree('vertex_ai', {
    ...vertex, reply, request,
    model: 'vertex_ai/gemini-2.5-flash',
    client: (url) => cloud(url).models.generateContent({
        model: 'gemini-2.5-flash', contents: contents({}), config,
    }),
});
agree('vertex_ai: count tokens', {
    ...vertex,
    reply: { totalTokens: 12 },
    kind: 'count_tokens',
    model: 'vertex_ai/gemini-2.5-flash',
    request: { messages: [{ role: 'user', content: 'Hello' }] },
    client: (url) => cloud(url).models.countTokens({ model: 'gemini-2.5-flash', contents: 'Hello' }),
});
agree('vertex_ai: embeddings', {
    ...vertex,
    reply: { predictions: [{ embeddings: { values: [0.5, 0.25], statistics: { token_count: 1, truncated: false } } }] },
    kind: 'embedding',
    model: 'vertex_ai/text-embedding-005',
    request: { input: ['a'], dimensions: 2 },
    client: (url) =>
        cloud(url).models.embedContent({
            model: 'text-embedding-005', contents: ['a'], config: { outputDimensionality: 2 },
        }),
});
