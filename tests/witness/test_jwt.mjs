// SPDX-License-Identifier: Apache-2.0
// The assertion with which our vertex_ai driver asks for a service account's token, verified by a JOSE library against
// the public half of a key made here: signature, header and every claim. And the token that comes back is used.
import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeProtectedHeader, errors, exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import { ask, capture } from './lib.mjs';

const email = 'patchbay@demo-1.iam.gserviceaccount.com';
const kid = '0123456789abcdef';
const answer = { candidates: [{ content: { role: 'model', parts: [{ text: 'x' }] }, finishReason: 'STOP' }] };

// One chat with a service account's file; the request for the token, and that for the model.
async function exchange(privateKey, { token_uri = 'https://oauth2.googleapis.com/token' } = {}) {
    const server = await capture(({ path }) => ({
        body: JSON.stringify(path === '/token'
            ? { access_token: 'ya29.from-the-test', expires_in: 3599, token_type: 'Bearer' }
            : answer),
    }));
    const account = {
        type: 'service_account', project_id: 'demo-1', private_key_id: kid, private_key: await exportPKCS8(privateKey),
        client_email: email, token_uri,
    };
    try {
        await ask(
            `[provider vertex_ai]\nbase-url = ${server.url}\nlocation = europe-west4\ntoken-url = ${server.url}/token\n` +
                'credentials = @DIR@/account.json\n',
            { model: 'vertex_ai/gemini-2.5-flash', messages: [{ role: 'user', content: 'Hello' }] },
            { files: { 'account.json': JSON.stringify(account) } });
        return server.requests;
    } finally {
        await server.close();
    }
}

for (const modulusLength of [2048, 3072])
    test(`a key of ${modulusLength} bits`, { timeout: 60000 }, async () => {
        const { publicKey, privateKey } = await generateKeyPair('RS256', { modulusLength, extractable: true });
        const before = Math.floor(Date.now() / 1000);
        const [asked, used] = await exchange(privateKey);
        assert.equal(`${asked.method} ${asked.path}`, 'POST /token');
        assert.equal(asked.headers['content-type'], 'application/x-www-form-urlencoded');
        assert.equal(asked.headers.authorization, undefined);
        const form = new URLSearchParams(asked.raw.toString());
        assert.deepEqual([...form.keys()].sort(), ['assertion', 'grant_type']);
        assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');

        const assertion = form.get('assertion');
        assert.deepEqual(decodeProtectedHeader(assertion), { alg: 'RS256', typ: 'JWT', kid });
        const { payload } = await jwtVerify(assertion, publicKey, {
            algorithms: ['RS256'], issuer: email, audience: 'https://oauth2.googleapis.com/token', typ: 'JWT',
            requiredClaims: ['iat', 'exp'], maxTokenAge: 60,
        });
        assert.deepEqual(Object.keys(payload).sort(), ['aud', 'exp', 'iat', 'iss', 'scope']);
        assert.equal(payload.scope, 'https://www.googleapis.com/auth/cloud-platform');
        assert.equal(payload.exp, payload.iat + 3600);
        assert.ok(payload.iat >= before - 1 && payload.iat <= Date.now() / 1000 + 1);

        assert.equal(used.headers.authorization, 'Bearer ya29.from-the-test');
        const place = '/v1/projects/demo-1/locations/europe-west4/publishers/google/models';
        assert.equal(used.path, `${place}/gemini-2.5-flash:generateContent`);
    });

test('another key does not verify it, nor does a changed claim', { timeout: 60000 }, async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const other = await generateKeyPair('RS256');
    const [asked] = await exchange(privateKey);
    const assertion = new URLSearchParams(asked.raw.toString()).get('assertion');
    await assert.rejects(jwtVerify(assertion, other.publicKey), errors.JWSSignatureVerificationFailed);
    const [header, claims, signature] = assertion.split('.');
    const changed = JSON.parse(Buffer.from(claims, 'base64url').toString());
    changed.iss = 'somebody@else';
    const forged = [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
    await assert.rejects(jwtVerify(forged, publicKey), errors.JWSSignatureVerificationFailed);
});
