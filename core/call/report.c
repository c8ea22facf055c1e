/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the report: which target served the call, every attempt with what came of it, what became of
 * parameters, the tokens counted and what they cost. It holds no content of request or answer. On
 * the worker's thread. */
#include "call/state.h"

#include "answer/usage.h"
#include "base/str.h"

const PbayAttempt *pbay_call_last(const PbayCall *call)
{
    if (call->winner != NULL || call->attempts->len == 0)
        return call->winner;
    return call->attempts->pdata[call->attempts->len - 1];
}

static void write_optional(PbayJsonWriter *w, const char *key, const char *value)
{
    if (value != NULL)
        pbay_json_member_str(w, key, pbay_str(value));
}

static void write_target(const PbayStep *step, PbayJsonWriter *w)
{
    const PbayProvider *provider = step->target->provider;
    pbay_json_member_str(w, "target", pbay_str(step->target->name));
    write_optional(w, "provider", provider != NULL ? provider->name : NULL);
}

static void write_driver(const PbayProvider *provider, PbayJsonWriter *w)
{
    if (provider == NULL)
        return;
    const PbayDriver *driver = provider->driver;
    write_optional(w, "driver", driver != NULL ? driver->id : provider->driver_id);
    write_optional(w, "driver_version", driver != NULL ? driver->version : NULL);
}

static void write_end(const PbayAttempt *attempt, PbayJsonWriter *w)
{
    const PbayFailure *failure = attempt->failure;
    pbay_json_member_bool(w, "ok", failure == NULL && !attempt->lost);
    if (attempt->lost)
        pbay_json_member_bool(w, "lost_race", true);
    if (failure != NULL) {
        pbay_json_member_str(w, "class", pbay_str(pbay_error_class(failure->cls)->name));
        pbay_json_member_str(w, "message", pbay_str(failure->message));
        if (failure->retry_after_ms != 0)
            pbay_json_member_int(w, "retry_after_ms", failure->retry_after_ms);
    }
    write_optional(w, "request_id", attempt->request_id);
    if (attempt->first_ms >= 0)
        pbay_json_member_int(w, "first_ms", attempt->first_ms);
    pbay_json_member_int(w, "ms", attempt->ms);
}

static void write_attempt(const PbayAttempt *attempt, PbayJsonWriter *w)
{
    const PbayStep *step = attempt->step;
    pbay_json_open(w, true);
    write_target(step, w);
    write_driver(attempt->provider, w);
    pbay_json_member_str(w, "cause", pbay_str(pbay_cause_name(step->cause)));
    write_optional(w, "reason", step->reason);
    if (attempt->key != 0 ||
        pbay_provider_secret(attempt->provider, PBAY_STR("api-key"), 1) != NULL)
        pbay_json_member_int(w, "key_index", (int64_t)attempt->key);
    if (attempt->hedge)
        pbay_json_member_bool(w, "hedge", true);
    if (attempt->probe)
        pbay_json_member_bool(w, "probe", true);
    if (attempt->waited_ms != 0)
        pbay_json_member_int(w, "waited_ms", attempt->waited_ms);
    pbay_json_member_int(w, "requests", attempt->requests);
    if (attempt->status != 0)
        pbay_json_member_int(w, "status", attempt->status);
    write_end(attempt, w);
    pbay_attempt_write_cost(attempt, w);
    pbay_json_close(w);
}

/* Who served it, or was tried last, or would have been. */
static void write_head(const PbayCall *call, PbayJsonWriter *w)
{
    const PbayAttempt *last = pbay_call_last(call);
    const PbayStep *step = last != NULL ? last->step : NULL;
    if (step == NULL && call->plan != NULL && call->plan->steps->len != 0)
        step = &g_array_index(call->plan->steps, PbayStep, call->step);
    if (step == NULL)
        return;
    write_target(step, w);
    pbay_json_member_str(w, "model", pbay_str(step->target->model));
    write_driver(step->target->provider, w);
    write_optional(w, "reason", call->plan->how);
}

static void write_plan_notes(const PbayCall *call, PbayJsonWriter *w)
{
    if (call->plan == NULL || call->plan->notes->len == 0)
        return;
    pbay_json_key(w, PBAY_STR("choice_notes"));
    pbay_json_open(w, false);
    for (guint i = 0; i < call->plan->notes->len; i++)
        pbay_json_write_str(w, pbay_str(call->plan->notes->pdata[i]));
    pbay_json_close(w);
}

static void write_last(const PbayCall *call, const PbayAttempt *last, PbayJsonWriter *w)
{
    if (pbay_usage_known(&last->usage, NULL)) {
        pbay_json_key(w, PBAY_STR("usage"));
        pbay_usage_write(&last->usage, NULL, call->kind, w);
    }
    pbay_call_write_cost(call, w);
    write_optional(w, "request_id", last->request_id);
    if (last->status != 0)
        pbay_json_member_int(w, "status", last->status);
}

static void write_body(const PbayCall *call, PbayJsonWriter *w)
{
    const PbayAttempt *last = pbay_call_last(call);
    if (call->asked != NULL)
        pbay_json_member_str(w, "asked", pbay_str(call->asked));
    write_head(call, w);
    pbay_json_key(w, PBAY_STR("attempts"));
    pbay_json_open(w, false);
    for (guint i = 0; i < call->attempts->len; i++)
        write_attempt(call->attempts->pdata[i], w);
    pbay_json_close(w);
    pbay_json_key(w, PBAY_STR("notes"));
    pbay_notes_write(&call->notes, last != NULL ? &last->notes : NULL, w);
    unsigned lost = call->notes.lost + (last != NULL ? last->notes.lost : 0);
    if (lost != 0)
        pbay_json_member_int(w, "notes_left_out", lost);
    write_plan_notes(call, w);
    if (last != NULL)
        write_last(call, last, w);
}

void pbay_call_report(const PbayCall *call, GString *out)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    write_body(call, &w);
    pbay_json_close(&w);
    pbay_redact(out);
}
