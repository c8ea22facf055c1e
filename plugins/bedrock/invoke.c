/* SPDX-License-Identifier: Apache-2.0 */
/* The codecs of InvokeModel and InvokeModelWithResponseStream. It owns what all vendors' bodies
 * share: which of them it is, the base64 that a stream wraps each object in, and the counts of
 * tokens that the service adds. In ops of the exchange. */
#include "invoke.h"

#include "lib/base64.h"

#include <stdlib.h>

bool invoke_start(Exchange *exchange, Invoke *invoke, const Family *family)
{
    invoke->family = family;
    invoke->in = -1;
    bool text = (family->traits & FAMILY_LEGACY) != 0;
    invoke->vendor = family->body == BODY_NONE              ? NULL
                     : family->body == BODY_JAMBA           ? &invoke_jamba
                     : family->body == BODY_CLAUDE && !text ? &invoke_claude
                                                            : &invoke_text;
    exchange->codec_state = invoke;
    return invoke->vendor != NULL;
}

static pb_next describe_body(const pbs_ctx *ctx, Exchange *exchange)
{
    return invoke_of(exchange)->vendor->describe(ctx, exchange);
}

static pb_next take_whole(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    Invoke *invoke = invoke_of(exchange);
    pb_next next = invoke->vendor->take(ctx, exchange, answer, true);
    if (next == PB_DONE && !invoke->counted)
        bedrock_emit_header_usage(ctx);
    return next;
}

/* ---- A stream ---- */

/* What the service counted, on the last object. */
static void take_metrics(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object)
{
    const pb_json *metrics = pbs_get(ctx, object, "amazon-bedrock-invocationMetrics");
    if (!pbs_is_type(ctx, metrics, PB_JSON_OBJECT) || invoke_of(exchange)->counted)
        return;
    bedrock_emit_counts(ctx, bedrock_count(ctx, metrics, "inputTokenCount"),
                        bedrock_count(ctx, metrics, "outputTokenCount"));
}

static const pb_json *unwrap(const pbs_ctx *ctx, pb_str text)
{
    size_t n = 0;
    uint8_t *bytes = malloc(text.len / 4 * 3 + 3);
    const pb_json *object = NULL;
    if (bytes != NULL && pbs_base64_decode(text, bytes, &n))
        object = ctx->api->json_parse(ctx->x, (pb_str){(const char *)bytes, n}, 0);
    free(bytes);
    return object;
}

static pb_next take_event(const pbs_ctx *ctx, Exchange *exchange, pb_str type, pb_str payload)
{
    const pb_json *event = ctx->api->json_parse(ctx->x, payload, 0);
    if (!pbs_is(type, "chunk"))
        return 0;
    const pb_json *object = unwrap(ctx, pbs_get_str(ctx, event, "bytes"));
    if (!pbs_is_type(ctx, object, PB_JSON_OBJECT))
        return bedrock_unusable(ctx, "a chunk of the stream holds no JSON object in base64");
    pb_next next = invoke_of(exchange)->vendor->take(ctx, exchange, object, false);
    if (next != PB_FAIL)
        take_metrics(ctx, exchange, object);
    return next;
}

static pb_next end_stream(const pbs_ctx *ctx, Exchange *exchange)
{
    return invoke_of(exchange)->vendor->end(ctx, exchange);
}

static void clean(Exchange *exchange)
{
    Invoke *invoke = invoke_of(exchange);
    pbs_anthropic_free(invoke->claude);
    if (invoke->has_chat)
        pbs_chat_free(&invoke->chat);
}

const BedrockCodec invoke_codec = {
    .op_whole = "invoke",
    .op_stream = "invoke-with-response-stream",
    .describe_body = describe_body,
    .take_whole = take_whole,
    .take_event = take_event,
    .end = end_stream,
    .clean = clean,
};

/* Models that cannot stream: what was asked as a stream comes in one piece. */
const BedrockCodec invoke_whole_codec = {
    .op_whole = "invoke",
    .describe_body = describe_body,
    .take_whole = take_whole,
    .clean = clean,
};
