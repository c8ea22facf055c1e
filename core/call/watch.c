/* SPDX-License-Identifier: Apache-2.0 */
/* Owns telling what happens to a call as it happens: a JSON object to whoever watches it, and a
 * line in the log. It shows no content of request or answer. On the worker's thread. */
#include "call/state.h"

#include "base/str.h"
#include "observe/log.h"

/* Ends the object, takes out what is secret, hands it over. */
static void tell(const PbayCall *call, GString *text, PbayJsonWriter *w)
{
    pbay_json_close(w);
    pbay_redact(text);
    call->events->watch(call->user, pbay_str_of(text));
}

static void open_event(PbayJsonWriter *w, GString *text, const char *event, const char *target)
{
    pbay_json_writer_init(w, text);
    pbay_json_open(w, true);
    pbay_json_member_str(w, "event", pbay_str(event));
    pbay_json_member_str(w, "target", pbay_str(target));
}

void pbay_call_tell_trying(const PbayAttempt *attempt)
{
    const PbayCall *call = attempt->call;
    const char *target = attempt->step->target->name;
    pbay_log(PBAY_LOG_DEBUG, "call", "trying %s (%s)", target, attempt->step->reason);
    if (call->events->watch == NULL)
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    PbayJsonWriter w;
    open_event(&w, text, attempt->hedge ? "hedged" : "trying", target);
    pbay_json_member_int(&w, "attempt", call->attempts->len);
    pbay_json_member_str(&w, "reason", pbay_str(attempt->step->reason));
    pbay_json_member_str(&w, "cause", pbay_str(pbay_cause_name(attempt->step->cause)));
    tell(call, text, &w);
}

void pbay_call_tell_waiting(const PbayCall *call, guint step, int64_t ms, const char *why)
{
    const char *target = g_array_index(call->plan->steps, PbayStep, step).target->name;
    pbay_log(PBAY_LOG_DEBUG, "call", "waiting for %s, %" G_GINT64_FORMAT " ms at most: %s", target,
             ms, why);
    if (call->events->watch == NULL)
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    PbayJsonWriter w;
    open_event(&w, text, "waiting", target);
    pbay_json_member_int(&w, "wait_ms", ms);
    pbay_json_member_str(&w, "reason", pbay_str(why));
    tell(call, text, &w);
}

void pbay_call_tell_passed(const PbayCall *call, guint step, const char *why)
{
    const char *target = g_array_index(call->plan->steps, PbayStep, step).target->name;
    pbay_log(PBAY_LOG_DEBUG, "call", "%s is passed over: %s", target, why);
    if (call->events->watch == NULL)
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    PbayJsonWriter w;
    open_event(&w, text, "passed", target);
    pbay_json_member_str(&w, "reason", pbay_str(why));
    tell(call, text, &w);
}

static void log_end(const PbayAttempt *attempt)
{
    const PbayFailure *failure = attempt->failure;
    const char *target = attempt->step->target->name;
    if (attempt->lost)
        pbay_log(PBAY_LOG_DEBUG, "call", "%s was late and is cancelled", target);
    else if (failure == NULL)
        pbay_log(PBAY_LOG_DEBUG, "call", "served by %s in %" G_GINT64_FORMAT " ms", target,
                 attempt->ms);
    else
        pbay_log(PBAY_LOG_INFO, "call", "%s failed with %s: %s", target,
                 pbay_error_class(failure->cls)->name, failure->message);
}

void pbay_call_tell_ended(const PbayAttempt *attempt)
{
    const PbayCall *call = attempt->call;
    const PbayFailure *failure = attempt->failure;
    if (call->dry_run)
        return;
    log_end(attempt);
    if (call->events->watch == NULL)
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    PbayJsonWriter w;
    const char *event = attempt->lost ? "cancelled" : failure == NULL ? "served" : "failed";
    open_event(&w, text, event, attempt->step->target->name);
    if (failure != NULL && !attempt->lost) {
        pbay_json_member_str(&w, "class", pbay_str(pbay_error_class(failure->cls)->name));
        pbay_json_member_str(&w, "message", pbay_str(failure->message));
    }
    if (attempt->status != 0)
        pbay_json_member_int(&w, "status", attempt->status);
    if (attempt->first_ms >= 0)
        pbay_json_member_int(&w, "first_ms", attempt->first_ms);
    pbay_json_member_int(&w, "ms", attempt->ms);
    tell(call, text, &w);
}
