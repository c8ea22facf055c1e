/* SPDX-License-Identifier: MIT */
/* Owns the ops that take a reply: what form it has, by its status and Content-Type rather than by
 * what was asked. One object, an array of the pieces of a stream, server-sent events and a
 * refusal are all understood. In ops. */
#include "lib/gemini/internal.h"

#include "lib/error.h"

static pb_next unusable(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

pb_next pbs_gemini_on_head(const pbs_ctx *ctx, pbs_gemini *g, int32_t status)
{
    pb_str type = ctx->api->http_reply_header(ctx->x, PBS_STR("content-type"));
    bool events = pbs_find_nocase(type, "text/event-stream") != PBS_NONE ||
                  (type.len == 0 && pbs_gemini_is_streamed(g));
    g->status = status;
    g->mode = status < 200 || status > 299 ? PBS_GEMINI_ERROR
              : events                     ? PBS_GEMINI_EVENTS
                                           : PBS_GEMINI_WHOLE;
    if (g->mode != PBS_GEMINI_EVENTS)
        ctx->api->http_collect(ctx->x);
    return PB_READ;
}

static pb_next refused(const pbs_ctx *ctx, pbs_gemini *g, pb_str body)
{
    if (pbs_gemini_repair(ctx, g, body))
        return g->describe(ctx, g->user);
    return pbs_gemini_fail_body(ctx, g->status, body);
}

/* ---- Whole answers ---- */

static pb_next take_count(const pbs_ctx *ctx, const pb_json *answer)
{
    int64_t tokens = pbs_get_int(ctx, answer, "totalTokens", -1);
    int64_t cached = pbs_get_int(ctx, answer, "cachedContentTokenCount", -1);
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_USAGE, .known = PB_USAGE_IN, .tokens_in = tokens};
    if (tokens < 0)
        return unusable(ctx, "the answer to the request for a count holds no totalTokens");
    if (cached >= 0) {
        event.known |= PB_USAGE_CACHED;
        event.tokens_cached = cached;
    }
    ctx->api->emit(ctx->x, &event);
    return PB_DONE;
}

static pb_next take_whole(const pbs_ctx *ctx, pbs_gemini *g, pb_str body)
{
    const pb_json *answer = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    bool array = pbs_is_type(ctx, answer, PB_JSON_ARRAY);
    pb_next result = 0;
    if (!array && !pbs_is_type(ctx, answer, PB_JSON_OBJECT))
        return pbs_fail_unusable(ctx, "the answer is no JSON object", body,
                                 "; is base-url the Gemini API's?");
    if (g->request->kind == PB_KIND_COUNT_TOKENS)
        return pbs_error_is_in(ctx, answer) ? pbs_gemini_fail_json(ctx, g->status, answer)
                                            : take_count(ctx, answer);
    if (!array)
        result = pbs_gemini_take(ctx, g, answer);
    for (size_t i = 0; array && i < ctx->api->json_len(answer) && result == 0; i++)
        result = pbs_gemini_take(ctx, g, ctx->api->json_at(answer, i, NULL));
    return result == 0 ? pbs_gemini_finish(ctx, g) : result;
}

/* ---- Streams ---- */

typedef struct Taker {
    const pbs_ctx *ctx;
    pbs_gemini *g;
} Taker;

static int take_event(void *user, const pbs_sse_event *event)
{
    const Taker *taker = user;
    pb_str data = pbs_trim(event->data);
    if (data.len == 0 || pbs_is(data, "[DONE]"))
        return 0;
    const pb_json *json = taker->ctx->api->json_parse(taker->ctx->x, data, 0);
    if (!pbs_is_type(taker->ctx, json, PB_JSON_OBJECT))
        return pbs_fail_unusable(taker->ctx, "an event of the stream is no JSON object", data, "");
    return pbs_gemini_take(taker->ctx, taker->g, json);
}

static pb_next after_events(const pbs_ctx *ctx, int result)
{
    if (result == PBS_SSE_TOO_LONG)
        return unusable(ctx, "an event of the stream is longer than 16 MiB");
    return (pb_next)result;
}

static bool has_begun(const pbs_gemini *g)
{
    bool seen = g->blocked.len > 0;
    for (size_t i = 0; i < PBS_GEMINI_CHOICES_MAX; i++)
        seen = seen || g->choices[i].seen;
    return seen;
}

pb_next pbs_gemini_on_body(const pbs_ctx *ctx, pbs_gemini *g, pb_str bytes)
{
    Taker taker = {ctx, g};
    if (g->mode == PBS_GEMINI_ERROR)
        return refused(ctx, g, bytes);
    if (g->mode == PBS_GEMINI_WHOLE)
        return take_whole(ctx, g, bytes);
    return after_events(ctx, pbs_sse_push(&g->sse, bytes, take_event, &taker));
}

pb_next pbs_gemini_on_end(const pbs_ctx *ctx, pbs_gemini *g)
{
    Taker taker = {ctx, g};
    if (g->mode == PBS_GEMINI_ERROR)
        return refused(ctx, g, (pb_str){NULL, 0});
    if (g->mode == PBS_GEMINI_WHOLE)
        return unusable(ctx, "the answer is empty");
    pb_next next = after_events(ctx, pbs_sse_end(&g->sse, take_event, &taker));
    if (next != 0)
        return next;
    if (has_begun(g))
        return pbs_gemini_finish(ctx, g);
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("stream_truncated"),
                    "the stream ended before the answer began; the connection or a proxy cut it, "
                    "try again");
}
