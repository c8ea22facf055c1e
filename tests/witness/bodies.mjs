// SPDX-License-Identifier: Apache-2.0
// The same request once through our driver and once through the vendor's own client, to a server that keeps what it was
// sent: method, path, query, the headers that count and the body must agree.
//
// What may differ, since it means nothing, is written in `same` and nowhere else: members that say what is so anyway
// (stream: false, Ollama's options: {}), null members, the case of Google's names of types (its pages have both), and
// the order of a query. What one vendor's client is known to add is named in
// `besides` of its own test, and must be there then.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, capture, conversation, weather } from './lib.mjs';

export const tools = [{ type: 'function', function: weather }];

// A red dot; the conversation with it in its first turn.
export const pixel =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==';
export const picture = `data:image/png;base64,${pixel}`;
export const looking = [
    conversation[0],
    {
        role: 'user',
        content: [{ type: 'text', text: 'Weather in Oslo?' }, { type: 'image_url', image_url: { url: picture } }],
    },
    ...conversation.slice(2),
];

const google_types = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT'];

function same(value) {
    if (Array.isArray(value)) return value.map(same);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value)
        .filter(([name, inner]) => inner !== null && !(name === 'stream' && inner === false) &&
            !(name === 'options' && Object.keys(inner).length === 0))
        .map(([name, inner]) => [name, google_types.includes(inner) ? inner.toLowerCase() : same(inner)]));
}

function without(body, names) {
    for (const name of names) {
        assert.ok(name in body, `the client no longer sends ${name}`);
        delete body[name];
    }
    return body;
}

function line(request) {
    const url = new URL(request.path, 'http://host');
    url.searchParams.sort();
    return `${request.method} ${url.pathname}${url.search}`;
}

// agree(name, {reply, conf(url), model, kind, request, client(url), headers, besides}): `request` is ours without its
// model; a chat has the conversation and the tool unless it says otherwise.
export function agree(name, { reply, conf, model, kind, request = {}, client, headers = [], besides = [] }) {
    test(name, { timeout: 30000 }, async () => {
        const server = await capture(() => ({ body: JSON.stringify(reply) }));
        const chat = { messages: conversation, tools };
        try {
            await ask(conf(server.url), { model, ...(kind ? {} : chat), ...request }, { kind });
            await client(server.url);
            assert.equal(server.requests.length, 2);
            const [ours, theirs] = server.requests;
            assert.equal(line(ours), line(theirs));
            for (const header of ['content-type', ...headers])
                assert.equal(ours.headers[header]?.split(';')[0], theirs.headers[header]?.split(';')[0], header);
            assert.deepEqual(same(ours.json()), same(without(theirs.json(), besides)));
        } finally {
            await server.close();
        }
    });
}

// An answer in OpenAI's form.
export const completion = (model) => ({
    id: 'c1', object: 'chat.completion', created: 1, model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
});
export const vectors = (model) => ({
    object: 'list', model, data: [
        { object: 'embedding', index: 0, embedding: [0.5, 0.25] }, { object: 'embedding', index: 1, embedding: [1, 2] },
    ], usage: { prompt_tokens: 2, total_tokens: 2 },
});
