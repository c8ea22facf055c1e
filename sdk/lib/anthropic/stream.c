/* SPDX-License-Identifier: MIT */
/* Owns the events of a stream, told apart by the type in their JSON. Types that are not known
 * are passed over: the vendor adds some without a new version. In ops. */
#include "lib/anthropic/dialect.h"

#include "lib/error.h"

static pb_next take_start(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *event)
{
    const pb_json *message = pbs_get(ctx, event, "message");
    const pb_json *content = pbs_get(ctx, message, "content");
    pbs_anthropic_take_message(ctx, exchange, message);
    pbs_anthropic_take_usage(ctx, exchange, pbs_get(ctx, message, "usage"));
    for (size_t i = 0; i < ctx->api->json_len(content); i++)
        pbs_anthropic_block_whole(ctx, exchange, ctx->api->json_at(content, i, NULL));
    return 0;
}

static pb_next take_delta(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *event)
{
    int64_t index = pbs_get_int(ctx, event, "index", 0);
    if (pbs_anthropic_block_delta(ctx, exchange, index, pbs_get(ctx, event, "delta")))
        return 0;
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                    "a content block of the stream is longer than 16 MiB");
}

static pb_next take_message_delta(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *event)
{
    pbs_anthropic_take_stop(ctx, exchange, pbs_get(ctx, event, "delta"));
    pbs_anthropic_take_usage(ctx, exchange, pbs_get(ctx, event, "usage"));
    return 0;
}

pb_next pbs_anthropic_take_event(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *event)
{
    pb_str type = pbs_get_str(ctx, event, "type");
    int64_t index = pbs_get_int(ctx, event, "index", 0);
    if (pbs_is(type, "error") || pbs_has(ctx, event, "error"))
        return pbs_anthropic_failed(ctx, exchange->status, event);
    if (pbs_is(type, "message_start"))
        return take_start(ctx, exchange, event);
    if (pbs_is(type, "content_block_delta"))
        return take_delta(ctx, exchange, event);
    if (pbs_is(type, "message_delta"))
        return take_message_delta(ctx, exchange, event);
    if (pbs_is(type, "content_block_start"))
        pbs_anthropic_block_start(ctx, exchange, index, pbs_get(ctx, event, "content_block"));
    else if (pbs_is(type, "content_block_stop"))
        pbs_anthropic_block_stop(ctx, exchange, index);
    else if (pbs_is(type, "message_stop"))
        exchange->stopped = true;
    else if (pbs_is(type, "completion"))
        return pbs_anthropic_take_legacy(ctx, exchange, event, false);
    return exchange->stopped && exchange->finished ? PB_DONE : 0;
}
