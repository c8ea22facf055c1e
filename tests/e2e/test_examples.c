/* SPDX-License-Identifier: Apache-2.0 */
/* Each file of conf.d/examples is loaded as it is and does what it says: who is asked, in which
 * order, how often, and what report and explain say of it. A file without a test fails, and so does
 * a test without its file. */
#include "e2e/command.h"
#include "e2e/house.h"

#include <string.h>

static const Example *const tables[] = {examples_of_choice, examples_of_rules, examples_of_failures,
                                        examples_of_limits};

static char *conf_path(const char *name)
{
    return g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "conf.d", name, NULL);
}

static bool is_tested(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const Example *example = tables[i]; example->name != NULL; example++)
            if (strcmp(example->name, name) == 0)
                return true;
    return false;
}

static void test_all_are_tested(void)
{
    g_autofree char *path = conf_path("examples");
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *file;
    unsigned n = 0;

    g_assert_nonnull(dir);
    while ((file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *name = g_strndup(file, strlen(file) - strlen(".conf"));
        g_autofree char *shipped = conf_path(file);

        g_assert_true(g_str_has_suffix(file, ".conf"));
        if (!is_tested(name))
            g_error("conf.d/examples/%s has no test", file);
        /* Copied to one's own conf.d it would hide the shipped file of the same name. */
        g_assert_false(g_file_test(shipped, G_FILE_TEST_EXISTS));
        n++;
    }
    g_assert_cmpuint(n, >=, 20);
}

/* A documented command as it stands there, but with the file's whole path. It is none of those that
 * ask a vendor. */
static void run_command(Box *box, const char *name, const char *line)
{
    g_autofree char *file = g_strconcat(name, ".conf", NULL);
    g_auto(GStrv) argv = NULL;
    g_autoptr(Run) run = NULL;

    if (!g_shell_parse_argv(line, NULL, &argv, NULL))
        g_error("%s: %s", file, line);
    for (char **arg = argv; *arg != NULL; arg++)
        if (strcmp(*arg, file) == 0) {
            g_free(*arg);
            *arg = house_example(name);
        }
    run = box_run_argv(box, NULL, 0, (const char *const *)argv + 1);
    if (run->code != 0 || run->out[0] == '\0')
        g_error("%s: %s: %s%s", file, line, run->out, run->err);
}

/* Comments first, and a command to try it with. */
static void check_commands(Box *box, const char *name, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *itself = g_strconcat(" --config ", name, ".conf ", NULL);
    unsigned n = 0;

    for (char **line = lines; *line != NULL; line++) {
        bool sends =
            strstr(*line, "patchbay explain") == NULL && strstr(*line, "patchbay cost") == NULL;

        if (!g_str_has_prefix(*line, "#   patchbay "))
            continue;
        if (strstr(*line, itself) == NULL)
            g_error("%s.conf: a command without it: %s", name, *line);
        if (!sends)
            run_command(box, name, *line + strlen("#   "));
        n++;
    }
    if (n == 0)
        g_error("%s.conf shows no command that reads it", name);
}

static void check_file(Box *box, const char *name)
{
    g_autofree char *path = house_example(name);
    g_autofree char *text = NULL;
    g_autoptr(Run) run = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        g_error("%s is not there", path);
    run = box_run(box, NULL, "config", "check", "--config", path, NULL);
    if (run->code != 0)
        g_error("%s: %s%s", name, run->out, run->err);
    check_commands(box, name, text);
}

/* With the shipped snippets; the keys are nobody's, and nothing is sent. */
static void test_all_are_sound(void)
{
    Box *box = box_new();
    g_autofree char *shipped = conf_path("");

    box_env(box, "PATCHBAY_CONF_PATH", shipped);
    box_env(box, "OPENAI_API_KEY", "sk-nobody-1");
    box_env(box, "OPENAI_API_KEY_2", "sk-nobody-2");
    box_env(box, "ANTHROPIC_API_KEY", "sk-nobody-3");
    box_env(box, "GROQ_API_KEY", "sk-nobody-4");
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const Example *example = tables[i]; example->name != NULL; example++)
            check_file(box, example->name);
    box_free(box);
}

/* The folder of examples is none of those that are read. */
static void test_none_is_read(void)
{
    Box *box = box_new();
    g_autofree char *shipped = conf_path("");
    g_autoptr(Run) run = NULL;

    box_env(box, "PATCHBAY_CONF_PATH", shipped);
    run = box_run(box, NULL, "config", "show", "--origin", NULL);
    g_assert_cmpint(run->code, ==, 0);
    assert_contains(run->out, "[provider groq]");
    assert_lacks(run->out, "examples");
    assert_lacks(run->out, "[model careful]");
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e2e/examples/all-are-tested", test_all_are_tested);
    g_test_add_func("/e2e/examples/all-are-sound", test_all_are_sound);
    g_test_add_func("/e2e/examples/none-is-read", test_none_is_read);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const Example *example = tables[i]; example->name != NULL; example++) {
            g_autofree char *path = g_strconcat("/e2e/examples/", example->name, NULL);

            g_test_add_func(path, example->test);
        }
    return g_test_run();
}
