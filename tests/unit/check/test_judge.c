/* SPDX-License-Identifier: Apache-2.0 */
/* The judge must find whatever differs from a recording, each thing alone, and nothing in what
 * is right. */
#include "check/judge.h"

#include "answer/tree.h"
#include "base/str.h"
#include "rig.h"

#include <string.h>

static json_object *tree_of(const char *text)
{
    json_object *tree = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(pbay_tree_parse(pbay_str(text), &tree, &error));
    g_assert_no_error(error);
    return tree;
}

/* A request POST https://h/chat with two headers and this body. */
static void request_is(const char *expected, const char *body, const char *wrong)
{
    GPtrArray *headers = g_ptr_array_new();
    PbayMemoryRequest request = {.method = (char *)"POST",
                                 .url = (char *)"https://h/chat?a=1",
                                 .body = g_string_new(body),
                                 .headers = headers};
    json_object *tree = tree_of(expected);
    g_autofree char *got = NULL;

    g_ptr_array_add(headers, (char *)"authorization: Bearer k");
    g_ptr_array_add(headers, (char *)"content-type: application/json");
    got = pbay_judge_request(tree, &request);
    g_assert_cmpstr(got, ==, wrong);
    json_object_put(tree);
    g_string_free(request.body, TRUE);
    g_ptr_array_unref(headers);
}

#define LINE "{\"method\":\"POST\",\"url\":\"https://h/chat?a=1\""

static void test_request(void)
{
    request_is(LINE ",\"body\":{\"a\":1}}", "{\"a\":1}", NULL);
    request_is("{\"method\":\"GET\",\"url\":\"https://h/chat?a=1\",\"body\":{}}", "{}",
               "request method: expected GET, got POST");
    request_is("{\"method\":\"POST\",\"url\":\"https://h/chat\",\"body\":{}}", "{}",
               "request url: expected https://h/chat, got https://h/chat?a=1");
}

static void test_headers(void)
{
    request_is(LINE ",\"headers\":{\"authorization\":\"Bearer k\",\"x-none\":null}}", "", NULL);
    request_is(LINE ",\"headers\":{\"Authorization\":\"Bearer k\"}}", "", NULL);
    request_is(LINE ",\"headers\":{\"authorization\":\"Bearer j\"}}", "",
               "request header authorization: expected Bearer j, got Bearer k");
    request_is(LINE ",\"headers\":{\"x-api-key\":\"k\"}}", "",
               "request header x-api-key: expected k, got none");
    request_is(LINE ",\"headers\":{\"authorization\":null}}", "",
               "request header authorization: expected none, got Bearer k");
    request_is(LINE ",\"headers\":{\"Authorization\":null}}", "",
               "request header Authorization: expected none, got Bearer k");
}

static void test_body(void)
{
    request_is(LINE ",\"body\":{\"a\":1,\"b\":[2]}}", "{\"b\":[2.0],\"a\":1}", NULL);
    request_is(LINE ",\"body\":{\"a\":1}}", "{\"a\":1,\"b\":null}",
               "request body: $.b: expected nothing, got null");
    request_is(LINE ",\"body\":{\"a\":1,\"b\":2}}", "{\"a\":1}",
               "request body: $.b: expected 2, got nothing");
    request_is(LINE ",\"body\":{\"a\":1}}", "{\"a\":2}", "request body: $.a: expected 1, got 2");
    request_is(LINE ",\"body\":null}", "null", NULL);
    request_is(LINE "}", "", NULL);
    request_is(LINE "}", "{}", "request body: expected none, got {}");
    request_is(LINE ",\"body_text\":\"a=b\"}", "a=b", NULL);
    request_is(LINE ",\"body_text\":\"a=b\"}", "a=b ", "request body: expected a=b, got a=b ");
    request_is(LINE ",\"body_text\":\"\"}", "x", "request body: expected , got x");
}

