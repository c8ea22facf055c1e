/* SPDX-License-Identifier: Apache-2.0 */
/* Owns tools and the choice among them. The vendor takes functions and knows REQUIRED and NONE; a
 * choice of one tool, or of some, is made by giving only those. In ops. */
#include "cohere.h"

#include "lib/tool_choice.h"

static pb_str name_of(const pbs_ctx *ctx, const pb_json *tool)
{
    return pbs_get_str(ctx, pbs_get(ctx, tool, "function"), "name");
}

static const pb_json *choice_of(const pbs_ctx *ctx, const Exchange *exchange)
{
    return pbs_get(ctx, exchange->request->body, "tool_choice");
}

/* Is a tool left by the choice? */
static bool is_chosen(const pbs_ctx *ctx, const pb_json *choice, const pb_json *tool)
{
    pb_str named = name_of(ctx, choice);
    return named.len > 0 ? pbs_eq(named, name_of(ctx, tool))
                         : pbs_tool_is_allowed(ctx, choice, tool);
}

static bool is_strict(const pbs_ctx *ctx, const pb_json *tool)
{
    return ctx->api->json_bool(pbs_get(ctx, pbs_get(ctx, tool, "function"), "strict"), 0) != 0;
}

/* The vendor wants the parameters of a function, be there any or none. */
static void write_tool(const pbs_ctx *ctx, const pb_json *tool)
{
    const pb_json *function = pbs_get(ctx, tool, "function");
    const pb_json *parameters = pbs_get(ctx, function, "parameters");
    pb_str description = pbs_get_str(ctx, function, "description");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("function"));
    pbs_w_object(ctx, "function");
    pbs_w_str(ctx, "name", pbs_get_str(ctx, function, "name"));
    if (description.len > 0)
        pbs_w_str(ctx, "description", description);
    if (pbs_is_type(ctx, parameters, PB_JSON_OBJECT)) {
        pbs_w_value(ctx, "parameters", parameters);
    } else {
        pbs_w_object(ctx, "parameters");
        pbs_w_str(ctx, "type", PBS_STR("object"));
        pbs_w_object(ctx, "properties");
        pbs_w_end(ctx);
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* Strictness is the vendor's for all tools of a request. */
static void write_strict(const pbs_ctx *ctx, const Exchange *exchange, size_t strict, size_t all)
{
    const pb_json *own = pbs_get(ctx, exchange->request->body, "strict_tools");
    if (pbs_is_type(ctx, own, PB_JSON_BOOL)) {
        pbs_w_value(ctx, "strict_tools", own);
        return;
    }
    if (strict == 0)
        return;
    if (strict < all)
        cohere_note(ctx, PB_NOTE_EMULATED, "strict",
                    "this vendor holds itself to the schemas of all tools or of none");
    pbs_w_bool(ctx, "strict_tools", true);
}

static void write_choice(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *choice = choice_of(ctx, exchange);
    const pb_json *allowed = pbs_get(ctx, choice, "allowed_tools");
    pb_str word = ctx->api->json_str(choice);
    bool named = name_of(ctx, choice).len > 0;
    if (named || allowed != NULL)
        cohere_note(
            ctx, PB_NOTE_EMULATED, "tool_choice",
            "this vendor's choice has no names: only the tools that may be called are given");
    else if (pbs_is_type(ctx, choice, PB_JSON_OBJECT))
        cohere_note(ctx, PB_NOTE_UNMET, "tool_choice", "this vendor calls functions only");
    if (named || pbs_is(word, "required") || pbs_is(pbs_get_str(ctx, allowed, "mode"), "required"))
        pbs_w_str(ctx, "tool_choice", PBS_STR("REQUIRED"));
    else if (pbs_is(word, "none"))
        pbs_w_str(ctx, "tool_choice", PBS_STR("NONE"));
    else if (pbs_is(word, "REQUIRED") || pbs_is(word, "NONE"))
        pbs_w_str(ctx, "tool_choice", word);
}

void cohere_write_tools(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *tools = pbs_get(ctx, exchange->request->body, "tools");
    const pb_json *choice = choice_of(ctx, exchange);
    size_t n = ctx->api->json_len(tools), strict = 0, written = 0;
    if (n == 0) {
        if (pbs_has(ctx, exchange->request->body, "tool_choice") &&
            !pbs_is(ctx->api->json_str(choice), "none") &&
            !pbs_is(ctx->api->json_str(choice), "auto"))
            cohere_note(ctx, PB_NOTE_UNMET, "tool_choice", "there is no tool to choose");
        return;
    }
    pbs_w_array(ctx, "tools");
    for (size_t i = 0; i < n; i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        if (!pbs_is_type(ctx, pbs_get(ctx, tool, "function"), PB_JSON_OBJECT)) {
            cohere_note(ctx, PB_NOTE_UNMET, "tools", "this vendor takes tools of type function");
        } else if (is_chosen(ctx, choice, tool)) {
            write_tool(ctx, tool);
            strict += is_strict(ctx, tool);
            written++;
        }
    }
    pbs_w_end(ctx);
    write_strict(ctx, exchange, strict, written);
    write_choice(ctx, exchange);
}
