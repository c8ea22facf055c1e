/* SPDX-License-Identifier: Apache-2.0 */
/* Health without asking anybody: which rows a name leads to, what calls leave in them, and what
 * another process left in the state file. */
#include "world.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A world whose calls are made once each. */
static World *quiet_world(const char *more)
{
    World *world = world_new();
    g_autofree char *text = g_strconcat("[defaults]\nretries = 0\n", more, NULL);
    g_free(world_file(world, "conf.d/more.conf", text));
    return world;
}

static char *health(patchbay *pb, const char *name)
{
    patchbay_error *error = NULL;
    char *text = patchbay_health(pb, name, &error);
    assert_ok(error);
    g_assert_nonnull(text);
    return text;
}

/* The rows must hold the part; or lack it. */
static void expect(patchbay *pb, const char *name, const char *part)
{
    char *text = health(pb, name);
    assert_holds(text, part);
    patchbay_free(text);
}

static void expect_not(patchbay *pb, const char *name, const char *part)
{
    char *text = health(pb, name);
    assert_lacks(text, part);
    patchbay_free(text);
}

/* "a,b": the targets of the rows. g_free */
static char *targets(patchbay *pb, const char *name)
{
    static const char mark[] = "{\"target\":\"";
    GString *list = g_string_new(NULL);
    char *text = health(pb, name);
    for (const char *p = strstr(text, mark); p != NULL; p = strstr(p, mark)) {
        p += strlen(mark);
        g_string_append_printf(list, "%s%.*s", list->len > 0 ? "," : "", (int)strcspn(p, "\""), p);
    }
    patchbay_free(text);
    return g_string_free(list, FALSE);
}

static void expect_targets(patchbay *pb, const char *name, const char *expected)
{
    g_autofree char *list = targets(pb, name);
    g_assert_cmpstr(list, ==, expected);
}

static void run(patchbay *pb, const char *model, bool good)
{
    patchbay_request *request = chat(model, "");
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run_request(pb, request, &error);
    g_assert_true((error == NULL) == good);
    patchbay_result_free(result);
    patchbay_error_free(error);
    patchbay_request_free(request);
}

static void test_nothing_known(void)
{
    World *world = quiet_world("");
    patchbay *pb = world_open(world);
    char *text = health(pb, NULL);
    g_assert_cmpstr(text, ==, "[]");
    patchbay_free(text);
    expect_targets(pb, "acme", "acme"); /* the provider itself */
    expect_targets(pb, "acme/", "acme");
    expect_targets(pb, "acme/never-called", "acme/never-called");
    expect(pb, "acme", "\"provider\":\"acme\",\"state\":\"ready\",\"breaker\":\"closed\"");
    expect(pb, "acme", "\"calls\":0");
    expect(pb, "acme", "\"probe\":\"free\"");
    expect_not(pb, "acme", "\"last\"");
    g_assert_cmpuint(stub_accepted(world->stub), ==, 0);
    patchbay_close(pb);
    world_free(world);
}

static void test_unknown_names(void)
{
    static const char *const names[] = {"", "/", "nobody", "nobody/m", "acm"};
    World *world = quiet_world("");
    patchbay *pb = world_open(world);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        patchbay_error *error = NULL;
        g_assert_null(patchbay_health(pb, names[i], &error));
        g_assert_nonnull(error);
        g_assert_cmpint(patchbay_error_class(error), ==, PATCHBAY_ERR_NOT_FOUND);
        patchbay_error_free(error);
    }
    g_assert_null(patchbay_health(pb, "nobody", NULL));
    patchbay_close(pb);
    world_free(world);
}

