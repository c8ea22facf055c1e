// SPDX-License-Identifier: Apache-2.0
// The signatures of our bedrock driver, made once more by the signer of the AWS SDK from what came over the wire: for
// the same date, headers, path and body it must come to the same authorization. Ids with colons, profiles and ARNs
// in the path, session tokens, a role's assumption at the token service, and the control plane's query.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { capture, patchbay } from './lib.mjs';

const keys = { accessKeyId: 'AKIDEXAMPLE00000001', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const session = { ...keys, accessKeyId: 'ASIDEXAMPLE00000001', sessionToken: 'IQoJb3JpZ2luX2VjEA//+=&token==' };

const date_of = (stamp) => new Date(stamp.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));

// The authorization that the SDK gives this request; only what the driver says it signed takes part.
async function signed_anew(request, credentials, { region = 'us-east-1', service = 'bedrock', ...change } = {}) {
    const url = new URL(request.path, `http://${request.headers.host}`);
    const [, names] = request.headers.authorization.match(/SignedHeaders=([^,]+),/);
    const headers = Object.fromEntries(names.split(';').map((name) => [name, request.headers[name]]));
    for (const name of Object.keys(request.headers))
        if (name === 'host' || name === 'content-type' || name.startsWith('x-amz-'))
            assert.ok(name in headers, `${name} is not signed`);
    // The signer adds these two itself.
    for (const name of ['x-amz-date', 'x-amz-security-token']) delete headers[name];
    const signer = new SignatureV4({
        credentials, region, service, sha256: Sha256, applyChecksum: 'x-amz-content-sha256' in headers,
    });
    const made = await signer.sign(
        {
            method: request.method, protocol: 'http:', hostname: url.hostname, port: Number(url.port),
            path: url.pathname, query: Object.fromEntries(url.searchParams), headers, body: request.raw, ...change,
        },
        { signingDate: date_of(request.headers['x-amz-date']) });
    assert.equal(made.headers['x-amz-security-token'], request.headers['x-amz-security-token']);
    return made.headers.authorization;
}

const as_conf = ({ accessKeyId, secretAccessKey, sessionToken }) =>
    `access-key-id = ${accessKeyId}\nsecret-access-key = ${secretAccessKey}\n` +
    (sessionToken ? `session-token = ${sessionToken}\n` : '');

// The requests that one run of the command sends; what they are answered does not matter.
async function sent(conf, request, { kind = 'chat', answer } = {}) {
    const server = await capture(answer ?? (() => ({ status: 400, body: '{"message":"no"}' })));
    try {
        const text = conf.replaceAll('@URL@', server.url);
        const run = await patchbay(text, ['request', `--kind=${kind}`, '-'], { input: JSON.stringify(request) });
        assert.ok(server.requests.length > 0, run.err);
        return server.requests;
    } finally {
        await server.close();
    }
}

const provider = '[provider bedrock]\nbase-url = @URL@\nmodels-url = @URL@\nsts-url = @URL@/\nregion = us-east-1\n';
const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Grüß Gott 🌍 / ? % + ~' }];
const arn = 'arn:aws:bedrock:us-east-1:123456789012';
const models = [
    'anthropic.claude-3-5-sonnet-20241022-v2:0',
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'global.anthropic.claude-opus-4-5-20251101-v1:0',
    `${arn}:application-inference-profile/a1b2c3d4e5f6`,
    `${arn}:provisioned-model/abc def`,
    `${arn}:prompt/PROMPT1234:1`,
    'invoke/anthropic.claude-v2:1',
    'invoke/amazon.titan-text-express-v1',
];
for (const model of models)
    for (const [who, credentials] of Object.entries({ keys, session }))
        for (const stream of [false, true])
            test(`${model}, ${who}${stream ? ', streamed' : ''}`, { timeout: 30000 }, async () => {
                const [request] = await sent(provider + as_conf(credentials), {
                    model: `bedrock/${model}`, messages, stream, max_tokens: 99,
                });
                assert.equal(request.headers.authorization, await signed_anew(request, credentials));
            });

test('embeddings, counts, models', { timeout: 30000 }, async () => {
    const conf = provider + as_conf(session);
    for (const [kind, body] of Object.entries({
        embedding: { model: 'bedrock/amazon.titan-embed-text-v2:0', input: ['a'] },
        count_tokens: { model: 'bedrock/anthropic.claude-3-5-haiku-20241022-v1:0', messages },
        models: { model: 'bedrock/any' },
    })) {
        const [request] = await sent(conf, body, { kind });
        assert.equal(request.headers.authorization, await signed_anew(request, session), kind);
    }
});

test('another region, found inside an ARN', { timeout: 30000 }, async () => {
    const model = 'bedrock/arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0';
    const [request] = await sent(provider + as_conf(keys), { model, messages });
    assert.equal(request.headers.authorization, await signed_anew(request, keys, { region: 'eu-central-1' }));
});

test('a role is assumed, and what it gave signs', { timeout: 30000 }, async () => {
    const given = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${session.accessKeyId}</AccessKeyId>
        <SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>
        <SessionToken>${session.sessionToken.replaceAll('&', '&amp;')}</SessionToken>
        <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
    const answer = ({ headers }) =>
        /form-urlencoded/.test(headers['content-type'])
            ? { headers: { 'content-type': 'text/xml' }, body: given }
            : { status: 400, body: '{"message":"no"}' };
    const [role, chat] = await sent(
        `${provider}${as_conf(keys)}role-arn = arn:aws:iam::123456789012:role/My Role+1\nexternal-id = ext 1&2\n`,
        { model: 'bedrock/us.amazon.nova-pro-v1:0', messages }, { answer });
    const form = new URLSearchParams(role.raw.toString());
    assert.equal(form.get('Action'), 'AssumeRole');
    assert.equal(form.get('RoleArn'), 'arn:aws:iam::123456789012:role/My Role+1');
    assert.equal(form.get('ExternalId'), 'ext 1&2');
    assert.equal(role.headers.authorization, await signed_anew(role, keys, { service: 'sts' }));
    assert.equal(chat.headers.authorization, await signed_anew(chat, session));
});

test('any change breaks it', { timeout: 30000 }, async () => {
    const [request] = await sent(provider + as_conf(keys), { model: `bedrock/${models[0]}`, messages });
    for (const change of [
        { body: Buffer.concat([request.raw, Buffer.from(' ')]) }, { method: 'PUT' }, { path: '/model/other/converse' },
        { query: { a: '1' } }, { region: 'us-east-2' },
    ])
        assert.notEqual(request.headers.authorization, await signed_anew(request, keys, change));
});
