/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the judgement of one target at the moment of planning: can its provider serve the request at
 * all, is the context large enough, do breaker, keys and limits admit it; and the sentence that
 * says so. Looks only; any thread. */
#include "routing/plan_maker.h"

#include "drivers/drivers.h"
#include "snapshot/usable.h"

#include <string.h>

char *pbay_plan_time_text(int64_t ms)
{
    if (ms < 1000)
        return g_strdup_printf("%" G_GINT64_FORMAT " ms", MAX(ms, 1));
    int64_t seconds = (ms + 999) / 1000;
    return seconds < 120 ? g_strdup_printf("%" G_GINT64_FORMAT " s", seconds)
                         : g_strdup_printf("%" G_GINT64_FORMAT " min", (seconds + 30) / 60);
}

/* " for 12 s more", or "" when nobody knows. g_free. */
static char *for_how_long(const PbayPlanMaker *maker, const PbayPeek *peek)
{
    if (peek->until <= maker->spec->now)
        return g_strdup("");
    g_autofree char *time = pbay_plan_time_text(peek->until - maker->spec->now);
    return g_strdup_printf(" for %s more", time);
}

/* ---- Limits ---- */

static int64_t limit_of(const PbayLimits *limits, PbayOut out)
{
    if (limits == NULL)
        return 0;
    return out == PBAY_OUT_RPM        ? limits->rpm
           : out == PBAY_OUT_TPM      ? limits->tpm
           : out == PBAY_OUT_PARALLEL ? limits->parallel
                                      : 0;
}

static PbayTake take_of(const PbayPlanMaker *maker, const PbayModelTarget *target)
{
    return (PbayTake){.provider = target->provider,
                      .target = target->name,
                      .limits = target->limits,
                      .provider_limits = target->provider_limits,
                      .tokens = maker->tokens.input + maker->tokens.output,
                      .own_key = maker->spec->own_key,
                      .now = maker->spec->now};
}

/* Which of the two limits it is that the peek met. */
static const PbayLimits *limits_met(const PbayPlanMaker *maker, const PbayModelTarget *target,
                                    PbayOut out)
{
    if (limit_of(target->limits, out) == 0)
        return target->provider_limits;
    if (limit_of(target->provider_limits, out) == 0)
        return target->limits;
    PbayTake take = take_of(maker, target);
    PbayPeek peek;
    take.force = true;  /* limits alone count */
    take.limits = NULL; /* who is over without the target's own is over the provider's */
    pbay_fleet_peek(maker->spec->fleet, &take, false, &peek);
    return peek.out == out ? target->provider_limits : target->limits;
}

static char *limit_text(const PbayPlanMaker *maker, const PbayLimits *limits, const PbayStep *step)
{
    PbayOut out = step->peek.out;
    int64_t most = limit_of(limits, out);
    g_autofree char *time = for_how_long(maker, &step->peek);
    if (out == PBAY_OUT_PARALLEL)
        return g_strdup_printf("%" G_GINT64_FORMAT " requests are under way, as many as may be",
                               most);
    return g_strdup_printf("over %" G_GINT64_FORMAT " %s a minute%s", most,
                           out == PBAY_OUT_TPM ? "tokens" : "requests", time);
}

/* ---- What is configured ---- */

static void put_out(PbayStep *step, int32_t cls, char *reason)
{
    step->out = true;
    step->cls = cls;
    step->reason = reason;
}

static char *unusable_text(const PbayProvider *provider)
{
    const char *why = provider->why != NULL ? provider->why : "its driver is missing";
    return g_strdup_printf("%s: %s",
                           pbay_provider_wants_key(provider) ? "no key"
                                                             : "its provider cannot be "
                                                               "used",
                           why);
}

/* Of kinds whose whole request has to fit at once. */
static bool fits_context(const PbayPlanMaker *maker, const PbayModelTarget *target, int64_t *needed)
{
    const PbayFacts *facts = maker->spec->facts;
    int32_t kind = maker->spec->kind;
    if (facts == NULL || target->context <= 0 ||
        (kind != PB_KIND_CHAT && kind != PB_KIND_COMPLETION))
        return true;
    *needed = facts->tokens + facts->max_output;
    return *needed <= target->context;
}

static bool judge_configured(const PbayPlanMaker *maker, const PbayModelTarget *target,
                             PbayStep *step)
{
    const PbayProvider *provider = target->provider;
    const char *kind = pbay_kind_name(maker->spec->kind);
    int64_t needed = 0;
    if (provider == NULL) {
        const char *slash = strchr(target->name, '/');
        size_t len = slash != NULL ? (size_t)(slash - target->name) : strlen(target->name);
        put_out(step, PB_ERR_CONFIG,
                g_strdup_printf("there is no provider called \"%.*s\"", (int)len, target->name));
    } else if (!pbay_provider_usable(provider, maker->spec->own_key)) {
        put_out(step, PB_ERR_CONFIG, unusable_text(provider));
    } else if ((provider->driver->kinds & PB_KIND_BIT(maker->spec->kind)) == 0) {
        put_out(step, PB_ERR_UNSUPPORTED,
                g_strdup_printf("its driver cannot do %s",
                                kind != NULL ? kind : "this kind of request"));
    } else if (!fits_context(maker, target, &needed)) {
        put_out(step, PB_ERR_CONTEXT_LENGTH,
                g_strdup_printf("context of %" G_GINT64_FORMAT
                                " tokens is smaller than the estimated %" G_GINT64_FORMAT,
                                target->context, needed));
    }
    return !step->out;
}

