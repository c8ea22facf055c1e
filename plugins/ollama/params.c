/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fate of top-level parameters: a table says what is passed on, what is handled
 * elsewhere, what is dropped and what cannot be met. Nothing is left out silently, except a value
 * that asks for what happens anyway. In ops. */
#include "ollama.h"

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
    {"suffix", FATE_HANDLED, NULL, NULL},
    {"input", FATE_HANDLED, NULL, NULL},
    {"dimensions", FATE_HANDLED, NULL, NULL},
    {"encoding_format", FATE_HANDLED, NULL, NULL},
    {"stream", FATE_HANDLED, NULL, NULL},
    {"stream_options", FATE_HANDLED, NULL, NULL},
    {"max_tokens", FATE_HANDLED, NULL, NULL},
    {"max_completion_tokens", FATE_HANDLED, NULL, NULL},
    {"options", FATE_HANDLED, NULL, NULL},
    {"tools", FATE_HANDLED, NULL, NULL},
    {"tool_choice", FATE_HANDLED, NULL, NULL},
    {"response_format", FATE_HANDLED, NULL, NULL},
    {"format", FATE_HANDLED, NULL, NULL},
    {"reasoning_effort", FATE_HANDLED, NULL, NULL},
    {"think", FATE_HANDLED, NULL, NULL},
    {"logprobs", FATE_HANDLED, NULL, NULL},
    {"keep_alive", FATE_HANDLED, NULL, NULL},
    {"truncate", FATE_HANDLED, NULL, NULL},
    {"top_logprobs", FATE_PASS, NULL, NULL},
    {"shift", FATE_PASS, NULL, NULL},
    {"raw", FATE_PASS, NULL, NULL},
    {"system", FATE_PASS, NULL, NULL},
    {"template", FATE_PASS, NULL, NULL},
    {"context", FATE_PASS, NULL, NULL},
    {"images", FATE_PASS, NULL, NULL},
    {"n", FATE_UNMET, "1", "this vendor gives one answer a request; ask several times"},
    {"best_of", FATE_UNMET, "1", "this vendor gives one answer a request"},
    {"echo", FATE_UNMET, "false", "this vendor does not repeat the prompt"},
    {"logit_bias", FATE_UNMET, "{}", "this vendor takes no biases"},
    {"audio", FATE_UNMET, NULL, "this vendor gives no audio"},
    {"modalities", FATE_UNMET, "[\"text\"]", "this vendor answers in text"},
    {"web_search_options", FATE_UNMET, NULL, "this vendor does not search within an answer"},
    {"parallel_tool_calls", FATE_DROP, "true", "this vendor has no such setting"},
    {"user", FATE_DROP, NULL, "this vendor does not tell users apart"},
    {"safety_identifier", FATE_DROP, NULL, "this vendor does not tell users apart"},
    {"store", FATE_DROP, "false", "this vendor stores no answers"},
    {"metadata", FATE_DROP, NULL, "this vendor keeps none"},
    {"service_tier", FATE_DROP, "\"auto\"", "this vendor has one"},
    {"verbosity", FATE_DROP, "\"medium\"", "this vendor has no such setting"},
    {"prediction", FATE_DROP, NULL, "this vendor takes no predicted answer"},
    {"moderation", FATE_DROP, NULL, "this vendor has no such setting"},
    {"prompt_cache_key", FATE_DROP, NULL, "this vendor caches by itself"},
    {"prompt_cache_retention", FATE_DROP, NULL, "this vendor caches by itself"},
    {"prompt_cache_options", FATE_DROP, NULL, "this vendor caches by itself"},
};

static const Param *find(pb_str name)
{
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
        if (pbs_is(name, params[i].name))
            return &params[i];
    return NULL;
}

