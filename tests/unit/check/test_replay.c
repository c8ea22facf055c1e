/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings replayed through fake drivers: the right one passes in every split, and each thing
 * that is wrong in one is told. */
#include "check/replay.h"

#include "rig.h"

#include <string.h>

/* What the judge says of a replay, g_free; "" when nothing is wrong. */
static char *replayed(const char *driver, const char *text, const PbayReplaySpec *spec)
{
    g_autoptr(PbayRecording) recording = rig_read(text);
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    PbayReplayResult result;

    g_assert_true(pbay_replay_run(rig_driver(driver), recording, spec, &result, &error));
    g_assert_no_error(error);
    g_assert_cmpint(pbay_replay_judge(recording, &result, out), ==, out->len == 0);
    pbay_replay_result_clear(&result);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void good_in(const PbayReplaySpec *spec)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autofree char *wrong = replayed("good", text, spec);

    g_assert_cmpstr(wrong, ==, "");
}

static void test_splits(void)
{
    good_in(&(PbayReplaySpec){.mode = PBAY_SPLIT_RECORDED});
    good_in(&(PbayReplaySpec){.mode = PBAY_SPLIT_BYTES});
    for (size_t at = 0; at <= 12; at++)
        good_in(&(PbayReplaySpec){.mode = PBAY_SPLIT_AT, .at = at});
    for (uint64_t seed = 0; seed < 20; seed++)
        good_in(&(PbayReplaySpec){.mode = PBAY_SPLIT_RANDOM, .seed = seed});
}

/* The fake ends with its first bytes, so that its text shows how they were split. */
static void first_bytes(const PbayReplaySpec *spec, const char *expected)
{
    g_autofree char *text = rig_text("done_early", NULL, NULL);
    g_autoptr(PbayRecording) recording = rig_read(text);
    PbayReplayResult result;
    json_object *first;

    g_assert_true(pbay_replay_run(rig_driver("done_early"), recording, spec, &result, NULL));
    g_assert_cmpuint(result.ends, ==, 1);
    g_assert_null(result.failure);
    first = json_object_array_get_idx(result.events, 0);
    g_assert_cmpstr(json_object_get_string(json_object_object_get(first, "text")), ==, expected);
    pbay_replay_result_clear(&result);
}

static void test_split_sizes(void)
{
    first_bytes(&(PbayReplaySpec){.mode = PBAY_SPLIT_RECORDED}, "Hello ");
    first_bytes(&(PbayReplaySpec){.mode = PBAY_SPLIT_BYTES}, "H");
    first_bytes(&(PbayReplaySpec){.mode = PBAY_SPLIT_AT, .at = 3}, "Hel");
    first_bytes(&(PbayReplaySpec){.mode = PBAY_SPLIT_AT, .at = 100}, "Hello you");
}

static void test_cut(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autoptr(PbayRecording) recording = rig_read(text);

    for (size_t at = 0; at <= 9; at++) {
        const PbayReplaySpec spec = {.mode = PBAY_SPLIT_AT, .at = at, .cut = true, .cut_at = at};
        PbayReplayResult result;

        g_assert_true(pbay_replay_run(rig_driver("good"), recording, &spec, &result, NULL));
        g_assert_cmpuint(result.ends, ==, 1);
        g_assert_nonnull(result.failure);
        g_assert_cmpint(result.failure->cls, ==, PB_ERR_UPSTREAM);
        g_assert_null(result.answer);
        g_assert_cmpuint(json_object_array_length(result.events), ==, at == 0 ? 0 : 1);
        pbay_replay_result_clear(&result);
    }
}

/* Wrong in one thing: what is told must say so. */
static void wrong(const char *kind, const char *with, const char *said)
{
    g_autofree char *text = rig_text(NULL, kind, with);
    g_autofree char *told = replayed("good", text, &(PbayReplaySpec){0});

    g_test_message("%s", told);
    g_assert_nonnull(strstr(told, said));
}

#define SEND "{\"send\":{\"method\":\"POST\",\"url\":\"https://h.example/v1/chat\","
#define BODY "\"body\":{\"model\":\"m\",\"stream\":true}}}"

static void test_wrong(void)
{
    wrong("send", "{\"send\":{\"method\":\"POST\",\"url\":\"https://h.example/chat\"," BODY,
          "request url: expected https://h.example/chat, got https://h.example/v1/chat");
    wrong("send", "{\"send\":{\"method\":\"PUT\",\"url\":\"https://h.example/v1/chat\"," BODY,
          "request method");
    wrong("send", SEND "\"headers\":{\"x-api-key\":\"k\"}," BODY, "request header x-api-key");
    wrong("send", SEND "\"headers\":{\"authorization\":null}," BODY,
          "request header authorization");
    wrong("send", SEND "\"body\":{\"model\":\"m\"}}}", "$.stream: expected nothing, got true");
    wrong("send", SEND "\"body\":{\"model\":\"m\",\"stream\":true,\"n\":1}}}",
          "$.n: expected 1, got nothing");
    wrong("events", "{\"events\":[{\"kind\":\"text\",\"text\":\"Hello\"}]}", "events: $[0].text");
    wrong("outcome", "{\"outcome\":{\"class\":\"server_error\"}}", "got done");
    wrong("end", "{\"cut\":true}", "outcome: expected done, got");
    wrong("outcome", "{\"notes\":[{\"note\":\"dropped\"}]}\n{\"outcome\":\"done\"}", "notes: $");
    wrong("outcome", "{\"outcome\":\"done\"}\n{\"answer\":{\"object\":\"x\"}}", "answer: $");
}

