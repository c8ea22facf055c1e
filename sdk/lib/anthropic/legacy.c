/* SPDX-License-Identifier: MIT */
/* Owns /v1/complete, the text interface of Claude 2 and older: a conversation written out as one
 * prompt, and pieces of text back. Tools and images have no form there. Source: the vendor's page
 * on the legacy Text Completions API. In ops. */
#include "lib/anthropic/dialect.h"

#include "lib/error.h"

#define PROMPT_MAX ((size_t)64 * 1024 * 1024)
#define HUMAN      "\n\nHuman:"
#define ASSISTANT  "\n\nAssistant:"

static void unmet(const pbs_ctx *ctx, const pbs_anthropic *exchange, const char *param)
{
    pbs_anthropic_note(ctx, exchange, PB_NOTE_UNMET, param, "this model's interface is text only");
}

/* ---- The prompt ---- */

static void add_content(const pbs_ctx *ctx, const pbs_anthropic *exchange, const pb_json *message,
                        pbs_buf *prompt)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    size_t parts = 0;
    if (pbs_is_type(ctx, content, PB_JSON_STRING))
        pbs_buf_add(prompt, ctx->api->json_str(content));
    for (size_t i = 0; pbs_is_type(ctx, content, PB_JSON_ARRAY) && i < ctx->api->json_len(content);
         i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        if (!pbs_is(pbs_get_str(ctx, part, "type"), "text")) {
            unmet(ctx, exchange, "messages");
            continue;
        }
        if (parts++ > 0)
            pbs_buf_add_char(prompt, '\n');
        pbs_buf_add(prompt, pbs_get_str(ctx, part, "text"));
    }
}

static void add_message(const pbs_ctx *ctx, const pbs_anthropic *exchange, const pb_json *message,
                        bool *first, pbs_buf *prompt)
{
    pb_str role = pbs_get_str(ctx, message, "role");
    bool assistant = pbs_is(role, "assistant");
    if (pbs_is(role, "tool") || ctx->api->json_len(pbs_get(ctx, message, "tool_calls")) > 0)
        unmet(ctx, exchange, "messages");
    if (*first && assistant) { /* a prompt begins with a human */
        pbs_buf_add(prompt, PBS_STR(HUMAN " ."));
        pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "messages",
                           "this vendor wants the user to speak first");
    }
    *first = false;
    pbs_buf_add(prompt, assistant ? PBS_STR(ASSISTANT " ") : PBS_STR(HUMAN " "));
    add_content(ctx, exchange, message, prompt);
}

static void add_conversation(const pbs_ctx *ctx, const pbs_anthropic *exchange, pbs_buf *prompt)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    size_t n = ctx->api->json_len(messages);
    bool first = true, prefill = false;
    for (size_t i = 0; i < n; i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (!pbs_message_is_system(ctx, message))
            continue;
        if (prompt->len > 0)
            pbs_buf_add_char(prompt, '\n');
        add_content(ctx, exchange, message, prompt);
    }
    for (size_t i = 0; i < n; i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (pbs_message_is_system(ctx, message))
            continue;
        add_message(ctx, exchange, message, &first, prompt);
        prefill = pbs_is(pbs_get_str(ctx, message, "role"), "assistant");
    }
    if (!prefill)
        pbs_buf_add(prompt, PBS_STR(ASSISTANT));
    while (prefill && prompt->len > 0 && strchr(" \t\r\n", prompt->ptr[prompt->len - 1]) != NULL)
        prompt->len--;
}

/* A prompt that has turns already stays as it is; any other becomes the one turn of the user. */
static void add_prompt(const pbs_ctx *ctx, const pbs_anthropic *exchange, pbs_buf *prompt)
{
    const pb_json *given = pbs_get(ctx, exchange->request->body, "prompt");
    if (pbs_is_type(ctx, given, PB_JSON_ARRAY) && ctx->api->json_len(given) == 1)
        given = ctx->api->json_at(given, 0, NULL);
    pb_str text = ctx->api->json_str(given);
    if (!pbs_is_type(ctx, given, PB_JSON_STRING))
        pbs_anthropic_note(ctx, exchange, PB_NOTE_UNMET, "prompt",
                           "one prompt, as text, is what this vendor takes");
    bool turns = pbs_find_nocase(text, HUMAN) != PBS_NONE;
    if (!turns)
        pbs_buf_add(prompt, PBS_STR(HUMAN " "));
    pbs_buf_add(prompt, text);
    if (pbs_find_nocase(text, ASSISTANT) == PBS_NONE)
        pbs_buf_add(prompt, PBS_STR(ASSISTANT));
}

