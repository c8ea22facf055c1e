/* SPDX-License-Identifier: MIT */
/* Owns the order of trust among retry hints. It never decides: a hint of an hour is passed up as
 * it is and the core makes of it what its policy says. */
#include "lib/retry.h"

#include "lib/duration.h"
#include "lib/str.h"

/* A limit and when it is full again; the reset counts only when nothing remains. */
typedef struct Limit {
    const char *remaining, *reset;
} Limit;

static const Limit limits[] = {
    {"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
    {"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
    {"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
    {"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"},
    {"anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"},
    {"anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"},
    {"x-ratelimit-remaining", "x-ratelimit-reset"},
    {"ratelimit-remaining", "ratelimit-reset"},
};

/* A plain number this large is a moment (seconds or milliseconds since 1970), not a span. */
#define EPOCH_SECONDS INT64_C(1000000000)
#define EPOCH_MS      INT64_C(1000000000000)

static pb_str header(const pbs_ctx *ctx, const char *name)
{
    return pbs_trim(ctx->api->http_reply_header(ctx->x, pbs_str(name)));
}

static int64_t until_reset(pb_str value, int64_t now_ms)
{
    int64_t number = 0;
    if (!pbs_int(value, &number) || number < EPOCH_SECONDS)
        return pbs_until(value, now_ms);
    int64_t at = number >= EPOCH_MS ? number : number * 1000;
    return at > now_ms ? at - now_ms : 0;
}

static bool is_used_up(pb_str remaining)
{
    int64_t number = 1;
    return pbs_int(remaining, &number) && number <= 0;
}

/* All limits that are used up must be full again: the latest counts. */
static int64_t from_limits(const pbs_ctx *ctx, int64_t now_ms)
{
    int64_t latest = -1;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (!is_used_up(header(ctx, limits[i].remaining)))
            continue;
        int64_t after = until_reset(header(ctx, limits[i].reset), now_ms);
        latest = after > latest ? after : latest;
    }
    return latest;
}

/* A plain number, fractions too: "850ms" would be read as something else. */
static int64_t from_milliseconds(pb_str value)
{
    char last = value.len > 0 ? value.ptr[value.len - 1] : '\0';
    int64_t as_seconds = last >= '0' && last <= '9' ? pbs_duration(value) : -1;
    return as_seconds < 0 ? -1 : (as_seconds + 999) / 1000;
}

static bool is_word(pb_str value, const char *word)
{
    return value.len == strlen(word) && pbs_find_nocase(value, word) == 0;
}

pbs_retry pbs_retry_read(const pbs_ctx *ctx, pb_str message, int64_t hint_ms)
{
    int64_t now_ms = ctx->api->now_ms(ctx->core);
    pb_str should = header(ctx, "x-should-retry");
    int64_t after = from_milliseconds(header(ctx, "retry-after-ms"));
    if (after < 0)
        after = pbs_until(header(ctx, "retry-after"), now_ms);
    if (after < 0)
        after = hint_ms;
    if (after < 0)
        after = pbs_duration_in_text(message);
    if (after < 0)
        after = from_limits(ctx, now_ms);
    pbs_retry result = {0, after < 0 ? 0 : after == 0 ? 1 : after};
    if (is_word(should, "true"))
        result.retry = 1;
    else if (is_word(should, "false"))
        result.retry = -1;
    return result;
}
