/* SPDX-License-Identifier: MIT */
/* Owns what this vendor's names of functions need beyond others': a letter or _ in front. In
 * ops. */
#include "lib/gemini/internal.h"

#include "lib/names.h"

static bool needs_front(pb_str name)
{
    char c = name.len > 0 ? name.ptr[0] : '0';
    return (c >= '0' && c <= '9') || c == '-';
}

void pbs_gemini_write_name_value(const pbs_ctx *ctx, pb_str name)
{
    char out[PBS_NAME_MAX + 1], fronted[PBS_GEMINI_NAME_MAX + 1] = "_";
    pb_str clean = pbs_name_clean(name, PBS_GEMINI_NAME_MAX - 1, out);
    if (needs_front(clean)) {
        memcpy(fronted + 1, clean.ptr, clean.len);
        clean = (pb_str){fronted, clean.len + 1};
    }
    ctx->api->w_str(ctx->x, clean);
}

void pbs_gemini_write_name(const pbs_ctx *ctx, pb_str name)
{
    pbs_w_key(ctx, "name");
    pbs_gemini_write_name_value(ctx, name);
}

pb_str pbs_gemini_tool_name(const pbs_ctx *ctx, const pbs_gemini *g, pb_str name, bool *custom)
{
    const pb_json *tools = pbs_get(ctx, g->request->body, "tools");
    pb_str rest = pbs_skip(name, 1);
    bool fronted = name.len > 0 && name.ptr[0] == '_' && needs_front(rest);
    pb_str found = pbs_name_find(ctx, tools, PBS_GEMINI_NAME_MAX - 1, name, custom);
    if (!fronted || !pbs_eq(found, name))
        return found;
    found = pbs_name_find(ctx, tools, PBS_GEMINI_NAME_MAX - 1, rest, custom);
    return pbs_eq(found, rest) && !*custom ? rest : found;
}
