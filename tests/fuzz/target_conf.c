/* SPDX-License-Identifier: Apache-2.0 */
/* conf.d and environment files from any bytes: the scanner, then the whole way of a file through
 * merging, expansion and checking. Nothing may crash, every problem has a place and a message, and
 * the same text gives the same problems twice. */
#include "fuzz/target.h"

#include "config/config.h"
#include "config/scanner.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const unsigned target_mutations = 120;

static const char *file(void)
{
    static char *path;

    if (path == NULL) {
        g_autofree char *dir = g_dir_make_tmp("patchbay-fuzz-XXXXXX", NULL);

        path = g_build_filename(dir, "x.conf", NULL);
    }
    return path;
}

/* Without the sync of g_file_set_contents. */
static void write_file(const uint8_t *data, size_t len)
{
    FILE *stream = fopen(file(), "wb");

    if (stream == NULL || fwrite(data, 1, len, stream) != len || fclose(stream) != 0)
        g_error("%s cannot be written", file());
}

static void check_problems(const PbayProblems *problems)
{
    for (guint i = 0; i < problems->len; i++) {
        const PbayProblem *problem = g_ptr_array_index(problems, i);

        if (problem->file == NULL || problem->message == NULL || problem->message[0] == '\0' ||
            problem->line < 0)
            g_error("a problem without a place or a message");
    }
}

static char *problems_of(PbayEnv *env)
{
    const char *const paths[] = {file(), NULL};
    const PbayConfigInput input = {.paths = paths, .env = env};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = pbay_config_load(&input, problems);
    GString *text = g_string_new(NULL);

    g_assert_nonnull(config);
    check_problems(problems);
    pbay_problems_write_text(problems, text);
    return g_string_free(text, FALSE);
}

void target_case(const uint8_t *data, size_t len)
{
    g_autoptr(GPtrArray) scanned = pbay_problems_new();
    g_autoptr(GPtrArray) listed = pbay_problems_new();
    g_autofree char *first = NULL, *second = NULL;
    PbayEnv *env = pbay_env_new();
    const pb_str text = {(const char *)data, len};

    g_ptr_array_unref(pbay_config_scan("x.conf", text, scanned));
    check_problems(scanned);
    write_file(data, len);
    first = problems_of(env);
    second = problems_of(env);
    g_assert_cmpstr(first, ==, second);
    pbay_env_add_file(env, file(), listed);
    check_problems(listed);
    pbay_env_unref(env);
}

static void seed_folder(TargetSeedFn take, void *user)
{
    g_autofree char *folder = g_build_filename(PBAY_SOURCE_DIR, "conf.d", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *text = NULL;
        gsize len = 0;

        if (g_file_get_contents(path, &text, &len, NULL))
            take(user, text, len);
    }
}

void target_seeds(TargetSeedFn take, void *user)
{
    static const char every[] =
        "[defaults]\nmodel = a/b\ntimeout = 1m\n[provider x]\ndriver = openai\nbase-url = "
        "https://h.example/v1\napi-key = ${env:A:-b\\;c};${file:/nonexistent}\nmatch = a*;b\n"
        "header.X = y\n[model m]\ntargets = x/a 3;y/b\n[driver d]\npriority = -1\n[price x/a]\n"
        "input = 0.5\n[limits x/a]\nrpm = 5\n[egress]\nallow = 10.0.0.0/8\n[log]\nlevel = debug\n";

    take(user, every, sizeof every - 1);
    seed_folder(take, user);
}
