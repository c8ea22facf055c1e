/* SPDX-License-Identifier: MIT */
/* Owns the decoding of chat and completion answers. It holds back what a stream repeats (the
 * vendor's own top-level members) and tells it once. It never looks inside tool arguments, and
 * never invents a finish. */
#include "lib/chat.h"

#include "lib/str.h"
#include "lib/usage.h"

#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define HELD_BYTES   ((size_t)1024 * 1024)

typedef struct Finish {
    const char *native, *canonical; /* canonical NULL: a failure */
} Finish;

static const Finish finishes[] = {
    {"stop", "stop"},
    {"eos", "stop"},
    {"eos_token", "stop"},
    {"stop_sequence", "stop"},
    {"end_turn", "stop"},
    {"length", "length"},
    {"max_tokens", "length"},
    {"model_length", "length"},
    {"tool_calls", "tool_calls"},
    {"tool_use", "tool_calls"},
    {"function_call", "tool_calls"},
    {"content_filter", "content_filter"},
    {"error", NULL},
    {"abort", NULL},
    {"insufficient_system_resource", NULL},
};

/* Members of a message, a choice and an answer that go on as they stand. */
static const char *const message_extras[] = {
    "annotations", "audio",  "reasoning_details", "thinking_blocks", "executed_tools",
    "images",      "context"};
static const char *const choice_extras[] = {"logprobs", "content_filter_results",
                                            "native_finish_reason", "stop_reason", "raw_output"};
static const char *const top_extras[] = {
    "service_tier", "citations",       "search_results", "related_questions",
    "images",       "provider",        "warnings",       "prompt_filter_results",
    "moderation",   "usage_breakdown", "prompt_logprobs"};

static const pb_json *get(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_get(object, pbs_str(name));
}

static pb_str get_str(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_str(get(ctx, object, name));
}

void pbs_chat_init(pbs_chat *chat, bool completion)
{
    *chat = (pbs_chat){.completion = completion};
    pbs_buf_init(&chat->usage, HELD_BYTES);
}

void pbs_chat_free(pbs_chat *chat)
{
    pbs_buf_free(&chat->usage);
    for (size_t i = 0; i < chat->n_held; i++) {
        pbs_buf_free(&chat->held[i].name);
        pbs_buf_free(&chat->held[i].json);
    }
    chat->n_held = 0;
}

const char *pbs_chat_finish(pb_str native)
{
    for (size_t i = 0; i < COUNT(finishes); i++)
        if (pbs_is(native, finishes[i].native))
            return finishes[i].canonical;
    return "stop";
}

static pb_next unusable(const pbs_ctx *ctx, const char *why)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), why);
}

static void emit_text(const pbs_ctx *ctx, int32_t kind, uint32_t choice, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = kind, .choice = choice, .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

static void emit_extra(const pbs_ctx *ctx, int32_t at, uint32_t choice, pb_str name, pb_str json)
{
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_EXTRA,
                      .at = at,
                      .choice = choice,
                      .name = name,
                      .text = json};
    ctx->api->emit(ctx->x, &event);
}

static bool is_empty(const pbs_ctx *ctx, const pb_json *value)
{
    int32_t type = ctx->api->json_type(value);
    bool container = type == PB_JSON_ARRAY || type == PB_JSON_OBJECT;
    return type == PB_JSON_NULL || (container && ctx->api->json_len(value) == 0);
}

static bool is_among(pb_str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pbs_is(name, names[i]))
            return true;
    return false;
}

static void emit_extras(const pbs_ctx *ctx, int32_t at, uint32_t choice, const pb_json *object,
                        const char *const *names, size_t n)
{
    const pb_json *value = NULL;
    pb_str name;
    for (size_t i = 0; (value = ctx->api->json_at(object, i, &name)) != NULL; i++)
        if (is_among(name, names, n) && !is_empty(ctx, value))
            emit_extra(ctx, at, choice, name, ctx->api->json_text(value));
}

/* ---- Content ---- */

/* {"type":"thinking","thinking":[{"type":"text","text":"..."}]}, or the text itself */
static void take_thinking(const pbs_ctx *ctx, uint32_t choice, const pb_json *thinking)
{
    emit_text(ctx, PB_EV_REASONING, choice, ctx->api->json_str(thinking));
    if (ctx->api->json_type(thinking) != PB_JSON_ARRAY)
        return;
    for (size_t i = 0; i < ctx->api->json_len(thinking); i++)
        emit_text(ctx, PB_EV_REASONING, choice,
                  get_str(ctx, ctx->api->json_at(thinking, i, NULL), "text"));
}

static void take_part(const pbs_ctx *ctx, uint32_t choice, const pb_json *part)
{
    pb_str type = get_str(ctx, part, "type");
    if (pbs_is(type, "text"))
        emit_text(ctx, PB_EV_TEXT, choice, get_str(ctx, part, "text"));
    else if (pbs_is(type, "refusal"))
        emit_text(ctx, PB_EV_REFUSAL, choice, get_str(ctx, part, "refusal"));
    else if (pbs_is(type, "thinking"))
        take_thinking(ctx, choice, get(ctx, part, "thinking"));
    else
        ctx->api->log(ctx->core, ctx->x, PB_LOG_INFO,
                      PBS_STR("a content part of an unknown type was left out of the answer"));
}

