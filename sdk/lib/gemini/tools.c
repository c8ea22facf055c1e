/* SPDX-License-Identifier: MIT */
/* Owns tools and the choice among them: all functions in one element, the vendor's own tools as
 * they stand, web search by the vendor's search, tools of type custom as functions with one
 * text. In ops. */
#include "lib/gemini/internal.h"

#include "lib/schema.h"
#include "lib/tool_choice.h"

static const pb_json *tools_of(const pbs_ctx *ctx, const pbs_gemini *g)
{
    return pbs_get(ctx, g->request->body, "tools");
}

static const pb_json *choice_of(const pbs_ctx *ctx, const pbs_gemini *g)
{
    return pbs_get(ctx, g->request->body, "tool_choice");
}

static bool is_custom(const pbs_ctx *ctx, const pb_json *tool)
{
    return pbs_is_type(ctx, pbs_get(ctx, tool, "custom"), PB_JSON_OBJECT);
}

static bool is_function(const pbs_ctx *ctx, const pb_json *tool)
{
    return is_custom(ctx, tool) || pbs_is_type(ctx, pbs_get(ctx, tool, "function"), PB_JSON_OBJECT);
}

static const pb_json *allowed_of(const pbs_ctx *ctx, const pbs_gemini *g)
{
    return pbs_get(ctx, choice_of(ctx, g), "allowed_tools");
}

/* Where the model may also answer in text, allowing some is done by declaring only those. */
static bool is_declared(const pbs_ctx *ctx, const pbs_gemini *g, const pb_json *tool)
{
    if (!is_function(ctx, tool))
        return false;
    return pbs_is(pbs_get_str(ctx, allowed_of(ctx, g), "mode"), "required") ||
           pbs_tool_is_allowed(ctx, choice_of(ctx, g), tool);
}

static size_t count_functions(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *tools = tools_of(ctx, g);
    size_t n = 0;
    for (size_t i = 0; i < ctx->api->json_len(tools); i++)
        n += is_declared(ctx, g, ctx->api->json_at(tools, i, NULL));
    return n;
}

/* ---- One function ---- */

static bool drops(void *user, pb_str keyword)
{
    (void)user;
    return pbs_is(keyword, "$schema") || pbs_is(keyword, "$id");
}

/* A schema in the subset goes as `parameters`, which every model takes; another as JSON Schema,
 * which current ones take, or cleaned. */
static void write_parameters(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *parameters)
{
    bool empty = ctx->api->json_len(pbs_get(ctx, parameters, "properties")) == 0 &&
                 !pbs_has(ctx, parameters, "$ref") && !pbs_has(ctx, parameters, "allOf") &&
                 !pbs_has(ctx, parameters, "anyOf") && !pbs_has(ctx, parameters, "oneOf");
    if (empty)
        return; /* some models refuse an object without properties */
    if (pbs_gemini_schema_is_plain(ctx, parameters)) {
        pbs_w_value(ctx, "parameters", parameters);
    } else if (pbs_gemini_takes_json_schema(g)) {
        pbs_w_key(ctx, "parametersJsonSchema");
        pbs_schema_write(ctx, parameters, drops, NULL);
    } else {
        pbs_w_key(ctx, "parameters");
        if (!pbs_gemini_write_schema(ctx, parameters))
            pbs_gemini_note_once(ctx, g, &g->told_schema, PB_NOTE_EMULATED, "tools",
                                 "this model takes part of JSON Schema; the rest was left out");
    }
}

static void write_function(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *tool)
{
    const pb_json *function = pbs_get(ctx, tool, "function");
    pb_str description = pbs_get_str(ctx, function, "description");
    pbs_w_object(ctx, NULL);
    pbs_gemini_write_name(ctx, pbs_get_str(ctx, function, "name"));
    if (description.len > 0)
        pbs_w_str(ctx, "description", description);
    write_parameters(ctx, g, pbs_get(ctx, function, "parameters"));
    pbs_w_end(ctx);
    if (ctx->api->json_bool(pbs_get(ctx, function, "strict"), 0) != 0)
        pbs_gemini_note_once(ctx, g, &g->told_strict, PB_NOTE_DROPPED, "strict",
                             "this vendor does not hold calls to the schema strictly");
    if (pbs_has(ctx, tool, "cache_control") || pbs_has(ctx, function, "cache_control"))
        pbs_gemini_note_once(ctx, g, &g->told_cache, PB_NOTE_DROPPED, "cache_control",
                             "this vendor caches by itself, or what cachedContent names");
}

