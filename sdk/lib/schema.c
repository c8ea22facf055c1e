/* SPDX-License-Identifier: MIT */
/* Owns the walk through a JSON Schema: which members hold schemas, which hold maps of schemas,
 * and which are plain values that nobody may touch. Its depth is bounded by the core's JSON
 * reader. */
#include "lib/schema.h"

#include "lib/str.h"

/* Members whose own members are names the author chose. */
static bool is_map(pb_str keyword)
{
    static const char *const maps[] = {"properties",  "patternProperties", "$defs",
                                       "definitions", "dependentSchemas",  "dependentRequired"};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        if (pbs_is(keyword, maps[i]))
            return true;
    return false;
}

static bool is_value(pb_str keyword)
{
    return pbs_is(keyword, "const") || pbs_is(keyword, "enum") || pbs_is(keyword, "default") ||
           pbs_is(keyword, "examples") || pbs_is(keyword, "required");
}

static bool changes(const pbs_ctx *ctx, const pb_json *value, bool map, pbs_schema_drop drop,
                    void *user)
{
    const pb_json *child = NULL;
    pb_str key;
    bool object = ctx->api->json_type(value) == PB_JSON_OBJECT;
    for (size_t i = 0; (child = ctx->api->json_at(value, i, &key)) != NULL; i++) {
        bool keyword = object && !map;
        if (keyword && drop(user, key))
            return true;
        if (!(keyword && is_value(key)) && changes(ctx, child, keyword && is_map(key), drop, user))
            return true;
    }
    return false;
}

bool pbs_schema_changes(const pbs_ctx *ctx, const pb_json *schema, pbs_schema_drop drop, void *user)
{
    return changes(ctx, schema, false, drop, user);
}

static void write(const pbs_ctx *ctx, const pb_json *value, bool map, pbs_schema_drop drop,
                  void *user)
{
    const pb_json *child = NULL;
    pb_str key;
    int32_t type = ctx->api->json_type(value);
    if (type != PB_JSON_OBJECT && type != PB_JSON_ARRAY) {
        ctx->api->w_value(ctx->x, value);
        return;
    }
    bool keyword = type == PB_JSON_OBJECT && !map;
    ctx->api->w_open(ctx->x, type == PB_JSON_OBJECT);
    for (size_t i = 0; (child = ctx->api->json_at(value, i, &key)) != NULL; i++) {
        if (keyword && drop(user, key))
            continue;
        if (type == PB_JSON_OBJECT)
            ctx->api->w_key(ctx->x, key);
        if (keyword && is_value(key))
            ctx->api->w_value(ctx->x, child);
        else
            write(ctx, child, keyword && is_map(key), drop, user);
    }
    ctx->api->w_close(ctx->x);
}

void pbs_schema_write(const pbs_ctx *ctx, const pb_json *schema, pbs_schema_drop drop, void *user)
{
    if (changes(ctx, schema, false, drop, user))
        write(ctx, schema, false, drop, user);
    else
        ctx->api->w_value(ctx->x, schema);
}

/* A token of a JSON pointer, decoded into out. */
static pb_str decoded(pb_str token, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < token.len; i++) {
        bool escaped = token.ptr[i] == '~' && i + 1 < token.len &&
                       (token.ptr[i + 1] == '0' || token.ptr[i + 1] == '1');
        out[n++] = !escaped ? token.ptr[i] : token.ptr[i + 1] == '0' ? '~' : '/';
        i += escaped;
    }
    return (pb_str){out, n};
}

const pb_json *pbs_schema_ref(const pbs_ctx *ctx, const pb_json *root, pb_str ref)
{
    char name[256];
    if (ref.len == 0 || ref.ptr[0] != '#')
        return NULL;
    ref = pbs_skip(ref, 1);
    while (root != NULL && ref.len > 0) {
        if (ref.ptr[0] != '/')
            return NULL;
        ref = pbs_skip(ref, 1);
        const char *slash = ref.len > 0 ? memchr(ref.ptr, '/', ref.len) : NULL;
        size_t n = slash != NULL ? (size_t)(slash - ref.ptr) : ref.len;
        int64_t number = 0;
        if (n > sizeof name)
            return NULL;
        pb_str token = decoded((pb_str){ref.ptr, n}, name);
        bool list = ctx->api->json_type(root) == PB_JSON_ARRAY;
        if (list && (!pbs_int(token, &number) || number < 0))
            return NULL;
        root =
            list ? ctx->api->json_at(root, (size_t)number, NULL) : ctx->api->json_get(root, token);
        ref = pbs_skip(ref, n);
    }
    return root;
}
