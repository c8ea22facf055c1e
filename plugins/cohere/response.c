/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ops that take a reply: what form it has, by its status and Content-Type rather than
 * by what was asked, and who reads it. In ops. */
#include "cohere.h"

#include "lib/error.h"
#include "lib/listing.h"
#include "lib/rerank.h"

pb_next cohere_unusable(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

pb_next cohere_on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    pb_str type = ctx.api->http_reply_header(ctx.x, PBS_STR("content-type"));
    bool events = pbs_find_nocase(type, "text/event-stream") != PBS_NONE ||
                  (type.len == 0 && cohere_is_streamed(exchange));
    exchange->status = status;
    exchange->mode = status < 200 || status > 299 ? MODE_ERROR : events ? MODE_EVENTS : MODE_WHOLE;
    if (exchange->mode != MODE_EVENTS)
        ctx.api->http_collect(ctx.x);
    return PB_READ;
}

/* ---- Whole answers ---- */

static pb_next take_models(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer)
{
    pb_str token = pbs_get_str(ctx, answer, "next_page_token");
    pb_next next = pbs_models_take(ctx, answer);
    if (next != 0)
        return next;
    bool more = token.len > 0 && ctx->api->json_len(pbs_get(ctx, answer, "models")) > 0;
    return more ? cohere_describe_models(ctx, exchange, token) : PB_DONE;
}

static pb_next take_whole(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    const pb_json *answer = ctx->api->json_parse(ctx->x, body, 0);
    if (!pbs_is_type(ctx, answer, PB_JSON_OBJECT))
        return cohere_unusable(ctx, "the answer is no JSON object; is base-url the Cohere API's?");
    switch (exchange->request->kind) {
    case PB_KIND_PROBE:
        return PB_DONE;
    case PB_KIND_MODELS:
        return take_models(ctx, exchange, answer);
    case PB_KIND_EMBEDDING:
        return cohere_take_embed(ctx, answer);
    case PB_KIND_RERANK:
        return pbs_rerank_take(ctx, exchange->request->body, answer);
    default:
        return cohere_take_answer(ctx, exchange, answer);
    }
}

/* ---- Streams ---- */

typedef struct Taker {
    const pbs_ctx *ctx;
    Exchange *exchange;
} Taker;

static int take_event(void *user, const pbs_sse_event *event)
{
    const Taker *taker = user;
    pb_str data = pbs_trim(event->data);
    if (data.len == 0 || pbs_is(data, "[DONE]"))
        return 0;
    const pb_json *json = taker->ctx->api->json_parse(taker->ctx->x, data, 0);
    if (!pbs_is_type(taker->ctx, json, PB_JSON_OBJECT))
        return cohere_unusable(taker->ctx, "an event of the stream is no JSON object");
    return cohere_take_event(taker->ctx, taker->exchange, json);
}

static pb_next after_events(const pbs_ctx *ctx, int result)
{
    if (result == PBS_SSE_TOO_LONG)
        return cohere_unusable(ctx, "an event of the stream is longer than 16 MiB");
    return (pb_next)result;
}

pb_next cohere_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    Taker taker = {&ctx, exchange};
    if (exchange->mode == MODE_ERROR)
        return cohere_refused(&ctx, exchange->status, bytes);
    if (exchange->mode == MODE_WHOLE)
        return take_whole(&ctx, exchange, bytes);
    return after_events(&ctx, pbs_sse_push(&exchange->sse, bytes, take_event, &taker));
}

pb_next cohere_on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    Taker taker = {&ctx, exchange};
    if (exchange->mode == MODE_ERROR)
        return cohere_refused(&ctx, exchange->status, (pb_str){NULL, 0});
    if (exchange->mode == MODE_WHOLE)
        return cohere_unusable(&ctx, "the answer is empty");
    pb_next next = after_events(&ctx, pbs_sse_end(&exchange->sse, take_event, &taker));
    if (next != 0)
        return next;
    return pbs_fail(&ctx, PB_ERR_PROTOCOL, PBS_STR("stream_truncated"),
                    "the stream ended before the answer was finished; the connection or a proxy "
                    "cut it, try again");
}
