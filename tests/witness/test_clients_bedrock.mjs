// SPDX-License-Identifier: Apache-2.0
// The AWS SDK against our Bedrock server: Converse, ConverseStream, InvokeModel and its stream, each signed by the SDK
// (the server verifies the signature), with keys that stay, with a session token and with an API key.
import {
    BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand, InvokeModelCommand,
    InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { greeting, joined, question, refused, witness } from './clients.mjs';
import { weather } from './lib.mjs';

const staying = { accessKeyId: 'AKIDSTUBSTAYING', secretAccessKey: 'stub/Secret+of+the+staying/key0' };
const of_role = {
    accessKeyId: 'ASIDSTUBROLE', secretAccessKey: 'stub+secret+of+the+role', sessionToken: 'IQoJrole&token==',
};
// Our server speaks HTTP/1.1, the SDK left alone 2.
const client = (endpoint, options) =>
    new BedrockRuntimeClient({
        region: 'eu-central-1', endpoint, maxAttempts: 1, requestHandler: new NodeHttpHandler(), ...options,
    });

const turn = (text) => [{ role: 'user', content: [{ text }] }];
const toolConfig = {
    tools: [{
        toolSpec: {
            name: weather.name, description: weather.description, inputSchema: { json: weather.parameters },
        },
    }],
};

// By the ids of both models.
const converse = (modelId, tool_model) => ({
    whole: async (sdk) =>
        (await sdk.send(new ConverseCommand({ modelId, messages: turn(greeting) }))).output.message.content[0].text,
    stream: async (sdk) =>
        joined((await sdk.send(new ConverseStreamCommand({ modelId, messages: turn(greeting) }))).stream,
            (event) => event.contentBlockDelta?.delta.text),
    tool: async (sdk) => {
        const answer = await sdk.send(new ConverseCommand({
            modelId: tool_model, messages: turn(question), toolConfig,
        }));
        const call = answer.output.message.content.find((block) => block.toolUse).toolUse;
        return { name: call.name, city: call.input.city };
    },
    tool_stream: async (sdk) => {
        const answer = await sdk.send(new ConverseStreamCommand({
            modelId: tool_model, messages: turn(question), toolConfig,
        }));
        let name, input = '';
        for await (const event of answer.stream) {
            name ??= event.contentBlockStart?.start.toolUse?.name;
            input += event.contentBlockDelta?.delta.toolUse?.input ?? '';
        }
        return { name, city: JSON.parse(input).city };
    },
});

const arn = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/';
witness('bedrock-converse', {
    ...converse('eu.anthropic.claude-parrot-20240307-v1:0', 'anthropic.claude-tools-20240307-v1:0'),
    connect: (url) => client(url, { credentials: staying }),
});
witness('bedrock-converse', {
    ...converse(`${arn}parrot`, `${arn}tools`),
    connect: (url) => client(url, { credentials: staying }),
}, ' (ARN)');
witness('bedrock-assume-role', {
    ...converse('us.amazon.nova-parrot-v1:0', 'us.amazon.nova-tools-v1:0'),
    connect: (url) => client(url, { credentials: of_role }),
});
witness('bedrock-bearer', {
    ...converse(`${arn}parrot`, `${arn}tools`),
    connect: (url) =>
        client(url, { token: { token: 'bedrock-api-key-stub0001' }, authSchemePreference: ['httpBearerAuth'] }),
});

const invoke = (modelId, body, text) => {
    const input = { modelId, contentType: 'application/json', accept: 'application/json', body: JSON.stringify(body) };
    const read = (bytes) => text(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return {
        connect: (url) => client(url, { credentials: staying }),
        whole: async (sdk) => read((await sdk.send(new InvokeModelCommand(input))).body).trimStart(),
        stream: async (sdk) => {
            const { body: events } = await sdk.send(new InvokeModelWithResponseStreamCommand(input));
            return (await joined(events, (event) => read(event.chunk.bytes))).trimStart();
        },
    };
};
witness('bedrock-invoke-claude', invoke('anthropic.claude-v2:1',
    { prompt: `\n\nHuman: ${greeting}\n\nAssistant:`, max_tokens_to_sample: 99 },
    (answer) => answer.completion));
witness('bedrock-invoke-titan', invoke('amazon.titan-text-express-v1',
    { inputText: `User: ${greeting}\nBot:`, textGenerationConfig: { maxTokenCount: 99 } },
    (answer) => answer.outputText ?? answer.results[0].outputText));

refused('bedrock-converse', {
    ...converse('eu.anthropic.claude-parrot-20240307-v1:0'),
    wrong: (url) => client(url, { credentials: { ...staying, secretAccessKey: 'stub/another' } }),
}, 403);
