/* SPDX-License-Identifier: Apache-2.0 */
/* Reloads: the new configuration at once for what comes, the old one for what is under way and
 * after a mistake, and old ones closed when nothing uses them any more. */
#include "world.h"

#include "support/raw_server.h"

static patchbay_result *run_hello(patchbay *pb)
{
    g_autofree char *json = chat_json("acme/hello", "");
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run(pb, json, &error);
    assert_ok(error);
    return result;
}

static void reload(patchbay *pb)
{
    patchbay_error *error = NULL;
    int code = patchbay_reload(pb, &error);
    assert_ok(error);
    g_assert_cmpint(code, ==, 0);
}

static void test_swaps(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    char *text;
    patchbay_result_free(run_hello(pb));
    world_provider(world, "api-key = sk-second-777777\n");
    g_free(world_file(world, "conf.d/more.conf", "[provider more]\ndriver = openai\n"));
    reload(pb);
    patchbay_result_free(run_hello(pb));
    g_assert_cmpstr(stub_request_header(world->stub, 0, "authorization"), ==, "Bearer " WORLD_KEY);
    g_assert_cmpstr(stub_request_header(world->stub, 1, "authorization"), ==,
                    "Bearer sk-second-777777");
    text = patchbay_list_providers(pb);
    assert_holds(text, "\"name\":\"more\"");
    patchbay_free(text);
    patchbay_close(pb);
    world_free(world);
}

/* Options of the core count at each reload: settings stand above files, env files are read anew. */
static void test_reads_all_anew(void)
{
    World *world = world_new();
    g_autofree char *env = world_file(world, "keys.env", "PBAY_TEST_KEY=sk-env-1111111\n");
    patchbay *pb;
    world_provider(world, "api-key = ${env:PBAY_TEST_KEY}\n");
    patchbay_opts_env_file(world->opts, env);
    g_assert_cmpint(patchbay_set(world->opts, "provider.acme.organization", "set"), ==, 0);
    pb = world_open(world);
    patchbay_result_free(run_hello(pb));
    g_assert_true(g_file_set_contents(env, "PBAY_TEST_KEY=sk-env-2222222\n", -1, NULL));
    reload(pb);
    patchbay_result_free(run_hello(pb));
    g_assert_cmpstr(stub_request_header(world->stub, 0, "authorization"), ==,
                    "Bearer sk-env-1111111");
    g_assert_cmpstr(stub_request_header(world->stub, 1, "authorization"), ==,
                    "Bearer sk-env-2222222");
    g_assert_cmpstr(stub_request_header(world->stub, 1, "openai-organization"), ==, "set");
    patchbay_close(pb);
    world_free(world);
}

/* A key that is rotated in its file: the old one until the reload, the new one after it. */
static void test_reads_key_files_anew(void)
{
    World *world = world_new();
    g_autofree char *file = world_file(world, "acme.key", "sk-file-1111111\n");
    g_autofree char *keys = g_strdup_printf("api-key = ${file:%s}\n", file);
    patchbay *pb;
    world_provider(world, keys);
    pb = world_open(world);
    patchbay_result_free(run_hello(pb));
    g_assert_true(g_file_set_contents(file, "sk-file-2222222\n", -1, NULL));
    patchbay_result_free(run_hello(pb));
    reload(pb);
    patchbay_result_free(run_hello(pb));
    g_assert_cmpstr(stub_request_header(world->stub, 0, "authorization"), ==,
                    "Bearer sk-file-1111111");
    g_assert_cmpstr(stub_request_header(world->stub, 1, "authorization"), ==,
                    "Bearer sk-file-1111111");
    g_assert_cmpstr(stub_request_header(world->stub, 2, "authorization"), ==,
                    "Bearer sk-file-2222222");
    patchbay_close(pb);
    world_free(world);
}

