/* SPDX-License-Identifier: Apache-2.0 */
/* Owns tools. The server takes functions as OpenAI does and leaves the choice to the model. In
 * ops. */
#include "ollama.h"

static bool is_none(const pbs_ctx *ctx, const pb_json *choice)
{
    return pbs_is(ctx->api->json_str(choice), "none");
}

static bool is_free(const pbs_ctx *ctx, const pb_json *choice)
{
    return pbs_is_type(ctx, choice, PB_JSON_NULL) || pbs_is(ctx->api->json_str(choice), "auto");
}

static bool is_function(const pbs_ctx *ctx, const pb_json *tool)
{
    return pbs_is_type(ctx, pbs_get(ctx, tool, "function"), PB_JSON_OBJECT);
}

/* As it stands; a mark for caching means nothing to the server and does no harm. A function
 * without parameters gets the object that the templates of models look into. */
static void write_tool(const pbs_ctx *ctx, const pb_json *tool)
{
    const pb_json *function = pbs_get(ctx, tool, "function"), *value = NULL;
    pb_str key;
    if (pbs_is_type(ctx, pbs_get(ctx, function, "parameters"), PB_JSON_OBJECT)) {
        ctx->api->w_value(ctx->x, tool);
        return;
    }
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("function"));
    pbs_w_object(ctx, "function");
    for (size_t i = 0; (value = ctx->api->json_at(function, i, &key)) != NULL; i++) {
        if (pbs_is(key, "parameters"))
            continue;
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
    pbs_w_object(ctx, "parameters");
    pbs_w_str(ctx, "type", PBS_STR("object"));
    pbs_w_object(ctx, "properties");
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

void ollama_write_tools(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *tools = pbs_get(ctx, exchange->request->body, "tools");
    const pb_json *choice = pbs_get(ctx, exchange->request->body, "tool_choice");
    if (ctx->api->json_len(tools) == 0 || is_none(ctx, choice))
        return;
    if (!is_free(ctx, choice))
        ollama_note(ctx, exchange, PB_NOTE_UNMET, "tool_choice",
                    "this vendor lets the model choose; give only the tools that it may call");
    pbs_w_array(ctx, "tools");
    for (size_t i = 0; i < ctx->api->json_len(tools); i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        if (is_function(ctx, tool))
            write_tool(ctx, tool);
        else
            ollama_note(ctx, exchange, PB_NOTE_UNMET, "tools",
                        "this vendor takes tools of type function");
    }
    pbs_w_end(ctx);
}
