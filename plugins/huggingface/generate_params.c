/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fate of each parameter on TGI's own API: what becomes a member of `parameters`, what
 * is dropped, what cannot be met. The server refuses the ends of ranges (temperature 0, top_p 1),
 * which mean something here. In begin(). */
#include "huggingface.h"

#include "lib/params.h"

static const char *const handled[] = {"model",
                                      "messages",
                                      "prompt",
                                      "stream",
                                      "stream_options",
                                      "max_tokens",
                                      "max_completion_tokens",
                                      "temperature",
                                      "top_p",
                                      "stop",
                                      "n",
                                      "logprobs",
                                      "top_logprobs",
                                      "response_format",
                                      "tool_choice",
                                      NULL};

/* Written into `parameters` as they stand; the vendor's own behind the first two. */
static const char *const passed[] = {
    "seed",     "frequency_penalty", "top_k",      "typical_p",    "repetition_penalty",
    "truncate", "watermark",         "adapter_id", "top_n_tokens", "decoder_input_details",
    "grammar",  "do_sample",         NULL};

static const char no_tools[] = "TGI's own API has no tools; set api = messages";

static const pbs_param refused[] = {
    {"presence_penalty", PB_NOTE_DROPPED, "0", "this API has frequency_penalty alone"},
    {"logit_bias", PB_NOTE_UNMET, "{}", "this API takes no biases"},
    {"tools", PB_NOTE_UNMET, "[]", no_tools},
    {"parallel_tool_calls", PB_NOTE_DROPPED, "true", no_tools},
    {"reasoning_effort", PB_NOTE_DROPPED, NULL, "this API has no such setting"},
    {"verbosity", PB_NOTE_DROPPED, "\"medium\"", "this API has no such setting"},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", "this API answers in text"},
    {"audio", PB_NOTE_UNMET, NULL, "this API answers in text"},
    {"prediction", PB_NOTE_DROPPED, NULL, "this API takes no predicted answer"},
    {"web_search_options", PB_NOTE_UNMET, NULL, "this API does not search"},
    {"service_tier", PB_NOTE_DROPPED, "\"auto\"", "this API has one"},
    {"store", PB_NOTE_DROPPED, "false", "this API stores no answers"},
    {"metadata", PB_NOTE_DROPPED, NULL, "this API keeps none"},
    {"user", PB_NOTE_DROPPED, NULL, "this API does not tell users apart"},
    {"safety_identifier", PB_NOTE_DROPPED, NULL, "this API does not tell users apart"},
    {"prompt_cache_key", PB_NOTE_DROPPED, NULL, "the server caches by itself"},
    {"prompt_cache_retention", PB_NOTE_DROPPED, NULL, "the server caches by itself"},
    {"prompt_cache_options", PB_NOTE_DROPPED, NULL, "the server caches by itself"},
    {"moderation", PB_NOTE_DROPPED, NULL, "this API has no such setting"},
    {"echo", PB_NOTE_UNMET, "false", "this API does not repeat the prompt here"},
    {"suffix", PB_NOTE_UNMET, "\"\"", "this API goes on with a text, it does not fill in"},
    {"best_of", PB_NOTE_UNMET, "1", "ask for n answers"},
    {NULL, 0, NULL, NULL},
};

static const pbs_params params = {.handled = handled, .passed = passed, .refused = refused};

