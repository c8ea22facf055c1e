/* SPDX-License-Identifier: MIT */
/* Owns calls of functions in a history and their results: arguments as objects, results as
 * objects, and the thought signatures that newer models want back on the very part they came
 * with. In ops. */
#include "lib/gemini/internal.h"

#define RESULT_MAX ((size_t)64 * 1024 * 1024)

/* What the vendor takes as a signature for a call that another model made. */
static const char foreign[] = "skip_thought_signature_validator";
/* Where other gateways put a signature for clients that lose unknown members. */
static const char in_id[] = "__thought__";

/* ---- Signatures ---- */

static size_t find(pb_str s, const char *what)
{
    return pbs_find_nocase(s, what);
}

static pb_str signature_in(const pbs_ctx *ctx, const pb_json *object)
{
    const pb_json *fields = pbs_get(ctx, object, "provider_specific_fields");
    pb_str signature = pbs_get_str(ctx, fields, "thought_signature");
    const pb_json *list = pbs_get(ctx, fields, "thought_signatures");
    size_t n = ctx->api->json_len(list);
    if (signature.len == 0 && n > 0)
        signature = ctx->api->json_str(ctx->api->json_at(list, n - 1, NULL));
    if (signature.len == 0)
        signature = pbs_get_str(ctx, pbs_get(ctx, pbs_get(ctx, object, "extra_content"), "google"),
                                "thought_signature");
    return signature;
}

static pb_str signature_of(const pbs_ctx *ctx, const pb_json *call)
{
    pb_str signature = signature_in(ctx, call), id = pbs_get_str(ctx, call, "id");
    size_t at = find(id, in_id);
    if (signature.len == 0)
        signature = signature_in(ctx, pbs_get(ctx, call, "function"));
    if (signature.len == 0 && at != PBS_NONE)
        signature = pbs_skip(id, at + sizeof in_id - 1);
    return signature;
}

static void write_signature(const pbs_ctx *ctx, const pbs_gemini *g, pb_str signature, bool first)
{
    bool wanted = g->model.generation == 0 || g->model.generation >= 3;
    if (g->no_signatures)
        signature = (pb_str){NULL, 0};
    if (signature.len == 0 && first && wanted)
        signature = PBS_STR(foreign);
    if (signature.len > 0)
        pbs_w_str(ctx, "thoughtSignature", signature);
}

/* ---- Calls ---- */

static void write_id(const pbs_ctx *ctx, const pbs_gemini *g, const pb_json *call)
{
    pb_str id = pbs_get_str(ctx, call, "id");
    size_t at = find(id, in_id);
    if (at != PBS_NONE)
        id.len = at;
    if (g->platform->call_ids && id.len > 0)
        pbs_w_str(ctx, "id", id);
}

static const pb_json *function_of(const pbs_ctx *ctx, const pb_json *call, bool *custom)
{
    const pb_json *inner = pbs_get(ctx, call, "custom");
    *custom = pbs_is_type(ctx, inner, PB_JSON_OBJECT);
    return *custom ? inner : pbs_get(ctx, call, "function");
}

static void write_args(const pbs_ctx *ctx, const pb_json *function, bool custom)
{
    pb_str text = pbs_get_str(ctx, function, custom ? "input" : "arguments");
    const pb_json *args = custom ? NULL : ctx->api->json_parse(ctx->x, pbs_trim(text), 0);
    if (pbs_is_type(ctx, args, PB_JSON_OBJECT)) {
        pbs_w_value(ctx, "args", args);
        return;
    }
    pbs_w_object(ctx, "args");
    if (custom)
        pbs_w_str(ctx, "input", text);
    else if (pbs_trim(text).len > 0 && !pbs_is(pbs_trim(text), "null"))
        pbs_w_str(ctx, "_raw", text); /* a model wrote it: no JSON object, kept as it is */
    pbs_w_end(ctx);
}

static void write_call(const pbs_ctx *ctx, const pbs_gemini *g, const pb_json *call, bool first)
{
    bool custom = false;
    const pb_json *function = function_of(ctx, call, &custom);
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "functionCall");
    write_id(ctx, g, call);
    pbs_gemini_write_name(ctx, pbs_get_str(ctx, function, "name"));
    write_args(ctx, function, custom);
    pbs_w_end(ctx);
    write_signature(ctx, g, signature_of(ctx, call), first);
    pbs_w_end(ctx);
}

/* ---- An answer ---- */

static pb_str text_of(const pbs_ctx *ctx, const pb_json *part)
{
    pb_str text = pbs_get_str(ctx, part, "text");
    return text.len > 0 ? text : pbs_get_str(ctx, part, "refusal");
}

