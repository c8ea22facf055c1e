// SPDX-License-Identifier: Apache-2.0
// A vendor's own client against our strict server for that vendor: the server must take what the client sends, and the
// client must understand what the server answers, whole, streamed and with a tool. So the servers that our drivers are
// proven against speak the vendors' protocol as the vendors' own code does.
import assert from 'node:assert/strict';
import test from 'node:test';
import { vendor } from './lib.mjs';

export const said = 'You said: Grüß Gott 🌍';
export const greeting = 'Grüß Gott 🌍';
export const question = 'Weather in Oslo?';
export const hello = [{ role: 'user', content: greeting }];
export const asked = [{ role: 'user', content: question }];
export const called = { name: 'get_weather', city: 'Oslo' };

// witness(row, {connect, whole, stream, tool, tool_stream}): connect(url, row) makes the client; each way gives the
// text, or the call as {name, city}. `more` in the title tells two clients of one row apart.
export function witness(row, client, more = '') {
    for (const way of ['whole', 'stream', 'tool', 'tool_stream']) {
        if (!client[way]) continue;
        test(`${row}${more}: ${way}`, { timeout: 30000 }, async () => {
            const server = await vendor(row);
            try {
                const connected = await client.connect(server.url, server);
                assert.deepEqual(await client[way](connected), way.startsWith('tool') ? called : said);
            } finally {
                await server.close();
            }
        });
    }
}

// The client must come to the status of the refusal, so that it has understood the error's body.
export function refused(row, { wrong, whole }, status) {
    test(`${row}: wrong credentials`, { timeout: 30000 }, async () => {
        const server = await vendor(row);
        try {
            const client = await wrong(server.url, server);
            await assert.rejects(whole(client), (error) => {
                const told = error.status ?? error.statusCode ?? error.response?.status ?? error.httpResponse?.status ??
                    error.$metadata?.httpStatusCode;
                assert.equal(told ?? Number(error.message.match(/\b[45]\d\d\b/)?.[0]), status, String(error));
                return true;
            });
        } finally {
            await server.close();
        }
    });
}

export async function joined(stream, pick) {
    let text = '';
    for await (const event of stream) text += pick(event) ?? '';
    return text;
}

// A call in OpenAI's form.
export const called_in = (call) => ({ name: call.name, city: JSON.parse(call.arguments).city });

// The call that a stream in OpenAI's form gives in pieces.
export async function call_joined(stream) {
    const call = { name: '', arguments: '' };
    for await (const chunk of stream)
        for (const piece of chunk.choices[0]?.delta?.tool_calls ?? []) {
            call.name += piece.function.name ?? '';
            call.arguments += piece.function.arguments ?? '';
        }
    return called_in(call);
}
