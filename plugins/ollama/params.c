/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fate of top-level parameters: lists say what is passed on, what is handled
 * elsewhere, what is dropped and what cannot be met. Nothing is left out silently, except a value
 * that asks for what happens anyway. In ops. */
#include "ollama.h"

#include "lib/params.h"

static const char *const handled[] = {"model",
                                      "messages",
                                      "prompt",
                                      "suffix",
                                      "input",
                                      "dimensions",
                                      "encoding_format",
                                      "stream",
                                      "stream_options",
                                      "max_tokens",
                                      "max_completion_tokens",
                                      "options",
                                      "tools",
                                      "tool_choice",
                                      "response_format",
                                      "format",
                                      "reasoning_effort",
                                      "think",
                                      "logprobs",
                                      "keep_alive",
                                      "truncate",
                                      NULL};

/* The vendor's own. */
static const char *const passed[] = {"top_logprobs", "shift",   "raw",    "system",
                                     "template",     "context", "images", NULL};

static const pbs_param left_out[] = {
    {"n", PB_NOTE_UNMET, "1", "this vendor gives one answer a request; ask several times"},
    {"best_of", PB_NOTE_UNMET, "1", "this vendor gives one answer a request"},
    {"echo", PB_NOTE_UNMET, "false", "this vendor does not repeat the prompt"},
    {"logit_bias", PB_NOTE_UNMET, "{}", "this vendor takes no biases"},
    {"audio", PB_NOTE_UNMET, NULL, "this vendor gives no audio"},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", "this vendor answers in text"},
    {"web_search_options", PB_NOTE_UNMET, NULL, "this vendor does not search within an answer"},
    {"parallel_tool_calls", PB_NOTE_DROPPED, "true", "this vendor has no such setting"},
    {"user", PB_NOTE_DROPPED, NULL, "this vendor does not tell users apart"},
    {"safety_identifier", PB_NOTE_DROPPED, NULL, "this vendor does not tell users apart"},
    {"store", PB_NOTE_DROPPED, "false", "this vendor stores no answers"},
    {"metadata", PB_NOTE_DROPPED, NULL, "this vendor keeps none"},
    {"service_tier", PB_NOTE_DROPPED, "\"auto\"", "this vendor has one"},
    {"verbosity", PB_NOTE_DROPPED, "\"medium\"", "this vendor has no such setting"},
    {"prediction", PB_NOTE_DROPPED, NULL, "this vendor takes no predicted answer"},
    {"moderation", PB_NOTE_DROPPED, NULL, "this vendor has no such setting"},
    {"prompt_cache_key", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {"prompt_cache_retention", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {"prompt_cache_options", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {NULL, 0, NULL, NULL},
};

static const pbs_params params = {
    .handled = handled, .passed = passed, .handles = ollama_is_option, .refused = left_out};

void ollama_note(const pbs_ctx *ctx, const Exchange *exchange, int32_t note, const char *param,
                 const char *why)
{
    if (!exchange->quiet)
        ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

void ollama_note_params(const pbs_ctx *ctx, const Exchange *exchange)
{
    if (!exchange->quiet)
        pbs_params_note(ctx, &params, exchange->request->body);
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
    write_keep_alive(ctx, exchange);
    write_truncate(ctx, exchange);
    if (exchange->request->kind == PB_KIND_EMBEDDING)
        return;
    write_format(ctx, exchange);
    write_logprobs(ctx, exchange);
    pbs_params_write(ctx, &params, exchange->request->body);
}
