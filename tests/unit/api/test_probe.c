/* SPDX-License-Identifier: Apache-2.0 */
/* Billed probes: the day's cap holds in one core, over restarts and between processes that race
 * for it; what cannot be booked is not sent. Each call costs a cent. */
#include "world.h"

#include <sys/wait.h>

#define PRICE "input = 0\noutput = 0\nrequest = 0.01\n"

static World *priced_world(const char *cap, const char *more)
{
    World *world = world_new();
    g_autofree char *text = g_strdup_printf("[defaults]\nretries = 0\n[health]\ndaily-cap = %s\n"
                                            "[price acme/hello]\n" PRICE "%s",
                                            cap, more);
    g_free(world_file(world, "conf.d/more.conf", text));
    return world;
}

/* NULL: it was sent and answered. */
static patchbay_error *probe_with(patchbay *pb, const char *kind, const char *model, int retries)
{
    g_autofree char *json = chat_json(model, ",\"max_tokens\":1");
    patchbay_request *request = patchbay_request_new(kind, json);
    patchbay_error *error = NULL;
    patchbay_request_billed_probe(request, 1);
    patchbay_request_retries(request, retries);
    patchbay_result *result = patchbay_run_request(pb, request, &error);
    g_assert_true((result != NULL) == (error == NULL));
    patchbay_result_free(result);
    patchbay_request_free(request);
    return error;
}

static patchbay_error *probe(patchbay *pb, const char *model)
{
    return probe_with(pb, "chat", model, -1);
}

static void probe_well(patchbay *pb, const char *model)
{
    assert_ok(probe(pb, model));
}

static void test_cap(void)
{
    World *world = priced_world("0.03", "");
    patchbay *pb = world_open(world);
    for (int i = 0; i < 3; i++)
        probe_well(pb, "acme/hello");
    patchbay_error *error = probe(pb, "acme/hello");
    g_assert_nonnull(error);
    g_assert_cmpint(patchbay_error_class(error), ==, PATCHBAY_ERR_QUOTA);
    g_assert_cmpstr(patchbay_error_code(error), ==, "daily_cap_reached");
    g_assert_cmpint(patchbay_error_status(error), ==, 0); /* no vendor said so */
    assert_holds(patchbay_error_message(error), "$0.03");
    assert_holds(patchbay_error_message(error), "daily-cap");
    assert_holds(patchbay_error_message(error), "T00:00:00Z");
    patchbay_error_free(error);
    g_assert_cmpuint(stub_requests(world->stub), ==, 3);
    patchbay_close(pb);
    world_free(world);
}

/* A probe that does not say how long it may take has [health] timeout; other calls have not. */
static void test_time_limit(void)
{
    World *world = priced_world("1\ntimeout = 50ms", "[price acme/stall]\n" PRICE);
    patchbay *pb = world_open(world);
    patchbay_error *error = probe_with(pb, "chat", "acme/stall", 0);
    g_assert_nonnull(error);
    g_assert_cmpint(patchbay_error_class(error), ==, PATCHBAY_ERR_TIMEOUT);
    assert_holds(patchbay_error_message(error), "50 ms");
    patchbay_error_free(error);
    patchbay_request *request = chat("acme/stall", ""), *own = patchbay_request_new("probe", "{}");
    char *text = patchbay_explain(pb, request, &error);
    assert_holds(text, "\"total\":600000}");
    patchbay_free(text);
    patchbay_request_model(own, "acme/x");
    text = patchbay_explain(pb, own, &error);
    assert_holds(text, "\"total\":50}");
    patchbay_free(text);
    patchbay_request_timeout_ms(own, 70);
    text = patchbay_explain(pb, own, &error);
    assert_holds(text, "\"total\":70}");
    patchbay_free(text);
    patchbay_request_free(own);
    patchbay_request_free(request);
    patchbay_close(pb);
    world_free(world);
}

