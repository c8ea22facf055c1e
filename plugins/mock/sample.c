/* SPDX-License-Identifier: Apache-2.0 */
/* Owns values made to fit a JSON schema: the first of an enum, the smallest number allowed, each
 * property, one element. It follows type, enum, const, default, properties, items, anyOf, oneOf,
 * allOf and bounds of numbers; patterns and references are beyond it. In ops. */
#include "mock.h"

#define DEPTH_MAX 24

static void write_value(const pbs_ctx *ctx, const pb_json *schema, pb_str word, int depth);

static pb_str type_of(const pbs_ctx *ctx, const pb_json *schema)
{
    const pb_json *type = pbs_get(ctx, schema, "type");
    if (pbs_is_type(ctx, type, PB_JSON_ARRAY))
        type = ctx->api->json_at(type, 0, NULL);
    pb_str name = ctx->api->json_str(type);
    if (name.len == 0 && pbs_has(ctx, schema, "properties"))
        return PBS_STR("object");
    return name.len == 0 && pbs_has(ctx, schema, "items") ? PBS_STR("array") : name;
}

static void write_object(const pbs_ctx *ctx, const pb_json *schema, pb_str word, int depth)
{
    const pb_json *properties = pbs_get(ctx, schema, "properties"), *value = NULL;
    pb_str key;
    ctx->api->w_open(ctx->x, 1);
    for (size_t i = 0; (value = ctx->api->json_at(properties, i, &key)) != NULL; i++) {
        ctx->api->w_key(ctx->x, key);
        write_value(ctx, value, word, depth + 1);
    }
    ctx->api->w_close(ctx->x);
}

static void write_array(const pbs_ctx *ctx, const pb_json *schema, pb_str word, int depth)
{
    int64_t least = pbs_get_int(ctx, schema, "minItems", 1);
    ctx->api->w_open(ctx->x, 0);
    for (int64_t i = 0; i < least && i < 16; i++)
        write_value(ctx, pbs_get(ctx, schema, "items"), word, depth + 1);
    ctx->api->w_close(ctx->x);
}

/* What stands in the schema itself; NULL: nothing. */
static const pb_json *given(const pbs_ctx *ctx, const pb_json *schema)
{
    static const char *const names[] = {"const", "default"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pbs_get(ctx, schema, names[i]) != NULL)
            return pbs_get(ctx, schema, names[i]);
    const pb_json *first = ctx->api->json_at(pbs_get(ctx, schema, "enum"), 0, NULL);
    return first != NULL ? first : ctx->api->json_at(pbs_get(ctx, schema, "examples"), 0, NULL);
}

static const pb_json *alternative(const pbs_ctx *ctx, const pb_json *schema)
{
    static const char *const names[] = {"anyOf", "oneOf", "allOf"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (ctx->api->json_len(pbs_get(ctx, schema, names[i])) > 0)
            return ctx->api->json_at(pbs_get(ctx, schema, names[i]), 0, NULL);
    return NULL;
}

static void write_number(const pbs_ctx *ctx, const pb_json *schema)
{
    const pb_json *least = pbs_get(ctx, schema, "minimum");
    const pb_json *above = pbs_get(ctx, schema, "exclusiveMinimum");
    const pb_json *most = pbs_get(ctx, schema, "maximum");
    if (least != NULL)
        ctx->api->w_value(ctx->x, least);
    else if (above != NULL)
        ctx->api->w_int(ctx->x, ctx->api->json_int(above, 0) + 1);
    else if (most != NULL && ctx->api->json_real(most, 1) < 1)
        ctx->api->w_value(ctx->x, most);
    else
        ctx->api->w_int(ctx->x, 1);
}

static void write_value(const pbs_ctx *ctx, const pb_json *schema, pb_str word, int depth)
{
    const pb_json *value = given(ctx, schema), *other = alternative(ctx, schema);
    pb_str type = type_of(ctx, schema);
    if (value != NULL)
        ctx->api->w_value(ctx->x, value);
    else if (depth > DEPTH_MAX)
        ctx->api->w_value(ctx->x, NULL);
    else if (pbs_is(type, "object"))
        write_object(ctx, schema, word, depth);
    else if (pbs_is(type, "array"))
        write_array(ctx, schema, word, depth);
    else if (pbs_is(type, "integer") || pbs_is(type, "number"))
        write_number(ctx, schema);
    else if (pbs_is(type, "boolean"))
        ctx->api->w_bool(ctx->x, 1);
    else if (pbs_is(type, "null"))
        ctx->api->w_value(ctx->x, NULL);
    else if (type.len == 0 && other != NULL)
        write_value(ctx, other, word, depth + 1);
    else
        ctx->api->w_str(ctx->x, word);
}

void mock_sample_write(const pbs_ctx *ctx, const pb_json *schema, pb_str word)
{
    write_value(ctx, schema, word, 0);
}
