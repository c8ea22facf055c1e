/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay health` over HTTP: the vendor sees the probe, a failing provider hides no other, one
 * that hangs ends at the time limit, a probe that costs is made on demand alone. */
#include "e2e/rig.h"

#include <signal.h>
#include <string.h>

static json_object *rows_of(const Run *run)
{
    json_object *rows = json_tokener_parse(run->out);

    if (!json_object_is_type(rows, json_type_array))
        g_error("no array in stdout:\n%s\nstderr:\n%s", run->out, run->err);
    return rows;
}

static json_object *row_of(json_object *rows, const char *target)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);

        if (strcmp(json_text_at(row, "target"), target) == 0)
            return row;
    }
    g_error("no row %s in %s", target, json_object_to_json_string(rows));
}

static Rig *small_rig(Rig *rig)
{
    box_drivers(rig->box, "eliza", "openai", NULL);
    return rig;
}

static void test_probe_is_seen(void)
{
    g_autoptr(Rig) rig = small_rig(rig_new());
    g_autoptr(Run) run = box_run(rig->box, NULL, "health", "--json", "openai/parrot", NULL);
    g_autoptr(Run) table = box_run(rig->box, NULL, "health", "openai/parrot", NULL);
    json_object *rows = rows_of(run), *row = row_of(rows, "openai/parrot");

    assert_run(run, 0, NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2);
    g_assert_cmpstr(stub_request_line(rig_stub(rig), 0), ==, "GET /v1/models");
    g_assert_cmpstr(json_text_at(row, "status"), ==, "ok");
    g_assert_cmpstr(json_text_at(row, "probed"), ==, "free");
    g_assert_nonnull(json_at(row, "probe_ms"));
    g_assert_cmpstr(json_text_at(row, "breaker"), ==, "closed");
    json_object_put(rows);
    assert_run(table, 0, NULL);
    g_assert_true(g_str_has_prefix(table->out, "TARGET"));
    assert_contains(table->out, "\nopenai/parrot  ok ");
    assert_contains(table->out, " now");
}

/* Every provider with a key is asked when none is named. */
static void test_all(void)
{
    g_autoptr(Rig) rig = small_rig(rig_new());
    g_autoptr(Run) run = box_run(rig->box, NULL, "health", "--json", NULL);

    assert_run(run, 0, NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), >=, 1);
    g_assert_cmpstr(stub_request_line(rig_stub(rig), 0), ==, "GET /v1/models");
    assert_lacks(run->out, "eliza");
}

static void test_two_fail_one_is_well(void)
{
    g_autoptr(Rig) rig = small_rig(rig_new());
    g_autofree char *conf = g_strdup_printf(
        "[provider wrong]\ndriver = openai\nbase-url = %s\napi-key = sk-wrong-000001\n"
        "[provider dead]\ndriver = openai\nbase-url = http://127.0.0.1:1/v1\n"
        "api-key = sk-dead-0000001\n[provider keyless]\ndriver = openai\n"
        "base-url = http://127.0.0.1:1/v1\n",
        rig->url);
    g_autoptr(Run) run = NULL, table = NULL;
    json_object *rows;

    box_conf(rig->box, "more", conf);
    run = box_run(rig->box, NULL, "health", "--json", "wrong/m", "openai/m", "dead/m", "keyless/m",
                  NULL);
    rows = rows_of(run);
    g_assert_cmpint(run->code, ==, 4);
    g_assert_cmpstr(json_text_at(row_of(rows, "openai/m"), "status"), ==, "ok");
    g_assert_cmpstr(json_text_at(row_of(rows, "wrong/m"), "status"), ==, "failed");
    assert_contains(json_text_at(row_of(rows, "wrong/m"), "error"), "auth");
    g_assert_cmpstr(json_text_at(row_of(rows, "dead/m"), "status"), ==, "failed");
    g_assert_cmpstr(json_text_at(row_of(rows, "keyless/m"), "status"), ==, "not configured");
    json_object_put(rows);
    assert_lacks(run->out, "sk-wrong");
    table = box_run(rig->box, NULL, "health", NULL);
    g_assert_cmpint(table->code, ==, 4);
    assert_contains(table->out, "not configured");
}

static StubScript *never(void *user, const StubRequest *request)
{
    StubScript *script = stub_script_new(200, "application/json");

    (void)user, (void)request;
    stub_script_raw(script, "", 0);
    stub_script_stall(script);
    return script;
}

static void test_time_limit(void)
{
    g_autoptr(Rig) rig = small_rig(rig_new_with(never, NULL));
    g_autoptr(Run) run = box_run(rig->box, NULL, "health", "--timeout", "300ms", "--json",
                                 "openai/m", "eliza/doctor", NULL);
    json_object *rows = rows_of(run);

    g_assert_cmpint(run->code, ==, 4);
    g_assert_cmpstr(json_text_at(row_of(rows, "openai/m"), "status"), ==, "failed");
    assert_contains(json_text_at(row_of(rows, "openai/m"), "error"), "timeout");
    g_assert_cmpstr(json_text_at(row_of(rows, "eliza/doctor"), "status"), ==, "ok");
    json_object_put(rows);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
}

/* The configuration says how long, unless the command line does. */
static void test_configured_limit(void)
{
    g_autoptr(Rig) rig = small_rig(rig_new_with(never, NULL));
    g_autoptr(Run) run = NULL;

    box_conf(rig->box, "h", "[health]\ntimeout = ${env:E2E_LIMIT}\n");
    box_env(rig->box, "E2E_LIMIT", "200ms");
    run = box_run(rig->box, NULL, "health", "--json", "openai/m", NULL);
    g_assert_cmpint(run->code, ==, 4);
    assert_contains(run->out, "timeout");
    assert_contains(run->out, "200 ms");
}

static void test_ctrl_c(void)
{
    g_autoptr(Rig) rig = small_rig(rig_new_with(never, NULL));
    Process *process =
        box_start(rig->box, "health", "-v", "--json", "openai/m", "eliza/doctor", NULL);
    g_autoptr(Run) run = NULL;
    json_object *rows;

    process_await_err(process, "served by eliza");
    g_assert_true(stub_wait_requests(rig_stub(rig), 1));
    process_signal(process, SIGINT);
    run = process_end(process);
    rows = rows_of(run);
    g_assert_cmpint(run->code, ==, 5);
    g_assert_cmpstr(json_text_at(row_of(rows, "openai/m"), "status"), ==, "unknown");
    g_assert_cmpstr(json_text_at(row_of(rows, "eliza/doctor"), "status"), ==, "ok");
    json_object_put(rows);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
}

static StubScript *one_token(void *user, const StubRequest *request)
{
    (void)user, (void)request;
    return stub_json(200, "{\"id\":\"a\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
                          "\"assistant\",\"content\":\"T\"},\"finish_reason\":\"length\"}],"
                          "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,"
                          "\"total_tokens\":2}}");
}

/* A vendor without a free probe is asked for a token when that is wished and its price is known. */
static void test_billed(void)
{
    g_autoptr(Rig) rig = rig_new_with(one_token, NULL);
    g_autoptr(Run) unasked = NULL, unpriced = NULL, billed = NULL, all = NULL;
    json_object *rows, *sent;

    box_provider(rig->box, "ai21", rig->url, RIG_KEY);
    unasked = box_run(rig->box, NULL, "health", "ai21/jamba-x", NULL);
    assert_run(unasked, 0, NULL);
    assert_contains(unasked->out, "--billed");
    unpriced = box_run(rig->box, NULL, "health", "--billed", "--json", "ai21/jamba-x", NULL);
    rows = rows_of(unpriced);
    g_assert_cmpstr(json_text_at(rows, "0.status"), ==, "unknown");
    assert_contains(json_text_at(rows, "0.error"), "price");
    json_object_put(rows);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
    box_conf(rig->box, "price", "[price ai21/jamba-x]\ninput = 1\noutput = 1\n");
    billed = box_run(rig->box, NULL, "health", "--billed", "--json", "ai21/jamba-x", NULL);
    rows = rows_of(billed);
    g_assert_cmpint(billed->code, ==, 0);
    g_assert_cmpstr(json_text_at(rows, "0.status"), ==, "ok");
    g_assert_cmpstr(json_text_at(rows, "0.probed"), ==, "billed");
    json_object_put(rows);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
    sent = rig_sent(rig, 0);
    g_assert_cmpint(json_object_get_int(json_at(sent, "max_tokens")), ==, 1);
    json_object_put(sent);
    /* When none is named, it is the model that the provider has by itself. */
    box_conf(rig->box, "price", "[price ai21/jamba-mini]\ninput = 1\noutput = 1\n");
    box_drivers(rig->box, "ai21", NULL);
    all = box_run(rig->box, NULL, "health", "--billed", "--json", NULL);
    rows = rows_of(all);
    g_assert_cmpstr(json_text_at(row_of(rows, "ai21/jamba-mini"), "probed"), ==, "billed");
    json_object_put(rows);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2);
}

/* The day's cap holds over processes: the second probe is not made. */
static void test_daily_cap(void)
{
    g_autoptr(Rig) rig = rig_new_with(one_token, NULL);
    g_autoptr(Run) first = NULL, second = NULL, third = NULL;
    json_object *rows;

    box_provider(rig->box, "ai21", rig->url, RIG_KEY);
    box_env(rig->box, "PATCHBAY_STATE", box_path(rig->box, "state.json"));
    box_conf(rig->box, "price",
             "[price ai21/jamba-x]\ninput = 1000\noutput = 100000\n[health]\ndaily-cap = 0.15\n");
    first = box_run(rig->box, NULL, "health", "--billed", "--json", "ai21/jamba-x", NULL);
    second = box_run(rig->box, NULL, "health", "--billed", "--json", "ai21/jamba-x", NULL);
    assert_run(first, 0, NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
    rows = rows_of(second);
    g_assert_cmpstr(json_text_at(rows, "0.status"), ==, "ok"); /* as the call before showed */
    assert_contains(json_text_at(rows, "0.error"), "daily-cap");
    g_assert_cmpstr(json_text_at(rows, "0.probed"), ==,
                    NULL); /* what is refused here asks nobody */
    g_assert_null(json_at(rows, "0.probe_ms"));
    json_object_put(rows);
    third = box_run(rig->box, NULL, "health", "--billed", "ai21/jamba-x", NULL);
    assert_contains(third->out, " ago ");
    assert_lacks(third->out, " now ");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
}

static void test_nothing_configured(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = NULL;

    box_drivers(box, "eliza", "openai", NULL);
    run = box_run(box, NULL, "health", NULL);
    g_assert_cmpint(run->code, ==, 2);
    assert_contains(run->out, "not configured");
    assert_contains(run->err, "nothing is configured");
    box_free(box);
}

static void test_watch(void)
{
    g_autoptr(Rig) rig = small_rig(rig_new());
    Process *process =
        box_start(rig->box, "health", "--watch", "--every", "50ms", "openai/parrot", NULL);
    g_autoptr(Run) run = NULL;

    g_assert_true(stub_wait_requests(rig_stub(rig), 3));
    process_await(process, "openai/parrot");
    process_await(process, "openai/parrot");
    process_signal(process, SIGINT);
    run = process_end(process);
    g_assert_true(run->code == 0 || run->code == 5);
}

/* head(1) ends it. */
static void test_watch_without_reader(void)
{
    g_autoptr(Rig) rig = small_rig(rig_new());
    Process *process =
        box_start(rig->box, "health", "--watch", "--every", "50ms", "openai/parrot", NULL);
    g_autoptr(Run) run = NULL;

    process_await(process, "openai/parrot");
    process_close_out(process);
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 0);
}

/* On a terminal the line of progress is there and gone. */
static void test_progress(void)
{
    g_autoptr(Rig) rig = small_rig(rig_new());
    Process *process = box_start_terminal(rig->box, "health", "openai/parrot", NULL);
    g_autoptr(Run) shown = process_end(process);
    g_autoptr(Run) piped = box_run(rig->box, NULL, "health", "openai/parrot", NULL);
    const char *line, *gone;

    g_assert_cmpint(shown->code, ==, 0);
    line = strstr(shown->out, "patchbay: probed 0 of 1, 0 s");
    g_assert_nonnull(line);
    gone = g_strrstr(shown->out, "\r\x1b[K");
    g_assert_true(gone > line);
    assert_contains(gone, "openai/parrot");
    assert_lacks(piped->err, "probed");
}

static void test_usage(void)
{
    Box *box = box_new();
    g_autoptr(Run) both = box_run(box, NULL, "health", "--passive", "--billed", NULL);
    g_autoptr(Run) time = box_run(box, NULL, "health", "--timeout", "soon", NULL);
    g_autoptr(Run) every = box_run(box, NULL, "health", "--watch", "--every", "0", NULL);
    g_autoptr(Run) alone = box_run(box, NULL, "health", "--every", "5s", NULL);

    assert_complaint(both, 1, "--passive", "--billed", NULL);
    assert_complaint(time, 1, "--timeout soon", NULL);
    assert_complaint(every, 1, "--every 0", NULL);
    assert_complaint(alone, 1, "--every", "--watch", NULL);
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/health/probe-is-seen", test_probe_is_seen);
    g_test_add_func("/cli/health/all", test_all);
    g_test_add_func("/cli/health/two-fail-one-is-well", test_two_fail_one_is_well);
    g_test_add_func("/cli/health/time-limit", test_time_limit);
    g_test_add_func("/cli/health/configured-limit", test_configured_limit);
    g_test_add_func("/cli/health/ctrl-c", test_ctrl_c);
    g_test_add_func("/cli/health/billed", test_billed);
    g_test_add_func("/cli/health/daily-cap", test_daily_cap);
    g_test_add_func("/cli/health/nothing-configured", test_nothing_configured);
    g_test_add_func("/cli/health/watch", test_watch);
    g_test_add_func("/cli/health/watch-without-reader", test_watch_without_reader);
    g_test_add_func("/cli/health/progress", test_progress);
    g_test_add_func("/cli/health/usage", test_usage);
    return g_test_run();
}
