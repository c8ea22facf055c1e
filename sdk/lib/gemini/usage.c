/* SPDX-License-Identifier: MIT */
/* Owns token counts. Thoughts stand beside the candidates' tokens on one platform and inside them
 * on another; the total decides. A stream repeats them: only what changed is told. In ops. */
#include "lib/gemini/internal.h"

/* More tokens than any exchange has; a larger number is none. */
#define COUNT_MAX (INT64_MAX / 8)

static int64_t count(const pbs_ctx *ctx, const pb_json *usage, const char *name)
{
    int64_t value = pbs_get_int(ctx, usage, name, -1);
    return value >= 0 && value <= COUNT_MAX ? value : -1;
}

static int64_t or_zero(int64_t value)
{
    return value > 0 ? value : 0;
}

void pbs_gemini_take_usage(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *usage)
{
    int64_t prompt = count(ctx, usage, "promptTokenCount");
    int64_t tools = or_zero(count(ctx, usage, "toolUsePromptTokenCount"));
    int64_t said = count(ctx, usage, "candidatesTokenCount");
    int64_t thoughts = count(ctx, usage, "thoughtsTokenCount");
    int64_t total = count(ctx, usage, "totalTokenCount");
    int64_t cached = count(ctx, usage, "cachedContentTokenCount");
    int64_t without = or_zero(prompt) + or_zero(said);
    bool inside = said >= 0 && (total == without || (tools > 0 && total == without + tools));
    int64_t in = prompt >= 0 ? prompt + tools : -1;
    int64_t out = said < 0 && thoughts < 0 ? -1 : or_zero(said) + (inside ? 0 : or_zero(thoughts));
    int64_t now[] = {in, out, cached, thoughts, total};
    if (memcmp(now, g->usage, sizeof now) == 0 || (in < 0 && out < 0))
        return;
    memcpy(g->usage, now, sizeof now);
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_USAGE,
                      .known = (in >= 0 ? (uint32_t)PB_USAGE_IN : 0u) |
                               (out >= 0 ? (uint32_t)PB_USAGE_OUT : 0u) |
                               (cached >= 0 ? (uint32_t)PB_USAGE_CACHED : 0u) |
                               (thoughts >= 0 ? (uint32_t)PB_USAGE_REASON : 0u),
                      .tokens_in = or_zero(in),
                      .tokens_out = or_zero(out),
                      .tokens_cached = or_zero(cached),
                      .tokens_reasoning = or_zero(thoughts)};
    ctx->api->emit(ctx->x, &event);
}
