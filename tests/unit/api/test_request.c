/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of one request: they reach the vendor, stand over the configuration, stay within the
 * request, and a request may be run again and from many threads. */
#include "world.h"

typedef struct Fixture {
    World *world;
    patchbay *pb;
    patchbay_request *request;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    f->world = world_new();
    f->pb = world_open(f->world);
    f->request = chat(data, "");
}

static void tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    patchbay_request_free(f->request);
    patchbay_close(f->pb);
    world_free(f->world);
}

static void run_well(Fixture *f)
{
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run_request(f->pb, f->request, &error);
    assert_ok(error);
    patchbay_result_free(result);
}

static patchbay_error *run_badly(Fixture *f)
{
    patchbay_error *error = NULL;
    g_assert_null(patchbay_run_request(f->pb, f->request, &error));
    return error;
}

static const char *sent(Fixture *f, size_t n, const char *header)
{
    return stub_request_header(f->world->stub, n, header);
}

static void test_new(void)
{
    patchbay_request *request;
    g_assert_null(patchbay_request_new("nonsense", "{}"));
    g_assert_null(patchbay_request_new("", "{}"));
    g_assert_null(patchbay_request_new("chat", NULL));
    request = patchbay_request_new(NULL, "{}");
    g_assert_nonnull(request);
    patchbay_request_free(request);
    patchbay_request_free(NULL);
}

static void test_model(Fixture *f, gconstpointer data)
{
    (void)data;
    patchbay_request_model(f->request, "acme/other");
    run_well(f);
    assert_holds(stub_request_body(f->world->stub, 0), "\"model\":\"other\"");
    patchbay_request_model(f->request, NULL);
    run_well(f);
    assert_holds(stub_request_body(f->world->stub, 1), "\"model\":\"hello\"");
}

static void test_api_key(Fixture *f, gconstpointer data)
{
    (void)data;
    patchbay_request_api_key(f->request, "sk-mine-987654321");
    run_well(f);
    patchbay_request_api_key(f->request, "");
    run_well(f);
    patchbay_request_api_key(f->request, "sk-mine-987654321");
    patchbay_request_api_key(f->request, NULL);
    run_well(f);
    g_assert_cmpstr(sent(f, 0, "authorization"), ==, "Bearer sk-mine-987654321");
    g_assert_cmpstr(sent(f, 1, "authorization"), ==, "Bearer " WORLD_KEY);
    g_assert_cmpstr(sent(f, 2, "authorization"), ==, "Bearer " WORLD_KEY);
}

/* A key of the request is a secret like any other. */
static void test_api_key_is_secret(Fixture *f, gconstpointer data)
{
    patchbay_error *error;
    (void)data;
    patchbay_request_api_key(f->request, "sk-mine-987654321");
    error = run_badly(f);
    assert_lacks(patchbay_error_message(error), "987654321");
    assert_lacks(patchbay_error_raw(error, NULL), "987654321");
    assert_failed(error, PATCHBAY_ERR_AUTH, "***");
}

static void test_key_of_an_unconfigured_provider(Fixture *f, gconstpointer data)
{
    patchbay_error *error;
    (void)data;
    world_provider(f->world, "");
    g_unsetenv("OPENAI_API_KEY");
    g_assert_cmpint(patchbay_reload(f->pb, NULL), ==, 0);
    error = run_badly(f);
    assert_failed(error, PATCHBAY_ERR_CONFIG, "acme");
    patchbay_request_api_key(f->request, "sk-mine-987654321");
    run_well(f);
    g_assert_cmpstr(sent(f, 0, "authorization"), ==, "Bearer sk-mine-987654321");
}

static void test_base_url(Fixture *f, gconstpointer data)
{
    Stub *other = stub_new(world_handler, NULL);
    g_autofree char *url = stub_url(other, "/elsewhere/v2/");
    (void)data;
    for (int i = 0; i < 2; i++) {
        patchbay_request_base_url(f->request, url);
        run_well(f);
    }
    g_assert_cmpstr(stub_request_line(other, 0), ==, "POST /elsewhere/v2/chat/completions");
    g_assert_cmpstr(stub_request_header(other, 1, "authorization"), ==, "Bearer " WORLD_KEY);
    g_assert_cmpuint(stub_requests(f->world->stub), ==, 0);
    patchbay_request_base_url(f->request, NULL);
    run_well(f);
    g_assert_cmpuint(stub_requests(f->world->stub), ==, 1);
    stub_free(other);
}

