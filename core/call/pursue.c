/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what happens next: which step of the plan is taken, and what follows from a failed attempt:
 * another key, a wait and the same target again, the next target, a fallback for that cause, or the
 * end. Nothing follows once a stream has been heard. On the worker's thread. */
#include "call/state.h"

#include "exchange/clock.h"
#include "routing/keys.h"

/* What a failure of each class leads to; the later ones are words about the request itself. */
typedef enum Next {
    NEXT_STEP,    /* something is wrong with this target: the same again would not help */
    NEXT_KEY,     /* about the key: another one, else the next target */
    NEXT_AGAIN,   /* may pass: the same again after a while, else the next target */
    NEXT_CONTEXT, /* only a target with a larger context */
    NEXT_POLICY,  /* only what is configured for refused content */
    NEXT_END      /* the caller's own mistake, or its wish: no target would do better */
} Next;

static Next next_of(const PbayFailure *failure)
{
    switch (failure->cls) {
    case PB_ERR_CONTEXT_LENGTH:
        return NEXT_CONTEXT;
    case PB_ERR_CONTENT_POLICY:
        return NEXT_POLICY;
    case PB_ERR_AUTH:
    case PB_ERR_QUOTA:
    case PB_ERR_RATE_LIMIT:
        return NEXT_KEY;
    case PB_ERR_INVALID:
        return failure->retryable ? NEXT_AGAIN : NEXT_END;
    case PBAY_ERR_CANCELLED:
        return NEXT_END;
    default:
        return failure->retryable ? NEXT_AGAIN : NEXT_STEP;
    }
}

int pbay_call_attempts_left(const PbayCall *call)
{
    return call->plan->resilience.attempts - (int)call->attempts->len;
}

uint64_t pbay_call_seed(PbayCall *call)
{
    while (call->chance == 0)
        pbay_clock_random(NULL, &call->chance, sizeof call->chance);
    return call->chance;
}

/* splitmix64: spreads waits, guards nothing. */
double pbay_call_chance(PbayCall *call)
{
    uint64_t z = call->chance = pbay_call_seed(call) + UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return (double)(z >> 11) / (double)(UINT64_C(1) << 53);
}

/* ---- The next step ---- */

/* After a target said that the request is too long, only a larger one helps. */
static bool is_large_enough(const PbayCall *call, const PbayStep *step)
{
    return call->too_long_at == 0 || step->cause == PBAY_CAUSE_CONTEXT ||
           step->target->context > call->too_long_at;
}

gint pbay_call_next_step(const PbayCall *call)
{
    for (guint i = 0; i < call->plan->steps->len; i++) {
        const PbayStep *step = pbay_call_step(call, i);
        if (step->cause == call->cause && !step->out && !call->done[i] &&
            is_large_enough(call, step))
            return (gint)i;
    }
    return -1;
}

static bool has_cause(const PbayCall *call, PbayCause cause)
{
    for (guint i = 0; i < call->plan->steps->len; i++)
        if (pbay_call_step(call, i)->cause == cause && !pbay_call_step(call, i)->out)
            return true;
    return false;
}

static bool can_begin(const PbayCall *call, PbayCause cause)
{
    bool allowed = !call->content_refused || cause == PBAY_CAUSE_POLICY;
    return allowed && (call->causes & (1u << cause)) == 0 && has_cause(call, cause);
}

static bool begin_cause(PbayCall *call, PbayCause cause)
{
    if (!can_begin(call, cause))
        return false;
    call->causes |= 1u << cause;
    call->cause = cause;
    return true;
}

bool pbay_call_is_last(const PbayCall *call)
{
    return pbay_call_next_step(call) < 0 && !can_begin(call, PBAY_CAUSE_FAILURE);
}

static void give_up(PbayCall *call)
{
    const PbayAttempt *last = pbay_call_last(call);
    pbay_call_end(call, pbay_call_no_answer(call, last != NULL ? last->failure : NULL));
}

/* True: it is tried, or waited for. */
static bool try_step(PbayCall *call, guint i, PbayTaken *taken)
{
    pbay_call_ready_to_queue(call, pbay_call_step(call, i)->target);
    if (pbay_call_open_step(call, i, false, taken))
        return true;
    if (taken->queued)
        pbay_call_queue(call, i, taken);
    return taken->queued;
}

/* When breakers and resting keys alone kept out all that is left, somebody is asked all the
 * same. */
