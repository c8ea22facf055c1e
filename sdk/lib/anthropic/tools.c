/* SPDX-License-Identifier: MIT */
/* Owns tools and the choice among them: the client's, those that stand for something the vendor
 * has no word for (a JSON answer, a tool of type custom), the vendor's own web search. In ops. */
#include "lib/anthropic/dialect.h"

#include "lib/schema.h"
#include "lib/tool_choice.h"

static const pb_json *choice_of(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    return pbs_get(ctx, exchange->request->body, "tool_choice");
}

static const pb_json *tools_of(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    return pbs_get(ctx, exchange->request->body, "tools");
}

static pb_str type_of(const pbs_ctx *ctx, const pb_json *object)
{
    return pbs_get_str(ctx, object, "type");
}

static const pb_json *allowed_of(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    return pbs_get(ctx, choice_of(ctx, exchange), "allowed_tools");
}

static bool is_auto(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *choice = choice_of(ctx, exchange);
    const pb_json *allowed = allowed_of(ctx, exchange);
    if (allowed != NULL)
        return !pbs_is(pbs_get_str(ctx, allowed, "mode"), "required");
    return pbs_is_type(ctx, choice, PB_JSON_NULL) || pbs_is(ctx->api->json_str(choice), "auto") ||
           pbs_is(type_of(ctx, choice), "auto");
}

bool pbs_anthropic_forces_tool(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    return ctx->api->json_len(tools_of(ctx, exchange)) > 0 && !is_auto(ctx, exchange) &&
           !pbs_tool_choice_is_none(ctx, choice_of(ctx, exchange));
}

/* ---- One tool ---- */

static bool drops(void *user, pb_str keyword)
{
    (void)user;
    return pbs_is(keyword, "$schema") || pbs_is(keyword, "$id");
}

/* The vendor wants an object at the top, said so. */
static void write_parameters(const pbs_ctx *ctx, const pb_json *parameters, bool strict)
{
    const pb_json *value = NULL;
    pb_str key;
    bool typed = type_of(ctx, parameters).len > 0;
    if (typed && strict) {
        pbs_anthropic_write_schema(ctx, parameters);
        return;
    }
    if (typed) {
        pbs_schema_write(ctx, parameters, drops, NULL);
        return;
    }
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("object"));
    for (size_t i = 0; (value = ctx->api->json_at(parameters, i, &key)) != NULL; i++) {
        if (pbs_is(key, "type") || drops(NULL, key))
            continue;
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
    if (!pbs_has(ctx, parameters, "properties")) {
        pbs_w_object(ctx, "properties");
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
}

static void write_name_and_description(const pbs_ctx *ctx, const pb_json *inner)
{
    pb_str description = pbs_get_str(ctx, inner, "description");
    pbs_w_key(ctx, "name");
    pbs_anthropic_write_name(ctx, pbs_get_str(ctx, inner, "name"));
    if (description.len > 0)
        pbs_w_str(ctx, "description", description);
}

static void write_function(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *tool)
{
    const pb_json *function = pbs_get(ctx, tool, "function");
    bool strict = ctx->api->json_bool(pbs_get(ctx, function, "strict"), 0) != 0;
    if (strict && (exchange->model->traits & MODEL_SCHEMA) == 0) {
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "strict",
                           "this model does not hold itself to a tool's schema strictly");
        strict = false;
    }
    pbs_w_object(ctx, NULL);
    write_name_and_description(ctx, function);
    pbs_w_key(ctx, "input_schema");
    write_parameters(ctx, pbs_get(ctx, function, "parameters"), strict);
    if (strict)
        pbs_w_bool(ctx, "strict", true);
    pbs_anthropic_write_cache_control(ctx, exchange, tool, function);
    pbs_w_end(ctx);
}

/* A tool whose input is free text becomes a function with one text; a grammar can only be told. */
static void write_custom(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *tool)
{
    const pb_json *custom = pbs_get(ctx, tool, "custom");
    const pb_json *grammar = pbs_get(ctx, pbs_get(ctx, custom, "format"), "grammar");
    pb_str definition = pbs_get_str(ctx, grammar, "definition");
    pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "tools",
                       definition.len > 0
                           ? "a custom tool becomes a function; its grammar is told, not enforced"
                           : "a custom tool becomes a function with one text");
    pbs_w_object(ctx, NULL);
    write_name_and_description(ctx, custom);
    pbs_w_object(ctx, "input_schema");
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
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_anthropic_write_cache_control(ctx, exchange, tool, custom);
    pbs_w_end(ctx);
}

/* The vendor's own tools, and tools in the vendor's own form, go as they stand. */
static void write_tool(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *tool)
{
    if (pbs_is_type(ctx, pbs_get(ctx, tool, "function"), PB_JSON_OBJECT))
        write_function(ctx, exchange, tool);
    else if (pbs_is_type(ctx, pbs_get(ctx, tool, "custom"), PB_JSON_OBJECT))
        write_custom(ctx, exchange, tool);
    else
        ctx->api->w_value(ctx->x, tool);
}

/* ---- Those the client did not name ---- */

static void write_json_tool(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    const pb_json *named = pbs_get(ctx, format, "json_schema");
    const pb_json *schema = pbs_get(ctx, named, "schema");
    pb_str description = pbs_get_str(ctx, named, "description");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "name", PBS_STR(JSON_TOOL));
    pbs_w_str(ctx, "description",
              description.len > 0 ? description
                                  : PBS_STR("Gives the answer. Its input is the whole answer."));
    pbs_w_key(ctx, "input_schema");
    if (pbs_is_type(ctx, schema, PB_JSON_OBJECT)) {
        write_parameters(ctx, schema, false);
    } else {
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "type", PBS_STR("object"));
        pbs_w_bool(ctx, "additionalProperties", true);
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
}

