/* SPDX-License-Identifier: MIT */
/* Owns the fate of each top-level parameter: repaired, by the model's family, by the vendor's
 * lists, renamed. Nothing is left out silently, except a value that asks for what happens
 * anyway. In ops. */
#include "lib/openai/parts.h"

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

bool pbs_openai_param_is_essential(pb_str name)
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

void pbs_openai_note(const pbs_ctx *ctx, const pbs_openai *openai, int32_t note, pb_str param,
                     const char *why)
{
    if (!openai->quiet)
        ctx->api->note(ctx->x, note, param, pbs_str(why));
}

void pbs_openai_note_once(const pbs_ctx *ctx, const pbs_openai *openai, bool *told, int32_t note,
                          pb_str param, const char *why)
{
    if (!*told)
        pbs_openai_note(ctx, openai, note, param, why);
    *told = true;
}

void pbs_openai_leave_out(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name,
                          const pb_json *value, const char *why)
{
    if (!is_neutral(ctx, name, value))
        pbs_openai_note(ctx, openai,
                        pbs_openai_param_is_essential(name) ? PB_NOTE_UNMET : PB_NOTE_DROPPED, name,
                        why);
}

static pb_str drop(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name, const pb_json *value,
                   const char *why)
{
    pbs_openai_leave_out(ctx, openai, name, value, why);
    return (pb_str){NULL, 0};
}

static bool without_reasoning(const pbs_ctx *ctx, const pbs_openai *openai)
{
    const pb_json *effort = ctx->api->json_get(openai->body, PBS_STR("reasoning_effort"));
    return pbs_is(ctx->api->json_str(effort), "none");
}

static bool has_tools(const pbs_ctx *ctx, const pbs_openai *openai)
{
    return ctx->api->json_len(ctx->api->json_get(openai->body, PBS_STR("tools"))) > 0;
}

static bool family_drops(const pbs_ctx *ctx, const pbs_openai *openai, pbs_openai_fate fate,
                         const pb_json *value)
{
    switch (fate) {
    case PBS_FATE_DROP:
        return true;
    case PBS_FATE_ONE:
        return !pbs_is_neutral(ctx, value, "1");
    case PBS_FATE_QUIET:
        return !without_reasoning(ctx, openai);
    case PBS_FATE_QUIET_ONE:
        return !pbs_is_neutral(ctx, value, "1") && !without_reasoning(ctx, openai);
    case PBS_FATE_NO_TOOLS:
        return !without_reasoning(ctx, openai) && has_tools(ctx, openai);
    default:
        return false;
    }
}

/* A body must not hold one member twice. */
static bool is_given(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name)
{
    const pb_json *value = ctx->api->json_get(openai->body, name);
    return ctx->api->json_type(value) != PB_JSON_NULL;
}

static pb_str renamed(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name,
                      const pb_json *value, pb_str to)
{
    if (pbs_eq(name, to) || !is_given(ctx, openai, to))
        return to;
    if (!pbs_eq(ctx->api->json_text(ctx->api->json_get(openai->body, to)),
                ctx->api->json_text(value)))
        pbs_openai_note(ctx, openai, PB_NOTE_DROPPED, name,
                        "the request also gives the parameter that this one would become");
    return (pb_str){NULL, 0};
}

static bool is_allowed(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name)
{
    const pbs_openai_list *allow = &openai->options->params_allow;
    return pbs_openai_list_is_empty(ctx->api, allow) ||
           pbs_openai_list_has(ctx->api, allow, name, openai->known_as);
}

/* What a refusal of the vendor taught us about the parameter that goes by this name. */
static pb_str repaired(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name,
                       const pb_json *value)
{
    for (size_t i = 0; i < openai->n_repairs; i++)
        if (pbs_eq(openai->repairs[i].from, name))
            return openai->repairs[i].to.len > 0
                       ? renamed(ctx, openai, name, value, openai->repairs[i].to)
                       : (pb_str){NULL, 0};
    return name;
}

pb_str pbs_openai_param_name(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name,
                             const pb_json *value)
{
    const pbs_openai_options *options = openai->options;
    pbs_openai_fate fate = pbs_openai_family_fate(openai->family, name);
    if (ctx->api->json_type(value) == PB_JSON_NULL)
        return (pb_str){NULL, 0}; /* optional members are left out, not sent as null */
    if (family_drops(ctx, openai, fate, value))
        return drop(ctx, openai, name, value,
                    fate == PBS_FATE_NO_TOOLS ? "this model's family does not take it beside tools"
                                              : "this model's family does not take it");
    if (pbs_openai_list_has(ctx->api, &options->params_drop, name, openai->known_as))
        return drop(ctx, openai, name, value, "this vendor does not take it");
    pb_str to = pbs_openai_map_get(ctx->api, &options->params_rename, name);
    if (to.len == 0)
        to = fate == PBS_FATE_RENAME ? PBS_STR("max_completion_tokens") : name;
    if (!is_allowed(ctx, openai, to))
        return drop(ctx, openai, name, value, "this vendor does not take it");
    to = renamed(ctx, openai, name, value, to);
    return to.len > 0 ? repaired(ctx, openai, to, value) : to;
}

pb_str pbs_openai_param_value(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name,
                              pb_str value)
{
    char key[128];
    if (name.len + 1 + value.len > sizeof key)
        return value; /* no table holds so long a word */
    memcpy(key, name.ptr, name.len);
    key[name.len] = '.';
    if (value.len > 0)
        memcpy(key + name.len + 1, value.ptr, value.len);
    pb_str word = pbs_openai_map_get(ctx->api, &openai->options->params_values,
                                     (pb_str){key, name.len + 1 + value.len});
    return word.len > 0 ? word : value;
}
