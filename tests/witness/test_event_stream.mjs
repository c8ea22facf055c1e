// SPDX-License-Identifier: Apache-2.0
// Messages of an AWS event stream made by the SDK's codec and served to our bedrock driver, whole and cut anywhere, with
// headers of every type, exceptions and errors inside; and the messages of our own server decoded by that codec.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Sha256 } from '@aws-crypto/sha256-js';
import { EventStreamCodec, Int64 } from '@smithy/eventstream-codec';
import { SignatureV4 } from '@smithy/signature-v4';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { capture, patchbay, vendor, weather } from './lib.mjs';

const codec = new EventStreamCodec(toUtf8, fromUtf8);
const text = (value) => ({ type: 'string', value });

function message(headers, body) {
    const bytes = fromUtf8(typeof body === 'string' ? body : JSON.stringify(body));
    return Buffer.from(codec.encode({ headers, body: bytes }));
}

const event = (type, body, more = {}) =>
    message({
        ':event-type': text(type), ':content-type': text('application/json'), ':message-type': text('event'), ...more,
    }, body);
const exception = (type, body) =>
    message({
        ':exception-type': text(type), ':content-type': text('application/json'), ':message-type': text('exception'),
    }, body);

const delta = (index, inner) => event('contentBlockDelta', { contentBlockIndex: index, delta: inner, p: 'abcd' });
const start = event('messageStart', { role: 'assistant', p: 'ab' });
const end = [
    event('messageStop', { stopReason: 'end_turn' }),
    event('metadata', { usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 }, metrics: { latencyMs: 1 } }),
];
const said = ['Grüß ', 'Gott ', '🌍'];
const plain = [
    start, ...said.map((piece) => delta(0, { text: piece })), event('contentBlockStop', { contentBlockIndex: 0 }), ...end,
];

// What the command makes of these pieces of a body: {code, text, call, finish, usage, error}.
async function read(pieces) {
    const server = await capture(() => ({ headers: { 'content-type': 'application/vnd.amazon.eventstream' }, pieces }));
    const conf = `[provider bedrock]\nbase-url = ${server.url}\nregion = us-east-1\napi-key = k-demo-0123456789\n`;
    const request = {
        model: 'bedrock/us.amazon.nova-pro-v1:0', messages: [{ role: 'user', content: 'Hello' }], stream: true,
        stream_options: { include_usage: true }, tools: [{ type: 'function', function: weather }],
    };
    try {
        const run = await patchbay(conf, ['request', '-'], { input: JSON.stringify(request) });
        const lines = run.out.trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
        const deltas = lines.flatMap((line) => line.choices ?? []).map((choice) => choice.delta ?? {});
        const calls = deltas.flatMap((one) => one.tool_calls ?? []).map((call) => call.function);
        return {
            code: run.code,
            err: run.err,
            text: deltas.map((one) => one.content ?? '').join(''),
            call: calls.map((call) => call.name ?? '').join('') + calls.map((call) => call.arguments ?? '').join(''),
            finish: lines.flatMap((line) => line.choices ?? []).map((choice) => choice.finish_reason).find((why) => why),
            usage: lines.map((line) => line.usage).find((usage) => usage),
            error: lines.map((line) => line.error).find((error) => error),
        };
    } finally {
        await server.close();
    }
}

function is_plain(got) {
    assert.equal(got.code, 0, got.err);
    assert.equal(got.text, said.join(''));
    assert.equal(got.finish, 'stop');
    assert.equal(got.usage.prompt_tokens, 11);
    assert.equal(got.usage.completion_tokens, 7);
}

function cut(bytes, size) {
    const pieces = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    return pieces;
}

const whole = Buffer.concat(plain);
const first = plain[0].length;
const ways = {
    'a message a write': plain,
    'all in one write': [whole],
    'byte by byte': cut(whole, 1),
    'seven bytes a write': cut(whole, 7),
    'cut inside a prelude': [whole.subarray(0, first + 3), whole.subarray(first + 3)],
    'cut between a prelude and its checksum': [whole.subarray(0, first + 8), whole.subarray(first + 8)],
    'cut before a last checksum': [whole.subarray(0, first - 4), whole.subarray(first - 4)],
    'cut inside a last checksum': [whole.subarray(0, first - 1), whole.subarray(first - 1)],
};
for (const [name, pieces] of Object.entries(ways))
    test(name, { timeout: 30000 }, async () => is_plain(await read(pieces)));

test('tools and reasoning', { timeout: 30000 }, async () => {
    const got = await read([
        start, delta(0, { reasoningContent: { text: 'hm' } }), event('contentBlockStop', { contentBlockIndex: 0 }),
        event('contentBlockStart', {
            contentBlockIndex: 1, start: { toolUse: { toolUseId: 't1', name: 'get_weather' } },
        }),
        delta(1, { toolUse: { input: '{"city":' } }), delta(1, { toolUse: { input: '"Oslo"}' } }),
        event('contentBlockStop', { contentBlockIndex: 1 }), event('messageStop', { stopReason: 'tool_use' }), end[1],
    ]);
    assert.equal(got.code, 0, got.err);
    assert.equal(got.call, 'get_weather{"city":"Oslo"}');
    assert.equal(got.finish, 'tool_calls');
});

