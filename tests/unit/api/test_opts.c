/* SPDX-License-Identifier: Apache-2.0 */
/* Options: which folders, files, variables and settings a core reads, and which of them wins.
 * Each test asks the merged configuration, or a core opened with it. */
#include "world.h"

static char *show(const patchbay_opts *opts, int origin)
{
    patchbay_error *error = NULL;
    char *text = patchbay_config_show(opts, origin, 0, &error);
    assert_ok(error);
    return text;
}

static void test_folders_and_files(void)
{
    World *world = world_new();
    g_autofree char *second = g_build_filename(world->dir, "second", NULL);
    g_autofree char *file = world_file(world, "extra.conf", "[defaults]\nmodel = acme/extra\n");
    char *text;
    g_assert_cmpint(g_mkdir(second, 0755), ==, 0);
    g_free(world_file(world, "conf.d/one.conf", "[defaults]\nmodel = acme/one\n"));
    g_free(world_file(world, "second/two.conf", "[defaults]\nmodel = acme/two\n"));
    text = show(world->opts, 0);
    assert_holds(text, "model = acme/one");
    patchbay_free(text);
    patchbay_opts_conf_only(world->opts, second); /* the second call adds */
    text = show(world->opts, 1);
    assert_holds(text, "model = acme/two");
    assert_holds(text, "two.conf");
    assert_holds(text, "[provider acme]");
    patchbay_free(text);
    patchbay_opts_conf_add(world->opts, file);
    text = show(world->opts, 1);
    assert_holds(text, "model = acme/extra");
    assert_holds(text, "extra.conf");
    patchbay_free(text);
    world_free(world);
}

/* A NULL path would end the list for the ones behind it. */
static void test_null_paths(void)
{
    World *world = world_new();
    patchbay_opts *opts = patchbay_opts_new();
    char *text;
    patchbay_opts_conf_only(opts, NULL);
    patchbay_opts_conf_only(opts, world->conf);
    patchbay_opts_conf_add(opts, NULL);
    patchbay_opts_env_file(opts, NULL);
    patchbay_opts_driver_dir(opts, NULL);
    text = show(opts, 0);
    assert_holds(text, "[provider acme]");
    patchbay_free(text);
    patchbay_opts_free(opts);
    patchbay_opts_free(NULL);
    world_free(world);
}

