/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay chat`: which model, which shape of output. */
#include "e2e/rig.h"

#include <string.h>

static void test_default_without_provider(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = box_run(box, NULL, "chat", "Men are all alike.", NULL);

    assert_run(run, 0, "IN WHAT WAY\n");
    assert_contains(run->err, "patchbay: model eliza/doctor (");
    box_free(box);
}

static void test_default_of_provider(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "chat", "hi", NULL);

    assert_run(run, 0, "You said: hi\n");
    assert_contains(run->err, "patchbay: model openai/gpt-4o-mini (");
}

static void test_default_of_configuration(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL, set = NULL;

    box_conf(rig->box, "default", "[defaults]\nmodel = openai/count\n");
    run = box_run(rig->box, NULL, "chat", "hi", NULL);
    assert_run(run, 0, "1 messages\n");
    assert_contains(run->err, "patchbay: model openai/count (");
    set = box_run(rig->box, NULL, "chat", "--set", "defaults.model=openai/parrot", "hi", NULL);
    assert_run(set, 0, "You said: hi\n");
}

/* A named model is not announced. */
static void test_named_model_is_quiet(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);

    assert_run(run, 0, "You said: hi\n");
    g_assert_cmpstr(run->err, ==, "");
}

static void test_alias(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;

    box_conf(rig->box, "alias", "[model bird]\ntargets = openai/parrot\n");
    run = box_run(rig->box, NULL, "chat", "-m", "bird", "hi", NULL);
    assert_run(run, 0, "You said: hi\n");
}

static void test_json_error(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "chat", "-m", "openai/http-400", "--json", "hi", NULL);
    json_object *body = json_tokener_parse(run->out);

    assert_run(run, 3, NULL);
    g_assert_cmpstr(json_text_at(body, "error.message"), ==, "The stub answers 400");
    json_object_put(body);
}

/* Every exit code of the issue, by what provokes it. */
static void test_exit_codes(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) ok = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    g_autoptr(Run) usage = box_run(rig->box, NULL, "chat", "--no-such-option", NULL);
    g_autoptr(Run) refused = box_run(rig->box, NULL, "chat", "-m", "openai/http-403", "hi", NULL);
    g_autoptr(Run) network = box_run(rig->box, NULL, "chat", "-m", "openai/http-502", "hi", NULL);
    g_autoptr(Run) config = NULL;

    g_assert_cmpint(ok->code, ==, 0);
    g_assert_cmpint(usage->code, ==, 1);
    g_assert_cmpint(refused->code, ==, 3);
    g_assert_cmpint(network->code, ==, 4);
    box_conf(rig->box, "wrong", "[provider openai]\nno-such-key = 1\n");
    config = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_complaint(config, 2, "wrong.conf:2", "no-such-key", NULL);
}

/* Several calls of tools, whole and streamed, are a line each; the content comes before them. */
static void test_tool_lines(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *tool = box_file(rig->box, "t.json", "{\"name\":\"get_weather\"}", -1);
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "chat", "-m", "openai/tools", "--tool", tool, "Weather?", NULL);

    assert_run(run, 0,
               "{\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"get_weather\","
               "\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\"}}\n");
}

static void test_help(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = box_run(box, NULL, "chat", "--help", NULL);
    static const char *const options[] = {
        "--model", "--system", "--no-stream", "--json",    "--max-tokens", "--temperature",
        "--image", "--tool",   "--schema",    "--file",    "--config",     "--env-file",
        "--set",   "--header", "--timeout",   "--base-url"};

    assert_run(run, 0, NULL);
    g_assert_cmpstr(run->err, ==, "");
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
        assert_contains(run->out, options[i]);
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/chat/default-without-provider", test_default_without_provider);
    g_test_add_func("/cli/chat/default-of-provider", test_default_of_provider);
    g_test_add_func("/cli/chat/default-of-configuration", test_default_of_configuration);
    g_test_add_func("/cli/chat/named-model-is-quiet", test_named_model_is_quiet);
    g_test_add_func("/cli/chat/alias", test_alias);
    g_test_add_func("/cli/chat/json-error", test_json_error);
    g_test_add_func("/cli/chat/exit-codes", test_exit_codes);
    g_test_add_func("/cli/chat/tool-lines", test_tool_lines);
    g_test_add_func("/cli/chat/help", test_help);
    return g_test_run();
}
