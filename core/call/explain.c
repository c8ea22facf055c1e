/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the explanation of a call that is not made: where it would go and why, the exact upstream
 * request with secrets masked, and what would become of parameters. Nothing leaves; the whole text
 * is redacted last. On the worker's thread. */
#include "call/state.h"

#include "base/str.h"
#include "base/text.h"
#include "json/reader.h"

/* "Bearer ***": the scheme in front of a credential is no secret. */
static void write_masked(PbayJsonWriter *w, pb_str value)
{
    static const char *const schemes[] = {"Bearer ", "Basic ",  "Key ",
                                          "Token ",  "Digest ", "AWS4-HMAC-SHA256 "};
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        size_t len = strlen(schemes[i]);
        if (value.len > len && g_ascii_strncasecmp(value.ptr, schemes[i], len) == 0) {
            g_autofree char *text = g_strdup_printf("%.*s***", (int)len, value.ptr);
            pbay_json_write_str(w, pbay_str(text));
            return;
        }
    }
    pbay_json_write_str(w, value.len != 0 ? PBAY_STR("***") : PBAY_STR(""));
}

static void write_body(PbayJsonWriter *w, pb_str body)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    if (body.len == 0)
        pbay_json_write_null(w);
    else if (pbay_json_parse(arena, body, NULL, 0, NULL) != NULL)
        pbay_json_write_raw(w, body);
    else
        pbay_json_write_str(w, body);
}

void pbay_call_keep_request(PbayCall *call, const PbayHttpRequest *request)
{
    if (call->sent != NULL)
        return;
    call->sent = g_string_new(NULL);
    g_autofree char *url = pbay_str_dup(request->url);
    g_autofree char *shown = pbay_text_show_url(url);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, call->sent);
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, "method", request->method);
    pbay_json_member_str(&w, "url", pbay_str(shown));
    pbay_json_key(&w, PBAY_STR("headers"));
    pbay_json_open(&w, true);
    for (size_t i = 0; i < request->n_headers; i++) {
        const PbayHttpHeader *header = &request->headers[i];
        pbay_json_key(&w, header->name);
        if (header->secret || pbay_header_is_secret(header->name))
            write_masked(&w, header->value);
        else
            pbay_json_write_str(&w, header->value);
    }
    pbay_json_close(&w);
    pbay_json_key(&w, PBAY_STR("body"));
    write_body(&w, request->body);
    pbay_json_close(&w);
}

static void write_timeouts(const PbayCall *call, const PbayStep *step, PbayJsonWriter *w)
{
    PbayTimeouts bounds = pbay_call_bounds(call, step->model, step->target->provider);
    pbay_json_key(w, PBAY_STR("timeouts_ms"));
    pbay_json_open(w, true);
    pbay_json_member_int(w, "connect", bounds.connect);
    pbay_json_member_int(w, "first_byte", bounds.first_byte);
    pbay_json_member_int(w, "first_token", bounds.first_token);
    pbay_json_member_int(w, "idle", bounds.idle);
    pbay_json_member_int(w, "attempt", bounds.attempt);
    pbay_json_member_int(w, "total", pbay_call_total(call));
    pbay_json_close(w);
}

static void write_driver(const PbayDriver *driver, PbayJsonWriter *w)
{
    pbay_json_key(w, PBAY_STR("driver"));
    pbay_json_open(w, true);
    pbay_json_member_str(w, "id", pbay_str(driver->id));
    pbay_json_member_str(w, "version", pbay_str(driver->version));
    pbay_json_member_str(w, "file", pbay_str(driver->path != NULL ? driver->path : driver->file));
    pbay_json_close(w);
}

static void write_first(const PbayCall *call, const PbayStep *step, PbayJsonWriter *w)
{
    const PbayProvider *provider = step->target->provider;
    const PbayDriver *driver = provider != NULL ? provider->driver : NULL;
    bool loaded = driver != NULL && driver->ops != NULL;
    pbay_json_member_str(w, "target", pbay_str(step->target->name));
    if (provider != NULL)
        pbay_json_member_str(w, "provider", pbay_str(provider->name));
    if (loaded)
        write_driver(driver, w);
    pbay_json_member_str(w, "reason", pbay_str(call->plan->how));
    pbay_json_key(w, PBAY_STR("plan"));
    pbay_plan_write(call->plan, call->measured ? &call->facts : NULL, w);
    pbay_json_key(w, PBAY_STR("request"));
    if (call->sent != NULL)
        pbay_json_write_raw(w, pbay_str_of(call->sent));
    else
        pbay_json_write_null(w);
    if (loaded && (driver->ops->flags & PB_DRIVER_EXECUTE) != 0)
        pbay_json_member_bool(w, "in_process", true);
}

/* Why the call would fail: of the request itself, or of what the target does not take. */
static const PbayFailure *refusal_of(const PbayCall *call, const PbayAttempt *attempt)
{
    if (call->refused != NULL || attempt == NULL)
        return call->refused;
    return attempt->fault != NULL ? attempt->fault : attempt->failure;
}

void pbay_call_explain(const PbayCall *call, GString *out)
{
    const PbayAttempt *attempt = call->attempts->len != 0 ? call->attempts->pdata[0] : NULL;
    const PbayStep *step = pbay_call_step(call, call->step);
    const PbayFailure *refused = refusal_of(call, attempt);
    g_autoptr(GString) text = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, text);
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, "model", pbay_str(call->asked));
    write_first(call, step, &w);
    pbay_json_key(&w, PBAY_STR("notes"));
    pbay_notes_write(&call->notes, attempt != NULL ? &attempt->notes : NULL, &w);
    if (call->missing != NULL)
        pbay_json_member_str(&w, "missing", pbay_str(call->missing));
    if (refused != NULL)
        pbay_json_member_str(&w, "refused", pbay_str(refused->message));
    if (step->target->provider != NULL)
        write_timeouts(call, step, &w);
    pbay_json_close(&w);
    pbay_redact(text);
    pbay_str_append(out, pbay_str_of(text));
}