/* The last word counts; the options may go once the core is open. */
static void test_state(void)
{
    World *world = world_new();
    g_autofree char *first = g_build_filename(world->dir, "first.json", NULL);
    g_autofree char *second = g_build_filename(world->dir, "second.json", NULL);
    patchbay_error *error = NULL;
    patchbay_opts *opts = world_opts(world);
    patchbay_opts_state(opts, first);
    patchbay_opts_state(opts, second);
    patchbay *pb = patchbay_open(opts, &error);
    assert_ok(error);
    patchbay_opts_free(opts);
    patchbay_request *request = chat("acme/hello", "");
    patchbay_result_free(patchbay_run_request(pb, request, &error));
    assert_ok(error);
    patchbay_request_free(request);
    patchbay_close(pb);
    g_assert_false(g_file_test(first, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(second, G_FILE_TEST_IS_REGULAR));
    world_free(world);
}

static void test_set(void)
{
    static const char *const bad[] = {"", "x", "provider", "provider.", ".a.b", "nonsense..key"};
    World *world = world_new();
    char *text;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(patchbay_set(world->opts, bad[i], "v"), ==, -1);
    g_assert_cmpint(patchbay_set(world->opts, NULL, "v"), ==, -1);
    g_assert_cmpint(patchbay_set(world->opts, "defaults.model", NULL), ==, -1);
    g_assert_cmpint(patchbay_set(world->opts, "defaults.model", "acme/first"), ==, 0);
    g_assert_cmpint(patchbay_set(world->opts, "defaults.model", "acme/set"), ==, 0);
    g_assert_cmpint(patchbay_set(world->opts, "provider.acme.api-key", "sk-set-55555555"), ==, 0);
    text = show(world->opts, 1);
    assert_holds(text, "model = acme/set");
    assert_holds(text, "set");
    assert_lacks(text, "sk-set-55555555");
    assert_lacks(text, WORLD_KEY);
    patchbay_free(text);
    world_free(world);
}

static void test_env_file(void)
{
    World *world = world_new();
    g_autofree char *file = world_file(
        world, "keys.env", "export PBAY_TEST_A='from file'\nPBAY_TEST_B=\"file\" # why\n");
    char *text;
    g_setenv("PBAY_TEST_B", "real", TRUE);
    g_free(world_file(world, "conf.d/z.conf",
                      "[defaults]\nmodel = acme/${env:PBAY_TEST_A}/${env:PBAY_TEST_B}\n"));
    patchbay_opts_env_file(world->opts, file);
    patchbay *pb = world_open(world);
    text = patchbay_default_model(pb, NULL);
    g_assert_cmpstr(text, ==, "acme/from file/real"); /* the real one wins */
    patchbay_free(text);
    patchbay_close(pb);
    g_unsetenv("PBAY_TEST_B");
    world_free(world);
}

static void test_missing_files(void)
{
    World *world = world_new();
    patchbay_error *error;
    patchbay_opts_env_file(world->opts, "/nonexistent/keys.env");
    error = patchbay_config_check(world->opts);
    assert_failed(error, PATCHBAY_ERR_CONFIG, "/nonexistent/keys.env");
    world_free(world);

    world = world_new();
    patchbay_opts_conf_add(world->opts, "/nonexistent/extra.conf");
    error = patchbay_config_check(world->opts);
    assert_failed(error, PATCHBAY_ERR_CONFIG, "/nonexistent/extra.conf");
    world_free(world);
}

static void test_driver_dir(void)
{
    World *world = world_new();
    patchbay_opts *opts = patchbay_opts_new();
    patchbay_error *error = NULL;
    patchbay *pb;
    char *text;
    patchbay_opts_conf_only(opts, world->conf);
    patchbay_opts_driver_dir(opts, "/nonexistent/drivers");
    pb = patchbay_open(opts, &error);
    assert_ok(error);
    text = patchbay_list_drivers(pb);
    g_assert_cmpstr(text, ==, "[]");
    patchbay_free(text);
    text = patchbay_list_providers(pb); /* its driver is not there: a row, no mistake */
    assert_holds(text, "\"unavailable\"");
    patchbay_free(text);
    patchbay_close(pb);
    patchbay_opts_free(opts);
    world_free(world);
}

/* ---- The log ---- */

typedef struct Lines {
    pthread_mutex_t lock;
    GString *text;
    int lowest;
} Lines;

static void keep_line(void *user, int level, const char *line)
{
    Lines *lines = user;
    pthread_mutex_lock(&lines->lock);
    g_string_append_printf(lines->text, "%s\n", line);
    lines->lowest = MIN(lines->lowest, level);
    pthread_mutex_unlock(&lines->lock);
}

/* Opens with a refused driver file, which is worth a warning. */
static char *log_of_open(int level, int json, const char *conf)
{
    World *world = world_new();
    Lines lines = {PTHREAD_MUTEX_INITIALIZER, g_string_new(NULL), 9};
    g_autofree char *drivers = g_build_filename(world->dir, "drivers", NULL);
    g_assert_cmpint(g_mkdir(drivers, 0755), ==, 0);
    g_free(world_file(world, "drivers/bad.so", "no ELF"));
    g_free(world_file(world, "conf.d/log.conf", conf));
    patchbay_opts_driver_dir(world->opts, drivers);
    patchbay_opts_log(world->opts, level, json);
    patchbay_opts_log_sink(world->opts, keep_line, &lines);
    patchbay_close(world_open(world));
    if (level >= 0)
        g_assert_cmpint(lines.lowest, >=, level);
    patchbay_opts_log_sink(world->opts, world_log, world);
    patchbay_close(world_open(world)); /* off our sink */
    world_free(world);
    return g_string_free(lines.text, FALSE);
}

static void test_log(void)
{
    g_autofree char *warn = log_of_open(2, 0, "");
    g_autofree char *json = log_of_open(-1, 1, "[log]\nlevel = warn\n");
    g_autofree char *none = log_of_open(9, 0, "[log]\nlevel = debug\n");
    g_autofree char *quiet = log_of_open(-1, -1, "[log]\nlevel = none\n");
    g_autofree char *formatted = log_of_open(-1, -1, "[log]\nlevel = warn\nformat = json\n");
    assert_holds(warn, "bad.so");
    g_assert_true(json[0] == '{');
    assert_holds(json, "bad.so");
    g_assert_cmpstr(none, ==, "");
    g_assert_cmpstr(quiet, ==, "");
    g_assert_true(formatted[0] == '{');
}

static void test_log_from_environment(void)
{
    char *text;
    g_setenv("PATCHBAY_LOG", "none", TRUE);
    text = log_of_open(-1, 0, "[log]\nlevel = warn\n");
    g_assert_cmpstr(text, ==, "");
    g_free(text);
    g_setenv("PATCHBAY_LOG", "loud", TRUE); /* said, and then the default */
    text = log_of_open(-1, 0, "");
    assert_holds(text, "loud");
    g_free(text);
    g_unsetenv("PATCHBAY_LOG");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("PATCHBAY_LOG");
    g_test_add_func("/api/opts/folders-and-files", test_folders_and_files);
    g_test_add_func("/api/opts/null-paths", test_null_paths);
    g_test_add_func("/api/opts/state", test_state);
    g_test_add_func("/api/opts/set", test_set);
    g_test_add_func("/api/opts/env-file", test_env_file);
    g_test_add_func("/api/opts/missing-files", test_missing_files);
    g_test_add_func("/api/opts/driver-dir", test_driver_dir);
    g_test_add_func("/api/opts/log", test_log);
    g_test_add_func("/api/opts/log-from-environment", test_log_from_environment);
    return g_test_run();
}
