/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet with one provider on a clock of the test's own, for the tests of the fleet's files. */
#ifndef PBAY_TESTS_FLEET_RIG_H
#define PBAY_TESTS_FLEET_RIG_H

#include "base/str.h"
#include "routing/fleet.h"
#include "routing/retry_budget.h"
#include "snapshot/provider.h"

#define GPT4 "openai/gpt-4"
#define MINI "openai/gpt-4o-mini"

typedef struct Rig {
    PbayFleet *fleet;
    PbayProvider *provider; /* openai, two keys */
    PbayLimits limits, provider_limits;
    int64_t now;
} Rig;

static inline void rig_add_key(PbayProvider *provider, const char *value)
{
    g_ptr_array_add(pbay_provider_add_secret(provider, "api-key")->values,
                    pbay_secret_new(pbay_str(value)));
}

static inline Rig rig_new(void)
{
    Rig rig = {.fleet = pbay_fleet_new(1), .provider = pbay_provider_alloc("openai"), .now = 1000};
    rig_add_key(rig.provider, "sk-key-one");
    rig_add_key(rig.provider, "sk-key-two");
    return rig;
}

static inline void rig_free(Rig *rig)
{
    pbay_fleet_unref(rig->fleet);
    pbay_provider_unref(rig->provider);
}

/* Of no limits. */
static inline PbayTake rig_ask(const Rig *rig, const char *target)
{
    return (PbayTake){.provider = rig->provider, .target = target, .now = rig->now};
}

/* Of the rig's limits. */
static inline PbayTake rig_ask_limited(const Rig *rig, const char *target)
{
    PbayTake take = rig_ask(rig, target);
    take.limits = &rig->limits;
    take.provider_limits = &rig->provider_limits;
    return take;
}

static inline PbayTicket *rig_go(const Rig *rig, const PbayTake *take)
{
    PbayTaken taken;
    pbay_fleet_take(rig->fleet, take, &taken);
    g_assert_cmpint(taken.out, ==, PBAY_OUT_NONE);
    g_assert_nonnull(taken.ticket);
    g_assert_false(taken.queued);
    return taken.ticket;
}

static inline PbayTaken rig_refused(const Rig *rig, const PbayTake *take, PbayOut out)
{
    PbayTaken taken;
    pbay_fleet_take(rig->fleet, take, &taken);
    g_assert_null(taken.ticket);
    g_assert_cmpint(taken.out, ==, out);
    return taken;
}

/* cls 0: it went well. */
static inline void rig_settle(const Rig *rig, PbayTicket *ticket, int32_t cls, int64_t hint)
{
    static char message[] = "it broke";
    PbayFailure failure = {.cls = cls, .message = message, .retry_after_ms = hint};
    PbaySettle settle = {.now = rig->now,
                         .failure = cls != 0 ? &failure : NULL,
                         .first_ms = -1,
                         .total_ms = 100,
                         .tokens = -1,
                         .sent = true};
    pbay_fleet_settle(rig->fleet, ticket, &settle);
}

static inline void rig_settle_neutral(const Rig *rig, PbayTicket *ticket)
{
    PbaySettle settle = {
        .now = rig->now, .neutral = true, .first_ms = -1, .tokens = -1, .sent = true};
    pbay_fleet_settle(rig->fleet, ticket, &settle);
}

static inline void rig_call(const Rig *rig, const char *target, int32_t cls, int64_t hint)
{
    PbayTake take = rig_ask(rig, target);
    rig_settle(rig, rig_go(rig, &take), cls, hint);
}

/* Opens the target's breaker for about PBAY_BREAKER_COOL. */
static inline void rig_break(const Rig *rig, const char *target)
{
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++)
        rig_call(rig, target, PB_ERR_UPSTREAM, 0);
}

static inline PbayPeek rig_peek(const Rig *rig, const char *target)
{
    PbayTake take = rig_ask(rig, target);
    PbayPeek peek;
    pbay_fleet_peek(rig->fleet, &take, false, &peek);
    return peek;
}

#endif
