/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the messages of a chat: content is always one string, system messages are one and come
 * first, what is no text cannot go. In ops; it may run twice, after a repair. */
#include "ai21.h"

static pb_str part_text(const pbs_ctx *ctx, const pb_json *part)
{
    bool refusal = pbs_is(pbs_get_str(ctx, part, "type"), "refusal");
    return pbs_get_str(ctx, part, refusal ? "refusal" : "text");
}

bool ai21_add_content(const pbs_ctx *ctx, const pb_json *content, pbs_buf *out)
{
    bool fits = pbs_buf_add(out, ctx->api->json_str(content));
    if (!pbs_is_type(ctx, content, PB_JSON_ARRAY))
        return fits;
    for (size_t i = 0; fits && i < ctx->api->json_len(content); i++)
        fits = pbs_buf_add(out, part_text(ctx, ctx->api->json_at(content, i, NULL)));
    return fits;
}

/* ---- What cannot go ---- */

typedef struct Lost {
    bool images, others, names;
} Lost;

static void look_at_parts(const pbs_ctx *ctx, const pb_json *content, Lost *lost)
{
    bool parts = pbs_is_type(ctx, content, PB_JSON_ARRAY);
    for (size_t i = 0; parts && i < ctx->api->json_len(content); i++) {
        pb_str type = pbs_get_str(ctx, ctx->api->json_at(content, i, NULL), "type");
        if (pbs_is(type, "image_url"))
            lost->images = true;
        else if (!pbs_is(type, "text") && !pbs_is(type, "refusal"))
            lost->others = true;
    }
}

static void tell_lost(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages)
{
    Lost lost = {false, false, false};
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        look_at_parts(ctx, pbs_get(ctx, message, "content"), &lost);
        lost.names = lost.names || pbs_has(ctx, message, "name");
    }
    if (lost.images)
        pbs_openai_note(ctx, openai, PB_NOTE_UNMET, PBS_STR("image_url"),
                        "this vendor's models read text only");
    if (lost.others)
        pbs_openai_note(ctx, openai, PB_NOTE_UNMET, PBS_STR("messages"),
                        "this vendor's models read text only");
    if (lost.names)
        pbs_openai_note(ctx, openai, PB_NOTE_DROPPED, PBS_STR("name"),
                        "this vendor takes no name on messages");
}

/* ---- Writing ---- */

static bool is_system(const pbs_ctx *ctx, const pb_json *message)
{
    pb_str role = pbs_get_str(ctx, message, "role");
    return pbs_is(role, "system") || pbs_is(role, "developer");
}

static void tell_cut(const pbs_ctx *ctx, const pbs_openai *openai)
{
    pbs_openai_note(ctx, openai, PB_NOTE_UNMET, PBS_STR("messages"),
                    "a message, or the system messages together, are longer than 16 MiB");
}

static void write_text(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *content)
{
    pbs_buf text;
    pbs_buf_init(&text, AI21_TEXT_MAX);
    if (pbs_is_type(ctx, content, PB_JSON_STRING)) {
        pbs_w_value(ctx, "content", content);
        return;
    }
    if (!ai21_add_content(ctx, content, &text))
        tell_cut(ctx, openai);
    pbs_w_str(ctx, "content", pbs_buf_str(&text));
    pbs_buf_free(&text);
}

static bool add_schema(const pbs_ctx *ctx, const pb_json *schema, pbs_buf *text)
{
    static const char ask[] = "Answer with one JSON object and nothing else. It must fit this JSON "
                              "schema:\n";
    return (text->len == 0 || pbs_buf_add_char(text, '\n')) && pbs_buf_add(text, pbs_str(ask)) &&
           pbs_buf_add(text, ctx->api->json_text(schema));
}

static void write_system(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages)
{
    const pb_json *schema = ai21_schema(ctx, openai);
    bool fits = true, any = false;
    pbs_buf text;
    pbs_buf_init(&text, AI21_TEXT_MAX);
    for (size_t i = 0; fits && i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (!is_system(ctx, message))
            continue;
        any = true;
        fits = (text.len == 0 || pbs_buf_add_char(&text, '\n')) &&
               ai21_add_content(ctx, pbs_get(ctx, message, "content"), &text);
    }
    if (schema != NULL)
        fits = fits && add_schema(ctx, schema, &text);
    if (!fits)
        tell_cut(ctx, openai);
    if (any || schema != NULL) {
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "role", PBS_STR("system"));
        pbs_w_str(ctx, "content", pbs_buf_str(&text));
        pbs_w_end(ctx);
    }
    pbs_buf_free(&text);
}

/* The input of a call of type custom, which is free text, as a member of an object. */
static void write_input(const pbs_ctx *ctx, pb_str input)
{
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "input", input);
    pbs_w_end(ctx);
    pbs_w_str(ctx, "arguments", ctx->api->w_end(ctx->x));
}

/* Arguments are a text that holds JSON; none at all are an empty object. */
static void write_call(const pbs_ctx *ctx, const pb_json *call)
{
    const pb_json *custom = pbs_get(ctx, call, "custom");
    bool free_text = pbs_is_type(ctx, custom, PB_JSON_OBJECT);
    const pb_json *function = free_text ? custom : pbs_get(ctx, call, "function");
    pb_str arguments = pbs_get_str(ctx, function, "arguments");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "id", pbs_get_str(ctx, call, "id"));
    pbs_w_str(ctx, "type", PBS_STR("function"));
    pbs_w_object(ctx, "function");
    pbs_w_str(ctx, "name", pbs_get_str(ctx, function, "name"));
    if (free_text)
        write_input(ctx, pbs_get_str(ctx, function, "input"));
    else
        pbs_w_str(ctx, "arguments", arguments.len > 0 ? arguments : PBS_STR("{}"));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static void write_calls(const pbs_ctx *ctx, const pb_json *calls)
{
    pbs_w_array(ctx, "tool_calls");
    for (size_t i = 0; i < ctx->api->json_len(calls); i++)
        write_call(ctx, ctx->api->json_at(calls, i, NULL));
    pbs_w_end(ctx);
}

static void write_message(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message)
{
    const pb_json *calls = pbs_get(ctx, message, "tool_calls");
    pbs_w_object(ctx, NULL);
    pbs_w_value(ctx, "role", pbs_get(ctx, message, "role"));
    write_text(ctx, openai, pbs_get(ctx, message, "content"));
    if (ctx->api->json_len(calls) > 0)
        write_calls(ctx, calls);
    if (pbs_has(ctx, message, "tool_call_id"))
        pbs_w_value(ctx, "tool_call_id", pbs_get(ctx, message, "tool_call_id"));
    pbs_w_end(ctx);
}

void ai21_write_messages(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages)
{
    tell_lost(ctx, openai, messages);
    pbs_w_array(ctx, "messages");
    write_system(ctx, openai, messages);
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (!is_system(ctx, message))
            write_message(ctx, openai, message);
    }
    pbs_w_end(ctx);
}
