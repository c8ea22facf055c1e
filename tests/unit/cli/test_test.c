/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay test`: what counts as working, the fates of several models at once, and results for
 * scripts. */
#include "cli/cli.h"
#include "e2e/rig.h"

#include <signal.h>
#include <string.h>

static void test_expected(void)
{
    static const char *const good[] = {"test",
                                       "Test",
                                       "TEST.",
                                       "'test'",
                                       " test \n",
                                       "It's test",
                                       "test of 18 letter",
                                       "t\xC3\xA9st test"};
    static const char *const bad[] = {
        "", "tst", "no", "This is a test, as you said", "t e s t", "12345678901234567test"};
    /* 19 characters, more bytes. */
    static const char wide[] = "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"
                               "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBCtest";

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(cli_test_is_expected(good[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(cli_test_is_expected(bad[i]));
    g_assert_true(cli_test_is_expected(wide));
}

static StubScript *say(const char *text)
{
    g_autofree char *json = g_strdup_printf(
        "{\"id\":\"a\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\","
        "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
        "\"%s\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":11,"
        "\"completion_tokens\":7,\"total_tokens\":18}}",
        text);

    return stub_json(200, json);
}

/* The model's name picks what is said. */
static StubScript *answer(void *user, const StubRequest *request)
{
    const char *body = request->body->str;
    StubScript *script;

    (void)user;
    if (strstr(body, "\"model\":\"good\"") != NULL)
        return say("Test.");
    if (strstr(body, "\"model\":\"odd\"") != NULL)
        return say("<I> am a \\\"parrot\\\" & more than that");
    if (strstr(body, "\"model\":\"mute\"") != NULL)
        return say("");
    if (strstr(body, "\"model\":\"slow") == NULL)
        return stub_json(500, "{\"error\":{\"message\":\"it burns <here>\"}}");
    script = stub_script_new(200, "application/json");
    stub_script_raw(script, "", 0);
    stub_script_stall(script);
    return script;
}

static json_object *row_of(json_object *rows, const char *model)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);

        if (strcmp(json_text_at(row, "model"), model) == 0)
            return row;
    }
    g_error("no row %s in %s", model, json_object_to_json_string(rows));
}

static void is_result(json_object *rows, const char *model, const char *result)
{
    g_assert_cmpstr(json_text_at(row_of(rows, model), "result"), ==, result);
}

static void test_request(void)
{
    g_autoptr(Rig) rig = rig_new_with(answer, NULL);
    g_autoptr(Run) run = box_run(rig->box, NULL, "test", "openai/good", NULL);
    json_object *sent = rig_sent(rig, 0);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "openai/good  works ");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
    g_assert_cmpstr(json_text_at(sent, "messages.0.content"), ==, "Say 'test' and nothing else.");
    g_assert_cmpint(json_object_get_int(json_at(sent, "max_tokens")), ==, 10);
    json_object_put(sent);
}

/* Each has its fate, none hides another, and a failure is not tried again. */
static void test_fates(void)
{
    g_autoptr(Rig) rig = rig_new_with(answer, NULL);
    g_autoptr(Run) run = NULL, table = NULL;
    json_object *rows;

    box_provider(rig->box, "anthropic", NULL, NULL);
    box_conf(rig->box, "price", "[price openai/good]\ninput = 1\noutput = 10\n");
    run = box_run(rig->box, NULL, "test", "--json", "openai/good", "openai/odd", "openai/mute",
                  "openai/burns", "anthropic/claude-x", "no-such-model", "openai/good", NULL);
    g_assert_cmpint(run->code, ==, 4);
    rows = json_tokener_parse(run->out);
    g_assert_cmpuint(json_object_array_length(rows), ==, 6);
    is_result(rows, "openai/good", "works");
    g_assert_cmpstr(json_text_at(row_of(rows, "openai/good"), "cost.usd"), ==, "0.000081");
    g_assert_cmpstr(json_text_at(row_of(rows, "openai/good"), "target"), ==, "openai/good");
    is_result(rows, "openai/odd", "unexpected answer");
    is_result(rows, "openai/mute", "unexpected answer");
    assert_contains(json_text_at(row_of(rows, "openai/mute"), "detail"), "nothing");
    is_result(rows, "openai/burns", "error");
    assert_contains(json_text_at(row_of(rows, "openai/burns"), "detail"), "it burns");
    is_result(rows, "anthropic/claude-x", "not configured");
    is_result(rows, "no-such-model", "error");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 4);
    json_object_put(rows);
    table = box_run(rig->box, NULL, "test", "openai/good", "openai/odd", NULL);
    g_assert_cmpint(table->code, ==, 4);
    assert_contains(table->out, "unexpected answer");
    assert_contains(table->out, "0.000081 USD");
}

/* A [model] works when one of its targets does; which, and which do not, is told. */
static void test_chain(void)
{
    g_autoptr(Rig) rig = rig_new_with(answer, NULL);
    g_autoptr(Run) run = NULL;
    json_object *rows;

    box_conf(rig->box, "m",
             "[model m]\ntargets = openai/burns;openai/good\n[model n]\ntargets = openai/good\n");
    run = box_run(rig->box, NULL, "test", "--json", "m", "n", "openai/good", NULL);
    assert_run(run, 0, NULL);
    rows = json_tokener_parse(run->out);
    is_result(rows, "m", "works");
    g_assert_true(g_str_has_prefix(json_text_at(row_of(rows, "m"), "detail"),
                                   "answered by openai/good; openai/burns: "));
    g_assert_cmpstr(json_text_at(row_of(rows, "n"), "detail"), ==, "answered by openai/good");
    g_assert_cmpstr(json_text_at(row_of(rows, "openai/good"), "detail"), ==, NULL);
    json_object_put(rows);
}

/* Without a name: [model] sections and the default models of providers with a key. */
static void test_configured(void)
{
    g_autoptr(Rig) rig = rig_new_with(answer, NULL);
    g_autoptr(Run) run = NULL, none = NULL;
    json_object *rows;

    box_drivers(rig->box, "eliza", "openai", "anthropic", NULL);
    box_conf(rig->box, "m",
             "[model fast]\ntargets = openai/good\n[model far]\ntargets = anthropic/claude-x\n"
             "[provider work]\ndriver = openai\napi-key = sk-work-000001\n"
             "base-url = http://127.0.0.1:1/v1\n");
    run = box_run(rig->box, NULL, "test", "--json", NULL);
    rows = json_tokener_parse(run->out);
    is_result(rows, "fast", "works");
    is_result(rows, "far", "not configured");
    is_result(rows, "work", "not tested");
    assert_contains(json_text_at(row_of(rows, "work"), "detail"), "work/MODEL");
    is_result(rows, "openai/gpt-4o-mini", "error"); /* what the stub has no answer for */
    g_assert_cmpuint(json_object_array_length(rows), ==, 4);
    g_assert_cmpint(run->code, ==, 4);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2);
    json_object_put(rows);
    box_conf(rig->box, "m", "");
    box_provider(rig->box, "openai", rig->url, NULL);
    none = box_run(rig->box, NULL, "test", NULL);
    g_assert_cmpint(none->code, ==, 2);
    assert_contains(none->err, "no model is configured");
}

static void test_time_limit(void)
{
    g_autoptr(Rig) rig = rig_new_with(answer, NULL);
    g_autoptr(Run) run = box_run(rig->box, NULL, "test", "--timeout", "300ms", "--json",
                                 "openai/slow", "openai/good", NULL);
    json_object *rows = json_tokener_parse(run->out);

    g_assert_cmpint(run->code, ==, 4);
    is_result(rows, "openai/slow", "error");
    assert_contains(json_text_at(row_of(rows, "openai/slow"), "detail"), "timeout");
    is_result(rows, "openai/good", "works");
    json_object_put(rows);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
}

static void test_ctrl_c(void)
{
    g_autoptr(Rig) rig = rig_new_with(answer, NULL);
    const char *xml = box_path(rig->box, "results.xml");
    Process *process = box_start(rig->box, "test", "--json", "--junit", xml, "openai/slow",
                                 "openai/slow2", "openai/good", NULL);
    g_autoptr(Run) run = NULL;
    json_object *rows;

    g_assert_true(stub_wait_requests(rig_stub(rig), 3));
    process_signal(process, SIGINT);
    run = process_end(process);
    rows = json_tokener_parse(run->out);
    g_assert_cmpint(run->code, ==, 5);
    is_result(rows, "openai/slow", "interrupted");
    json_object_put(rows);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
    g_assert_true(g_file_test(xml, G_FILE_TEST_EXISTS));
}

static void on_start(GMarkupParseContext *context, const char *element, const char **names,
                     const char **values, gpointer user, GError **error)
{
    GString *seen = user;

    (void)context, (void)error;
    g_string_append_printf(seen, "<%s", element);
    for (size_t i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], "time") != 0)
            g_string_append_printf(seen, " %s=%s", names[i], values[i]);
    g_string_append(seen, ">\n");
}

static void test_junit(void)
{
    static const GMarkupParser parser = {.start_element = on_start};
    g_autoptr(Rig) rig = rig_new_with(answer, NULL);
    const char *xml = box_path(rig->box, "results.xml");
    g_autoptr(Run) run = box_run(rig->box, NULL, "test", "--junit", xml, "openai/good",
                                 "openai/odd", "openai/burns", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, seen, NULL);

    g_assert_cmpint(run->code, ==, 4);
    g_assert_true(g_file_get_contents(xml, &text, NULL, NULL));
    g_markup_parse_context_parse(context, text, -1, &error);
    g_assert_no_error(error);
    g_markup_parse_context_end_parse(context, &error);
    g_assert_no_error(error);
    assert_contains(seen->str, "<testsuite name=patchbay test tests=3 failures=1 errors=1 "
                               "skipped=0>");
    assert_contains(seen->str, "<testcase classname=patchbay.test name=openai/good>");
    assert_contains(seen->str, "<failure message=it said: <I> am a \"parrot\" & more than that ");
    assert_contains(seen->str, "it burns <here>");
}

/* A file that cannot be written is known before anything is paid for. */
static void test_usage(void)
{
    g_autoptr(Rig) rig = rig_new_with(answer, NULL);
    g_autoptr(Run) junit =
        box_run(rig->box, NULL, "test", "--junit", rig->box->dir, "openai/good", NULL);
    g_autoptr(Run) time = box_run(rig->box, NULL, "test", "--timeout", "x", NULL);

    assert_complaint(junit, 1, "is a directory", NULL);
    assert_complaint(time, 1, "--timeout x", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/test/expected", test_expected);
    g_test_add_func("/cli/test/request", test_request);
    g_test_add_func("/cli/test/fates", test_fates);
    g_test_add_func("/cli/test/chain", test_chain);
    g_test_add_func("/cli/test/configured", test_configured);
    g_test_add_func("/cli/test/time-limit", test_time_limit);
    g_test_add_func("/cli/test/ctrl-c", test_ctrl_c);
    g_test_add_func("/cli/test/junit", test_junit);
    g_test_add_func("/cli/test/usage", test_usage);
    return g_test_run();
}
