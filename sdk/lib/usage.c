/* SPDX-License-Identifier: MIT */
/* Owns the reading of token counts. Where vendors disagree on what a counter includes, the total
 * decides: a total that only fits when reasoning is added says that reasoning was left out. */
#include "lib/usage.h"

#include "lib/str.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef struct Counter {
    const char *object, *member; /* object NULL: usage itself */
} Counter;

static const Counter in_names[] = {{NULL, "prompt_tokens"}, {NULL, "input_tokens"}};
static const Counter out_names[] = {{NULL, "completion_tokens"}, {NULL, "output_tokens"}};
static const Counter cached_names[] = {
    {"prompt_tokens_details", "cached_tokens"}, {"prompt_token_details", "cached_tokens"},
    {"input_tokens_details", "cached_tokens"},  {NULL, "num_cached_tokens"},
    {NULL, "prompt_cache_hit_tokens"},          {NULL, "cached_tokens"},
};
static const Counter write_names[] = {{"prompt_tokens_details", "cache_write_tokens"}};
static const Counter reason_names[] = {
    {"completion_tokens_details", "reasoning_tokens"},
    {"output_tokens_details", "reasoning_tokens"},
    {NULL, "reasoning_tokens"},
};

/* Members that the canonical usage has, or that the counters above were read from. */
static const char *const taken[] = {
    "prompt_tokens",        "completion_tokens",    "total_tokens",
    "input_tokens",         "output_tokens",        "num_cached_tokens",
    "prompt_token_details", "input_tokens_details", "output_tokens_details"};
static const char *const taken_details[] = {"cached_tokens", "cache_write_tokens",
                                            "reasoning_tokens"};

/* More tokens than any exchange has; a larger number is none, and sums of these never overflow. */
#define COUNT_MAX (INT64_MAX / 8)

static bool counter(const pbs_ctx *ctx, const pb_json *usage, const Counter *names, size_t n,
                    int64_t *out)
{
    for (size_t i = 0; i < n; i++) {
        const pb_json *object = usage;
        if (names[i].object != NULL)
            object = ctx->api->json_get(usage, pbs_str(names[i].object));
        int64_t value =
            ctx->api->json_int(ctx->api->json_get(object, pbs_str(names[i].member)), -1);
        if (value < 0 || value > COUNT_MAX)
            continue;
        *out = value;
        return true;
    }
    return false;
}

static void settle(pb_event *e, int64_t total)
{
    bool excluded = (e->known & PB_USAGE_REASON) && e->tokens_reasoning > 0 &&
                    total == e->tokens_in + e->tokens_out + e->tokens_reasoning;
    if ((e->known & PB_USAGE_OUT) && excluded)
        e->tokens_out += e->tokens_reasoning;
    if ((e->known & PB_USAGE_IN) && (e->known & PB_USAGE_CACHED) && e->tokens_cached > e->tokens_in)
        e->tokens_in += e->tokens_cached;
}

void pbs_usage_read(const pbs_ctx *ctx, const pb_json *usage, pb_event *out)
{
    *out = (pb_event){.size = sizeof *out, .kind = PB_EV_USAGE};
    if (counter(ctx, usage, in_names, COUNT(in_names), &out->tokens_in))
        out->known |= PB_USAGE_IN;
    if (counter(ctx, usage, out_names, COUNT(out_names), &out->tokens_out))
        out->known |= PB_USAGE_OUT;
    if (counter(ctx, usage, cached_names, COUNT(cached_names), &out->tokens_cached))
        out->known |= PB_USAGE_CACHED;
    if (counter(ctx, usage, write_names, COUNT(write_names), &out->tokens_cache_write))
        out->known |= PB_USAGE_WRITE;
    if (counter(ctx, usage, reason_names, COUNT(reason_names), &out->tokens_reasoning))
        out->known |= PB_USAGE_REASON;
    settle(out, ctx->api->json_int(ctx->api->json_get(usage, PBS_STR("total_tokens")), -1));
}

static bool in_list(pb_str name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pbs_is(name, list[i]))
            return true;
    return false;
}

/* Details whose every member is canonical add nothing. */
static bool says_more(const pbs_ctx *ctx, pb_str name, const pb_json *value)
{
    pb_str member;
    if (!pbs_is(name, "prompt_tokens_details") && !pbs_is(name, "completion_tokens_details"))
        return true;
    for (size_t i = 0; ctx->api->json_at(value, i, &member) != NULL; i++)
        if (!in_list(member, taken_details, COUNT(taken_details)))
            return true;
    return false;
}

void pbs_usage_emit(const pbs_ctx *ctx, const pb_json *usage)
{
    pb_event event;
    pb_str name;
    if (ctx->api->json_type(usage) != PB_JSON_OBJECT)
        return;
    pbs_usage_read(ctx, usage, &event);
    if (event.known != 0)
        ctx->api->emit(ctx->x, &event);
    const pb_json *value = NULL;
    for (size_t i = 0; (value = ctx->api->json_at(usage, i, &name)) != NULL; i++) {
        int32_t type = ctx->api->json_type(value);
        if (type == PB_JSON_NULL || type == PB_JSON_ARRAY || in_list(name, taken, COUNT(taken)) ||
            !says_more(ctx, name, value))
            continue;
        pb_event extra = {.size = sizeof extra,
                          .kind = PB_EV_EXTRA,
                          .at = PB_AT_USAGE,
                          .name = name,
                          .text = ctx->api->json_text(value)};
        ctx->api->emit(ctx->x, &extra);
    }
}
