/* SPDX-License-Identifier: Apache-2.0 */
/* May a target be asked now, and if not, why? One order of asking for take and peek, so that
 * what `explain` says is what happens: the breaker, the provider's keys, the retry budget
 * (whoever may not go anyway does not wait for a place), the limits of the target and of the
 * provider. Under the locks of both rows; takes nothing, so that there is nothing to give back
 * after a refusal. */
#include "routing/fleet_internal.h"

static PbayOut out_of(PbayLimit limit)
{
    switch (limit) {
    case PBAY_LIMIT_RPM:
        return PBAY_OUT_RPM;
    case PBAY_LIMIT_TPM:
        return PBAY_OUT_TPM;
    case PBAY_LIMIT_PARALLEL:
        return PBAY_OUT_PARALLEL;
    default:
        return PBAY_OUT_NONE;
    }
}

/* False: refused. */
static bool ask_breaker(PbayBreaker *breaker, const PbayTake *take, PbayFleetVerdict *verdict)
{
    if (take->aside || pbay_breaker_admits(breaker, take->now, false, &verdict->probe))
        return true;
    verdict->forced = take->force;
    if (take->force)
        return true;
    bool open = breaker->state == PBAY_BREAKER_OPEN;
    verdict->out = open ? PBAY_OUT_BREAKER : PBAY_OUT_PROBING;
    verdict->until = open ? breaker->until : 0;
    return false;
}

static bool ask_keys(PbayFleetRows rows, const PbayTake *take, PbayFleetVerdict *verdict)
{
    int64_t until = 0;
    if (take->own_key || rows.provider == NULL)
        return true;
    const char *target = rows.target != NULL ? rows.target->row.name : take->target;
    if (pbay_keys_pick(rows.provider->keys, take->provider, target, take->now, &verdict->key,
                       &until, &verdict->key_cls) ||
        take->force)
        return true;
    verdict->out = PBAY_OUT_KEYS;
    verdict->until = until;
    return false;
}

static bool ask_limit(PbayLimiter *limiter, const PbayLimits *limits, const PbayTake *take,
                      PbayFleetVerdict *verdict)
{
    int64_t until = 0;
    PbayLimit limit = pbay_limiter_check(limiter, limits, take->requests, take->tokens,
                                         take->waiter, take->now, &until);
    if (limit == PBAY_LIMIT_NONE)
        return true;
    verdict->out = out_of(limit);
    verdict->until = until;
    verdict->limiter = limiter;
    verdict->limits = limits;
    return false;
}

static void ask_limits(PbayFleetRows rows, const PbayTake *take, PbayFleetVerdict *verdict)
{
    if (rows.target != NULL && !take->aside &&
        !ask_limit(rows.target->limiter, take->limits, take, verdict))
        return;
    if (rows.provider != NULL)
        ask_limit(rows.provider->limiter, take->provider_limits, take, verdict);
}

PbayFleetVerdict pbay_fleet_judge(PbayFleetRows rows, PbayBreaker *breaker, const PbayTake *take)
{
    PbayFleetVerdict verdict = {.out = PBAY_OUT_NONE};
    if (!ask_breaker(breaker, take, &verdict) || !ask_keys(rows, take, &verdict))
        return verdict;
    if (take->extra && rows.provider != NULL &&
        !pbay_retry_budget_allows(&rows.provider->budget, take->now))
        verdict.out = PBAY_OUT_RETRIES;
    else
        ask_limits(rows, take, &verdict);
    return verdict;
}
