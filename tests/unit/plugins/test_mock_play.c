/* SPDX-License-Identifier: Apache-2.0 */
/* The mock driver under a clock that a test turns: what is told before which wait, rates, seeds
 * and the count of failures of a provider. Single-threaded; nothing sleeps. */
#include "base/str.h"
#include "json/reader.h"

#include <glib.h>
#include <patchbay/driver.h>

struct pb_xchg {
    GString *log;
    PbayArena *arena;
};

struct pb_core {
    uint8_t random;
};

static void fake_emit(pb_xchg *x, const pb_event *event)
{
    if (event->kind == PB_EV_TEXT)
        g_string_append_printf(x->log, "<%.*s>", (int)event->text.len, event->text.ptr);
    else if (event->kind == PB_EV_FINISH)
        g_string_append_printf(x->log, " %.*s", (int)event->text.len, event->text.ptr);
}

static void fake_note(pb_xchg *x, int32_t note, pb_str param, pb_str why)
{
    (void)why;
    g_string_append_printf(x->log, "note %d %.*s ", note, (int)param.len, param.ptr);
}

static void fake_fail(pb_xchg *x, const pb_error *error)
{
    g_string_append_printf(x->log, " fail %d", error->http_status);
}

static void fake_wait(pb_xchg *x, int64_t ms)
{
    g_string_append_printf(x->log, " [%d] ", (int)ms);
}

static void *fake_alloc(pb_xchg *x, size_t n)
{
    return pbay_arena_alloc(x->arena, n);
}

/* Another byte each time, so that requests differ. */
static void fake_random(pb_core *core, void *buf, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)buf)[i] = core->random++;
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
                                     .random = fake_random,
                                     .alloc = fake_alloc,
                                     .wait = fake_wait,
                                     .emit = fake_emit,
                                     .note = fake_note,
                                     .fail = fake_fail};

static pb_core fake_core;

typedef struct Rig {
    const pb_driver *driver;
    PbayArena *arena;
    void *drv, *prov;
} Rig;

static Rig set_up(const char *config)
{
    Rig rig = {.driver = patchbay_driver_get(PB_DRIVER_IFACE), .arena = pbay_arena_new(0)};
    const pb_json *options = pbay_json_parse(rig.arena, pbay_str(config), NULL, 0, NULL);

    g_assert_nonnull(options);
    g_assert_cmpint(rig.driver->init(&fake_api, &fake_core, &rig.drv), ==, 0);
    g_assert_cmpint(rig.driver->provider_open(rig.drv, NULL, options, &rig.prov), ==, 0);
    return rig;
}

static void tear_down(Rig *rig)
{
    rig->driver->provider_close(rig->prov);
    free(rig->drv);
    pbay_arena_free(rig->arena);
}

/* One request to the end; every wait is over at once. */
static char *ask(Rig *rig, const char *model, const char *body)
{
    pb_xchg x = {.log = g_string_new(NULL), .arena = rig->arena};
    pb_request request = {.size = sizeof request,
                          .kind = PB_KIND_CHAT,
                          .model = pbay_str(model),
                          .body = pbay_json_parse(rig->arena, pbay_str(body), NULL, 0, NULL)};
    void *state = NULL;
    pb_next next;

    g_assert_nonnull(request.body);
    next = rig->driver->begin(rig->prov, &x, &request, &state);
    while (next == PB_WAIT)
        next = rig->driver->on_timer(rig->prov, &x, state);
    rig->driver->end(rig->prov, &x, state);
    g_assert_true(next == PB_DONE || next == PB_FAIL);
    return g_string_free(x.log, FALSE);
}

static const char hello[] = "{\"messages\":[{\"role\":\"user\",\"content\":\"a b c d e\"}]}";

static void expect(const char *config, const char *model, const char *said)
{
    Rig rig = set_up(config);
    g_autofree char *log = ask(&rig, model, hello);

    g_assert_cmpstr(log, ==, said);
    tear_down(&rig);
}

static void test_delays(void)
{
    expect("{}", "echo", "<a>< b>< c>< d>< e> stop");
    expect("{\"delay\":250}", "echo", " [250] <a>< b>< c>< d>< e> stop");
    expect("{\"token-delay\":200}", "echo", "<a> [200] < b> [200] < c> [200] < d> [200] < e> stop");
    expect("{\"chunk\":2,\"token-delay\":300}", "echo", "<a b> [300] < c d> [300] < e> stop");
    expect("{\"chunk\":0}", "echo", "<a b c d e> stop");
    /* Below the shortest wait of the core: two at once, the rate is the same. */
    expect("{\"token-delay\":50}", "echo", "<a>< b> [100] < c>< d> [100] < e> stop");
    expect("{}", "echo+slow", " [2000] <a> [200] < b> [200] < c> [200] < d> [200] < e> stop");
}

static void test_breaks(void)
{
    expect("{\"delay\":150}", "echo+error-503", " [150]  fail 503");
    expect("{\"token-delay\":200}", "echo+error-500-after-2", "<a> [200] < b> fail 500");
    expect("{}", "echo+error-429-after-9", "<a>< b>< c>< d>< e> fail 429");
    expect("{}", "echo+cut-3", "<a>< b>< c>");
    expect("{\"cut-after\":0}", "echo", "");
}

static void test_fail_first(void)
{
    Rig rig = set_up("{\"fail-first\":2,\"error\":[\"rate_limit\"]}");
    static const char *const said[] = {" fail 429", " fail 429", "<a>< b>< c>< d>< e> stop"};

    for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
        g_autofree char *log = ask(&rig, "echo", hello);

        g_assert_cmpstr(log, ==, said[i]);
    }
    tear_down(&rig);
}

static unsigned failures(const char *config, const char *body)
{
    Rig rig = set_up(config);
    unsigned n = 0;

    for (int i = 0; i < 1000; i++) {
        g_autofree char *log = ask(&rig, "echo", body);

        n += strstr(log, "fail") != NULL;
    }
    tear_down(&rig);
    return n;
}

static void test_rate(void)
{
    unsigned third = failures("{\"error\":[\"timeout\"],\"error-rate\":0.3}", hello);
    unsigned seeded = failures("{\"error\":[\"timeout\"],\"error-rate\":0.3,\"seed\":5}", hello);

    g_assert_cmpuint(third, >, 250);
    g_assert_cmpuint(third, <, 350);
    g_assert_true(seeded == 0 || seeded == 1000); /* the same luck each time */
    g_assert_cmpuint(failures("{\"error\":[\"timeout\"],\"error-rate\":0}", hello), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mock/play/delays", test_delays);
    g_test_add_func("/mock/play/breaks", test_breaks);
    g_test_add_func("/mock/play/fail-first", test_fail_first);
    g_test_add_func("/mock/play/rate", test_rate);
    return g_test_run();
}
