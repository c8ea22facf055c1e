/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the failure of a call that nobody answered: the one that tells most, and with several
 * targets what each of them said. On the worker's thread. */
#include "call/state.h"

#include "base/str.h"

/* Failures that no later one outweighs: they are about the request itself. */
static bool is_final(const PbayFailure *failure)
{
    return failure->cls == PB_ERR_INVALID || failure->cls == PB_ERR_CONTEXT_LENGTH ||
           failure->cls == PB_ERR_CONTENT_POLICY || failure->cls == PBAY_ERR_CANCELLED;
}

/* What works later outweighs what never does. */
static const PbayFailure *most_telling(const PbayCall *call, const PbayFailure *last)
{
    if (last != NULL && is_final(last))
        return last;
    const PbayFailure *kept = NULL;
    for (guint i = 0; i < call->attempts->len; i++) {
        const PbayFailure *failure = ((PbayAttempt *)call->attempts->pdata[i])->failure;
        if (failure != NULL && (kept == NULL || !kept->retryable || failure->retryable))
            kept = failure;
    }
    return kept;
}

static bool several_targets(const PbayCall *call)
{
    const PbayAttempt *first = call->attempts->pdata[0];
    for (guint i = 1; i < call->attempts->len; i++)
        if (((PbayAttempt *)call->attempts->pdata[i])->step != first->step)
            return true;
    return false;
}

/* ---- When to come back ---- */

static void sooner(int64_t *least, int64_t ms)
{
    if (ms > 0 && (*least == 0 || ms < *least))
        *least = ms;
}

static bool passes(const PbayStep *step)
{
    return step->cls == PB_ERR_OVERLOADED || step->cls == PB_ERR_RATE_LIMIT;
}

/* When the first of all may be back, as far as anybody said; 0: nobody did. */
static int64_t wait_of(const PbayCall *call)
{
    int64_t now = pbay_call_now(call), least = 0;
    for (guint i = 0; i < call->attempts->len; i++) {
        const PbayAttempt *attempt = call->attempts->pdata[i];
        const PbayFailure *failure = attempt->failure;
        if (failure != NULL && failure->retryable && failure->retry_after_ms > 0)
            sooner(&least, MAX(1, attempt->started + attempt->ms + failure->retry_after_ms - now));
    }
    if (call->refused_until != 0)
        sooner(&least, call->refused_until - now);
    for (guint i = 0; i < call->plan->steps->len; i++) {
        const PbayStep *step = pbay_call_step(call, i);
        if (step->out && passes(step) && step->peek.until != 0)
            sooner(&least, step->peek.until - now);
    }
    return least;
}

/* ---- The failures ---- */

/* "; not asked: ..." of what was to be tried, and what the plan had left out before. */
static void add_not_asked(const PbayCall *call, GString *text)
{
    const char *before = text->len != 0 ? "; not asked: " : "";
    if (call->refusals != NULL) {
        g_string_append_printf(text, "%s%s", before, call->refusals);
        before = "; ";
    }
    for (guint i = 0; i < call->plan->steps->len; i++) {
        const PbayStep *step = pbay_call_step(call, i);
        bool first = step->cause == PBAY_CAUSE_CHOICE || step->cause == PBAY_CAUSE_FAILURE;
        if (!first || !step->out || step->cls == 0)
            continue;
        g_string_append_printf(text, "%s%s: %s", before, step->target->name, step->reason);
        before = "; ";
    }
}

/* The last word of each target in the order in which they were tried, and who was not asked. */
static char *said_by_all(const PbayCall *call)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < call->attempts->len; i++) {
        const PbayAttempt *attempt = call->attempts->pdata[i];
        const PbayAttempt *after =
            i + 1 < call->attempts->len ? call->attempts->pdata[i + 1] : NULL;
        if (attempt->failure == NULL || attempt->lost ||
            (after != NULL && after->step == attempt->step))
            continue;
        g_string_append_printf(
            text, "%s%s (%s): %s", text->len != 0 ? "; " : "", attempt->step->target->name,
            pbay_error_class(attempt->failure->cls)->name, attempt->failure->message);
    }
    add_not_asked(call, text);
    return g_string_free(text, FALSE);
}

static PbayFailure *none_was_asked(const PbayCall *call)
{
    g_autofree char *said = said_by_all(call);
    PbayFailure *failure = pbay_failure_new(
        PB_ERR_RATE_LIMIT,
        "no target of \"%s\" takes the call now: %s; try again later, or raise the limits in "
        "[limits]",
        call->asked, said);
    pbay_failure_set_code(failure, "no_target_admits");
    failure->retry_after_ms = wait_of(call);
    return failure;
}

/* The whole call's time ended it, between attempts or in one that is not all that was tried. */
static PbayFailure *time_was_up(const PbayCall *call)
{
    g_autofree char *said = said_by_all(call);
    PbayFailure *failure = pbay_failure_new(
        PB_ERR_TIMEOUT,
        "the %" G_GINT64_FORMAT " ms for the whole call were over before a target of \"%s\" "
        "answered%s%s; raise `timeout`, or what the request itself allows, if that is too little",
        call->total_ms, call->asked, said[0] != '\0' ? ": " : "", said);
    failure->retry_after_ms = wait_of(call);
    return failure;
}

static bool is_time_up(const PbayCall *call, const PbayFailure *last)
{
    if (pbay_call_time_left(call) != 0 || (last != NULL && is_final(last)))
        return false;
    return call->attempts->len != 1 || last == NULL || last->cls != PB_ERR_TIMEOUT;
}

static PbayFailure *all_failed(const PbayCall *call, const PbayFailure *kept)
{
    g_autofree char *said = said_by_all(call);
    PbayFailure *failure =
        pbay_failure_new(kept->cls, "no target of \"%s\" answered: %s", call->asked, said);
    failure->http_status = kept->http_status;
    failure->retryable = kept->retryable;
    failure->retry_after_ms = kept->retryable ? wait_of(call) : kept->retry_after_ms;
    pbay_failure_set_code(failure, kept->code);
    pbay_failure_set_param(failure, kept->param);
    pbay_failure_set_request_id(failure, pbay_str(kept->request_id));
    pbay_failure_set_raw(failure, (pb_str){kept->raw, kept->raw_len});
    return failure;
}

PbayFailure *pbay_call_no_answer(const PbayCall *call, const PbayFailure *last)
{
    if (is_time_up(call, last))
        return time_was_up(call);
    if (call->attempts->len == 0)
        return none_was_asked(call);
    const PbayFailure *kept = most_telling(call, last);
    if (kept == NULL)
        return pbay_failure_new(PB_ERR_INTERNAL, "the call ended without an outcome; this is a "
                                                 "defect of Patchbay, please report it");
    return several_targets(call) ? all_failed(call, kept) : pbay_failure_ref((PbayFailure *)kept);
}
