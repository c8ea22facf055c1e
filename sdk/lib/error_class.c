/* SPDX-License-Identifier: MIT */
/* Owns the tables that turn vendors' words into classes: one of codes and types, one of phrases.
 * Adding a vendor's word is adding a row. Pure; any thread. */
#include "lib/error_class.h"

#include "lib/str.h"

typedef struct Word {
    const char *word;
    int32_t cls;
} Word;

/* Codes and types, whatever the status. */
static const Word words[] = {
    {"context_length_exceeded", PB_ERR_CONTEXT_LENGTH},
    {"invalid_api_key", PB_ERR_AUTH},
    {"authentication_error", PB_ERR_AUTH},
    {"permission_error", PB_ERR_FORBIDDEN},
    {"permission_denied", PB_ERR_FORBIDDEN},
    {"request_forbidden", PB_ERR_FORBIDDEN},
    {"unsupported_country_region_territory", PB_ERR_FORBIDDEN},
    {"model_not_found", PB_ERR_NOT_FOUND},
    {"unknown_model", PB_ERR_NOT_FOUND},
    {"DeploymentNotFound", PB_ERR_NOT_FOUND},
    {"not_found_error", PB_ERR_NOT_FOUND},
    {"content_policy_violation", PB_ERR_CONTENT_POLICY},
    {"content_filter", PB_ERR_CONTENT_POLICY},
    {"ResponsibleAIPolicyViolation", PB_ERR_CONTENT_POLICY},
    {"insufficient_quota", PB_ERR_QUOTA},
    {"credit_balance_exhausted", PB_ERR_QUOTA},
    {"billing_hard_limit_reached", PB_ERR_QUOTA},
    {"billing_error", PB_ERR_QUOTA},
    {"payment_required", PB_ERR_QUOTA},
    {"rate_limit_exceeded", PB_ERR_RATE_LIMIT},
    {"rate_limit_error", PB_ERR_RATE_LIMIT},
    {"capacity_exceeded", PB_ERR_RATE_LIMIT},
    {"server_is_overloaded", PB_ERR_OVERLOADED},
    {"service_unavailable_error", PB_ERR_OVERLOADED},
    {"overloaded_error", PB_ERR_OVERLOADED},
    {"overloaded", PB_ERR_OVERLOADED},
    {"slow_down", PB_ERR_OVERLOADED},
    {"provider_overloaded", PB_ERR_OVERLOADED},
    {"provider_unavailable", PB_ERR_OVERLOADED},
    {"timeout_error", PB_ERR_TIMEOUT},
    {"timeout", PB_ERR_TIMEOUT},
};

/* Words that count only when the status does not already say more. */
static const Word vague_words[] = {
    {"invalid_request_error", PB_ERR_INVALID},
    {"invalid_prompt", PB_ERR_INVALID},
    {"validation", PB_ERR_INVALID},
    {"requests", PB_ERR_RATE_LIMIT},
    {"tokens", PB_ERR_RATE_LIMIT},
    {"server_error", PB_ERR_UPSTREAM},
    {"server", PB_ERR_UPSTREAM},
    {"generation", PB_ERR_UPSTREAM},
    {"api_error", PB_ERR_UPSTREAM},
};

static const Word phrases[] = {
    {"maximum context length is", PB_ERR_CONTEXT_LENGTH},
    {"exceed context limit", PB_ERR_CONTEXT_LENGTH},
    {"is longer than the model's context length", PB_ERR_CONTEXT_LENGTH},
    {"input tokens exceed the configured limit", PB_ERR_CONTEXT_LENGTH},
    {"`inputs` tokens + `max_new_tokens` must be", PB_ERR_CONTEXT_LENGTH},
    {"`inputs` must have less than", PB_ERR_CONTEXT_LENGTH},
    {"exceeds the available context size", PB_ERR_CONTEXT_LENGTH},
    {"exceeds the maximum number of tokens allowed", PB_ERR_CONTEXT_LENGTH},
    {"prompt is too long", PB_ERR_CONTEXT_LENGTH},
    {"input is too long", PB_ERR_CONTEXT_LENGTH},
    {"too many input tokens", PB_ERR_CONTEXT_LENGTH},
    {"prompt has too many tokens", PB_ERR_CONTEXT_LENGTH},
    {"too many tokens", PB_ERR_CONTEXT_LENGTH},
    {"exceeds the context length", PB_ERR_CONTEXT_LENGTH},
    {"while limit is", PB_ERR_CONTEXT_LENGTH},
    {"content_policy_violation", PB_ERR_CONTENT_POLICY},
    {"rejected as a result of our safety system", PB_ERR_CONTENT_POLICY},
    {"violating our usage policy", PB_ERR_CONTENT_POLICY},
    {"content filtering policy", PB_ERR_CONTENT_POLICY},
    {"content management policy", PB_ERR_CONTENT_POLICY},
    {"responsibleaipolicyviolation", PB_ERR_CONTENT_POLICY},
    {"incorrect api key provided", PB_ERR_AUTH},
    {"service tier capacity exceeded", PB_ERR_RATE_LIMIT},
    {"request was throttled", PB_ERR_RATE_LIMIT},
    {"is not supported by any provider you have enabled", PB_ERR_NOT_FOUND},
};

