// SPDX-License-Identifier: Apache-2.0
// The recordings of a driver as exchanges: what is sent, and what the vendor replies, as their bytes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// [{name, lines, outcome, exchanges: [{send, status, type, text, whole}]}]; whole: the reply came to its end.
export function recordings(driver) {
    const folder = join(process.env.PBAY_SOURCE_DIR, 'plugins', driver, 'recordings');
    return readdirSync(folder).filter((name) => name.endsWith('.jsonl')).map((name) => {
        const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
        const exchanges = [];
        for (const line of lines) {
            const last = exchanges[exchanges.length - 1];
            if (line.send) exchanges.push({ send: line.send, pieces: [] });
            if (line.head) Object.assign(last, { status: line.head.status, type: line.head.headers?.['content-type'] });
            if (line.bytes !== undefined) last.pieces.push(Buffer.from(line.bytes));
            if (line.base64) last.pieces.push(Buffer.from(line.base64, 'base64'));
            if (line.end) last.whole = true;
        }
        for (const exchange of exchanges) exchange.text = Buffer.concat(exchange.pieces).toString('utf8');
        return { name, lines, exchanges, outcome: lines.find((line) => line.outcome)?.outcome };
    });
}

export const body_of = ({ send }) => send.body ?? (send.body_text ? JSON.parse(send.body_text) : undefined);

// The JSON of each event of a stream of server-sent events.
export const events_of = (text) =>
    text.split(/\r?\n/).filter((line) => /^data: ?\{/.test(line)).map((line) => JSON.parse(line.replace(/^data: ?/, '')));