/* ---- The request ---- */

static void note_dropped(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    static const struct {
        const char *name, *why;
    } dropped[] = {{"reasoning_effort", "this model does not think"},
                   {"tool_choice", "this model calls no tools"},
                   {"parallel_tool_calls", "this model calls no tools"},
                   {"service_tier", "this interface has one tier"}};
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
        if (pbs_has(ctx, exchange->request->body, dropped[i].name))
            pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, dropped[i].name, dropped[i].why);
}

static void note_unmet(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    static const char *const names[] = {"tools", "web_search_options"};
    const pb_json *body = exchange->request->body;
    pb_str format = pbs_get_str(ctx, pbs_get(ctx, body, "response_format"), "type");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pbs_has(ctx, body, names[i]))
            unmet(ctx, exchange, names[i]);
    if (format.len > 0 && !pbs_is(format, "text"))
        unmet(ctx, exchange, "response_format");
    note_dropped(ctx, exchange);
}

static void write_body(const pbs_ctx *ctx, const pbs_anthropic *exchange, pb_str prompt)
{
    pbs_w_object(ctx, NULL);
    if (exchange->platform->model_in_body)
        pbs_w_str(ctx, "model", exchange->request->model);
    pbs_w_str(ctx, "prompt", prompt);
    pbs_w_int(ctx, "max_tokens_to_sample", pbs_anthropic_max_tokens(ctx, exchange));
    pbs_anthropic_write_sampling(ctx, exchange);
    pbs_anthropic_write_stop(ctx, exchange, "stop_sequences");
    pbs_anthropic_write_metadata(ctx, exchange);
    if (exchange->platform->stream_in_body && pbs_anthropic_is_streamed(exchange))
        pbs_w_bool(ctx, "stream", true);
    pbs_w_end(ctx);
}

void pbs_anthropic_write_legacy(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    pbs_buf prompt;
    pbs_buf_init(&prompt, PROMPT_MAX);
    note_unmet(ctx, exchange);
    if (exchange->request->kind == PB_KIND_COMPLETION)
        add_prompt(ctx, exchange, &prompt);
    else
        add_conversation(ctx, exchange, &prompt);
    write_body(ctx, exchange, pbs_buf_str(&prompt));
    pbs_buf_free(&prompt);
}

/* ---- The reply ---- */

/* The model begins with the blank that the prompt left out. */
static pb_str without_first_blank(const pbs_anthropic *exchange, pb_str text)
{
    bool first = exchange->characters == 0 && exchange->request->kind == PB_KIND_CHAT;
    return first && text.len > 0 && text.ptr[0] == ' ' ? pbs_skip(text, 1) : text;
}

pb_next pbs_anthropic_take_legacy(const pbs_ctx *ctx, pbs_anthropic *exchange,
                                  const pb_json *answer, bool whole)
{
    pb_str reason = pbs_get_str(ctx, answer, "stop_reason");
    if (!pbs_is_type(ctx, pbs_get(ctx, answer, "completion"), PB_JSON_STRING))
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer holds no completion; does base-url lead to this vendor's API?");
    if (!exchange->began)
        pbs_anthropic_take_message(ctx, exchange, answer);
    pb_str text = without_first_blank(exchange, pbs_get_str(ctx, answer, "completion"));
    pbs_anthropic_emit_text(ctx, exchange, text);
    if (reason.len == 0 && whole)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer does not say why it ended");
    if (reason.len == 0)
        return 0;
    pbs_anthropic_take_stop(ctx, exchange, answer);
    return PB_DONE;
}
