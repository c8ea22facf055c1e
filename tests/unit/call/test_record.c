/* SPDX-License-Identifier: Apache-2.0 */
/* What a call's recording holds and what spoils it: secrets said back by the vendor in every way,
 * headers that are listed, failures, cuts, batches, policy, another key. */
#include "call/state.h"
#include "unit/call/fake.h"

static PbayCallSpec recorded(Rig *rig, const char *json)
{
    PbayCallSpec spec = call_spec(rig, json);
    spec.record = true;
    return spec;
}

/* No form of the rig's keys. */
static void assert_clean(const Seen *seen)
{
    assert_lacks(seen->recording, "canary");
    assert_lacks(seen->recording, "Y2FuYXJ5"); /* its base64 */
}

static void test_whole(void)
{
    Rig *rig = rig_new(NULL);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_header(reply, "content-type", "text/lines");
    pbay_memory_reply_header(reply, "x-request-id", "vendor-request-77");
    pbay_memory_reply_header(reply, "set-cookie", "session=cookie-value-1; Path=/");
    pbay_memory_reply_header(reply, "server", "secret-host-9");
    pbay_memory_reply_header(reply, "x-ratelimit-remaining", "7");
    pbay_memory_reply_text(reply, "text Hello canary-key-one\ntext  and cook");
    pbay_memory_reply_text(reply, "ie-value-1 vendor-request-77\nfinish stop\n");
    pbay_memory_reply_end(reply);
    g_autoptr(Seen) seen =
        run_spec(rig, recorded(rig, CHAT(",\"stream\":true,\"user\":\"I am canary-key-one\"")));
    g_assert_null(seen->failure);
    g_assert_null(seen->unrecorded);
    assert_clean(seen);
    assert_lacks(seen->recording, "secret-host-9");
    assert_lacks(seen->recording, "cookie-value-1");
    assert_lacks(seen->recording, "vendor-request-77");
    assert_holds(seen->recording,
                 "{\"recording\":1,\"driver\":\"fake\",\"source\":\"a live call to "
                 "https://fake.test, ");
    assert_holds(seen->recording, "{\"provider\":{\"name\":\"fake\",\"options\":{},\"secrets\":{"
                                  "\"api-key\":\"sk-demo-0123456789\"}}}\n{\"clock\":{\"now_ms\":");
    assert_holds(seen->recording, "\"user\":\"I am sk-demo-0123456789\"}}}\n{\"send\":{\"method\":"
                                  "\"POST\",\"url\":\"" FAKE_URL "\",\"headers\":{"
                                  "\"authorization\":\"Bearer sk-demo-0123456789\"},\"body\":{");
    assert_holds(seen->recording,
                 "{\"head\":{\"status\":200,\"headers\":{\"content-type\":\"text/lines\","
                 "\"x-request-id\":\"req_demo_0123456789\",\"x-ratelimit-remaining\":\"7\"}}}\n"
                 "{\"bytes\":\"text Hello sk-demo-0123456789\\ntext  ");
    assert_holds(seen->recording, "\"}\n{\"end\":true}\n{\"events\":[{\"kind\":\"text\",\"text\":"
                                  "\"Hello sk-demo-0123456789");
    assert_holds(seen->recording, "{\"notes\":[]}\n{\"outcome\":\"done\"}\n");
    rig_free(rig);
}

static void test_not_asked(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text hi\nfinish stop\n");
    g_autoptr(Seen) seen = run_spec(rig, call_spec(rig, CHAT("")));
    g_assert_cmpstr(seen->recording, ==, "");
    g_assert_null(seen->unrecorded);
    rig_free(rig);
}

/* Each reply is a way of saying the key that cannot be replaced: in pieces of an answer, in base64,
 * behind other escapes, in bytes that are no text. */
static void test_refused_leaks(void)
{
    static const char *const lines[] = {
        "text see canary-\ntext key-one\nfinish stop\n",
        "text Y2FuYXJ5LWtleS1vbmU=\nfinish stop\n",
        "text c\\u0061nary-key-one\nfinish stop\n",
        "text \xff canary-key-one\nfinish stop\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        Rig *rig = rig_new(NULL);
        vendor_says(rig, 200, lines[i]);
        g_autoptr(Seen) seen = run_spec(rig, recorded(rig, CHAT(",\"stream\":true")));
        g_assert_cmpstr(seen->recording, ==, "");
        g_assert_nonnull(seen->unrecorded);
        assert_holds(seen->unrecorded, "a secret (api-key) would still stand in it");
        assert_lacks(seen->unrecorded, "canary");
        rig_free(rig);
    }
}

static void test_failure(void)
{
    Rig *rig = rig_new(NULL);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 429);
    pbay_memory_reply_header(reply, "retry-after", "3");
    pbay_memory_reply_text(reply, "slow down");
    pbay_memory_reply_end(reply);
    g_autoptr(Seen) seen = run_spec(rig, recorded(rig, CHAT("")));
    g_assert_cmpint(seen->failure->cls, ==, PB_ERR_RATE_LIMIT);
    assert_holds(seen->recording, "{\"outcome\":{\"class\":\"rate_limit\"");
    assert_holds(seen->recording, "\"http_status\":429,\"retry\":1,\"retry_after_ms\":3000}}\n");
    rig_free(rig);
}

static void test_cut(void)
{
    Rig *rig = rig_new(NULL);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "text half\n");
    pbay_memory_reply_fail(reply, PB_ERR_UPSTREAM, true);
    g_autoptr(Seen) seen = run_spec(rig, recorded(rig, CHAT(",\"stream\":true")));
    assert_holds(seen->recording, "{\"bytes\":\"text half\\n\"}\n{\"cut\":true}\n{\"events\":[{");
    assert_holds(seen->recording, "\"code\":\"stream_truncated\"}}\n");
    rig_free(rig);
}

