/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fate of top-level parameters with Converse: lists say what is passed on, what is
 * handled elsewhere, what is dropped and what cannot be met; and the members that stand beside the
 * conversation. Members that no list knows are the model's own. In ops of the exchange. */
#include "converse.h"

#include "lib/anthropic/models.h"
#include "lib/params.h"

#define METADATA_MAX 256u /* bytes of a value of requestMetadata */

/* The service's own members. */
static const char *const passed[] = {"guardrailConfig", "performanceConfig", "promptVariables",
                                     "additionalModelResponseFieldPaths", NULL};

static const char *const handled[] = {"model",
                                      "messages",
                                      "prompt",
                                      "max_tokens",
                                      "max_completion_tokens",
                                      "stop",
                                      "stream",
                                      "stream_options",
                                      "temperature",
                                      "top_p",
                                      "tools",
                                      "tool_choice",
                                      "parallel_tool_calls",
                                      "response_format",
                                      "reasoning_effort",
                                      "service_tier",
                                      "metadata",
                                      "requestMetadata",
                                      "additionalModelRequestFields",
                                      NULL};

static const pbs_param left_out[] = {
    {"n", PB_NOTE_UNMET, "1", "this vendor gives one answer a request; ask several times"},
    {"best_of", PB_NOTE_UNMET, "1", "this vendor gives one answer a request"},
    {"echo", PB_NOTE_UNMET, "false", "this vendor does not repeat the prompt"},
    {"suffix", PB_NOTE_UNMET, "\"\"", "this vendor does not fill in the middle"},
    {"logprobs", PB_NOTE_UNMET, "false", "this vendor tells no token probabilities"},
    {"top_logprobs", PB_NOTE_UNMET, "0", "this vendor tells no token probabilities"},
    {"logit_bias", PB_NOTE_UNMET, "{}", "this vendor takes no biases"},
    {"audio", PB_NOTE_UNMET, NULL, "this vendor gives no audio"},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", "this vendor answers in text"},
    {"web_search_options", PB_NOTE_UNMET, NULL, "this vendor does not search the web"},
    {"presence_penalty", PB_NOTE_DROPPED, "0", "this vendor has no penalties"},
    {"frequency_penalty", PB_NOTE_DROPPED, "0", "this vendor has no penalties"},
    {"seed", PB_NOTE_DROPPED, NULL, "this vendor's sampling cannot be seeded"},
    {"user", PB_NOTE_DROPPED, NULL, "this vendor has no such member; metadata goes along"},
    {"safety_identifier", PB_NOTE_DROPPED, NULL, "this vendor has no such member"},
    {"store", PB_NOTE_DROPPED, "false", "this vendor stores no answers"},
    {"verbosity", PB_NOTE_DROPPED, "\"medium\"", "this vendor has no such setting"},
    {"prediction", PB_NOTE_DROPPED, NULL, "this vendor takes no predicted answer"},
    {"moderation", PB_NOTE_DROPPED, NULL, "use a guardrail: guardrailConfig"},
    {"prompt_cache_key", PB_NOTE_DROPPED, NULL, "mark what to cache with cache_control"},
    {"prompt_cache_retention", PB_NOTE_DROPPED, NULL, "mark what to cache with cache_control"},
    {"prompt_cache_options", PB_NOTE_DROPPED, NULL, "mark what to cache with cache_control"},
    {NULL, 0, NULL, NULL},
};

static bool is_in(const char *const *names, pb_str name)
{
    for (; *names != NULL; names++)
        if (pbs_is(name, *names))
            return true;
    return false;
}

bool converse_is_known(pb_str name)
{
    for (const pbs_param *param = left_out; param->name != NULL; param++)
        if (pbs_is(name, param->name))
            return true;
    return is_in(handled, name) || is_in(passed, name) || pbs_is(name, "patchbay");
}

static bool is_models_own(pb_str name)
{
    return !converse_is_known(name);
}

static const pbs_params params = {
    .handled = handled, .passed = passed, .handles = is_models_own, .refused = left_out};

void converse_note_params(const pbs_ctx *ctx, const Exchange *exchange)
{
    if (!exchange->quiet)
        pbs_params_note(ctx, &params, exchange->request->body);
}

void converse_decide(const pbs_ctx *ctx, Exchange *exchange)
{
    Converse *converse = converse_of(exchange);
    converse->max_tokens = bedrock_max_tokens(ctx, exchange);
    if (converse->max_tokens == 0)
        converse->max_tokens = exchange->provider->max_tokens;
    converse_decide_format(ctx, exchange);
    converse_decide_thinking(ctx, exchange);
}

