/* SPDX-License-Identifier: MIT */
/* Owns the fate of top-level parameters: lists say what is passed on, what is handled
 * elsewhere, what is dropped and what cannot be met. Nothing is left out silently, except a value
 * that asks for what happens anyway. In ops. */
#include "lib/anthropic/dialect.h"

#include "lib/params.h"

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
                                      "top_k",
                                      "tools",
                                      "tool_choice",
                                      "parallel_tool_calls",
                                      "response_format",
                                      "reasoning_effort",
                                      "thinking",
                                      "output_config",
                                      "web_search_options",
                                      "user",
                                      "safety_identifier",
                                      "metadata",
                                      "service_tier",
                                      "anthropic_beta",
                                      "betas",
                                      NULL};

/* The vendor's own. */
static const char *const passed[] = {
    "cache_control", "container", "context_management", "inference_geo", "mcp_servers",
    "speed",         NULL};

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
    {"presence_penalty", PB_NOTE_DROPPED, "0", "this vendor has no penalties"},
    {"frequency_penalty", PB_NOTE_DROPPED, "0", "this vendor has no penalties"},
    {"seed", PB_NOTE_DROPPED, NULL, "this vendor's sampling cannot be seeded"},
    {"store", PB_NOTE_DROPPED, "false", "this vendor stores no answers"},
    {"verbosity", PB_NOTE_DROPPED, "\"medium\"", "this vendor has no such setting"},
    {"prediction", PB_NOTE_DROPPED, NULL, "this vendor takes no predicted answer"},
    {"moderation", PB_NOTE_DROPPED, NULL, "this vendor has no such setting"},
    {"prompt_cache_key", PB_NOTE_DROPPED, NULL, "mark what to cache with cache_control"},
    {"prompt_cache_retention", PB_NOTE_DROPPED, NULL, "mark what to cache with cache_control"},
    {"prompt_cache_options", PB_NOTE_DROPPED, NULL, "mark what to cache with cache_control"},
    {NULL, 0, NULL, NULL},
};

static const pbs_params params = {.handled = handled, .passed = passed, .refused = left_out};

void pbs_anthropic_note(const pbs_ctx *ctx, const pbs_anthropic *exchange, int32_t note,
                        const char *param, const char *why)
{
    if (!exchange->quiet)
        ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

void pbs_anthropic_note_params(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const char *const *names = exchange->platform->without;
    pbs_params all = params;
    if (exchange->quiet)
        return;
    all.handles = exchange->platform->handles;
    pbs_params_note(ctx, &all, exchange->request->body);
    for (; names != NULL && *names != NULL; names++)
        if (pbs_has(ctx, exchange->request->body, *names))
            pbs_anthropic_note(ctx, exchange,
                               strcmp(*names, "web_search_options") == 0 ? PB_NOTE_UNMET
                                                                         : PB_NOTE_DROPPED,
                               *names, "Anthropic takes it, this platform does not");
}

static bool is_elsewhere(const pbs_anthropic *exchange, pb_str name)
{
    return exchange->platform->handles != NULL && exchange->platform->handles(name);
}

bool pbs_anthropic_is_without(const pbs_anthropic *exchange, pb_str name)
{
    const char *const *names = exchange->platform->without;
    for (; names != NULL && *names != NULL; names++)
        if (pbs_is(name, *names))
            return true;
    return false;
}

static void write_service_tier(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    pb_str tier = pbs_get_str(ctx, exchange->request->body, "service_tier");
    if (pbs_anthropic_is_without(exchange, PBS_STR("service_tier")) ||
        is_elsewhere(exchange, PBS_STR("service_tier")))
        return;
    if (pbs_is(tier, "auto") || pbs_is(tier, "standard_only"))
        pbs_w_str(ctx, "service_tier", tier);
    else if (pbs_is(tier, "default"))
        pbs_w_str(ctx, "service_tier", PBS_STR("standard_only"));
    else if (tier.len > 0)
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "service_tier",
                           "this vendor has auto and default");
}

void pbs_anthropic_write_params(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    write_service_tier(ctx, exchange);
    for (size_t i = 0; passed[i] != NULL; i++)
        if (pbs_has(ctx, exchange->request->body, passed[i]) &&
            !pbs_anthropic_is_without(exchange, pbs_str(passed[i])))
            pbs_w_value(ctx, passed[i], pbs_get(ctx, exchange->request->body, passed[i]));
}

/* ---- Those with rules of their own ---- */

int64_t pbs_anthropic_max_tokens(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *body = exchange->request->body;
    int64_t otherwise = exchange->platform->max_tokens > 0 ? exchange->platform->max_tokens
                                                           : exchange->model->max_output;
    if (exchange->repairs.max_tokens > 0)
        otherwise = exchange->repairs.max_tokens;
    otherwise = pbs_get_int(ctx, body, "max_tokens", otherwise);
    return pbs_get_int(ctx, body, "max_completion_tokens", otherwise);
}

static void write_one_stop(const pbs_ctx *ctx, const pbs_anthropic *exchange, pb_str text,
                           bool *told)
{
    if (!pbs_is_blank(text)) {
        ctx->api->w_str(ctx->x, text);
        return;
    }
    if (!*told)
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "stop",
                           "this vendor takes no stop sequence of white space alone");
    *told = true;
}

