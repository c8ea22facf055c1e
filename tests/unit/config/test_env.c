/* SPDX-License-Identifier: Apache-2.0 */
/* The environment: the real one wins, an empty value is none, what was handed out stays. */
#include "unit/config/fixture.h"

#include <pthread.h>

static void add(PbayEnv *env, const char *text)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "env", text);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_assert_true(pbay_env_add_file(env, path, problems));
    g_assert_cmpuint(problems->len, ==, 0);
    fixture_remove(dir);
}

static void test_order(void)
{
    PbayEnv *env = pbay_env_new();
    g_setenv("PBT_REAL", "real", TRUE);
    g_setenv("PBT_EMPTY", "", TRUE);
    g_unsetenv("PBT_FILE");
    add(env, "PBT_REAL=file\nPBT_EMPTY=file\nPBT_FILE=first\nPBT_VOID=\n");
    add(env, "PBT_FILE=second\n");
    g_assert_cmpstr(pbay_env_get(env, "PBT_REAL"), ==, "real");
    g_assert_cmpstr(pbay_env_get(env, "PBT_EMPTY"), ==, "file");
    g_assert_cmpstr(pbay_env_get(env, "PBT_FILE"), ==, "second");
    g_assert_null(pbay_env_get(env, "PBT_VOID"));
    g_assert_null(pbay_env_get(env, "PBT_UNKNOWN"));
    g_assert_null(g_getenv("PBT_FILE")); /* never put into the process */
    pbay_env_unref(env);
    pbay_env_unref(NULL);
}

static void test_stable(void)
{
    PbayEnv *env = pbay_env_ref(pbay_env_new());
    pbay_env_unref(env);
    g_setenv("PBT_X", "one", TRUE);
    const char *one = pbay_env_get(env, "PBT_X");
    g_setenv("PBT_X", "a value longer than the first", TRUE);
    const char *two = pbay_env_get(env, "PBT_X");
    g_unsetenv("PBT_X");
    g_assert_null(pbay_env_get(env, "PBT_X"));
    g_assert_cmpstr(one, ==, "one");
    g_assert_cmpstr(two, ==, "a value longer than the first");
    add(env, "PBT_Y=kept\n");
    const char *kept = pbay_env_get(env, "PBT_Y");
    add(env, "PBT_Y=other\n");
    g_assert_cmpstr(kept, ==, "kept");
    g_assert_cmpstr(pbay_env_get(env, "PBT_Y"), ==, "other");
    pbay_env_unref(env);
}

static void test_bad_file(void)
{
    PbayEnv *env = pbay_env_new();
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "env", "PBT_GOOD=1\nbad line\n");
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_assert_false(pbay_env_add_file(env, path, problems));
    g_assert_cmpuint(problems->len, ==, 1);
    g_assert_null(pbay_env_get(env, "PBT_GOOD")); /* all or nothing */
    g_assert_false(pbay_env_add_file(env, dir, problems));
    g_assert_cmpuint(problems->len, ==, 2);
    const PbayProblem *second = g_ptr_array_index(problems, 1);
    g_assert_cmpstr(second->file, ==, dir);
    g_assert_cmpstr(second->message, ==,
                    "cannot read the environment file: it is a directory, a file is expected");
    fixture_remove(dir);
    pbay_env_unref(env);
}

static void *look_up(void *data)
{
    for (int i = 0; i < 2000; i++)
        g_assert_cmpstr(pbay_env_get(data, "PBT_T"), ==, "shared");
    return NULL;
}

static void test_threads(void)
{
    g_setenv("PBT_T", "shared", TRUE);
    PbayEnv *env = pbay_env_new();
    pthread_t threads[4];
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, look_up, env), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_join(threads[i], NULL), ==, 0);
    pbay_env_unref(env);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/env/order", test_order);
    g_test_add_func("/env/stable", test_stable);
    g_test_add_func("/env/bad-file", test_bad_file);
    g_test_add_func("/env/threads", test_threads);
    return g_test_run();
}