static void test_not_its_own_end(void)
{
    Rig *rig = rig_new(NULL);
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "text half\n");
    pbay_memory_reply_fail(reply, PB_ERR_TIMEOUT, true);
    g_autoptr(Seen) seen = run_spec(rig, recorded(rig, CHAT("")));
    assert_holds(seen->unrecorded, "the transfer failed in a way that no recording shows");
    g_autoptr(Seen) cancelled = seen_new(rig);
    cancelled->cancel_at = 1;
    vendor_says(rig, 200, "text a\ntext b\nfinish stop\n");
    PbayCallSpec spec = recorded(rig, CHAT(",\"stream\":true"));
    seen_start(cancelled, &spec);
    seen_wait(cancelled);
    assert_holds(cancelled->unrecorded, "the call did not come to its own end");
    vendor_says(rig, 302, "elsewhere\n");
    g_autoptr(Seen) redirected = run_spec(rig, recorded(rig, CHAT("")));
    assert_holds(redirected->unrecorded, "status 302");
    rig_free(rig);
}

/* Ended by a policy or by the grammar: a replay would go on. */
static void test_ended_by_us(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text a\nfinish stop\n");
    g_autoptr(Seen) unmet = run_spec(rig, recorded(rig, CHAT(",\"logprobs\":true")));
    g_assert_cmpint(unmet->failure->cls, ==, PB_ERR_UNSUPPORTED);
    assert_holds(unmet->unrecorded, "Patchbay itself ended the call");
    rig_free(rig);
    rig = rig_new(NULL);
    vendor_says(rig, 200, "text a\n"); /* done without a finish: the answer says so at the end */
    g_autoptr(Seen) open = run_spec(rig, recorded(rig, CHAT("")));
    g_assert_nonnull(open->failure);
    assert_holds(open->recording, "{\"outcome\":{\"class\":\"protocol\",\"code\":");
    rig_free(rig);
}

static void test_refused_before(void)
{
    static const char *const shorty[] = {"api-key", "12345", NULL};
    Rig *rig = rig_new(shorty);
    g_autoptr(Seen) seen = run_spec(rig, recorded(rig, CHAT("")));
    g_assert_cmpstr(seen->failure->code, ==, PBAY_UNRECORDABLE);
    assert_holds(seen->unrecorded, "the secret api-key is shorter than 6 bytes");
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    g_autoptr(Seen) unknown = run_spec(rig, recorded(rig, "{\"messages\":7}"));
    g_assert_nonnull(unknown->failure);
    g_assert_cmpstr(unknown->unrecorded, ==, unknown->failure->message);
    rig_free(rig);
}

/* The caller's and the operator's headers are no part of it; their secrets are replaced. */
static void test_extra_headers(void)
{
    Rig *rig = rig_new(NULL);
    PbayHttpHeader headers[] = {{PBAY_STR("x-api-key"), PBAY_STR("canary-of-caller"), true},
                                {PBAY_STR("x-note-version"), PBAY_STR("7"), false}};
    PbayCallSpec spec = recorded(rig, CHAT(""));
    spec.headers = headers;
    spec.n_headers = 2;
    vendor_says(rig, 200, "text canary-of-caller\nfinish stop\n");
    g_autoptr(Seen) seen = run_spec(rig, spec);
    assert_clean(seen);
    assert_lacks(seen->recording, "x-note-version");
    assert_lacks(seen->recording, "\"x-api-key\"");
    assert_holds(seen->recording, "\"text\":\"demo-x-api-key-0123456789\"");
    rig_free(rig);
}

/* The last attempt alone, with one made-up value for all keys. */
static void test_next_key(void)
{
    static const char *const two[] = {"api-key", "canary-key-one", "api-key", "canary-key-two",
                                      NULL};
    Rig *rig = rig_new(two);
    vendor_says(rig, 401, "no canary-key-one\n");
    vendor_says(rig, 200, "text not canary-key-one but canary-key-two\nfinish stop\n");
    g_autoptr(Seen) seen = run_spec(rig, recorded(rig, CHAT("")));
    g_assert_null(seen->failure);
    assert_clean(seen);
    assert_lacks(seen->recording, "\"status\":401");
    assert_holds(seen->recording, "\"text\":\"not sk-demo-0123456789 but sk-demo-0123456789\"");
    rig_free(rig);
}

static void test_dry_run(void)
{
    Rig *rig = rig_new(NULL);
    PbayCallSpec spec = recorded(rig, CHAT(""));
    spec.dry_run = true;
    g_autoptr(Seen) seen = run_spec(rig, spec);
    g_assert_null(seen->failure);
    g_assert_cmpstr(seen->recording, ==, "");
    g_assert_null(seen->unrecorded);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record/whole", test_whole);
    g_test_add_func("/record/not-asked", test_not_asked);
    g_test_add_func("/record/refused-leaks", test_refused_leaks);
    g_test_add_func("/record/failure", test_failure);
    g_test_add_func("/record/cut", test_cut);
    g_test_add_func("/record/not-its-own-end", test_not_its_own_end);
    g_test_add_func("/record/ended-by-us", test_ended_by_us);
    g_test_add_func("/record/refused-before", test_refused_before);
    g_test_add_func("/record/extra-headers", test_extra_headers);
    g_test_add_func("/record/next-key", test_next_key);
    g_test_add_func("/record/dry-run", test_dry_run);
    return g_test_run();
}
