/* SPDX-License-Identifier: Apache-2.0 */
/* Owns messages. The vendor takes OpenAI's roles, texts and images; what an assistant said before
 * it called tools is the plan of that turn, its thinking a part of its own, and no member may be
 * null. In ops. */
#include "cohere.h"

/* ---- Parts ---- */

static bool is_text(const pbs_ctx *ctx, const pb_json *part)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    return pbs_is(type, "text") || pbs_is(type, "refusal");
}

static pb_str text_of(const pbs_ctx *ctx, const pb_json *part)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    return pbs_get_str(ctx, part, pbs_is(type, "refusal") ? "refusal" : "text");
}

static void write_text_part(const pbs_ctx *ctx, pb_str text)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("text"));
    pbs_w_str(ctx, "text", text);
    pbs_w_end(ctx);
}

static void write_image(const pbs_ctx *ctx, const pb_json *part)
{
    const pb_json *image = pbs_get(ctx, part, "image_url");
    bool text = pbs_is_type(ctx, image, PB_JSON_STRING);
    pb_str detail = pbs_get_str(ctx, image, "detail");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("image_url"));
    pbs_w_object(ctx, "image_url");
    pbs_w_str(ctx, "url", text ? ctx->api->json_str(image) : pbs_get_str(ctx, image, "url"));
    if (detail.len > 0)
        pbs_w_str(ctx, "detail", detail);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* Documents are the vendor's own part of a tool's result. */
static void write_part(const pbs_ctx *ctx, pb_str role, const pb_json *part)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    if (is_text(ctx, part))
        write_text_part(ctx, text_of(ctx, part));
    else if (pbs_is(type, "image_url") && pbs_is(role, "user"))
        write_image(ctx, part);
    else if ((pbs_is(type, "document") && pbs_is(role, "tool")) ||
             (pbs_is(type, "thinking") && pbs_is(role, "assistant")))
        ctx->api->w_value(ctx->x, part);
    else
        cohere_note(ctx, PB_NOTE_UNMET,
                    pbs_is(type, "input_audio") ? "input_audio"
                    : pbs_is(type, "image_url") ? "image_url"
                                                : "messages",
                    "this vendor reads text, and images of the user; give documents in the member "
                    "`documents`");
}

static void write_parts(const pbs_ctx *ctx, pb_str role, const pb_json *parts)
{
    for (size_t i = 0; i < ctx->api->json_len(parts); i++)
        write_part(ctx, role, ctx->api->json_at(parts, i, NULL));
}

/* A result of texts is one text: the reference names no other part there than documents. */
static bool write_result(const pbs_ctx *ctx, const pb_json *content)
{
    const pb_json *part = NULL;
    size_t i = 0;
    ctx->api->w_begin(ctx->x);
    for (; (part = ctx->api->json_at(content, i, NULL)) != NULL && is_text(ctx, part); i++)
        ctx->api->http_body(ctx->x, text_of(ctx, part));
    pb_str text = ctx->api->w_end(ctx->x);
    if (part == NULL)
        pbs_w_str(ctx, "content", text);
    return part == NULL;
}

static void write_content(const pbs_ctx *ctx, pb_str role, const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    bool parts = pbs_is_type(ctx, content, PB_JSON_ARRAY);
    if (parts && pbs_is(role, "tool") && write_result(ctx, content))
        return;
    if (pbs_is_type(ctx, content, PB_JSON_ARRAY) && ctx->api->json_len(content) > 0) {
        pbs_w_array(ctx, "content");
        write_parts(ctx, role, content);
        pbs_w_end(ctx);
    } else {
        pbs_w_str(ctx, "content", ctx->api->json_str(content));
    }
}

/* ---- The assistant's ---- */

static void write_thinking_part(const pbs_ctx *ctx, pb_str thinking)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("thinking"));
    pbs_w_str(ctx, "thinking", thinking);
    pbs_w_end(ctx);
}