static bool try_last_resort(PbayCall *call)
{
    PbayTaken taken;
    gint i = call->unwilling;
    if (call->attempts->len != 0 || i < 0 || pbay_call_time_left(call) == 0)
        return false;
    call->unwilling = -1;
    call->forcing = true;
    return try_step(call, (guint)i, &taken);
}

void pbay_call_go(PbayCall *call)
{
    PbayTaken taken;
    gint i = 0;
    call->retried = 0;
    call->last_wait = 0;
    call->queue_end = 0;
    call->forcing = false;
    while (!pbay_call_is_over(call) && pbay_call_attempts_left(call) > 0 &&
           pbay_call_time_left(call) > 0 &&
           ((i = pbay_call_next_step(call)) >= 0 || begin_cause(call, PBAY_CAUSE_FAILURE))) {
        if (i < 0)
            continue;
        if (try_step(call, (guint)i, &taken))
            return;
        pbay_call_refuse_step(call, (guint)i, taken.out, taken.until);
    }
    if (!pbay_call_is_over(call) && !try_last_resort(call))
        give_up(call);
}

void pbay_call_pursue(PbayCall *call)
{
    call->cause = PBAY_CAUSE_CHOICE;
    call->causes = 1u << PBAY_CAUSE_CHOICE;
    if (call->unshown) {
        pbay_call_end(call, NULL);
        return;
    }
    if (call->dry_run) {
        const PbayAttemptSpec spec = {.step = pbay_call_step(call, call->step)};
        pbay_attempt_start(call, &spec);
        return;
    }
    call->total_ms = pbay_call_total(call);
    call->deadline = call->total_ms != 0 ? pbay_call_now(call) + call->total_ms : 0;
    pbay_call_go(call);
}

/* ---- After a failure ---- */

/* Another key of the same provider, at once or as soon as there is room. */
static bool next_key(PbayCall *call, const PbayAttempt *attempt)
{
    size_t key;
    int64_t until;
    if (call->api_key != NULL || pbay_keys_count(attempt->provider) < 2 ||
        !pbay_fleet_key(call->fleet, attempt->provider,
                        pbay_model_target_known_as(attempt->step->target), pbay_call_now(call),
                        &key, &until))
        return false;
    PbayTaken taken;
    return try_step(call, call->step, &taken);
}

static void pursue_larger(PbayCall *call, const PbayAttempt *attempt)
{
    call->too_long_at = MAX(MAX(call->too_long_at, attempt->step->target->context), 1);
    begin_cause(call, PBAY_CAUSE_CONTEXT);
    pbay_call_go(call);
}

static void pursue_policy(PbayCall *call)
{
    call->content_refused = true;
    bool more = call->cause == PBAY_CAUSE_POLICY && pbay_call_next_step(call) >= 0;
    if (more || begin_cause(call, PBAY_CAUSE_POLICY))
        pbay_call_go(call);
    else
        give_up(call);
}

/* The one whose failure counts: the last, or in a race the other one if it spoke of the request. */
static PbayAttempt *decisive(PbayCall *call, PbayAttempt *last)
{
    PbayAttempt *found = last;
    for (guint i = 0; i < call->attempts->len; i++) {
        PbayAttempt *other = call->attempts->pdata[i];
        if (other->judged || other->failure == NULL)
            continue;
        Next next = next_of(other->failure);
        if (next >= NEXT_CONTEXT && next > next_of(found->failure))
            found = other;
        other->judged = true;
    }
    return found;
}

void pbay_call_attempt_failed(PbayCall *call, PbayAttempt *last)
{
    PbayAttempt *attempt = decisive(call, last);
    Next next = next_of(attempt->failure);
    pbay_call_hedge_stop(call);
    if (call->dry_run && attempt->failure->cls != PBAY_ERR_CANCELLED) {
        pbay_call_end(call, NULL); /* why there is no request to show is part of the explanation */
        return;
    }
    call->step = (guint)(attempt->step - pbay_call_step(call, 0));
    if (next == NEXT_END || pbay_call_attempts_left(call) <= 0 || pbay_call_time_left(call) == 0)
        pbay_call_end(call, pbay_call_no_answer(call, attempt->failure));
    else if (next == NEXT_CONTEXT)
        pursue_larger(call, attempt);
    else if (next == NEXT_POLICY)
        pursue_policy(call);
    else if (next == NEXT_KEY && next_key(call, attempt))
        return;
    else if (pbay_call_wait_and_retry(call, attempt))
        return;
    else if (attempt->failure->cls == PB_ERR_INVALID)
        pbay_call_end(call, pbay_call_no_answer(call, attempt->failure));
    else
        pbay_call_go(call);
}