void pbs_anthropic_write_stop(const pbs_ctx *ctx, const pbs_anthropic *exchange, const char *name)
{
    const pb_json *stop = pbs_get(ctx, exchange->request->body, "stop");
    bool told = false;
    bool text = pbs_is_type(ctx, stop, PB_JSON_STRING);
    if (!text && ctx->api->json_len(stop) == 0)
        return;
    pbs_w_array(ctx, name);
    if (text)
        write_one_stop(ctx, exchange, ctx->api->json_str(stop), &told);
    for (size_t i = 0; !text && i < ctx->api->json_len(stop); i++)
        write_one_stop(ctx, exchange, ctx->api->json_str(ctx->api->json_at(stop, i, NULL)), &told);
    pbs_w_end(ctx);
}

/* An e-mail address or a telephone number, which the vendor asks not to send. */
static bool is_personal(pb_str id)
{
    size_t digits = 0, others = 0;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (c == '@')
            return true;
        if (c >= '0' && c <= '9')
            digits++;
        else if (strchr("+-() ", c) == NULL || c == '\0')
            others++;
    }
    return digits >= 7 && others == 0;
}

void pbs_anthropic_write_metadata(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *body = exchange->request->body, *metadata = pbs_get(ctx, body, "metadata");
    const char *from = "metadata";
    pb_str id = pbs_get_str(ctx, metadata, "user_id");
    if (ctx->api->json_len(metadata) > (id.len > 0 ? 1u : 0u) &&
        !is_elsewhere(exchange, PBS_STR("metadata")))
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "metadata",
                           "this vendor takes only metadata.user_id");
    if (id.len == 0) {
        from = "safety_identifier";
        id = pbs_get_str(ctx, body, from);
    }
    if (id.len == 0) {
        from = "user";
        id = pbs_get_str(ctx, body, from);
    }
    if (is_personal(id)) {
        pbs_anthropic_note(
            ctx, exchange, PB_NOTE_DROPPED, from,
            "it looks like an e-mail address or a telephone number, which this vendor "
            "asks not to send");
    } else if (id.len > 0) {
        pbs_w_object(ctx, "metadata");
        pbs_w_str(ctx, "user_id", id);
        pbs_w_end(ctx);
    }
}

/* ---- Sampling ---- */

static void drop_sampling(const pbs_ctx *ctx, const pbs_anthropic *exchange, const char *name,
                          const char *why)
{
    if (pbs_has(ctx, exchange->request->body, name))
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, name, why);
}

static void write_temperature(const pbs_ctx *ctx, const pbs_anthropic *exchange, bool thinks)
{
    const pb_json *value = pbs_get(ctx, exchange->request->body, "temperature");
    double given = ctx->api->json_real(value, 1);
    if (pbs_is_type(ctx, value, PB_JSON_NULL))
        return;
    if (thinks && (given < 1 || given > 1)) {
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "temperature",
                           "a model that thinks takes only 1");
    } else if (given > 1) {
        pbs_anthropic_note(ctx, exchange, PB_NOTE_CLAMPED, "temperature",
                           "this vendor's highest is 1");
        pbs_w_int(ctx, "temperature", 1);
    } else {
        pbs_w_value(ctx, "temperature", value);
    }
}

static void write_top_p(const pbs_ctx *ctx, const pbs_anthropic *exchange, bool thinks)
{
    const pb_json *body = exchange->request->body, *value = pbs_get(ctx, body, "top_p");
    bool both = pbs_has(ctx, body, "temperature") &&
                ((exchange->model->traits & MODEL_ONE_SAMPLING) != 0 || exchange->repairs.top_p);
    if (pbs_is_type(ctx, value, PB_JSON_NULL))
        return;
    if (both)
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "top_p",
                           "this model takes temperature or top_p, not both");
    else if (thinks && ctx->api->json_real(value, 1) < 0.95)
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "top_p",
                           "a model that thinks takes only values from 0.95 to 1");
    else
        pbs_w_value(ctx, "top_p", value);
}

void pbs_anthropic_write_sampling(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *top_k = pbs_get(ctx, exchange->request->body, "top_k");
    bool refused = (exchange->model->traits & MODEL_NO_SAMPLING) != 0 || exchange->repairs.sampling;
    bool thinks = pbs_anthropic_thinks(ctx, exchange);
    if (refused || exchange->platform->drops_sampling) {
        const char *why = refused ? "this model takes no sampling parameters"
                                  : "this version of the API takes no sampling parameters";
        drop_sampling(ctx, exchange, "temperature", why);
        drop_sampling(ctx, exchange, "top_p", why);
        drop_sampling(ctx, exchange, "top_k", why);
        return;
    }
    write_temperature(ctx, exchange, thinks);
    write_top_p(ctx, exchange, thinks);
    if (thinks)
        drop_sampling(ctx, exchange, "top_k", "a model that thinks takes none");
    else if (!pbs_is_type(ctx, top_k, PB_JSON_NULL))
        pbs_w_value(ctx, "top_k", top_k);
}