static void test_keeps_the_old_after_a_mistake(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    patchbay_error *error = NULL;
    char *before = patchbay_list_providers(pb), *after;
    g_autofree char *bad = world_file(
        world, "conf.d/bad.conf",
        "[provider new]\ndriver = openai\nbase-ulr = x\n[nonsense]\na = b\n[log]\nlevel = none\n");
    g_assert_cmpint(patchbay_reload(pb, &error), ==, -1);
    assert_holds(patchbay_error_problems(error), "bad.conf\",\"line\":3");
    assert_holds(patchbay_error_problems(error), "nonsense");
    patchbay_error_free(error);
    g_assert_cmpint(patchbay_reload(pb, NULL), ==, -1);
    after = patchbay_list_providers(pb);
    g_assert_cmpstr(before, ==, after);
    patchbay_result_free(run_hello(pb));
    g_remove(bad);
    reload(pb);
    patchbay_result_free(run_hello(pb));
    patchbay_free(before);
    patchbay_free(after);
    patchbay_close(pb);
    world_free(world);
}

static int wait_within(Watch *watch, patchbay_call *call)
{
    (void)watch;
    patchbay_call_wait(call); /* a mistake, worth an error in the log */
    return PATCHBAY_GO_ON;
}

static int errors_of_a_mistake(World *world, patchbay *pb)
{
    patchbay_request *request = chat("acme/hello", ",\"stream\":true");
    Watch *watch = watch_new();
    int before = atomic_load(&world->warnings);
    watch->next = wait_within;
    watch_submit(watch, pb, request);
    watch_end(watch);
    watch_free(watch);
    patchbay_request_free(request);
    return atomic_load(&world->warnings) - before;
}

/* The log too is as it was after a mistake, and as the new configuration says after none. */
static void test_log(void)
{
    World *world = world_new();
    patchbay *pb;
    patchbay_opts_log(world->opts, -1, -1);
    g_free(world_file(world, "conf.d/log.conf", "[log]\nlevel = error\n"));
    pb = world_open(world);
    g_assert_cmpint(errors_of_a_mistake(world, pb), >, 0);
    g_free(world_file(world, "conf.d/log.conf", "[log]\nlevel = none\n[nonsense]\n"));
    g_assert_cmpint(patchbay_reload(pb, NULL), ==, -1);
    g_assert_cmpint(errors_of_a_mistake(world, pb), >, 0);
    g_free(world_file(world, "conf.d/log.conf", "[log]\nlevel = none\n"));
    reload(pb);
    g_assert_cmpint(errors_of_a_mistake(world, pb), ==, 0);
    patchbay_close(pb);
    world_free(world);
}

/* A call keeps what it began with, through several reloads, and ends well. */
static void test_call_under_way(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    patchbay_request *request = chat("acme/stall", ",\"stream\":true");
    Watch *watch = watch_new();
    watch_submit(watch, pb, request);
    watch_await_chunks(watch, 1);
    for (int i = 0; i < 3; i++) {
        world_provider(world, "api-key = sk-next-777777\n");
        reload(pb);
        patchbay_result_free(run_hello(pb));
    }
    g_assert_cmpstr(stub_request_header(world->stub, 0, "authorization"), ==, "Bearer " WORLD_KEY);
    g_assert_cmpuint(watch->done, ==, 0);
    patchbay_call_cancel(watch->call);
    watch_end(watch);
    assert_holds(patchbay_result_report(watch->result), "\"provider\":\"acme\"");
    watch_free(watch);
    patchbay_request_free(request);
    patchbay_close(pb);
    world_free(world);
}

/* What a closed snapshot's secret was is no secret any more: text is no longer taken out. Until
 * then it is. The vendor repeats the key in its refusal, with the key of the first
 * configuration. */
static StubScript *repeat_first_key(void *user, const StubRequest *request)
{
    if (strstr(request->body->str, "\"echo-first\"") != NULL)
        return stub_json(400, "{\"error\":{\"message\":\"was " WORLD_KEY "\"}}");
    return world_handler(user, request);
}

static char *refusal(patchbay *pb)
{
    g_autofree char *json = chat_json("acme/echo-first", "");
    patchbay_error *error = NULL;
    char *message;
    g_assert_null(patchbay_run(pb, json, &error));
    message = g_strdup(patchbay_error_message(error));
    patchbay_error_free(error);
    return message;
}

