/* SPDX-License-Identifier: Apache-2.0 */
/* A core from open to close: its own worker, or the program's loop through a descriptor; calls
 * under way when it is closed. */
#include "world.h"

#include <poll.h>

static void test_version(void)
{
    int major = -1, minor = -1, micro = -1;
    g_assert_cmpint(sscanf(patchbay_version(), "%d.%d.%d", &major, &minor, &micro), ==, 3);
    patchbay_free(NULL);
}

static void test_open_and_close(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    g_assert_cmpint(patchbay_fd(pb), ==, -1);
    g_assert_cmpint(patchbay_dispatch(pb), ==, -1); /* it has a worker */
    patchbay_close(pb);
    patchbay_close(NULL);
    world_free(world);
}

/* opts may go, and several cores live beside each other. */
static void test_two_cores(void)
{
    World *world = world_new();
    patchbay *one = world_open(world), *two;
    g_autofree char *json = chat_json("acme/hello", "");
    patchbay_result *result;
    patchbay_opts_free(world->opts);
    world->opts = world_opts(world);
    two = world_open(world);
    result = patchbay_run(one, json, NULL);
    g_assert_nonnull(result);
    patchbay_result_free(result);
    patchbay_close(one);
    result = patchbay_run(two, json, NULL);
    g_assert_nonnull(result);
    patchbay_result_free(result);
    patchbay_close(two);
    world_free(world);
}

static void test_broken_configuration(void)
{
    World *world = world_new();
    patchbay_error *error = NULL;
    g_free(world_file(world, "conf.d/bad.conf", "[defaults]\nmodle = x\n[nonsense]\n"));
    g_assert_null(patchbay_open(world->opts, NULL));
    g_assert_null(patchbay_open(world->opts, &error));
    assert_holds(patchbay_error_problems(error), "modle");
    assert_holds(patchbay_error_problems(error), "nonsense");
    patchbay_error_free(error);
    world_free(world);
}

/* ---- Closing with calls under way ---- */

#define CALLS 30

static void close_with_calls(World *world, bool wait_until_sent)
{
    static const char *const models[] = {"acme/stall", "acme/hello", "eliza/doctor", "nobody/m"};
    patchbay *pb = world_open(world);
    Watch *watches[CALLS];
    for (size_t i = 0; i < CALLS; i++) {
        patchbay_request *request = chat(models[i % 4], i % 3 == 0 ? ",\"stream\":true" : "");
        watches[i] = watch_new();
        watch_submit(watches[i], pb, request);
        patchbay_request_free(request);
    }
    if (wait_until_sent)
        g_assert_true(stub_wait_requests(world->stub, 8));
    patchbay_close(pb);
    for (size_t i = 0; i < CALLS; i++) {
        g_assert_cmpuint(watches[i]->done, ==, 1);
        patchbay_call_wait(watches[i]->call); /* handles outlive the core */
        patchbay_call_cancel(watches[i]->call);
        patchbay_call_resume(watches[i]->call);
        if (i % 4 == 0)
            assert_result_failed(watches[i]->result, PATCHBAY_ERR_CANCELLED, "shutting down");
        if (i % 4 == 3)
            assert_result_failed(watches[i]->result, PATCHBAY_ERR_NOT_FOUND, "nobody");
        watch_free(watches[i]);
    }
    g_assert_true(stub_wait_open(world->stub, 0));
}

static void test_close_with_calls(void)
{
    World *world = world_new();
    close_with_calls(world, true);
    close_with_calls(world, false); /* most have not started */
    world_free(world);
}

static void resubmit(void *user, patchbay_call *call, const patchbay_result *result)
{
    patchbay *pb = user;
    patchbay_request *request = chat("eliza/doctor", "");
    patchbay_error *error = NULL;
    (void)call;
    (void)result;
    g_assert_null(patchbay_submit(pb, request, NULL, NULL, NULL, &error));
    assert_failed(error, PATCHBAY_ERR_CANCELLED, "closed");
    patchbay_request_free(request);
}

static void test_no_submit_while_closing(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    patchbay_request *request = chat("acme/stall", "");
    patchbay_call *call = patchbay_submit(pb, request, NULL, resubmit, pb, NULL);
    g_assert_nonnull(call);
    patchbay_call_free(call);
    patchbay_close(pb);
    patchbay_request_free(request);
    world_free(world);
}

/* ---- Embedded ---- */

static void poll_until(patchbay *pb, int live)
{
    struct pollfd fd = {.fd = patchbay_fd(pb), .events = POLLIN};
    g_assert_cmpint(fd.fd, >=, 0);
    for (int left = patchbay_dispatch(pb); left > live; left = patchbay_dispatch(pb))
        g_assert_cmpint(poll(&fd, 1, 20000), ==, 1);
}

