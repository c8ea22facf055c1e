/* SPDX-License-Identifier: Apache-2.0 */
/* Owns toolConfig: tools, the choice among them, and the tools that the client did not name: one
 * that stands for a JSON answer, one for a history whose tools are gone. In ops of the exchange. */
#include "converse.h"

#include "lib/tool_choice.h"
#include "lib/turns.h"

static const pb_json *choice_of(const pbs_ctx *ctx, const Exchange *exchange)
{
    return pbs_get(ctx, exchange->request->body, "tool_choice");
}

static pb_str type_of(const pbs_ctx *ctx, const pb_json *object)
{
    return pbs_get_str(ctx, object, "type");
}

static const pb_json *allowed_of(const pbs_ctx *ctx, const Exchange *exchange)
{
    return pbs_get(ctx, choice_of(ctx, exchange), "allowed_tools");
}

static bool is_none(const pbs_ctx *ctx, const Exchange *exchange)
{
    return pbs_tool_choice_is_none(ctx, choice_of(ctx, exchange));
}

/* A history with tool calls is refused when no tool is given. */
static bool has_tool_history(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (pbs_message_is_result(ctx, message) ||
            ctx->api->json_len(pbs_message_calls(ctx, message)) > 0)
            return true;
    }
    return false;
}

/* The client's tools that go. There is no choice "none": tools stay away, unless the history
 * needs them. */
static const pb_json *tools_of(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *tools = pbs_get(ctx, exchange->request->body, "tools");
    bool away = is_none(ctx, exchange) && !has_tool_history(ctx, exchange);
    return pbs_is_type(ctx, tools, PB_JSON_ARRAY) && !away ? tools : NULL;
}

static bool has_tools(const pbs_ctx *ctx, const Exchange *exchange)
{
    return ctx->api->json_len(tools_of(ctx, exchange)) > 0;
}

static bool is_supported(const Exchange *exchange)
{
    return (converse_of(exchange)->family->traits & FAMILY_NO_TOOLS) == 0;
}

/* ---- The choice ---- */

static const char *plain_choice(const pbs_ctx *ctx, const Exchange *exchange, pb_str *name)
{
    const pb_json *choice = choice_of(ctx, exchange), *allowed = allowed_of(ctx, exchange);
    pb_str word = ctx->api->json_str(choice);
    if (!has_tools(ctx, exchange) || is_none(ctx, exchange) ||
        pbs_is_type(ctx, choice, PB_JSON_NULL))
        return NULL;
    if (allowed != NULL)
        return pbs_is(pbs_get_str(ctx, allowed, "mode"), "required") ? "any" : "auto";
    if (pbs_is(word, "auto") || pbs_is(type_of(ctx, choice), "auto"))
        return "auto";
    *name = pbs_tool_name(ctx, choice);
    return name->len > 0 ? "tool" : "any";
}

const char *converse_choice(const pbs_ctx *ctx, const Exchange *exchange, pb_str *name)
{
    const Converse *converse = converse_of(exchange);
    bool forced = (converse->family->traits & FAMILY_AUTO_ONLY) == 0;
    const char *choice = plain_choice(ctx, exchange, name);
    if (converse->format == CONVERSE_TOOL) {
        if (!forced || converse_thinks(ctx, exchange))
            return "auto";
        if (choice != NULL && strcmp(choice, "tool") == 0)
            return choice;
        if (has_tools(ctx, exchange) && !is_none(ctx, exchange))
            return "any";
        *name = PBS_STR(CONVERSE_JSON_TOOL);
        return "tool";
    }
    return choice != NULL && !forced ? "auto" : choice;
}

bool converse_one_call(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *asked = pbs_get(ctx, exchange->request->body, "parallel_tool_calls");
    return has_tools(ctx, exchange) && is_supported(exchange) &&
           ctx->api->json_bool(asked, 1) == 0 &&
           (converse_of(exchange)->family->traits & FAMILY_CLAUDE) != 0;
}

static void write_choice(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_str name = {NULL, 0};
    char out[PBS_NAME_MAX + 1];
    const char *choice = converse_choice(ctx, exchange, &name);
    if (choice == NULL || converse_one_call(ctx, exchange)) /* then it stands with the other */
        return;
    pbs_w_object(ctx, "toolChoice");
    pbs_w_object(ctx, choice);
    if (strcmp(choice, "tool") == 0)
        pbs_w_str(ctx, "name", pbs_name_clean(name, CONVERSE_NAME_MAX, out));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* ---- One tool ---- */

static void write_name_and_description(const pbs_ctx *ctx, const pb_json *inner)
{
    char out[PBS_NAME_MAX + 1];
    pb_str description = pbs_get_str(ctx, inner, "description");
    pbs_w_str(ctx, "name", pbs_name_clean(pbs_get_str(ctx, inner, "name"), CONVERSE_NAME_MAX, out));
    if (!pbs_is_blank(description))
        pbs_w_str(ctx, "description", description);
}

static void write_function(const pbs_ctx *ctx, const pb_json *function)
{
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "toolSpec");
    write_name_and_description(ctx, function);
    pbs_w_object(ctx, "inputSchema");
    pbs_w_key(ctx, "json");
    converse_write_input_schema(ctx, pbs_get(ctx, function, "parameters"));
    pbs_w_end(ctx);
    if (ctx->api->json_bool(pbs_get(ctx, function, "strict"), 0) != 0)
        pbs_w_bool(ctx, "strict", true);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* A tool whose input is free text becomes a function with one text; a grammar can only be told. */
static void write_custom(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *custom)
{
    const pb_json *grammar = pbs_get(ctx, pbs_get(ctx, custom, "format"), "grammar");
    pb_str definition = pbs_get_str(ctx, grammar, "definition");
    bedrock_note(ctx, exchange, PB_NOTE_EMULATED, "tools",
                 definition.len > 0
                     ? "a custom tool becomes a function; its grammar is told, not enforced"
                     : "a custom tool becomes a function with one text");
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "toolSpec");
    write_name_and_description(ctx, custom);
    pbs_w_object(ctx, "inputSchema");
    pbs_w_object(ctx, "json");
    pbs_w_str(ctx, "type", PBS_STR("object"));
    pbs_w_object(ctx, "properties");
    pbs_w_object(ctx, "input");
    pbs_w_str(ctx, "type", PBS_STR("string"));
    if (definition.len > 0)
        pbs_w_str(ctx, "description", definition);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_array(ctx, "required");
    ctx->api->w_str(ctx->x, PBS_STR("input"));
    for (int i = 0; i < 5; i++)
        pbs_w_end(ctx);
}

