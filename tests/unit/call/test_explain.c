/* SPDX-License-Identifier: Apache-2.0 */
/* The explanation: the exact upstream request, secrets masked, nothing sent. */
#include "call/state.h"
#include "unit/call/world.h"

static PbayCallSpec dry(Rig *rig, const char *json)
{
    PbayCallSpec spec = call_spec(rig, json);
    spec.dry_run = true;
    return spec;
}

static void test_whole(void)
{
    Rig *rig = rig_new(NULL);
    g_autoptr(Seen) seen = run_spec(rig, dry(rig, CHAT(",\"stream\":true,\"top_k\":1")));
    g_assert_null(seen->failure);
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *e = pbay_json_parse(arena, pbay_str(seen->answer), NULL, PBAY_JSON_UNIQUE, NULL);
    g_assert_nonnull(e);
    const pb_json *request = pbay_json_get(e, PBAY_STR("request"));
    const pb_json *headers = pbay_json_get(request, PBAY_STR("headers"));
    const pb_json *driver = pbay_json_get(e, PBAY_STR("driver"));
    g_assert_true(pbay_str_is(pbay_json_str(pbay_json_get(e, PBAY_STR("model"))), "fake/m"));
    g_assert_true(pbay_str_is(pbay_json_str(pbay_json_get(e, PBAY_STR("target"))), "fake/m"));
    g_assert_true(
        pbay_str_is(pbay_json_str(pbay_json_get(driver, PBAY_STR("file"))), "/drivers/fake.so"));
    g_assert_true(pbay_str_is(pbay_json_str(pbay_json_get(request, PBAY_STR("method"))), "POST"));
    g_assert_true(pbay_str_is(pbay_json_str(pbay_json_get(request, PBAY_STR("url"))), FAKE_URL));
    g_assert_true(pbay_str_is(pbay_json_str(pbay_json_get(headers, PBAY_STR("authorization"))),
                              "Bearer ***"));
    g_assert_true(pbay_str_is(pbay_json_str(pbay_json_get(headers, PBAY_STR("x-model"))), "m"));
    g_assert_true(pbay_str_is(pbay_json_text(pbay_json_get(request, PBAY_STR("body"))),
                              "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
                              "\"hi\"}],\"stream\":true,\"top_k\":1}"));
    g_assert_cmpuint(pbay_json_len(pbay_json_get(e, PBAY_STR("notes"))), ==, 1);
    g_assert_null(pbay_json_get(e, PBAY_STR("in_process")));
    g_assert_null(pbay_json_get(e, PBAY_STR("refused")));
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    g_assert_cmpuint(seen->chunks, ==, 0);
    rig_free(rig);
}

