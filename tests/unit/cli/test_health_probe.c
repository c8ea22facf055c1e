/* SPDX-License-Identifier: Apache-2.0 */
/* The probes of `patchbay health`: one for all targets of a provider where it would be the same
 * request, one each where it goes by the model; what a probe cannot know; and limits of ours. */
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

static void is_row(json_object *rows, const char *place, const char *target, const char *with)
{
    g_autofree char *name = g_strconcat(place, ".target", NULL);
    g_autofree char *asked = g_strconcat(place, ".probed_with", NULL);
    g_autofree char *status = g_strconcat(place, ".status", NULL);
    g_autofree char *probed = g_strconcat(place, ".probed", NULL);

    g_assert_cmpstr(json_text_at(rows, name), ==, target);
    g_assert_cmpstr(json_text_at(rows, asked), ==, with);
    g_assert_cmpstr(json_text_at(rows, status), ==, "ok");
    g_assert_cmpstr(json_text_at(rows, probed), ==, "free");
}

/* A list of models is the same whichever of them is meant: one request, told in each row. */
static void test_one_for_all(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL, table = NULL;
    json_object *rows;

    box_conf(rig->box, "m",
             "[model fast]\ntargets = openai/parrot;openai/count;eliza/doctor;openai/other\n");
    run = box_run(rig->box, NULL, "health", "--json", "fast", NULL);
    rows = rows_of(run);
    assert_run(run, 0, NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
    g_assert_cmpstr(stub_request_line(rig_stub(rig), 0), ==, "GET /v1/models");
    is_row(rows, "0", "openai/parrot", NULL);
    is_row(rows, "1", "openai/count", "openai/parrot");
    is_row(rows, "2", "eliza/doctor", NULL);
    is_row(rows, "3", "openai/other", "openai/parrot");
    json_object_put(rows);
    table = box_run(rig->box, NULL, "health", "fast", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2);
    assert_contains(table->out, "now, with openai/parrot");
}

/* It fails for all of them too. */
static void test_one_fails_for_all(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;
    g_autofree char *conf = g_strdup_printf(
        "[provider wrong]\ndriver = openai\nbase-url = %s\napi-key = sk-wrong-000001\n"
        "[model m]\ntargets = wrong/a;openai/a;wrong/b\n",
        rig->url);
    json_object *rows;

    box_conf(rig->box, "m", conf);
    run = box_run(rig->box, NULL, "health", "--json", "m", NULL);
    rows = rows_of(run);
    g_assert_cmpint(run->code, ==, 4);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2); /* two accounts at one server */
    g_assert_cmpstr(json_text_at(rows, "0.status"), ==, "failed");
    g_assert_cmpstr(json_text_at(rows, "1.status"), ==, "ok");
    g_assert_cmpstr(json_text_at(rows, "1.probed_with"), ==, NULL);
    g_assert_cmpstr(json_text_at(rows, "2.status"), ==, "failed");
    g_assert_cmpstr(json_text_at(rows, "2.error"), ==, json_text_at(rows, "0.error"));
    json_object_put(rows);
}

static StubScript *count(void *user, const StubRequest *request)
{
    (void)user, (void)request;
    return stub_json(200, "{\"totalTokens\":1}");
}

/* Vertex AI counts a letter with the model itself: each is asked. */
static void test_one_each(void)
{
    g_autoptr(Rig) rig = rig_new_with(count, NULL);
    g_autoptr(Run) run = NULL;
    g_autofree char *origin = g_strndup(rig->url, (size_t)(strstr(rig->url, "/v1") - rig->url));
    g_autofree char *conf = g_strdup_printf(
        "[provider vertex_ai]\nbase-url = %s\naccess-token = ya29.e2e-token-0001\nproject = p\n"
        "[model m]\ntargets = vertex_ai/gemini-a;vertex_ai/gemini-b\n",
        origin);
    json_object *rows;

    box_drivers(rig->box, "vertex_ai", NULL);
    box_conf(rig->box, "m", conf);
    run = box_run(rig->box, NULL, "health", "--json", "m", NULL);
    rows = rows_of(run);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2);
    is_row(rows, "0", "vertex_ai/gemini-a", NULL);
    is_row(rows, "1", "vertex_ai/gemini-b", NULL);
    json_object_put(rows);
}

/* Calls fail, the list of models does not: the breaker knows better, and stays as it is. */
static void test_breaker_knows_better(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL, passive = NULL;
    json_object *rows;

    box_env(rig->box, "PATCHBAY_STATE", box_path(rig->box, "state.json"));
    for (int i = 0; i < 5; i++) {
        g_autoptr(Run) failed =
            box_run(rig->box, NULL, "chat", "-m", "openai/http-503", "--retries", "0", "hi", NULL);

        g_assert_cmpint(failed->code, ==, 4);
    }
    run = box_run(rig->box, NULL, "health", "--json", "openai/http-503", NULL);
    rows = rows_of(run);
    g_assert_cmpint(run->code, ==, 4);
    g_assert_cmpstr(json_text_at(rows, "0.probed"), ==, "free");
    g_assert_cmpstr(json_text_at(rows, "0.status"), ==, "failed");
    assert_contains(json_text_at(rows, "0.error"), "5 failures");
    json_object_put(rows);
    passive = box_run(rig->box, NULL, "health", "--json", "--passive", "openai/http-503", NULL);
    rows = rows_of(passive);
    g_assert_cmpstr(json_text_at(rows, "0.breaker"), !=, "closed");
    g_assert_false(json_object_get_boolean(json_at(rows, "0.last.ok")));
    g_assert_null(json_at(rows, "0.latency_ms"));
    json_object_put(rows);
}

/* A probe that a limit of ours holds back says nothing of the target. */
static void test_own_limit(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process;
    g_autoptr(Run) run = NULL;

    box_conf(rig->box, "m", "[limits openai]\nrpm = 1\n");
    process = box_start(rig->box, "health", "--watch", "--every", "50ms", "--json", "openai/parrot",
                        NULL);
    process_await(process, "its limit of requests a minute");
    process_signal(process, SIGINT);
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 0);
    assert_contains(run->out, "\"status\":\"ok\"");
    assert_contains(run->out, "\"status\":\"unknown\"");
    assert_lacks(run->out, "\"status\":\"failed\"");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/health-probe/one-for-all", test_one_for_all);
    g_test_add_func("/cli/health-probe/one-fails-for-all", test_one_fails_for_all);
    g_test_add_func("/cli/health-probe/one-each", test_one_each);
    g_test_add_func("/cli/health-probe/breaker-knows-better", test_breaker_knows_better);
    g_test_add_func("/cli/health-probe/own-limit", test_own_limit);
    return g_test_run();
}
