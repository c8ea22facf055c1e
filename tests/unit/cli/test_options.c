/* SPDX-License-Identifier: Apache-2.0 */
/* Options that every command has: help, version, logs, dashes, and what is no option. */
#include "e2e/rig.h"

#include <string.h>

static const char *const commands[] = {"chat",   "complete", "embed",     "image",   "rerank",
                                       "tokens", "request",  "record",    "explain", "health",
                                       "test",   "models",   "providers", "drivers", "config"};

static void test_help(void)
{
    Box *box = box_new();
    g_autoptr(Run) main_help = box_run(box, NULL, "--help", NULL);
    g_autoptr(Run) version = box_run(box, NULL, "--version", NULL);

    assert_run(main_help, 0, NULL);
    assert_run(version, 0, NULL);
    g_assert_true(g_str_has_prefix(version->out, "patchbay "));
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autoptr(Run) run = box_run(box, NULL, commands[i], "--help", NULL);
        g_autofree char *usage = g_strdup_printf("patchbay %s", commands[i]);

        assert_contains(main_help->out, commands[i]);
        assert_run(run, 0, NULL);
        g_assert_cmpstr(run->err, ==, "");
        assert_contains(run->out, usage);
        assert_contains(run->out, "--config");
        assert_contains(run->out, "--env-file");
        assert_contains(run->out, "--json");
        assert_contains(run->out, "--verbose");
    }
    box_free(box);
}

/* Every command that --help lists stands in the man page and in the README. */
static void test_documented(void)
{
    g_autofree char *page =
        g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "core/cli/patchbay.1", NULL);
    g_autofree char *readme = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "README.md", NULL);
    g_autofree char *man = NULL, *text = NULL;
    Box *box = box_new();
    g_autoptr(Run) help = box_run(box, NULL, "--help", NULL);
    g_auto(GStrv) lines = g_strsplit(help->out, "\n", -1);
    size_t seen = 0;

    g_assert_true(g_file_get_contents(page, &man, NULL, NULL));
    g_assert_true(g_file_get_contents(readme, &text, NULL, NULL));
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *name =
            g_strndup(*line + strspn(*line, " "), strcspn(*line + strspn(*line, " "), " "));
        g_autofree char *plain = g_strdup_printf("\n.B %s\n", name);
        g_autofree char *more = g_strdup_printf("\n.BR %s ", name);
        g_autofree char *quoted = g_strdup_printf("\n.BR \"%s ", name);
        g_autofree char *word = g_strdup_printf("\\b%s\\b", name);

        if (!g_str_has_prefix(*line, "  ") || g_str_has_prefix(*line, "   "))
            continue;
        seen++;
        if (strstr(man, plain) == NULL && strstr(man, more) == NULL && strstr(man, quoted) == NULL)
            g_error("the man page has no command %s", name);
        if (!g_regex_match_simple(word, text, 0, 0))
            g_error("README.md has no command %s", name);
    }
    g_assert_cmpuint(seen, >=, G_N_ELEMENTS(commands));
    box_free(box);
}

static void test_unknown_option(void)
{
    Box *box = box_new();

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autoptr(Run) run = box_run(box, NULL, commands[i], "--no-such-option", NULL);

        assert_complaint(run, 1, "--no-such-option", commands[i], NULL);
    }
    box_free(box);
}

static void test_log_levels(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) quiet = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    g_autoptr(Run) all = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", "-vv", NULL);
    g_autoptr(Run) json =
        box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", "-vv", "--log-json", NULL);
    g_auto(GStrv) lines = g_strsplit(json->err, "\n", -1);
    size_t logged = 0;

    g_assert_cmpstr(quiet->err, ==, "");
    g_assert_cmpuint(strlen(all->err), >, 0);
    assert_run(all, 0, "You said: hi\n"); /* logs are on stderr alone */
    for (char **line = lines; *line != NULL; line++) {
        json_object *entry = **line == '{' ? json_tokener_parse(*line) : NULL;

        logged += json_at(entry, "level") != NULL ? 1 : 0;
        json_object_put(entry);
    }
    g_assert_cmpuint(logged, >, 0);
}

static void test_log_from_environment(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) loud = NULL, wrong = NULL;

    box_env(rig->box, "PATCHBAY_LOG", "debug");
    loud = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_run(loud, 0, "You said: hi\n");
    g_assert_cmpuint(strlen(loud->err), >, 0);
    box_env(rig->box, "PATCHBAY_LOG", "shout");
    wrong = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_run(wrong, 0, "You said: hi\n");
    assert_contains(wrong->err, "shout");
}

/* Only the first "--" is one. */
static void test_dashes(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) behind =
        box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "a", "--", "-b", "--", NULL);
    g_autoptr(Run) dash = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--", "--", NULL);

    assert_run(behind, 0, "You said: a -b --\n");
    assert_run(dash, 0, "You said: --\n");
}

/* What calls show of targets is kept for other processes, where XDG_STATE_HOME or PATCHBAY_STATE
 * say; "none" keeps nothing. */
static void test_state(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *usual = box_path(rig->box, "home/.local/state/patchbay/state.json");
    const char *xdg = box_path(rig->box, "xdg/patchbay/state.json");
    const char *own = box_path(rig->box, "own.json");
    g_autoptr(Run) none = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    g_autoptr(Run) kept = NULL, moved = NULL, named = NULL;

    assert_run(none, 0, "You said: hi\n");
    g_assert_false(g_file_test(usual, G_FILE_TEST_EXISTS));
    box_env(rig->box, "PATCHBAY_STATE", NULL);
    kept = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_run(kept, 0, "You said: hi\n");
    g_assert_cmpstr(kept->err, ==, "");
    g_assert_true(g_file_test(usual, G_FILE_TEST_EXISTS));
    box_env(rig->box, "XDG_STATE_HOME", box_path(rig->box, "xdg"));
    moved = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_run(moved, 0, "You said: hi\n");
    g_assert_true(g_file_test(xdg, G_FILE_TEST_EXISTS));
    box_env(rig->box, "PATCHBAY_STATE", own);
    named = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "hi", NULL);
    assert_run(named, 0, "You said: hi\n");
    g_assert_true(g_file_test(own, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/options/help", test_help);
    g_test_add_func("/cli/options/documented", test_documented);
    g_test_add_func("/cli/options/unknown-option", test_unknown_option);
    g_test_add_func("/cli/options/log-levels", test_log_levels);
    g_test_add_func("/cli/options/log-from-environment", test_log_from_environment);
    g_test_add_func("/cli/options/dashes", test_dashes);
    g_test_add_func("/cli/options/state", test_state);
    return g_test_run();
}