static void take_content(const pbs_ctx *ctx, uint32_t choice, const pb_json *content)
{
    emit_text(ctx, PB_EV_TEXT, choice, ctx->api->json_str(content));
    if (ctx->api->json_type(content) != PB_JSON_ARRAY)
        return;
    for (size_t i = 0; i < ctx->api->json_len(content); i++)
        take_part(ctx, choice, ctx->api->json_at(content, i, NULL));
}

static pb_str reasoning_in(const pbs_ctx *ctx, const pb_json *message)
{
    pb_str text = get_str(ctx, message, "reasoning_content");
    return text.len > 0 ? text : get_str(ctx, message, "reasoning");
}

static pb_next take_calls(const pbs_ctx *ctx, pbs_chat *chat, uint32_t choice,
                          const pb_json *message)
{
    const pb_json *calls = get(ctx, message, "tool_calls");
    bool one = ctx->api->json_type(calls) == PB_JSON_OBJECT;
    size_t n = one ? 1 : ctx->api->json_len(calls);
    bool usable = true;
    for (size_t i = 0; i < n && usable; i++) {
        const pb_json *call = one ? calls : ctx->api->json_at(calls, i, NULL);
        usable = pbs_calls_take(ctx, &chat->calls, choice, call, chat->whole);
    }
    const pb_json *legacy = get(ctx, message, "function_call");
    if (usable && ctx->api->json_type(legacy) == PB_JSON_OBJECT)
        usable = pbs_calls_take(ctx, &chat->calls, choice, legacy, chat->whole);
    return usable ? 0 : unusable(ctx, "the answer holds a tool call without the tool's name");
}

static pb_next take_message(const pbs_ctx *ctx, pbs_chat *chat, uint32_t choice,
                            const pb_json *message)
{
    emit_text(ctx, PB_EV_REASONING, choice, reasoning_in(ctx, message));
    take_content(ctx, choice, get(ctx, message, "content"));
    emit_text(ctx, PB_EV_REFUSAL, choice, get_str(ctx, message, "refusal"));
    emit_extras(ctx, PB_AT_MESSAGE, choice, message, message_extras, COUNT(message_extras));
    return take_calls(ctx, chat, choice, message);
}

/* ---- Choices ---- */

static void emit_finish(const pbs_ctx *ctx, pbs_chat *chat, uint32_t choice, const char *canonical,
                        pb_str native)
{
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_FINISH,
                      .choice = choice,
                      .text = pbs_str(canonical),
                      .name = native};
    chat->finished[choice] = true;
    ctx->api->emit(ctx->x, &event);
}

static pb_next take_finish(const pbs_ctx *ctx, pbs_chat *chat, uint32_t choice,
                           const pb_json *reason)
{
    pb_str native = ctx->api->json_str(reason);
    if (ctx->api->json_type(reason) != PB_JSON_STRING)
        return 0;
    if (native.len == 0) { /* xAI: an empty reason beside tool calls */
        chat->unsaid[choice] = true;
        return 0;
    }
    const char *canonical = pbs_chat_finish(native);
    if (canonical == NULL) {
        bool ended = pbs_is(native, "error");
        return pbs_fail(ctx, ended ? PB_ERR_UPSTREAM : PB_ERR_OVERLOADED, native,
                        ended ? "the vendor ended the answer with an error"
                              : "the vendor broke the answer off: it has no capacity left");
    }
    if (chat->completion && strcmp(canonical, "tool_calls") == 0)
        canonical = "stop";
    emit_finish(ctx, chat, choice, canonical, native);
    return 0;
}

static pb_next take_choice(const pbs_ctx *ctx, pbs_chat *chat, const pb_json *object,
                           size_t position)
{
    int64_t number = ctx->api->json_int(get(ctx, object, "index"), (int64_t)position);
    if (number < 0 || number >= (int64_t)PBS_CHOICES_MAX)
        return unusable(ctx, "the answer numbers a choice beyond 127");
    uint32_t choice = (uint32_t)number;
    if (chat->finished[choice])
        return 0; /* nothing belongs behind a finish reason */
    const pb_json *message = get(ctx, object, chat->whole ? "message" : "delta");
    if (choice >= chat->n_choices)
        chat->n_choices = choice + 1;
    if (chat->completion)
        emit_text(ctx, PB_EV_TEXT, choice, get_str(ctx, object, "text"));
    else if (message != NULL && take_message(ctx, chat, choice, message) == PB_FAIL)
        return PB_FAIL;
    emit_extras(ctx, PB_AT_CHOICE, choice, object, choice_extras, COUNT(choice_extras));
    return take_finish(ctx, chat, choice, get(ctx, object, "finish_reason"));
}

/* ---- Around the choices ---- */

