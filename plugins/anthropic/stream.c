/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the events of a stream, told apart by the type in their JSON. Types that are not known
 * are passed over: the vendor adds some without a new version. In ops. */
#include "anthropic.h"

#include "lib/error.h"

static pb_next take_start(const pbs_ctx *ctx, Exchange *exchange, const pb_json *event)
{
    const pb_json *message = pbs_get(ctx, event, "message");
    const pb_json *content = pbs_get(ctx, message, "content");
    anthropic_take_message(ctx, exchange, message);
    anthropic_take_usage(ctx, exchange, pbs_get(ctx, message, "usage"));
    for (size_t i = 0; i < ctx->api->json_len(content); i++)
        anthropic_block_whole(ctx, exchange, ctx->api->json_at(content, i, NULL));
    return 0;
}

static pb_next take_delta(const pbs_ctx *ctx, Exchange *exchange, const pb_json *event)
{
    int64_t index = pbs_get_int(ctx, event, "index", 0);
    if (anthropic_block_delta(ctx, exchange, index, pbs_get(ctx, event, "delta")))
        return 0;
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                    "a content block of the stream is longer than 16 MiB");
}

static pb_next take_message_delta(const pbs_ctx *ctx, Exchange *exchange, const pb_json *event)
{
    anthropic_take_stop(ctx, exchange, pbs_get(ctx, event, "delta"));
    anthropic_take_usage(ctx, exchange, pbs_get(ctx, event, "usage"));
    return 0;
}

pb_next anthropic_take_event(const pbs_ctx *ctx, Exchange *exchange, const pb_json *event)
{
    pb_str type = pbs_get_str(ctx, event, "type");
    int64_t index = pbs_get_int(ctx, event, "index", 0);
    if (pbs_is(type, "error") || pbs_has(ctx, event, "error"))
        return anthropic_failed(ctx, exchange->status, event);
    if (pbs_is(type, "message_start"))
        return take_start(ctx, exchange, event);
    if (pbs_is(type, "content_block_delta"))
        return take_delta(ctx, exchange, event);
    if (pbs_is(type, "message_delta"))
        return take_message_delta(ctx, exchange, event);
    if (pbs_is(type, "content_block_start"))
        anthropic_block_start(ctx, exchange, index, pbs_get(ctx, event, "content_block"));
    else if (pbs_is(type, "content_block_stop"))
        anthropic_block_stop(ctx, exchange, index);
    else if (pbs_is(type, "message_stop"))
        exchange->stopped = true;
    else if (pbs_is(type, "completion"))
        return anthropic_take_legacy(ctx, exchange, event);
    return exchange->stopped && exchange->finished ? PB_DONE : 0;
}
