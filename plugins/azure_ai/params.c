/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what the model inference API takes: a schema of its own, and members beyond it only when
 * the header extra-parameters says that they go through to the model. In ops. */
#include "azure_ai.h"

#include "lib/json.h"

/* Hints outside the schema that a model rarely knows, and what has no place in it. */
static const char *const left_out[] = {"user",
                                       "parallel_tool_calls",
                                       "verbosity",
                                       "prediction",
                                       "store",
                                       "metadata",
                                       "web_search_options",
                                       "safety_identifier",
                                       "moderation",
                                       "prompt_cache_key",
                                       "service_tier",
                                       "prompt_cache_retention",
                                       "audio",
                                       "prompt_cache_options",
                                       NULL};

static const char *const schema[] = {"model",
                                     "messages",
                                     "max_tokens",
                                     "max_completion_tokens",
                                     "temperature",
                                     "top_p",
                                     "stop",
                                     "seed",
                                     "tools",
                                     "tool_choice",
                                     "frequency_penalty",
                                     "presence_penalty",
                                     "modalities",
                                     "response_format",
                                     "stream",
                                     "stream_options",
                                     "patchbay",
                                     "input",
                                     "dimensions",
                                     "encoding_format",
                                     "input_type",
                                     NULL};

static bool is_among(pb_str name, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (pbs_is(name, names[i]))
            return true;
    return false;
}

void azure_ai_options(Provider *provider)
{
    pbs_openai_options *options = &provider->options;
    if (provider->surface == SURFACE_MODELS) {
        options->join_text = true;
        options->custom_tools = false;
        options->stream_usage = provider->pass_all;
    }
    provider->mistral = *options;
    provider->mistral.tool_id_length = 9;
    provider->mistral.developer_role = false;
    provider->mistral.message_name = false;
    provider->mistral.strict_messages = true; /* no nulls */
}

/* The name that the schema has, unless the model knows only the other. */
static bool write_limit(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *value)
{
    bool other = openai->family != PBS_FAMILY_OTHER && openai->family != PBS_FAMILY_CLASSIC;
    if (other)
        return false;
    if (pbs_has(ctx, openai->body, "max_tokens"))
        pbs_openai_note(ctx, openai, PB_NOTE_DROPPED, PBS_STR("max_completion_tokens"),
                        "the request also gives max_tokens, its name here");
    else
        pbs_w_value(ctx, "max_tokens", value);
    return true;
}

bool azure_ai_member(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key, const pb_json *value)
{
    const Provider *provider = ((const Exchange *)openai)->provider;
    if (provider->surface != SURFACE_MODELS || ctx->api->json_type(value) == PB_JSON_NULL)
        return false;
    if (pbs_is(key, "max_completion_tokens"))
        return write_limit(ctx, openai, value);
    bool outside = !is_among(key, schema);
    bool goes = provider->pass_all || (!provider->pass_none && !is_among(key, left_out));
    if (!outside || goes)
        return false;
    pbs_openai_leave_out(ctx, openai, key, value,
                         "the model inference API does not take it; extra-parameters = "
                         "pass-through sends it all the same");
    return true;
}

/* Does a member go that the schema has not? */
static bool passes(const pbs_ctx *ctx, const pbs_openai *openai)
{
    const Provider *provider = ((const Exchange *)openai)->provider;
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(openai->body, i, &key)) != NULL; i++) {
        bool goes = provider->pass_all || (!provider->pass_none && !is_among(key, left_out));
        if (goes && !is_among(key, schema) && ctx->api->json_type(value) != PB_JSON_NULL)
            return true;
    }
    return provider->pass_all && openai->stream; /* stream_options */
}

void azure_ai_headers(const pbs_ctx *ctx, const pbs_openai *openai)
{
    const Provider *provider = ((const Exchange *)openai)->provider;
    if (provider->surface != SURFACE_MODELS)
        return;
    if (openai->body != NULL)
        ctx->api->http_header(ctx->x, PBS_STR("extra-parameters"),
                              passes(ctx, openai) ? PBS_STR("pass-through") : PBS_STR("drop"));
    if (provider->deployment.len > 0)
        ctx->api->http_header(ctx->x, PBS_STR("azureml-model-deployment"), provider->deployment);
}
