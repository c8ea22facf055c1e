/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the calling of tools: whether the script or the request wants it, which tools, and with
 * which arguments. A call that was answered is not made again, so that the loop of an agent
 * ends. In begin(). */
#include "mock.h"

#include <stdio.h>

static pb_str tool_name(const pbs_ctx *ctx, const pb_json *tool)
{
    bool custom = pbs_is(pbs_get_str(ctx, tool, "type"), "custom");
    return pbs_get_str(ctx, pbs_get(ctx, tool, custom ? "custom" : "function"), "name");
}

static const pb_json *tools_of(const pbs_ctx *ctx, const MockExchange *exchange)
{
    return pbs_get(ctx, exchange->request->body, "tools");
}

static const pb_json *find_tool(const pbs_ctx *ctx, const MockExchange *exchange, pb_str name)
{
    const pb_json *tools = tools_of(ctx, exchange);
    for (size_t i = 0; name.len > 0 && i < ctx->api->json_len(tools); i++)
        if (pbs_eq(tool_name(ctx, ctx->api->json_at(tools, i, NULL)), name))
            return ctx->api->json_at(tools, i, NULL);
    return NULL;
}

/* The name that tool_choice insists on; *forced also for "required". */
static pb_str forced_name(const pbs_ctx *ctx, const MockExchange *exchange, bool *forced)
{
    const pb_json *choice = pbs_get(ctx, exchange->request->body, "tool_choice");
    const pb_json *allowed = pbs_get(ctx, choice, "allowed_tools");
    pb_str mode = allowed != NULL ? pbs_get_str(ctx, allowed, "mode") : ctx->api->json_str(choice);
    pb_str name = tool_name(ctx, choice);
    if (allowed != NULL)
        name = tool_name(ctx, ctx->api->json_at(pbs_get(ctx, allowed, "tools"), 0, NULL));
    *forced = pbs_is(mode, "required") || (allowed == NULL && name.len > 0);
    return name;
}

bool mock_tools_wanted(const pbs_ctx *ctx, const MockExchange *exchange)
{
    const MockScript *script = &exchange->script;
    const pb_json *choice = pbs_get(ctx, exchange->request->body, "tool_choice");
    bool forced = false;
    forced_name(ctx, exchange, &forced);
    if (pbs_is(ctx->api->json_str(choice), "none") || mock_input_is_result(ctx, exchange))
        return false;
    if (script->tool_calls != NULL || script->tool.len > 0)
        return script->calls > 0 || script->tool.len > 0;
    return (forced || script->calls > 0) && ctx->api->json_len(tools_of(ctx, exchange)) > 0;
}

/* ---- One call ---- */

static pb_str arguments_of(const pbs_ctx *ctx, MockExchange *exchange, const pb_json *tool,
                           const pb_json *entry)
{
    const pb_json *given = pbs_get(ctx, entry, "arguments");
    if (pbs_is_type(ctx, given, PB_JSON_STRING))
        return ctx->api->json_str(given);
    if (given != NULL)
        return ctx->api->json_text(given);
    if (exchange->script.arguments.len > 0)
        return exchange->script.arguments;
    const pb_json *schema = pbs_get(ctx, pbs_get(ctx, tool, "function"), "parameters");
    if (schema == NULL)
        return PBS_STR("{}");
    ctx->api->w_begin(ctx->x);
    mock_sample_write(ctx, schema, PBS_STR("text"));
    return mock_keep(ctx, exchange, ctx->api->w_end(ctx->x));
}

/* The same for the same place in the answer. */
static pb_str call_id(const pbs_ctx *ctx, MockExchange *exchange, uint32_t choice, uint32_t index)
{
    char id[40];
    snprintf(id, sizeof id, "call_mock_%04u%04u", choice % 10000, index % 10000);
    return mock_keep(ctx, exchange, pbs_str(id));
}

static bool add_call(const pbs_ctx *ctx, MockExchange *exchange, uint32_t choice, uint32_t index,
                     pb_str name, const pb_json *entry)
{
    const pb_json *tool = find_tool(ctx, exchange, name);
    bool custom = pbs_is(pbs_get_str(ctx, tool, "type"), "custom");
    MockSegment call = {.kind = custom ? PB_EV_CUSTOM_CALL : PB_EV_TOOL_CALL,
                        .choice = choice,
                        .index = index,
                        .id = call_id(ctx, exchange, choice, index),
                        .name = name.len > 0 ? name : PBS_STR("tool")};
    call.text = custom && exchange->script.arguments.len == 0
                    ? PBS_STR("text")
                    : arguments_of(ctx, exchange, tool, entry);
    exchange->tokens_out += mock_token_count(call.text) + 1;
    return mock_add(ctx, exchange, &call);
}

bool mock_tools_add(const pbs_ctx *ctx, MockExchange *exchange, uint32_t choice)
{
    const MockScript *script = &exchange->script;
    const pb_json *tools = tools_of(ctx, exchange);
    size_t n_tools = ctx->api->json_len(tools);
    const pb_json *parallel = pbs_get(ctx, exchange->request->body, "parallel_tool_calls");
    bool forced = false;
    pb_str wanted = forced_name(ctx, exchange, &forced);
    int64_t calls = script->calls > 0 ? script->calls : 1;
    if (ctx->api->json_bool(parallel, 1) == 0)
        calls = 1;
    for (uint32_t i = 0; i < (uint32_t)calls; i++) {
        const pb_json *entry = ctx->api->json_at(script->tool_calls, i, NULL);
        pb_str name = pbs_get_str(ctx, entry, "name");
        if (name.len == 0)
            name = wanted.len > 0 ? wanted : script->tool;
        if (name.len == 0 && n_tools > 0)
            name = tool_name(ctx, ctx->api->json_at(tools, i % n_tools, NULL));
        if (!add_call(ctx, exchange, choice, i, name, entry))
            return false;
    }
    return true;
}