/* What json-c would forgive is a mistake in what a driver sends. */
static void test_bad_json(void)
{
    const char *const bodies[] = {"{\"a\":1", "{'a':1}", "{\"a\":1}}", "{\"a\":2,\"a\":1}", ""};

    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        json_object *tree = tree_of(LINE ",\"body\":{\"a\":1}}");
        GPtrArray *headers = g_ptr_array_new();
        PbayMemoryRequest request = {.method = (char *)"POST",
                                     .url = (char *)"https://h/chat?a=1",
                                     .body = g_string_new(bodies[i]),
                                     .headers = headers};
        g_autofree char *wrong = pbay_judge_request(tree, &request);

        g_assert_nonnull(wrong);
        g_assert_true(g_str_has_prefix(wrong, "request body is no good JSON"));
        json_object_put(tree);
        g_string_free(request.body, TRUE);
        g_ptr_array_unref(headers);
    }
}

/* A result by hand: what the good recording says, to be spoiled. */
static PbayReplayResult good_result(void)
{
    return (PbayReplayResult){
        .events = tree_of("[{\"kind\":\"text\",\"text\":\"Hello you\"},"
                          "{\"kind\":\"finish\",\"text\":\"stop\"}]"),
        .notes = tree_of("[{\"note\":\"dropped\",\"param\":\"seed\",\"why\":\"unknown there\"}]"),
        .answer = tree_of("{\"object\":\"chat.completion\"}"),
        .ends = 1,
        .mistakes = g_ptr_array_new_with_free_func(g_free)};
}

static void judged(const char *outcome, PbayReplayResult *result, const char *lines)
{
    g_autofree char *text = rig_text(NULL, "outcome", outcome);
    g_autoptr(PbayRecording) recording = rig_read(text);
    g_autoptr(GString) out = g_string_new("before\n");
    g_autofree char *want = g_strconcat("before\n", lines, NULL);

    g_assert_cmpint(pbay_replay_judge(recording, result, out), ==, lines[0] == '\0');
    g_assert_cmpstr(out->str, ==, want);
    pbay_replay_result_clear(result);
}

static void test_right(void)
{
    PbayReplayResult result = good_result();

    judged("{\"notes\":[{\"note\":\"dropped\",\"param\":\"seed\"}]}\n{\"outcome\":\"done\"}\n"
           "{\"answer\":{\"object\":\"chat.completion\"}}",
           &result, "");
}

static void test_ends(void)
{
    PbayReplayResult twice = good_result(), never = good_result();

    twice.ends = 2;
    judged("{\"outcome\":\"done\"}", &twice, "the exchange ended 2 times\n");
    never.ends = 0;
    judged("{\"outcome\":\"done\"}", &never, "the exchange ended 0 times\n");
}

static void test_events(void)
{
    PbayReplayResult other = good_result(), more = good_result(), fewer = good_result();

    json_object_object_add(json_object_array_get_idx(other.events, 0), "text",
                           json_object_new_string("Hello"));
    judged("{\"outcome\":\"done\"}", &other,
           "events: $[0].text: expected \"Hello you\", got \"Hello\"\n");
    json_object_array_add(more.events, json_object_new_object());
    judged("{\"outcome\":\"done\"}", &more, "events: $: expected 2 elements, got 3: {}\n");
    json_object_array_del_idx(fewer.events, 1, 1);
    judged("{\"outcome\":\"done\"}", &fewer, "events: $: expected 2 elements, got 1: fewer\n");
}

static void test_mistakes(void)
{
    PbayReplayResult result = good_result();

    g_ptr_array_add(result.mistakes, g_strdup("only 0 of 1 requests were sent"));
    judged("{\"outcome\":\"done\"}", &result, "only 0 of 1 requests were sent\n");
}

