/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay image`: bytes to a file, and what a vendor may give instead of them. */
#include "e2e/rig.h"

#include <string.h>

static void test_file(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *path = box_path(rig->box, "fox.png");
    g_autoptr(Run) run = box_run(rig->box, NULL, "image", "-m", "openai/gpt-image-1", "-o", path,
                                 "--size", "1024x1024", "--quality", "low", "a red fox", NULL);
    g_autofree char *bytes = NULL;
    gsize len = 0;
    json_object *sent;

    assert_run(run, 0, "");
    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    g_assert_true(len == 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0);
    sent = rig_sent(rig, 0);
    g_assert_cmpstr(json_text_at(sent, "prompt"), ==, "a red fox");
    g_assert_cmpstr(json_text_at(sent, "size"), ==, "1024x1024");
    g_assert_cmpstr(json_text_at(sent, "quality"), ==, "low");
    json_object_put(sent);
}

static void test_json(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "image", "-m", "openai/gpt-image-1", "--json", "a fox", NULL);
    json_object *answer = json_tokener_parse(run->out);

    assert_run(run, 0, NULL);
    g_assert_cmpstr(json_text_at(answer, "data.0.b64_json"), ==, "iVBORw0KGgo=");
    json_object_put(answer);
}

/* A link is printed, not fetched; the file was asked for and is not there: no success. */
static void test_link(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *path = box_path(rig->box, "fox.png");
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "image", "-m", "openai/link", "-o", path, "a fox", NULL);

    assert_run(run, 4, "https://images.invalid/a.png\n");
    assert_contains(run->err, "a link instead of the image");
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void test_no_image(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *path = box_path(rig->box, "fox.png");
    g_autoptr(Run) garbage =
        box_run(rig->box, NULL, "image", "-m", "openai/garbage", "-o", path, "a fox", NULL);
    g_autoptr(Run) refused =
        box_run(rig->box, NULL, "image", "-m", "openai/http-400", "-o", path, "a fox", NULL);

    assert_complaint(garbage, 4, NULL);
    assert_complaint(refused, 3, "The stub answers 400", NULL);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void test_usage(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) nowhere = box_run(rig->box, NULL, "image", "-m", "openai/i", "a fox", NULL);
    g_autoptr(Run) model = box_run(rig->box, NULL, "image", "--json", "a fox", NULL);
    g_autoptr(Run) empty = box_run(rig->box, NULL, "image", "-m", "openai/i", "--json", "", NULL);

    assert_complaint(nowhere, 1, "-o FILE", NULL);
    assert_complaint(model, 1, "-m", NULL);
    assert_complaint(empty, 1, "prompt is empty", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/image/file", test_file);
    g_test_add_func("/cli/image/json", test_json);
    g_test_add_func("/cli/image/link", test_link);
    g_test_add_func("/cli/image/no-image", test_no_image);
    g_test_add_func("/cli/image/usage", test_usage);
    return g_test_run();
}