static void write_user_location(const pbs_ctx *ctx, const pb_json *location)
{
    static const char *const members[] = {"city", "region", "country", "timezone"};
    const pb_json *given = pbs_get(ctx, location, "approximate");
    if (given == NULL)
        given = location;
    pbs_w_object(ctx, "user_location");
    pbs_w_str(ctx, "type", PBS_STR("approximate"));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (pbs_has(ctx, given, members[i]))
            pbs_w_value(ctx, members[i], pbs_get(ctx, given, members[i]));
    pbs_w_end(ctx);
}

/* How much to search, as how often. */
static void write_web_search(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *options = pbs_get(ctx, exchange->request->body, "web_search_options");
    pb_str size = pbs_get_str(ctx, options, "search_context_size");
    const pb_json *location = pbs_get(ctx, options, "user_location");
    pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "web_search_options",
                       "made by this vendor's own search tool");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("web_search_20250305"));
    pbs_w_str(ctx, "name", PBS_STR("web_search"));
    if (pbs_is(size, "low"))
        pbs_w_int(ctx, "max_uses", 1);
    else if (pbs_is(size, "medium"))
        pbs_w_int(ctx, "max_uses", 5);
    else if (pbs_is(size, "high"))
        pbs_w_int(ctx, "max_uses", 10);
    if (pbs_is_type(ctx, location, PB_JSON_OBJECT))
        write_user_location(ctx, location);
    pbs_w_end(ctx);
}

/* The vendor refuses a history with tool calls when no tool is given. */
static bool has_tool_history(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (pbs_is(pbs_get_str(ctx, message, "role"), "tool") ||
            ctx->api->json_len(pbs_get(ctx, message, "tool_calls")) > 0)
            return true;
    }
    return false;
}

static void write_stand_in(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "tools",
                       "a tool that cannot be called is added, since the history holds tool calls");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "name", PBS_STR("no_tool"));
    pbs_w_str(ctx, "description", PBS_STR("Stands for tools that are no longer there."));
    pbs_w_object(ctx, "input_schema");
    pbs_w_str(ctx, "type", PBS_STR("object"));
    pbs_w_object(ctx, "properties");
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static bool searches(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    return !pbs_anthropic_is_without(exchange, PBS_STR("web_search_options")) &&
           pbs_is_type(ctx, pbs_get(ctx, exchange->request->body, "web_search_options"),
                       PB_JSON_OBJECT);
}

static bool stands_in(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    return ctx->api->json_len(tools_of(ctx, exchange)) == 0 && exchange->format != FORMAT_TOOL &&
           !searches(ctx, exchange) && has_tool_history(ctx, exchange);
}

static bool any_tools(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    return ctx->api->json_len(tools_of(ctx, exchange)) > 0 || exchange->format == FORMAT_TOOL ||
           searches(ctx, exchange) || has_tool_history(ctx, exchange);
}

void pbs_anthropic_write_tools(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    const pb_json *tools = tools_of(ctx, exchange);
    if (!any_tools(ctx, exchange))
        return;
    if (allowed_of(ctx, exchange) != NULL)
        pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "tool_choice",
                           "only the allowed tools are given");
    pbs_w_array(ctx, "tools");
    for (size_t i = 0; i < ctx->api->json_len(tools); i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        if (pbs_tool_is_allowed(ctx, choice_of(ctx, exchange), tool))
            write_tool(ctx, exchange, tool);
    }
    if (exchange->format == FORMAT_TOOL)
        write_json_tool(ctx, exchange);
    if (searches(ctx, exchange))
        write_web_search(ctx, exchange);
    if (stands_in(ctx, exchange))
        write_stand_in(ctx, exchange);
    pbs_w_end(ctx);
}

/* ---- The choice ---- */

/* The vendor's type of choice, and for "tool" the name. */
static const char *choice_type(const pbs_ctx *ctx, const pbs_anthropic *exchange, pb_str *name)
{
    const pb_json *choice = choice_of(ctx, exchange);
    bool tools =
        ctx->api->json_len(tools_of(ctx, exchange)) > 0 && !pbs_tool_choice_is_none(ctx, choice);
    bool json = exchange->format == FORMAT_TOOL;
    if (stands_in(ctx, exchange))
        return "none";
    if (json && pbs_anthropic_thinks(ctx, exchange))
        return "auto";
    *name = PBS_STR(JSON_TOOL);
    if (json && !tools)
        return "tool";
    if (pbs_tool_choice_is_none(ctx, choice))
        return "none";
    *name = pbs_tool_name(ctx, choice);
    if (name->len > 0)
        return "tool";
    return json || !is_auto(ctx, exchange) ? "any" : "auto";
}

void pbs_anthropic_write_tool_choice(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *body = exchange->request->body;
    bool one = ctx->api->json_bool(pbs_get(ctx, body, "parallel_tool_calls"), 1) == 0;
    bool asked = pbs_has(ctx, body, "tool_choice") || exchange->format == FORMAT_TOOL || one ||
                 stands_in(ctx, exchange);
    pb_str name = {NULL, 0};
    if (!asked || !any_tools(ctx, exchange))
        return;
    const char *type = choice_type(ctx, exchange, &name);
    pbs_w_object(ctx, "tool_choice");
    pbs_w_str(ctx, "type", pbs_str(type));
    if (strcmp(type, "tool") == 0) {
        pbs_w_key(ctx, "name");
        pbs_anthropic_write_name(ctx, name);
    }
    if (one && strcmp(type, "none") != 0)
        pbs_w_bool(ctx, "disable_parallel_tool_use", true);
    pbs_w_end(ctx);
}