static void test_cap_of_the_day(void)
{
    World *world = priced_world("0.01", "");
    patchbay *pb = world_open(world);
    probe_well(pb, "acme/hello");
    assert_failed(probe(pb, "acme/hello"), PATCHBAY_ERR_QUOTA, "0.01");
    g_free(world_file(world, "conf.d/z.conf", "[health]\ndaily-cap = 0.02\n"));
    g_assert_cmpint(patchbay_reload(pb, NULL), ==, 0); /* a higher cap, the same sum */
    probe_well(pb, "acme/hello");
    assert_failed(probe(pb, "acme/hello"), PATCHBAY_ERR_QUOTA, "0.02");
    patchbay_close(pb);
    world_free(world);
}

static void test_built_in_cap(void)
{
    World *world = world_new();
    g_free(world_file(world, "conf.d/more.conf",
                      "[defaults]\nretries = 0\n[price acme/hello]\ninput = 0\noutput = 0\n"
                      "request = 0.04\n"));
    patchbay *pb = world_open(world);
    probe_well(pb, "acme/hello");
    probe_well(pb, "acme/hello");
    assert_failed(probe(pb, "acme/hello"), PATCHBAY_ERR_QUOTA, "$0.1 ");
    patchbay_close(pb);
    world_free(world);
}

static void test_unknown_price(void)
{
    World *world = priced_world("5", "[price acme/half]\ninput = 1\n");
    patchbay *pb = world_open(world);
    assert_failed(probe(pb, "acme/other"), PATCHBAY_ERR_QUOTA, "[price acme/other]");
    assert_failed(probe(pb, "acme/half"), PATCHBAY_ERR_QUOTA, "`output`");
    g_assert_cmpuint(stub_accepted(world->stub), ==, 0);
    patchbay_close(pb);
    world_free(world);
}

/* What is free, or is not sent, or is no probe, is not booked. */
static void test_not_booked(void)
{
    World *world = priced_world("0.01", "");
    patchbay *pb = world_open(world);
    patchbay_request *request = chat("acme/hello", "");
    patchbay_error *error = NULL;
    for (int i = 0; i < 3; i++) {
        assert_ok(probe_with(pb, "probe", "acme/hello", -1));
        assert_ok(probe_with(pb, "models", "acme/hello", -1));
        patchbay_result *result = patchbay_run_request(pb, request, &error);
        assert_ok(error);
        patchbay_result_free(result);
    }
    patchbay_request_billed_probe(request, 1);
    for (int i = 0; i < 3; i++) {
        char *text = patchbay_explain(pb, request, &error);
        assert_ok(error);
        patchbay_free(text);
    }
    assert_failed(probe(pb, "nobody/m"), PATCHBAY_ERR_NOT_FOUND, "nobody");
    probe_well(pb, "acme/hello"); /* the whole cap is there */
    patchbay_request_billed_probe(request, 0);
    patchbay_result *result = patchbay_run_request(pb, request, &error);
    assert_ok(error);
    patchbay_result_free(result);
    patchbay_request_free(request);
    patchbay_close(pb);
    world_free(world);
}

/* A call that may ask several times may have to be paid for several times. */
static void test_several_attempts(void)
{
    World *world = priced_world("0.05", "[price acme/dear]\ninput = 0\noutput = 0\n"
                                        "request = 0.02\n"
                                        "[model both]\ntargets = acme/hello;acme/dear\n");
    patchbay *pb = world_open(world);
    assert_failed(probe_with(pb, "chat", "both", 1), PATCHBAY_ERR_QUOTA, "$0.08;");
    assert_failed(probe_with(pb, "chat", "both", 9), PATCHBAY_ERR_QUOTA, "$0.12;"); /* attempts */
    assert_ok(probe_with(pb, "chat", "both", 0));
    assert_failed(probe_with(pb, "chat", "both", 0), PATCHBAY_ERR_QUOTA, "$0.04 are spent");
    g_assert_cmpuint(stub_requests(world->stub), ==, 1);
    patchbay_close(pb);
    world_free(world);
}

static void test_embedded(void)
{
    World *world = priced_world("0.01", "");
    patchbay_opts_embed(world->opts, 1);
    patchbay *pb = world_open(world);
    probe_well(pb, "acme/hello");
    assert_failed(probe(pb, "acme/hello"), PATCHBAY_ERR_QUOTA, "0.01");
    patchbay_close(pb);
    world_free(world);
}

/* ---- With a state file ---- */

static char *use_state(World *world)
{
    char *path = g_build_filename(world->dir, "state.json", NULL);
    patchbay_opts_state(world->opts, path);
    return path;
}

