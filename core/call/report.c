/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the report: which target served the call, every attempt with what came of it, what became of
 * parameters, and the tokens counted. It holds no content of request or answer. On the worker's
 * thread. */
#include "call/state.h"

#include "answer/usage.h"
#include "base/str.h"

void pbay_call_end_attempt(PbayCall *call, const PbayFailure *failure)
{
    const char *id = pbay_batch_request_id(call->exchange);
    if (id == NULL && failure != NULL)
        id = failure->request_id;
    PbayAttempt attempt = {
        .key = call->key,
        .requests = pbay_batch_requests(call->exchange),
        .status = pbay_batch_status(call->exchange),
        .cls = failure != NULL ? pbay_error_class(failure->cls) : NULL,
        .message = failure != NULL ? g_strdup(failure->message) : NULL,
        .request_id = g_strdup(id),
        .ms = (g_get_monotonic_time() - call->attempt_us) / 1000,
    };
    g_array_append_val(call->attempts, attempt);
}

static void write_optional(PbayJsonWriter *w, const char *key, const char *value)
{
    if (value != NULL)
        pbay_json_member_str(w, key, pbay_str(value));
}

static void write_target(const PbayCall *call, PbayJsonWriter *w)
{
    g_autofree char *target = g_strconcat(call->provider->name, "/", call->model, NULL);
    pbay_json_member_str(w, "target", pbay_str(target));
    pbay_json_member_str(w, "provider", pbay_str(call->provider->name));
}

static void write_driver(const PbayCall *call, PbayJsonWriter *w)
{
    const PbayDriver *driver = call->provider->driver;
    write_optional(w, "driver", driver != NULL ? driver->id : call->provider->driver_id);
    write_optional(w, "driver_version", driver != NULL ? driver->version : NULL);
}

static void write_attempt(const PbayCall *call, const PbayAttempt *attempt, PbayJsonWriter *w)
{
    pbay_json_open(w, true);
    write_target(call, w);
    write_driver(call, w);
    if (call->keys > 1)
        pbay_json_member_int(w, "key_index", (int64_t)attempt->key);
    pbay_json_member_int(w, "requests", attempt->requests);
    if (attempt->status != 0)
        pbay_json_member_int(w, "status", attempt->status);
    pbay_json_member_bool(w, "ok", attempt->cls == NULL);
    write_optional(w, "class", attempt->cls != NULL ? attempt->cls->name : NULL);
    write_optional(w, "message", attempt->message);
    write_optional(w, "request_id", attempt->request_id);
    pbay_json_member_int(w, "ms", attempt->ms);
    pbay_json_close(w);
}

static void write_last(const PbayCall *call, PbayJsonWriter *w)
{
    if (call->attempts->len == 0)
        return;
    const PbayAttempt *last = &g_array_index(call->attempts, PbayAttempt, call->attempts->len - 1);
    write_optional(w, "request_id", last->request_id);
    if (last->status != 0)
        pbay_json_member_int(w, "status", last->status);
}

void pbay_call_report(const PbayCall *call, GString *out)
{
    gsize from = out->len;
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    if (call->asked != NULL)
        pbay_json_member_str(&w, "asked", pbay_str(call->asked));
    if (call->provider != NULL) {
        write_target(call, &w);
        pbay_json_member_str(&w, "model", pbay_str(call->model));
        write_driver(call, &w);
        write_optional(&w, "reason", call->reason);
    }
    pbay_json_key(&w, PBAY_STR("attempts"));
    pbay_json_open(&w, false);
    for (guint i = 0; i < call->attempts->len; i++)
        write_attempt(call, &g_array_index(call->attempts, PbayAttempt, i), &w);
    pbay_json_close(&w);
    pbay_json_key(&w, PBAY_STR("notes"));
    pbay_call_write_notes(call, &w);
    if (call->notes_lost != 0)
        pbay_json_member_int(&w, "notes_left_out", call->notes_lost);
    PbayUsage usage = call->answer != NULL ? pbay_answer_usage(call->answer) : (PbayUsage){0};
    if (pbay_usage_known(&usage, NULL)) {
        pbay_json_key(&w, PBAY_STR("usage"));
        pbay_usage_write(&usage, NULL, call->kind, &w);
    }
    write_last(call, &w);
    pbay_json_close(&w);
    g_autoptr(GString) clean = g_string_new_len(out->str + from, (gssize)(out->len - from));
    if (pbay_redact(clean)) {
        g_string_truncate(out, from);
        pbay_str_append(out, pbay_str_of(clean));
    }
}