static void write_said(const pbs_ctx *ctx, const pbs_gemini *g, pb_str text, pb_str signature)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "text", text);
    write_signature(ctx, g, signature, false);
    pbs_w_end(ctx);
}

static size_t write_texts(const pbs_ctx *ctx, const pbs_gemini *g, const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    size_t n = pbs_is_type(ctx, content, PB_JSON_ARRAY) ? ctx->api->json_len(content) : 0;
    pb_str signature = signature_in(ctx, message), none = {NULL, 0};
    size_t last = 0, parts = 0;
    if (n == 0) {
        pb_str text = ctx->api->json_str(content);
        if (text.len == 0)
            text = pbs_get_str(ctx, message, "refusal");
        if (text.len > 0)
            write_said(ctx, g, text, signature);
        return text.len > 0;
    }
    for (size_t i = 0; i < n; i++)
        if (text_of(ctx, ctx->api->json_at(content, i, NULL)).len > 0)
            last = i;
    for (size_t i = 0; i < n; i++) {
        pb_str text = text_of(ctx, ctx->api->json_at(content, i, NULL));
        if (text.len == 0)
            continue;
        write_said(ctx, g, text, i == last ? signature : none);
        parts++;
    }
    return parts;
}

size_t pbs_gemini_write_model_parts(const pbs_ctx *ctx, const pbs_gemini *g, const pb_json *message)
{
    const pb_json *calls = pbs_get(ctx, message, "tool_calls");
    size_t n = ctx->api->json_len(calls), parts = write_texts(ctx, g, message);
    for (size_t i = 0; i < n; i++)
        write_call(ctx, g, ctx->api->json_at(calls, i, NULL), i == 0);
    return parts + n;
}

/* ---- Results ---- */

/* Newer models look at what a function gives back; what is a link only cannot go there. */
static bool is_seen(const pbs_ctx *ctx, const pbs_gemini *g, const pb_json *part)
{
    const pb_json *image = pbs_get(ctx, part, "image_url");
    pb_str data = pbs_is_type(ctx, image, PB_JSON_STRING) ? ctx->api->json_str(image)
                                                          : pbs_get_str(ctx, image, "url");
    if (data.len == 0)
        data = pbs_get_str(ctx, pbs_get(ctx, part, "file"), "file_data");
    return (g->model.generation == 0 || g->model.generation >= 3) && !g->model.gemma &&
           pbs_has_prefix(data, PBS_STR("data:"));
}

static void join_content(const pbs_ctx *ctx, const pbs_gemini *g, const pb_json *content,
                         pbs_buf *text, size_t *seen)
{
    pbs_buf_add(text, ctx->api->json_str(content));
    for (size_t i = 0; pbs_is_type(ctx, content, PB_JSON_ARRAY) && i < ctx->api->json_len(content);
         i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        if (is_seen(ctx, g, part))
            ++*seen;
        else if (!pbs_is(pbs_get_str(ctx, part, "type"), "text"))
            pbs_gemini_note(ctx, g, PB_NOTE_UNMET, "messages",
                            "the result of a function is text or JSON for this vendor; from Gemini "
                            "3 on also images and files as data: URLs");
        pbs_buf_add(text, pbs_get_str(ctx, part, "text"));
    }
}

static void write_seen(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *content)
{
    pbs_w_array(ctx, "parts");
    for (size_t i = 0; i < ctx->api->json_len(content); i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        if (is_seen(ctx, g, part))
            pbs_gemini_write_media(ctx, g, part, pbs_get_str(ctx, part, "type"));
    }
    pbs_w_end(ctx);
}

void pbs_gemini_write_result(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *call,
                             const pb_json *message_or_null)
{
    const pb_json *content = pbs_get(ctx, message_or_null, "content");
    bool custom = false;
    size_t seen = 0;
    const pb_json *function = function_of(ctx, call, &custom);
    pbs_buf text;
    pbs_buf_init(&text, RESULT_MAX);
    join_content(ctx, g, content, &text, &seen);
    const pb_json *object = ctx->api->json_parse(ctx->x, pbs_trim(pbs_buf_str(&text)), 0);
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "functionResponse");
    write_id(ctx, g, call);
    pbs_gemini_write_name(ctx, pbs_get_str(ctx, function, "name"));
    if (pbs_is_type(ctx, object, PB_JSON_OBJECT)) {
        pbs_w_value(ctx, "response", object);
    } else {
        pbs_w_object(ctx, "response"); /* nothing but an object is taken */
        pbs_w_str(ctx, "content", pbs_buf_str(&text));
        pbs_w_end(ctx);
    }
    if (seen > 0)
        write_seen(ctx, g, content);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_buf_free(&text);
}
