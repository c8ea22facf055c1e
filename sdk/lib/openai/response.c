/* SPDX-License-Identifier: MIT */
/* Owns the reply: what it is (one JSON text, a stream of events, a refusal) by status and
 * content type, not by what was asked, and handing it to the decoder of its kind. In ops. */
#include "lib/openai/parts.h"

#include "lib/embeddings.h"
#include "lib/listing.h"
#include "lib/str.h"

#include <stdio.h>

#define RAW_MAX ((size_t)64 * 1024)

enum { STOP_DONE = 1, STOP_FAILED = 2 };

typedef struct Sink {
    const pbs_ctx *ctx;
    pbs_openai *openai;
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

/* ---- Errors ---- */

static void ask_hook(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body,
                     pbs_error *error)
{
    if (openai->hooks != NULL && openai->hooks->error != NULL)
        openai->hooks->error(ctx, openai, body, error);
}

static bool read_error(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body,
                       pbs_error *out)
{
    bool said = pbs_error_read(ctx, body, out);
    ask_hook(ctx, openai, body, out);
    return said;
}

void pbs_openai_error_read(const pbs_ctx *ctx, const pbs_openai *openai, pb_str body,
                           pbs_error *out)
{
    const pb_json *json = pbs_error_read_body(ctx, body, out);
    ask_hook(ctx, openai, json, out);
}

/* What the decoder of chats found in an answer, or a piece of one. */
static void on_chat_error(void *user, const pbs_ctx *ctx, const pb_json *body, pbs_error *error)
{
    ask_hook(ctx, user, body, error);
}

/* ---- One JSON text ---- */

static pb_next take_whole(const pbs_ctx *ctx, pbs_openai *openai, pb_str bytes)
{
    pb_kind kind = openai->request->kind;
    pb_str text = pbs_trim(bytes); /* servers send blank lines to keep a waiting connection alive */
    const pb_json *answer = ctx->api->json_parse(ctx->x, text, 0);
    openai->decoded = true;
    if (answer == NULL)
        return protocol_error(ctx, "the answer is not JSON", text);
    if (kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION)
        return pbs_chat_take(ctx, &openai->chat, answer, true, openai->status);
    pbs_error error;
    if (pbs_error_is_in(ctx, answer) && read_error(ctx, openai, answer, &error))
        return pbs_error_fail(ctx, openai->status, &error);
    if (kind == PB_KIND_EMBEDDING)
        return pbs_embeddings_take(ctx, answer);
    if (kind == PB_KIND_IMAGE)
        return pbs_images_take(ctx, answer);
    return kind == PB_KIND_MODELS ? pbs_models_take(ctx, answer) : 0;
}

/* ---- A stream of events ---- */

static int take_error(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *json,
                      pb_str data)
{
    pbs_error error = {.hint_ms = -1, .message = pbs_cut(data, 300)};
    if (json != NULL)
        read_error(ctx, openai, json, &error);
    if (error.message.len == 0)
        error.message = PBS_STR("the vendor ended the stream with an error and did not say which");
    pbs_error_fail(ctx, openai->status, &error);
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
    pbs_openai *openai = sink->openai;
    pb_str data = pbs_trim(event->data);
    openai->events = true;
    if (pbs_is(data, "[DONE]"))
        return STOP_DONE;
    if (data.len == 0)
        return 0;
    const pb_json *json = ctx->api->json_parse(ctx->x, data, 0);
    if (pbs_is(event->event, "error"))
        return take_error(ctx, openai, json, data);
    if (json == NULL) {
        protocol_error(ctx, "a piece of the stream is not JSON", data);
        return STOP_FAILED;
    }
    pb_next taken = pbs_chat_take(ctx, &openai->chat, json, is_whole(ctx, json), openai->status);
    return taken == PB_FAIL ? STOP_FAILED : 0;
}

static pb_next after_events(const pbs_ctx *ctx, pbs_openai *openai, int result)
{
    switch (result) {
    case 0:
        return PB_READ;
    case STOP_DONE:
        pbs_chat_end(ctx, &openai->chat);
        return PB_DONE;
    case STOP_FAILED:
        return PB_FAIL;
    default:
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "one event of the stream is longer than 16 MiB");
    }
}

static pb_next take_events(const pbs_ctx *ctx, pbs_openai *openai, pb_str bytes)
{
    Sink sink = {ctx, openai};
    if (!openai->events)
        pbs_buf_add(&openai->raw, pbs_cut(bytes, openai->raw.max - openai->raw.len));
    return after_events(ctx, openai, pbs_sse_push(&openai->sse, bytes, on_event, &sink));
}

