/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ops that take a reply: what form it has, by its status and Content-Type rather than
 * by what was asked, and who reads it. In ops. */
#include "anthropic.h"

#include "lib/error.h"

static const char truncated[] = "the stream ended before the answer was finished; the connection "
                                "or a proxy cut it, try again";

pb_next anthropic_on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    pb_str type = ctx.api->http_reply_header(ctx.x, PBS_STR("content-type"));
    bool events = pbs_find_nocase(type, "text/event-stream") != PBS_NONE ||
                  (type.len == 0 && anthropic_is_streamed(exchange));
    exchange->status = status;
    exchange->mode = status < 200 || status > 299 ? MODE_ERROR : events ? MODE_EVENTS : MODE_WHOLE;
    if (exchange->mode != MODE_EVENTS)
        ctx.api->http_collect(ctx.x);
    return PB_READ;
}

/* ---- Whole answers ---- */

static pb_next unusable(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

static pb_next take_message(const pbs_ctx *ctx, Exchange *exchange, const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    if (!pbs_is_type(ctx, content, PB_JSON_ARRAY))
        return unusable(ctx, "the answer holds no content; is base-url the Anthropic API's?");
    anthropic_take_message(ctx, exchange, message);
    for (size_t i = 0; i < ctx->api->json_len(content); i++)
        anthropic_block_whole(ctx, exchange, ctx->api->json_at(content, i, NULL));
    anthropic_take_stop(ctx, exchange, message);
    anthropic_take_usage(ctx, exchange, pbs_get(ctx, message, "usage"));
    if (exchange->finished)
        return PB_DONE;
    return unusable(ctx, "the answer does not say why it ended");
}

static pb_next take_models(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    const pb_json *data = pbs_get(ctx, answer, "data");
    if (!pbs_is_type(ctx, data, PB_JSON_ARRAY))
        return unusable(ctx, "the answer to the request for models holds no list of models");
    for (size_t i = 0; i < ctx->api->json_len(data); i++) {
        const pb_json *model = ctx->api->json_at(data, i, NULL);
        pb_event event = {.size = sizeof event,
                          .kind = PB_EV_MODEL,
                          .id = pbs_get_str(ctx, model, "id"),
                          .name = pbs_get_str(ctx, model, "display_name"),
                          .text = ctx->api->json_text(model)};
        if (event.id.len > 0)
            ctx->api->emit(ctx->x, &event);
    }
    pb_str last = pbs_get_str(ctx, answer, "last_id");
    bool more = ctx->api->json_bool(pbs_get(ctx, answer, "has_more"), 0) != 0;
    if (!more || last.len == 0 || ctx->api->json_len(data) == 0)
        return PB_DONE;
    return anthropic_describe_models(ctx, exchange, last);
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

static pb_next take_whole(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    const pb_json *answer = ctx->api->json_parse(ctx->x, body, 0);
    pb_kind kind = exchange->request->kind;
    if (!pbs_is_type(ctx, answer, PB_JSON_OBJECT))
        return unusable(ctx, "the answer is no JSON object; is base-url the Anthropic API's?");
    if (pbs_is(pbs_get_str(ctx, answer, "type"), "error") || pbs_has(ctx, answer, "error"))
        return anthropic_failed(ctx, exchange->status, answer);
    if (kind == PB_KIND_PROBE)
        return PB_DONE;
    if (kind == PB_KIND_MODELS)
        return take_models(ctx, exchange, answer);
    if (kind == PB_KIND_COUNT_TOKENS)
        return take_count(ctx, answer);
    if ((exchange->model->traits & MODEL_LEGACY) != 0)
        return anthropic_take_legacy(ctx, exchange, answer);
    return take_message(ctx, exchange, answer);
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
        return unusable(taker->ctx, "an event of the stream is no JSON object");
    return anthropic_take_event(taker->ctx, taker->exchange, json);
}

static pb_next after_events(const pbs_ctx *ctx, int result)
{
    if (result == PBS_SSE_TOO_LONG)
        return unusable(ctx, "an event of the stream is longer than 16 MiB");
    return (pb_next)result;
}

pb_next anthropic_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    Taker taker = {&ctx, exchange};
    if (exchange->mode == MODE_ERROR)
        return anthropic_refused(&ctx, exchange, bytes);
    if (exchange->mode == MODE_WHOLE)
        return take_whole(&ctx, exchange, bytes);
    return after_events(&ctx, pbs_sse_push(&exchange->sse, bytes, take_event, &taker));
}

pb_next anthropic_on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    Taker taker = {&ctx, exchange};
    if (exchange->mode == MODE_ERROR)
        return anthropic_refused(&ctx, exchange, (pb_str){NULL, 0});
    if (exchange->mode == MODE_WHOLE)
        return unusable(&ctx, "the answer is empty");
    pb_next next = after_events(&ctx, pbs_sse_end(&exchange->sse, take_event, &taker));
    if (next != 0)
        return next;
    if (exchange->finished)
        return PB_DONE;
    return pbs_fail(&ctx, PB_ERR_PROTOCOL, PBS_STR("stream_truncated"), truncated);
}
