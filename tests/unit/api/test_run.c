/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that wait, through eliza and through a vendor over HTTP: answers, streams,
 * explanations, their misuse from a callback, and many threads on one core. */
#include "world.h"

typedef struct Fixture {
    World *world;
    patchbay *pb;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->world = world_new();
    f->pb = world_open(f->world);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    patchbay_close(f->pb);
    world_free(f->world);
}

static void test_eliza(Fixture *f, gconstpointer data)
{
    g_autofree char *json = chat_json("eliza/doctor", "");
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run(f->pb, json, &error);
    (void)data;
    assert_ok(error);
    assert_holds(patchbay_result_answer(result), "\"content\":\"IN WHAT WAY\"");
    assert_holds(patchbay_result_answer(result), "\"object\":\"chat.completion\"");
    assert_holds(patchbay_result_report(result), "\"driver\":\"eliza\"");
    patchbay_result_free(result);
    g_assert_cmpuint(stub_requests(f->world->stub), ==, 0);
}

static void test_http(Fixture *f, gconstpointer data)
{
    g_autofree char *json = chat_json("acme/hello", "");
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run(f->pb, json, &error);
    (void)data;
    assert_ok(error);
    assert_holds(patchbay_result_answer(result), "\"content\":\"Hello, world\"");
    assert_holds(patchbay_result_answer(result), "\"total_tokens\":5");
    patchbay_result_free(result);
    g_assert_cmpstr(stub_request_line(f->world->stub, 0), ==, "POST /v1/chat/completions");
    g_assert_cmpstr(stub_request_header(f->world->stub, 0, "authorization"), ==,
                    "Bearer " WORLD_KEY);
    assert_holds(stub_request_body(f->world->stub, 0), "\"model\":\"hello\"");
}

/* run takes a streaming request as one that is not. */
static void test_run_takes_stream_out(Fixture *f, gconstpointer data)
{
    g_autofree char *json =
        chat_json("acme/hello", ",\"stream\" : true,\"stream_options\":{\"include_usage\":true}");
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run(f->pb, json, &error);
    (void)data;
    assert_ok(error);
    assert_holds(patchbay_result_answer(result), "Hello, world");
    assert_lacks(stub_request_body(f->world->stub, 0), "\"stream");
    patchbay_result_free(result);
}

static void test_stream(Fixture *f, gconstpointer data)
{
    patchbay_request *request = chat("acme/hello", ",\"stream\":false");
    Watch *watch = watch_new();
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_stream(f->pb, request, watch_chunk, watch, &error);
    (void)data;
    assert_ok(error);
    assert_holds(watch->text->str, "\"content\":\"Hello\"");
    assert_holds(watch->text->str, "\"content\":\"world\"");
    assert_holds(watch->text->str, "\"finish_reason\":\"stop\"");
    assert_holds(watch->text->str, "\"object\":\"chat.completion.chunk\"");
    g_assert_cmpstr(patchbay_result_answer(result), ==, "");
    assert_holds(patchbay_result_report(result), "\"request_id\":\"req-stream\"");
    patchbay_result_free(result);

    result = patchbay_stream(f->pb, request, NULL, NULL, &error); /* nobody listens */
    assert_ok(error);
    patchbay_result_free(result);
    watch_free(watch);
    patchbay_request_free(request);
}

static int stop(Watch *watch, patchbay_call *call)
{
    (void)watch;
    (void)call;
    return PATCHBAY_STOP;
}

static void test_stream_stopped(Fixture *f, gconstpointer data)
{
    static const char *const models[] = {"acme/hello", "acme/stall", "eliza/doctor"};
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        patchbay_request *request = chat(models[i], "");
        Watch *watch = watch_new();
        patchbay_error *error = NULL;
        watch->next = stop;
        g_assert_null(patchbay_stream(f->pb, request, watch_chunk, watch, &error));
        assert_failed(error, PATCHBAY_ERR_CANCELLED, "cancelled");
        g_assert_cmpuint(watch->chunks, ==, 1);
        watch_free(watch);
        patchbay_request_free(request);
    }
}

static void test_refused_requests(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *json;
        int cls;
        const char *says;
    } cases[] = {
        {"", PATCHBAY_ERR_INVALID, ""},
        {"nonsense", PATCHBAY_ERR_INVALID, ""},
        {"[]", PATCHBAY_ERR_INVALID, "object"},
        {"{}", PATCHBAY_ERR_INVALID, "model"},
        {"{\"model\":\"acme/m\"}", PATCHBAY_ERR_INVALID, "messages"},
        {"{\"model\":\"acne/m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
         PATCHBAY_ERR_NOT_FOUND, "acme"},
        {"{\"model\":\"openai/m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
         PATCHBAY_ERR_CONFIG, "OPENAI_API_KEY"},
        {"{\"model\":\"acme/m\",\"model\":\"x\",\"messages\":[]}", PATCHBAY_ERR_INVALID,
         "two members"},
    };
    (void)data;
    g_unsetenv("OPENAI_API_KEY");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        patchbay_error *error = NULL;
        g_assert_null(patchbay_run(f->pb, cases[i].json, &error));
        assert_failed(error, cases[i].cls, cases[i].says);
        g_assert_null(patchbay_run(f->pb, cases[i].json, NULL)); /* nobody wants to know why */
    }
    g_assert_cmpuint(stub_requests(f->world->stub), ==, 0);
}