static void emit_meta(const pbs_ctx *ctx, pbs_chat *chat, uint32_t bit, const char *name,
                      pb_str text)
{
    if ((chat->metas & bit) != 0 || text.len == 0)
        return;
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_META, .name = pbs_str(name), .text = text};
    chat->metas |= bit;
    ctx->api->emit(ctx->x, &event);
}

static void take_metas(const pbs_ctx *ctx, pbs_chat *chat, const pb_json *object)
{
    int64_t created = ctx->api->json_int(get(ctx, object, "created"), 0);
    char number[24];
    int n = snprintf(number, sizeof number, "%lld", (long long)created);
    emit_meta(ctx, chat, 1, "id", get_str(ctx, object, "id"));
    emit_meta(ctx, chat, 2, "model", get_str(ctx, object, "model"));
    if (created > 0)
        emit_meta(ctx, chat, 4, "created", (pb_str){number, (size_t)n});
    emit_meta(ctx, chat, 8, "system_fingerprint", get_str(ctx, object, "system_fingerprint"));
}

/* Told again only when it changed: some vendors repeat it in every chunk. */
static void take_usage(const pbs_ctx *ctx, pbs_chat *chat, const pb_json *object)
{
    const pb_json *usage = get(ctx, object, "usage");
    if (ctx->api->json_type(usage) != PB_JSON_OBJECT)
        usage = get(ctx, get(ctx, object, "x_groq"), "usage");
    if (ctx->api->json_type(usage) != PB_JSON_OBJECT)
        return;
    pb_str text = ctx->api->json_text(usage);
    if (pbs_eq(text, pbs_buf_str(&chat->usage)))
        return;
    pbs_buf_clear(&chat->usage);
    pbs_buf_add(&chat->usage, text);
    pbs_usage_emit(ctx, usage);
}

static void hold(pbs_chat *chat, pb_str name, pb_str json)
{
    size_t i = 0;
    while (i < chat->n_held && !pbs_eq(pbs_buf_str(&chat->held[i].name), name))
        i++;
    if (i == PBS_HELD_MAX)
        return;
    if (i == chat->n_held) {
        pbs_buf_init(&chat->held[i].name, HELD_BYTES);
        pbs_buf_init(&chat->held[i].json, HELD_BYTES);
        pbs_buf_add(&chat->held[i].name, name);
        chat->n_held++;
    }
    if (pbs_eq(pbs_buf_str(&chat->held[i].json), json))
        return;
    pbs_buf_clear(&chat->held[i].json);
    pbs_buf_add(&chat->held[i].json, json);
}

static void take_top(const pbs_ctx *ctx, pbs_chat *chat, const pb_json *object)
{
    const pb_json *value = NULL;
    pb_str name;
    for (size_t i = 0; (value = ctx->api->json_at(object, i, &name)) != NULL; i++)
        if (is_among(name, top_extras, COUNT(top_extras)) && !is_empty(ctx, value))
            hold(chat, name, ctx->api->json_text(value));
}

pb_next pbs_chat_take(const pbs_ctx *ctx, pbs_chat *chat, const pb_json *object, bool whole,
                      int status)
{
    const pb_json *choices = get(ctx, object, "choices");
    bool failed = pbs_error_is_in(ctx, object);
    chat->whole = whole;
    if (ctx->api->json_type(object) != PB_JSON_OBJECT)
        return unusable(ctx, "the answer is not a JSON object");
    take_metas(ctx, chat, object);
    if (failed || ctx->api->json_type(choices) != PB_JSON_ARRAY) {
        take_usage(ctx, chat, object);
        pbs_error error;
        if (failed && pbs_error_read(ctx, object, &error)) {
            if (chat->on_error != NULL)
                chat->on_error(chat->user, ctx, object, &error);
            return pbs_error_fail(ctx, status, &error);
        }
        return whole ? unusable(ctx, "the answer holds no choices") : 0;
    }
    take_top(ctx, chat, object);
    pb_next result = 0;
    for (size_t i = 0; i < ctx->api->json_len(choices) && result == 0; i++)
        result = take_choice(ctx, chat, ctx->api->json_at(choices, i, NULL), i);
    take_usage(ctx, chat, object);
    return result;
}

bool pbs_chat_is_finished(const pbs_chat *chat)
{
    for (size_t i = 0; i < chat->n_choices; i++)
        if (!chat->finished[i])
            return false;
    return chat->n_choices > 0;
}

void pbs_chat_end(const pbs_ctx *ctx, pbs_chat *chat)
{
    for (uint32_t i = 0; i < chat->n_choices; i++)
        if (!chat->finished[i] && chat->unsaid[i])
            emit_finish(ctx, chat, i, pbs_calls_any(&chat->calls, i) ? "tool_calls" : "stop",
                        (pb_str){NULL, 0});
    for (size_t i = 0; i < chat->n_held; i++)
        emit_extra(ctx, PB_AT_TOP, 0, pbs_buf_str(&chat->held[i].name),
                   pbs_buf_str(&chat->held[i].json));
}
