/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the end of an attempt: whether its answer is whole, what is kept of it, what the fleet hears
 * of the target, and whom it concerns: the call, if this one was heard, else whoever decides what
 * follows (pursue.c). On the worker's thread. */
#include "call/state.h"

static PbayFailure *complete(PbayAttempt *attempt)
{
    g_autoptr(GError) error = NULL;
    if (attempt->call->dry_run || pbay_answer_complete(attempt->answer, &error))
        return NULL;
    return pbay_attempt_answer_failure(attempt, error);
}

static int64_t tokens_used(const PbayAttempt *attempt)
{
    PbayUsage usage = attempt->usage;
    bool known = (usage.known & PB_USAGE_IN) != 0 && (usage.known & PB_USAGE_OUT) != 0;
    return known ? usage.in + usage.out : -1;
}

/* Whose doing the end was: the target's, or nobody's. */
static bool is_neutral(const PbayAttempt *attempt)
{
    const PbayCall *call = attempt->call;
    const PbayFailure *failure = attempt->failure;
    if (attempt->lost || call->cancelled)
        return true;
    return attempt->hurried && failure != NULL && failure->cls == PB_ERR_TIMEOUT &&
           attempt->fault == NULL && pbay_call_time_left(call) == 0;
}

/* Who lost because it was late was at least that late: else it would be known as fast for ever. Of
 * the one that joined nothing is known. */
static int64_t first_ms_of(const PbayAttempt *attempt)
{
    bool late = attempt->lost && !attempt->hedge && attempt->first_ms < 0;
    return late ? attempt->ms : attempt->first_ms;
}

static void settle(PbayAttempt *attempt)
{
    PbayCall *call = attempt->call;
    if (attempt->ticket == NULL)
        return;
    const PbaySettle settle = {
        .now = pbay_call_now(call),
        .failure = attempt->failure,
        .neutral = is_neutral(attempt),
        .own_key = call->api_key != NULL,
        .stream = pbay_answer_streams(attempt->answer),
        .first_ms = first_ms_of(attempt),
        .total_ms = attempt->ms,
        .tokens = tokens_used(attempt),
        .sent = attempt->requests != 0 || attempt->first_ms >= 0,
    };
    pbay_fleet_settle(call->fleet, g_steal_pointer(&attempt->ticket), &settle);
}

static void keep_facts(PbayAttempt *attempt, const PbayFailure *failure)
{
    const char *id = pbay_batch_request_id(attempt->exchange);
    if (id == NULL && failure != NULL)
        id = failure->request_id;
    attempt->failure = failure != NULL ? pbay_failure_ref((PbayFailure *)failure) : NULL;
    attempt->requests = pbay_batch_requests(attempt->exchange);
    attempt->status = pbay_batch_status(attempt->exchange);
    attempt->request_id = g_strdup(id);
    attempt->usage = pbay_answer_usage(attempt->answer);
    attempt->text_bytes = pbay_answer_text_bytes(attempt->answer);
    attempt->images = pbay_answer_images(attempt->answer);
    attempt->ms = pbay_call_now(attempt->call) - attempt->started;
    if (failure == NULL && attempt->first_ms < 0)
        attempt->first_ms = attempt->ms;
}

/* What it said is of no use any more, and may be long. */
static void drop_answer(PbayAttempt *attempt)
{
    g_clear_pointer(&attempt->answer, pbay_answer_free);
    if (attempt->held != NULL)
        g_string_free(g_steal_pointer(&attempt->held), TRUE);
}

/* How it ended, as far as that is not the exchange's own word: a new reference, or NULL. */
static PbayFailure *own_failure(PbayAttempt *attempt, const PbayFailure *given)
{
    if (attempt->fault != NULL && !attempt->call->dry_run)
        return pbay_failure_ref(attempt->fault);
    return given == NULL && !attempt->lost ? complete(attempt) : NULL;
}

static void be_heard(PbayAttempt *attempt)
{
    PbayCall *call = attempt->call;
    pbay_attempt_win(attempt);
    pbay_attempt_release(attempt);
    /* Who stopped before the last chunk has not got all of it. */
    if (call->cancelled && pbay_answer_streams(attempt->answer))
        attempt->failure = pbay_call_cancel_failure(call);
}

/* What the call ends with, as far as it ends with this attempt: a new reference, or NULL. */
static PbayFailure *last_word(const PbayAttempt *attempt)
{
    const PbayFailure *failure = attempt->failure;
    bool beside = failure != NULL && attempt->call->cancelled &&
                  failure->cls != PBAY_ERR_CANCELLED && failure->cls != PB_ERR_TIMEOUT;
    if (beside) /* it had failed just before, and more would have followed */
        return pbay_call_cancel_failure(attempt->call);
    return failure != NULL ? pbay_failure_ref((PbayFailure *)failure) : NULL;
}

void pbay_attempt_done(void *user, const PbayFailure *given)
{
    PbayAttempt *attempt = user;
    PbayCall *call = attempt->call;
    g_autoptr(PbayFailure) broken = own_failure(attempt, given);
    keep_facts(attempt, broken != NULL ? broken : given);
    attempt->exchange = NULL;
    pbay_loop_timer_stop(pbay_call_loop(call), &attempt->first_token);
    settle(attempt);
    pbay_call_end_recording(call, attempt, broken != NULL);
    if (attempt->failure == NULL && !attempt->lost)
        be_heard(attempt);
    if (attempt->failure != NULL || attempt->lost)
        drop_answer(attempt);
    pbay_call_tell_ended(attempt);
    if (attempt->lost) { /* how the call ends is the winner's business */
        if (call->ending)
            pbay_call_end(call, NULL);
    } else if (call->winner == attempt || pbay_call_is_over(call)) {
        pbay_call_end(call, last_word(attempt));
    } else if (pbay_call_alive(call) == 0) {
        pbay_call_attempt_failed(call, attempt);
    }
}
