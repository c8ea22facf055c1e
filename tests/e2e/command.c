/* SPDX-License-Identifier: Apache-2.0 */
/* The box and its runs: fork, one poll loop over the pipes, and messages that show what a run had
 * printed when a test gives up on it. For the test's thread. */
#include "e2e/command.h"

#include "e2e/process.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *build_dir(void)
{
    const char *dir = g_getenv("PBAY_BUILD_DIR");

    g_assert_nonnull(dir);
    return dir;
}

/* ---- The box ---- */

static char *sub_dir(const char *dir, const char *name)
{
    char *path = g_build_filename(dir, name, NULL);

    g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
    return path;
}

Box *box_new(void)
{
    Box *box = g_new0(Box, 1);
    g_autofree char *drivers = g_build_filename(build_dir(), "drivers", NULL);
    g_autofree char *home = NULL;
    static const char *const kept[] = {"PATH",         "ASAN_OPTIONS", "UBSAN_OPTIONS",
                                       "TSAN_OPTIONS", "G_SLICE",      "LSAN_OPTIONS"};

    box->dir = g_dir_make_tmp("patchbay-e2e-XXXXXX", NULL);
    g_assert_nonnull(box->dir);
    box->conf = sub_dir(box->dir, "conf");
    home = sub_dir(box->dir, "home");
    box->env = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
        if (g_getenv(kept[i]) != NULL)
            box_env(box, kept[i], g_getenv(kept[i]));
    box_env(box, "HOME", home);
    box_env(box, "TERM", "xterm");
    box_env(box, "LANG", "C.UTF-8");
    box_env(box, "G_DEBUG", "fatal-criticals");
    box_env(box, "PATCHBAY_CONF_PATH", box->conf);
    box_env(box, "PATCHBAY_DRIVER_PATH", drivers);
    box_env(box, "PATCHBAY_STATE", "none"); /* a run knows nothing of those before it */
    /* A test sees what it caused, once; those of retries set them over this. */
    box_conf(box, "00-once", "[defaults]\nretries = 0\n");
    return box;
}

static void remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        remove_tree(child);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_remove(path);
}

void box_free(Box *box)
{
    remove_tree(box->dir);
    g_ptr_array_unref(box->env);
    g_free(box->dir);
    g_free(box->conf);
    g_free(box->stdout_to);
    g_free(box->stdin_from);
    g_free(box);
}

void box_env(Box *box, const char *name, const char *value)
{
    g_autofree char *prefix = g_strconcat(name, "=", NULL);

    for (guint i = box->env->len; i > 0; i--)
        if (g_str_has_prefix(g_ptr_array_index(box->env, i - 1), prefix))
            g_ptr_array_remove_index(box->env, i - 1);
    if (value != NULL)
        g_ptr_array_add(box->env, g_strconcat(prefix, value, NULL));
}

const char *box_path(Box *box, const char *name)
{
    g_autofree char *path = g_build_filename(box->dir, name, NULL);

    return g_intern_string(path);
}

const char *box_file(Box *box, const char *name, const void *bytes, gssize len)
{
    const char *path = box_path(box, name);

    g_assert_true(g_file_set_contents(path, bytes, len, NULL));
    return path;
}

void box_conf(Box *box, const char *name, const char *text)
{
    g_autofree char *path = g_strdup_printf("conf/%s.conf", name);

    box_file(box, path, text, -1);
}

void box_provider(Box *box, const char *name, const char *url, const char *key)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *file = g_strconcat("provider-", name, NULL);

    g_string_append_printf(text, "[provider %s]\n", name);
    if (url != NULL)
        g_string_append_printf(text, "base-url = %s\n", url);
    if (key != NULL)
        g_string_append_printf(text, "api-key = %s\n", key);
    box_conf(box, file, text->str);
}

void box_drivers(Box *box, ...)
{
    g_autofree char *dir = sub_dir(box->dir, "drivers");
    const char *name;
    va_list args;

    va_start(args, box);
    while ((name = va_arg(args, const char *)) != NULL) {
        g_autofree char *from = g_strdup_printf("%s/drivers/%s.so", build_dir(), name);
        g_autofree char *to = g_strdup_printf("drivers/%s.so", name);
        g_autofree char *bytes = NULL;
        gsize len = 0;

        g_assert_true(g_file_get_contents(from, &bytes, &len, NULL));
        g_assert_cmpint(g_chmod(box_file(box, to, bytes, (gssize)len), 0755), ==, 0);
    }
    va_end(args);
    box_env(box, "PATCHBAY_DRIVER_PATH", dir);
}

/* ---- Runs ---- */

void run_free(Run *run)
{
    g_free(run->out);
    g_free(run->err);
    g_free(run);
}

static GPtrArray *collect(va_list args)
{
    GPtrArray *argv = g_ptr_array_new_null_terminated(8, NULL, TRUE);
    const char *arg;

    while ((arg = va_arg(args, const char *)) != NULL)
        g_ptr_array_add(argv, (char *)arg);
    return argv;
}

Run *box_run_argv(Box *box, const char *input, size_t input_len, const char *const *argv)
{
    Process *process = process_spawn(box, input != NULL ? PROCESS_PIPE : PROCESS_NULL, argv);

    if (input != NULL)
        process_feed(process, input, input_len);
    return process_end(process);
}

Run *box_run(Box *box, const char *input, ...)
{
    g_autoptr(GPtrArray) argv = NULL;
    va_list args;

    va_start(args, input);
    argv = collect(args);
    va_end(args);
    return box_run_argv(box, input, input != NULL ? strlen(input) : 0,
                        (const char *const *)argv->pdata);
}

Process *box_start(Box *box, ...)
{
    g_autoptr(GPtrArray) argv = NULL;
    va_list args;

    va_start(args, box);
    argv = collect(args);
    va_end(args);
    return process_spawn(box, PROCESS_NULL, (const char *const *)argv->pdata);
}

Process *box_start_terminal(Box *box, ...)
{
    g_autoptr(GPtrArray) argv = NULL;
    va_list args;

    va_start(args, box);
    argv = collect(args);
    va_end(args);
    return process_spawn(box, PROCESS_TERMINAL, (const char *const *)argv->pdata);
}

/* ---- Assertions ---- */

static void show(const Run *run)
{
    g_printerr("exit code %d\n--- stdout\n%s\n--- stderr\n%s\n---\n", run->code, run->out,
               run->err);
}

void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        g_error("no \"%s\" in:\n%s", part, text);
}

void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        g_error("\"%s\" is in:\n%s", part, text);
}

void assert_run(const Run *run, int code, const char *out)
{
    if (run->code != code || (out != NULL && strcmp(run->out, out) != 0))
        show(run);
    g_assert_cmpint(run->code, ==, code);
    if (out != NULL)
        g_assert_cmpstr(run->out, ==, out);
}

void assert_complaint(const Run *run, int code, ...)
{
    const char *part;
    va_list args;

    assert_run(run, code, "");
    if (!g_str_has_prefix(run->err, "patchbay: ") || !g_str_has_suffix(run->err, "\n"))
        show(run);
    g_assert_true(g_str_has_prefix(run->err, "patchbay: "));
    g_assert_true(g_str_has_suffix(run->err, "\n"));
    va_start(args, code);
    while ((part = va_arg(args, const char *)) != NULL)
        assert_contains(run->err, part);
    va_end(args);
}