/* Said inside a reply that began with 200, where no status helps. */
static const Word late_phrases[] = {
    {"currently unavailable", PB_ERR_OVERLOADED}, {"overloaded", PB_ERR_OVERLOADED},
    {"at capacity", PB_ERR_OVERLOADED},           {"rate limit", PB_ERR_RATE_LIMIT},
    {"too many requests", PB_ERR_RATE_LIMIT},     {"timed out", PB_ERR_TIMEOUT},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int32_t of_word(pb_str s, const Word *table, size_t n)
{
    for (size_t i = 0; s.len > 0 && i < n; i++)
        if (pbs_is(s, table[i].word))
            return table[i].cls;
    return 0;
}

static int32_t of_phrase(pb_str s, const Word *table, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pbs_find_nocase(s, table[i].word) != PBS_NONE)
            return table[i].cls;
    return 0;
}

/* A status that leaves open what was wrong with the request. */
static bool is_open(int status)
{
    return status < 400 || status == 400 || status == 403 || status == 409 || status == 413 ||
           status == 415 || status == 422 || status == 424;
}

static int32_t of_text(int status, pb_str code, pb_str message)
{
    if (!is_open(status) && status != 429)
        return 0;
    int32_t cls = of_phrase(message, phrases, COUNT(phrases));
    bool counted = cls == PB_ERR_CONTEXT_LENGTH;
    if (counted && (status == 429 || status == 403 || pbs_is(code, "string_above_max_length")))
        return 0;
    if (cls == PB_ERR_AUTH && status == 429)
        return 0;
    return cls;
}

/* The class of a status that an error names itself. */
static int32_t of_inner(int inner)
{
    switch (inner) {
    case 401:
        return PB_ERR_AUTH;
    case 402:
        return PB_ERR_QUOTA;
    case 403:
        return PB_ERR_FORBIDDEN;
    case 404:
    case 410:
        return PB_ERR_NOT_FOUND;
    case 408:
    case 499:
    case 504:
    case 524:
        return PB_ERR_TIMEOUT;
    case 425:
    case 429:
    case 498:
        return PB_ERR_RATE_LIMIT;
    case 424:
    case 503:
    case 529:
        return PB_ERR_OVERLOADED;
    default:
        return inner >= 500 ? PB_ERR_UPSTREAM : inner >= 400 ? PB_ERR_INVALID : 0;
    }
}

int32_t pbs_error_class(int status, int inner, pb_str code, pb_str type, pb_str message)
{
    int32_t cls = of_word(code, words, COUNT(words));
    if (cls == 0)
        cls = of_word(type, words, COUNT(words));
    if (status == 413 && cls == PB_ERR_RATE_LIMIT)
        cls =
            0; /* one request larger than the whole allowance never fits, however long one waits */
    if (cls == 0)
        cls = of_text(status, code, message);
    if (cls == 0 && status >= 400)
        return 0;
    if (cls == 0)
        cls = of_inner(inner);
    if (cls == 0)
        cls = of_phrase(message, late_phrases, COUNT(late_phrases));
    if (cls == 0)
        cls = of_word(code, vague_words, COUNT(vague_words));
    if (cls == 0)
        cls = of_word(type, vague_words, COUNT(vague_words));
    return cls != 0 ? cls : PB_ERR_UPSTREAM;
}