/* Tools in the service's own form (toolSpec, systemTool) go as they stand. */
static void write_tool(const pbs_ctx *ctx, Exchange *exchange, const pb_json *tool)
{
    const pb_json *function = pbs_get(ctx, tool, "function");
    const pb_json *custom = pbs_get(ctx, tool, "custom");
    if (pbs_is_type(ctx, function, PB_JSON_OBJECT)) {
        write_function(ctx, function);
    } else if (pbs_is_type(ctx, custom, PB_JSON_OBJECT)) {
        write_custom(ctx, exchange, custom);
    } else if (type_of(ctx, tool).len == 0) {
        ctx->api->w_value(ctx->x, tool);
        return;
    } else {
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "tools",
                     "a tool of this type is another vendor's own");
        return;
    }
    converse_write_mark(ctx, exchange, tool);
}

/* ---- Those the client did not name ---- */

static void write_json_tool(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    const pb_json *named = pbs_get(ctx, format, "json_schema");
    const pb_json *schema = pbs_get(ctx, named, "schema");
    pb_str description = pbs_get_str(ctx, named, "description");
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "toolSpec");
    pbs_w_str(ctx, "name", PBS_STR(CONVERSE_JSON_TOOL));
    pbs_w_str(ctx, "description",
              description.len > 0 ? description
                                  : PBS_STR("Gives the answer. Its input is the whole answer."));
    pbs_w_object(ctx, "inputSchema");
    pbs_w_key(ctx, "json");
    if (pbs_is_type(ctx, schema, PB_JSON_OBJECT)) {
        converse_write_input_schema(ctx, schema);
    } else {
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "type", PBS_STR("object"));
        pbs_w_bool(ctx, "additionalProperties", true);
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static void write_stand_in(const pbs_ctx *ctx, const Exchange *exchange)
{
    bedrock_note(ctx, exchange, PB_NOTE_EMULATED, "tools",
                 "a tool that cannot be called is added, since the history holds tool calls");
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "toolSpec");
    pbs_w_str(ctx, "name", PBS_STR("no_tool"));
    pbs_w_str(ctx, "description", PBS_STR("Stands for tools that are no longer there."));
    pbs_w_object(ctx, "inputSchema");
    pbs_w_key(ctx, "json");
    converse_write_input_schema(ctx, NULL);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* ---- All ---- */

static void note_choice(const pbs_ctx *ctx, const Exchange *exchange)
{
    uint32_t traits = converse_of(exchange)->family->traits;
    const pb_json *asked = pbs_get(ctx, exchange->request->body, "parallel_tool_calls");
    pb_str name = {NULL, 0};
    const char *choice = plain_choice(ctx, exchange, &name);
    if (allowed_of(ctx, exchange) != NULL)
        bedrock_note(ctx, exchange, PB_NOTE_EMULATED, "tool_choice",
                     "only the allowed tools are given");
    if (choice != NULL && strcmp(choice, "auto") != 0 && (traits & FAMILY_AUTO_ONLY) != 0)
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "tool_choice",
                     "this model decides itself whether it calls a tool");
    if (is_none(ctx, exchange) && has_tools(ctx, exchange))
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "tool_choice",
                     "this vendor has no none, and the history holds tool calls");
    if (has_tools(ctx, exchange) && ctx->api->json_bool(asked, 1) == 0 &&
        !converse_one_call(ctx, exchange))
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "parallel_tool_calls",
                     "this model decides itself how many tools it calls");
}

void converse_write_tools(const pbs_ctx *ctx, Exchange *exchange)
{
    const pb_json *tools = tools_of(ctx, exchange);
    bool json = converse_of(exchange)->format == CONVERSE_TOOL;
    bool stand_in = !has_tools(ctx, exchange) && !json && has_tool_history(ctx, exchange);
    if (!is_supported(exchange)) {
        if (has_tools(ctx, exchange))
            bedrock_note(ctx, exchange, PB_NOTE_UNMET, "tools", "this model takes no tools");
        bedrock_note_no_choice(ctx, exchange);
        return;
    }
    if (!has_tools(ctx, exchange) && !json && !stand_in)
        return;
    note_choice(ctx, exchange);
    pbs_w_object(ctx, "toolConfig");
    pbs_w_array(ctx, "tools");
    for (size_t i = 0; i < ctx->api->json_len(tools); i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        if (pbs_tool_is_allowed(ctx, choice_of(ctx, exchange), tool))
            write_tool(ctx, exchange, tool);
    }
    if (json)
        write_json_tool(ctx, exchange);
    if (stand_in)
        write_stand_in(ctx, exchange);
    pbs_w_end(ctx);
    write_choice(ctx, exchange);
    pbs_w_end(ctx);
}
