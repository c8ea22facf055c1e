/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fate of top-level parameters of chats and prompts: lists say what is passed on, what is
 * handled elsewhere, what is dropped and what cannot be met; numbers are brought into the vendor's
 * ranges, which is told. Nothing is left out silently. In ops. */
#include "cohere.h"

#include "lib/params.h"

#define STOPS_MAX 5u

static const char *const handled[] = {"model",
                                      "messages",
                                      "prompt",
                                      "max_tokens",
                                      "max_completion_tokens",
                                      "temperature",
                                      "top_p",
                                      "p",
                                      "top_k",
                                      "k",
                                      "presence_penalty",
                                      "frequency_penalty",
                                      "stop",
                                      "stop_sequences",
                                      "logprobs",
                                      "stream",
                                      "stream_options",
                                      "tools",
                                      "tool_choice",
                                      "strict_tools",
                                      "response_format",
                                      "reasoning_effort",
                                      "thinking",
                                      NULL};

/* The vendor's own, and those that mean the same. */
static const char *const passed[] = {"seed",        "documents", "citation_options",
                                     "safety_mode", "priority",  NULL};

static const pbs_param left_out[] = {
    {"n", PB_NOTE_UNMET, "1", "this vendor gives one answer a request; ask several times"},
    {"best_of", PB_NOTE_UNMET, "1", "this vendor gives one answer a request"},
    {"echo", PB_NOTE_UNMET, "false", "this vendor does not repeat the prompt"},
    {"suffix", PB_NOTE_UNMET, "\"\"", "this vendor does not fill in the middle"},
    {"logit_bias", PB_NOTE_UNMET, "{}", "this vendor takes no biases"},
    {"audio", PB_NOTE_UNMET, NULL, "this vendor gives no audio"},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", "this vendor answers in text"},
    {"web_search_options", PB_NOTE_UNMET, NULL, "this vendor does not search within an answer"},
    {"top_logprobs", PB_NOTE_DROPPED, "0",
     "this vendor tells no alternatives, only the token's own"},
    {"parallel_tool_calls", PB_NOTE_DROPPED, "true", "this vendor has no such setting"},
    {"user", PB_NOTE_DROPPED, NULL, "this vendor does not tell users apart"},
    {"safety_identifier", PB_NOTE_DROPPED, NULL, "this vendor does not tell users apart"},
    {"store", PB_NOTE_DROPPED, "false", "this vendor stores no answers"},
    {"metadata", PB_NOTE_DROPPED, NULL, "this vendor keeps none"},
    {"service_tier", PB_NOTE_DROPPED, "\"auto\"", "this vendor has `priority`, a number, instead"},
    {"verbosity", PB_NOTE_DROPPED, "\"medium\"", "this vendor has no such setting"},
    {"prediction", PB_NOTE_DROPPED, NULL, "this vendor takes no predicted answer"},
    {"moderation", PB_NOTE_DROPPED, NULL, "this vendor has safety_mode instead"},
    {"prompt_cache_key", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {"prompt_cache_retention", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {"prompt_cache_options", PB_NOTE_DROPPED, NULL, "this vendor caches by itself"},
    {NULL, 0, NULL, NULL},
};

static const pbs_params params = {.handled = handled, .passed = passed, .refused = left_out};

void cohere_note(const pbs_ctx *ctx, int32_t note, const char *param, const char *why)
{
    ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

/* ---- Numbers with a range ---- */

typedef struct Range {
    const char *name, *wire;
    double min, max;
    const char *why;
} Range;

static const Range ranges[] = {
    {"temperature", "temperature", 0, 1, "this vendor takes 0 to 1"},
    {"top_p", "p", 0.01, 0.99, "this vendor takes 0.01 to 0.99"},
    {"p", "p", 0.01, 0.99, "this vendor takes 0.01 to 0.99"},
    {"top_k", "k", 0, 500, "this vendor takes 0 to 500"},
    {"k", "k", 0, 500, "this vendor takes 0 to 500"},
    {"frequency_penalty", "frequency_penalty", 0, 1, "this vendor takes 0 to 1"},
    {"presence_penalty", "presence_penalty", 0, 1, "this vendor takes 0 to 1"},
};

/* OpenAI's name for a member gives way to the vendor's own beside it. */
static bool is_doubled(const pbs_ctx *ctx, const pb_json *body, const Range *range)
{
    return strcmp(range->name, range->wire) != 0 && pbs_has(ctx, body, range->wire);
}

static void write_number(const pbs_ctx *ctx, const pb_json *value, const Range *range)
{
    double given = ctx->api->json_real(value, range->min);
    double bound = given < range->min ? range->min : range->max;
    int32_t type = ctx->api->json_type(value);
    bool number = type == PB_JSON_INT || type == PB_JSON_REAL;
    pbs_w_key(ctx, range->wire);
    if (!number || (given >= range->min && given <= range->max)) {
        ctx->api->w_value(ctx->x, value); /* what is no number is the vendor's to refuse */
        return;
    }
    cohere_note(ctx, PB_NOTE_CLAMPED, range->name, range->why);
    ctx->api->w_real(ctx->x, bound);
}

static void write_numbers(const pbs_ctx *ctx, const pb_json *body)
{
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const pb_json *value = pbs_get(ctx, body, ranges[i].name);
        if (!pbs_is_type(ctx, value, PB_JSON_NULL) && !is_doubled(ctx, body, &ranges[i]))
            write_number(ctx, value, &ranges[i]);
    }
}

/* ---- Others with rules of their own ---- */

static void write_stop(const pbs_ctx *ctx, const pb_json *body)
{
    bool own = pbs_has(ctx, body, "stop_sequences");
    const pb_json *stop = pbs_get(ctx, body, own ? "stop_sequences" : "stop");
    bool text = pbs_is_type(ctx, stop, PB_JSON_STRING);
    size_t n = ctx->api->json_len(stop);
    if (!text && n == 0)
        return;
    if (n > STOPS_MAX)
        cohere_note(ctx, PB_NOTE_CLAMPED, own ? "stop_sequences" : "stop",
                    "this vendor takes five; the first five are sent");
    pbs_w_array(ctx, "stop_sequences");
    if (text)
        ctx->api->w_value(ctx->x, stop);
    for (size_t i = 0; !text && i < n && i < STOPS_MAX; i++)
        ctx->api->w_value(ctx->x, ctx->api->json_at(stop, i, NULL));
    pbs_w_end(ctx);
}

static void write_max_tokens(const pbs_ctx *ctx, const pb_json *body)
{
    const char *name =
        pbs_has(ctx, body, "max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    if (pbs_has(ctx, body, name))
        pbs_w_value(ctx, "max_tokens", pbs_get(ctx, body, name));
}

/* A boolean in a chat; in a prompt's request how many alternatives to tell. */
static void write_logprobs(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *value = pbs_get(ctx, exchange->request->body, "logprobs");
    if (exchange->request->kind == PB_KIND_COMPLETION) {
        if (!pbs_is_type(ctx, value, PB_JSON_NULL))
            cohere_note(ctx, PB_NOTE_UNMET, "logprobs",
                        "this vendor tells token probabilities in chats only");
    } else if (ctx->api->json_bool(value, 0) != 0) {
        pbs_w_bool(ctx, "logprobs", true);
    }
}

void cohere_write_params(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    pbs_params_note(ctx, &params, body);
    write_max_tokens(ctx, body);
    write_numbers(ctx, body);
    write_stop(ctx, body);
    write_logprobs(ctx, exchange);
    pbs_params_write(ctx, &params, body);
}
