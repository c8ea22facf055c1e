/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay complete`: a text and what follows it, streamed and whole. */
#include "e2e/rig.h"

static void test_stream(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "complete", "-m", "openai/instruct",
                                 "--max-tokens", "20", "Once upon", NULL);
    json_object *sent;

    assert_run(run, 0, " a time there was\n");
    g_assert_cmpstr(stub_request_line(rig_stub(rig), 0), ==, "POST /v1/completions");
    sent = rig_sent(rig, 0);
    g_assert_cmpstr(json_text_at(sent, "prompt"), ==, "Once upon");
    g_assert_cmpint(json_object_get_int(json_at(sent, "max_tokens")), ==, 20);
    g_assert_true(json_object_get_boolean(json_at(sent, "stream")));
    json_object_put(sent);
}

static void test_whole(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "complete", "-m", "openai/instruct", "--no-stream", "Once", NULL);
    g_autoptr(Run) json =
        box_run(rig->box, NULL, "complete", "-m", "openai/instruct", "--json", "Once", NULL);
    json_object *answer = json_tokener_parse(json->out);

    assert_run(run, 0, " a time there was\n");
    assert_run(json, 0, NULL);
    g_assert_cmpstr(json_text_at(answer, "object"), ==, "text_completion");
    g_assert_cmpstr(json_text_at(answer, "choices.0.text"), ==, " a time there was");
    json_object_put(answer);
}

static void test_failure(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "complete", "-m", "openai/http-500", "x", NULL);
    g_autoptr(Run) none =
        box_run(rig->box, NULL, "complete", "-m", "openai/x", "--max-tokens", "0", "x", NULL);

    assert_complaint(run, 4, "The stub answers 500", NULL);
    assert_complaint(none, 1, "--max-tokens 0", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/complete/stream", test_stream);
    g_test_add_func("/cli/complete/whole", test_whole);
    g_test_add_func("/cli/complete/failure", test_failure);
    return g_test_run();
}