static void test_null_request(Fixture *f, gconstpointer data)
{
    patchbay_error *error = NULL;
    (void)data;
    g_assert_null(patchbay_run(f->pb, NULL, &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_INVALID, "NULL");
    g_assert_null(patchbay_run_request(f->pb, NULL, &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_INVALID, "NULL");
    g_assert_null(patchbay_stream(f->pb, NULL, NULL, NULL, &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_INVALID, "NULL");
    g_assert_null(patchbay_explain(f->pb, NULL, &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_INVALID, "NULL");
    g_assert_null(patchbay_submit(f->pb, NULL, NULL, NULL, NULL, &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_INVALID, "NULL");
}

static void test_kinds(Fixture *f, gconstpointer data)
{
    patchbay_request *request = patchbay_request_new("models", "{}");
    patchbay_error *error = NULL;
    patchbay_result *result;
    (void)data;
    patchbay_request_model(request, "acme");
    result = patchbay_run_request(f->pb, request, &error);
    assert_ok(error);
    assert_holds(patchbay_result_answer(result), "acme/m-1");
    g_assert_cmpstr(stub_request_line(f->world->stub, 0), ==, "GET /v1/models");
    patchbay_result_free(result);
    patchbay_request_free(request);

    request = patchbay_request_new("embedding", "{\"model\":\"eliza/doctor\",\"input\":\"x\"}");
    g_assert_null(patchbay_run_request(f->pb, request, &error));
    assert_failed(error, PATCHBAY_ERR_UNSUPPORTED, "embedding");
    patchbay_request_free(request);
}

static void test_explain(Fixture *f, gconstpointer data)
{
    patchbay_request *request = chat("acme/hello", ",\"temperature\":0.5");
    patchbay_error *error = NULL;
    char *text;
    (void)data;
    patchbay_request_header(request, "X-Team", "red");
    text = patchbay_explain(f->pb, request, &error);
    assert_ok(error);
    assert_holds(text, "\"method\":\"POST\"");
    assert_holds(text, "/v1/chat/completions");
    assert_holds(text, "\"x-team\":\"red\"");
    assert_holds(text, "Bearer ***");
    assert_holds(text, "\"temperature\":0.5");
    assert_lacks(text, WORLD_KEY);
    g_assert_cmpuint(stub_accepted(f->world->stub), ==, 0);
    patchbay_free(text);
    patchbay_request_model(request, "nobody/m");
    g_assert_null(patchbay_explain(f->pb, request, &error));
    assert_failed(error, PATCHBAY_ERR_NOT_FOUND, "nobody");
    patchbay_request_free(request);
}

/* ---- From a callback ---- */

static int misuse(Watch *watch, patchbay_call *call)
{
    patchbay_request *request = chat("eliza/doctor", "");
    patchbay_error *error = NULL;
    g_assert_null(patchbay_run(watch->pb, "{}", &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_INVALID, "callback");
    g_assert_null(patchbay_stream(watch->pb, request, NULL, NULL, &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_INVALID, "callback");
    g_assert_null(patchbay_explain(watch->pb, request, &error));
    assert_failed(g_steal_pointer(&error), PATCHBAY_ERR_INVALID, "callback");
    patchbay_call_wait(call); /* says so in the log, and returns */
    patchbay_request_free(request);
    return PATCHBAY_GO_ON;
}

static void test_from_a_callback(Fixture *f, gconstpointer data)
{
    patchbay_request *request = chat("acme/hello", ",\"stream\":true");
    Watch *watch = watch_new();
    (void)data;
    watch->next = misuse;
    watch_submit(watch, f->pb, request);
    watch_end(watch);
    assert_ok(patchbay_result_error(watch->result));
    g_assert_cmpint(atomic_load(&f->world->warnings), >=, 1);
    watch_free(watch);
    patchbay_request_free(request);
}

/* ---- Many threads ---- */

#define THREADS 8
#define ROUNDS  25

static void *run_some(void *data)
{
    patchbay *pb = data;
    for (int i = 0; i < ROUNDS; i++) {
        const char *model = i % 3 == 0 ? "eliza/doctor" : "acme/hello";
        patchbay_request *request = chat(model, "");
        Watch *watch = watch_new();
        patchbay_error *error = NULL;
        patchbay_result *result = i % 2 == 0
                                      ? patchbay_run_request(pb, request, &error)
                                      : patchbay_stream(pb, request, watch_chunk, watch, &error);
        char *list = patchbay_list_providers(pb);
        assert_ok(error);
        g_assert_nonnull(result);
        g_assert_true((i % 2 == 0) == (patchbay_result_answer(result)[0] != '\0'));
        patchbay_free(list);
        patchbay_result_free(result);
        watch_free(watch);
        patchbay_request_free(request);
    }
    return NULL;
}

static void test_many_threads(Fixture *f, gconstpointer data)
{
    pthread_t threads[THREADS];
    (void)data;
    for (int i = 0; i < THREADS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, run_some, f->pb), ==, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpuint(stub_requests(f->world->stub), ==, THREADS * (ROUNDS - (ROUNDS + 2) / 3));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, fn) g_test_add("/api/run/" name, Fixture, NULL, set_up, fn, tear_down)
    ADD("eliza", test_eliza);
    ADD("http", test_http);
    ADD("takes-stream-out", test_run_takes_stream_out);
    ADD("stream", test_stream);
    ADD("stream-stopped", test_stream_stopped);
    ADD("refused-requests", test_refused_requests);
    ADD("null-request", test_null_request);
    ADD("kinds", test_kinds);
    ADD("explain", test_explain);
    ADD("from-a-callback", test_from_a_callback);
    ADD("many-threads", test_many_threads);
    return g_test_run();
}
