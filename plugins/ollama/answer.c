/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the objects of an answer: a line of a stream and a whole answer have the same form, the
 * last one carries the counts. Counts that are zero are left out by the server. In ops. */
#include "ollama.h"

#include "lib/duration.h"
#include "lib/embeddings.h"
#include "lib/error.h"

#include <stdio.h>

static void emit_meta(const pbs_ctx *ctx, const char *name, pb_str text)
{
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_META, .name = pbs_str(name), .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

static void begin_answer(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object)
{
    int64_t created = pbs_rfc3339(pbs_get_str(ctx, object, "created_at"));
    char seconds[32];
    if (exchange->began)
        return;
    exchange->began = true;
    emit_meta(ctx, "model", pbs_get_str(ctx, object, "model"));
    if (created > 0) {
        int n = snprintf(seconds, sizeof seconds, "%lld", (long long)(created / 1000));
        emit_meta(ctx, "created", (pb_str){seconds, (size_t)n});
    }
}

static void emit_text(const pbs_ctx *ctx, int32_t kind, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = kind, .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

/* Each line may count from 0 again; we count on. */
static void emit_calls(const pbs_ctx *ctx, Exchange *exchange, const pb_json *calls)
{
    for (size_t i = 0; i < ctx->api->json_len(calls); i++) {
        const pb_json *call = ctx->api->json_at(calls, i, NULL);
        const pb_json *function = pbs_get(ctx, call, "function");
        const pb_json *arguments = pbs_get(ctx, function, "arguments");
        bool text = pbs_is_type(ctx, arguments, PB_JSON_STRING);
        pb_event event = {.size = sizeof event,
                          .kind = PB_EV_TOOL_CALL,
                          .index = exchange->calls,
                          .id = pbs_get_str(ctx, call, "id"),
                          .name = pbs_get_str(ctx, function, "name")};
        if (text)
            event.text = ctx->api->json_str(arguments);
        else if (ctx->api->json_len(arguments) > 0)
            event.text = ctx->api->json_text(arguments);
        if (event.name.len == 0)
            continue;
        exchange->calls++;
        ctx->api->emit(ctx->x, &event);
    }
}

/* An array of one member of each token's object. */
static void write_tokens(const pbs_ctx *ctx, const char *key, const pb_json *list,
                         const char *member)
{
    pbs_w_array(ctx, key);
    for (size_t i = 0; i < ctx->api->json_len(list); i++)
        ctx->api->w_value(ctx->x, pbs_get(ctx, ctx->api->json_at(list, i, NULL), member));
    pbs_w_end(ctx);
}

static void write_alternatives(const pbs_ctx *ctx, const pb_json *list)
{
    pbs_w_array(ctx, "top_logprobs");
    for (size_t i = 0; i < ctx->api->json_len(list); i++) {
        const pb_json *top = pbs_get(ctx, ctx->api->json_at(list, i, NULL), "top_logprobs");
        pbs_w_object(ctx, NULL);
        for (size_t j = 0; j < ctx->api->json_len(top); j++) {
            const pb_json *one = ctx->api->json_at(top, j, NULL);
            ctx->api->w_key(ctx->x, pbs_get_str(ctx, one, "token"));
            ctx->api->w_value(ctx->x, pbs_get(ctx, one, "logprob"));
        }
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
}

/* As a chat has them, {"content":[...]}, or as a completion has them. Those of later lines
 * append. */
static void emit_logprobs(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *list)
{
    if (ctx->api->json_len(list) == 0)
        return;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    if (exchange->request->kind == PB_KIND_CHAT) {
        pbs_w_value(ctx, "content", list);
    } else {
        write_tokens(ctx, "tokens", list, "token");
        write_tokens(ctx, "token_logprobs", list, "logprob");
        write_alternatives(ctx, list);
    }
    pbs_w_end(ctx);
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_EXTRA,
                      .at = PB_AT_CHOICE,
                      .name = PBS_STR("logprobs"),
                      .text = ctx->api->w_end(ctx->x)};
    ctx->api->emit(ctx->x, &event);
}

/* ---- The last object ---- */

static int64_t count(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    int64_t n = pbs_get_int(ctx, object, name, 0);
    return n > 0 ? n : 0;
}

static void emit_durations(const pbs_ctx *ctx, const pb_json *object)
{
    static const char *const names[] = {"total_duration", "load_duration", "prompt_eval_duration",
                                        "eval_duration"};
    size_t n = 0;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!pbs_has(ctx, object, names[i]))
            continue;
        n++;
        pbs_w_value(ctx, names[i], pbs_get(ctx, object, names[i]));
    }
    pbs_w_end(ctx);
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_EXTRA,
                      .at = PB_AT_USAGE,
                      .name = PBS_STR("provider_specific_fields"),
                      .text = ctx->api->w_end(ctx->x)};
    if (n > 0)
        ctx->api->emit(ctx->x, &event);
}

