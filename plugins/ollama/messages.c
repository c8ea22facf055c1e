/* SPDX-License-Identifier: Apache-2.0 */
/* Owns messages: the server takes one text and a list of images each, arguments of calls as
 * objects, and wants to know which tool a result is of. In ops. */
#include "ollama.h"

#include "lib/url.h"

#define TEXT_MAX ((size_t)64 * 1024 * 1024)

/* ---- Content ---- */

static pb_str text_of(const pbs_ctx *ctx, const pb_json *part)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    return pbs_get_str(ctx, part, pbs_is(type, "refusal") ? "refusal" : "text");
}

static bool is_text(const pbs_ctx *ctx, const pb_json *part)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    return pbs_is(type, "text") || pbs_is(type, "refusal");
}

static void write_joined(const pbs_ctx *ctx, const pb_json *parts)
{
    pbs_buf text;
    size_t n = 0;
    pbs_buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < ctx->api->json_len(parts); i++) {
        const pb_json *part = ctx->api->json_at(parts, i, NULL);
        if (!is_text(ctx, part))
            continue;
        if (n++ > 0)
            pbs_buf_add_char(&text, '\n');
        pbs_buf_add(&text, text_of(ctx, part));
    }
    pbs_w_str(ctx, "content", pbs_buf_str(&text));
    pbs_buf_free(&text);
}

static void write_content(const pbs_ctx *ctx, const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    if (pbs_is_type(ctx, content, PB_JSON_STRING))
        pbs_w_value(ctx, "content", content);
    else if (pbs_is_type(ctx, content, PB_JSON_ARRAY))
        write_joined(ctx, content);
    else
        pbs_w_str(ctx, "content", pbs_get_str(ctx, message, "refusal"));
}

/* ---- Images ---- */

static pb_str image_url(const pbs_ctx *ctx, const pb_json *part)
{
    const pb_json *image = pbs_get(ctx, part, "image_url");
    bool text = pbs_is_type(ctx, image, PB_JSON_STRING);
    return text ? ctx->api->json_str(image) : pbs_get_str(ctx, image, "url");
}

static bool is_image(const pbs_ctx *ctx, const pb_json *part, pbs_data_url *data)
{
    return pbs_is(pbs_get_str(ctx, part, "type"), "image_url") &&
           pbs_data_url_split(image_url(ctx, part), data) && data->base64;
}

static void note_part(const pbs_ctx *ctx, Exchange *exchange, const pb_json *part)
{
    pbs_data_url data;
    pb_str type = pbs_get_str(ctx, part, "type");
    pb_str detail = pbs_get_str(ctx, pbs_get(ctx, part, "image_url"), "detail");
    bool image = pbs_is(type, "image_url");
    if (image && !is_image(ctx, part, &data))
        ollama_note(ctx, exchange, PB_NOTE_UNMET, "image_url",
                    "an image must be a URL that can be fetched, or a data: URL in base64");
    else if (!image && !is_text(ctx, part))
        ollama_note(ctx, exchange, PB_NOTE_UNMET,
                    pbs_is(type, "input_audio") ? "input_audio" : "messages",
                    "this vendor reads text and images");
    if (image && detail.len > 0 && !pbs_is(detail, "auto") && !exchange->told_detail) {
        exchange->told_detail = true;
        ollama_note(ctx, exchange, PB_NOTE_DROPPED, "detail", "this vendor has one detail");
    }
}

static void write_base64(const pbs_ctx *ctx, pb_str data)
{
    pbs_buf clean;
    pbs_buf_init(&clean, data.len + 1);
    for (size_t i = 0; i < data.len; i++)
        if (memchr(" \t\r\n", data.ptr[i], 4) == NULL)
            pbs_buf_add_char(&clean, data.ptr[i]);
    ctx->api->w_str(ctx->x, pbs_buf_str(&clean));
    pbs_buf_free(&clean);
}

static void write_images(const pbs_ctx *ctx, Exchange *exchange, const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    size_t images = 0;
    pbs_data_url data;
    if (!pbs_is_type(ctx, content, PB_JSON_ARRAY))
        return;
    for (size_t i = 0; i < ctx->api->json_len(content); i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        note_part(ctx, exchange, part);
        images += is_image(ctx, part, &data);
    }
    if (images == 0)
        return;
    pbs_w_array(ctx, "images");
    for (size_t i = 0; i < ctx->api->json_len(content); i++)
        if (is_image(ctx, ctx->api->json_at(content, i, NULL), &data))
            write_base64(ctx, data.data);
    pbs_w_end(ctx);
}

/* ---- Calls and results ---- */