static void await_forgotten(patchbay *pb)
{
    for (int i = 0; i < 2000; i++) {
        g_autofree char *message = refusal(pb);
        if (strstr(message, WORLD_KEY) != NULL)
            return;
    }
    g_error("the replaced configuration was never closed");
}

static void test_retired_are_closed(void)
{
    World *world = world_new();
    Stub *stub = stub_new(repeat_first_key, NULL);
    g_autofree char *url = stub_url(stub, "/v1");
    patchbay_request *request = chat("acme/stall", ",\"stream\":true");
    Watch *watch = watch_new();
    patchbay *pb;
    char *message;
    g_assert_cmpint(patchbay_set(world->opts, "provider.acme.base-url", url), ==, 0);
    pb = world_open(world);
    watch_submit(watch, pb, request);
    watch_await_chunks(watch, 1);
    world_provider(world, "api-key = sk-second-777777\n");
    reload(pb);
    for (int i = 0; i < 20; i++) { /* held by the call: not closed */
        message = refusal(pb);
        assert_lacks(message, WORLD_KEY);
        assert_holds(message, "was ***");
        g_free(message);
    }
    patchbay_call_cancel(watch->call);
    watch_end(watch);
    await_forgotten(pb);
    watch_free(watch);
    patchbay_request_free(request);
    patchbay_close(pb);
    stub_free(stub);
    world_free(world);
}

/* Without any call: at once, by the reload. */
static void test_unused_are_closed(void)
{
    World *world = world_new();
    Stub *stub = stub_new(repeat_first_key, NULL);
    g_autofree char *url = stub_url(stub, "/v1");
    patchbay *pb;
    g_assert_cmpint(patchbay_set(world->opts, "provider.acme.base-url", url), ==, 0);
    pb = world_open(world);
    world_provider(world, "api-key = sk-second-777777\n");
    reload(pb);
    await_forgotten(pb);
    patchbay_close(pb);
    stub_free(stub);
    world_free(world);
}

/* ---- A cancel request that outlives its call and its configuration ---- */

typedef struct Slow {
    RawFlag *asked, *cancelling, *go_on, *answered;
} Slow;

static void serve_slow(RawConnection *connection, void *user)
{
    Slow *slow = user;
    g_autoptr(GString) request = g_string_new(NULL);
    if (!raw_read_request(connection, request))
        return;
    if (strstr(request->str, "/cancel ") == NULL) {
        raw_flag_set(slow->asked);
        raw_wait_closed(connection);
        return;
    }
    raw_flag_set(slow->cancelling);
    g_assert_true(raw_flag_wait(slow->go_on));
    raw_write(connection, "HTTP/1.1 204 No Content\r\n\r\n");
    raw_flag_set(slow->answered);
}

/* Adds the fake whose on_cancel sends a request, and a provider on it. */
static void add_slow_provider(World *world, const char *url)
{
    g_autofree char *folder = g_build_filename(world->dir, "fakes", NULL);
    g_autofree char *from =
        g_build_filename(g_getenv("PBAY_BUILD_DIR"), "fakes", "cancel_hangs.so", NULL);
    g_autofree char *to = g_build_filename(folder, "cancel_hangs.so", NULL);
    g_autofree char *conf =
        g_strdup_printf("[provider slow]\ndriver = cancel_hangs\nbase-url = %s\n", url);
    g_autofree char *bytes = NULL;
    gsize len = 0;
    g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
    g_assert_true(g_file_get_contents(from, &bytes, &len, NULL));
    g_assert_true(g_file_set_contents(to, bytes, (gssize)len, NULL));
    g_assert_cmpint(g_chmod(to, 0755), ==, 0);
    patchbay_opts_driver_dir(world->opts, folder);
    g_free(world_file(world, "conf.d/slow.conf", conf));
}