/* A tool whose input is free text; a grammar can only be told. */
static void write_custom(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *tool)
{
    const pb_json *custom = pbs_get(ctx, tool, "custom");
    const pb_json *grammar = pbs_get(ctx, pbs_get(ctx, custom, "format"), "grammar");
    pb_str definition = pbs_get_str(ctx, grammar, "definition");
    pb_str description = pbs_get_str(ctx, custom, "description");
    pbs_gemini_note_once(ctx, g, &g->told_custom, PB_NOTE_EMULATED, "tools",
                         "a custom tool becomes a function with one text; a grammar is told, not "
                         "enforced");
    pbs_w_object(ctx, NULL);
    pbs_gemini_write_name(ctx, pbs_get_str(ctx, custom, "name"));
    if (description.len > 0)
        pbs_w_str(ctx, "description", description);
    pbs_w_object(ctx, "parameters");
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
    pbs_w_end(ctx);
}

/* ---- All of them ---- */

static void write_functions(const pbs_ctx *ctx, pbs_gemini *g)
{
    const pb_json *tools = tools_of(ctx, g);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "functionDeclarations");
    for (size_t i = 0; i < ctx->api->json_len(tools); i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        if (!is_declared(ctx, g, tool))
            continue;
        if (is_custom(ctx, tool))
            write_custom(ctx, g, tool);
        else
            write_function(ctx, g, tool);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static void write_search(const pbs_ctx *ctx, const pbs_gemini *g)
{
    pbs_gemini_note(ctx, g, PB_NOTE_EMULATED, "web_search_options",
                    "made by this vendor's Google search, which takes neither a size nor a place");
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "googleSearch");
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

void pbs_gemini_write_tools(const pbs_ctx *ctx, pbs_gemini *g)
{
    const pb_json *tools = tools_of(ctx, g);
    size_t functions = count_functions(ctx, g), own = 0;
    bool search =
        pbs_is_type(ctx, pbs_get(ctx, g->request->body, "web_search_options"), PB_JSON_OBJECT);
    for (size_t i = 0; i < ctx->api->json_len(tools); i++)
        own += !is_function(ctx, ctx->api->json_at(tools, i, NULL));
    if (allowed_of(ctx, g) != NULL &&
        !pbs_is(pbs_get_str(ctx, allowed_of(ctx, g), "mode"), "required"))
        pbs_gemini_note(ctx, g, PB_NOTE_EMULATED, "tool_choice",
                        "only the allowed tools are offered to the model");
    if (functions == 0 && own == 0 && !search)
        return;
    pbs_w_array(ctx, "tools");
    if (functions > 0)
        write_functions(ctx, g);
    for (size_t i = 0; own > 0 && i < ctx->api->json_len(tools); i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        if (!is_function(ctx, tool)) /* {"codeExecution":{}} ... */
            ctx->api->w_value(ctx->x, tool);
    }
    if (search)
        write_search(ctx, g);
    pbs_w_end(ctx);
}

/* ---- The choice ---- */

static bool is_word(const pbs_ctx *ctx, const pb_json *choice, const char *word)
{
    return pbs_is(ctx->api->json_str(choice), word) ||
           pbs_is(pbs_get_str(ctx, choice, "type"), word);
}

static void write_names(const pbs_ctx *ctx, const pb_json *choice, const pb_json *allowed)
{
    const pb_json *list = pbs_get(ctx, allowed, "tools");
    pbs_w_array(ctx, "allowedFunctionNames");
    if (list == NULL)
        pbs_gemini_write_name_value(ctx, pbs_tool_name(ctx, choice));
    for (size_t i = 0; i < ctx->api->json_len(list); i++)
        pbs_gemini_write_name_value(ctx, pbs_tool_name(ctx, ctx->api->json_at(list, i, NULL)));
    pbs_w_end(ctx);
}

void pbs_gemini_write_tool_config(const pbs_ctx *ctx, const pbs_gemini *g)
{
    const pb_json *choice = choice_of(ctx, g), *allowed = allowed_of(ctx, g);
    const pb_json *own = pbs_gemini_own(ctx, g->request->body, "toolConfig");
    bool named = allowed == NULL && pbs_tool_name(ctx, choice).len > 0;
    bool some = allowed != NULL && pbs_is(pbs_get_str(ctx, allowed, "mode"), "required");
    const char *mode = is_word(ctx, choice, "none")                        ? "NONE"
                       : named || some || is_word(ctx, choice, "required") ? "ANY"
                                                                           : "AUTO";
    if (own != NULL) {
        pbs_w_value(ctx, "toolConfig", own);
        return;
    }
    if (ctx->api->json_type(choice) == PB_JSON_NULL)
        return;
    if (count_functions(ctx, g) == 0) {
        if (strcmp(mode, "ANY") == 0)
            pbs_gemini_note(ctx, g, PB_NOTE_UNMET, "tool_choice",
                            "the request holds no function that could be called");
        return;
    }
    pbs_w_object(ctx, "toolConfig");
    pbs_w_object(ctx, "functionCallingConfig");
    pbs_w_str(ctx, "mode", pbs_str(mode));
    if (named || some)
        write_names(ctx, choice, allowed);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}