/* Everything that a model may come to, each once; models of models; in order. */
static void test_models(void)
{
    World *world = quiet_world("[model chain]\ntargets = acme/one;acme/two\n"
                               "fallbacks = smart;acme/two;acme/last\n"
                               "context-window-fallbacks = acme/long\n"
                               "content-policy-fallbacks = acme/bold\n"
                               "[model smart]\nstrategy = rules\n"
                               "rule.1 = chars < 10 -> acme/short\n"
                               "default = eliza/doctor\n");
    patchbay *pb = world_open(world);
    expect_targets(pb, "smart", "acme/short,eliza/doctor");
    expect_targets(pb, "chain",
                   "acme/one,acme/two,acme/short,eliza/doctor,acme/last,acme/long,acme/bold");
    run(pb, "acme/zebra", true);
    run(pb, "acme/also", true);
    expect_targets(pb, NULL,
                   "acme/one,acme/two,acme/short,eliza/doctor,acme/last,acme/long,acme/bold,"
                   "acme/also,acme/zebra");
    expect_targets(pb, "eliza", "eliza/doctor");
    expect_targets(pb, "acme/zebra", "acme/zebra");
    patchbay_close(pb);
    world_free(world);
}

static void test_after_calls(void)
{
    World *world = quiet_world("");
    patchbay *pb = world_open(world);
    run(pb, "acme/hello", true);
    run(pb, "acme/limited", false);
    expect(pb, "acme/hello", "\"last\":{\"ok\":true,");
    expect(pb, "acme/hello", "\"calls\":1,\"failures\":0");
    expect(pb, "acme/limited", "\"class\":\"rate_limit\"");
    expect(pb, "acme/limited", "\"status\":429");
    expect(pb, "acme/limited", "\"breaker\":\"closed\"");
    for (int i = 0; i < 5; i++)
        run(pb, "acme/broken", false);
    expect(pb, "acme/broken", "\"breaker\":\"open\"");
    expect(pb, "acme/broken", "\"until_ms\":");
    expect(pb, "acme/broken", "\"reason\":\"");
    expect(pb, "acme/broken", "\"failures\":5");
    expect_not(pb, "acme/broken", "\"why\"");
    expect_targets(pb, "acme", "acme/broken,acme/hello,acme/limited");
    patchbay_close(pb);
    world_free(world);
}

/* What is known goes by name and outlives reloads, even its provider. */
/* A call to another server is that server's: a row of the same provider, which nobody can probe,
 * and beside it that of the provider. */
static void test_another_server(void)
{
    World *world = quiet_world("");
    patchbay *pb = world_open(world);
    patchbay_request *request = chat("acme/hello", "");
    g_autofree char *url = g_strdup_printf("http://localhost:%d/v1", stub_port(world->stub));
    patchbay_request_base_url(request, url);
    patchbay_result *result = patchbay_run_request(pb, request, NULL);
    g_autofree char *name = g_strdup_printf("acme@%s/hello", url);
    g_autofree char *all = g_strconcat(name, ",acme", NULL);
    g_autofree char *row =
        g_strdup_printf("\"target\":\"%s\",\"provider\":\"acme\",\"state\":\"ready\"", name);
    g_assert_null(patchbay_result_error(result));
    patchbay_result_free(result);
    patchbay_request_free(request);
    expect_targets(pb, NULL, name);
    expect(pb, NULL, row);
    expect(pb, NULL, "\"ok\":true");
    expect(pb, NULL, "\"probe\":\"none\"");
    expect_targets(pb, "acme", all);
    run(pb, "acme/hello", true);
    expect(pb, "acme", "\"target\":\"acme/hello\"");
    expect_not(pb, "acme", "\"target\":\"acme\"");
    patchbay_close(pb);
    world_free(world);
}

static void test_reload(void)
{
    World *world = quiet_world("");
    g_autofree char *acme = g_build_filename(world->conf, "acme.conf", NULL);
    patchbay *pb = world_open(world);
    run(pb, "acme/hello", true);
    g_assert_cmpint(patchbay_reload(pb, NULL), ==, 0);
    expect(pb, "acme/hello", "\"calls\":1");
    g_assert_cmpint(g_unlink(acme), ==, 0);
    g_assert_cmpint(patchbay_reload(pb, NULL), ==, 0);
    expect(pb, NULL, "{\"target\":\"acme/hello\",\"provider\":\"acme\",\"state\":\"unavailable\"");
    expect(pb, NULL, "\"probe\":\"none\"");
    patchbay_close(pb);
    world_free(world);
}

