/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says with -v, and how --json carries it beside an answer that stays byte for byte
 * what it was. */
#include "cli/cli.h"
#include "e2e/rig.h"

#include <string.h>

static void is_with(const char *json, const char *report, const char *expected)
{
    g_autofree char *got = cli_with_report(json, report);

    g_assert_cmpstr(got, ==, expected);
}

static void test_with_report(void)
{
    is_with("{\"a\":1e400}", "{\"target\":\"t\"}", "{\"a\":1e400,\"patchbay\":{\"target\":\"t\"}}");
    is_with("{}", "{}", "{\"patchbay\":{}}");
    is_with("{ }\n", "{}", "{ \"patchbay\":{}}");
    is_with("{\"a\":\"}\"}", "{}", "{\"a\":\"}\",\"patchbay\":{}}");
    is_with("[1]", "{}", "[1]");
    is_with("", "{}", "");
    is_with("{\"a\":1}", "", "{\"a\":1}");
}

static void is_tokens(const char *json, const char *expected)
{
    json_object *tree = json_tokener_parse(json);
    g_autofree char *got = cli_tokens_text(tree);

    g_assert_cmpstr(got, ==, expected);
    json_object_put(tree);
}

static void is_cost(const char *json, const char *expected)
{
    json_object *tree = json_tokener_parse(json);
    g_autofree char *got = cli_cost_text(tree);

    g_assert_cmpstr(got, ==, expected);
    json_object_put(tree);
}

static void test_texts(void)
{
    is_tokens("{\"input\":11,\"cached\":0,\"output\":7,\"estimated\":false}", "11 input, 7 output");
    is_tokens(
        "{\"input\":1,\"cached\":2,\"cache_write\":3,\"output\":4,\"reasoning\":5,\"images\":6,"
        "\"estimated\":true}",
        "1 input, 2 cached, 3 cache_write, 4 output, 5 reasoning, 6 images (estimated "
        "counts)");
    is_tokens("{\"input\":0}", "none");
    is_cost("{\"usd\":\"0.00123\",\"estimated\":false}", "0.00123 USD");
    is_cost("{\"usd\":\"0\",\"estimated\":true}", "0 USD (estimated counts)");
    is_cost("{\"unknown\":\"no price for a/b\"}", "unknown: no price for a/b");
    is_cost("{}", "");
    is_cost("null", "");
}

/* What was dropped is said, and with -v what served it, tokens and cost. */
static void test_said(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) said = NULL, unknown = NULL;
    g_autoptr(Run) quiet =
        box_run(rig->box, NULL, "chat", "-m", "eliza/doctor", "--temperature", "1", "hi", NULL);

    assert_run(quiet, 0, NULL);
    assert_contains(quiet->err, "patchbay: temperature dropped");
    assert_lacks(quiet->err, "cost");
    unknown = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "-v", "hi", NULL);
    assert_run(unknown, 0, "You said: hi\n");
    assert_contains(unknown->err, "patchbay: target openai/parrot, driver openai ");
    assert_contains(unknown->err, "\"total_tokens\": 18");
    assert_contains(unknown->err, "patchbay: tokens 11 input, 7 output\n");
    assert_contains(unknown->err, "patchbay: cost unknown: ");
    box_conf(rig->box, "price", "[price openai/parrot]\ninput = 1\noutput = 10\n");
    said = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "-v", "hi", NULL);
    assert_contains(said->err, "patchbay: cost 0.000081 USD\n"); /* 11 + 70 millionths */
}

/* The answer is what it is without --json's report, and a member more. */
static void test_json(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) chat = NULL, failed = NULL, embed = NULL;
    json_object *tree, *error;

    box_conf(rig->box, "price", "[price openai/parrot]\ninput = 1\noutput = 10\n");
    chat = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--json", "hi", NULL);
    tree = json_tokener_parse(chat->out);
    assert_run(chat, 0, NULL);
    g_assert_cmpstr(json_text_at(tree, "object"), ==, "chat.completion");
    g_assert_cmpstr(json_text_at(tree, "choices.0.message.content"), ==, "You said: hi");
    g_assert_cmpstr(json_text_at(tree, "patchbay.target"), ==, "openai/parrot");
    g_assert_cmpstr(json_text_at(tree, "patchbay.cost.usd"), ==, "0.000081");
    g_assert_cmpstr(json_text_at(tree, "patchbay.tokens.input"), ==, "11");
    g_assert_cmpstr(json_text_at(tree, "patchbay.tokens.estimated"), ==, "false");
    failed = box_run(rig->box, NULL, "chat", "-m", "openai/http-400", "--json", "hi", NULL);
    error = json_tokener_parse(failed->out);
    assert_run(failed, 3, NULL);
    g_assert_nonnull(json_text_at(error, "error.message"));
    g_assert_cmpstr(json_text_at(error, "patchbay.attempts.0.target"), ==, "openai/http-400");
    embed = box_run(rig->box, NULL, "embed", "-m", "openai/e", "--json", "a", NULL);
    assert_run(embed, 0, NULL);
    assert_contains(embed->out, "\"embedding\":[0,0.5,-2]");
    assert_contains(embed->out, "\"patchbay\":{");
    json_object_put(tree);
    json_object_put(error);
}

/* `request` alone prints the canonical answer as ever; with --json the report comes along. */
static void test_request(void)
{
    static const char whole[] = "{\"model\":\"openai/parrot\",\"messages\":[{\"role\":\"user\","
                                "\"content\":\"hi\"}]}";
    static const char stream[] = "{\"model\":\"openai/parrot\",\"stream\":true,\"messages\":[{"
                                 "\"role\":\"user\",\"content\":\"hi\"}]}";
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) plain = box_run(rig->box, whole, "request", "-", NULL);
    g_autoptr(Run) json = box_run(rig->box, whole, "request", "--json", "-", NULL);
    g_autoptr(Run) chunks = box_run(rig->box, stream, "request", "--json", "-", NULL);
    g_autoptr(Run) bare = box_run(rig->box, stream, "request", "-", NULL);

    assert_run(plain, 0, NULL);
    assert_lacks(plain->out, "\"patchbay\"");
    assert_run(json, 0, NULL);
    assert_contains(json->out, ",\"patchbay\":{\"asked\":\"openai/parrot\"");
    assert_run(chunks, 0, NULL);
    assert_contains(chunks->out, "\n{\"patchbay\":{\"asked\":\"openai/parrot\"");
    assert_lacks(bare->out, "\"patchbay\"");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/report/with-report", test_with_report);
    g_test_add_func("/cli/report/texts", test_texts);
    g_test_add_func("/cli/report/said", test_said);
    g_test_add_func("/cli/report/json", test_json);
    g_test_add_func("/cli/report/request", test_request);
    return g_test_run();
}
