// SPDX-License-Identifier: Apache-2.0
// What witnesses share: the strict stub vendors as servers, a server that keeps what it was sent, and runs of the
// command in a folder of its own. Everything is awaited by what it prints; nothing waits for time.
import { spawn } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Microsoft's client wants it as a global, which Node 18 lacks.
globalThis.crypto ??= webcrypto;

const { PBAY_BUILD_DIR, PBAY_COMMAND, PBAY_WITNESS_SERVER } = process.env;

// A row of the table: {url, conf, model, tool_model ...} and close().
export async function vendor(row) {
    const child = spawn(PBAY_WITNESS_SERVER, [row], { stdio: ['pipe', 'pipe', 'inherit'] });
    const line = await new Promise((resolve, reject) => {
        let text = '';
        child.stdout.on('data', (piece) => {
            text += piece;
            if (text.includes('\n')) resolve(text);
        });
        child.on('exit', (code) => reject(new Error(`witness_server ${row} ended with ${code}`)));
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    return {
        ...JSON.parse(line),
        async close() {
            child.stdin.end();
            await ended;
        },
    };
}

// A server that keeps each request and answers it with answer(request) -> {status, headers, body}, or with pieces of a
// body, each written once the one before it is on its way.
export async function capture(answer) {
    const requests = [];
    const server = createServer(async (incoming, outgoing) => {
        const pieces = [];
        for await (const piece of incoming) pieces.push(piece);
        const raw = Buffer.concat(pieces);
        const request = {
            method: incoming.method,
            path: incoming.url,
            headers: incoming.headers,
            raw,
            json: () => JSON.parse(raw.toString('utf8')),
        };
        requests.push(request);
        const reply = answer(request);
        outgoing.writeHead(reply.status ?? 200, reply.headers ?? { 'content-type': 'application/json' });
        for (const piece of reply.pieces ?? []) await new Promise((sent) => outgoing.write(piece, sent));
        outgoing.end(reply.body);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
        requests,
        url: `http://127.0.0.1:${server.address().port}`,
        close() {
            server.closeAllConnections();
            return new Promise((resolve) => server.close(resolve));
        },
    };
}

// Runs `patchbay ARGS` with this conf.d text ("@DIR@" is its folder); {code, out, err}.
export async function patchbay(conf, args, { input, files = {} } = {}) {
    const dir = await mkdtemp(join(tmpdir(), 'patchbay-witness-'));
    await mkdir(join(dir, 'conf'));
    await writeFile(join(dir, 'conf', 'row.conf'), conf.replaceAll('@DIR@', dir));
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    const child = spawn(PBAY_COMMAND, args, {
        env: {
            PATH: process.env.PATH,
            HOME: dir,
            LANG: 'C.UTF-8',
            PATCHBAY_CONF_PATH: join(dir, 'conf'),
            PATCHBAY_DRIVER_PATH: join(PBAY_BUILD_DIR, 'drivers'),
        },
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: 60000,
    });
    let out = '', err = '';
    child.stdout.on('data', (piece) => (out += piece));
    child.stderr.on('data', (piece) => (err += piece));
    child.stdin.end(input ?? '');
    const code = await new Promise((resolve) => child.on('close', resolve));
    await rm(dir, { recursive: true });
    return { code, out, err };
}

// `patchbay request` of a canonical request; the parsed answer, or its chunks when it streams.
export async function ask(conf, request, { kind = 'chat', ...options } = {}) {
    const input = JSON.stringify(request);
    const run = await patchbay(conf, ['request', `--kind=${kind}`, '-'], { ...options, input });
    if (run.code !== 0) throw new Error(`patchbay ended with ${run.code}: ${run.err}`);
    return request.stream
        ? run.out.trim().split('\n').map((line) => JSON.parse(line))
        : JSON.parse(run.out);
}

export const weather = {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

// The same conversation for everybody: a system message, a call with its result, a question.
export const conversation = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Weather in Oslo?' },
    {
        role: 'assistant',
        content: null,
        tool_calls: [
            { id: 'call_a1b2c3d4e', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
        ],
    },
    { role: 'tool', tool_call_id: 'call_a1b2c3d4e', content: '4 degrees' },
    { role: 'user', content: 'And in Rome?' },
];
