/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reply: what it is (one JSON text, a stream of events, a refusal) by status and
 * content type, not by what was asked, and handing it to the decoder of its kind. In ops. */
#include "exchange.h"

#include "lib/embeddings.h"
#include "lib/listing.h"
#include "lib/str.h"

#include <stdio.h>

enum { STOP_DONE = 1, STOP_FAILED = 2 };

typedef struct Sink {
    const pbs_ctx *ctx;
    Exchange *exchange;
} Sink;

static pb_next protocol_error(const pbs_ctx *ctx, const char *what, pb_str text)
{
    char message[320];
    pb_str head = pbs_cut(pbs_trim(text), 120);
    snprintf(message, sizeof message,
             "%s: \"%.*s\". Does base-url lead to an OpenAI-compatible API?", what, (int)head.len,
             head.len > 0 ? head.ptr : "");
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

/* ---- One JSON text ---- */

static pb_next take_whole(const pbs_ctx *ctx, Exchange *exchange, pb_str bytes)
{
    pb_kind kind = exchange->request->kind;
    pb_str text = pbs_trim(bytes); /* servers send blank lines to keep a waiting connection alive */
    const pb_json *answer = ctx->api->json_parse(ctx->x, text, 0);
    exchange->decoded = true;
    if (answer == NULL)
        return protocol_error(ctx, "the answer is not JSON", text);
    if (kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION)
        return pbs_chat_take(ctx, &exchange->chat, answer, true, exchange->status);
    pbs_error error;
    if (pbs_error_is_in(ctx, answer) && pbs_error_read(ctx, answer, &error))
        return pbs_error_fail(ctx, exchange->status, &error);
    if (kind == PB_KIND_EMBEDDING)
        return pbs_embeddings_take(ctx, answer);
    if (kind == PB_KIND_IMAGE)
        return pbs_images_take(ctx, answer);
    return kind == PB_KIND_MODELS ? pbs_models_take(ctx, answer) : 0;
}

/* ---- A stream of events ---- */

static int take_error(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *json,
                      pb_str data)
{
    pbs_error error = {.hint_ms = -1, .message = pbs_cut(data, 300)};
    if (json != NULL)
        pbs_error_read(ctx, json, &error);
    if (error.message.len == 0)
        error.message = PBS_STR("the vendor ended the stream with an error and did not say which");
    pbs_error_fail(ctx, exchange->status, &error);
    return STOP_FAILED;
}

/* A whole answer inside a stream has a message where a chunk has a delta. */
static bool is_whole(const pbs_ctx *ctx, const pb_json *object)
{
    const pb_json *choices = ctx->api->json_get(object, PBS_STR("choices"));
    const pb_json *first = ctx->api->json_at(choices, 0, NULL);
    return ctx->api->json_get(first, PBS_STR("delta")) == NULL &&
           ctx->api->json_get(first, PBS_STR("message")) != NULL;
}

static int on_event(void *user, const pbs_sse_event *event)
{
    const Sink *sink = user;
    const pbs_ctx *ctx = sink->ctx;
    Exchange *exchange = sink->exchange;
    pb_str data = pbs_trim(event->data);
    exchange->events = true;
    if (pbs_is(data, "[DONE]"))
        return STOP_DONE;
    if (data.len == 0)
        return 0;
    const pb_json *json = ctx->api->json_parse(ctx->x, data, 0);
    if (pbs_is(event->event, "error"))
        return take_error(ctx, exchange, json, data);
    if (json == NULL) {
        protocol_error(ctx, "a piece of the stream is not JSON", data);
        return STOP_FAILED;
    }
    pb_next taken =
        pbs_chat_take(ctx, &exchange->chat, json, is_whole(ctx, json), exchange->status);
    return taken == PB_FAIL ? STOP_FAILED : 0;
}

static pb_next after_events(const pbs_ctx *ctx, Exchange *exchange, int result)
{
    switch (result) {
    case 0:
        return PB_READ;
    case STOP_DONE:
        pbs_chat_end(ctx, &exchange->chat);
        return PB_DONE;
    case STOP_FAILED:
        return PB_FAIL;
    default:
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "one event of the stream is longer than 16 MiB");
    }
}

