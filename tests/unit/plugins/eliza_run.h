/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the ELIZA driver in a test as the core does: init, then run() with a request, and writes
 * down what it emits, notes and fails with, one line each. Single-threaded. */
#ifndef TESTS_ELIZA_RUN_H
#define TESTS_ELIZA_RUN_H

#include "base/str.h"
#include "json/reader.h"

#include <glib.h>
#include <patchbay/driver.h>

struct pb_xchg {
    GString *log;
    int cancel_after; /* cancelled() says yes after so many events; -1 never */
    int events;
};

static void log_str(pb_xchg *x, const char *name, pb_str s)
{
    if (s.len > 0)
        g_string_append_printf(x->log, " %s=%.*s", name, (int)s.len, s.ptr);
}

static void fake_emit(pb_xchg *x, const pb_event *event)
{
    static const char *const names[] = {"?",     "text", "reasoning", "refusal", "tool", "finish",
                                        "usage", "meta", "extra",     "vector",  "model"};
    g_assert_cmpuint(event->size, ==, sizeof *event);
    x->events++;
    if (event->kind == PB_EV_USAGE) {
        g_string_append_printf(x->log, "usage known=%u in=%d out=%d\n", event->known,
                               (int)event->tokens_in, (int)event->tokens_out);
        return;
    }
    g_string_append_printf(x->log, "%s %u", names[event->kind], event->choice);
    log_str(x, "id", event->id);
    log_str(x, "name", event->name);
    if (event->kind != PB_EV_MODEL)
        log_str(x, "text", event->text);
    g_string_append_c(x->log, '\n');
}

static void fake_note(pb_xchg *x, int32_t note, pb_str param, pb_str why)
{
    static const char *const names[] = {"?", "dropped", "clamped", "emulated", "unmet"};
    g_assert_cmpuint(why.len, >, 0);
    g_string_append_printf(x->log, "note %s %.*s\n", names[note], (int)param.len, param.ptr);
}

static void fake_fail(pb_xchg *x, const pb_error *error)
{
    g_assert_cmpuint(error->message.len, >, 0);
    g_string_append_printf(x->log, "fail %d", error->cls);
    log_str(x, "param", error->param);
    g_string_append_c(x->log, '\n');
}

static int32_t fake_cancelled(pb_xchg *x)
{
    return x->cancel_after >= 0 && x->events >= x->cancel_after;
}

static const pb_core_api fake_api = {.size = sizeof fake_api,
                                     .json_type = pbay_json_type,
                                     .json_len = pbay_json_len,
                                     .json_get = pbay_json_get,
                                     .json_at = pbay_json_at,
                                     .json_str = pbay_json_str,
                                     .json_int = pbay_json_int,
                                     .json_real = pbay_json_real,
                                     .json_bool = pbay_json_bool,
                                     .json_text = pbay_json_text,
                                     .emit = fake_emit,
                                     .note = fake_note,
                                     .fail = fake_fail};

/* What run() did, "done" or "failed" last. Caller frees. body NULL: none. */
static G_GNUC_UNUSED char *eliza_run(int32_t kind, const char *model, const char *body,
                                     int cancel_after)
{
    const pb_driver *driver = patchbay_driver_get(PB_DRIVER_IFACE);
    const pb_execute *execute = patchbay_driver_get(PB_EXECUTE_IFACE);
    static void *drv;
    void *prov = NULL;
    if (drv == NULL)
        g_assert_cmpint(driver->init(&fake_api, NULL, &drv), ==, 0);
    g_assert_cmpint(driver->provider_open(drv, NULL, NULL, &prov), ==, 0);
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    pb_xchg x = {.log = g_string_new(NULL), .cancel_after = cancel_after};
    pb_request request = {.size = sizeof request,
                          .kind = kind,
                          .prefix = PBAY_STR("eliza"),
                          .model = pbay_str(model)};
    if (body != NULL) {
        g_autoptr(GError) error = NULL;
        request.body = pbay_json_parse(arena, pbay_str(body), NULL, 0, &error);
        g_assert_no_error(error);
    }
    pb_next next = execute->run(prov, &x, &request, fake_cancelled);
    g_assert_true(next == PB_DONE || next == PB_FAIL);
    g_string_append(x.log, next == PB_DONE ? "done" : "failed");
    return g_string_free(x.log, FALSE);
}

static G_GNUC_UNUSED void eliza_expect(int32_t kind, const char *body, const char *said)
{
    g_autofree char *log = eliza_run(kind, "doctor", body, -1);
    g_assert_cmpstr(log, ==, said);
}

#endif
