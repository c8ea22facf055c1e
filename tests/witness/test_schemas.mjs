// SPDX-License-Identifier: Apache-2.0
// The schemas that vendors publish in their packages, held against the recordings of our drivers and against what our
// servers answer: Hugging Face's JSON schemas of TGI and TEI (@huggingface/tasks), and the serializers of Cohere's
// client, told to refuse every member that they do not know.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';
import Ajv from 'ajv';
import { greeting, hello } from './clients.mjs';
import { vendor } from './lib.mjs';
import { body_of, events_of, recordings } from './recordings.mjs';

const require = createRequire(import.meta.url);

// Their "nullable" stands beside no type, and their "oneOf" means any that fits. closed: no member beyond those named.
function plain(schema, closed) {
    if (Array.isArray(schema)) return schema.map((one) => plain(one, closed));
    if (schema === null || typeof schema !== 'object') return schema;
    const { nullable, $schema, $id, ...rest } = schema;
    const inner = Object.fromEntries(Object.entries(rest)
        .map(([name, value]) => [name === 'oneOf' ? 'anyOf' : name, plain(value, closed)]));
    if (closed && inner.type === 'object' && inner.properties && !('additionalProperties' in inner))
        inner.additionalProperties = false;
    return nullable ? { anyOf: [inner, { type: 'null' }] } : inner;
}

function validator(task, file, { closed = false } = {}) {
    const path = `./node_modules/@huggingface/tasks/src/tasks/${task}/spec/${file}.json`;
    const schema = plain(JSON.parse(readFileSync(path, 'utf8')), closed);
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    return (value, what) => assert.ok(validate(value), `${what}: ${JSON.stringify(validate.errors?.[0])}`);
}

const generation = {
    input: validator('text-generation', 'input', { closed: true }),
    output: validator('text-generation', 'output'),
    stream: validator('text-generation', 'stream_output'),
};
const chat = {
    input: validator('chat-completion', 'input'),
    output: validator('chat-completion', 'output'),
    stream: validator('chat-completion', 'stream_output'),
};
const vectors = {
    input: validator('feature-extraction', 'input', { closed: true }),
    output: validator('feature-extraction', 'output'),
};

test('the schemas refuse', () => {
    assert.throws(() => generation.input({ inputs: 1 }, ''));
    assert.throws(() => generation.input({ inputs: '', parameters: { max_tokens: 1 } }, ''));
    assert.throws(() => generation.output({ details: {} }, ''));
    assert.throws(() => chat.input({ messages: 'Hello' }, ''));
    assert.throws(() => vectors.output([['x']], ''));
});

const hf = recordings('huggingface');

test('huggingface: bodies and replies of TGI', () => {
    let bodies = 0, replies = 0;
    for (const { name, outcome, exchanges } of hf)
        for (const exchange of exchanges) {
            // 422: what TGI refuses by its schema.
            if (!/\/generate(_stream)?$/.test(exchange.send.url) || exchange.status === 422) continue;
            generation.input(body_of(exchange), name);
            bodies++;
            if (exchange.status !== 200 || outcome !== 'done') continue;
            const streamed = /event-stream/.test(exchange.type);
            for (const value of streamed ? events_of(exchange.text) : [JSON.parse(exchange.text)].flat())
                (streamed ? generation.stream : generation.output)(value, name);
            replies++;
        }
    console.log(`${bodies} bodies, ${replies} replies`);
    assert.ok(bodies > 15 && replies > 10);
});

test('huggingface: bodies of the messages API', () => {
    let bodies = 0;
    for (const { name, exchanges } of hf)
        for (const exchange of exchanges) {
            if (!exchange.send.url.endsWith('/chat/completions')) continue;
            chat.input(body_of(exchange), name);
            bodies++;
        }
    console.log(`${bodies} bodies`);
    assert.ok(bodies > 15);
});

