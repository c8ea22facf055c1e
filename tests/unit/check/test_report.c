/* SPDX-License-Identifier: Apache-2.0 */
/* What is printed: the document of --json holds what the lines say; --list names every check. */
#include "check/report.h"

#include "answer/tree.h"
#include "base/str.h"
#include "rig.h"

#include <string.h>

static json_object *tree_of(const char *text)
{
    json_object *tree = NULL;
    g_autofree char *line = g_strchomp(g_strdup(text));

    g_assert_true(pbay_tree_parse(pbay_str(line), &tree, NULL));
    return tree;
}

static const char *text_of(json_object *object, const char *name)
{
    return json_object_get_string(json_object_object_get(object, name));
}

static void test_json(void)
{
    g_autofree char *text = rig_json("remembers", "13 bytes");
    g_autofree char *driver = rig_driver_path("remembers");
    char *path = rig_write(text);
    RigRan ran = rig_tool((const char *const[]){driver, path, "--json", "--only=twice", NULL});
    json_object *tree = tree_of(ran.out), *finding;

    g_assert_cmpint(ran.status, ==, 1);
    g_assert_cmpstr(text_of(tree, "file"), ==, driver);
    g_assert_cmpint(json_object_get_int(json_object_object_get(tree, "failed")), ==, 1);
    finding = json_object_array_get_idx(json_object_object_get(tree, "findings"), 0);
    g_assert_cmpstr(text_of(finding, "check"), ==, "twice");
    g_assert_cmpstr(text_of(finding, "recording"), ==, path);
    g_assert_cmpstr(text_of(finding, "done"), ==, "run number 2 in one process");
    g_assert_cmpint(json_object_get_int(json_object_object_get(finding, "at")), ==, 2);
    g_assert_nonnull(strstr(text_of(finding, "found"), "got \"26 bytes\""));
    g_assert_nonnull(strstr(text_of(finding, "again"), " --only twice --recording '"));
    g_assert_true(g_str_has_suffix(text_of(finding, "again"), " --at 2"));
    json_object_put(tree);
    rig_ran_clear(&ran);
    rig_remove(path);
}

static void test_list(void)
{
    RigRan lines = rig_tool((const char *const[]){"--list", NULL});
    RigRan json = rig_tool((const char *const[]){"--list", "--json", NULL});
    json_object *tree = tree_of(json.out);
    size_t n = 0;

    for (const PbayCheck *check = pbay_checks; check->name != NULL; check++, n++) {
        g_assert_nonnull(strstr(lines.out, check->name));
        g_assert_nonnull(strstr(lines.out, check->what));
        g_assert_cmpstr(text_of(json_object_array_get_idx(tree, n), "check"), ==, check->name);
    }
    g_assert_cmpuint(json_object_array_length(tree), ==, n);
    g_assert_cmpint(lines.status, ==, 0);
    json_object_put(tree);
    rig_ran_clear(&lines);
    rig_ran_clear(&json);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/report/json", test_json);
    g_test_add_func("/check/report/list", test_list);
    return g_test_run();
}
