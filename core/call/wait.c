/* SPDX-License-Identifier: Apache-2.0 */
/* Owns waiting: before the same target is asked once more, and in the queue of one that is over its
 * limit; neither longer than the whole call may take. A call waits for one thing at a time, and
 * while it does no attempt of it is under way. On the worker's thread. */
#include "call/state.h"

#include "routing/backoff.h"

void pbay_call_stop_waiting(PbayCall *call)
{
    pbay_loop_timer_stop(pbay_call_loop(call), &call->timer);
    if (call->waiter != NULL)
        pbay_fleet_leave(call->fleet, call->waiter);
}

static void begin_waiting(PbayCall *call)
{
    if (call->waiting_since == 0)
        call->waiting_since = pbay_call_now(call);
}

/* ---- In a queue ---- */

/* Nobody there any more: the step is passed over. */
static void give_up_place(PbayCall *call, PbayOut out, int64_t until)
{
    pbay_fleet_leave(call->fleet, call->waiter);
    call->queue_end = 0;
    pbay_call_refuse_step(call, call->step, out, until);
    pbay_call_go(call);
}

/* The step that waits in a queue is asked for once more. */
static void ask_again(PbayCall *call)
{
    PbayTaken taken;
    pbay_loop_timer_stop(pbay_call_loop(call), &call->timer);
    if (pbay_call_is_over(call))
        return;
    if (pbay_call_time_left(call) == 0) {
        give_up_place(call, call->queue_out, call->queue_until);
        return;
    }
    if (pbay_call_open_step(call, call->step, false, &taken))
        return;
    if (taken.queued && pbay_call_now(call) < call->queue_end)
        pbay_call_queue(call, call->step, &taken);
    else
        give_up_place(call, taken.out, taken.until);
}

static void queue_timer(void *data)
{
    ask_again(data);
}

/* Wake-ups may come late: one that finds the call at something else is none. */
static void queue_woken(void *data)
{
    PbayCall *call = data;
    if (call->queue_end != 0 && pbay_call_alive(call) == 0)
        ask_again(call);
}

static bool has_queue(const PbayLimits *limits)
{
    return limits != NULL && limits->queue != 0;
}

static int64_t queue_timeout(const PbayModelTarget *target)
{
    int64_t own = has_queue(target->limits) ? target->limits->queue_timeout_ms : 0;
    int64_t whole =
        has_queue(target->provider_limits) ? target->provider_limits->queue_timeout_ms : 0;
    return MAX(own, whole);
}

void pbay_call_ready_to_queue(PbayCall *call, const PbayModelTarget *target)
{
    if (call->waiter == NULL && (has_queue(target->limits) || has_queue(target->provider_limits)))
        call->waiter = pbay_waiter_new(pbay_call_loop(call), queue_woken, call);
}

void pbay_call_queue(PbayCall *call, guint i, const PbayTaken *taken)
{
    int64_t now = pbay_call_now(call);
    bool begins = call->queue_end == 0;
    if (begins) {
        begin_waiting(call);
        call->queue_end =
            now + MIN(queue_timeout(pbay_call_step(call, i)->target), pbay_call_time_left(call));
        call->step = i;
    }
    call->queue_out = taken->out;
    call->queue_until = taken->until;
    int64_t at = taken->until > now ? MIN(taken->until, call->queue_end) : call->queue_end;
    pbay_loop_timer_start(pbay_call_loop(call), &call->timer, MAX(0, at - now), queue_timer, call);
    if (begins)
        pbay_call_tell_waiting(call, i, call->queue_end - now, pbay_call_out_text(taken->out));
}

/* ---- For the next attempt ---- */

/* The key that was over its rate has been given its time; and where there is nobody else to ask, a
 * breaker is no reason to give up. */
static bool may_force(const PbayCall *call, PbayOut out)
{
    return out == PBAY_OUT_KEYS ||
           ((out == PBAY_OUT_BREAKER || out == PBAY_OUT_PROBING) && pbay_call_is_last(call));
}

static void again(void *data)
{
    PbayCall *call = data;
    PbayTaken taken;
    if (pbay_call_is_over(call))
        return;
    if (pbay_call_time_left(call) == 0) { /* the loop was late */
        pbay_call_go(call);
        return;
    }
    if (pbay_call_open_step(call, call->step, false, &taken))
        return;
    call->forcing = may_force(call, taken.out);
    if (call->forcing && pbay_call_open_step(call, call->step, false, &taken))
        return;
    if (taken.queued) {
        pbay_call_queue(call, call->step, &taken);
        return;
    }
    pbay_call_refuse_step(call, call->step, taken.out, taken.until);
    pbay_call_go(call);
}

static int retries_of(const PbayCall *call, const PbayStep *step)
{
    if (call->asked_retries >= 0)
        return call->asked_retries;
    return step->model != NULL ? step->model->resilience.retries : call->plan->resilience.retries;
}

/* It would be refused when the wait is over: no retry budget is left, or its breaker has opened for
 * longer than that and there are others to ask. */
static bool is_vain(const PbayCall *call, const PbayStep *step, int64_t wait)
{
    PbayTake take = pbay_call_take_of(call, step);
    PbayPeek peek;
    pbay_fleet_peek(call->fleet, &take, false, &peek);
    if (peek.out == PBAY_OUT_BREAKER && peek.until > take.now + wait && !pbay_call_is_last(call))
        return true;
    take.force = true; /* what stands before the budget counts no more */
    pbay_fleet_peek(call->fleet, &take, false, &peek);
    return peek.out == PBAY_OUT_RETRIES;
}

bool pbay_call_wait_and_retry(PbayCall *call, const PbayAttempt *attempt)
{
    int64_t wait = 0;
    if (!attempt->failure->retryable || call->retried >= retries_of(call, attempt->step) ||
        !pbay_backoff_after(attempt->failure, call->last_wait, pbay_call_chance(call), &wait) ||
        wait >= pbay_call_time_left(call) || is_vain(call, attempt->step, wait))
        return false;
    call->retried++;
    call->last_wait = wait;
    begin_waiting(call);
    pbay_loop_timer_start(pbay_call_loop(call), &call->timer, wait, again, call);
    pbay_call_tell_waiting(call, call->step, wait, "before the next attempt");
    return true;
}
