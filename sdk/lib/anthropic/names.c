/* SPDX-License-Identifier: MIT */
/* Owns names and ids. The vendor takes letters, digits, _ and - only, and histories come from
 * anywhere; what has other characters is rewritten the same way wherever it occurs, with a hash so
 * that two different ones stay different. In ops. */
#include "lib/anthropic/dialect.h"

#include <stdio.h>

#define NAME_MAX_LEN 64u
#define ID_MAX_LEN   128u
#define HASH_LEN     9u /* "_" and eight digits */

static bool is_allowed(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static bool is_clean(pb_str s, size_t max)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_allowed(s.ptr[i]))
            return false;
    return s.len > 0 && s.len <= max;
}

/* FNV-1a */
static uint32_t hash(pb_str s)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
    return h;
}

/* s itself if it is clean, else a clean form in out. */
static pb_str cleaned(pb_str s, size_t max, char out[ID_MAX_LEN + 1])
{
    if (is_clean(s, max))
        return s;
    size_t n = s.len < max - HASH_LEN ? s.len : max - HASH_LEN;
    for (size_t i = 0; i < n; i++)
        out[i] = is_allowed(s.ptr[i]) ? s.ptr[i] : '_';
    snprintf(out + n, HASH_LEN + 1, "_%08x", hash(s));
    return (pb_str){out, n + HASH_LEN};
}

void pbs_anthropic_write_id(const pbs_ctx *ctx, pb_str id)
{
    char out[ID_MAX_LEN + 1];
    ctx->api->w_str(ctx->x, cleaned(id, ID_MAX_LEN, out));
}

void pbs_anthropic_write_name(const pbs_ctx *ctx, pb_str name)
{
    char out[ID_MAX_LEN + 1];
    ctx->api->w_str(ctx->x, cleaned(name, NAME_MAX_LEN, out));
}

pb_str pbs_anthropic_tool_name(const pbs_ctx *ctx, const pbs_anthropic *exchange, pb_str name,
                               bool *custom)
{
    const pb_json *tools = pbs_get(ctx, exchange->request->body, "tools");
    char out[ID_MAX_LEN + 1];
    *custom = false;
    for (size_t i = 0; i < ctx->api->json_len(tools); i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        bool is_custom = pbs_is(pbs_get_str(ctx, tool, "type"), "custom");
        const pb_json *inner = pbs_get(ctx, tool, is_custom ? "custom" : "function");
        pb_str given = pbs_get_str(ctx, inner, "name");
        if (given.len == 0 || !pbs_eq(cleaned(given, NAME_MAX_LEN, out), name))
            continue;
        *custom = is_custom;
        return given;
    }
    return name;
}
