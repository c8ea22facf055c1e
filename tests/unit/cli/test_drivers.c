/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay drivers`: what was found, what was refused and why, and one driver's options. */
#include "e2e/rig.h"

#include <glib/gstdio.h>
#include <string.h>

static json_object *row_of(json_object *rows, const char *member, const char *value)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);

        if (g_strcmp0(json_text_at(row, member), value) == 0)
            return row;
    }
    g_error("no row with %s %s in %s", member, value, json_object_to_json_string(rows));
}

static void test_list(void)
{
    Box *box = box_new();
    g_autoptr(Run) text = box_run(box, NULL, "drivers", NULL);
    g_autoptr(Run) json = box_run(box, NULL, "drivers", "--json", NULL);
    json_object *rows = json_tokener_parse(json->out), *eliza;

    assert_run(text, 0, NULL);
    g_assert_true(g_str_has_prefix(text->out, "DRIVER"));
    assert_contains(text->out, "eliza.so");
    assert_run(json, 0, NULL);
    eliza = row_of(rows, "id", "eliza");
    g_assert_cmpstr(json_text_at(eliza, "status"), ==, "loaded");
    g_assert_cmpstr(json_text_at(eliza, "abi"), ==, "1.0");
    g_assert_cmpstr(json_text_at(eliza, "prefixes.0"), ==, "eliza");
    g_assert_nonnull(json_text_at(eliza, "version"));
    json_object_put(rows);
    box_free(box);
}

/* A file that is no driver beside good ones: a row with reason and remedy, and the good ones work.
 */
static void test_refused(void)
{
    Box *box = box_new();
    g_autofree char *path = g_strdup_printf("%s:%s/drivers", box_path(box, "more"), build_dir());
    g_autoptr(Run) text = NULL, json = NULL, chat = NULL;
    json_object *rows, *row;

    g_assert_cmpint(g_mkdir(box_path(box, "more"), 0755), ==, 0);
    box_file(box, "more/broken.so", "this is no shared object", -1);
    box_env(box, "PATCHBAY_DRIVER_PATH", path);
    text = box_run(box, NULL, "drivers", NULL);
    assert_run(text, 0, NULL);
    assert_contains(text->out, "refused");
    json = box_run(box, NULL, "drivers", "--json", NULL);
    rows = json_tokener_parse(json->out);
    row = row_of(rows, "file", "broken.so");
    g_assert_cmpstr(json_text_at(row, "status"), ==, "refused");
    assert_contains(text->out, json_text_at(row, "reason"));
    assert_contains(text->out, json_text_at(row, "remedy"));
    json_object_put(rows);
    chat = box_run(box, NULL, "chat", "-m", "eliza/doctor", "Men are all alike.", NULL);
    assert_run(chat, 0, "IN WHAT WAY\n");
    box_free(box);
}

static void test_show(void)
{
    Box *box = box_new();
    g_autoptr(Run) text = box_run(box, NULL, "drivers", "show", "openai", NULL);
    g_autoptr(Run) json = box_run(box, NULL, "drivers", "show", "openai", "--json", NULL);
    json_object *tree = json_tokener_parse(json->out);

    assert_run(text, 0, NULL);
    assert_contains(text->out, "\nOptions\n");
    assert_contains(text->out, "base-url");
    assert_contains(text->out, "\nSecrets\n");
    assert_contains(text->out, "OPENAI_API_KEY");
    assert_contains(text->out, "\nParameters\n");
    assert_contains(text->out, "\nOffers\n");
    assert_contains(text->out, "\nchat       ");
    assert_contains(text->out, "parallel-tools, ");
    assert_contains(text->out, "\nprefixes: openai\n");
    assert_run(json, 0, NULL);
    g_assert_nonnull(json_at(tree, "manifest.options.base-url"));
    g_assert_cmpstr(json_text_at(tree, "id"), ==, "openai");
    json_object_put(tree);
    box_free(box);
}

static void test_usage(void)
{
    Box *box = box_new();
    g_autoptr(Run) show = box_run(box, NULL, "drivers", "show", NULL);
    g_autoptr(Run) near = box_run(box, NULL, "drivers", "show", "eilza", NULL);

    assert_complaint(show, 1, "patchbay drivers show ID", NULL);
    assert_complaint(near, 1, "eilza", "did you mean", "eliza", NULL);
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/drivers/list", test_list);
    g_test_add_func("/cli/drivers/refused", test_refused);
    g_test_add_func("/cli/drivers/show", test_show);
    g_test_add_func("/cli/drivers/usage", test_usage);
    return g_test_run();
}