static int dispatch_within(Watch *watch, patchbay_call *call)
{
    patchbay_error *error = NULL;
    g_assert_cmpint(patchbay_dispatch(watch->pb), ==, -1);
    patchbay_call_wait(call); /* returns at once */
    g_assert_null(patchbay_run(watch->pb, "{}", &error));
    assert_failed(error, PATCHBAY_ERR_INVALID, "callback");
    return PATCHBAY_GO_ON;
}

static void test_embedded(void)
{
    static const char *const models[] = {"acme/hello", "eliza/doctor", "acme/limited"};
    World *world = world_new();
    Watch *watches[G_N_ELEMENTS(models)];
    patchbay *pb;
    patchbay_opts_embed(world->opts, 1);
    pb = world_open(world);
    g_assert_cmpint(patchbay_dispatch(pb), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        patchbay_request *request = chat(models[i], ",\"stream\":true");
        watches[i] = watch_new();
        watches[i]->next = dispatch_within;
        watch_submit(watches[i], pb, request);
        g_assert_cmpuint(watches[i]->done, ==, 0); /* nothing runs but in dispatch */
        patchbay_request_free(request);
    }
    poll_until(pb, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        g_assert_cmpuint(watches[i]->done, ==, 1);
        g_assert_true((patchbay_result_error(watches[i]->result) == NULL) == (i < 2));
        watch_free(watches[i]);
    }
    patchbay_close(pb);
    world_free(world);
}

/* run and wait turn the loop themselves. */
static void test_embedded_run(void)
{
    World *world = world_new();
    g_autofree char *json = chat_json("acme/hello", "");
    patchbay_request *request = chat("acme/stall", ",\"stream\":true");
    Watch *watch = watch_new();
    patchbay *pb;
    patchbay_result *result;
    patchbay_opts_embed(world->opts, 1);
    pb = world_open(world);
    watch_submit(watch, pb, request);
    result = patchbay_run(pb, json, NULL);
    g_assert_nonnull(result);
    g_assert_cmpuint(watch->done, ==, 0);
    patchbay_call_cancel(watch->call);
    watch_end(watch);
    assert_result_failed(watch->result, PATCHBAY_ERR_CANCELLED, "cancelled");
    g_assert_cmpint(patchbay_dispatch(pb), ==, 0);
    patchbay_result_free(result);
    watch_free(watch);
    patchbay_request_free(request);
    patchbay_close(pb);
    world_free(world);
}

static void *cancel_later(void *data)
{
    patchbay_call_cancel(data);
    return NULL;
}

/* Cancel and resume may come from any thread, and make the descriptor readable. */
static void test_embedded_cancel_from_a_thread(void)
{
    World *world = world_new();
    patchbay_request *request = chat("acme/stall", ",\"stream\":true");
    Watch *watch = watch_new();
    pthread_t thread;
    patchbay *pb;
    patchbay_opts_embed(world->opts, 1);
    pb = world_open(world);
    watch_submit(watch, pb, request);
    while (watch->chunks == 0) {
        struct pollfd fd = {.fd = patchbay_fd(pb), .events = POLLIN};
        g_assert_cmpint(poll(&fd, 1, 20000), ==, 1);
        patchbay_dispatch(pb);
    }
    g_assert_cmpint(pthread_create(&thread, NULL, cancel_later, watch->call), ==, 0);
    poll_until(pb, 0);
    pthread_join(thread, NULL);
    assert_result_failed(watch->result, PATCHBAY_ERR_CANCELLED, "cancelled");
    watch_free(watch);
    patchbay_request_free(request);
    patchbay_close(pb);
    world_free(world);
}

static void test_embedded_close_with_calls(void)
{
    World *world = world_new();
    patchbay_opts_embed(world->opts, 1);
    close_with_calls(world, false);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/core/version", test_version);
    g_test_add_func("/api/core/open-and-close", test_open_and_close);
    g_test_add_func("/api/core/two-cores", test_two_cores);
    g_test_add_func("/api/core/broken-configuration", test_broken_configuration);
    g_test_add_func("/api/core/close-with-calls", test_close_with_calls);
    g_test_add_func("/api/core/no-submit-while-closing", test_no_submit_while_closing);
    g_test_add_func("/api/core/embedded", test_embedded);
    g_test_add_func("/api/core/embedded-run", test_embedded_run);
    g_test_add_func("/api/core/embedded-cancel-from-a-thread", test_embedded_cancel_from_a_thread);
    g_test_add_func("/api/core/embedded-close-with-calls", test_embedded_close_with_calls);
    return g_test_run();
}
