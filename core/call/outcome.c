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

/* The last word of each target in the order in which they were tried. */
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
    if (call->refusals != NULL)
        g_string_append_printf(text, "; not asked: %s", call->refusals);
    return g_string_free(text, FALSE);
}

static PbayFailure *none_was_asked(const PbayCall *call)
{
    PbayFailure *failure =
        pbay_failure_new(PB_ERR_RATE_LIMIT,
                         "no target of \"%s\" takes the call now: %s; try again later, or raise "
                         "the limits in [limits]",
                         call->asked, call->refusals != NULL ? call->refusals : "its time is up");
    int64_t now = pbay_call_now(call);
    pbay_failure_set_code(failure, "no_target_admits");
    if (call->refused_until > now)
        failure->retry_after_ms = call->refused_until - now;
    return failure;
}

PbayFailure *pbay_call_no_answer(const PbayCall *call, const PbayFailure *last)
{
    if (call->attempts->len == 0)
        return none_was_asked(call);
    const PbayFailure *kept = most_telling(call, last);
    if (kept == NULL)
        return pbay_failure_new(PB_ERR_INTERNAL, "the call ended without an outcome; this is a "
                                                 "defect of Patchbay, please report it");
    if (!several_targets(call))
        return pbay_failure_ref((PbayFailure *)kept);
    g_autofree char *said = said_by_all(call);
    PbayFailure *failure =
        pbay_failure_new(kept->cls, "no target of \"%s\" answered: %s", call->asked, said);
    failure->http_status = kept->http_status;
    failure->retryable = kept->retryable;
    failure->retry_after_ms = kept->retry_after_ms;
    pbay_failure_set_code(failure, kept->code);
    pbay_failure_set_param(failure, kept->param);
    pbay_failure_set_request_id(failure, pbay_str(kept->request_id));
    pbay_failure_set_raw(failure, (pb_str){kept->raw, kept->raw_len});
    return failure;
}