static void test_provider_states(void)
{
    World *world = quiet_world("[provider bare]\ndriver = openai\nbase-url = http://127.0.0.1:1/\n"
                               "[provider gone]\ndriver = nothing-like-it\n");
    g_unsetenv("OPENAI_API_KEY");
    patchbay *pb = world_open(world);
    expect(pb, "bare/m", "\"state\":\"unconfigured\",\"why\":\"");
    expect(pb, "gone/m", "\"state\":\"unavailable\",\"why\":\"");
    expect(pb, "gone", "\"probe\":\"none\"");
    patchbay_close(pb);
    world_free(world);
}

/* A driver that offers chats and no probe can only be asked for money. */
static void test_billed(void)
{
    World *world = quiet_world("[provider paid]\ndriver = good\n");
    g_autofree char *from = g_build_filename(g_getenv("PBAY_BUILD_DIR"), "fakes", "good.so", NULL);
    g_autofree char *drivers = g_build_filename(world->dir, "drivers", NULL);
    g_autofree char *to = g_build_filename(drivers, "good.so", NULL);
    g_autofree char *bytes = NULL;
    gsize len;
    g_assert_cmpint(g_mkdir(drivers, 0755), ==, 0);
    g_assert_true(g_file_get_contents(from, &bytes, &len, NULL));
    g_assert_true(g_file_set_contents(to, bytes, (gssize)len, NULL));
    g_assert_cmpint(g_chmod(to, 0755), ==, 0);
    patchbay_opts_driver_dir(world->opts, drivers);
    patchbay *pb = world_open(world);
    expect(pb, "paid/m", "\"probe\":\"billed\"");
    patchbay_close(pb);
    world_free(world);
}

static void test_limits(void)
{
    World *world = quiet_world("[limits acme/hello]\nrpm = 100\n[limits acme]\nparallel = 7\n");
    patchbay *pb = world_open(world);
    run(pb, "acme/hello", true);
    expect(pb, "acme/hello", "\"limits\":{\"target\":{\"rpm\":100,\"requests\":1");
    expect(pb, "acme/hello", "\"provider\":{\"parallel\":7,\"requests\":1");
    patchbay_close(pb);
    world_free(world);
}

/* ---- The state file ---- */

static char *state_path(const World *world)
{
    return g_build_filename(world->dir, "state", "state.json", NULL);
}

static void test_off_unless_asked_for(void)
{
    World *world = quiet_world("");
    g_autofree char *home = g_build_filename(world->dir, "home", NULL);
    g_setenv("XDG_STATE_HOME", home, TRUE);
    patchbay *pb = world_open(world);
    run(pb, "acme/hello", true);
    patchbay_close(pb);
    g_assert_false(g_file_test(home, G_FILE_TEST_EXISTS));
    patchbay_opts_state(world->opts, ""); /* the usual place */
    pb = world_open(world);
    run(pb, "acme/hello", true);
    patchbay_close(pb);
    g_autofree char *usual = g_build_filename(home, "patchbay", "state.json", NULL);
    g_assert_true(g_file_test(usual, G_FILE_TEST_IS_REGULAR));
    patchbay_opts_state(world->opts, NULL);
    pb = world_open(world);
    expect_targets(pb, NULL, "");
    patchbay_close(pb);
    g_assert_cmpint(atomic_load(&world->warnings), ==, 0);
    world_free(world);
}

static void test_unusable_state(void)
{
    World *world = quiet_world("");
    g_autofree char *file = world_file(world, "file", "no folder");
    g_autofree char *path = g_build_filename(file, "state.json", NULL);
    patchbay_opts_state(world->opts, path);
    patchbay *pb = world_open(world);
    run(pb, "acme/hello", true);
    expect(pb, "acme/hello", "\"calls\":1");
    patchbay_close(pb);
    g_assert_cmpint(atomic_load(&world->warnings), ==, 1);
    g_unsetenv("XDG_STATE_HOME");
    g_unsetenv("HOME");
    patchbay_opts_state(world->opts, "");
    pb = world_open(world); /* no place at all */
    run(pb, "acme/hello", true);
    patchbay_close(pb);
    g_assert_cmpint(atomic_load(&world->warnings), ==, 2);
    world_free(world);
}

