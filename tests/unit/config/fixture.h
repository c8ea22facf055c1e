/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of config/ share: a folder of their own, files in it, and problems as text. */
#ifndef PBAY_TESTS_CONFIG_FIXTURE_H
#define PBAY_TESTS_CONFIG_FIXTURE_H

#include "config/config.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static inline char *fixture_dir(void)
{
    GError *error = NULL;
    char *dir = g_dir_make_tmp("patchbay-config-XXXXXX", &error);
    g_assert_no_error(error);
    return dir;
}

/* Makes parent folders; returns the path. */
static inline char *fixture_write_len(const char *dir, const char *name, const char *text,
                                      gssize len)
{
    char *path = g_build_filename(dir, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    GError *error = NULL;
    g_file_set_contents(path, text, len, &error);
    g_assert_no_error(error);
    return path;
}

static inline char *fixture_write(const char *dir, const char *name, const char *text)
{
    return fixture_write_len(dir, name, text, -1);
}

static inline int fixture_remove_one(const char *path, const struct stat *st, int type,
                                     struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void fixture_remove(char *dir)
{
    g_assert_cmpint(nftw(dir, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(dir);
}

static inline char *fixture_text(const PbayProblems *problems)
{
    GString *out = g_string_new(NULL);
    pbay_problems_write_text(problems, out);
    return g_string_free(out, FALSE);
}

static inline void fixture_assert_problems(const PbayProblems *problems, const char *expected)
{
    g_autofree char *text = fixture_text(problems);
    g_assert_cmpstr(text, ==, expected);
}

static inline void fixture_assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        g_error("`%s` is not in:\n%s", part, text);
}

static inline void fixture_assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        g_error("`%s` is in:\n%s", part, text);
}

/* Items joined by `|`, each in brackets: [a]|[b]. */
static inline char *fixture_join(char *const *items)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; items != NULL && items[i] != NULL; i++)
        g_string_append_printf(out, "%s[%s]", i > 0 ? "|" : "", items[i]);
    return g_string_free(out, FALSE);
}

static inline void fixture_assert_items(char *const *items, const char *expected)
{
    g_autofree char *text = fixture_join(items);
    g_assert_cmpstr(text, ==, expected);
}

/* Loads one text as a named file; the file is gone afterwards, its path stands as FILE in problems.
 */
static inline PbayConfig *fixture_load(const char *text, PbayEnv *env, const char *const *sets,
                                       PbayProblems *problems)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "t.conf", text);
    const char *const paths[] = {path, NULL};
    PbayConfigInput input = {.paths = paths, .env = env, .sets = sets};
    PbayConfig *config = pbay_config_load(&input, problems);
    for (guint i = 0; i < problems->len; i++) {
        PbayProblem *problem = g_ptr_array_index(problems, i);
        if (strcmp(problem->file, path) == 0) {
            g_free(problem->file);
            problem->file = g_strdup("FILE");
        }
    }
    fixture_remove(dir);
    return config;
}

/* The problems of one text, exactly. */
static inline void fixture_assert_load(const char *text, const char *expected)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = fixture_load(text, NULL, NULL, problems);
    g_assert_nonnull(config);
    fixture_assert_problems(problems, expected);
}

#endif