static void test_notes(void)
{
    PbayReplayResult other = good_result(), none = good_result();

    judged("{\"notes\":[{\"note\":\"clamped\",\"param\":\"seed\"}]}\n{\"outcome\":\"done\"}",
           &other, "notes: $[0].note: expected \"clamped\", got \"dropped\"\n");
    judged("{\"notes\":[]}\n{\"outcome\":\"done\"}", &none,
           "notes: $: expected 0 elements, got 1: "
           "{\"note\":\"dropped\",\"param\":\"seed\",\"why\":\"unknown there\"}\n");
}

static void test_answer(void)
{
    PbayReplayResult more = good_result(), none = good_result();

    judged("{\"outcome\":\"done\"}\n{\"answer\":{}}", &more,
           "answer: $.object: expected nothing, got \"chat.completion\"\n");
    g_clear_pointer(&none.answer, json_object_put);
    judged("{\"outcome\":\"done\"}\n{\"answer\":{}}", &none, "answer: $: expected {}, got null\n");
}

static PbayReplayResult failed_result(void)
{
    PbayReplayResult result = good_result();

    result.failure = pbay_failure_new(PB_ERR_RATE_LIMIT, "slow down, please");
    result.failure->http_status = 429;
    result.failure->retry_after_ms = 7660;
    pbay_failure_set_code(result.failure, "rate_limit_exceeded");
    return result;
}

static void outcome_is(const char *outcome, const char *lines)
{
    PbayReplayResult result = failed_result();

    judged(outcome, &result, lines);
}

static void test_failures(void)
{
    PbayReplayResult done = good_result();

    outcome_is("{\"outcome\":{\"class\":\"rate_limit\",\"http_status\":429,\"retry\":1,"
               "\"retry_after_ms\":7660,\"code\":\"rate_limit_exceeded\",\"request_id\":null,"
               "\"message_contains\":\"slow down\"}}",
               "");
    outcome_is("{\"outcome\":\"done\"}",
               "outcome: expected done, got rate_limit: slow down, please\n");
    outcome_is("{\"outcome\":{\"class\":\"quota\"}}",
               "outcome: $.class: expected \"quota\", got \"rate_limit\"\n");
    outcome_is("{\"outcome\":{\"class\":\"rate_limit\",\"http_status\":400}}",
               "outcome: $.http_status: expected 400, got 429\n");
    outcome_is("{\"outcome\":{\"class\":\"rate_limit\",\"retry\":0}}",
               "outcome: $.retry: expected 0, got 1\n");
    outcome_is("{\"outcome\":{\"class\":\"rate_limit\",\"retry_after_ms\":7661}}",
               "outcome: $.retry_after_ms: expected 7661, got 7660\n");
    outcome_is("{\"outcome\":{\"class\":\"rate_limit\",\"code\":\"other\"}}",
               "outcome: $.code: expected \"other\", got \"rate_limit_exceeded\"\n");
    outcome_is("{\"outcome\":{\"class\":\"rate_limit\",\"param\":\"n\"}}",
               "outcome: $.param: expected \"n\", got null\n");
    outcome_is("{\"outcome\":{\"class\":\"rate_limit\",\"message_contains\":\"hurry\"}}",
               "outcome: the message lacks \"hurry\": slow down, please\n");
    judged("{\"outcome\":{\"class\":\"authentication\"}}", &done,
           "outcome: expected { \"class\": \"authentication\" }, got done\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/judge/request", test_request);
    g_test_add_func("/check/judge/headers", test_headers);
    g_test_add_func("/check/judge/body", test_body);
    g_test_add_func("/check/judge/bad-json", test_bad_json);
    g_test_add_func("/check/judge/right", test_right);
    g_test_add_func("/check/judge/ends", test_ends);
    g_test_add_func("/check/judge/events", test_events);
    g_test_add_func("/check/judge/mistakes", test_mistakes);
    g_test_add_func("/check/judge/notes", test_notes);
    g_test_add_func("/check/judge/answer", test_answer);
    g_test_add_func("/check/judge/failures", test_failures);
    return g_test_run();
}
