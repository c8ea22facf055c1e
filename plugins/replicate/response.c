/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ops that take a reply and the waits between polls. Polls that are refused for a moment
 * are tried again a few times, since the run goes on. In ops. */
#include "replicate.h"

#include "lib/error.h"
#include "lib/listing.h"
#include "lib/retry.h"

#define DELAY_MAX_MS 5000
#define FAILURES_MAX 5u

pb_next replicate_unusable(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

/* Each wait is half as long again as the one before, up to five seconds. */
pb_next replicate_wait(const pbs_ctx *ctx, Exchange *exchange)
{
    int64_t next = exchange->delay_ms + exchange->delay_ms / 2;
    ctx->api->wait(ctx->x, exchange->delay_ms);
    exchange->delay_ms = next < DELAY_MAX_MS                 ? next
                         : exchange->delay_ms > DELAY_MAX_MS ? exchange->delay_ms
                                                             : DELAY_MAX_MS;
    return PB_WAIT;
}

static bool is_good(const Exchange *exchange)
{
    return exchange->status >= 200 && exchange->status <= 299;
}

pb_next replicate_on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    pb_str type = ctx.api->http_reply_header(ctx.x, PBS_STR("content-type"));
    exchange->status = status;
    if (exchange->phase != PHASE_STREAM)
        return PB_READ;
    if (is_good(exchange) && pbs_find_nocase(type, "text/event-stream") != PBS_NONE)
        return PB_READ;
    ctx.api->log(ctx.core, ctx.x, PB_LOG_INFO,
                 PBS_STR("the stream of the run could not be opened; its output is polled"));
    return replicate_wait(&ctx, exchange);
}

pb_next replicate_on_timer(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    return replicate_describe_poll(&ctx, state);
}

/* ---- Whole replies ---- */

static pb_next take_models(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *list = pbs_get(ctx, answer, "models");
    if (!pbs_is_type(ctx, list, PB_JSON_ARRAY))
        return replicate_unusable(ctx, "the collection holds no list of models");
    for (size_t i = 0; i < ctx->api->json_len(list); i++) {
        const pb_json *model = ctx->api->json_at(list, i, NULL);
        pb_str owner = pbs_get_str(ctx, model, "owner"), name = pbs_get_str(ctx, model, "name");
        if (owner.len == 0 || name.len == 0)
            continue;
        ctx->api->w_begin(ctx->x);
        ctx->api->http_body(ctx->x, owner);
        ctx->api->http_body(ctx->x, PBS_STR("/"));
        ctx->api->http_body(ctx->x, name);
        pb_event event = {.size = sizeof event,
                          .kind = PB_EV_MODEL,
                          .id = ctx->api->w_end(ctx->x),
                          .name = name,
                          .text = ctx->api->json_text(model)};
        ctx->api->emit(ctx->x, &event);
    }
    return PB_DONE;
}

/* A poll that was refused for a moment. */
static bool is_passing(const Exchange *exchange)
{
    return exchange->phase == PHASE_POLL && exchange->failures < FAILURES_MAX &&
           (exchange->status == 429 || exchange->status >= 500);
}

static pb_next wait_longer(const pbs_ctx *ctx, Exchange *exchange)
{
    pbs_retry retry = pbs_retry_read(ctx, (pb_str){NULL, 0}, -1);
    exchange->failures++;
    if (retry.after_ms > exchange->delay_ms && retry.after_ms <= 60000) {
        ctx->api->wait(ctx->x, retry.after_ms);
        return PB_WAIT;
    }
    return replicate_wait(ctx, exchange);
}

/* The answer is complete: whatever comes here, it stays one. */
static pb_next take_metrics(const pbs_ctx *ctx, const Exchange *exchange, pb_str body)
{
    if (is_good(exchange))
        replicate_emit_metrics(ctx, ctx->api->json_parse(ctx->x, body, 0));
    return PB_DONE;
}

static pb_next take_whole(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    if (exchange->phase == PHASE_IMAGE)
        return replicate_take_image(ctx, exchange, body);
    if (exchange->phase == PHASE_METRICS)
        return take_metrics(ctx, exchange, body);
    if (is_passing(exchange))
        return wait_longer(ctx, exchange);
    if (!is_good(exchange))
        return replicate_refused(ctx, exchange, body);
    const pb_json *answer = ctx->api->json_parse(ctx->x, body, 0);
    if (!pbs_is_type(ctx, answer, PB_JSON_OBJECT))
        return replicate_unusable(ctx, "the answer is no JSON object; is base-url the Replicate "
                                       "API's?");
    if (exchange->request->kind == PB_KIND_PROBE)
        return PB_DONE;
    if (exchange->request->kind == PB_KIND_MODELS)
        return take_models(ctx, answer);
    return replicate_take_prediction(ctx, exchange, answer, body);
}

/* ---- Streams ---- */

typedef struct Taker {
    const pbs_ctx *ctx;
    Exchange *exchange;
} Taker;

static int take_event(void *user, const pbs_sse_event *event)
{
    const Taker *taker = user;
    return replicate_take_event(taker->ctx, taker->exchange, event);
}

static pb_next after_events(const pbs_ctx *ctx, int result)
{
    if (result == PBS_SSE_TOO_LONG)
        return replicate_unusable(ctx, "an event of the stream is longer than 16 MiB");
    return (pb_next)result;
}

pb_next replicate_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    Taker taker = {&ctx, exchange};
    if (exchange->phase != PHASE_STREAM)
        return take_whole(&ctx, exchange, bytes);
    return after_events(&ctx, pbs_sse_push(&exchange->sse, bytes, take_event, &taker));
}

pb_next replicate_on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    Taker taker = {&ctx, exchange};
    if (exchange->phase != PHASE_STREAM)
        return is_good(exchange) && exchange->phase != PHASE_IMAGE &&
                       exchange->phase != PHASE_METRICS
                   ? replicate_unusable(&ctx, "the answer is empty")
                   : take_whole(&ctx, exchange, (pb_str){NULL, 0});
    pb_next next = after_events(&ctx, pbs_sse_end(&exchange->sse, take_event, &taker));
    return next != 0 ? next : replicate_describe_poll(&ctx, exchange);
}
