/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at a target without changing anything: what take would say, and what choosing goes by. A
 * name that nobody asked yet is looked at as a fresh target and not remembered. */
#include "routing/fleet_internal.h"

#include "routing/short_text.h"

static void say_why(const PbayBreaker *breaker, const PbayFleetVerdict *verdict, PbayPeek *peek)
{
    if (verdict->out == PBAY_OUT_KEYS) {
        g_snprintf(peek->why, sizeof peek->why, "every key rests; the first that comes back: %s",
                   pbay_error_class(verdict->key_cls)->name);
    } else if (breaker->state != PBAY_BREAKER_CLOSED) {
        pbay_short_text(peek->why, sizeof peek->why, breaker->why);
    }
}

/* As many wait already as may: who comes now is turned away. */
static bool is_crowded(const PbayFleetVerdict *verdict, int64_t now)
{
    return verdict->limiter != NULL && verdict->limits->queue > 0 &&
           pbay_limiter_view(verdict->limiter, now).waiting >= verdict->limits->queue;
}

void pbay_fleet_peek(PbayFleet *fleet, const PbayTake *take, bool stream, PbayPeek *peek)
{
    const char *provider = take->provider != NULL ? pbay_fleet_account(take->provider) : NULL;
    PbayFleetRows rows = pbay_fleet_rows_find(fleet, take->target, provider);
    PbayTake look = *take;
    PbayBreaker breaker = {.state = PBAY_BREAKER_CLOSED};
    look.waiter = NULL;
    *peek = (PbayPeek){.first_ms = -1, .p95_ms = -1};
    pbay_fleet_rows_lock(rows);
    if (rows.target != NULL) {
        breaker = rows.target->breaker;
        peek->first_ms = pbay_latency_average(&rows.target->latency, take->now);
        peek->p95_ms = pbay_latency_p95(&rows.target->latency, stream);
        peek->busy = rows.target->busy;
    }
    PbayFleetVerdict verdict = pbay_fleet_judge(rows, &breaker, &look);
    if (is_crowded(&verdict, take->now))
        verdict.out = PBAY_OUT_QUEUE;
    pbay_fleet_rows_unlock(rows);
    pbay_fleet_rows_put(rows);
    peek->out = verdict.out;
    peek->until = verdict.until;
    peek->breaker = breaker.state;
    say_why(&breaker, &verdict, peek);
}

bool pbay_fleet_key(PbayFleet *fleet, const PbayProvider *provider, const char *target, int64_t now,
                    size_t *key, int64_t *until)
{
    PbayFleetRows rows = pbay_fleet_rows_find(fleet, target, pbay_fleet_account(provider));
    const char *name = rows.target != NULL ? rows.target->row.name : target;
    int32_t cls = 0;
    bool found = true;
    *key = 0;
    *until = 0;
    pbay_fleet_rows_lock(rows);
    if (rows.provider != NULL)
        found = pbay_keys_pick(rows.provider->keys, provider, name, now, key, until, &cls);
    pbay_fleet_rows_unlock(rows);
    pbay_fleet_rows_put(rows);
    return found;
}