static void test_too_few(void)
{
    wrong("end",
          "{\"end\":true}\n{\"send\":{\"method\":\"GET\",\"url\":\"https://h.example/2\"}}\n"
          "{\"head\":{\"status\":200}}\n{\"end\":true}",
          "only 1 of 2 requests were sent");
}

static void test_too_many(void)
{
    g_autofree char *text = rig_text("send_forever", NULL, NULL);
    g_autofree char *told = replayed("send_forever", text, &(PbayReplaySpec){0});

    g_assert_nonnull(strstr(told, "request 2 was not expected: POST https://h.example/v1/chat\n"));
}

static void test_no_request(void)
{
    g_autofree char *text = rig_text("done_from_begin", NULL, NULL);
    g_autofree char *told = replayed("done_from_begin", text, &(PbayReplaySpec){0});

    g_assert_nonnull(strstr(told, "only 0 of 1 requests were sent"));
}

static void broken(const char *driver, const char *said)
{
    g_autofree char *text = rig_text(driver, NULL, NULL);
    g_autofree char *told = replayed(driver, text, &(PbayReplaySpec){0});

    g_test_message("%s: %s", driver, told);
    g_assert_nonnull(strstr(told, said));
    g_assert_null(strstr(told, "ended 0"));
    g_assert_null(strstr(told, "ended 2"));
}

static void test_broken_drivers(void)
{
    broken("no_finish", "outcome: expected done, got");
    broken("text_after_finish", "outcome: expected done, got");
    broken("fail_silent", "only 0 of 1");
    broken("unknown_next", "outcome: expected done, got");
    broken("extra_bad_json", "outcome: expected done, got");
    broken("leaks_secret", "outcome: expected done, got authentication");
}

/* Without a configuration that fits there is nothing to replay, and the result is still there to
 * clear. */
static void misconfigured(const char *provider, const char *said)
{
    g_autofree char *text = rig_text(NULL, "provider", provider);
    g_autoptr(PbayRecording) recording = rig_read(text);
    g_autoptr(GError) error = NULL;
    PbayReplayResult result;

    g_assert_false(
        pbay_replay_run(rig_driver("good"), recording, &(PbayReplaySpec){0}, &result, &error));
    g_assert_nonnull(error);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, said));
    g_assert_cmpuint(result.ends, ==, 0);
    pbay_replay_result_clear(&result);
}

static void test_misconfigured(void)
{
    misconfigured("{\"provider\":{\"name\":\"a\",\"options\":{\"base-ulr\":\"https://h/\"}}}",
                  "the option \"base-ulr\"");
    misconfigured("{\"provider\":{\"name\":\"a\",\"secrets\":{\"api-kye\":\"k\"}}}",
                  "the secret \"api-kye\"");
    misconfigured("{\"provider\":{\"name\":\"a\",\"options\":{\"base-url\":\"h\"}}}", "base-url");
}

/* A driver with an engine makes no request; what it says is judged all the same. */
static void test_engine(void)
{
    g_autoptr(GString) text = g_string_new(
        "{\"recording\":1,\"driver\":\"engine\",\"source\":\"the fakes' own page\"}\n"
        "{\"provider\":{\"name\":\"engine\"}}\n"
        "{\"request\":{\"kind\":\"chat\",\"model\":\"m\",\"body\":{\"messages\":[]}}}\n"
        "{\"events\":[]}\n{\"outcome\":\"done\"}\n");
    g_autofree char *told = replayed("engine", text->str, &(PbayReplaySpec){0});

    g_assert_nonnull(strstr(told, "events: $: expected 0 elements"));
    g_assert_null(strstr(told, "outcome"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/replay/splits", test_splits);
    g_test_add_func("/check/replay/split-sizes", test_split_sizes);
    g_test_add_func("/check/replay/cut", test_cut);
    g_test_add_func("/check/replay/wrong", test_wrong);
    g_test_add_func("/check/replay/too-few", test_too_few);
    g_test_add_func("/check/replay/too-many", test_too_many);
    g_test_add_func("/check/replay/no-request", test_no_request);
    g_test_add_func("/check/replay/broken-drivers", test_broken_drivers);
    g_test_add_func("/check/replay/misconfigured", test_misconfigured);
    g_test_add_func("/check/replay/engine", test_engine);
    return g_test_run();
}
