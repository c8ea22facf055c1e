/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet itself: its life, what becomes of a ticket, and who is told of changes. What a target
 * is to blame for goes to its breaker, what a key is to blame for to the keys, and what only the
 * request is to blame for to nobody. Any thread; locks as fleet_internal.h orders them. */
#include "routing/fleet_internal.h"

#include "routing/short_text.h"

#include <string.h>
#include <sys/random.h>

static uint64_t system_seed(const PbayFleet *fleet)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = (uint64_t)(uintptr_t)fleet; /* jitter is no secret: a place in memory will do */
    return seed;
}

PbayFleet *pbay_fleet_new(uint64_t seed)
{
    PbayFleet *fleet = g_new0(PbayFleet, 1);
    atomic_init(&fleet->refs, 1);
    atomic_init(&fleet->chance, seed != 0 ? seed : system_seed(fleet));
    atomic_init(&fleet->listened, false);
    pthread_mutex_init(&fleet->lock, NULL);
    pthread_mutex_init(&fleet->waiting_lock, NULL);
    pthread_mutex_init(&fleet->listener_lock, NULL);
    pthread_cond_init(&fleet->listener_idle, NULL);
    pbay_fleet_tables_init(fleet);
    fleet->waiting = g_hash_table_new(NULL, NULL);
    return fleet;
}

PbayFleet *pbay_fleet_ref(PbayFleet *fleet)
{
    atomic_fetch_add_explicit(&fleet->refs, 1, memory_order_relaxed);
    return fleet;
}

void pbay_fleet_unref(PbayFleet *fleet)
{
    if (fleet == NULL || atomic_fetch_sub_explicit(&fleet->refs, 1, memory_order_acq_rel) != 1)
        return;
    g_hash_table_unref(fleet->waiting);
    pbay_fleet_tables_clear(fleet);
    pthread_cond_destroy(&fleet->listener_idle);
    pthread_mutex_destroy(&fleet->listener_lock);
    pthread_mutex_destroy(&fleet->waiting_lock);
    pthread_mutex_destroy(&fleet->lock);
    g_free(fleet);
}

/* The next number from 0 to 1 (splitmix64). */
static double draw(PbayFleet *fleet)
{
    const uint64_t step = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z =
        (uint64_t)atomic_fetch_add_explicit(&fleet->chance, step, memory_order_relaxed) + step;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return (double)(z >> 11) / (double)(UINT64_C(1) << 53);
}

/* ---- who is told ----------------------------------------------------------------------------- */

void pbay_fleet_set_listener(PbayFleet *fleet, void (*changed)(void *user, bool urgent), void *user)
{
    pthread_mutex_lock(&fleet->listener_lock);
    fleet->listener = changed;
    fleet->listener_user = user;
    atomic_store(&fleet->listened, changed != NULL);
    while (fleet->listener_calls > 0)
        pthread_cond_wait(&fleet->listener_idle, &fleet->listener_lock);
    pthread_mutex_unlock(&fleet->listener_lock);
}

static void tell(PbayFleet *fleet, bool urgent)
{
    if (!atomic_load_explicit(&fleet->listened, memory_order_relaxed))
        return;
    pthread_mutex_lock(&fleet->listener_lock);
    void (*listener)(void *user, bool urgent) = fleet->listener;
    void *user = fleet->listener_user;
    fleet->listener_calls++;
    pthread_mutex_unlock(&fleet->listener_lock);
    if (listener != NULL)
        listener(user, urgent);
    pthread_mutex_lock(&fleet->listener_lock);
    if (--fleet->listener_calls == 0)
        pthread_cond_broadcast(&fleet->listener_idle);
    pthread_mutex_unlock(&fleet->listener_lock);
}

/* ---- settling, under the locks of both rows -------------------------------------------------- */

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
    atomic_store_explicit(&ticket->rows.target->row.valuable, breaker->state != PBAY_BREAKER_CLOSED,
                          memory_order_relaxed);
    return breaker->state != state || breaker->until != until;
}

static void settle_keys(const PbayTicket *ticket, const PbaySettle *settle)
{
    PbayKeys *keys = ticket->rows.provider->keys;
    const char *name = ticket->rows.target->row.name;
    if (settle->neutral || ticket->own_key || settle->own_key)
        return;
    if (settle->failure == NULL)
        pbay_keys_worked(keys, ticket->provider, name, ticket->key);
    else
        pbay_keys_failed(keys, ticket->provider, name, ticket->key, settle->failure, settle->now);
}

static void settle_limits(const PbayTicket *ticket, const PbaySettle *settle)
{
    bool sent = settle->sent;
    pbay_limiter_release(ticket->rows.target->limiter, ticket->at, ticket->tokens, settle->tokens,
                         sent, settle->now);
    pbay_limiter_release(ticket->rows.provider->limiter, ticket->at, ticket->tokens, settle->tokens,
                         sent, settle->now);
}

static void settle_latency(PbayLatency *latency, const PbaySettle *settle)
{
    if (settle->first_ms >= 0)
        pbay_latency_first(latency, settle->now, settle->first_ms);
    if (settle->stream && settle->first_ms >= 0)
        pbay_latency_sample(latency, true, settle->first_ms);
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
    pbay_fleet_rows_lock(ticket->rows);
    bool urgent = settle_breaker(fleet, ticket, settle);
    settle_keys(ticket, settle);
    settle_limits(ticket, settle);
    settle_latency(&target->latency, settle);
    settle_outcome(target, settle, ticket->own_key || settle->own_key);
    target->busy--;
    bool news = urgent || !settle->neutral || settle->first_ms >= 0;
    if (news) {
        target->changed = true;
        target->changed_at = MAX(settle->now, target->changed_at);
    }
    pbay_fleet_rows_unlock(ticket->rows);
    pbay_fleet_rows_put(ticket->rows);
    g_free(ticket);
    if (news)
        tell(fleet, urgent);
}