test('headers of every type, and events that nobody knows', { timeout: 30000 }, async () => {
    const more = {
        yes: { type: 'boolean', value: true }, no: { type: 'boolean', value: false }, byte: { type: 'byte', value: -7 },
        short: { type: 'short', value: -300 }, integer: { type: 'integer', value: 1 << 30 },
        long: { type: 'long', value: Int64.fromNumber(-5) }, binary: { type: 'binary', value: new Uint8Array(300) },
        string: text(''), timestamp: { type: 'timestamp', value: new Date(1700000000000) },
        uuid: { type: 'uuid', value: '12345678-9abc-def0-1234-56789abcdef0' },
    };
    is_plain(await read([
        event('messageStart', { role: 'assistant' }, more), event('somethingNew', { a: 1 }), message(more, ''),
        ...plain.slice(1),
    ]));
});

for (const [type, kind] of [
    ['throttlingException', 'rate_limit_error'], ['validationException', 'invalid_request_error'],
    ['internalServerException', 'server_error'], ['modelStreamErrorException', 'server_error'],
    ['serviceUnavailableException', 'server_error'],
])
    test(`${type} after text`, { timeout: 30000 }, async () => {
        const got = await read([start, delta(0, { text: 'so' }), exception(type, { message: 'told by the service' })]);
        assert.notEqual(got.code, 0);
        assert.equal(got.text, 'so');
        assert.deepEqual(got.error, { message: 'told by the service', type: kind, param: null, code: type });
    });

test('an error that is no exception', { timeout: 30000 }, async () => {
    const got = await read([start, message({
        ':message-type': text('error'), ':error-code': text('InternalError'), ':error-message': text('all broken'),
    }, '')]);
    assert.notEqual(got.code, 0);
    assert.equal(got.error.message, 'all broken');
    assert.equal(got.error.code, 'InternalError');
});

for (const [name, at] of [['payload', -8], ['prelude', 9], ['last checksum', -1]])
    test(`a changed bit: ${name}`, { timeout: 30000 }, async () => {
        const broken = Buffer.from(plain[2]);
        broken[(at + broken.length) % broken.length] ^= 1;
        assert.throws(() => codec.decode(broken), /checksum|length/);
        const got = await read([plain[0], plain[1], broken, ...plain.slice(3)]);
        assert.notEqual(got.code, 0);
        assert.equal(got.text, said[0]);
        assert.match(got.error.message, /checksum/);
    });

test('an end in the middle of a message', { timeout: 30000 }, async () => {
    const got = await read([whole.subarray(0, whole.length - 9)]);
    assert.notEqual(got.code, 0);
    assert.equal(got.text, said.join(''));
    assert.equal(got.error.code, 'stream_truncated');
});

// ---- Our own server's messages ----

function* messages_of(bytes) {
    while (bytes.length > 0) {
        const length = bytes.readUInt32BE(0);
        yield codec.decode(bytes.subarray(0, length));
        bytes = bytes.subarray(length);
    }
}

async function from_server(row, modelId, operation, body) {
    const server = await vendor(row);
    try {
        const url = new URL(`${server.url}/model/${encodeURIComponent(modelId)}/${operation}`);
        const signer = new SignatureV4({
            credentials: { accessKeyId: 'AKIDSTUBSTAYING', secretAccessKey: 'stub/Secret+of+the+staying/key0' },
            region: 'eu-central-1', service: 'bedrock', sha256: Sha256,
        });
        const { headers } = await signer.sign({
            method: 'POST', protocol: 'http:', hostname: url.hostname, path: url.pathname,
            headers: { host: url.host, 'content-type': 'application/json' }, body: JSON.stringify(body),
        });
        const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
        const bytes = Buffer.from(await answer.arrayBuffer());
        assert.equal(answer.status, 200, bytes.toString());
        assert.equal(answer.headers.get('content-type'), 'application/vnd.amazon.eventstream');
        return [...messages_of(bytes)].map(({ headers: had, body: payload }) => {
            assert.equal(had[':message-type'].value, 'event');
            assert.equal(had[':content-type'].value, 'application/json');
            return { type: had[':event-type'].value, body: JSON.parse(toUtf8(payload)) };
        });
    } finally {
        await server.close();
    }
}

test('our server: ConverseStream', { timeout: 30000 }, async () => {
    const events = await from_server('bedrock-converse', 'eu.anthropic.claude-parrot-20240307-v1:0', 'converse-stream',
        { messages: [{ role: 'user', content: [{ text: said.join('') }] }] });
    assert.equal(events[0].type, 'messageStart');
    assert.equal(events.map(({ body }) => body.delta?.text ?? '').join(''), `You said: ${said.join('')}`);
    const types = events.map(({ type }) => type);
    assert.deepEqual(types.slice(-3), ['contentBlockStop', 'messageStop', 'metadata']);
});

test('our server: InvokeModelWithResponseStream', { timeout: 30000 }, async () => {
    const events = await from_server('bedrock-invoke-titan', 'amazon.titan-text-express-v1',
        'invoke-with-response-stream', { inputText: 'User: Hello\nBot:', textGenerationConfig: { maxTokenCount: 99 } });
    assert.ok(events.every(({ type }) => type === 'chunk'));
    const parts = events.map(({ body }) => JSON.parse(Buffer.from(body.bytes, 'base64').toString()));
    assert.equal(parts.map((part) => part.outputText).join('').trim(), 'You said: Hello');
});