static pb_next take_events(const pbs_ctx *ctx, Exchange *exchange, pb_str bytes)
{
    Sink sink = {ctx, exchange};
    if (!exchange->events)
        pbs_buf_add(&exchange->raw, pbs_cut(bytes, exchange->raw.max - exchange->raw.len));
    return after_events(ctx, exchange, pbs_sse_push(&exchange->sse, bytes, on_event, &sink));
}

/* What came as a stream and holds no event is a whole answer, or nothing. */
static pb_next end_events(const pbs_ctx *ctx, Exchange *exchange)
{
    Sink sink = {ctx, exchange};
    pb_next next = after_events(ctx, exchange, pbs_sse_end(&exchange->sse, on_event, &sink));
    if (next != PB_READ)
        return next;
    pb_str raw = pbs_trim(pbs_buf_str(&exchange->raw));
    if (!exchange->events && raw.len > 0 && (raw.ptr[0] == '{' || raw.ptr[0] == '<') &&
        take_whole(ctx, exchange, raw) == PB_FAIL)
        return PB_FAIL;
    /* Without [DONE] an empty finish reason is none: the stream may have been cut. */
    if (exchange->decoded || pbs_chat_is_finished(&exchange->chat))
        pbs_chat_end(ctx, &exchange->chat);
    return PB_DONE;
}

/* ---- Refusals ---- */

static pb_next take_refusal(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    exchange->decoded = true;
    if (exchange->status >= 300 && exchange->status < 400)
        return pbs_fail(
            ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
            "the server redirects elsewhere, which is not followed because the key would "
            "go along; set base-url to the final address");
    exchange->resend = openai_repair(ctx, exchange, body);
    return exchange->resend ? PB_READ : pbs_error_fail_body(ctx, exchange->status, body);
}

/* ---- The ops ---- */

static bool is_type(pb_str type, const char *name)
{
    return pbs_find_nocase(type, name) != PBS_NONE;
}

pb_next openai_on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    pb_str type = ctx.api->http_reply_header(ctx.x, PBS_STR("content-type"));
    bool streamed =
        (exchange->request->flags & PB_REQ_STREAM) != 0 &&
        (exchange->request->kind == PB_KIND_CHAT || exchange->request->kind == PB_KIND_COMPLETION);
    exchange->status = status;
    exchange->decoded = exchange->resend = false;
    if (status < 200 || status >= 300)
        exchange->mode = MODE_ERROR;
    else if (is_type(type, "text/event-stream") || (streamed && !is_type(type, "json")))
        exchange->mode = MODE_EVENTS;
    else
        exchange->mode = MODE_WHOLE;
    if (streamed && exchange->mode != MODE_EVENTS)
        ctx.api->http_collect(ctx.x);
    return PB_READ;
}

pb_next openai_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    switch (exchange->mode) {
    case MODE_EVENTS:
        return take_events(&ctx, exchange, bytes);
    case MODE_ERROR:
        return take_refusal(&ctx, exchange, bytes);
    default:
        return take_whole(&ctx, exchange, bytes) == PB_FAIL ? PB_FAIL : PB_READ;
    }
}

pb_next openai_on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    bool nothing = !exchange->decoded;
    switch (exchange->mode) {
    case MODE_EVENTS:
        return end_events(&ctx, exchange);
    case MODE_ERROR:
        if (nothing && take_refusal(&ctx, exchange, (pb_str){NULL, 0}) == PB_FAIL)
            return PB_FAIL;
        return openai_describe(&ctx, exchange);
    default:
        if (nothing)
            return protocol_error(&ctx, "the answer is empty", (pb_str){NULL, 0});
        pbs_chat_end(&ctx, &exchange->chat);
        return PB_DONE;
    }
}