static void test_bad_base_url(Fixture *f, gconstpointer data)
{
    static const char *const urls[] = {"", "nonsense", "ftp://h/", "http://", "file:///etc/passwd"};
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        patchbay_request_base_url(f->request, urls[i]);
        assert_failed(run_badly(f), PATCHBAY_ERR_INVALID, "URL");
    }
    patchbay_request_model(f->request, "nobody/m");
    assert_failed(run_badly(f), PATCHBAY_ERR_NOT_FOUND, "nobody");
    g_assert_cmpuint(stub_requests(f->world->stub), ==, 0);
}

static void test_timeout(Fixture *f, gconstpointer data)
{
    (void)data;
    patchbay_request_timeout_ms(f->request, 100);
    assert_failed(run_badly(f), PATCHBAY_ERR_TIMEOUT, "100 ms");
    g_assert_true(stub_wait_open(f->world->stub, 0)); /* closed at once */
    patchbay_request_model(f->request, "acme/hello");
    patchbay_request_timeout_ms(f->request, -1); /* none of its own */
    run_well(f);
}

static void test_header(Fixture *f, gconstpointer data)
{
    (void)data;
    patchbay_request_header(f->request, "X-Team", "red");
    patchbay_request_header(f->request, "X-Two", "blue");
    run_well(f);
    g_assert_cmpstr(sent(f, 0, "x-team"), ==, "red");
    g_assert_cmpstr(sent(f, 0, "x-two"), ==, "blue");
}

static void test_header_smuggling(Fixture *f, gconstpointer data)
{
    static const char *const bad[][2] = {{"X-A", "1\r\nX-Evil: 2"},
                                         {"X-A\r\nX-Evil", "1"},
                                         {"X A", "1"},
                                         {"", "1"},
                                         {"X-A", "a\nb"}};
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        patchbay_request *request = chat("acme/hello", "");
        patchbay_error *error = NULL;
        patchbay_request_header(request, bad[i][0], bad[i][1]);
        g_assert_null(patchbay_run_request(f->pb, request, &error));
        g_assert_nonnull(error);
        patchbay_error_free(error);
        patchbay_request_free(request);
    }
    g_assert_cmpuint(stub_requests(f->world->stub), ==, 0);
}

static void test_strict(Fixture *f, gconstpointer data)
{
    patchbay_request *request = chat("eliza/doctor", ",\"temperature\":1");
    patchbay_error *error = NULL;
    patchbay_result *result;
    (void)data;
    patchbay_request_strict(request, 1);
    g_assert_null(patchbay_run_request(f->pb, request, &error));
    assert_failed(error, PATCHBAY_ERR_UNSUPPORTED, "temperature");
    patchbay_request_strict(request, 0);
    error = NULL;
    result = patchbay_run_request(f->pb, request, &error);
    assert_ok(error);
    patchbay_result_free(result);
    patchbay_request_free(request);
}

