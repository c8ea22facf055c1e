/* SPDX-License-Identifier: Apache-2.0 */
/* The lines by themselves: compact JSON, pieces that cut no character, bytes that are no text, a
 * reply that never came, a hint that was a date. */
#include "call/record.h"
#include "unit/call/fake.h"

static void test_compact(void)
{
    static const char *const rows[][2] = {
        {" { \"a b\" :\n[ 1 , \"x\\\" y\" ]\t} ", "{\"a b\":[1,\"x\\\" y\"]}"},
        {"\"\\\\\" ", "\"\\\\\""},
        {"", ""}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        pbay_record_compact(pbay_str(rows[i][0]), out);
        g_assert_cmpstr(out->str, ==, rows[i][1]);
    }
}

typedef struct Stand {
    Rig *rig;
    PbayRecorder *recorder;
} Stand;

static Stand stand_new(void)
{
    Stand stand = {.rig = rig_new(NULL)};
    const PbayRecordSpec spec = {.provider = stand.rig->provider,
                                 .kind = PB_KIND_CHAT,
                                 .model = PBAY_STR("m"),
                                 .body = PBAY_STR("{ \"model\": \"m\" }"),
                                 .now_ms = INT64_C(1795343400000)};
    g_autofree char *why = NULL;
    const PbayHttpRequest request = {.method = PBAY_STR("GET"), .url = PBAY_STR(FAKE_URL)};
    stand.recorder = pbay_recorder_new(&spec, &why);
    g_assert_null(why);
    pbay_recorder_request(stand.recorder, &request);
    return stand;
}

/* The text; g_free. Frees the stand. */
static char *stand_end(Stand *stand, const PbayFailure *failure, char **why)
{
    GString *out = g_string_new(NULL);
    g_assert_true(pbay_recorder_finish(stand->recorder, failure, false, out, why) ==
                  (*why == NULL));
    pbay_recorder_free(stand->recorder);
    rig_free(stand->rig);
    return g_string_free(out, FALSE);
}

static void test_lines(void)
{
    Stand stand = stand_new();
    const PbayHttpHeader headers[] = {{PBAY_STR("x-ratelimit-a"), PBAY_STR("1"), false},
                                      {PBAY_STR("x-ratelimit-a"), PBAY_STR("2"), false}};
    g_autofree char *why = NULL;
    pbay_recorder_head(stand.recorder, 200, headers, 2);
    pbay_recorder_bytes(stand.recorder, PBAY_STR("a\xc3"));
    pbay_recorder_bytes(stand.recorder, PBAY_STR("\xa9"));
    pbay_recorder_bytes(stand.recorder, PBAY_STR("b"));
    pbay_recorder_note(stand.recorder, PB_NOTE_DROPPED, PBAY_STR("seed"));
    g_autofree char *text = stand_end(&stand, NULL, &why);
    g_assert_cmpstr(
        text, ==,
        "{\"recording\":1,\"driver\":\"fake\",\"source\":\"a live call to https://fake.test, "
        "2026-11-22\",\"about\":\"chat\"}\n"
        "{\"provider\":{\"name\":\"fake\",\"options\":{},\"secrets\":{\"api-key\":"
        "\"sk-demo-0123456789\"}}}\n"
        "{\"clock\":{\"now_ms\":1795343400000}}\n"
        "{\"request\":{\"kind\":\"chat\",\"model\":\"m\",\"body\":{\"model\":\"m\"}}}\n"
        "{\"send\":{\"method\":\"GET\",\"url\":\"" FAKE_URL "\",\"headers\":{}}}\n"
        "{\"head\":{\"status\":200,\"headers\":{\"x-ratelimit-a\":\"1, 2\"}}}\n"
        "{\"bytes\":\"a\xc3\xa9\"}\n{\"bytes\":\"b\"}\n{\"end\":true}\n"
        "{\"events\":[]}\n{\"notes\":[{\"note\":\"dropped\",\"param\":\"seed\"}]}\n"
        "{\"outcome\":\"done\"}\n");
}

static void test_bytes(void)
{
    Stand stand = stand_new();
    g_autofree char *why = NULL;
    pbay_recorder_head(stand.recorder, 200, NULL, 0);
    pbay_recorder_bytes(stand.recorder, PBAY_STR("\xff\x00"));
    pbay_recorder_bytes(stand.recorder, PBAY_STR("x"));
    g_autofree char *text = stand_end(&stand, NULL, &why);
    assert_holds(text, "{\"base64\":\"/wA=\"}\n{\"base64\":\"eA==\"}\n{\"end\":true}\n");
}

/* Frames that tell their length stay as they are, or there is no recording. */
static void test_framed(void)
{
    const PbayHttpHeader type = {PBAY_STR("content-type"),
                                 PBAY_STR("application/vnd.amazon.eventstream"), false};
    for (int leaks = 0; leaks < 2; leaks++) {
        Stand stand = stand_new();
        g_autofree char *why = NULL;
        pbay_recorder_head(stand.recorder, 200, &type, 1);
        pbay_recorder_bytes(stand.recorder, PBAY_STR("frame canary-"));
        pbay_recorder_bytes(stand.recorder, leaks != 0 ? PBAY_STR("key-one") : PBAY_STR("bird"));
        g_autofree char *text = stand_end(&stand, NULL, &why);
        if (leaks != 0)
            assert_holds(why, "a secret (api-key) would still stand in it");
        else
            assert_holds(text, "{\"base64\":\"ZnJhbWUgY2FuYXJ5LQ==\"}");
    }
}

static void test_no_reply(void)
{
    Stand stand = stand_new();
    g_autoptr(PbayFailure) failure = pbay_failure_new(PB_ERR_UPSTREAM, "no way to h.test");
    g_autofree char *why = NULL;
    pbay_recorder_reply_end(stand.recorder, failure);
    g_autofree char *text = stand_end(&stand, failure, &why);
    assert_holds(text, "\"headers\":{}}}\n{\"cut\":true}\n{\"events\":[]}\n");
    assert_lacks(text, "http_status");
}

/* A date is another time to wait in each replay. */
static void test_dated_hint(void)
{
    const PbayHttpHeader after = {PBAY_STR("retry-after"),
                                  PBAY_STR("Sun, 22 Nov 2026 12:00:00 GMT"), false};
    Stand stand = stand_new();
    g_autoptr(PbayFailure) failure = pbay_failure_new(PB_ERR_RATE_LIMIT, "slow down");
    g_autofree char *why = NULL;
    failure->retry_after_ms = 4321;
    failure->http_status = 429;
    pbay_recorder_head(stand.recorder, 429, &after, 1);
    pbay_recorder_reply_end(stand.recorder, NULL);
    g_autofree char *text = stand_end(&stand, failure, &why);
    assert_holds(text, "\"retry-after\":\"Sun, 22 Nov 2026 12:00:00 GMT\"");
    assert_holds(text, "\"http_status\":429");
    assert_lacks(text, "4321");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record-write/compact", test_compact);
    g_test_add_func("/record-write/lines", test_lines);
    g_test_add_func("/record-write/bytes", test_bytes);
    g_test_add_func("/record-write/framed", test_framed);
    g_test_add_func("/record-write/no-reply", test_no_reply);
    g_test_add_func("/record-write/dated-hint", test_dated_hint);
    return g_test_run();
}