static void note(const pbs_ctx *ctx, int32_t note, const char *param, const char *why)
{
    ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

void hf_generate_note_params(const pbs_ctx *ctx, const HfExchange *exchange)
{
    const pb_json *body = exchange->openai.body, *choice = pbs_get(ctx, body, "tool_choice");
    pb_str word = ctx->api->json_str(choice);
    pbs_params_note(ctx, &params, body);
    if (pbs_is_type(ctx, choice, PB_JSON_OBJECT) || pbs_is(word, "required"))
        note(ctx, PB_NOTE_UNMET, "tool_choice", no_tools);
}

/* ---- Those with rules of their own ---- */

static void write_sampling(const pbs_ctx *ctx, const pb_json *body, bool several)
{
    const pb_json *temperature = pbs_get(ctx, body, "temperature");
    const pb_json *top_p = pbs_get(ctx, body, "top_p");
    double heat = ctx->api->json_real(temperature, -1), share = ctx->api->json_real(top_p, 1);
    bool greedy = heat >= 0 && heat <= 0, given = pbs_has(ctx, body, "temperature");
    if (given && !greedy) /* below 0, too: the server says why not */
        pbs_w_value(ctx, "temperature", temperature);
    if ((several || greedy) && !pbs_has(ctx, body, "do_sample"))
        pbs_w_bool(ctx, "do_sample", several);
    if (share <= 0 && share >= 0) {
        pbs_w_key(ctx, "top_p");
        ctx->api->w_real(ctx->x, 0.01);
        note(ctx, PB_NOTE_CLAMPED, "top_p", "sent as 0.01: the server refuses 0");
    } else if (share < 1 || share > 1) {
        pbs_w_value(ctx, "top_p", top_p);
    }
}

static void write_stops(const pbs_ctx *ctx, const HfExchange *exchange)
{
    if (exchange->n_stops == 0)
        return;
    pbs_w_array(ctx, "stop");
    for (size_t i = 0; i < exchange->n_stops; i++)
        ctx->api->w_str(ctx->x, exchange->stops[i]);
    pbs_w_end(ctx);
}

/* One answer and the others beside it; not in a stream. */
static bool write_several(const pbs_ctx *ctx, const HfExchange *exchange)
{
    int64_t n = pbs_get_int(ctx, exchange->openai.body, "n", 1);
    if (n > 1 && exchange->openai.stream)
        note(ctx, PB_NOTE_UNMET, "n", "this API streams one answer; ask without stream");
    if (n < 2 || exchange->openai.stream)
        return false;
    pbs_w_int(ctx, "best_of", n);
    return true;
}

static void write_grammar(const pbs_ctx *ctx, const HfExchange *exchange)
{
    const pb_json *body = exchange->openai.body;
    const pb_json *format = pbs_get(ctx, body, "response_format");
    const pb_json *schema = pbs_get(ctx, pbs_get(ctx, format, "json_schema"), "schema");
    pb_str type = pbs_get_str(ctx, format, "type");
    bool any = pbs_is(type, "json_object");
    if (format != NULL && !any && !pbs_is(type, "json_schema") && !pbs_is(type, "text") &&
        !pbs_is_type(ctx, format, PB_JSON_NULL))
        note(ctx, PB_NOTE_UNMET, "response_format",
             "this API has text, json_object and json_schema; see also the member grammar");
    if (pbs_has(ctx, body, "grammar") || (!any && !pbs_is(type, "json_schema")))
        return;
    pbs_w_object(ctx, "grammar");
    pbs_w_str(ctx, "type", PBS_STR("json"));
    if (any || schema == NULL) {
        pbs_w_object(ctx, "value");
        pbs_w_str(ctx, "type", PBS_STR("object"));
        pbs_w_end(ctx);
    } else {
        pbs_w_value(ctx, "value", schema);
    }
    pbs_w_end(ctx);
}

static void write_logprobs(const pbs_ctx *ctx, HfExchange *exchange)
{
    const pb_json *body = exchange->openai.body, *asked = pbs_get(ctx, body, "logprobs");
    int64_t top = pbs_get_int(ctx, body, "top_logprobs", 0);
    if (exchange->openai.request->kind == PB_KIND_COMPLETION) {
        if (pbs_is_type(ctx, asked, PB_JSON_INT))
            note(ctx, PB_NOTE_UNMET, "logprobs", "only for chats on this API");
        return;
    }
    exchange->logprobs = ctx->api->json_bool(asked, 0) != 0;
    if (exchange->logprobs && top > 0 && !pbs_has(ctx, body, "top_n_tokens"))
        pbs_w_int(ctx, "top_n_tokens", top);
}

void hf_generate_write_params(const pbs_ctx *ctx, HfExchange *exchange)
{
    const pb_json *body = exchange->openai.body;
    bool newer = pbs_has(ctx, body, "max_completion_tokens");
    const pb_json *max = pbs_get(ctx, body, newer ? "max_completion_tokens" : "max_tokens");
    pbs_w_object(ctx, "parameters");
    if (max != NULL && !pbs_is_type(ctx, max, PB_JSON_NULL))
        pbs_w_value(ctx, "max_new_tokens", max); /* 0, too: the server says why not */
    bool several = write_several(ctx, exchange);
    write_sampling(ctx, body, several);
    write_stops(ctx, exchange);
    write_grammar(ctx, exchange);
    write_logprobs(ctx, exchange);
    pbs_params_write(ctx, &params, body);
    pbs_w_bool(ctx, "details", true);
    pbs_w_bool(ctx, "return_full_text", false);
    pbs_w_end(ctx);
}
