/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay providers`: configured, not configured with the variable named, not available; keys
 * masked. */
#include "e2e/rig.h"

#include <string.h>

static json_object *row_of(json_object *rows, const char *name)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);

        if (g_strcmp0(json_text_at(row, "name"), name) == 0)
            return row;
    }
    g_error("no provider %s", name);
}

static void test_states(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) json = NULL, text = NULL;
    json_object *rows;

    box_conf(rig->box, "more",
             "[provider work]\ndriver = openai\n"
             "[provider gone]\ndriver = no-such-driver\nwhatever = 1\n");
    json = box_run(rig->box, NULL, "providers", "--json", NULL);
    rows = json_tokener_parse(json->out);
    assert_run(json, 0, NULL);
    g_assert_cmpstr(json_text_at(row_of(rows, "eliza"), "state"), ==, "ready");
    g_assert_cmpstr(json_text_at(row_of(rows, "openai"), "state"), ==, "ready");
    g_assert_cmpstr(json_text_at(row_of(rows, "openai"), "base_url"), ==, rig->url);
    g_assert_cmpstr(json_text_at(row_of(rows, "work"), "state"), ==, "unconfigured");
    assert_contains(json_text_at(row_of(rows, "work"), "why"), "api-key");
    g_assert_cmpstr(json_text_at(row_of(rows, "gone"), "state"), ==, "unavailable");
    assert_contains(json_text_at(row_of(rows, "gone"), "why"), "no-such-driver");
    json_object_put(rows);
    assert_lacks(json->out, RIG_KEY);
    text = box_run(rig->box, NULL, "providers", NULL);
    assert_run(text, 0, NULL);
    g_assert_true(g_str_has_prefix(text->out, "PROVIDER"));
    assert_contains(text->out, "unconfigured");
    assert_lacks(text->out, RIG_KEY);
}

static void test_missing_variable(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = box_run(box, NULL, "providers", NULL);
    g_autoptr(Run) ready = NULL;

    assert_run(run, 0, NULL);
    assert_contains(run->out, "set OPENAI_API_KEY");
    assert_contains(run->out, "more ways, of 'patchbay drivers show azure'");
    box_env(box, "OPENAI_API_KEY", RIG_KEY);
    ready = box_run(box, NULL, "providers", NULL);
    assert_lacks(ready->out, "set OPENAI_API_KEY");
    box_free(box);
}

/* A password in a base URL is masked as a key is. */
static void test_password_in_url(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = NULL;

    box_provider(box, "openai", "http://me:hunter2secret@127.0.0.1:9/v1", RIG_KEY);
    run = box_run(box, NULL, "providers", "-vv", NULL);
    g_assert_cmpint(run->code, <=, 2);
    assert_lacks(run->out, "hunter2secret");
    assert_lacks(run->err, "hunter2secret");
    box_free(box);
}

static void test_usage(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = box_run(box, NULL, "providers", "openai", NULL);

    assert_complaint(run, 1, "takes no operand", NULL);
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/providers/states", test_states);
    g_test_add_func("/cli/providers/missing-variable", test_missing_variable);
    g_test_add_func("/cli/providers/password-in-url", test_password_in_url);
    g_test_add_func("/cli/providers/usage", test_usage);
    return g_test_run();
}
