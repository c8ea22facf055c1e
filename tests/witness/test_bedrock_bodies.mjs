// SPDX-License-Identifier: Apache-2.0
// Every Converse request of the bedrock recordings once through the AWS SDK: it writes only members that the service's
// model has, each at its place, so the body must come out as it was recorded, and so must the path. And every Converse
// stream of the recordings once through the SDK's decoder: the same texts and the same arguments of tools.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
    BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand, CountTokensCommand,
} from '@aws-sdk/client-bedrock-runtime';

const folder = join(process.env.PBAY_SOURCE_DIR, 'plugins', 'bedrock', 'recordings');
const commands = {
    converse: ConverseCommand, 'converse-stream': ConverseStreamCommand, 'count-tokens': CountTokensCommand,
};

// What the service has learned since the pinned version of the SDK, which still runs on Node 18; and tools in
// CountTokens.
const newer = ['outputConfig', 'serviceTier', 'audio', 'ttl', 'strict', 'systemTool'];

function names(value, out = new Set()) {
    if (value !== null && typeof value === 'object')
        for (const [name, inner] of Object.entries(value)) {
            if (!Array.isArray(value)) out.add(name);
            names(inner, out);
        }
    return out;
}

// The SDK wants bytes where the wire has base64. Documents of the client's own are left alone.
function input(value, under) {
    if (Array.isArray(value)) return value.map((one) => input(one, under));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => {
        if ((name === 'bytes' || name === 'redactedContent') && typeof inner === 'string')
            return [name, new Uint8Array(Buffer.from(inner, 'base64'))];
        const own = name === 'json' || name === 'additionalModelRequestFields' || (name === 'input' && under === 'toolUse');
        return [name, own ? inner : input(inner, name)];
    }));
}

function client(handle) {
    return new BedrockRuntimeClient({
        region: 'us-east-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }, maxAttempts: 1,
        requestHandler: { metadata: {}, handle },
    });
}

const recordings = readdirSync(folder).filter((name) => name.endsWith('.jsonl')).map((name) => ({
    name, lines: readFileSync(join(folder, name), 'utf8').trim().split('\n').map((line) => JSON.parse(line)),
}));

// [body, path, command, model] of each Converse request.
function sends({ lines }) {
    return lines.filter((line) => line.send).flatMap(({ send }) => {
        const url = new URL(send.url);
        const [, model, op] = url.pathname.match(/\/model\/([^/]+)\/([^/]+)$/) ?? [];
        if (commands[op] === undefined) return [];
        return [[send.body ?? JSON.parse(send.body_text), url.pathname, commands[op], decodeURIComponent(model)]];
    });
}

test('requests', async () => {
    let checked = 0;
    for (const recording of recordings)
        for (const [body, path, Command, modelId] of sends(recording)) {
            if (newer.some((name) => names(body).has(name)) || body.input?.converse?.toolConfig) continue;
            let sent;
            const stop = new Error('seen');
            await client(async (request) => {
                sent = request;
                throw stop;
            }).send(new Command({ modelId, ...input(body) })).catch((error) => assert.equal(error, stop, recording.name));
            assert.deepEqual(JSON.parse(Buffer.from(sent.body).toString()), body, recording.name);
            assert.ok(path.endsWith(sent.path), recording.name);
            checked++;
        }
    assert.ok(checked > 100, `only ${checked} bodies`);
    console.log(`${checked} bodies agree`);
});

// All text that a stream gives, and all arguments of tools.
async function decoded(pieces) {
    const reply = await client(async () => ({
        response: {
            statusCode: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' },
            body: Readable.from(pieces),
        },
    })).send(new ConverseStreamCommand({ modelId: 'm', messages: [] }));
    let text = '', reasoning = '', tools = '';
    for await (const event of reply.stream) {
        const delta = event.contentBlockDelta?.delta;
        text += delta?.text ?? '';
        reasoning += delta?.reasoningContent?.text ?? '';
        tools += delta?.toolUse?.input ?? '';
    }
    return { text, reasoning, tools };
}

test('streams', async () => {
    let checked = 0;
    for (const recording of recordings) {
        const { lines } = recording;
        const events = lines.find((line) => line.events).events;
        const { request } = lines.find((line) => line.request);
        // Messages of unknown kinds are passed over by us and an error to the SDK.
        const plain = request.kind === 'chat' && !recording.name.includes('unknown') &&
            lines.some((line) => line.outcome === 'done') && !request.body.response_format && events.every((event) => event.kind !== 'custom_call');
        if (!plain || !sends(recording).some(([, , Command]) => Command === ConverseStreamCommand)) continue;
        const pieces = lines.filter((line) => line.base64).map((line) => Buffer.from(line.base64, 'base64'));
        if (pieces.length === 0) continue;
        const joined = (kind) => events.filter((event) => event.kind === kind).map((event) => event.text ?? '').join('');
        const ours = { text: joined('text'), reasoning: joined('reasoning'), tools: joined('tool_call') };
        assert.ok(isDeepStrictEqual(await decoded(pieces), ours), recording.name);
        checked++;
    }
    assert.ok(checked >= 5, `only ${checked} streams`);
    console.log(`${checked} streams agree`);
});
