/* SPDX-License-Identifier: Apache-2.0 */
/* Which targets `patchbay health` shows when none is named, each once, and that a passive look
 * sends nothing. */
#include "e2e/rig.h"

#include <string.h>

static json_object *rows_of(const Run *run)
{
    json_object *rows = json_tokener_parse(run->out);

    if (!json_object_is_type(rows, json_type_array))
        g_error("no array in stdout:\n%s\nstderr:\n%s", run->out, run->err);
    return rows;
}

/* NULL: there is none. Two of them are a mistake. */
static json_object *row_of(json_object *rows, const char *target)
{
    json_object *found = NULL;

    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);

        if (strcmp(json_text_at(row, "target"), target) != 0)
            continue;
        g_assert_null(found);
        found = row;
    }
    return found;
}

static void is_status(json_object *rows, const char *target, const char *status)
{
    json_object *row = row_of(rows, target);

    if (row == NULL)
        g_error("no row %s in %s", target, json_object_to_json_string(rows));
    g_assert_cmpstr(json_text_at(row, "status"), ==, status);
}

static void test_default(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;
    json_object *rows;

    box_drivers(rig->box, "eliza", "openai", "anthropic", NULL);
    box_conf(rig->box, "m",
             "[model fast]\ntargets = openai/parrot;anthropic/claude-x\n"
             "[model slow]\ntargets = openai/parrot;openai/count\n"
             "[provider work]\ndriver = openai\napi-key = sk-work-000001\n"
             "[provider gone]\ndriver = no-such-driver\n");
    run = box_run(rig->box, NULL, "health", "--passive", "--json", NULL);
    rows = rows_of(run);
    is_status(rows, "openai/parrot", "unknown");
    is_status(rows, "openai/count", "unknown");
    is_status(rows, "anthropic/claude-x", "not configured");
    is_status(rows, "gone", "not available");
    g_assert_null(row_of(rows, "eliza/doctor")); /* it needs no key: nobody asked for it */
    g_assert_null(row_of(rows, "openai"));
    g_assert_null(row_of(rows, "anthropic"));
    g_assert_cmpstr(json_text_at(rows, "0.target"), ==, "openai/parrot"); /* keyless ones last */
    g_assert_cmpstr(json_text_at(rows, "1.target"), ==, "openai/count");
    assert_contains(run->out, "ANTHROPIC_API_KEY");
    assert_contains(run->out, "\"provider\":\"work\"");
    assert_lacks(run->out, RIG_KEY);
    g_assert_cmpint(run->code, ==, 0);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
    json_object_put(rows);
}

/* A prefix that is another name of a provider is no second row. */
static void test_alias(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = NULL;
    json_object *rows;

    box_drivers(box, "cohere", NULL);
    run = box_run(box, NULL, "health", "--json", NULL);
    rows = rows_of(run);
    is_status(rows, "cohere", "not configured");
    g_assert_null(row_of(rows, "cohere_chat"));
    g_assert_cmpint(run->code, ==, 2);
    json_object_put(rows);
    box_free(box);
}

/* Named ones alone, each once. */
static void test_named(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL, unknown = NULL;
    json_object *rows;

    box_conf(rig->box, "m", "[model fast]\ntargets = openai/parrot;openai/count\n");
    run = box_run(rig->box, NULL, "health", "--passive", "--json", "fast", "openai/parrot", NULL);
    rows = rows_of(run);
    g_assert_cmpuint(json_object_array_length(rows), ==, 2);
    is_status(rows, "openai/parrot", "unknown");
    is_status(rows, "openai/count", "unknown");
    json_object_put(rows);
    unknown = box_run(rig->box, NULL, "health", "fast", "no-such-model", NULL);
    g_assert_cmpint(unknown->code, !=, 0);
    assert_contains(unknown->err, "no-such-model");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

/* What one process saw of a target, the next one tells: without asking. */
static void test_shared_memory(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) chat = NULL, failed = NULL, run = NULL, apart = NULL;
    json_object *rows;

    box_env(rig->box, "PATCHBAY_STATE", box_path(rig->box, "state.json"));
    chat = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    failed = box_run(rig->box, NULL, "chat", "-m", "openai/http-503", "--retries", "0", "hi", NULL);
    run = box_run(rig->box, NULL, "health", "--passive", "--json", NULL);
    rows = rows_of(run);
    assert_run(chat, 0, NULL);
    g_assert_cmpint(failed->code, ==, 4);
    is_status(rows, "openai/parrot", "ok");
    is_status(rows, "openai/http-503", "failed");
    g_assert_cmpint(run->code, ==, 4);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2);
    json_object_put(rows);
    box_env(rig->box, "PATCHBAY_STATE", "none");
    apart = box_run(rig->box, NULL, "health", "--passive", "--json", NULL);
    rows = rows_of(apart);
    g_assert_null(row_of(rows, "openai/parrot"));
    json_object_put(rows);
}

/* What is known of another server hides no row of the provider's own. */
static void test_another_server(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autofree char *url = g_strdup_printf("http://localhost:%d/v1", stub_port(rig_stub(rig)));
    g_autoptr(Run) chat = NULL, run = NULL;
    json_object *rows;

    box_drivers(rig->box, "eliza", "openai", NULL);
    box_env(rig->box, "PATCHBAY_STATE", box_path(rig->box, "state.json"));
    chat = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--base-url", url, "hi", NULL);
    assert_run(chat, 0, NULL);
    run = box_run(rig->box, NULL, "health", "--json", NULL);
    rows = rows_of(run);
    assert_run(run, 0, NULL);
    is_status(rows, "openai", "ok");
    assert_contains(run->out, "\"target\":\"openai@http");
    g_assert_cmpuint(json_object_array_length(rows), ==, 2);
    json_object_put(rows);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/health-rows/default", test_default);
    g_test_add_func("/cli/health-rows/alias", test_alias);
    g_test_add_func("/cli/health-rows/named", test_named);
    g_test_add_func("/cli/health-rows/shared-memory", test_shared_memory);
    g_test_add_func("/cli/health-rows/another-server", test_another_server);
    return g_test_run();
}
