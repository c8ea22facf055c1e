/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the race: when the first content of an attempt is later than its target usually needs, the
 * next target of the plan is asked too. The first with content is heard, the other is cancelled; an
 * error never wins, for the other one then goes on alone. On the worker's thread. */
#include "call/state.h"

#include "routing/fleet.h"

void pbay_call_hedge_stop(PbayCall *call)
{
    pbay_loop_timer_stop(pbay_call_loop(call), &call->hedge_timer);
}

static void join(void *data)
{
    PbayCall *call = data;
    PbayTaken taken;
    if (pbay_call_is_over(call) || call->winner != NULL || pbay_call_alive(call) != 1 ||
        pbay_call_attempts_left(call) <= 0)
        return;
    gint i = pbay_call_next_step(call);
    /* A target that is busy or resting is left for later. */
    if (i >= 0)
        call->raced = pbay_call_open_step(call, (guint)i, true, &taken);
}

void pbay_call_hedge_watch(PbayCall *call, PbayAttempt *attempt)
{
    const PbayModel *model = attempt->step->model;
    bool wanted = model != NULL ? model->resilience.hedge : call->plan->resilience.hedge;
    if (!wanted || call->raced || call->dry_run)
        return;
    const PbayTake take = pbay_call_take_of(call, attempt->step);
    PbayPeek peek;
    pbay_fleet_peek(call->fleet, &take, pbay_answer_streams(attempt->answer), &peek);
    if (peek.p95_ms >= 0)
        pbay_loop_timer_start(pbay_call_loop(call), &call->hedge_timer, peek.p95_ms, join, call);
}