static const pb_json *part_at(const pbs_ctx *ctx, const pb_json *content, size_t i)
{
    bool parts = pbs_is_type(ctx, content, PB_JSON_ARRAY);
    return parts ? ctx->api->json_at(content, i, NULL) : NULL;
}

static bool is_thought(const pbs_ctx *ctx, const pb_json *part)
{
    return pbs_is(pbs_get_str(ctx, part, "type"), "thinking");
}

/* Has the turn the vendor's own parts of thinking? They stand for reasoning_content. */
static bool has_thoughts(const pbs_ctx *ctx, const pb_json *content)
{
    const pb_json *part = NULL;
    for (size_t i = 0; (part = part_at(ctx, content, i)) != NULL; i++)
        if (is_thought(ctx, part))
            return true;
    return false;
}

static void write_said(const pbs_ctx *ctx, const pb_json *message, pb_str thinking)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    pb_str text = ctx->api->json_str(content);
    bool parts = pbs_is_type(ctx, content, PB_JSON_ARRAY);
    if (text.len == 0 && !parts)
        text = pbs_get_str(ctx, message, "refusal");
    if (has_thoughts(ctx, content))
        thinking.len = 0;
    if (thinking.len == 0 && !parts) {
        pbs_w_str(ctx, "content", text);
        return;
    }
    pbs_w_array(ctx, "content");
    if (thinking.len > 0)
        write_thinking_part(ctx, thinking);
    if (parts)
        write_parts(ctx, PBS_STR("assistant"), content);
    else if (text.len > 0)
        write_text_part(ctx, text);
    pbs_w_end(ctx);
}

/* The text before a call, its parts joined; false: there is none. */
static bool write_plan(const pbs_ctx *ctx, const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    pb_str text = ctx->api->json_str(content);
    ctx->api->w_begin(ctx->x);
    ctx->api->http_body(ctx->x, text);
    for (size_t i = 0; pbs_is_type(ctx, content, PB_JSON_ARRAY) && i < ctx->api->json_len(content);
         i++)
        ctx->api->http_body(ctx->x, text_of(ctx, ctx->api->json_at(content, i, NULL)));
    pb_str plan = ctx->api->w_end(ctx->x);
    if (plan.len > 0)
        pbs_w_str(ctx, "tool_plan", plan);
    return plan.len > 0;
}

/* What stands beside the text of a turn that calls tools: thinking; other parts are told. */
static void write_thoughts(const pbs_ctx *ctx, const pb_json *content, pb_str thinking)
{
    bool own = has_thoughts(ctx, content);
    const pb_json *part = NULL;
    if (own || thinking.len > 0)
        pbs_w_array(ctx, "content");
    if (!own && thinking.len > 0)
        write_thinking_part(ctx, thinking);
    for (size_t i = 0; (part = part_at(ctx, content, i)) != NULL; i++)
        if (!is_text(ctx, part))
            write_part(ctx, PBS_STR("assistant"), part);
    if (own || thinking.len > 0)
        pbs_w_end(ctx);
}

/* What a model wrote may be no JSON at all, and the vendor wants an object as text. */
static void write_arguments(const pbs_ctx *ctx, const char *name, pb_str text)
{
    const pb_json *arguments = ctx->api->json_parse(ctx->x, pbs_trim(text), 0);
    if (name == NULL && pbs_is_type(ctx, arguments, PB_JSON_OBJECT)) {
        pbs_w_str(ctx, "arguments", text);
        return;
    }
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    if (name != NULL || pbs_trim(text).len > 0)
        pbs_w_str(ctx, name != NULL ? name : "_raw", text);
    pbs_w_end(ctx);
    pb_str made = ctx->api->w_end(ctx->x);
    pbs_w_str(ctx, "arguments", made);
}

