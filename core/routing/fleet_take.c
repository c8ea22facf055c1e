/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a target, and standing in line for one. All that admits is asked under the locks of the
 * target and its provider together, and only then taken, so that a refusal leaves nothing behind.
 * A waiter stands with the target, or with the provider once the target has room for it (its place
 * with the target it then keeps); where it stands is noted, so that it can leave by itself. Take
 * and leave of one waiter belong to its thread. */
#include "routing/fleet_internal.h"

/* ---- where a waiter stands ------------------------------------------------------------------- */

/* Notes it; rows get a reference more. */
static void note_place(PbayFleet *fleet, PbayWaiter *waiter, PbayFleetRows rows)
{
    PbayFleetRows *place = g_new(PbayFleetRows, 1);
    *place = pbay_fleet_rows_ref(rows);
    pthread_mutex_lock(&fleet->waiting_lock);
    g_hash_table_insert(fleet->waiting, waiter, place);
    pthread_mutex_unlock(&fleet->waiting_lock);
}

/* The place, still noted; only the waiter's own thread changes it. */
static PbayFleetRows *find_place(PbayFleet *fleet, PbayWaiter *waiter)
{
    pthread_mutex_lock(&fleet->waiting_lock);
    PbayFleetRows *place = g_hash_table_lookup(fleet->waiting, waiter);
    pthread_mutex_unlock(&fleet->waiting_lock);
    return place;
}

static void forget_place(PbayFleet *fleet, PbayWaiter *waiter, PbayFleetRows *place)
{
    pthread_mutex_lock(&fleet->waiting_lock);
    g_hash_table_remove(fleet->waiting, waiter);
    pthread_mutex_unlock(&fleet->waiting_lock);
    pbay_fleet_rows_put(*place);
    g_free(place);
}

static void leave_lines(PbayFleetRows rows, PbayWaiter *waiter)
{
    pbay_limiter_leave(rows.target->limiter, waiter);
    pbay_limiter_leave(rows.provider->limiter, waiter);
}

void pbay_fleet_leave(PbayFleet *fleet, PbayWaiter *waiter)
{
    PbayFleetRows *place = waiter != NULL ? find_place(fleet, waiter) : NULL;
    if (place == NULL)
        return;
    pbay_fleet_rows_lock(*place);
    leave_lines(*place, waiter);
    pbay_fleet_rows_unlock(*place);
    forget_place(fleet, waiter, place);
}

/* ---- taking, under the locks of both rows ---------------------------------------------------- */

static void stand_in_line(PbayFleetRows rows, const PbayTake *take, const PbayFleetVerdict *verdict,
                          PbayTaken *taken)
{
    if (take->waiter == NULL || verdict->limits == NULL || verdict->limits->queue <= 0)
        return;
    taken->queued = pbay_limiter_queue(verdict->limiter, verdict->limits, take->waiter);
    if (!taken->queued)
        taken->out = PBAY_OUT_QUEUE;
    else if (verdict->limiter == rows.target->limiter)
        pbay_limiter_leave(rows.provider->limiter, take->waiter); /* others need not wait for it */
}

static PbayTicket *admit(PbayFleetRows rows, const PbayTake *take, const PbayFleetVerdict *verdict)
{
    PbayFleetTarget *target = rows.target;
    PbayFleetProvider *provider = rows.provider;
    bool probe = false;
    if (!take->aside) {
        pbay_breaker_admits(&target->breaker, take->now, true, &probe);
        pbay_limiter_take(target->limiter, take->requests, take->tokens, take->waiter, take->now);
    }
    pbay_limiter_take(provider->limiter, take->requests, take->tokens, take->waiter, take->now);
    if (take->extra)
        pbay_retry_budget_extra(&provider->budget, take->now);
    else
        pbay_retry_budget_first(&provider->budget, take->now);
    target->busy++;
    PbayTicket *ticket = g_new(PbayTicket, 1);
    *ticket = (PbayTicket){.rows = rows,
                           .provider = take->provider,
                           .key = verdict->key,
                           .own_key = take->own_key,
                           .aside = take->aside,
                           .probe = probe,
                           .forced = verdict->forced,
                           .openings = target->breaker.openings,
                           .at = take->now,
                           .requests = take->requests,
                           .tokens = take->tokens};
    return ticket;
}

static void decide(PbayFleetRows rows, const PbayTake *take, PbayTaken *taken)
{
    PbayFleetVerdict verdict = pbay_fleet_judge(rows, &rows.target->breaker, take);
    *taken = (PbayTaken){.out = verdict.out, .until = verdict.until};
    if (verdict.out == PBAY_OUT_NONE) {
        taken->ticket = admit(rows, take, &verdict);
        taken->key = verdict.key;
        taken->probe = taken->ticket->probe;
        return;
    }
    stand_in_line(rows, take, &verdict, taken);
    if (take->waiter != NULL && !taken->queued)
        leave_lines(rows, take->waiter);
}

void pbay_fleet_take(PbayFleet *fleet, const PbayTake *take, PbayTaken *taken)
{
    PbayFleetRows rows = pbay_fleet_rows_get(fleet, take->target,
                                             pbay_fleet_account(take->provider), take->now, take);
    PbayFleetRows *place = take->waiter != NULL ? find_place(fleet, take->waiter) : NULL;
    if (place != NULL && (place->target != rows.target || place->provider != rows.provider)) {
        pbay_fleet_leave(fleet, take->waiter); /* it has turned to another target */
        place = NULL;
    }
    pbay_fleet_rows_lock(rows);
    decide(rows, take, taken);
    pbay_fleet_rows_unlock(rows);
    if (taken->queued && place == NULL)
        note_place(fleet, take->waiter, rows);
    if (!taken->queued && place != NULL)
        forget_place(fleet, take->waiter, place);
    if (taken->ticket == NULL)
        pbay_fleet_rows_put(rows);
}
