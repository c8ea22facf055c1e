/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the answers of Converse and ConverseStream: which event is what. Events of unknown types are
 * passed over; an answer without an end is none. In ops of the exchange. */
#include "converse.h"

pb_next converse_take_whole(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    const pb_json *message = pbs_get(ctx, pbs_get(ctx, answer, "output"), "message");
    const pb_json *content = pbs_get(ctx, message, "content");
    pb_str reason = pbs_get_str(ctx, answer, "stopReason");
    if (!pbs_is_type(ctx, content, PB_JSON_ARRAY) || reason.len == 0)
        return bedrock_unusable(ctx, "the answer holds no output.message.content with a "
                                     "stopReason; is base-url the Bedrock runtime's?");
    bedrock_emit_request_id(ctx);
    for (size_t i = 0; i < ctx->api->json_len(content); i++)
        if (!converse_block_whole(ctx, exchange, ctx->api->json_at(content, i, NULL)))
            return bedrock_unusable(ctx, "a block of the answer is longer than 16 MiB");
    converse_take_more(ctx, exchange, answer);
    if (converse_stop(ctx, exchange, reason) == PB_FAIL)
        return PB_FAIL;
    converse_finish(ctx, exchange);
    converse_take_usage(ctx, exchange, pbs_get(ctx, answer, "usage"));
    return PB_DONE;
}

/* The usage comes last, with what else is told of the whole answer. */
static pb_next take_metadata(const pbs_ctx *ctx, Exchange *exchange, const pb_json *event)
{
    converse_take_more(ctx, exchange, event);
    converse_finish(ctx, exchange);
    converse_take_usage(ctx, exchange, pbs_get(ctx, event, "usage"));
    return converse_of(exchange)->finished ? PB_DONE : 0;
}

pb_next converse_take_event(const pbs_ctx *ctx, Exchange *exchange, pb_str type, pb_str payload)
{
    const pb_json *event = ctx->api->json_parse(ctx->x, payload, 0);
    int64_t index = pbs_get_int(ctx, event, "contentBlockIndex", 0);
    if (!pbs_is_type(ctx, event, PB_JSON_OBJECT))
        return bedrock_unusable(ctx, "an event of the stream is no JSON object");
    if (pbs_is(type, "messageStart")) {
        bedrock_emit_request_id(ctx);
    } else if (pbs_is(type, "contentBlockStart")) {
        converse_block_start(ctx, exchange, index, pbs_get(ctx, event, "start"));
    } else if (pbs_is(type, "contentBlockDelta")) {
        if (!converse_block_delta(ctx, exchange, index, pbs_get(ctx, event, "delta")))
            return bedrock_unusable(ctx, "a block of the answer is longer than 16 MiB");
    } else if (pbs_is(type, "contentBlockStop")) {
        converse_block_stop(ctx, exchange, index);
    } else if (pbs_is(type, "messageStop")) {
        converse_take_more(ctx, exchange, event);
        return converse_stop(ctx, exchange, pbs_get_str(ctx, event, "stopReason"));
    } else if (pbs_is(type, "metadata")) {
        return take_metadata(ctx, exchange, event);
    }
    return 0;
}

pb_next converse_end(const pbs_ctx *ctx, Exchange *exchange)
{
    converse_finish(ctx, exchange);
    return converse_of(exchange)->finished ? PB_DONE : bedrock_truncated(ctx);
}