/* This program as another process, which breaks a target: argv is "break", conf.d, the state. */
static int break_target(char **argv)
{
    World world = {.conf = argv[2]};
    patchbay_opts *opts = world_opts(&world);
    patchbay_error *error = NULL;
    patchbay_opts_state(opts, argv[3]);
    patchbay *pb = patchbay_open(opts, &error);
    assert_ok(error);
    for (int i = 0; i < 5; i++)
        run(pb, "acme/broken", false);
    expect(pb, "acme/broken", "\"breaker\":\"open\"");
    patchbay_close(pb);
    patchbay_opts_log_sink(opts, NULL, NULL);
    patchbay_opts_free(opts);
    return 0;
}

/* One process runs into a broken target; the others, one that runs already and one that is started
 * later, know of it. */
static void test_two_processes(void)
{
    World *world = quiet_world("");
    g_autofree char *path = state_path(world);
    g_autoptr(GError) error = NULL;
    int status = -1;
    patchbay_opts_state(world->opts, path);
    patchbay *running = world_open(world);
    expect(running, "acme/broken", "\"breaker\":\"closed\"");
    char *argv[] = {(char *)"/proc/self/exe", (char *)"break", world->conf, path, NULL};
    argv[0] = g_file_read_link("/proc/self/exe", NULL);
    g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
    g_free(argv[0]);
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    bool open = false;
    while (!open) { /* the test's time limit is the bound */
        char *text = health(running, "acme/broken");
        open = strstr(text, "\"breaker\":\"open\"") != NULL;
        patchbay_free(text);
        g_usleep(2000);
    }
    patchbay *later = world_open(world);
    expect(later, "acme/broken", "\"breaker\":\"open\"");
    expect(later, NULL, "acme/broken");
    patchbay_close(later);
    patchbay_close(running);
    g_assert_cmpint(atomic_load(&world->warnings), ==, 0);
    world_free(world);
}

static void *look_often(void *data)
{
    for (int i = 0; i < 100; i++)
        patchbay_free(health(data, i % 2 == 0 ? NULL : "acme"));
    return NULL;
}

static void test_threads(void)
{
    World *world = quiet_world("[model m]\ntargets = acme/hello;acme/broken\n");
    g_autofree char *path = state_path(world);
    patchbay_opts_state(world->opts, path);
    patchbay *pb = world_open(world);
    pthread_t threads[3];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, look_often, pb), ==, 0);
    for (int i = 0; i < 20; i++) {
        run(pb, "acme/hello", true);
        if (i % 5 == 0)
            g_assert_cmpint(patchbay_reload(pb, NULL), ==, 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    patchbay_close(pb);
    world_free(world);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "break") == 0)
        return break_target(argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/health/nothing-known", test_nothing_known);
    g_test_add_func("/api/health/unknown-names", test_unknown_names);
    g_test_add_func("/api/health/models", test_models);
    g_test_add_func("/api/health/after-calls", test_after_calls);
    g_test_add_func("/api/health/another-server", test_another_server);
    g_test_add_func("/api/health/reload", test_reload);
    g_test_add_func("/api/health/provider-states", test_provider_states);
    g_test_add_func("/api/health/billed", test_billed);
    g_test_add_func("/api/health/limits", test_limits);
    g_test_add_func("/api/health/off-unless-asked-for", test_off_unless_asked_for);
    g_test_add_func("/api/health/unusable-state", test_unusable_state);
    g_test_add_func("/api/health/two-processes", test_two_processes);
    g_test_add_func("/api/health/threads", test_threads);
    return g_test_run();
}
