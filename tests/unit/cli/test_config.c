/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay config`: every mistake at its place, the merged values with their origins, secrets
 * masked. */
#include "e2e/rig.h"

#include <string.h>

static void test_sound(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "config", "check", NULL);
    g_autoptr(Run) json = box_run(rig->box, NULL, "config", "check", "--json", NULL);

    assert_run(run, 0, "the configuration is sound\n");
    assert_run(json, 0, "[]\n");
}

static const char wrong[] = "[provider openai]\n"
                            "base-ulr = http://127.0.0.1/v1\n"
                            "timeout-total = soon\n"
                            "[nonsense]\n"
                            "a = 1\n"
                            "[provider openai]\n"
                            "model-families = maybe\n";

/* All of them, not only the first, each with its line. */
static void test_all_mistakes(void)
{
    Box *box = box_new();
    g_autoptr(Run) text = NULL, json = NULL, start = NULL;
    json_object *problems;

    box_conf(box, "wrong", wrong);
    text = box_run(box, NULL, "config", "check", NULL);
    assert_run(text, 2, "");
    assert_contains(text->err, "wrong.conf:2");
    assert_contains(text->err, "base-url"); /* the nearest name */
    assert_contains(text->err, "wrong.conf:3");
    assert_contains(text->err, "wrong.conf:4");
    assert_contains(text->err, "wrong.conf:6");
    json = box_run(box, NULL, "config", "check", "--json", NULL);
    problems = json_tokener_parse(json->out);
    assert_run(json, 2, NULL);
    g_assert_cmpuint(json_object_array_length(problems), >=, 4);
    for (size_t i = 0; i < json_object_array_length(problems); i++) {
        json_object *problem = json_object_array_get_idx(problems, i);

        if (json_object_get_int(json_at(problem, "line")) == 2)
            g_assert_cmpstr(json_text_at(problem, "key"), ==, "base-ulr");
        g_assert_true(g_str_has_suffix(json_text_at(problem, "file"), "wrong.conf"));
        g_assert_nonnull(json_text_at(problem, "message"));
    }
    json_object_put(problems);
    start = box_run(box, NULL, "providers", NULL);
    assert_complaint(start, 2, "wrong.conf:2", "wrong.conf:3", NULL);
    box_free(box);
}

/* More of them than a message holds. */
static void test_very_many(void)
{
    g_autoptr(GString) conf = g_string_new(NULL);
    Box *box = box_new();
    g_autoptr(Run) text = NULL, start = NULL;

    for (int i = 0; i < 200; i++)
        g_string_append_printf(conf, "[nonsense%d]\nx = 1\n", i);
    box_conf(box, "wrong", conf->str);
    text = box_run(box, NULL, "config", "check", NULL);
    assert_run(text, 2, "");
    assert_contains(text->err, "wrong.conf:1:");
    assert_contains(text->err, "wrong.conf:399: no section is called [nonsense199]");
    start = box_run(box, NULL, "providers", NULL);
    g_assert_cmpint(start->code, ==, 2);
    assert_contains(start->err, "wrong.conf:1:");
    assert_contains(start->err, " more: 'patchbay config check' lists them all");
    assert_lacks(start->err, "wrong.conf:399");
    box_free(box);
}

static void test_show(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) text = box_run(rig->box, NULL, "config", "show", NULL);
    g_autoptr(Run) origin = box_run(rig->box, NULL, "config", "show", "--origin", NULL);
    g_autoptr(Run) json = box_run(rig->box, NULL, "config", "show", "--origin", "--json", NULL);
    json_object *tree = json_tokener_parse(json->out);

    assert_run(text, 0, NULL);
    assert_contains(text->out, "[provider openai]");
    assert_contains(text->out, rig->url);
    assert_contains(text->out, "***");
    assert_lacks(text->out, RIG_KEY);
    assert_run(origin, 0, NULL);
    assert_contains(origin->out, "provider-openai.conf:2");
    assert_contains(origin->out, "provider-openai.conf:3");
    assert_run(json, 0, NULL);
    g_assert_nonnull(tree);
    assert_contains(json->out, "provider-openai.conf");
    json_object_put(tree);
}

/* --config adds files and folders behind all others, --set stands above them. */
/* More than a buffer of it: no write may fail unseen. */
static void test_show_on_full_disk(void)
{
    g_autoptr(GString) conf = g_string_new("[provider openai]\n");
    Box *box = box_new();
    g_autoptr(Run) show = NULL, matrix = NULL;

    for (int i = 0; i < 1000; i++)
        g_string_append_printf(conf, "header.x-%d = something\n", i);
    box_drivers(box, "openai", "eliza", NULL);
    box_conf(box, "long", conf->str);
    box->stdout_to = g_strdup("/dev/full");
    show = box_run(box, NULL, "config", "show", NULL);
    assert_complaint(show, 6, "cannot write to standard output", NULL);
    matrix = box_run(box, NULL, "drivers", "--matrix", NULL);
    assert_complaint(matrix, 6, "cannot write to standard output", NULL);
    box_free(box);
}

static void test_layers(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *one = box_file(rig->box, "one.conf", "[defaults]\nmodel = openai/one\n", -1);
    const char *two = box_file(rig->box, "two.conf", "[defaults]\nmodel = openai/two\n", -1);
    g_autoptr(Run) first = box_run(rig->box, NULL, "config", "show", "--config", one, NULL);
    g_autoptr(Run) last =
        box_run(rig->box, NULL, "config", "show", "--config", one, "--config", two, NULL);
    g_autoptr(Run) set = box_run(rig->box, NULL, "config", "show", "--config", one, "--set",
                                 "defaults.model=openai/three", NULL);

    assert_contains(first->out, "model = openai/one");
    assert_contains(last->out, "model = openai/two");
    assert_lacks(last->out, "openai/one");
    assert_contains(set->out, "model = openai/three");
}

static void test_env_file(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *file =
        box_file(rig->box, "vars", "# mine\nexport WHO='openai/parrot'\nNONE=\n", -1);
    g_autoptr(Run) taken = NULL, real = NULL;

    box_conf(rig->box, "default", "[defaults]\nmodel = ${env:WHO}\n");
    taken = box_run(rig->box, NULL, "chat", "--env-file", file, "hi", NULL);
    assert_run(taken, 0, "You said: hi\n");
    box_env(rig->box, "WHO", "openai/count"); /* the real environment wins */
    real = box_run(rig->box, NULL, "chat", "--env-file", file, "hi", NULL);
    assert_run(real, 0, "1 messages\n");
}

static void test_usage(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) none = box_run(rig->box, NULL, "config", NULL);
    g_autoptr(Run) other = box_run(rig->box, NULL, "config", "chekc", NULL);

    assert_complaint(none, 1, "patchbay config check", NULL);
    assert_complaint(other, 1, "patchbay config check", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/config/sound", test_sound);
    g_test_add_func("/cli/config/all-mistakes", test_all_mistakes);
    g_test_add_func("/cli/config/very-many", test_very_many);
    g_test_add_func("/cli/config/show", test_show);
    g_test_add_func("/cli/config/show-on-full-disk", test_show_on_full_disk);
    g_test_add_func("/cli/config/layers", test_layers);
    g_test_add_func("/cli/config/env-file", test_env_file);
    g_test_add_func("/cli/config/usage", test_usage);
    return g_test_run();
}