/* ---- What the fleet knows ---- */

static void judge_limit(const PbayPlanMaker *maker, const PbayModelTarget *target, PbayStep *step,
                        char **waits)
{
    const PbayLimits *limits = limits_met(maker, target, step->peek.out);
    char *text = limit_text(maker, limits, step);
    if (limits != NULL && limits->queue > 0)
        *waits = text;
    else
        put_out(step, PB_ERR_RATE_LIMIT, text);
}

#define CROWDED "over a limit, and as many wait for it already as may"

/* Of one whose breaker or keys say no. A limit that would refuse it even if it were forced is told
 * too, and it is that limit's then: the last resort passes over no limit. */
static void judge_limit_too(const PbayPlanMaker *maker, const PbayModelTarget *target,
                            PbayStep *step)
{
    PbayTake take = take_of(maker, target);
    PbayPeek forced;
    take.force = true;
    pbay_fleet_peek(maker->spec->fleet, &take, false, &forced);
    const PbayLimits *limits = limits_met(maker, target, forced.out);
    bool crowded = forced.out == PBAY_OUT_QUEUE;
    if (forced.out == PBAY_OUT_NONE || (!crowded && limits != NULL && limits->queue > 0))
        return; /* it goes, or stands in line */
    int64_t until = step->peek.until;
    step->peek.out = forced.out;
    step->peek.until = forced.until;
    g_autofree char *rests = step->reason;
    g_autofree char *limit = crowded ? g_strdup(CROWDED) : limit_text(maker, limits, step);
    put_out(step, PB_ERR_RATE_LIMIT, g_strdup_printf("%s; and %s", rests, limit));
    step->peek.until = MAX(until, forced.until);
}

static void judge_fleet(const PbayPlanMaker *maker, const PbayModelTarget *target, PbayStep *step,
                        char **waits)
{
    const PbayPeek *peek = &step->peek;
    g_autofree char *time = for_how_long(maker, peek);
    const char *colon = peek->why[0] != '\0' ? ": " : "";
    bool rests = peek->out == PBAY_OUT_BREAKER || peek->out == PBAY_OUT_PROBING ||
                 peek->out == PBAY_OUT_KEYS;
    switch (peek->out) {
    case PBAY_OUT_NONE:
        break;
    case PBAY_OUT_BREAKER:
        put_out(step, PB_ERR_OVERLOADED,
                g_strdup_printf("breaker open%s%s%s", time, colon, peek->why));
        break;
    case PBAY_OUT_PROBING:
        put_out(
            step, PB_ERR_OVERLOADED,
            g_strdup_printf("breaker half-open, another call is trying it%s%s", colon, peek->why));
        break;
    case PBAY_OUT_KEYS:
        put_out(step, PB_ERR_RATE_LIMIT, g_strdup_printf("no key%s%s%s", time, colon, peek->why));
        break;
    case PBAY_OUT_RPM:
    case PBAY_OUT_TPM:
    case PBAY_OUT_PARALLEL:
        judge_limit(maker, target, step, waits);
        break;
    case PBAY_OUT_QUEUE:
        put_out(step, PB_ERR_RATE_LIMIT, g_strdup(CROWDED));
        break;
    case PBAY_OUT_RETRIES:
        put_out(step, PB_ERR_OVERLOADED, g_strdup("its provider's retry budget is used up"));
        break;
    }
    if (rests)
        judge_limit_too(maker, target, step);
}

/* ---- The whole ---- */

static void estimate(const PbayPlanMaker *maker, const PbayModelTarget *target, PbayStep *step)
{
    if (maker->spec->facts == NULL)
        return;
    step->estimated =
        pbay_price_cost(target->price, &maker->tokens, &step->estimate, &step->unpriced);
}

void pbay_plan_judge(const PbayPlanMaker *maker, const PbayModelTarget *target, PbayStep *step,
                     char **waits)
{
    *waits = NULL;
    step->target = target;
    step->cause = maker->cause;
    step->peek = (PbayPeek){.first_ms = -1, .p95_ms = -1};
    estimate(maker, target, step);
    if (target->provider != NULL && maker->spec->fleet != NULL) {
        PbayTake take = take_of(maker, target);
        pbay_fleet_peek(maker->spec->fleet, &take, false, &step->peek);
    }
    if (judge_configured(maker, target, step))
        judge_fleet(maker, target, step, waits);
}
