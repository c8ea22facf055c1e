/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what the versions of deployment URLs take: an older one answers 400 to a newer member, so
 * that it is renamed or left out (and told) beforehand. The v1 API takes everything. Data first;
 * in ops. */
#include "azure.h"

#include "lib/json.h"

typedef struct Gate {
    const char *param, *since; /* since NULL: no version is known to take it */
    const char *why;
} Gate;

#define NEVER "deployment URLs are not known to take it; use the v1 API, or name it in params-send"

static const Gate gates[] = {
    {"tools", "2023-12-01", "it needs api-version 2023-12-01-preview or later"},
    {"tool_choice", "2023-12-01", "it needs api-version 2023-12-01-preview or later"},
    {"parallel_tool_calls", "2024-09-01", "it needs api-version 2024-09-01-preview or later"},
    {"reasoning_effort", "2024-12-01", "it needs api-version 2024-12-01-preview or later"},
    {"store", "2024-12-01", "it needs api-version 2024-12-01-preview or later"},
    {"metadata", "2024-12-01", "it needs api-version 2024-12-01-preview or later"},
    {"prediction", "2025-01-01", "it needs api-version 2025-01-01-preview or later"},
    {"audio", "2025-01-01", "it needs api-version 2025-01-01-preview or later"},
    {"modalities", "2025-01-01", "it needs api-version 2025-01-01-preview or later"},
    {"service_tier", NULL, NEVER},
    {"verbosity", NULL, NEVER},
    {"web_search_options", NULL, NEVER},
    {"moderation", NULL, NEVER},
    {"prompt_cache_key", NULL, NEVER},
    {"prompt_cache_retention", NULL, NEVER},
    {"prompt_cache_options", NULL, NEVER},
};

/* The first ten bytes are a date; what follows ("-preview") does not order. */
bool azure_is_since(const Provider *provider, const char *date)
{
    pb_str version = provider->version;
    return version.len < 10 || memcmp(version.ptr, date, 10) >= 0;
}

static const Gate *find(pb_str key)
{
    for (size_t i = 0; i < sizeof gates / sizeof gates[0]; i++)
        if (pbs_is(key, gates[i].param))
            return &gates[i];
    return NULL;
}

/* Values that came later than their parameter. */
static const char *refused_value(const pbs_ctx *ctx, const Provider *provider, pb_str key,
                                 const pb_json *value)
{
    if (pbs_is(key, "tool_choice") && pbs_is(ctx->api->json_str(value), "required") &&
        !azure_is_since(provider, "2024-06-01"))
        return "required needs api-version 2024-06-01 or later";
    if (pbs_is(key, "response_format") && pbs_is(pbs_get_str(ctx, value, "type"), "json_schema") &&
        !azure_is_since(provider, "2024-08-01"))
        return "json_schema needs api-version 2024-08-01-preview or later";
    return NULL;
}

/* max_completion_tokens before it had that name, unless the model knows only that. */
static bool write_older_name(const pbs_ctx *ctx, const Exchange *exchange, pb_str key,
                             const pb_json *value)
{
    pbs_openai_family family = exchange->openai.family;
    bool old = family == PBS_FAMILY_OTHER || family == PBS_FAMILY_CLASSIC;
    if (!old || !pbs_is(key, "max_completion_tokens") ||
        azure_is_since(exchange->provider, "2024-09-01") ||
        ctx->api->json_type(value) == PB_JSON_NULL)
        return false;
    if (!pbs_has(ctx, exchange->openai.body, "max_tokens"))
        pbs_w_value(ctx, "max_tokens", value);
    else
        pbs_openai_note(ctx, &exchange->openai, PB_NOTE_DROPPED, key,
                        "the request also gives max_tokens, its name in this api-version");
    return true;
}

bool azure_member(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key, const pb_json *value)
{
    const Exchange *exchange = (const Exchange *)openai;
    const Provider *provider = exchange->provider;
    if (openai->request->kind != PB_KIND_CHAT || provider->v1 ||
        ctx->api->json_type(value) == PB_JSON_NULL ||
        pbs_openai_list_has(ctx->api, &provider->params_send, key, openai->known_as))
        return false;
    const Gate *gate = find(key);
    const char *why = refused_value(ctx, provider, key, value);
    if (why == NULL && gate != NULL &&
        (gate->since == NULL || !azure_is_since(provider, gate->since)))
        why = gate->why;
    if (why == NULL)
        return write_older_name(ctx, exchange, key, value);
    pbs_openai_leave_out(ctx, openai, key, value, why);
    return true;
}