/* What came as a stream and holds no event is a whole answer, or nothing. */
static pb_next end_events(const pbs_ctx *ctx, pbs_openai *openai)
{
    Sink sink = {ctx, openai};
    pb_next next = after_events(ctx, openai, pbs_sse_end(&openai->sse, on_event, &sink));
    if (next != PB_READ)
        return next;
    pb_str raw = pbs_trim(pbs_buf_str(&openai->raw));
    if (!openai->events && raw.len > 0 && (raw.ptr[0] == '{' || raw.ptr[0] == '<') &&
        take_whole(ctx, openai, raw) == PB_FAIL)
        return PB_FAIL;
    /* Without [DONE] an empty finish reason is none: the stream may have been cut. */
    if (openai->decoded || pbs_chat_is_finished(&openai->chat))
        pbs_chat_end(ctx, &openai->chat);
    return PB_DONE;
}

/* ---- Refusals ---- */

static pb_next take_refusal(const pbs_ctx *ctx, pbs_openai *openai, pb_str body)
{
    openai->decoded = true;
    if (openai->status >= 300 && openai->status < 400)
        return pbs_fail(
            ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
            "the server redirects elsewhere, which is not followed because the key would "
            "go along; set base-url to the final address");
    pbs_error error;
    pbs_openai_error_read(ctx, openai, body, &error);
    openai->resend = pbs_openai_try_repair(ctx, openai, &error);
    return openai->resend ? PB_READ : pbs_error_fail(ctx, openai->status, &error);
}

/* ---- The ops ---- */

void pbs_openai_init(pbs_openai *openai, const pbs_openai_options *options,
                     const pb_request *request)
{
    bool streams = request->kind == PB_KIND_CHAT || request->kind == PB_KIND_COMPLETION;
    openai->options = options;
    openai->request = request;
    openai->body = request->body;
    openai->model = openai->known_as = request->model;
    openai->stream = streams && (request->flags & PB_REQ_STREAM) != 0;
    openai->told = &openai->told_here;
    pbs_sse_init(&openai->sse, PBS_SSE_MAX);
    pbs_buf_init(&openai->raw, RAW_MAX);
    pbs_chat_init(&openai->chat, request->kind == PB_KIND_COMPLETION);
    openai->chat.on_error = on_chat_error;
    openai->chat.user = openai;
}

void pbs_openai_end(pbs_openai *openai)
{
    pbs_sse_free(&openai->sse);
    pbs_buf_free(&openai->raw);
    pbs_chat_free(&openai->chat);
}

static bool is_type(pb_str type, const char *name)
{
    return pbs_find_nocase(type, name) != PBS_NONE;
}

pb_next pbs_openai_on_head(const pbs_ctx *ctx, pbs_openai *openai, int32_t status)
{
    pb_str type = ctx->api->http_reply_header(ctx->x, PBS_STR("content-type"));
    openai->status = status;
    openai->decoded = openai->resend = false;
    if (status < 200 || status >= 300)
        openai->mode = PBS_OPENAI_ERROR;
    else if (is_type(type, "text/event-stream") || (openai->stream && !is_type(type, "json")))
        openai->mode = PBS_OPENAI_EVENTS;
    else
        openai->mode = PBS_OPENAI_WHOLE;
    if (openai->stream && openai->mode != PBS_OPENAI_EVENTS)
        ctx->api->http_collect(ctx->x);
    return PB_READ;
}

pb_next pbs_openai_on_body(const pbs_ctx *ctx, pbs_openai *openai, pb_str bytes)
{
    switch (openai->mode) {
    case PBS_OPENAI_EVENTS:
        return take_events(ctx, openai, bytes);
    case PBS_OPENAI_ERROR:
        return take_refusal(ctx, openai, bytes);
    default:
        return take_whole(ctx, openai, bytes) == PB_FAIL ? PB_FAIL : PB_READ;
    }
}

pb_next pbs_openai_on_end(const pbs_ctx *ctx, pbs_openai *openai)
{
    bool nothing = !openai->decoded;
    switch (openai->mode) {
    case PBS_OPENAI_EVENTS:
        return end_events(ctx, openai);
    case PBS_OPENAI_ERROR:
        if (nothing && take_refusal(ctx, openai, (pb_str){NULL, 0}) == PB_FAIL)
            return PB_FAIL;
        return pbs_openai_describe(ctx, openai);
    default:
        if (nothing)
            return protocol_error(ctx, "the answer is empty", (pb_str){NULL, 0});
        pbs_chat_end(ctx, &openai->chat);
        return PB_DONE;
    }
}