static void test_restart(void)
{
    World *world = priced_world("0.02", "");
    g_autofree char *path = use_state(world);
    for (int i = 0; i < 2; i++) {
        patchbay *pb = world_open(world);
        probe_well(pb, "acme/hello");
        patchbay_close(pb);
    }
    patchbay *pb = world_open(world);
    assert_failed(probe(pb, "acme/hello"), PATCHBAY_ERR_QUOTA, "0.02");
    patchbay_close(pb);
    g_assert_cmpuint(stub_requests(world->stub), ==, 2);
    world_free(world);
}

static void test_unusable_state(void)
{
    World *world = priced_world("5", "");
    g_autofree char *path = use_state(world);
    g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    patchbay *pb = world_open(world);
    assert_failed(probe(pb, "acme/hello"), PATCHBAY_ERR_CONFIG, "state.json");
    g_assert_cmpuint(stub_requests(world->stub), ==, 0);
    patchbay_close(pb);
    world_free(world);
}

/* This program as another process: argv is "probe", conf.d, the state. Its exit code is how many
 * were sent. */
static int probe_often(char **argv)
{
    World world = {.conf = argv[2]};
    patchbay_opts *opts = world_opts(&world);
    patchbay_error *error = NULL;
    int sent = 0;
    patchbay_opts_state(opts, argv[3]);
    patchbay *pb = patchbay_open(opts, &error);
    assert_ok(error);
    for (int i = 0; i < 15; i++) {
        patchbay_error *refusal = probe(pb, "acme/hello");
        sent += refusal == NULL ? 1 : 0;
        if (refusal != NULL)
            assert_failed(refusal, PATCHBAY_ERR_QUOTA, "daily-cap");
    }
    patchbay_close(pb);
    patchbay_opts_log_sink(opts, NULL, NULL);
    patchbay_opts_free(opts);
    return sent;
}

/* Two processes try 15 times each; of both together 20 are sent, not one more. */
static void test_two_processes(void)
{
    World *world = priced_world("0.20", "");
    g_autofree char *path = use_state(world);
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    char *argv[] = {self, (char *)"probe", world->conf, path, NULL};
    GPid pids[2];
    int sent = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(pids); i++)
        g_assert_true(
            g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pids[i], NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(pids); i++) {
        int status;
        g_assert_cmpint(waitpid(pids[i], &status, 0), ==, pids[i]);
        g_assert_true(WIFEXITED(status));
        sent += WEXITSTATUS(status);
    }
    g_assert_cmpint(sent, ==, 20);
    g_assert_cmpuint(stub_requests(world->stub), ==, 20);
    world_free(world);
}

static void *probe_in_thread(void *data)
{
    for (int i = 0; i < 10; i++)
        patchbay_error_free(probe(data, "acme/hello"));
    return NULL;
}

static void race_threads(bool with_state)
{
    World *world = priced_world("0.15", "");
    g_autofree char *path = with_state ? use_state(world) : NULL;
    patchbay *pb = world_open(world);
    pthread_t threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, probe_in_thread, pb), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpuint(stub_requests(world->stub), ==, 15);
    patchbay_close(pb);
    world_free(world);
}

static void test_threads(void)
{
    race_threads(false);
    race_threads(true);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "probe") == 0)
        return probe_often(argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/probe/cap", test_cap);
    g_test_add_func("/api/probe/time-limit", test_time_limit);
    g_test_add_func("/api/probe/cap-of-the-day", test_cap_of_the_day);
    g_test_add_func("/api/probe/built-in-cap", test_built_in_cap);
    g_test_add_func("/api/probe/unknown-price", test_unknown_price);
    g_test_add_func("/api/probe/not-booked", test_not_booked);
    g_test_add_func("/api/probe/several-attempts", test_several_attempts);
    g_test_add_func("/api/probe/embedded", test_embedded);
    g_test_add_func("/api/probe/restart", test_restart);
    g_test_add_func("/api/probe/unusable-state", test_unusable_state);
    g_test_add_func("/api/probe/two-processes", test_two_processes);
    g_test_add_func("/api/probe/threads", test_threads);
    return g_test_run();
}
