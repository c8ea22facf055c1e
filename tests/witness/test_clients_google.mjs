// SPDX-License-Identifier: Apache-2.0
// Google's clients against our servers: @google/genai at the Gemini API and at Vertex AI, whose tokens
// google-auth-library fetches from our token endpoint: with a service account's assertion, and with a user's refresh
// token. Both libraries know no other token endpoint than Google's, so its address is sent to ours.
import { GoogleGenAI } from '@google/genai';
import { JWT, UserRefreshClient } from 'google-auth-library';
import { greeting, joined, question, refused, witness } from './clients.mjs';
import { weather } from './lib.mjs';

const { name, description, parameters } = weather;
const config = { tools: [{ functionDeclarations: [{ name, description, parameters }] }] };
// The schema in Google's own words of types.
config.tools[0].functionDeclarations[0].parameters = {
    type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'],
};

function call_of(responses) {
    const [call] = responses.flatMap((response) => response.functionCalls ?? []);
    return { name: call.name, city: call.args.city };
}

const ways = {
    whole: async (ai) =>
        (await ai.models.generateContent({ model: 'gemini-3-parrot', contents: greeting })).text,
    stream: async (ai) =>
        joined(await ai.models.generateContentStream({ model: 'gemini-3-parrot', contents: greeting }),
            (chunk) => chunk.text),
    tool: async (ai) =>
        call_of([await ai.models.generateContent({ model: 'gemini-3-tools', contents: question, config })]),
    tool_stream: async (ai) => {
        const chunks = [];
        for await (const chunk of await ai.models.generateContentStream({
            model: 'gemini-3-tools', contents: question, config,
        })) chunks.push(chunk);
        return call_of(chunks);
    },
};

witness('gemini', {
    ...ways,
    connect: (url) => new GoogleGenAI({ apiKey: 'AIzaSyRightKey0001', httpOptions: { baseUrl: url } }),
});

function vertex(url, authClient) {
    const ai = new GoogleGenAI({
        vertexai: true, project: 'demo-project-1', location: 'europe-west4', googleAuthOptions: { authClient },
        httpOptions: { baseUrl: url, apiVersion: 'v1' },
    });
    return ai;
}

// What goes to Google's token endpoint goes to ours.
function at(url, authClient) {
    const transporter = authClient.transporter;
    const request = transporter.request.bind(transporter);
    transporter.request = (options) => request({ ...options, url: `${url}/token`, uri: undefined });
    return authClient;
}

witness('vertex-gemini', {
    ...ways,
    connect: (url, row) => {
        const account = JSON.parse(row.file_text);
        return vertex(url, at(url, new JWT({
            email: account.client_email, key: account.private_key, keyId: account.private_key_id,
            scopes: ['https://www.googleapis.com/auth/cloud-platform'],
        })));
    },
});
witness('vertex-adc-user', {
    ...ways,
    connect: (url, row) => {
        const user = JSON.parse(row.file_text);
        return vertex(url, at(url, new UserRefreshClient({
            clientId: user.client_id, clientSecret: user.client_secret, refreshToken: user.refresh_token,
            quotaProjectId: user.quota_project_id,
        })));
    },
});

refused('gemini', { ...ways, wrong: (url) => new GoogleGenAI({ apiKey: 'wrong', httpOptions: { baseUrl: url } }) }, 400);
refused('vertex-gemini', {
    ...ways,
    wrong: (url) => vertex(url, { getRequestHeaders: async () => ({ Authorization: 'Bearer wrong' }) }),
}, 401);