/* What a model wrote may be no JSON at all, and the server refuses anything but an object. */
static void write_arguments(const pbs_ctx *ctx, pb_str text)
{
    const pb_json *arguments = ctx->api->json_parse(ctx->x, pbs_trim(text), 0);
    if (pbs_is_type(ctx, arguments, PB_JSON_OBJECT)) {
        pbs_w_value(ctx, "arguments", arguments);
        return;
    }
    pbs_w_object(ctx, "arguments");
    if (pbs_trim(text).len > 0)
        pbs_w_str(ctx, "_raw", text);
    pbs_w_end(ctx);
}

static const pb_json *inner_of(const pbs_ctx *ctx, const pb_json *call)
{
    return pbs_get(ctx, call,
                   pbs_is(pbs_get_str(ctx, call, "type"), "custom") ? "custom" : "function");
}

static void write_call(const pbs_ctx *ctx, const pb_json *call, size_t index)
{
    const pb_json *inner = inner_of(ctx, call);
    pb_str id = pbs_get_str(ctx, call, "id");
    bool custom = pbs_is(pbs_get_str(ctx, call, "type"), "custom");
    pbs_w_object(ctx, NULL);
    if (id.len > 0)
        pbs_w_str(ctx, "id", id);
    pbs_w_object(ctx, "function");
    pbs_w_int(ctx, "index", (int64_t)index);
    pbs_w_str(ctx, "name", pbs_get_str(ctx, inner, "name"));
    if (custom) {
        pbs_w_object(ctx, "arguments");
        pbs_w_str(ctx, "input", pbs_get_str(ctx, inner, "input"));
        pbs_w_end(ctx);
    } else {
        write_arguments(ctx, pbs_get_str(ctx, inner, "arguments"));
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static void write_calls(const pbs_ctx *ctx, const pb_json *message)
{
    const pb_json *calls = pbs_get(ctx, message, "tool_calls");
    if (ctx->api->json_len(calls) == 0)
        return;
    pbs_w_array(ctx, "tool_calls");
    for (size_t i = 0; i < ctx->api->json_len(calls); i++)
        write_call(ctx, ctx->api->json_at(calls, i, NULL), i);
    pbs_w_end(ctx);
}

/* The name of the tool that was called under that id, in the messages before `end`, the latest
 * first. */
static pb_str tool_name(const pbs_ctx *ctx, const pb_json *messages, size_t end, pb_str id)
{
    for (size_t i = end; i > 0; i--) {
        const pb_json *calls = pbs_get(ctx, ctx->api->json_at(messages, i - 1, NULL), "tool_calls");
        for (size_t j = 0; j < ctx->api->json_len(calls); j++) {
            const pb_json *call = ctx->api->json_at(calls, j, NULL);
            if (pbs_eq(pbs_get_str(ctx, call, "id"), id))
                return pbs_get_str(ctx, inner_of(ctx, call), "name");
        }
    }
    return (pb_str){NULL, 0};
}

static void write_result_of(const pbs_ctx *ctx, const pb_json *messages, size_t at)
{
    const pb_json *message = ctx->api->json_at(messages, at, NULL);
    pb_str id = pbs_get_str(ctx, message, "tool_call_id");
    pb_str name = tool_name(ctx, messages, at, id);
    if (name.len == 0)
        name = pbs_get_str(ctx, message, "name");
    if (name.len > 0)
        pbs_w_str(ctx, "tool_name", name);
    if (id.len > 0)
        pbs_w_str(ctx, "tool_call_id", id);
}

/* ---- All of it ---- */

static void note_name(const pbs_ctx *ctx, Exchange *exchange, const pb_json *message, pb_str role)
{
    if (exchange->told_name || pbs_is(role, "tool") || pbs_get_str(ctx, message, "name").len == 0)
        return;
    exchange->told_name = true;
    ollama_note(ctx, exchange, PB_NOTE_DROPPED, "name", "this vendor's messages carry no names");
}

static void write_message(const pbs_ctx *ctx, Exchange *exchange, const pb_json *messages, size_t i)
{
    const pb_json *message = ctx->api->json_at(messages, i, NULL);
    pb_str role = pbs_get_str(ctx, message, "role");
    pb_str thinking = pbs_get_str(ctx, message, "reasoning_content");
    note_name(ctx, exchange, message, role);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "role", pbs_is(role, "developer") ? PBS_STR("system") : role);
    write_content(ctx, message);
    if (pbs_is(role, "assistant") && thinking.len > 0)
        pbs_w_str(ctx, "thinking", thinking);
    write_images(ctx, exchange, message);
    write_calls(ctx, message);
    if (pbs_is(role, "tool"))
        write_result_of(ctx, messages, i);
    pbs_w_end(ctx);
}

void ollama_write_messages(const pbs_ctx *ctx, Exchange *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    pbs_w_array(ctx, "messages");
    for (size_t i = 0; i < ctx->api->json_len(messages); i++)
        write_message(ctx, exchange, messages, i);
    pbs_w_end(ctx);
}
