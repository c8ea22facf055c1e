/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fate of parameters where the model takes a text prompt, and the headers by which
 * InvokeModel takes what Converse has members for. In ops of the exchange. */
#include "invoke.h"

#include "lib/params.h"

static const char *const handled[] = {"model",
                                      "messages",
                                      "prompt",
                                      "max_tokens",
                                      "max_completion_tokens",
                                      "temperature",
                                      "top_p",
                                      "stop",
                                      "stream",
                                      "stream_options",
                                      "tool_choice",
                                      "parallel_tool_calls",
                                      "response_format",
                                      "service_tier",
                                      "metadata",
                                      "guardrailConfig",
                                      "performanceConfig",
                                      "patchbay",
                                      NULL};

static const pbs_param left_out[] = {
    {"n", PB_NOTE_UNMET, "1", "this model gives one answer a request; ask several times"},
    {"best_of", PB_NOTE_UNMET, "1", "this model gives one answer a request"},
    {"echo", PB_NOTE_UNMET, "false", "this model does not repeat the prompt"},
    {"suffix", PB_NOTE_UNMET, "\"\"", "this model does not fill in the middle"},
    {"tools", PB_NOTE_UNMET, "[]", "this model's body has no tools"},
    {"logprobs", PB_NOTE_UNMET, "false", "this model tells no token probabilities here"},
    {"top_logprobs", PB_NOTE_UNMET, "0", "this model tells no token probabilities here"},
    {"logit_bias", PB_NOTE_UNMET, "{}", "this model takes no biases"},
    {"audio", PB_NOTE_UNMET, NULL, "this model gives no audio"},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", "this model answers in text"},
    {"web_search_options", PB_NOTE_UNMET, NULL, "this model does not search the web"},
    {"reasoning_effort", PB_NOTE_DROPPED, "\"none\"", "this model does not think"},
    {"presence_penalty", PB_NOTE_DROPPED, "0", "this model has no penalties"},
    {"frequency_penalty", PB_NOTE_DROPPED, "0", "this model has no penalties"},
    {"seed", PB_NOTE_DROPPED, NULL, "this model's sampling cannot be seeded"},
    {"user", PB_NOTE_DROPPED, NULL, "this vendor has no such member; metadata goes along"},
    {"safety_identifier", PB_NOTE_DROPPED, NULL, "this vendor has no such member"},
    {"store", PB_NOTE_DROPPED, "false", "this vendor stores no answers"},
    {"verbosity", PB_NOTE_DROPPED, "\"medium\"", "this model has no such setting"},
    {"prediction", PB_NOTE_DROPPED, NULL, "this model takes no predicted answer"},
    {"moderation", PB_NOTE_DROPPED, NULL, "use a guardrail: guardrailConfig"},
    {"prompt_cache_key", PB_NOTE_DROPPED, NULL, "this model caches nothing"},
    {"prompt_cache_retention", PB_NOTE_DROPPED, NULL, "this model caches nothing"},
    {"prompt_cache_options", PB_NOTE_DROPPED, NULL, "this model caches nothing"},
    {NULL, 0, NULL, NULL},
};

void invoke_note_params(const pbs_ctx *ctx, const Exchange *exchange, const char *const *own)
{
    const pb_json *body = exchange->request->body;
    pbs_params params = {.handled = handled, .passed = own, .refused = left_out};
    pb_str format = pbs_get_str(ctx, pbs_get(ctx, body, "response_format"), "type");
    if (exchange->quiet)
        return;
    pbs_params_note(ctx, &params, body);
    bedrock_note_no_choice(ctx, exchange);
    if (format.len > 0 && !pbs_is(format, "text"))
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "response_format",
                     "this model takes a prompt and has no answers in JSON");
}

/* ---- Headers ---- */

/* One line of visible ASCII. */
static bool is_header(pb_str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < ' ' || value.ptr[i] > '~')
            return false;
    return true;
}

static void set(const pbs_ctx *ctx, const Exchange *exchange, const char *param, const char *name,
                pb_str value)
{
    bool guard = strcmp(param, "guardrailConfig") == 0; /* to lose it would be no small thing */
    if (value.len > 0 && is_header(value))
        ctx->api->http_header(ctx->x, pbs_str(name), value);
    else if (value.len > 0)
        bedrock_note(ctx, exchange, guard ? PB_NOTE_UNMET : PB_NOTE_DROPPED, param,
                     "InvokeModel takes it as a header, which is one line of ASCII");
}

static void write_guard(const pbs_ctx *ctx, const Exchange *exchange)
{
    static const char param[] = "guardrailConfig";
    const pb_json *guard = pbs_get(ctx, exchange->request->body, param);
    set(ctx, exchange, param, "x-amzn-bedrock-guardrailidentifier",
        pbs_get_str(ctx, guard, "guardrailIdentifier"));
    set(ctx, exchange, param, "x-amzn-bedrock-guardrailversion",
        pbs_get_str(ctx, guard, "guardrailVersion"));
    if (pbs_is(pbs_get_str(ctx, guard, "trace"), "enabled"))
        set(ctx, exchange, param, "x-amzn-bedrock-trace", PBS_STR("ENABLED"));
}

void invoke_write_headers(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    const pb_json *metadata = pbs_get(ctx, body, "metadata");
    pb_str tier = pbs_get_str(ctx, body, "service_tier");
    set(ctx, exchange, "service_tier", "x-amzn-bedrock-service-tier",
        pbs_is(tier, "auto") ? PBS_STR("default") : tier);
    write_guard(ctx, exchange);
    set(ctx, exchange, "performanceConfig", "x-amzn-bedrock-performanceconfig-latency",
        pbs_get_str(ctx, pbs_get(ctx, body, "performanceConfig"), "latency"));
    if (ctx->api->json_len(metadata) > 0) {
        ctx->api->w_begin(ctx->x);
        ctx->api->w_value(ctx->x, metadata);
        set(ctx, exchange, "metadata", "x-amzn-bedrock-request-metadata", ctx->api->w_end(ctx->x));
    }
}
