/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the events of a run's stream: raw text, and what ended it. A stream that ends without saying
 * so loses nothing: the prediction is asked for, and what is missing told from there. In ops. */
#include "replicate.h"

#include "lib/error.h"

/* Text, or {"detail": text}. */
static pb_next take_error(const pbs_ctx *ctx, Exchange *exchange, pb_str data)
{
    pbs_error error;
    const pb_json *json = ctx->api->json_parse(ctx->x, pbs_trim(data), 0);
    exchange->over = true;
    if (pbs_is_type(ctx, json, PB_JSON_OBJECT) && pbs_error_read(ctx, json, &error) &&
        error.message.len > 0)
        return replicate_failed(ctx, error.message);
    return replicate_failed(ctx, data);
}

/* The reason is told, but not what went wrong: the prediction has it. Tokens are counted there,
 * too: it is asked for once more, after the end was told, where the client wants usage. */
static pb_next take_done(const pbs_ctx *ctx, Exchange *exchange, pb_str data)
{
    const pb_json *json = ctx->api->json_parse(ctx->x, pbs_trim(data), 0);
    pb_str reason = pbs_get_str(ctx, json, "reason");
    if (reason.len == 0) {
        pb_next next = replicate_finish(ctx, exchange, "done");
        return replicate_wants_usage(ctx, exchange) ? replicate_describe_metrics(ctx, exchange)
                                                    : next;
    }
    if (!pbs_is(reason, "canceled"))
        return replicate_describe_poll(ctx, exchange);
    exchange->over = true;
    return replicate_canceled(ctx);
}

pb_next replicate_take_event(const pbs_ctx *ctx, Exchange *exchange, const pbs_sse_event *event)
{
    if (pbs_is(event->event, "output"))
        replicate_emit_text(ctx, exchange, event->data);
    else if (pbs_is(event->event, "error"))
        return take_error(ctx, exchange, event->data);
    else if (pbs_is(event->event, "done"))
        return take_done(ctx, exchange, event->data);
    return 0;
}
