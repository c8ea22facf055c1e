/* SPDX-License-Identifier: Apache-2.0 */
/* Results: what a call leaves behind, how long it lives, what the report says of good and bad
 * ends. */
#include "world.h"

static StubScript *image_handler(void *user, const StubRequest *request)
{
    (void)user;
    (void)request;
    return stub_json(200, "{\"created\":1,\"data\":[{\"b64_json\":\"aGVsbG8=\"}]}");
}

static void test_answer_and_report(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    patchbay_request *request = chat("acme/hello", "");
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run_request(pb, request, &error), *again;
    size_t len = 1;
    const char *media = "";
    assert_ok(error);
    g_assert_null(patchbay_result_error(result));
    again = patchbay_result_ref(result);
    g_assert_true(again == result);
    patchbay_result_free(result);
    patchbay_close(pb); /* a result outlives its core */
    assert_holds(patchbay_result_answer(again), "Hello, world");
    g_assert_null(patchbay_result_bytes(again, &len, &media));
    g_assert_cmpuint(len, ==, 0);
    g_assert_null(media);
    g_assert_null(patchbay_result_bytes(again, NULL, NULL));
    static const char *const said[] = {"\"target\":\"acme/hello\"",
                                       "\"provider\":\"acme\"",
                                       "\"model\":\"hello\"",
                                       "\"driver\":\"openai\"",
                                       "\"driver_version\":\"",
                                       "\"attempts\":[{",
                                       "\"notes\":[]",
                                       "\"request_id\":\"req-ok\"",
                                       "\"status\":200",
                                       "\"usage\":{"};
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        assert_holds(patchbay_result_report(again), said[i]);
    patchbay_result_free(again);
    patchbay_result_free(NULL);
    patchbay_request_free(request);
    world_free(world);
}

/* A failed call has a report too: it says what was tried. */
static void test_failed(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    patchbay_request *request = chat("acme/limited", "");
    Watch *watch = watch_new();
    watch_submit(watch, pb, request);
    watch_end(watch);
    assert_result_failed(watch->result, PATCHBAY_ERR_RATE_LIMIT, "Slow down");
    g_assert_cmpstr(patchbay_result_answer(watch->result), ==, "");
    assert_holds(patchbay_result_report(watch->result), "\"class\":\"rate_limit\"");
    assert_holds(patchbay_result_report(watch->result), "\"request_id\":\"req-429\"");
    patchbay_close(pb);
    watch_free(watch);
    patchbay_request_free(request);
    world_free(world);
}

static void test_notes(void)
{
    World *world = world_new();
    patchbay *pb = world_open(world);
    g_autofree char *json = chat_json("eliza/doctor", ",\"temperature\":0.1");
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run(pb, json, &error);
    assert_ok(error);
    assert_holds(patchbay_result_report(result), "\"temperature\"");
    assert_holds(patchbay_result_report(result), "dropped");
    patchbay_result_free(result);
    patchbay_close(pb);
    world_free(world);
}

static void test_image(void)
{
    World *world = world_new();
    Stub *stub = stub_new(image_handler, NULL);
    g_autofree char *url = stub_url(stub, "/v1");
    patchbay_request *request =
        patchbay_request_new("image", "{\"model\":\"acme/draw\",\"prompt\":\"a hat\"}");
    patchbay *pb;
    patchbay_error *error = NULL;
    patchbay_result *result;
    g_assert_cmpint(patchbay_set(world->opts, "provider.acme.base-url", url), ==, 0);
    pb = world_open(world);
    result = patchbay_run_request(pb, request, &error);
    assert_ok(error);
    assert_holds(patchbay_result_answer(result), "aGVsbG8=");
    g_assert_cmpstr(stub_request_line(stub, 0), ==, "POST /v1/images/generations");
    patchbay_result_free(result);
    patchbay_request_free(request);
    patchbay_close(pb);
    stub_free(stub);
    world_free(world);
}

/* A recording of a call, and of a failed one; none where nobody asked. */
static void test_recording(void)
{
    static const char *const models[] = {"acme/hello", "acme/limited"};
    World *world = world_new();
    patchbay *pb = world_open(world);
    const char *why = "untouched";
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        patchbay_request *request = chat(models[i], "");
        Watch *watch = watch_new();
        patchbay_request_record(request, 1);
        watch_submit(watch, pb, request);
        watch_end(watch);
        const char *text = patchbay_result_recording(watch->result, &why);
        g_assert_nonnull(text);
        g_assert_null(why);
        assert_holds(text, "{\"recording\":1,\"driver\":\"openai\",");
        assert_holds(text, i == 0 ? "{\"outcome\":\"done\"}" : "\"class\":\"rate_limit\"");
        watch_free(watch);
        patchbay_request_free(request);
    }
    patchbay_request *request = chat("acme/hello", "");
    patchbay_error *error = NULL;
    patchbay_request_record(request, 1);
    patchbay_request_record(request, 0);
    patchbay_result *result = patchbay_run_request(pb, request, &error);
    assert_ok(error);
    g_assert_null(patchbay_result_recording(result, NULL));
    g_assert_null(patchbay_result_recording(result, &why));
    g_assert_null(why);
    patchbay_result_free(result);
    patchbay_request_free(request);
    patchbay_request *short_key = chat("acme/hello", "");
    Watch *watch = watch_new();
    patchbay_request_api_key(short_key, "12345");
    patchbay_request_record(short_key, 1);
    watch_submit(watch, pb, short_key);
    watch_end(watch);
    g_assert_null(patchbay_result_recording(watch->result, &why));
    assert_holds(why, "the secret api-key is shorter than 6 bytes");
    watch_free(watch);
    patchbay_request_free(short_key);
    patchbay_close(pb);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/result/answer-and-report", test_answer_and_report);
    g_test_add_func("/api/result/failed", test_failed);
    g_test_add_func("/api/result/notes", test_notes);
    g_test_add_func("/api/result/image", test_image);
    g_test_add_func("/result/recording", test_recording);
    return g_test_run();
}
