/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a failed attempt: the same target after a wait, another key, the next target, a
 * fallback for the cause, or the end; all on virtual time. */
#include "unit/call/world.h"

#define CHAIN "[model m]\ntargets = a/one;b/two;c/three\n"

/* A member of the report's first or n-th attempt. */
static int64_t attempt_int(const Seen *seen, size_t n, const char *name)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *report = pbay_json_parse(arena, pbay_str(seen->report), NULL, 0, NULL);
    const pb_json *attempts = pbay_json_get(report, PBAY_STR("attempts"));
    return pbay_json_int(pbay_json_get(pbay_json_at(attempts, n, NULL), pbay_str(name)), -1);
}

static void test_retries_then_next(void)
{
    World w = world_new(PROVIDERS CHAIN "retries = 1\n");
    vendor_says(w.rig, 503, "{}");
    vendor_says(w.rig, 500, "{}");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    g_assert_null(seen->failure);
    assert_asked(&w, "aab");
    assert_holds(seen->report, "\"target\":\"b/two\"");
    assert_holds(seen->answer, "\"model\":\"m\"");
    g_assert_cmpint(attempt_int(seen, 1, "waited_ms"), >=, 500);
    g_assert_cmpint(attempt_int(seen, 1, "waited_ms"), <=, 1500);
    g_assert_cmpstr(pbay_memory_transport_request(w.rig->transport, 2)->body->str, ==,
                    "{\"model\":\"two\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    world_free(&w);
}

/* What each class of failure leads to, with a chain of three and a retry on each. */
static void test_classes(void)
{
    static const struct {
        int status;
        const char *asked;
    } rows[] = {{400, "a"},   {404, "ab"},  {401, "ab"}, {403, "ab"},  {402, "ab"},
                {429, "aab"}, {500, "aab"}, {501, "ab"}, {503, "aab"}, {409, "aa"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        World w = world_new(PROVIDERS CHAIN "retries = 1\n");
        size_t n = strlen(rows[i].asked);
        bool moves = rows[i].asked[n - 1] == 'b';
        for (size_t k = 0; k + (moves ? 1u : 0u) < n; k++)
            vendor_says(w.rig, rows[i].status, "{}");
        if (moves)
            vendor_says(w.rig, 200, GOOD);
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
        g_test_message("status %d", rows[i].status);
        assert_asked(&w, rows[i].asked);
        g_assert_true((seen->failure == NULL) == moves);
        world_free(&w);
    }
}

static void test_attempts_bound(void)
{
    World w = world_new(PROVIDERS CHAIN "retries = 3\nattempts = 5\n");
    for (int i = 0; i < 5; i++)
        vendor_says(w.rig, 503, "{}");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_failed(seen, PB_ERR_OVERLOADED, "a/one (unavailable)");
    assert_holds(seen->failure->message, "b/two (unavailable)");
    assert_asked(&w, "aaaab");
    world_free(&w);
}

static void test_deadline_bounds(void)
{
    World w = world_new(PROVIDERS CHAIN "retries = 9\nattempts = 90\n");
    for (int i = 0; i < 3; i++)
        vendor_hints(w.rig, 503, "retry-after", "20");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ",\"patchbay\":{\"timeout_ms\":10000}"));
    assert_failed(seen, PB_ERR_OVERLOADED, "c/three");
    assert_asked(&w, "abc"); /* no wait fits in, so the next is asked at once */
    g_assert_cmpint(seen->failure->retry_after_ms, >, 10000);
    g_assert_cmpint(seen->failure->retry_after_ms, <=, 20000);
    world_free(&w);
}

/* The whole call's time is the word of the model that was asked for, wherever its rules lead. */
static void test_deadline_of_asked(void)
{
    World w = world_new(PROVIDERS "[model smart]\nstrategy = rules\nrule.1 = chars > 9999 -> "
                                  "b/x\ndefault = deep\ntimeout = 3s\n"
                                  "[model deep]\ntargets = a/one\ntimeout = 60s\n");
    pbay_memory_reply_new(w.rig->transport, 200);
    g_autoptr(Seen) seen = world_run(&w, ASK("smart", ""));
    assert_failed(seen, PB_ERR_TIMEOUT, "allowed in total");
    g_assert_cmpint(attempt_int(seen, 0, "ms"), <, 60000);
    world_free(&w);
}

static void test_hints(void)
{
    World w = world_new(PROVIDERS CHAIN "retries = 1\n");
    vendor_hints(w.rig, 429, "retry-after-ms", "2500");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) waited = world_run(&w, ASK("m", ""));
    g_assert_null(waited->failure);
    assert_asked(&w, "aa");
    g_assert_cmpint(attempt_int(waited, 1, "waited_ms"), >=, 2500);
    g_assert_cmpint(attempt_int(waited, 1, "waited_ms"), <=, 2750);
    world_free(&w);

    w = world_new(PROVIDERS CHAIN "retries = 5\n");
    vendor_hints(w.rig, 503, "retry-after", "61"); /* too long to wait for */
    vendor_hints(w.rig, 503, "x-should-retry", "false");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) passed = world_run(&w, ASK("m", ""));
    g_assert_null(passed->failure);
    assert_asked(&w, "abc");
    world_free(&w);
}