static void write_call(const pbs_ctx *ctx, const pb_json *call)
{
    bool custom = pbs_is(pbs_get_str(ctx, call, "type"), "custom");
    const pb_json *inner = pbs_get(ctx, call, custom ? "custom" : "function");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "id", pbs_get_str(ctx, call, "id"));
    pbs_w_str(ctx, "type", PBS_STR("function"));
    pbs_w_object(ctx, "function");
    pbs_w_str(ctx, "name", pbs_get_str(ctx, inner, "name"));
    write_arguments(ctx, custom ? "input" : NULL,
                    pbs_get_str(ctx, inner, custom ? "input" : "arguments"));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* The thinking of a turn that called tools is its plan, unless the turn has a text, which is. */
static void write_assistant(const pbs_ctx *ctx, const pb_json *message)
{
    const pb_json *calls = pbs_get(ctx, message, "tool_calls");
    const pb_json *citations = pbs_get(ctx, message, "citations");
    pb_str thinking = pbs_get_str(ctx, message, "reasoning_content");
    size_t n = ctx->api->json_len(calls);
    if (n == 0) {
        write_said(ctx, message, thinking);
    } else {
        const pb_json *content = pbs_get(ctx, message, "content");
        if (!write_plan(ctx, message) && thinking.len > 0 && !has_thoughts(ctx, content)) {
            pbs_w_str(ctx, "tool_plan", thinking);
            thinking.len = 0;
        }
        write_thoughts(ctx, content, thinking);
        pbs_w_array(ctx, "tool_calls");
        for (size_t i = 0; i < n; i++)
            write_call(ctx, ctx->api->json_at(calls, i, NULL));
        pbs_w_end(ctx);
    }
    if (ctx->api->json_len(citations) > 0)
        pbs_w_value(ctx, "citations", citations);
}

/* ---- All of it ---- */

static void note_name(const pbs_ctx *ctx, Exchange *exchange, const pb_json *message, pb_str role)
{
    if (exchange->told_name || pbs_is(role, "tool") || pbs_get_str(ctx, message, "name").len == 0)
        return;
    exchange->told_name = true;
    cohere_note(ctx, PB_NOTE_DROPPED, "name", "this vendor's messages carry no names");
}

static void write_message(const pbs_ctx *ctx, Exchange *exchange, const pb_json *message)
{
    pb_str role = pbs_get_str(ctx, message, "role");
    if (pbs_is(role, "developer"))
        role = PBS_STR("system");
    note_name(ctx, exchange, message, role);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "role", role);
    if (pbs_is(role, "tool"))
        pbs_w_str(ctx, "tool_call_id", pbs_get_str(ctx, message, "tool_call_id"));
    if (pbs_is(role, "assistant"))
        write_assistant(ctx, message);
    else
        write_content(ctx, role, message);
    pbs_w_end(ctx);
}

void cohere_write_messages(const pbs_ctx *ctx, Exchange *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    pbs_w_array(ctx, "messages");
    for (size_t i = 0; i < ctx->api->json_len(messages); i++)
        write_message(ctx, exchange, ctx->api->json_at(messages, i, NULL));
    pbs_w_end(ctx);
}

/* The vendor has no interface for prompts any more: one is the one turn of a conversation. */
void cohere_write_prompt(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *prompt = pbs_get(ctx, exchange->request->body, "prompt");
    if (pbs_is_type(ctx, prompt, PB_JSON_ARRAY) && ctx->api->json_len(prompt) == 1)
        prompt = ctx->api->json_at(prompt, 0, NULL);
    if (!pbs_is_type(ctx, prompt, PB_JSON_STRING))
        cohere_note(ctx, PB_NOTE_UNMET, "prompt", "one prompt, as text, is what this vendor takes");
    cohere_note(ctx, PB_NOTE_EMULATED, "prompt", "sent as the one turn of a conversation");
    pbs_w_array(ctx, "messages");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "role", PBS_STR("user"));
    pbs_w_str(ctx, "content", ctx->api->json_str(prompt));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}
