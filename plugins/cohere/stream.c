/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the events of a stream, told apart by the type in their JSON. Members that are lists in a
 * whole answer are single objects here. Types that are not known are passed over. In ops. */
#include "cohere.h"

#include "lib/error.h"

static pb_next take_call(const pbs_ctx *ctx, Exchange *exchange, const pb_json *event,
                         const pb_json *message)
{
    const pb_json *call = pbs_get(ctx, message, "tool_calls");
    if (pbs_is_type(ctx, call, PB_JSON_ARRAY))
        call = ctx->api->json_at(call, 0, NULL);
    if (cohere_emit_call(ctx, exchange, pbs_get_int(ctx, event, "index", 0), call))
        return 0;
    return cohere_unusable(ctx, "the stream holds arguments of a tool call that did not begin, or "
                                "more than 128 calls");
}

static pb_next take_end(const pbs_ctx *ctx, Exchange *exchange, const pb_json *delta)
{
    exchange->ended = true;
    return cohere_emit_end(ctx, pbs_get_str(ctx, delta, "finish_reason"),
                           pbs_get(ctx, delta, "usage"), pbs_get_str(ctx, delta, "error"));
}

static bool ends_in(pb_str type, const char *end)
{
    size_t n = strlen(end);
    return type.len >= n && pbs_is(pbs_skip(type, type.len - n), end);
}

pb_next cohere_take_event(const pbs_ctx *ctx, Exchange *exchange, const pb_json *event)
{
    pb_str type = pbs_get_str(ctx, event, "type");
    const pb_json *delta = pbs_get(ctx, event, "delta");
    const pb_json *message = pbs_get(ctx, delta, "message");
    if (pbs_is(type, "message-end"))
        return take_end(ctx, exchange, delta);
    if (type.len == 0 && pbs_get_str(ctx, event, "message").len > 0)
        return cohere_refused(ctx, exchange->status, ctx->api->json_text(event));
    if (ends_in(type, "-end"))
        return 0;
    if (pbs_is(type, "message-start"))
        cohere_emit_id(ctx, pbs_get_str(ctx, event, "id"));
    else if (pbs_is(type, "tool-call-start") || pbs_is(type, "tool-call-delta"))
        return take_call(ctx, exchange, event, message);
    else if (pbs_is(type, "tool-plan-delta"))
        cohere_emit_plan(ctx, exchange, pbs_get_str(ctx, message, "tool_plan"));
    else if (pbs_is(type, "content-start") || pbs_is(type, "content-delta"))
        cohere_emit_content(ctx, exchange, pbs_get(ctx, message, "content"));
    else if (pbs_is(type, "citation-start"))
        cohere_emit_citations(ctx, exchange, pbs_get(ctx, message, "citations"));
    cohere_emit_logprobs(ctx, exchange, pbs_get(ctx, event, "logprobs"));
    return 0;
}