/* ---- inferenceConfig ---- */

static void drop(const pbs_ctx *ctx, const Exchange *exchange, const char *name, const char *why)
{
    if (pbs_has(ctx, exchange->request->body, name))
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, name, why);
}

static void write_temperature(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool claude = (converse_of(exchange)->family->traits & FAMILY_CLAUDE) != 0;
    double given = ctx->api->json_real(pbs_get(ctx, exchange->request->body, "temperature"), 1);
    if (claude && converse_thinks(ctx, exchange) && (given < 1 || given > 1))
        drop(ctx, exchange, "temperature", "a model that thinks takes only 1");
    else
        bedrock_write_number(ctx, exchange, "temperature", "temperature", 1);
}

static void write_sampling(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    bool claude = (converse_of(exchange)->family->traits & FAMILY_CLAUDE) != 0;
    uint32_t traits = claude ? pbs_anthropic_model(exchange->model.name)->traits : 0;
    double top_p = ctx->api->json_real(pbs_get(ctx, body, "top_p"), 1);
    if ((traits & MODEL_NO_SAMPLING) != 0) {
        drop(ctx, exchange, "temperature", "this model takes no sampling parameters");
        drop(ctx, exchange, "top_p", "this model takes no sampling parameters");
        return;
    }
    write_temperature(ctx, exchange);
    if (pbs_has(ctx, body, "temperature") && (traits & MODEL_ONE_SAMPLING) != 0)
        drop(ctx, exchange, "top_p", "this model takes temperature or top_p, not both");
    else if (claude && converse_thinks(ctx, exchange) && top_p < 0.95)
        drop(ctx, exchange, "top_p", "a model that thinks takes only values from 0.95 to 1");
    else
        bedrock_write_number(ctx, exchange, "top_p", "topP", 1);
}

static void write_inference_config(const pbs_ctx *ctx, const Exchange *exchange)
{
    const Converse *converse = converse_of(exchange);
    const pb_json *body = exchange->request->body;
    if (converse->max_tokens == 0 && !pbs_has(ctx, body, "temperature") &&
        !pbs_has(ctx, body, "top_p") && !pbs_has(ctx, body, "stop"))
        return;
    pbs_w_object(ctx, "inferenceConfig");
    if (converse->max_tokens != 0)
        pbs_w_int(ctx, "maxTokens", converse->max_tokens);
    write_sampling(ctx, exchange);
    bedrock_write_stop(ctx, exchange, "stopSequences", NULL);
    pbs_w_end(ctx);
}

/* ---- The rest ---- */

/* Texts only, none longer than the service takes. */
static void write_metadata(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body, *value = NULL;
    const pb_json *given = pbs_get(ctx, body, "requestMetadata");
    pb_str key;
    if (given == NULL)
        given = pbs_get(ctx, body, "metadata");
    if (ctx->api->json_len(given) == 0)
        return;
    pbs_w_object(ctx, "requestMetadata");
    for (size_t i = 0; (value = ctx->api->json_at(given, i, &key)) != NULL; i++) {
        if (!pbs_is_type(ctx, value, PB_JSON_STRING) ||
            ctx->api->json_str(value).len > METADATA_MAX) {
            bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "metadata",
                         "this vendor takes texts of at most 256 bytes");
            continue;
        }
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
    pbs_w_end(ctx);
}

static void write_service_tier(const pbs_ctx *ctx, const Exchange *exchange)
{
    static const char *const tiers[] = {"default", "priority", "flex", "reserved", NULL};
    pb_str tier = pbs_get_str(ctx, exchange->request->body, "service_tier");
    if (pbs_is(tier, "auto"))
        tier = PBS_STR("default");
    if (tier.len == 0)
        return;
    if (!is_in(tiers, tier)) {
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "service_tier",
                     "this vendor has default, priority, flex and reserved");
        return;
    }
    pbs_w_object(ctx, "serviceTier");
    pbs_w_str(ctx, "type", tier);
    pbs_w_end(ctx);
}

void converse_write_params(const pbs_ctx *ctx, Exchange *exchange)
{
    write_inference_config(ctx, exchange);
    write_metadata(ctx, exchange);
    write_service_tier(ctx, exchange);
    pbs_params_write(ctx, &params, exchange->request->body);
}