void ollama_note(const pbs_ctx *ctx, const Exchange *exchange, int32_t note, const char *param,
                 const char *why)
{
    if (!exchange->quiet)
        ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

static void note_member(const pbs_ctx *ctx, const Exchange *exchange, pb_str key,
                        const pb_json *value)
{
    const Param *param = find(key);
    if (exchange->quiet || pbs_is_type(ctx, value, PB_JSON_NULL) || ollama_is_option(key))
        return;
    if (param == NULL) {
        ctx->api->note(ctx->x, PB_NOTE_DROPPED, key,
                       PBS_STR("this vendor knows no parameter of that name"));
        return;
    }
    bool fails = param->fate == FATE_UNMET;
    bool neutral = param->neutral != NULL && pbs_is(ctx->api->json_text(value), param->neutral);
    if ((fails || param->fate == FATE_DROP) && !neutral)
        ctx->api->note(ctx->x, fails ? PB_NOTE_UNMET : PB_NOTE_DROPPED, key, pbs_str(param->why));
}

void ollama_note_params(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = ctx->api->json_at(exchange->request->body, i, &key)) != NULL; i++)
        note_member(ctx, exchange, key, value);
}

/* ---- Those with rules of their own ---- */

/* The vendor's own member wins over OpenAI's. */
static void write_format(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    const pb_json *format = pbs_get(ctx, body, "response_format");
    pb_str type = pbs_get_str(ctx, format, "type");
    const pb_json *schema = pbs_get(ctx, pbs_get(ctx, format, "json_schema"), "schema");
    if (pbs_has(ctx, body, "format"))
        pbs_w_value(ctx, "format", pbs_get(ctx, body, "format"));
    else if (pbs_is(type, "json_schema") && pbs_is_type(ctx, schema, PB_JSON_OBJECT))
        pbs_w_value(ctx, "format", schema);
    else if (pbs_is(type, "json_object") || pbs_is(type, "json_schema"))
        pbs_w_str(ctx, "format", PBS_STR("json"));
    else if (type.len > 0 && !pbs_is(type, "text"))
        ollama_note(ctx, exchange, PB_NOTE_UNMET, "response_format",
                    "this vendor answers in text, JSON, or JSON by a schema");
}

/* true, or for a completion how many alternatives to tell. */
static void write_logprobs(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *value = pbs_get(ctx, exchange->request->body, "logprobs");
    int64_t alternatives = ctx->api->json_int(value, -1);
    if (alternatives >= 0) {
        pbs_w_bool(ctx, "logprobs", true);
        if (alternatives > 0)
            pbs_w_int(ctx, "top_logprobs", alternatives);
    } else if (ctx->api->json_bool(value, 0) != 0) {
        pbs_w_bool(ctx, "logprobs", true);
    }
}

static void write_keep_alive(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *value = pbs_get(ctx, exchange->request->body, "keep_alive");
    pb_str otherwise = pbs_str(exchange->provider->keep_alive);
    int64_t seconds = 0;
    if (!pbs_is_type(ctx, value, PB_JSON_NULL))
        pbs_w_value(ctx, "keep_alive", value);
    else if (pbs_int(otherwise, &seconds))
        pbs_w_int(ctx, "keep_alive", seconds);
    else if (otherwise.len > 0)
        pbs_w_str(ctx, "keep_alive", otherwise);
}

static void write_truncate(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *value = pbs_get(ctx, exchange->request->body, "truncate");
    if (!pbs_is_type(ctx, value, PB_JSON_NULL))
        pbs_w_value(ctx, "truncate", value);
    else if (exchange->provider->truncate >= 0)
        pbs_w_bool(ctx, "truncate", exchange->provider->truncate != 0);
}

void ollama_write_params(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *value = NULL;
    pb_str key;
    write_keep_alive(ctx, exchange);
    write_truncate(ctx, exchange);
    if (exchange->request->kind == PB_KIND_EMBEDDING)
        return;
    write_format(ctx, exchange);
    write_logprobs(ctx, exchange);
    for (size_t i = 0; (value = ctx->api->json_at(exchange->request->body, i, &key)) != NULL; i++) {
        const Param *param = find(key);
        if (param == NULL || param->fate != FATE_PASS || pbs_is_type(ctx, value, PB_JSON_NULL))
            continue;
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
}
