/* SPDX-License-Identifier: MIT */
/* Owns what becomes of the content of a message: text parts joined for vendors that want one
 * string, marks of what to cache put where the vendor reads them, no nulls. Content that needs
 * none of this goes out byte for byte. In ops. */
#include "lib/openai/parts.h"

#include "lib/json.h"

static bool is_null(const pbs_ctx *ctx, const pb_json *value)
{
    return ctx->api->json_type(value) == PB_JSON_NULL;
}

/* A mark of either dialect. */
static bool is_mark(pb_str key)
{
    return pbs_is(key, "cache_control") || pbs_is(key, "prompt_cache_breakpoint");
}

/* OpenAI's own mark goes to OpenAI as it is, the other one to vendors that take it. */
static bool mark_goes(const pbs_openai *openai, pb_str key)
{
    return openai->cache ? pbs_is(key, "cache_control")
                         : openai->options->families && !pbs_is(key, "cache_control");
}

void pbs_openai_tell_mark(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *object)
{
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(object, i, &key)) != NULL; i++)
        if (is_mark(key) && !is_null(ctx, value))
            pbs_openai_tell_left_out(ctx, openai, key);
}

static bool all_text(const pbs_ctx *ctx, const pb_json *parts)
{
    size_t n = ctx->api->json_len(parts);
    for (size_t i = 0; i < n; i++)
        if (!pbs_is(pbs_get_str(ctx, ctx->api->json_at(parts, i, NULL), "type"), "text"))
            return false;
    return n > 0;
}

static bool part_changes(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *part)
{
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(part, i, &key)) != NULL; i++)
        if (is_null(ctx, value) || (is_mark(key) && !mark_goes(openai, key)))
            return true;
    return false;
}

bool pbs_openai_content_changes(const pbs_ctx *ctx, const pbs_openai *openai,
                                const pb_json *content)
{
    if (ctx->api->json_type(content) != PB_JSON_ARRAY)
        return openai->options->strict_messages && is_null(ctx, content);
    if (openai->options->join_text && all_text(ctx, content))
        return true;
    for (size_t i = 0; i < ctx->api->json_len(content); i++)
        if (part_changes(ctx, openai, ctx->api->json_at(content, i, NULL)))
            return true;
    return false;
}

bool pbs_openai_content_takes_cache(const pbs_ctx *ctx, const pbs_openai *openai,
                                    const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    return openai->cache &&
           (ctx->api->json_str(content).len > 0 || ctx->api->json_len(content) > 0);
}

static void write_joined(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *parts)
{
    pbs_buf text;
    pbs_buf_init(&text, (size_t)64 * 1024 * 1024);
    bool fits_in = true;
    for (size_t i = 0; fits_in && i < ctx->api->json_len(parts); i++) {
        const pb_json *part = ctx->api->json_at(parts, i, NULL);
        fits_in = (i == 0 || pbs_buf_add_char(&text, '\n')) &&
                  pbs_buf_add(&text, pbs_get_str(ctx, part, "text"));
        pbs_openai_tell_mark(ctx, openai, part);
    }
    if (fits_in)
        ctx->api->w_str(ctx->x, pbs_buf_str(&text));
    else
        ctx->api->w_value(ctx->x, parts);
    pbs_buf_free(&text);
}

/* The members of a part; gives whether it has a mark already. */
static bool write_members(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *part)
{
    const pb_json *value = NULL;
    pb_str key;
    bool marked = pbs_has(ctx, part, "cache_control");
    for (size_t i = 0; (value = ctx->api->json_at(part, i, &key)) != NULL; i++) {
        if (is_null(ctx, value))
            continue;
        if (!is_mark(key) || mark_goes(openai, key)) {
            ctx->api->w_key(ctx->x, key);
            ctx->api->w_value(ctx->x, value);
        } else if (!openai->cache) {
            pbs_openai_tell_left_out(ctx, openai, key);
        } else if (!marked) {
            pbs_w_object(ctx, "cache_control");
            pbs_w_str(ctx, "type", PBS_STR("ephemeral"));
            pbs_w_end(ctx);
            marked = true;
        }
    }
    return marked;
}

static void write_marked(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *part,
                         const pb_json *cache)
{
    pbs_w_object(ctx, NULL);
    if (!write_members(ctx, openai, part))
        pbs_w_value(ctx, "cache_control", cache);
    pbs_w_end(ctx);
}

void pbs_openai_write_part(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *part)
{
    if (!part_changes(ctx, openai, part)) {
        ctx->api->w_value(ctx->x, part);
        return;
    }
    pbs_w_object(ctx, NULL);
    write_members(ctx, openai, part);
    pbs_w_end(ctx);
}

/* The mark of the message, put on its last part. */
static void write_cached(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *content,
                         const pb_json *cache)
{
    size_t n = ctx->api->json_len(content);
    pbs_w_array(ctx, NULL);
    for (size_t i = 0; i < n; i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        if (i + 1 == n)
            write_marked(ctx, openai, part, cache);
        else
            pbs_openai_write_part(ctx, openai, part);
    }
    if (n == 0) {
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "type", PBS_STR("text"));
        pbs_w_value(ctx, "text", content);
        pbs_w_value(ctx, "cache_control", cache);
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
}

void pbs_openai_write_content(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *content,
                              const pb_json *cache)
{
    bool something = ctx->api->json_str(content).len > 0 || ctx->api->json_len(content) > 0;
    if (openai->cache && !is_null(ctx, cache) && something) {
        write_cached(ctx, openai, content, cache);
    } else if (!pbs_openai_content_changes(ctx, openai, content)) {
        ctx->api->w_value(ctx->x, content);
    } else if (is_null(ctx, content)) {
        ctx->api->w_str(ctx->x, PBS_STR(""));
    } else if (openai->options->join_text && all_text(ctx, content)) {
        write_joined(ctx, openai, content);
    } else {
        pbs_w_array(ctx, NULL);
        for (size_t i = 0; i < ctx->api->json_len(content); i++)
            pbs_openai_write_part(ctx, openai, ctx->api->json_at(content, i, NULL));
        pbs_w_end(ctx);
    }
}
