/* SPDX-License-Identifier: MIT */
/* Owns the writing of schemas for output_config.format, which takes part of JSON Schema: objects
 * must be closed and bounds are refused. A bound that is left out goes into the description, so
 * that the model still reads it. Source: the vendor's page on structured outputs. In ops; depth is
 * bounded by the core's reader. */
#include "lib/anthropic/dialect.h"

static const char *const refused[] = {
    "minimum",   "maximum",  "exclusiveMinimum", "exclusiveMaximum", "multipleOf",    "minLength",
    "maxLength", "maxItems", "uniqueItems",      "minProperties",    "maxProperties",
};

static bool is_refused(const pbs_ctx *ctx, pb_str keyword, const pb_json *value)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (pbs_is(keyword, refused[i]))
            return true;
    if (pbs_is(keyword, "minItems"))
        return ctx->api->json_int(value, 0) > 1;
    return pbs_is(keyword, "$schema") || pbs_is(keyword, "$id");
}

static void write_schema(const pbs_ctx *ctx, const pb_json *schema);

/* Keywords that hold an object of schemas, an array of schemas, or one. */
static bool holds_named(pb_str keyword)
{
    return pbs_is(keyword, "properties") || pbs_is(keyword, "$defs") ||
           pbs_is(keyword, "definitions");
}

static bool holds_many(pb_str keyword)
{
    return pbs_is(keyword, "anyOf") || pbs_is(keyword, "allOf") || pbs_is(keyword, "oneOf") ||
           pbs_is(keyword, "prefixItems");
}

static void write_inner(const pbs_ctx *ctx, pb_str keyword, const pb_json *value)
{
    const pb_json *inner = NULL;
    pb_str key;
    bool object = pbs_is_type(ctx, value, PB_JSON_OBJECT);
    bool named = holds_named(keyword) && object;
    bool many = holds_many(keyword) && pbs_is_type(ctx, value, PB_JSON_ARRAY);
    if (pbs_is(keyword, "items") && object) {
        write_schema(ctx, value);
        return;
    }
    if (!named && !many) {
        ctx->api->w_value(ctx->x, value);
        return;
    }
    ctx->api->w_open(ctx->x, named ? 1 : 0);
    for (size_t i = 0; (inner = ctx->api->json_at(value, i, &key)) != NULL; i++) {
        if (named)
            ctx->api->w_key(ctx->x, key);
        write_schema(ctx, inner);
    }
    ctx->api->w_close(ctx->x);
}

/* "At least ..." for people and models: the description and the bounds that were left out. */
static void write_description(const pbs_ctx *ctx, const pb_json *schema)
{
    const pb_json *value = NULL;
    pb_str key;
    pbs_buf text;
    pbs_buf_init(&text, (size_t)1024 * 1024);
    pbs_buf_add(&text, pbs_get_str(ctx, schema, "description"));
    for (size_t i = 0; (value = ctx->api->json_at(schema, i, &key)) != NULL; i++) {
        if (!is_refused(ctx, key, value) || key.ptr[0] == '$')
            continue;
        pbs_buf_add(&text, text.len > 0 ? PBS_STR("; ") : PBS_STR(""));
        pbs_buf_add(&text, key);
        pbs_buf_add(&text, PBS_STR(": "));
        pbs_buf_add(&text, ctx->api->json_text(value));
    }
    if (text.len > 0)
        pbs_w_str(ctx, "description", pbs_buf_str(&text));
    pbs_buf_free(&text);
}

static void write_schema(const pbs_ctx *ctx, const pb_json *schema)
{
    const pb_json *value = NULL;
    pb_str key;
    if (!pbs_is_type(ctx, schema, PB_JSON_OBJECT)) {
        ctx->api->w_value(ctx->x, schema);
        return;
    }
    bool open = pbs_is(pbs_get_str(ctx, schema, "type"), "object") ||
                pbs_is_type(ctx, pbs_get(ctx, schema, "properties"), PB_JSON_OBJECT);
    pbs_w_object(ctx, NULL);
    for (size_t i = 0; (value = ctx->api->json_at(schema, i, &key)) != NULL; i++) {
        bool closed = open && pbs_is(key, "additionalProperties");
        if (is_refused(ctx, key, value) || closed || pbs_is(key, "description"))
            continue;
        ctx->api->w_key(ctx->x, key);
        write_inner(ctx, key, value);
    }
    write_description(ctx, schema);
    if (open)
        pbs_w_bool(ctx, "additionalProperties", false);
    pbs_w_end(ctx);
}

void pbs_anthropic_write_schema(const pbs_ctx *ctx, const pb_json *schema)
{
    write_schema(ctx, schema);
}
