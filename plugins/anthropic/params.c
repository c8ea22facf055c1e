/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fate of top-level parameters: a table says what is passed on, what is handled
 * elsewhere, what is dropped and what cannot be met. Nothing is left out silently, except a value
 * that asks for what happens anyway. In ops. */
#include "anthropic.h"

typedef enum Fate {
    FATE_HANDLED, /* written by the file that knows it */
    FATE_PASS,    /* the vendor's own                  */
    FATE_DROP,
    FATE_UNMET
} Fate;

typedef struct Param {
    const char *name;
    Fate fate;
    const char *neutral; /* a value, as JSON text, that asks for what happens anyway */
    const char *why;
} Param;

static const Param params[] = {
    {"model", FATE_HANDLED, NULL, NULL},
    {"messages", FATE_HANDLED, NULL, NULL},
    {"prompt", FATE_HANDLED, NULL, NULL},
    {"max_tokens", FATE_HANDLED, NULL, NULL},
    {"max_completion_tokens", FATE_HANDLED, NULL, NULL},
    {"stop", FATE_HANDLED, NULL, NULL},
    {"stream", FATE_HANDLED, NULL, NULL},
    {"stream_options", FATE_HANDLED, NULL, NULL},
    {"temperature", FATE_HANDLED, NULL, NULL},
    {"top_p", FATE_HANDLED, NULL, NULL},
    {"top_k", FATE_HANDLED, NULL, NULL},
    {"tools", FATE_HANDLED, NULL, NULL},
    {"tool_choice", FATE_HANDLED, NULL, NULL},
    {"parallel_tool_calls", FATE_HANDLED, NULL, NULL},
    {"response_format", FATE_HANDLED, NULL, NULL},
    {"reasoning_effort", FATE_HANDLED, NULL, NULL},
    {"thinking", FATE_HANDLED, NULL, NULL},
    {"output_config", FATE_HANDLED, NULL, NULL},
    {"web_search_options", FATE_HANDLED, NULL, NULL},
    {"user", FATE_HANDLED, NULL, NULL},
    {"safety_identifier", FATE_HANDLED, NULL, NULL},
    {"metadata", FATE_HANDLED, NULL, NULL},
    {"service_tier", FATE_HANDLED, NULL, NULL},
    {"anthropic_beta", FATE_HANDLED, NULL, NULL},
    {"betas", FATE_HANDLED, NULL, NULL},
    {"cache_control", FATE_PASS, NULL, NULL},
    {"container", FATE_PASS, NULL, NULL},
    {"context_management", FATE_PASS, NULL, NULL},
    {"inference_geo", FATE_PASS, NULL, NULL},
    {"mcp_servers", FATE_PASS, NULL, NULL},
    {"speed", FATE_PASS, NULL, NULL},
    {"n", FATE_UNMET, "1", "this vendor gives one answer a request; ask several times"},
    {"best_of", FATE_UNMET, "1", "this vendor gives one answer a request"},
    {"echo", FATE_UNMET, "false", "this vendor does not repeat the prompt"},
    {"suffix", FATE_UNMET, "\"\"", "this vendor does not fill in the middle"},
    {"logprobs", FATE_UNMET, "false", "this vendor tells no token probabilities"},
    {"top_logprobs", FATE_UNMET, "0", "this vendor tells no token probabilities"},
    {"logit_bias", FATE_UNMET, "{}", "this vendor takes no biases"},
    {"audio", FATE_UNMET, NULL, "this vendor gives no audio"},
    {"modalities", FATE_UNMET, "[\"text\"]", "this vendor answers in text"},
    {"presence_penalty", FATE_DROP, "0", "this vendor has no penalties"},
    {"frequency_penalty", FATE_DROP, "0", "this vendor has no penalties"},
    {"seed", FATE_DROP, NULL, "this vendor's sampling cannot be seeded"},
    {"store", FATE_DROP, "false", "this vendor stores no answers"},
    {"verbosity", FATE_DROP, "\"medium\"", "this vendor has no such setting"},
    {"prediction", FATE_DROP, NULL, "this vendor takes no predicted answer"},
    {"moderation", FATE_DROP, NULL, "this vendor has no such setting"},
    {"prompt_cache_key", FATE_DROP, NULL, "mark what to cache with cache_control"},
    {"prompt_cache_retention", FATE_DROP, NULL, "mark what to cache with cache_control"},
    {"prompt_cache_options", FATE_DROP, NULL, "mark what to cache with cache_control"},
};

static const Param *find(pb_str name)
{
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
        if (pbs_is(name, params[i].name))
            return &params[i];
    return NULL;
}

static bool is_neutral(const pbs_ctx *ctx, const Param *param, const pb_json *value)
{
    int32_t type = ctx->api->json_type(value);
    if (type == PB_JSON_NULL)
        return true;
    if (param->neutral == NULL)
        return false;
    if (pbs_is(ctx->api->json_text(value), param->neutral))
        return true;
    double number = ctx->api->json_real(value, -1);
    bool zero = strcmp(param->neutral, "0") == 0 && type == PB_JSON_REAL;
    return zero && number <= 0 && number >= 0;
}