static void finish(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object)
{
    pb_str native = pbs_get_str(ctx, object, "done_reason");
    pb_event end = {.size = sizeof end,
                    .kind = PB_EV_FINISH,
                    .text = pbs_is(native, "length") ? PBS_STR("length") : PBS_STR("stop"),
                    .name = native};
    pb_event usage = {.size = sizeof usage,
                      .kind = PB_EV_USAGE,
                      .known = PB_USAGE_IN | PB_USAGE_OUT,
                      .tokens_in = count(ctx, object, "prompt_eval_count"),
                      .tokens_out = count(ctx, object, "eval_count")};
    exchange->finished = true;
    ctx->api->emit(ctx->x, &end);
    ctx->api->emit(ctx->x, &usage);
    emit_durations(ctx, object);
}

pb_next ollama_take_answer(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object)
{
    const pb_json *message = pbs_get(ctx, object, "message");
    bool chat = exchange->request->kind == PB_KIND_CHAT;
    if (pbs_has(ctx, object, "error"))
        return ollama_failed(ctx, exchange->status, object);
    if (!pbs_is_type(ctx, pbs_get(ctx, object, "done"), PB_JSON_BOOL) && message == NULL &&
        pbs_get(ctx, object, "response") == NULL)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer is none of an Ollama server; check base-url");
    begin_answer(ctx, exchange, object);
    if (chat) {
        emit_text(ctx, PB_EV_REASONING, pbs_get_str(ctx, message, "thinking"));
        emit_text(ctx, PB_EV_TEXT, pbs_get_str(ctx, message, "content"));
        emit_calls(ctx, exchange, pbs_get(ctx, message, "tool_calls"));
    } else {
        emit_text(ctx, PB_EV_TEXT, pbs_get_str(ctx, object, "response"));
    }
    emit_logprobs(ctx, exchange, pbs_get(ctx, object, "logprobs"));
    if (ctx->api->json_bool(pbs_get(ctx, object, "done"), 0) == 0)
        return 0;
    finish(ctx, exchange, object);
    return PB_DONE;
}

/* ---- Embeddings ---- */

pb_next ollama_take_embeddings(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object)
{
    const pb_json *list = pbs_get(ctx, object, "embeddings");
    pb_event usage = {.size = sizeof usage,
                      .kind = PB_EV_USAGE,
                      .known = PB_USAGE_IN,
                      .tokens_in = count(ctx, object, "prompt_eval_count")};
    bool good = ctx->api->json_len(list) > 0;
    begin_answer(ctx, exchange, object);
    for (size_t i = 0; good && i < ctx->api->json_len(list); i++)
        good = pbs_embedding_emit(ctx, (uint32_t)i, ctx->api->json_at(list, i, NULL));
    if (!good)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer holds no embeddings");
    ctx->api->emit(ctx->x, &usage);
    emit_durations(ctx, object);
    return PB_DONE;
}
