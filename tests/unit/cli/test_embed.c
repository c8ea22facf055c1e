/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay embed`: a vector a line, in the order of the inputs. */
#include "e2e/rig.h"

static void test_lines(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "embed", "-m", "openai/e", "one", "two", "three", NULL);
    json_object *sent;

    assert_run(run, 0, "[0,0.5,-2]\n[1,0.5,-2]\n[2,0.5,-2]\n");
    sent = rig_sent(rig, 0);
    g_assert_cmpstr(json_text_at(sent, "input.1"), ==, "two");
    json_object_put(sent);
}

static void test_stdin_and_dimensions(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run =
        box_run(rig->box, "from a pipe", "embed", "-m", "openai/e", "--dimensions", "3", "-", NULL);
    g_autoptr(Run) wrong =
        box_run(rig->box, NULL, "embed", "-m", "openai/e", "--dimensions", "-3", "x", NULL);
    json_object *sent;

    assert_run(run, 0, "[0,0.5,-2]\n");
    sent = rig_sent(rig, 0);
    g_assert_cmpstr(json_text_at(sent, "input.0"), ==, "from a pipe");
    g_assert_cmpint(json_object_get_int(json_at(sent, "dimensions")), ==, 3);
    json_object_put(sent);
    assert_complaint(wrong, 1, "--dimensions -3", NULL);
}

static void test_json(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "embed", "-m", "openai/e", "--json", "x", NULL);
    json_object *answer = json_tokener_parse(run->out);

    assert_run(run, 0, NULL);
    g_assert_cmpstr(json_text_at(answer, "object"), ==, "list");
    g_assert_cmpstr(json_text_at(answer, "data.0.object"), ==, "embedding");
    g_assert_cmpint(json_object_get_int(json_at(answer, "usage.prompt_tokens")), ==, 4);
    json_object_put(answer);
}

static void test_needs_a_model(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "embed", "x", NULL);
    g_autoptr(Run) unable = box_run(rig->box, NULL, "embed", "-m", "eliza/doctor", "x", NULL);

    assert_complaint(run, 1, "-m", NULL);
    assert_complaint(unable, 3, "eliza", "embedding", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/embed/lines", test_lines);
    g_test_add_func("/cli/embed/stdin-and-dimensions", test_stdin_and_dimensions);
    g_test_add_func("/cli/embed/json", test_json);
    g_test_add_func("/cli/embed/needs-a-model", test_needs_a_model);
    return g_test_run();
}
