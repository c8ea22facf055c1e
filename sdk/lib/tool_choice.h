/* SPDX-License-Identifier: MIT */
/* The canonical tool_choice, read: the name in a tool or in a choice of one, whether no tool may
 * be called, and which tools allowed_tools leaves. Pure; in an op of the exchange. */
#ifndef PATCHBAY_LIB_TOOL_CHOICE_H
#define PATCHBAY_LIB_TOOL_CHOICE_H

#include "lib/json.h"

/* "" when there is none. */
static inline pb_str pbs_tool_name(const pbs_ctx *ctx, const pb_json *tool)
{
    const char *inner = pbs_is(pbs_get_str(ctx, tool, "type"), "custom") ? "custom" : "function";
    pb_str name = pbs_get_str(ctx, pbs_get(ctx, tool, inner), "name");
    return name.len > 0 ? name : pbs_get_str(ctx, tool, "name");
}

/* choice: the value of tool_choice, or NULL. */
static inline bool pbs_tool_choice_is_none(const pbs_ctx *ctx, const pb_json *choice)
{
    return pbs_is(ctx->api->json_str(choice), "none") ||
           pbs_is(pbs_get_str(ctx, choice, "type"), "none");
}

/* allowed_tools is made by giving only those; without it every tool is allowed. */
static inline bool pbs_tool_is_allowed(const pbs_ctx *ctx, const pb_json *choice,
                                       const pb_json *tool)
{
    const pb_json *list = pbs_get(ctx, pbs_get(ctx, choice, "allowed_tools"), "tools");
    if (list == NULL)
        return true;
    for (size_t i = 0; i < ctx->api->json_len(list); i++)
        if (pbs_eq(pbs_tool_name(ctx, ctx->api->json_at(list, i, NULL)), pbs_tool_name(ctx, tool)))
            return true;
    return false;
}

#endif
