/* SPDX-License-Identifier: MIT */
/* Owns the rewriting of names and the way back. It keeps no table: the way back goes over the
 * request's tools, which live as long as the exchange. */
#include "lib/names.h"

#include "lib/json.h"

#include <stdio.h>

#define HASH_LEN 9u /* "_" and eight digits */

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

pb_str pbs_name_clean(pb_str name, size_t max, char out[PBS_NAME_MAX + 1])
{
    if (is_clean(name, max))
        return name;
    size_t n = name.len < max - HASH_LEN ? name.len : max - HASH_LEN;
    for (size_t i = 0; i < n; i++)
        out[i] = is_allowed(name.ptr[i]) ? name.ptr[i] : '_';
    snprintf(out + n, HASH_LEN + 1, "_%08x", hash(name));
    return (pb_str){out, n + HASH_LEN};
}

pb_str pbs_name_find(const pbs_ctx *ctx, const pb_json *tools, size_t max, pb_str name,
                     bool *custom)
{
    char out[PBS_NAME_MAX + 1];
    *custom = false;
    for (size_t i = 0; i < ctx->api->json_len(tools); i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        bool is_custom = pbs_is(pbs_get_str(ctx, tool, "type"), "custom");
        const pb_json *inner = pbs_get(ctx, tool, is_custom ? "custom" : "function");
        pb_str given = pbs_get_str(ctx, inner, "name");
        if (given.len == 0 || !pbs_eq(pbs_name_clean(given, max, out), name))
            continue;
        *custom = is_custom;
        return given;
    }
    return name;
}
