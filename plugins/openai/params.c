/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fate of each top-level parameter: repaired, by the model's family, by the vendor's
 * lists, renamed. Nothing is left out silently, except a value that asks for what happens
 * anyway. In ops. */
#include "exchange.h"

#include "lib/params.h"
#include "lib/str.h"

/* A parameter whose loss is more than a hint's, or whose neutral value asks for nothing. */
typedef struct Param {
    const char *name;
    bool essential;
    const char *neutral; /* JSON text, or NULL; "*": every value */
} Param;

static const Param params[] = {
    {"n", true, "1"},
    {"best_of", true, "1"},
    {"echo", true, "false"},
    {"suffix", true, "\"\""},
    {"stop", true, "[]"},
    {"logprobs", true, "false"},
    {"top_logprobs", true, "0"},
    {"logit_bias", true, "{}"},
    {"modalities", true, "[\"text\"]"},
    {"audio", true, NULL},
    {"tools", true, "[]"},
    {"tool_choice", true, "\"auto\""},
    {"response_format", true, "{\"type\":\"text\"}"},
    {"web_search_options", true, NULL},
    {"max_tokens", true, NULL},
    {"max_completion_tokens", true, NULL},
    {"dimensions", true, NULL},
    {"moderation", true, NULL},
    {"stream", true, "false"},
    {"presence_penalty", false, "0"},
    {"frequency_penalty", false, "0"},
    {"temperature", false, "1"},
    {"top_p", false, "1"},
    {"parallel_tool_calls", false, "true"},
    {"store", false, "false"},
    {"service_tier", false, "\"auto\""},
    {"encoding_format", false, "*"},
};

static const Param *find(pb_str name)
{
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
        if (pbs_is(name, params[i].name))
            return &params[i];
    return NULL;
}

bool openai_param_is_essential(pb_str name)
{
    const Param *param = find(name);
    return param != NULL && param->essential;
}

static bool is_neutral(const pbs_ctx *ctx, pb_str name, const pb_json *value)
{
    const Param *param = find(name);
    return param != NULL &&
           (pbs_is(PBS_STR("*"), param->neutral) || pbs_is_neutral(ctx, value, param->neutral));
}

void openai_note(const pbs_ctx *ctx, const Exchange *exchange, int32_t note, pb_str param,
                 const char *why)
{
    if (!exchange->quiet)
        ctx->api->note(ctx->x, note, param, pbs_str(why));
}

void openai_note_once(const pbs_ctx *ctx, const Exchange *exchange, bool *told, int32_t note,
                      pb_str param, const char *why)
{
    if (!*told)
        openai_note(ctx, exchange, note, param, why);
    *told = true;
}

static pb_str drop(const pbs_ctx *ctx, const Exchange *exchange, pb_str name, const pb_json *value,
                   const char *why)
{
    if (!is_neutral(ctx, name, value))
        openai_note(ctx, exchange,
                    openai_param_is_essential(name) ? PB_NOTE_UNMET : PB_NOTE_DROPPED, name, why);
    return (pb_str){NULL, 0};
}

static bool without_reasoning(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *effort =
        ctx->api->json_get(exchange->request->body, PBS_STR("reasoning_effort"));
    return pbs_is(ctx->api->json_str(effort), "none");
}

static bool has_tools(const pbs_ctx *ctx, const Exchange *exchange)
{
    return ctx->api->json_len(ctx->api->json_get(exchange->request->body, PBS_STR("tools"))) > 0;
}

static bool family_drops(const pbs_ctx *ctx, const Exchange *exchange, Fate fate,
                         const pb_json *value)
{
    switch (fate) {
    case FATE_DROP:
        return true;
    case FATE_ONE:
        return !pbs_is_neutral(ctx, value, "1");
    case FATE_QUIET:
        return !without_reasoning(ctx, exchange);
    case FATE_QUIET_ONE:
        return !pbs_is_neutral(ctx, value, "1") && !without_reasoning(ctx, exchange);
    case FATE_NO_TOOLS:
        return !without_reasoning(ctx, exchange) && has_tools(ctx, exchange);
    default:
        return false;
    }
}

/* A body must not hold one member twice. */
static bool is_given(const pbs_ctx *ctx, const Exchange *exchange, pb_str name)
{
    const pb_json *value = ctx->api->json_get(exchange->request->body, name);
    return ctx->api->json_type(value) != PB_JSON_NULL;
}

static pb_str renamed(const pbs_ctx *ctx, const Exchange *exchange, pb_str name,
                      const pb_json *value, pb_str to)
{
    if (pbs_eq(name, to) || !is_given(ctx, exchange, to))
        return to;
    if (!pbs_eq(ctx->api->json_text(ctx->api->json_get(exchange->request->body, to)),
                ctx->api->json_text(value)))
        openai_note(ctx, exchange, PB_NOTE_DROPPED, name,
                    "the request also gives the parameter that this one would become");
    return (pb_str){NULL, 0};
}

static bool is_allowed(const pbs_ctx *ctx, const Exchange *exchange, pb_str name)
{
    const pb_json *allow = exchange->options->params_allow;
    return ctx->api->json_len(allow) == 0 ||
           openai_options_lists(ctx->api, allow, name, exchange->request->model);
}

/* What a refusal of the vendor taught us about the parameter that goes by this name. */
static pb_str repaired(const pbs_ctx *ctx, const Exchange *exchange, pb_str name,
                       const pb_json *value)
{
    for (size_t i = 0; i < exchange->n_repairs; i++)
        if (pbs_eq(exchange->repairs[i].from, name))
            return exchange->repairs[i].to.len > 0
                       ? renamed(ctx, exchange, name, value, exchange->repairs[i].to)
                       : (pb_str){NULL, 0};
    return name;
}

pb_str openai_param_name(const pbs_ctx *ctx, const Exchange *exchange, pb_str name,
                         const pb_json *value)
{
    const Options *options = exchange->options;
    Fate fate = openai_family_fate(exchange->family, name);
    if (ctx->api->json_type(value) == PB_JSON_NULL)
        return (pb_str){NULL, 0}; /* optional members are left out, not sent as null */
    if (family_drops(ctx, exchange, fate, value))
        return drop(ctx, exchange, name, value,
                    fate == FATE_NO_TOOLS ? "this model's family does not take it beside tools"
                                          : "this model's family does not take it");
    if (openai_options_lists(ctx->api, options->params_drop, name, exchange->request->model))
        return drop(ctx, exchange, name, value, "this vendor does not take it");
    pb_str to = ctx->api->json_str(ctx->api->json_get(options->params_rename, name));
    if (to.len == 0)
        to = fate == FATE_RENAME ? PBS_STR("max_completion_tokens") : name;
    if (!is_allowed(ctx, exchange, to))
        return drop(ctx, exchange, name, value, "this vendor does not take it");
    to = renamed(ctx, exchange, name, value, to);
    return to.len > 0 ? repaired(ctx, exchange, to, value) : to;
}

pb_str openai_param_value(const pbs_ctx *ctx, const Exchange *exchange, pb_str name, pb_str value)
{
    const pb_json *table = exchange->options->params_values;
    const pb_json *found = NULL;
    pb_str key;
    for (size_t i = 0; (found = ctx->api->json_at(table, i, &key)) != NULL; i++) {
        bool same = pbs_has_prefix(key, name) && key.len == name.len + 1 + value.len &&
                    key.ptr[name.len] == '.' && pbs_eq(pbs_skip(key, name.len + 1), value);
        if (same)
            return ctx->api->json_str(found);
    }
    return value;
}
