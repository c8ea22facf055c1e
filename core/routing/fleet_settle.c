/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a ticket. What a target is to blame for goes to its breaker, what a key is to
 * blame for to the keys, and what only the request is to blame for to nobody; limits hear what was
 * really used. Under the locks of the target and its provider; the listener is told after them. */
#include "routing/fleet_internal.h"

#include "routing/chance.h"
#include "routing/short_text.h"

/* The state that one draw leaves to the next (chance.c's own step). */
#define CHANCE_STEP UINT64_C(0x9e3779b97f4a7c15)

/* The next number from 0 to 1; threads share the generator. */
static double draw(PbayFleet *fleet)
{
    PbayChance chance = {
        .state = atomic_fetch_add_explicit(&fleet->chance, CHANCE_STEP, memory_order_relaxed)};
    return (double)(pbay_chance_next(&chance) >> 11) / (double)(UINT64_C(1) << 53);
}

/* Is only the request to blame, or the caller's own key? */
static bool is_callers(const PbayFailure *failure, bool own_key)
{
    switch (failure->cls) {
    case PB_ERR_INVALID:
    case PB_ERR_CONTEXT_LENGTH:
    case PB_ERR_CONTENT_POLICY:
    case PB_ERR_UNSUPPORTED:
    case PBAY_ERR_CANCELLED:
        return true;
    case PB_ERR_AUTH:
    case PB_ERR_QUOTA:
    case PB_ERR_FORBIDDEN:
    case PB_ERR_RATE_LIMIT:
        return own_key;
    default:
        return false;
    }
}

static void mark_changed(PbayFleetTarget *target, int64_t now)
{
    target->changed_at = target->changed ? MAX(now, target->changed_at) : now;
    target->changed = target->unstamped = true;
}

static void note_value(PbayFleetTarget *target)
{
    atomic_store_explicit(&target->row.valuable, target->breaker.state != PBAY_BREAKER_CLOSED,
                          memory_order_relaxed);
}

/* Did it change the breaker? An outcome is late when the breaker has opened since the call began:
 * it says nothing new, unless the vendor names a time with it. */
static bool settle_breaker(PbayFleet *fleet, const PbayTicket *ticket, const PbaySettle *settle)
{
    PbayBreaker *breaker = &ticket->rows.target->breaker;
    PbayBreakerState state = breaker->state;
    int64_t until = breaker->until;
    bool late = ticket->openings != breaker->openings;
    bool probe = ticket->probe && !late;
    const PbayFailure *failure = settle->neutral ? NULL : settle->failure;
    if (settle->neutral || (failure != NULL && !pbay_breaker_counts(failure)))
        pbay_breaker_neutral(breaker, probe);
    else if (failure == NULL)
        pbay_breaker_success(breaker, settle->now, (ticket->probe || ticket->forced) && !late);
    else if (!late || failure->retry_after_ms > 0)
        pbay_breaker_failure(breaker, settle->now, probe, failure, draw(fleet));
    note_value(ticket->rows.target);
    return breaker->state != state || breaker->until != until;
}

static void settle_keys(const PbayTicket *ticket, const PbaySettle *settle)
{
    PbayKeys *keys = ticket->rows.provider->keys;
    const char *name = ticket->rows.target->row.name;
    const PbayFailure *failure = settle->failure;
    bool beside = ticket->aside && failure != NULL && failure->cls == PB_ERR_RATE_LIMIT;
    if (settle->neutral || ticket->own_key || settle->own_key || beside)
        return; /* the rate of listings is not the model's */
    if (failure == NULL)
        pbay_keys_worked(keys, ticket->provider, name, ticket->key);
    else
        pbay_keys_failed(keys, ticket->provider, name, ticket->key, failure, settle->now);
}

static void settle_limits(const PbayTicket *ticket, const PbaySettle *settle)
{
    if (!ticket->aside)
        pbay_limiter_release(ticket->rows.target->limiter, ticket->at, ticket->requests,
                             ticket->tokens, settle->tokens, settle->sent, settle->now);
    pbay_limiter_release(ticket->rows.provider->limiter, ticket->at, ticket->requests,
                         ticket->tokens, settle->tokens, settle->sent, settle->now);
}

static void note_first(PbayLatency *latency, int64_t now, bool stream, int64_t first_ms)
{
    pbay_latency_first(latency, now, first_ms);
    if (stream)
        pbay_latency_sample(latency, true, first_ms);
}

static void settle_latency(const PbayTicket *ticket, const PbaySettle *settle)
{
    PbayLatency *latency = &ticket->rows.target->latency;
    if (settle->first_ms >= 0 && !ticket->content)
        note_first(latency, settle->now, settle->stream, settle->first_ms);
    if (!settle->stream && settle->failure == NULL && !settle->neutral)
        pbay_latency_sample(latency, false, settle->total_ms);
}

static void settle_outcome(PbayFleetTarget *target, const PbaySettle *settle, bool own_key)
{
    const PbayFailure *failure = settle->failure;
    if (settle->neutral)
        return;
    target->calls++;
    if (failure != NULL && is_callers(failure, own_key))
        return;
    target->failures += failure != NULL ? 1 : 0;
    PbayFleetLast *last = &target->last;
    *last = (PbayFleetLast){
        .known = true, .ok = failure == NULL, .at = settle->now, .ms = settle->total_ms};
    if (failure == NULL)
        return;
    last->cls = failure->cls;
    last->status = failure->http_status;
    pbay_short_text(last->message, sizeof last->message, failure->message);
}

void pbay_fleet_settle(PbayFleet *fleet, PbayTicket *ticket, const PbaySettle *settle)
{
    PbayFleetTarget *target = ticket->rows.target;
    bool urgent = false, news = false;
    pbay_fleet_rows_lock(ticket->rows);
    settle_keys(ticket, settle);
    settle_limits(ticket, settle);
    target->busy--;
    if (!ticket->aside) {
        urgent = settle_breaker(fleet, ticket, settle);
        settle_latency(ticket, settle);
        settle_outcome(target, settle, ticket->own_key || settle->own_key);
        news = urgent || !settle->neutral || settle->first_ms >= 0;
    }
    if (news)
        mark_changed(target, settle->now);
    pbay_fleet_rows_unlock(ticket->rows);
    pbay_fleet_rows_put(ticket->rows);
    g_free(ticket);
    if (news)
        pbay_fleet_tell(fleet, urgent);
}

void pbay_fleet_content(PbayFleet *fleet, PbayTicket *ticket, int64_t now, bool stream,
                        int64_t first_ms)
{
    PbayFleetTarget *target = ticket->rows.target;
    pbay_fleet_rows_lock(ticket->rows);
    PbayBreaker *breaker = &target->breaker;
    PbayBreakerState state = breaker->state;
    bool proof = (ticket->probe || ticket->forced) && ticket->openings == breaker->openings;
    if (proof)
        pbay_breaker_success(breaker, now, true);
    note_value(target);
    note_first(&target->latency, now, stream, first_ms);
    ticket->content = true;
    ticket->probe = ticket->forced = false;
    mark_changed(target, now);
    bool urgent = breaker->state != state;
    pbay_fleet_rows_unlock(ticket->rows);
    pbay_fleet_tell(fleet, urgent);
}
