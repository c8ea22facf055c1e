/* SPDX-License-Identifier: MIT */
/* Owns refusals: their class where this vendor's words say more than its status, and the one
 * second try that a refused parameter gets. Source: the vendor's page on errors. In ops. */
#include "lib/anthropic/dialect.h"

#include "lib/error.h"

typedef struct Phrase {
    const char *says;
    int32_t cls;
} Phrase;

/* Said with status 400 and the type invalid_request_error. */
static const Phrase phrases[] = {
    {"credit balance is too low", PB_ERR_QUOTA},
    {"reached your specified api usage limits", PB_ERR_QUOTA},
    {"prompt is too long", PB_ERR_CONTEXT_LENGTH},
    {"exceed context limit", PB_ERR_CONTEXT_LENGTH},
    {"content filtering policy", PB_ERR_CONTENT_POLICY},
};

static void judge(const pbs_ctx *ctx, const pb_json *object, int32_t status, pbs_error *error)
{
    const pb_json *details = pbs_get(ctx, pbs_get(ctx, object, "error"), "details");
    for (size_t i = 0; status < 500 && status != 429 && i < sizeof phrases / sizeof phrases[0]; i++)
        if (pbs_find_nocase(error->message, phrases[i].says) != PBS_NONE)
            error->cls = phrases[i].cls;
    if (error->code.len == 0)
        error->code = pbs_get_str(ctx, details, "error_code");
}

pb_next pbs_anthropic_failed(const pbs_ctx *ctx, int32_t status, const pb_json *object)
{
    pbs_error error;
    if (!pbs_error_read(ctx, object, &error))
        error.message = PBS_STR("the vendor reported an error without saying which");
    judge(ctx, object, status, &error);
    return pbs_error_fail(ctx, status, &error);
}

/* ---- The second try ---- */

static bool says(pb_str message, const char *const *words)
{
    for (; *words != NULL; words++)
        if (pbs_find_nocase(message, *words) != PBS_NONE)
            return true;
    return false;
}

static bool repair_sampling(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str message)
{
    static const char *const names[] = {"temperature", "top_p", "top_k", NULL};
    static const char *const refusals[] = {
        "deprecated",  "not supported", "unsupported",   "does not support",
        "not allowed", "cannot both",   "not permitted", NULL};
    const pb_json *body = exchange->request->body;
    bool sent = false;
    if (!says(message, names) || !says(message, refusals))
        return false;
    exchange->repairs.top_p = pbs_find_nocase(message, "cannot both") != PBS_NONE;
    exchange->repairs.sampling = !exchange->repairs.top_p;
    for (size_t i = 0; names[i] != NULL; i++) {
        bool goes = exchange->repairs.sampling || strcmp(names[i], "top_p") == 0;
        if (!goes || !pbs_has(ctx, body, names[i]))
            continue;
        sent = true;
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, names[i], "the vendor refused it");
    }
    return sent;
}

static bool repair_thinking(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str message)
{
    static const char *const words[] = {"thinking.type", "budget_tokens", "thinking.enabled", NULL};
    static const char *const efforts[] = {"effort", NULL};
    bool adaptive = exchange->thinking == THINKING_ADAPTIVE;
    if (adaptive && says(message, efforts)) {
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "reasoning_effort",
                           "the vendor refused it; the model decides itself how much to think");
        exchange->repairs.no_effort = true;
        return true;
    }
    bool budget = exchange->thinking == THINKING_BUDGET || exchange->thinking == THINKING_GIVEN;
    if (!budget || pbs_find_nocase(message, "adaptive") == PBS_NONE || !says(message, words))
        return false;
    pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED,
                       exchange->thinking == THINKING_GIVEN ? "thinking" : "reasoning_effort",
                       "this model takes no budget and decides itself how much to think");
    exchange->repairs.adaptive = true;
    return true;
}

static bool repair_format(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str message)
{
    static const char *const words[] = {"output_config", "output_format", "json_schema", "schema",
                                        NULL};
    if (exchange->format != FORMAT_SCHEMA || !says(message, words))
        return false;
    pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "response_format",
                       "the vendor refused the schema; made by a tool whose input is the answer");
    exchange->repairs.no_schema = true;
    return true;
}

/* The number in text from *at on; *at moves behind it. -1: none. */
static int64_t next_number(pb_str text, size_t *at)
{
    int64_t number = 0;
    size_t digits = 0;
    while (*at < text.len && (text.ptr[*at] < '0' || text.ptr[*at] > '9'))
        (*at)++;
    for (; *at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9'; (*at)++)
        if (digits++ < 12)
            number = number * 10 + (text.ptr[*at] - '0');
    return digits > 0 && digits <= 12 ? number : -1;
}

/* "... exceed context limit: 190000 + 64000 > 200000, ...": a maximum that the client did not
 * ask for gives way to the prompt. */
static bool repair_max_tokens(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str message)
{
    static const char says_limit[] = "exceed context limit:";
    const pb_json *body = exchange->request->body;
    size_t at = pbs_find_nocase(message, says_limit);
    if (at == PBS_NONE || pbs_has(ctx, body, "max_tokens") ||
        pbs_has(ctx, body, "max_completion_tokens"))
        return false;
    at += sizeof says_limit - 1;
    int64_t prompt = next_number(message, &at), most = next_number(message, &at);
    int64_t context = next_number(message, &at), rest = context - prompt;
    if (prompt < 0 || most < 0 || context < 0 || rest < 1 || rest >= exchange->max_tokens)
        return false;
    exchange->repairs.max_tokens = rest;
    pbs_anthropic_note(ctx, exchange, PB_NOTE_CLAMPED, "max_tokens",
                       "the prompt leaves less of the context than the model can write");
    return true;
}

static bool repair(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str message)
{
    pb_kind kind = exchange->request->kind;
    bool can = kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION || kind == PB_KIND_COUNT_TOKENS;
    if (!can || exchange->status != 400 || exchange->repairs.done ||
        pbs_anthropic_is_legacy(exchange))
        return false;
    return repair_sampling(ctx, exchange, message) || repair_thinking(ctx, exchange, message) ||
           repair_format(ctx, exchange, message) || repair_max_tokens(ctx, exchange, message);
}

pb_next pbs_anthropic_refused(const pbs_ctx *ctx, pbs_anthropic *exchange, int32_t status,
                              pb_str body)
{
    pbs_error error;
    const pb_json *object = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    exchange->status = status;
    if (object == NULL || !pbs_error_read(ctx, object, &error))
        return pbs_error_fail_body(ctx, status, body);
    if (repair(ctx, exchange, error.message)) {
        exchange->repairs.done = true;
        exchange->quiet = true;
        return PB_SEND;
    }
    judge(ctx, object, status, &error);
    return pbs_error_fail(ctx, status, &error);
}