static void test_storm_bound(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one\nretries = 5\n"
                                  "[limits a/one]\nrpm = 100000\n");
    size_t first = 60, requests = 0;
    for (size_t i = 0; i < first; i++) {
        for (int k = 0; k < 8; k++)
            vendor_says(w.rig, 409, "{}"); /* retryable, and no fault of the target's */
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
        size_t now = pbay_memory_transport_requests(w.rig->transport);
        g_assert_cmpuint(now, >, requests);
        requests = now;
        g_assert_nonnull(seen->failure);
    }
    /* Every wait is at most 8 s: all in less than a few windows, each with 10 free ones. */
    g_assert_cmpuint(requests, <, first + first / 5 + 200);
    g_assert_cmpuint(requests, >, first + 5);
    world_free(&w);
}

/* ---- Fallbacks by cause ---- */

static const char CAUSES[] = PROVIDERS "[model m]\ntargets = a/one\nretries = 0\n"
                                       "fallbacks = b/two\n"
                                       "context-window-fallbacks = c/large\n"
                                       "content-policy-fallbacks = c/lenient\n";

static void says_error(Rig *rig, const char *what)
{
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, what);
    pbay_memory_reply_end(reply);
}

static void test_fallbacks(void)
{
    static const struct {
        const char *line, *asked, *target;
    } rows[] = {{"down\n", "ab", "\"target\":\"b/two\""},
                {"too-long\n", "ac", "\"target\":\"c/large\""},
                {"refused\n", "ac", "\"target\":\"c/lenient\""}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        World w = world_new(CAUSES);
        says_error(w.rig, rows[i].line);
        vendor_says(w.rig, 200, GOOD);
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ",\"stream\":true"));
        g_assert_null(seen->failure);
        assert_asked(&w, rows[i].asked);
        assert_holds(seen->report, rows[i].target);
        assert_holds(seen->stream->str, "Hello");
        world_free(&w);
    }
}