test('huggingface: bodies and replies of feature extraction', () => {
    let bodies = 0, replies = 0;
    for (const { name, outcome, exchanges } of hf)
        for (const exchange of exchanges) {
            if (!/\/(embed|feature-extraction)$/.test(exchange.send.url)) continue;
            // TEI has learned of dimensions since; a side is Left to TEI itself, left in the schema made from it.
            const { dimensions, ...body } = body_of(exchange);
            if (body.truncation_direction) body.truncation_direction = body.truncation_direction.toLowerCase();
            vectors.input(body, name);
            bodies++;
            const value = outcome === 'done' ? JSON.parse(exchange.text) : undefined;
            // One vector, and one for each token, are older servers' forms.
            if (!Array.isArray(value?.[0]) || Array.isArray(value[0][0])) continue;
            vectors.output(value, name);
            replies++;
        }
    console.log(`${bodies} bodies, ${replies} replies`);
    assert.ok(bodies > 5 && replies > 2);
});

test('what our TGI answers', { timeout: 30000 }, async () => {
    const server = await vendor('huggingface-messages');
    const post = async (path, body) => {
        const answer = await fetch(server.url + path, {
            method: 'POST', body: JSON.stringify(body),
            headers: { authorization: 'Bearer hf_right0000000001', 'content-type': 'application/json' },
        });
        const text = await answer.text();
        assert.equal(answer.status, 200, text);
        return /event-stream/.test(answer.headers.get('content-type')) ? events_of(text) : JSON.parse(text);
    };
    try {
        const prompt = { inputs: `User: ${greeting}\nAssistant:`, parameters: { details: true } };
        generation.output(await post('/generate', prompt), '/generate');
        for (const event of await post('/generate_stream', prompt)) generation.stream(event, '/generate_stream');
        const turn = { model: 'parrot', messages: hello };
        chat.output(await post('/v1/chat/completions', turn), '/v1/chat/completions');
        for (const event of await post('/v1/chat/completions', { ...turn, stream: true })) chat.stream(event, 'stream');
    } finally {
        await server.close();
    }
});

// ---- Cohere ----

const cohere = require('./node_modules/cohere-ai/serialization/index.js');
const strict = {
    unrecognizedObjectKeys: 'fail', allowUnrecognizedUnionMembers: false, allowUnrecognizedEnumValues: false,
};

// In replies they pass over what is newer, and what is older is no error.
const open = {
    unrecognizedObjectKeys: 'passthrough', allowUnrecognizedUnionMembers: true, allowUnrecognizedEnumValues: true,
};

// The data of a document as JSON text, as Cohere's guides write them; the client's types have an object.
function documents_read(value) {
    if (Array.isArray(value)) return value.map(documents_read);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => {
        const text = name === 'document' && typeof inner.data === 'string';
        return [name, text ? { ...inner, data: JSON.parse(inner.data) } : documents_read(inner)];
    }));
}

function parsed(schema, value, what, how = strict) {
    const result = schema.parse(value, how);
    const [first] = result.errors ?? [];
    assert.ok(result.ok, `${what}: ${first && `${first.path.join('.')}: ${first.message}`}`);
}

test('cohere: bodies and replies', () => {
    const forms = {
        '/v2/chat': [cohere.V2ChatRequest, cohere.V2ChatResponse],
        '/v2/embed': [cohere.V2EmbedRequest, cohere.EmbedByTypeResponse],
        '/v2/rerank': [cohere.V2RerankRequest, cohere.V2RerankResponse],
    };
    let bodies = 0, replies = 0;
    for (const { name, outcome, exchanges } of recordings('cohere'))
        for (const exchange of exchanges) {
            // What the vendor refuses when it is insisted on.
            if (exchange.status === 422) continue;
            const [request, response] = forms[new URL(exchange.send.url).pathname] ?? [];
            if (request === undefined) continue;
            const { stream, ...body } = body_of(exchange);
            parsed(request, documents_read(body), name);
            bodies++;
            if (exchange.status !== 200 || outcome !== 'done') continue;
            if (/event-stream/.test(exchange.type))
                for (const event of events_of(exchange.text)) parsed(cohere.V2ChatStreamResponse, event, name, open);
            // A list of vectors is the first API's form, which the driver reads too.
            else if (!Array.isArray(JSON.parse(exchange.text).embeddings))
                parsed(response, JSON.parse(exchange.text), name, open);
            replies++;
        }
    console.log(`${bodies} bodies, ${replies} replies`);
    assert.ok(bodies > 50 && replies > 30);
});