/* What stands before the host of a URL is nobody's business; all else of it is exact. */
static void test_url_with_password(void)
{
    static const struct {
        const char *url, *shown;
    } rows[] = {{"https://u:canary@h.test:1/v1/../x?a=b@c", "https://***@h.test:1/v1/../x?a=b@c"},
                {"http://h.test/a@b?c#d@e", "http://h.test/a@b?c#d@e"},
                {"https://a@canary@h.test", "https://***@h.test"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        PbayCall call = {0};
        const PbayHttpRequest request = {.method = PBAY_STR("GET"), .url = pbay_str(rows[i].url)};
        pbay_call_keep_request(&call, &request);
        g_autofree char *expected = g_strdup_printf("\"url\":\"%s\"", rows[i].shown);
        assert_holds(call.sent->str, expected);
        assert_lacks(call.sent->str, "canary");
        g_string_free(call.sent, TRUE);
    }
}

/* The key, wherever it got to, is masked: in a header of the caller's, in the body itself. */
static void test_canary(void)
{
    Rig *rig = rig_new(NULL);
    PbayHttpHeader header = {.name = PBAY_STR("x-note"), .value = PBAY_STR("has canary-key-one")};
    PbayCallSpec spec = dry(rig, CHAT(",\"user\":\"canary-key-one\",\"logprobs\":true"));
    spec.headers = &header;
    spec.n_headers = 1;
    g_autoptr(Seen) seen = run_spec(rig, spec);
    assert_lacks(seen->answer, "canary-key-one");
    assert_lacks(seen->report, "canary-key-one");
    assert_holds(seen->answer, "\"user\":\"***\"");
    assert_holds(seen->answer, "\"refused\":\"parameter logprobs cannot be met");
    rig_free(rig);
}

static void test_strict(void)
{
    Rig *rig = rig_new(NULL);
    PbayCallSpec spec = dry(rig, CHAT(",\"max_tokens_to_sample\":4"));
    spec.strict = true;
    g_autoptr(Seen) seen = run_spec(rig, spec);
    g_assert_null(seen->failure);
    assert_holds(seen->answer, "\"refused\":\"parameter max_tokens_to_sample");
    assert_holds(seen->answer, "\"max_tokens\":4");
    spec = dry(rig, "{}");
    g_autoptr(Seen) bad = run_spec(rig, spec);
    assert_failed(bad, PB_ERR_INVALID, "no model");
    rig_free(rig);
}

/* ---- Plans ---- */

static Seen *explain(World *w, const char *json)
{
    PbayCallSpec spec = world_spec(w, json);
    spec.dry_run = true;
    return world_run_spec(w, spec);
}

/* Every target is out: the plan says why each of them is, and the request of the first that could
 * be written is shown all the same. */
static void test_all_out(void)
{
    World w = world_new(PROVIDERS "[provider d]\ndriver = absent\n[model m]\n"
                                  "targets = d/gone;a/one;b/two\n[limits a/one]\nrpm = 1\n"
                                  "[limits b/two]\nrpm = 1\n");
    for (int i = 0; i < 2; i++) {
        vendor_says(w.rig, 200, GOOD);
        g_autoptr(Seen) served = world_run(&w, ASK("m", ""));
        g_assert_null(served->failure);
    }
    g_autoptr(Seen) call = world_run(&w, ASK("m", ""));
    assert_failed(call, PB_ERR_RATE_LIMIT, "over 1 requests a minute");
    g_autoptr(Seen) seen = explain(&w, ASK("m", ""));
    g_assert_null(seen->failure);
    assert_asked(&w, "ab");
    assert_holds(seen->answer, "\"target\":\"a/one\"");
    assert_holds(seen->answer, "\"in\":false,\"reason\":\"its provider cannot be used");
    assert_holds(seen->answer, "\"in\":false,\"reason\":\"over 1 requests a minute for ");
    assert_holds(seen->answer, "\"refused\":\"no target of \\\"m\\\" can be asked now: ");
    assert_holds(seen->answer, "\"request\":{\"method\":\"POST\"");
    assert_lacks(seen->answer, "\"in\":true");
    world_free(&w);
}

/* No driver for any of them: there is no request to show, and the plan says why. */
static void test_nothing_to_show(void)
{
    World w = world_new(PROVIDERS "[provider d]\ndriver = absent\n"
                                  "[model m]\ntargets = d/gone;d/other\n");
    g_autoptr(Seen) seen = explain(&w, ASK("m", ""));
    g_assert_null(seen->failure);
    assert_holds(seen->answer, "\"target\":\"d/gone\"");
    assert_holds(seen->answer, "\"target\":\"d/other\"");
    assert_holds(seen->answer, "\"request\":null");
    assert_holds(seen->answer, "\"refused\":\"");
    g_autoptr(Seen) direct = explain(&w, ASK("d/gone", ""));
    g_assert_null(direct->failure);
    assert_holds(direct->answer, "\"request\":null");
    assert_holds(direct->answer, "\"timeouts_ms\":{");
    world_free(&w);
}

/* The target whose place is free is explained, and with the bounds that its call would have. */
static void test_bounds(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one;b/two\ntimeout = 7s\n"
                                  "timeout-first-token = 3s\n[limits a/one]\nrpm = 1\n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) served = world_run(&w, ASK("m", ""));
    g_autoptr(Seen) seen = explain(&w, ASK("m", ""));
    assert_holds(seen->answer, "\"target\":\"b/two\",\"provider\":\"b\"");
    assert_holds(seen->answer, "\"first_token\":3000");
    assert_holds(seen->answer, "\"total\":7000");
    assert_holds(seen->answer, "\"breaker\":\"closed\"");
    assert_lacks(seen->answer, "\"refused\"");
    world_free(&w);
}

static void test_keep_request(void)
{
    static const struct {
        const char *name, *value;
        bool secret;
        const char *shown;
    } rows[] = {{"authorization", "Bearer abc", false, "\"authorization\":\"Bearer ***\""},
                {"authorization", "AWS4-HMAC-SHA256 Credential=x", true,
                 "\"authorization\":\"AWS4-HMAC-SHA256 ***\""},
                {"authorization", "abc def", false, "\"authorization\":\"***\""},
                {"x-api-key", "k", false, "\"x-api-key\":\"***\""},
                {"x-other", "k", true, "\"x-other\":\"***\""},
                {"x-other", "k", false, "\"x-other\":\"k\""},
                {"x-api-key", "", false, "\"x-api-key\":\"\""}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Rig *rig = rig_new(NULL);
        PbayHttpHeader header = {.name = pbay_str(rows[i].name),
                                 .value = pbay_str(rows[i].value),
                                 .secret = rows[i].secret};
        PbayCallSpec spec = dry(rig, CHAT(""));
        spec.headers = &header;
        spec.n_headers = 1;
        g_autoptr(Seen) seen = run_spec(rig, spec);
        if (!g_str_equal(rows[i].name, "authorization")) /* sign sets that one itself */
            assert_holds(seen->answer, rows[i].shown);
        else
            assert_lacks(seen->answer, "abc");
        rig_free(rig);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/explain/whole", test_whole);
    g_test_add_func("/explain/canary", test_canary);
    g_test_add_func("/explain/url-with-password", test_url_with_password);
    g_test_add_func("/explain/strict", test_strict);
    g_test_add_func("/explain/all-out", test_all_out);
    g_test_add_func("/explain/nothing-to-show", test_nothing_to_show);
    g_test_add_func("/explain/bounds", test_bounds);
    g_test_add_func("/explain/headers", test_keep_request);
    return g_test_run();
}