/* Without a fallback for the cause the call ends, whatever other targets there are. */
static void test_no_fallback_for_cause(void)
{
    World w = world_new(PROVIDERS CHAIN "[limits a/one]\ncontext = 100\n"
                                        "[limits c/three]\ncontext = 200\n");
    says_error(w.rig, "refused\n");
    g_autoptr(Seen) policy = world_run(&w, ASK("m", ""));
    assert_failed(policy, PB_ERR_CONTENT_POLICY, "");
    assert_asked(&w, "a");
    says_error(w.rig, "too-long\n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) larger = world_run(&w, ASK("m", ""));
    g_assert_null(larger->failure);
    assert_asked(&w, "aac"); /* of two's context nothing is known */
    says_error(w.rig, "too-long\n");
    says_error(w.rig, "too-long\n");
    g_autoptr(Seen) none = world_run(&w, ASK("m", ""));
    assert_failed(none, PB_ERR_CONTEXT_LENGTH, "c/three");
    world_free(&w);
}

/* What one has refused goes to nobody who was not named for that, whatever becomes of those. */
static void test_policy_alone(void)
{
    World w = world_new(CAUSES);
    says_error(w.rig, "refused\n");
    vendor_says(w.rig, 503, "{}");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_failed(seen, PB_ERR_OVERLOADED, "a/one (content_policy)");
    assert_asked(&w, "ac");
    world_free(&w);
    w = world_new(CAUSES);
    says_error(w.rig, "refused\n");
    says_error(w.rig, "too-long\n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) long_too = world_run(&w, ASK("m", ""));
    assert_failed(long_too, PB_ERR_CONTEXT_LENGTH, "");
    assert_asked(&w, "ac");
    world_free(&w);
}

/* Where nothing is named for it, any target helps that is known to have more room: one of the
 * fallbacks too. */
static void test_larger_fallback(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one\nretries = 0\n"
                                  "fallbacks = b/two;c/three\n[limits a/one]\ncontext = 100\n"
                                  "[limits c/three]\ncontext = 200\n");
    says_error(w.rig, "too-long\n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    g_assert_null(seen->failure);
    assert_asked(&w, "ac");
    world_free(&w);
}

/* A parameter that one target does not take, and the next does. */
static void test_strict(void)
{
    for (int whose = 0; whose < 2; whose++) {
        World w = world_new(PROVIDERS "[model m]\ntargets = a/one;b/takes-all\nretries = 2\n");
        vendor_says(w.rig, 200, GOOD);
        PbayCallSpec spec =
            world_spec(&w, ASK("m", ",\"logprobs\":true,\"top_k\":1,\"stream\":true"));
        spec.strict = whose == 0;
        g_autoptr(Seen) seen = world_run_spec(&w, spec);
        g_assert_null(seen->failure);
        assert_asked(&w, "b"); /* to the first nothing was sent */
        assert_holds(seen->report, "\"class\":\"unsupported\"");
        assert_holds(seen->report, "\"requests\":0");
        assert_holds(seen->report, "\"notes\":[]");
        assert_holds(seen->stream->str, "Hello");
        world_free(&w);
    }
}

static void test_request_fallbacks(void)
{
    World w = world_new(PROVIDERS "[defaults]\nretries = 0\n");
    vendor_says(w.rig, 503, "{}");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen =
        world_run(&w, ASK("a/x", ",\"patchbay\":{\"fallbacks\":[\"b/y\",\"c/z\"]}"));
    g_assert_null(seen->failure);
    assert_asked(&w, "ab");
    assert_holds(seen->report, "\"target\":\"b/y\"");
    world_free(&w);
}

/* ---- Keys ---- */

static void test_keys_rest(void)
{
    World w = world_new("[provider a]\ndriver = fake\napi-key = canary-key-1;canary-key-2\n"
                        "[defaults]\nretries = 0\n");
    vendor_says(w.rig, 401, "{}");
    for (int i = 0; i < 3; i++)
        vendor_says(w.rig, 200, GOOD);
    for (int i = 0; i < 2; i++) {
        g_autoptr(Seen) seen = world_run(&w, ASK("a/x", ""));
        g_assert_null(seen->failure);
    }
    assert_asked(&w, "122"); /* the refused one is not tried again */
    vendor_hints(w.rig, 429, "retry-after", "30");
    g_autoptr(Seen) other = world_run(&w, ASK("a/y", ""));
    assert_asked(&w, "1222"); /* the third answer above went to it */
    g_assert_null(other->failure);
    world_free(&w);
}

static void test_rate_limited_key(void)
{
    World w = world_new("[provider a]\ndriver = fake\napi-key = canary-key-1;canary-key-2\n"
                        "[defaults]\nretries = 0\n");
    vendor_hints(w.rig, 429, "retry-after", "30");
    vendor_says(w.rig, 200, GOOD);
    vendor_says(w.rig, 200, GOOD);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) first = world_run(&w, ASK("a/x", ""));
    g_autoptr(Seen) second = world_run(&w, ASK("a/x", ""));
    g_autoptr(Seen) other = world_run(&w, ASK("a/y", "")); /* rates are by model */
    assert_asked(&w, "1221");
    assert_holds(first->report, "\"key_index\":1");
    world_free(&w);
}

/* ---- Breakers and limits ---- */

static void test_breaker_passes_over(void)
{
    World w = world_new(PROVIDERS CHAIN "retries = 0\n");
    for (int i = 0; i < 6; i++) {
        if (i < 5)
            vendor_says(w.rig, 500, "{}");
        vendor_says(w.rig, 200, GOOD);
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
        g_assert_null(seen->failure);
    }
    assert_asked(&w, "ababababab"
                     "b");
    world_free(&w);
}

/* With every breaker open somebody is asked all the same. */
static void test_last_candidate(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one\nretries = 0\n");
    for (int i = 0; i < 8; i++) {
        vendor_says(w.rig, 500, "{}");
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
        assert_failed(seen, PB_ERR_UPSTREAM, "");
    }
    assert_asked(&w, "aaaaaaaa");
    world_free(&w);
}

static void test_limit_moves_on(void)
{
    World w = world_new(PROVIDERS CHAIN "[limits a/one]\nrpm = 2\n");
    for (int i = 0; i < 4; i++) {
        vendor_says(w.rig, 200, GOOD);
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
        g_assert_null(seen->failure);
    }
    assert_asked(&w, "aabb");
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pursue/retries-then-next", test_retries_then_next);
    g_test_add_func("/pursue/classes", test_classes);
    g_test_add_func("/pursue/attempts", test_attempts_bound);
    g_test_add_func("/pursue/deadline", test_deadline_bounds);
    g_test_add_func("/pursue/deadline-of-asked", test_deadline_of_asked);
    g_test_add_func("/pursue/hints", test_hints);
    g_test_add_func("/pursue/storm", test_storm_bound);
    g_test_add_func("/pursue/fallbacks", test_fallbacks);
    g_test_add_func("/pursue/no-fallback-for-cause", test_no_fallback_for_cause);
    g_test_add_func("/pursue/policy-alone", test_policy_alone);
    g_test_add_func("/pursue/larger-fallback", test_larger_fallback);
    g_test_add_func("/pursue/strict", test_strict);
    g_test_add_func("/pursue/request-fallbacks", test_request_fallbacks);
    g_test_add_func("/pursue/keys-rest", test_keys_rest);
    g_test_add_func("/pursue/rate-limited-key", test_rate_limited_key);
    g_test_add_func("/pursue/breaker", test_breaker_passes_over);
    g_test_add_func("/pursue/last-candidate", test_last_candidate);
    g_test_add_func("/pursue/limit-moves-on", test_limit_moves_on);
    return g_test_run();
}
