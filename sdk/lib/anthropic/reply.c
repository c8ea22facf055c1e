/* SPDX-License-Identifier: MIT */
/* Owns an exchange from its beginning to its end, and what takes a reply over HTTP: what form it
 * has, by its status and Content-Type rather than by what was asked, and who reads it. In ops. */
#include "lib/anthropic/dialect.h"

#include "lib/error.h"

static const char truncated[] = "the stream ended before the answer was finished; the connection "
                                "or a proxy cut it, try again";

pbs_anthropic *pbs_anthropic_new(const pbs_ctx *ctx, const pbs_anthropic_platform *platform,
                                 const pb_request *request)
{
    pbs_anthropic *exchange = ctx->api->alloc(ctx->x, sizeof *exchange);
    if (exchange == NULL)
        return NULL;
    exchange->platform = platform;
    exchange->request = request;
    exchange->model = pbs_anthropic_model(request->model);
    exchange->counts = (Counts){-1, -1, -1, -1, -1};
    exchange->status = 200;
    pbs_sse_init(&exchange->sse, PBS_SSE_MAX);
    return exchange;
}

void pbs_anthropic_free(pbs_anthropic *exchange)
{
    if (exchange == NULL)
        return;
    pbs_sse_free(&exchange->sse);
    pbs_anthropic_blocks_free(exchange);
}

bool pbs_anthropic_is_legacy(const pbs_anthropic *exchange)
{
    return (exchange->model->traits & MODEL_LEGACY) != 0;
}

pb_next pbs_anthropic_on_head(const pbs_ctx *ctx, pbs_anthropic *exchange, int32_t status)
{
    pb_str type = ctx->api->http_reply_header(ctx->x, PBS_STR("content-type"));
    bool events = pbs_find_nocase(type, "text/event-stream") != PBS_NONE ||
                  (type.len == 0 && pbs_anthropic_is_streamed(exchange));
    exchange->status = status;
    exchange->mode = status < 200 || status > 299 ? MODE_ERROR : events ? MODE_EVENTS : MODE_WHOLE;
    if (exchange->mode != MODE_EVENTS)
        ctx->api->http_collect(ctx->x);
    return PB_READ;
}

/* ---- Whole answers ---- */

static pb_next unusable(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

static pb_next take_message(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    if (!pbs_is_type(ctx, content, PB_JSON_ARRAY))
        return unusable(ctx,
                        "the answer holds no content; does base-url lead to this vendor's API?");
    pbs_anthropic_take_message(ctx, exchange, message);
    for (size_t i = 0; i < ctx->api->json_len(content); i++)
        pbs_anthropic_block_whole(ctx, exchange, ctx->api->json_at(content, i, NULL));
    pbs_anthropic_take_stop(ctx, exchange, message);
    pbs_anthropic_take_usage(ctx, exchange, pbs_get(ctx, message, "usage"));
    if (exchange->finished)
        return PB_DONE;
    return unusable(ctx, "the answer does not say why it ended");
}

static pb_next take_count(const pbs_ctx *ctx, const pb_json *answer)
{
    int64_t tokens = pbs_get_int(ctx, answer, "input_tokens", -1);
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_USAGE, .known = PB_USAGE_IN, .tokens_in = tokens};
    if (tokens < 0)
        return unusable(ctx, "the answer to the request for a count holds no input_tokens");
    ctx->api->emit(ctx->x, &event);
    return PB_DONE;
}

pb_next pbs_anthropic_take_answer(const pbs_ctx *ctx, pbs_anthropic *exchange,
                                  const pb_json *answer)
{
    pb_kind kind = exchange->request->kind;
    if (!pbs_is_type(ctx, answer, PB_JSON_OBJECT))
        return unusable(ctx,
                        "the answer is no JSON object; does base-url lead to this vendor's API?");
    if (pbs_is(pbs_get_str(ctx, answer, "type"), "error") || pbs_has(ctx, answer, "error"))
        return pbs_anthropic_failed(ctx, exchange->status, answer);
    if (kind == PB_KIND_PROBE)
        return PB_DONE;
    if (kind == PB_KIND_COUNT_TOKENS)
        return take_count(ctx, answer);
    if (pbs_anthropic_is_legacy(exchange))
        return pbs_anthropic_take_legacy(ctx, exchange, answer, true);
    return take_message(ctx, exchange, answer);
}

/* ---- Streams ---- */

typedef struct Taker {
    const pbs_ctx *ctx;
    pbs_anthropic *exchange;
} Taker;

static int take_event(void *user, const pbs_sse_event *event)
{
    const Taker *taker = user;
    pb_str data = pbs_trim(event->data);
    if (data.len == 0 || pbs_is(data, "[DONE]"))
        return 0;
    const pb_json *json = taker->ctx->api->json_parse(taker->ctx->x, data, 0);
    if (!pbs_is_type(taker->ctx, json, PB_JSON_OBJECT))
        return unusable(taker->ctx, "an event of the stream is no JSON object");
    return pbs_anthropic_take_event(taker->ctx, taker->exchange, json);
}

static pb_next after_events(const pbs_ctx *ctx, int result)
{
    if (result == PBS_SSE_TOO_LONG)
        return unusable(ctx, "an event of the stream is longer than 16 MiB");
    return (pb_next)result;
}

pb_next pbs_anthropic_on_body(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str bytes)
{
    Taker taker = {ctx, exchange};
    if (exchange->mode == MODE_ERROR)
        return pbs_anthropic_refused(ctx, exchange, exchange->status, bytes);
    if (exchange->mode == MODE_WHOLE)
        return pbs_anthropic_take_answer(ctx, exchange, ctx->api->json_parse(ctx->x, bytes, 0));
    return after_events(ctx, pbs_sse_push(&exchange->sse, bytes, take_event, &taker));
}

pb_next pbs_anthropic_stream_end(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    if (exchange->finished)
        return PB_DONE;
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("stream_truncated"), truncated);
}

pb_next pbs_anthropic_on_end(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    Taker taker = {ctx, exchange};
    if (exchange->mode == MODE_ERROR)
        return pbs_anthropic_refused(ctx, exchange, exchange->status, (pb_str){NULL, 0});
    if (exchange->mode == MODE_WHOLE)
        return unusable(ctx, "the answer is empty");
    pb_next next = after_events(ctx, pbs_sse_end(&exchange->sse, take_event, &taker));
    return next != 0 ? next : pbs_anthropic_stream_end(ctx, exchange);
}