void anthropic_note(const pbs_ctx *ctx, const Exchange *exchange, int32_t note, const char *param,
                    const char *why)
{
    if (!exchange->quiet)
        ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

static void note_member(const pbs_ctx *ctx, const Exchange *exchange, pb_str key,
                        const pb_json *value)
{
    const Param *param = find(key);
    if (exchange->quiet || pbs_is_type(ctx, value, PB_JSON_NULL))
        return;
    if (param == NULL) {
        ctx->api->note(ctx->x, PB_NOTE_DROPPED, key,
                       PBS_STR("this vendor knows no parameter of that name"));
        return;
    }
    bool fails = param->fate == FATE_UNMET;
    if ((fails || param->fate == FATE_DROP) && !is_neutral(ctx, param, value))
        ctx->api->note(ctx->x, fails ? PB_NOTE_UNMET : PB_NOTE_DROPPED, key, pbs_str(param->why));
}

void anthropic_note_params(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(exchange->request->body, i, &key)) != NULL; i++)
        note_member(ctx, exchange, key, value);
}

static void write_service_tier(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_str tier = pbs_get_str(ctx, exchange->request->body, "service_tier");
    if (pbs_is(tier, "auto") || pbs_is(tier, "standard_only"))
        pbs_w_str(ctx, "service_tier", tier);
    else if (pbs_is(tier, "default"))
        pbs_w_str(ctx, "service_tier", PBS_STR("standard_only"));
    else if (tier.len > 0)
        anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "service_tier",
                       "this vendor has auto and default");
}

void anthropic_write_params(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *value = NULL;
    pb_str key;
    write_service_tier(ctx, exchange);
    for (size_t i = 0; (value = ctx->api->json_at(exchange->request->body, i, &key)) != NULL; i++) {
        const Param *param = find(key);
        if (param == NULL || param->fate != FATE_PASS || pbs_is_type(ctx, value, PB_JSON_NULL))
            continue;
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
}

/* ---- Those with rules of their own ---- */

int64_t anthropic_max_tokens(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    int64_t otherwise = exchange->provider->max_tokens > 0 ? exchange->provider->max_tokens
                                                           : exchange->model->max_output;
    if (exchange->repairs.max_tokens > 0)
        otherwise = exchange->repairs.max_tokens;
    otherwise = pbs_get_int(ctx, body, "max_tokens", otherwise);
    return pbs_get_int(ctx, body, "max_completion_tokens", otherwise);
}

static void write_one_stop(const pbs_ctx *ctx, const Exchange *exchange, pb_str text, bool *told)
{
    if (!anthropic_is_blank(text)) {
        ctx->api->w_str(ctx->x, text);
        return;
    }
    if (!*told)
        anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "stop",
                       "this vendor takes no stop sequence of white space alone");
    *told = true;
}

void anthropic_write_stop(const pbs_ctx *ctx, const Exchange *exchange, const char *name)
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

void anthropic_write_metadata(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body, *metadata = pbs_get(ctx, body, "metadata");
    const char *from = "metadata";
    pb_str id = pbs_get_str(ctx, metadata, "user_id");
    if (ctx->api->json_len(metadata) > (id.len > 0 ? 1u : 0u))
        anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "metadata",
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
        anthropic_note(ctx, exchange, PB_NOTE_DROPPED, from,
                       "it looks like an e-mail address or a telephone number, which this vendor "
                       "asks not to send");
    } else if (id.len > 0) {
        pbs_w_object(ctx, "metadata");
        pbs_w_str(ctx, "user_id", id);
        pbs_w_end(ctx);
    }
}

/* ---- Sampling ---- */

static void drop_sampling(const pbs_ctx *ctx, const Exchange *exchange, const char *name,
                          const char *why)
{
    if (pbs_has(ctx, exchange->request->body, name))
        anthropic_note(ctx, exchange, PB_NOTE_DROPPED, name, why);
}

static void write_temperature(const pbs_ctx *ctx, const Exchange *exchange, bool thinks)
{
    const pb_json *value = pbs_get(ctx, exchange->request->body, "temperature");
    double given = ctx->api->json_real(value, 1);
    if (pbs_is_type(ctx, value, PB_JSON_NULL))
        return;
    if (thinks && (given < 1 || given > 1)) {
        anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "temperature",
                       "a model that thinks takes only 1");
    } else if (given > 1) {
        anthropic_note(ctx, exchange, PB_NOTE_CLAMPED, "temperature", "this vendor's highest is 1");
        pbs_w_int(ctx, "temperature", 1);
    } else {
        pbs_w_value(ctx, "temperature", value);
    }
}

static void write_top_p(const pbs_ctx *ctx, const Exchange *exchange, bool thinks)
{
    const pb_json *body = exchange->request->body, *value = pbs_get(ctx, body, "top_p");
    bool both = pbs_has(ctx, body, "temperature") &&
                ((exchange->model->traits & MODEL_ONE_SAMPLING) != 0 || exchange->repairs.top_p);
    if (pbs_is_type(ctx, value, PB_JSON_NULL))
        return;
    if (both)
        anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "top_p",
                       "this model takes temperature or top_p, not both");
    else if (thinks && ctx->api->json_real(value, 1) < 0.95)
        anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "top_p",
                       "a model that thinks takes only values from 0.95 to 1");
    else
        pbs_w_value(ctx, "top_p", value);
}

void anthropic_write_sampling(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *top_k = pbs_get(ctx, exchange->request->body, "top_k");
    bool refused = (exchange->model->traits & MODEL_NO_SAMPLING) != 0 || exchange->repairs.sampling;
    bool thinks = anthropic_thinks(ctx, exchange);
    if (refused || exchange->provider->drops_sampling) {
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