/* tools change what was asked: dropped only by who says so. */
static void test_drops(Fixture *f, gconstpointer data)
{
    patchbay_request *request =
        chat("eliza/doctor", ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]");
    patchbay_error *error = NULL;
    patchbay_result *result;
    (void)data;
    g_assert_cmpint(patchbay_request_drops(request, "nonsense"), ==, -1);
    g_assert_cmpint(patchbay_request_drops(request, NULL), ==, -1);
    g_assert_null(patchbay_run_request(f->pb, request, &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_UNSUPPORTED, "tools");
    g_assert_cmpint(patchbay_request_drops(request, "error"), ==, 0);
    g_assert_null(patchbay_run_request(f->pb, request, &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_UNSUPPORTED, "tools");
    g_assert_cmpint(patchbay_request_drops(request, "drop"), ==, 0);
    result = patchbay_run_request(f->pb, request, &error);
    assert_ok(error);
    assert_holds(patchbay_result_report(result), "tools");
    patchbay_result_free(result);
    g_assert_cmpint(patchbay_request_drops(request, "warn"), ==, 0);
    result = patchbay_run_request(f->pb, request, &error);
    assert_ok(error);
    patchbay_result_free(result);
    patchbay_request_free(request);
}

static unsigned requests_with(Fixture *f, int retries)
{
    size_t before = stub_requests(f->world->stub);
    patchbay_request_retries(f->request, retries);
    assert_failed(run_badly(f), PATCHBAY_ERR_PROTOCOL, "");
    return (unsigned)(stub_requests(f->world->stub) - before);
}

/* The request's own word over the configuration's; -1 gives it back. */
static void test_retries(Fixture *f, gconstpointer data)
{
    (void)data;
    g_free(world_file(f->world, "conf.d/few.conf", "[defaults]\nretries = 0\n"));
    g_assert_cmpint(patchbay_reload(f->pb, NULL), ==, 0);
    g_assert_cmpuint(requests_with(f, 1), ==, 2);
    g_assert_cmpuint(requests_with(f, -1), ==, 1);
    g_assert_cmpuint(requests_with(f, G_MININT), ==, 1);
    g_assert_cmpuint(requests_with(f, 0), ==, 1);
}

static void hear(void *user, const char *event, size_t len)
{
    g_assert_cmpuint(strlen(event), ==, len);
    g_string_append(user, event);
    g_string_append_c(user, '\n');
}

/* What happens is told while it happens, to whom it was asked for, and to nobody after. */
static void test_watch(Fixture *f, gconstpointer data)
{
    g_autoptr(GString) heard = g_string_new(NULL);
    (void)data;
    patchbay_request_watch(f->request, hear, heard);
    run_well(f);
    assert_holds(heard->str, "\"event\":\"trying\"");
    assert_holds(heard->str, "\"event\":\"served\"");
    assert_holds(heard->str, "acme/hello");
    assert_lacks(heard->str, "\"failed\"");
    g_string_truncate(heard, 0);
    patchbay_request_model(f->request, "acme/broken");
    patchbay_request_retries(f->request, 0);
    patchbay_error_free(run_badly(f));
    assert_holds(heard->str, "\"event\":\"failed\"");
    assert_holds(heard->str, "\"class\":\"protocol\"");
    g_string_truncate(heard, 0);
    patchbay_request_watch(f->request, NULL, NULL);
    patchbay_error_free(run_badly(f));
    g_assert_cmpuint(heard->len, ==, 0);
}

/* What submit was given may change or go at once. */
static void test_copied(Fixture *f, gconstpointer data)
{
    patchbay_request *request = chat("acme/hello", "");
    Watch *watch = watch_new();
    (void)data;
    patchbay_request_header(request, "X-Team", "red");
    patchbay_request_api_key(request, "sk-mine-987654321");
    watch_submit(watch, f->pb, request);
    patchbay_request_model(request, "nobody/m");
    patchbay_request_api_key(request, NULL);
    patchbay_request_free(request);
    watch_end(watch);
    assert_ok(patchbay_result_error(watch->result));
    g_assert_cmpstr(sent(f, 0, "x-team"), ==, "red");
    g_assert_cmpstr(sent(f, 0, "authorization"), ==, "Bearer sk-mine-987654321");
    watch_free(watch);
}

static void *run_shared(void *data)
{
    Fixture *f = data;
    for (int i = 0; i < 10; i++)
        run_well(f);
    return NULL;
}

static void test_shared_by_threads(Fixture *f, gconstpointer data)
{
    pthread_t threads[4];
    g_autofree char *url = stub_url(f->world->stub, "/v9");
    (void)data;
    patchbay_request_base_url(f->request, url);
    patchbay_request_header(f->request, "X-Team", "red");
    patchbay_request_api_key(f->request, "sk-mine-987654321");
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, run_shared, f), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpuint(stub_requests(f->world->stub), ==, 40);
    g_assert_cmpstr(sent(f, 39, "authorization"), ==, "Bearer sk-mine-987654321");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/request/new", test_new);
#define ADD(name, model, fn) g_test_add("/api/request/" name, Fixture, model, set_up, fn, tear_down)
    ADD("model", "acme/hello", test_model);
    ADD("api-key", "acme/hello", test_api_key);
    ADD("api-key-is-secret", "acme/echo-key", test_api_key_is_secret);
    ADD("key-of-an-unconfigured-provider", "acme/hello", test_key_of_an_unconfigured_provider);
    ADD("base-url", "acme/hello", test_base_url);
    ADD("bad-base-url", "acme/hello", test_bad_base_url);
    ADD("timeout", "acme/stall", test_timeout);
    ADD("header", "acme/hello", test_header);
    ADD("header-smuggling", "acme/hello", test_header_smuggling);
    ADD("strict", "acme/hello", test_strict);
    ADD("drops", "acme/hello", test_drops);
    ADD("retries", "acme/broken", test_retries);
    ADD("watch", "acme/hello", test_watch);
    ADD("copied", "acme/hello", test_copied);
    ADD("shared-by-threads", "acme/hello", test_shared_by_threads);
    return g_test_run();
}
