/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what happens next: which step of the plan is taken, and what follows from a failed attempt:
 * another key, a wait and the same target again, the next target, a fallback for that cause, or the
 * end. Nothing follows once a stream has been heard. On the worker's thread. */
#include "call/state.h"

#include "base/str.h"
#include "exchange/clock.h"
#include "routing/backoff.h"
#include "routing/keys.h"

/* What a failure of each class leads to; anything else ends the call. */
typedef enum Next {
    NEXT_END,     /* the caller's own mistake, or its wish: no target would do better */
    NEXT_STEP,    /* something is wrong with this target: the same again would not help */
    NEXT_KEY,     /* about the key: another one, else the next target */
    NEXT_AGAIN,   /* may pass: the same again after a while, else the next target */
    NEXT_CONTEXT, /* only a target with a larger context */
    NEXT_POLICY   /* only what is configured for refused content */
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

static PbayStep *step_at(const PbayCall *call, guint i)
{
    return &g_array_index(call->plan->steps, PbayStep, i);
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

static int retries_of(const PbayCall *call, const PbayStep *step)
{
    if (call->asked_retries >= 0)
        return call->asked_retries;
    return step->model != NULL ? step->model->resilience.retries : call->plan->resilience.retries;
}

/* ---- Taking a step ---- */

static bool asked_before(const PbayCall *call, const PbayProvider *provider)
{
    for (guint i = 0; i < call->attempts->len; i++)
        if (((const PbayAttempt *)call->attempts->pdata[i])->provider == provider)
            return true;
    return false;
}

/* Its answer says how the provider is, and nothing of how the model answers. */
static bool is_aside(int32_t kind)
{
    return kind == PB_KIND_MODELS || kind == PB_KIND_PROBE || kind == PB_KIND_COUNT_TOKENS;
}

bool pbay_call_open_step(PbayCall *call, guint i, bool force, bool hedge, PbayTaken *taken)
{
    const PbayStep *step = step_at(call, i);
    const PbayModelTarget *target = step->target;
    int64_t now = pbay_call_now(call);
    const PbayTake take = {.provider = target->provider,
                           .target = target->name,
                           .limits = target->limits,
                           .provider_limits = target->provider_limits,
                           .tokens = call->facts.tokens + call->facts.output,
                           .force = force || step->forced || call->insist,
                           .extra = asked_before(call, target->provider),
                           .own_key = call->api_key != NULL,
                           .aside = is_aside(call->kind),
                           .waiter = hedge ? NULL : call->waiter,
                           .now = now};
    *taken = (PbayTaken){0};
    pbay_fleet_take(call->fleet, &take, taken);
    if (taken->ticket == NULL)
        return false;
    const PbayAttemptSpec spec = {.step = step,
                                  .ticket = taken->ticket,
                                  .key = taken->key,
                                  .probe = taken->probe,
                                  .hedge = hedge,
                                  .waited_ms =
                                      call->waiting_since != 0 ? now - call->waiting_since : 0};
    call->waiting_since = 0;
    call->step = i;
    call->done[i] = true;
    pbay_attempt_start(call, &spec);
    if (!hedge)
        pbay_call_hedge_watch(call, call->attempts->pdata[call->attempts->len - 1]);
    return true;
}

static const char *out_text(PbayOut out)
{
    static const char *const texts[] = {
        [PBAY_OUT_NONE] = "it is free",
        [PBAY_OUT_BREAKER] = "its breaker is open",
        [PBAY_OUT_PROBING] = "another call is probing it",
        [PBAY_OUT_KEYS] = "every key of it rests",
        [PBAY_OUT_RPM] = "its limit of requests a minute is reached",
        [PBAY_OUT_TPM] = "its limit of tokens a minute is reached",
        [PBAY_OUT_PARALLEL] = "its limit of requests at a time is reached",
        [PBAY_OUT_QUEUE] = "too many calls wait for it already",
        [PBAY_OUT_RETRIES] = "the retry budget of its provider is used up"};
    return texts[out];
}

/* The step is passed over, and remembered for the message and as the last resort. */
static void refuse(PbayCall *call, guint i, PbayOut out, int64_t until)
{
    const char *why = out_text(out);
    const char *name = step_at(call, i)->target->name;
    char *more = call->refusals == NULL ? g_strdup_printf("%s: %s", name, why)
                                        : g_strdup_printf("%s; %s: %s", call->refusals, name, why);
    g_free(call->refusals);
    call->refusals = more;
    if (until != 0 && (call->refused_until == 0 || until < call->refused_until))
        call->refused_until = until;
    bool willing = out == PBAY_OUT_BREAKER || out == PBAY_OUT_PROBING || out == PBAY_OUT_KEYS;
    if (willing && call->unwilling < 0)
        call->unwilling = (gint)i;
    call->done[i] = true;
    pbay_call_tell_passed(call, i, why);
}

/* ---- Waiting ---- */

void pbay_call_stop_waiting(PbayCall *call)
{
    pbay_loop_timer_stop(pbay_call_loop(call), &call->timer);
    if (call->waiter != NULL)
        pbay_fleet_leave(call->fleet, call->waiter);
}

static void go(PbayCall *call);
static void stand_in_queue(PbayCall *call, guint i, const PbayTaken *taken);

/* The step that waits in a queue is asked for once more. */
static void ask_again(PbayCall *call)
{
    PbayTaken taken;
    pbay_loop_timer_stop(pbay_call_loop(call), &call->timer);
    if (call->ending || call->cancelled ||
        pbay_call_open_step(call, call->step, false, false, &taken))
        return;
    if (taken.queued && pbay_call_now(call) < call->queue_end) {
        stand_in_queue(call, call->step, &taken);
        return;
    }
    pbay_fleet_leave(call->fleet, call->waiter);
    call->queue_end = 0;
    refuse(call, call->step, taken.out, taken.until);
    go(call);
}

static void queue_timer(void *data)
{
    ask_again(data);
}

/* Wakes may come late: one that finds the call at something else is none. */
static void queue_woken(void *data)
{
    PbayCall *call = data;
    if (call->queue_end != 0 && pbay_call_alive(call) == 0)
        ask_again(call);
}

static int64_t queue_timeout(const PbayModelTarget *target)
{
    int64_t own =
        target->limits != NULL && target->limits->queue != 0 ? target->limits->queue_timeout_ms : 0;
    int64_t whole = target->provider_limits != NULL && target->provider_limits->queue != 0
                        ? target->provider_limits->queue_timeout_ms
                        : 0;
    return MAX(own, whole);
}

static void stand_in_queue(PbayCall *call, guint i, const PbayTaken *taken)
{
    int64_t now = pbay_call_now(call);
    if (call->queue_end == 0) {
        call->queue_end =
            now + MIN(queue_timeout(step_at(call, i)->target), pbay_call_time_left(call));
        call->waiting_since = now;
        call->step = i;
        pbay_call_tell_waiting(call, i, call->queue_end - now, out_text(taken->out));
    }
    int64_t at = taken->until > now ? MIN(taken->until, call->queue_end) : call->queue_end;
    pbay_loop_timer_start(pbay_call_loop(call), &call->timer, MAX(0, at - now), queue_timer, call);
}

static bool can_queue(const PbayModelTarget *target)
{
    return (target->limits != NULL && target->limits->queue != 0) ||
           (target->provider_limits != NULL && target->provider_limits->queue != 0);
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
        const PbayStep *step = step_at(call, i);
        if (step->cause == call->cause && !step->out && !call->done[i] &&
            is_large_enough(call, step))
            return (gint)i;
    }
    return -1;
}

static bool has_cause(const PbayCall *call, PbayCause cause)
{
    for (guint i = 0; i < call->plan->steps->len; i++)
        if (step_at(call, i)->cause == cause && !step_at(call, i)->out)
            return true;
    return false;
}

static bool begin_cause(PbayCall *call, PbayCause cause)
{
    unsigned bit = 1u << cause;
    if ((call->causes & bit) != 0 || !has_cause(call, cause))
        return false;
    call->causes |= bit;
    call->cause = cause;
    return true;
}

static PbayFailure *last_failure(const PbayCall *call)
{
    if (call->attempts->len == 0)
        return NULL;
    return ((PbayAttempt *)call->attempts->pdata[call->attempts->len - 1])->failure;
}

static void give_up(PbayCall *call)
{
    pbay_call_end(call, pbay_call_no_answer(call, last_failure(call)));
}

static void start_waiting_room(PbayCall *call, const PbayModelTarget *target)
{
    if (call->waiter == NULL && can_queue(target))
        call->waiter = pbay_waiter_new(pbay_call_loop(call), queue_woken, call);
}

/* Takes the next step that admits; ends the call when there is none. */
static void go(PbayCall *call)
{
    PbayTaken taken;
    gint i = 0;
    call->retried = 0;
    call->last_wait = 0;
    call->queue_end = 0;
    while (pbay_call_attempts_left(call) > 0 && pbay_call_time_left(call) > 0 &&
           ((i = pbay_call_next_step(call)) >= 0 || begin_cause(call, PBAY_CAUSE_FAILURE))) {
        if (i < 0)
            continue;
        start_waiting_room(call, step_at(call, (guint)i)->target);
        if (pbay_call_open_step(call, (guint)i, false, false, &taken))
            return;
        if (taken.queued) {
            stand_in_queue(call, (guint)i, &taken);
            return;
        }
        refuse(call, (guint)i, taken.out, taken.until);
    }
    /* The last healthy candidate is tried rather than refused. */
    bool untried = call->attempts->len == 0 && call->unwilling >= 0;
    if (!untried || !pbay_call_open_step(call, (guint)call->unwilling, true, false, &taken))
        give_up(call);
}

void pbay_call_pursue(PbayCall *call)
{
    const PbayStep *first = step_at(call, call->step);
    call->cause = PBAY_CAUSE_CHOICE;
    call->causes = 1u << PBAY_CAUSE_CHOICE;
    if (call->dry_run) {
        const PbayAttemptSpec spec = {.step = step_at(call, call->step)};
        pbay_attempt_start(call, &spec);
        return;
    }
    int64_t total = pbay_call_bounds(call, first->model, first->target->provider).total;
    call->deadline = total != 0 ? pbay_call_now(call) + total : 0;
    go(call);
}

/* ---- After a failure ---- */

static void again(void *data)
{
    PbayCall *call = data;
    PbayTaken taken;
    if (call->ending || call->cancelled)
        return;
    if (pbay_call_open_step(call, call->step, false, false, &taken))
        return;
    /* The key that was over its rate has been given its time. */
    if (taken.out == PBAY_OUT_KEYS && pbay_call_open_step(call, call->step, true, false, &taken))
        return;
    if (taken.queued) {
        stand_in_queue(call, call->step, &taken);
        return;
    }
    refuse(call, call->step, taken.out, taken.until);
    go(call);
}

/* Another key of the same provider, at once. */
static bool next_key(PbayCall *call, const PbayAttempt *attempt)
{
    size_t key;
    int64_t until;
    PbayTaken taken;
    if (call->api_key != NULL || pbay_keys_count(attempt->provider) < 2 ||
        !pbay_fleet_key(call->fleet, attempt->provider, attempt->step->target->name,
                        pbay_call_now(call), &key, &until))
        return false;
    return pbay_call_open_step(call, call->step, false, false, &taken);
}

/* The same target after a while; false: not this time. */
static bool wait_and_retry(PbayCall *call, const PbayAttempt *attempt)
{
    int64_t wait = 0;
    if (call->retried >= retries_of(call, attempt->step) ||
        !pbay_backoff_after(attempt->failure, call->last_wait, pbay_call_chance(call), &wait) ||
        wait >= pbay_call_time_left(call))
        return false;
    call->retried++;
    call->last_wait = wait;
    call->waiting_since = pbay_call_now(call);
    pbay_call_tell_waiting(call, call->step, wait, "before the next attempt");
    pbay_loop_timer_start(pbay_call_loop(call), &call->timer, wait, again, call);
    return true;
}

static void end_with(PbayCall *call, const PbayAttempt *attempt)
{
    pbay_call_end(call, pbay_call_no_answer(call, attempt->failure));
}

static void pursue_larger(PbayCall *call, const PbayAttempt *attempt)
{
    call->too_long_at = MAX(MAX(call->too_long_at, attempt->step->target->context), 1);
    if (!begin_cause(call, PBAY_CAUSE_CONTEXT) && pbay_call_next_step(call) < 0)
        end_with(call, attempt);
    else
        go(call);
}

static void pursue_policy(PbayCall *call, const PbayAttempt *attempt)
{
    bool more = call->cause == PBAY_CAUSE_POLICY && pbay_call_next_step(call) >= 0;
    if (!more && !begin_cause(call, PBAY_CAUSE_POLICY))
        end_with(call, attempt);
    else
        go(call);
}

void pbay_call_attempt_failed(PbayCall *call, PbayAttempt *attempt)
{
    Next next = next_of(attempt->failure);
    pbay_call_hedge_stop(call);
    call->step = (guint)(attempt->step - step_at(call, 0));
    if (call->dry_run || next == NEXT_END || pbay_call_attempts_left(call) <= 0 ||
        pbay_call_time_left(call) == 0)
        end_with(call, attempt);
    else if (next == NEXT_CONTEXT)
        pursue_larger(call, attempt);
    else if (next == NEXT_POLICY)
        pursue_policy(call, attempt);
    else if (next == NEXT_KEY && next_key(call, attempt))
        return;
    else if (attempt->failure->retryable && wait_and_retry(call, attempt))
        return;
    else if (attempt->failure->cls == PB_ERR_INVALID)
        end_with(call, attempt);
    else
        go(call);
}
