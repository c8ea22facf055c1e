/* SPDX-License-Identifier: MIT */
/* Owns what becomes of tools and tool_choice: keywords a vendor refuses are left out of schemas,
 * a choice it cannot express is made by giving only the tools chosen. In ops. */
#include "lib/openai/parts.h"

#include "lib/schema.h"
#include "lib/str.h"

typedef struct Dropper {
    const pbs_ctx *ctx;
    const pbs_openai *openai;
} Dropper;

static const pb_json *get(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_get(object, pbs_str(name));
}

static pb_str type_of(const pbs_ctx *ctx, const pb_json *object)
{
    return ctx->api->json_str(get(ctx, object, "type"));
}

static bool drops(void *user, pb_str keyword)
{
    const Dropper *d = user;
    const pbs_openai *openai = d->openai;
    return pbs_openai_list_has(d->ctx->api, &openai->options->tool_drop, keyword, openai->known_as);
}

static pb_str tool_name(const pbs_ctx *ctx, const pb_json *tool)
{
    const pb_json *body =
        get(ctx, tool, pbs_is(type_of(ctx, tool), "custom") ? "custom" : "function");
    return ctx->api->json_str(get(ctx, body, "name"));
}

/* The tools that a choice names, when the vendor cannot be told names: an object or an array of
 * them. */
static bool is_chosen(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *tool)
{
    const pb_json *choice = get(ctx, openai->body, "tool_choice");
    if (openai->options->named_tool_choice || ctx->api->json_type(choice) != PB_JSON_OBJECT)
        return true;
    if (!pbs_is(type_of(ctx, choice), "allowed_tools"))
        return pbs_eq(tool_name(ctx, tool), tool_name(ctx, choice));
    const pb_json *allowed = get(ctx, get(ctx, choice, "allowed_tools"), "tools");
    for (size_t i = 0; i < ctx->api->json_len(allowed); i++)
        if (pbs_eq(tool_name(ctx, tool), tool_name(ctx, ctx->api->json_at(allowed, i, NULL))))
            return true;
    return false;
}

static bool goes(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *tool)
{
    bool known = openai->options->custom_tools || !pbs_is(type_of(ctx, tool), "custom");
    return known && is_chosen(ctx, openai, tool);
}

void pbs_openai_note_tools(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *tools)
{
    for (size_t i = 0; !openai->options->custom_tools && i < ctx->api->json_len(tools); i++) {
        if (!pbs_is(type_of(ctx, ctx->api->json_at(tools, i, NULL)), "custom"))
            continue;
        pbs_openai_note(ctx, openai, PB_NOTE_UNMET, PBS_STR("tools"),
                        "this vendor takes no tools of type custom; give a function tool");
        return;
    }
}

bool pbs_openai_has_tools(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *tools)
{
    for (size_t i = 0; i < ctx->api->json_len(tools); i++)
        if (goes(ctx, openai, ctx->api->json_at(tools, i, NULL)))
            return true;
    return false;
}

static bool member_goes(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key,
                        const pb_json *value)
{
    Dropper d = {ctx, openai};
    if (ctx->api->json_type(value) == PB_JSON_NULL || drops(&d, key))
        return false; /* null for an optional member is what many servers refuse */
    if (!pbs_is(key, "cache_control"))
        return true;
    pbs_openai_tell_left_out(ctx, openai, key);
    return false;
}

/* Where a vendor wants parameters and the client gave none, which means that there are none. */
static bool lacks_parameters(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *function)
{
    return openai->options->tool_parameters && function != NULL &&
           ctx->api->json_type(get(ctx, function, "parameters")) == PB_JSON_NULL;
}

static void write_no_parameters(const pbs_ctx *ctx)
{
    ctx->api->w_key(ctx->x, PBS_STR("parameters"));
    ctx->api->w_open(ctx->x, 1);
    ctx->api->w_key(ctx->x, PBS_STR("type"));
    ctx->api->w_str(ctx->x, PBS_STR("object"));
    ctx->api->w_key(ctx->x, PBS_STR("properties"));
    ctx->api->w_open(ctx->x, 1);
    ctx->api->w_close(ctx->x);
    ctx->api->w_close(ctx->x);
}

static void write_object(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *object,
                         bool bare);

static void write_members(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *object)
{
    Dropper d = {ctx, openai};
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(object, i, &key)) != NULL; i++) {
        if (!member_goes(ctx, openai, key, value))
            continue;
        ctx->api->w_key(ctx->x, key);
        if (pbs_is(key, "function"))
            write_object(ctx, openai, value, lacks_parameters(ctx, openai, value));
        else if (pbs_is(key, "parameters"))
            pbs_schema_write(ctx, value, drops, &d);
        else
            ctx->api->w_value(ctx->x, value);
    }
}

static void write_object(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *object,
                         bool bare)
{
    ctx->api->w_open(ctx->x, 1);
    write_members(ctx, openai, object);
    if (bare)
        write_no_parameters(ctx);
    ctx->api->w_close(ctx->x);
}

bool pbs_openai_has_null(const pbs_ctx *ctx, const pb_json *object)
{
    const pb_json *value = NULL;
    for (size_t i = 0; (value = ctx->api->json_at(object, i, NULL)) != NULL; i++)
        if (ctx->api->json_type(value) == PB_JSON_NULL)
            return true;
    return false;
}

static bool is_plain(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *tools)
{
    const pbs_openai_options *options = openai->options;
    if (!pbs_openai_list_is_empty(ctx->api, &options->tool_drop))
        return false;
    for (size_t i = 0; i < ctx->api->json_len(tools); i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        const pb_json *function = get(ctx, tool, "function");
        bool cached =
            get(ctx, tool, "cache_control") != NULL || get(ctx, function, "cache_control") != NULL;
        if (!goes(ctx, openai, tool) || cached || pbs_openai_has_null(ctx, tool) ||
            pbs_openai_has_null(ctx, function) || lacks_parameters(ctx, openai, function))
            return false;
    }
    return true;
}

void pbs_openai_write_tools(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *tools)
{
    if (is_plain(ctx, openai, tools)) {
        ctx->api->w_value(ctx->x, tools);
        return;
    }
    ctx->api->w_open(ctx->x, 0);
    for (size_t i = 0; i < ctx->api->json_len(tools); i++) {
        const pb_json *tool = ctx->api->json_at(tools, i, NULL);
        if (goes(ctx, openai, tool))
            write_object(ctx, openai, tool, false);
    }
    ctx->api->w_close(ctx->x);
}

void pbs_openai_write_tool_choice(const pbs_ctx *ctx, const pbs_openai *openai,
                                  const pb_json *choice)
{
    bool object = ctx->api->json_type(choice) == PB_JSON_OBJECT;
    if (object && openai->options->named_tool_choice) {
        ctx->api->w_value(ctx->x, choice);
        return;
    }
    pb_str word = ctx->api->json_str(choice);
    if (object) {
        pb_str mode = ctx->api->json_str(get(ctx, get(ctx, choice, "allowed_tools"), "mode"));
        word = mode.len > 0 ? mode : PBS_STR("required");
    }
    ctx->api->w_str(ctx->x, pbs_openai_param_value(ctx, openai, PBS_STR("tool_choice"), word));
}