static void test_detached_outlives_reload(void)
{
    Slow slow = {raw_flag_new(), raw_flag_new(), raw_flag_new(), raw_flag_new()};
    RawServer *server = raw_server_new(serve_slow, &slow);
    g_autofree char *url = raw_server_url(server, "/v1");
    World *world = world_new();
    patchbay_request *request = chat("slow/m", "");
    Watch *watch = watch_new();
    patchbay *pb;
    add_slow_provider(world, url);
    pb = world_open(world);
    watch_submit(watch, pb, request);
    g_assert_true(raw_flag_wait(slow.asked));
    patchbay_call_cancel(watch->call);
    watch_end(watch); /* its cancel request is on its way, and nobody waits for it */
    g_assert_true(raw_flag_wait(slow.cancelling));
    for (int i = 0; i < 3; i++) {
        reload(pb);
        patchbay_result_free(run_hello(pb));
    }
    raw_flag_set(slow.go_on);
    g_assert_true(raw_flag_wait(slow.answered));
    patchbay_result_free(run_hello(pb));
    patchbay_close(pb);
    watch_free(watch);
    patchbay_request_free(request);
    world_free(world);
    raw_server_free(server);
    raw_flag_free(slow.asked);
    raw_flag_free(slow.cancelling);
    raw_flag_free(slow.go_on);
    raw_flag_free(slow.answered);
}

static void test_embedded(void)
{
    World *world = world_new();
    patchbay *pb;
    patchbay_opts_embed(world->opts, 1);
    pb = world_open(world);
    patchbay_result_free(run_hello(pb));
    world_provider(world, "api-key = sk-second-777777\n");
    reload(pb);
    patchbay_result_free(run_hello(pb));
    g_assert_cmpint(patchbay_dispatch(pb), ==, 0);
    reload(pb);
    patchbay_close(pb); /* with one still to be closed */
    world_free(world);
}

/* ---- Reloads, calls and other base URLs at once ---- */

static atomic_bool over;

static void *reload_often(void *data)
{
    for (int i = 0; i < 30; i++)
        reload(data);
    atomic_store(&over, true);
    return NULL;
}

typedef struct Caller {
    World *world;
    patchbay *pb;
} Caller;

static void *call_often(void *data)
{
    Caller *caller = data;
    for (int i = 0; !atomic_load(&over) || i < 10; i++) {
        g_autofree char *path = g_strdup_printf("/v%d", i % 5);
        g_autofree char *url = stub_url(caller->world->stub, path);
        patchbay_request *request = chat(i % 4 == 3 ? "eliza/doctor" : "acme/hello", "");
        patchbay_error *error = NULL;
        patchbay_result *result;
        if (i % 4 == 0)
            patchbay_request_base_url(request, url);
        result = patchbay_run_request(caller->pb, request, &error);
        assert_ok(error);
        patchbay_result_free(result);
        patchbay_request_free(request);
    }
    return NULL;
}

static void test_all_at_once(void)
{
    World *world = world_new();
    Caller caller = {world, world_open(world)};
    pthread_t threads[4];
    g_assert_cmpint(pthread_create(&threads[0], NULL, reload_often, caller.pb), ==, 0);
    for (size_t i = 1; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, call_often, &caller), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    patchbay_close(caller.pb);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("PATCHBAY_LOG");
    g_test_add_func("/api/reload/swaps", test_swaps);
    g_test_add_func("/api/reload/reads-all-anew", test_reads_all_anew);
    g_test_add_func("/api/reload/reads-key-files-anew", test_reads_key_files_anew);
    g_test_add_func("/api/reload/keeps-the-old-after-a-mistake",
                    test_keeps_the_old_after_a_mistake);
    g_test_add_func("/api/reload/log", test_log);
    g_test_add_func("/api/reload/call-under-way", test_call_under_way);
    g_test_add_func("/api/reload/retired-are-closed", test_retired_are_closed);
    g_test_add_func("/api/reload/unused-are-closed", test_unused_are_closed);
    g_test_add_func("/api/reload/detached-outlives-reload", test_detached_outlives_reload);
    g_test_add_func("/api/reload/embedded", test_embedded);
    g_test_add_func("/api/reload/all-at-once", test_all_at_once);
    return g_test_run();
}
