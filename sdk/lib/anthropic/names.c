/* SPDX-License-Identifier: MIT */
/* Owns how long the vendor's names and ids may be. What has other characters than letters, digits,
 * _ and - is rewritten by lib/names, the same way wherever it occurs. In ops. */
#include "lib/anthropic/dialect.h"

#include "lib/names.h"

#define TOOL_MAX 64u
#define ID_MAX   PBS_NAME_MAX

void pbs_anthropic_write_id(const pbs_ctx *ctx, pb_str id)
{
    char out[PBS_NAME_MAX + 1];
    ctx->api->w_str(ctx->x, pbs_name_clean(id, ID_MAX, out));
}

void pbs_anthropic_write_name(const pbs_ctx *ctx, pb_str name)
{
    char out[PBS_NAME_MAX + 1];
    ctx->api->w_str(ctx->x, pbs_name_clean(name, TOOL_MAX, out));
}

pb_str pbs_anthropic_tool_name(const pbs_ctx *ctx, const pbs_anthropic *exchange, pb_str name,
                               bool *custom)
{
    const pb_json *tools = pbs_get(ctx, exchange->request->body, "tools");
    return pbs_name_find(ctx, tools, TOOL_MAX, name, custom);
}
