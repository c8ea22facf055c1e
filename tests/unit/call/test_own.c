/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says to Patchbay itself: every member, right and wrong, and that a driver never
 * sees it. */
#include "base/str.h"
#include "call/own.h"
#include "call/request.h"
#include "json/reader.h"

#define CHAT(own) "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}],\"patchbay\":" own "}"

static PbayFailure *read_json(PbayArena *arena, const char *json, PbayCallRequest *request)
{
    return pbay_call_request_read(arena, PB_KIND_CHAT, pbay_str(json), NULL, request);
}

static void test_members(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    PbayCallRequest request;
    PbayFailure *failure = read_json(
        arena,
        CHAT("{\"labels\":{\"team\":\"a\",\"n\":3,\"on\":true},\"fallbacks\":[\"x/y\",\"z\"],"
             "\"max_cost\":\"0.0050\",\"prefer\":\"expensive\",\"timeout_ms\":1500,"
             "\"drop_params\":true}"),
        &request);
    PbayMoney expected;
    g_assert_null(failure);
    g_assert_true(pbay_money_parse("0.005", &expected));
    g_assert_true(request.has_max_cost && request.max_cost == expected);
    g_assert_true(request.has_prefer);
    g_assert_cmpint(request.prefer, ==, PBAY_PREFER_EXPENSIVE);
    g_assert_cmpint(request.timeout_ms, ==, 1500);
    g_assert_true(request.drops_set);
    g_assert_cmpuint(g_strv_length(request.fallbacks), ==, 2);
    g_assert_cmpstr(request.fallbacks[1], ==, "z");
    g_assert_cmpuint(pbay_json_len(request.labels), ==, 3);
    g_autoptr(GString) body = g_string_new(NULL);
    pbay_call_request_write(&request, "up", body);
    g_assert_cmpstr(body->str, ==, "{\"model\":\"up\",\"messages\":[{\"role\":\"user\"}]}");
    pbay_call_request_clear(&request);
    g_assert_null(request.fallbacks);
}

/* Numbers are money by their digits, never by what a double makes of them. */
static void test_exact_money(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    PbayCallRequest request;
    PbayMoney expected;
    g_assert_true(pbay_money_parse("0.100000000001", &expected));
    g_assert_null(read_json(arena, CHAT("{\"max_cost\":0.100000000001}"), &request));
    g_assert_true(request.max_cost == expected);
}

static void test_wrong(void)
{
    static const struct {
        const char *own, *param, *says;
    } rows[] = {
        {CHAT("[]"), "patchbay", "object"},
        {CHAT("{\"fallback\":[]}"), "patchbay", "did you mean fallbacks?"},
        {CHAT("{\"labels\":[]}"), "patchbay.labels", "object"},
        {CHAT("{\"labels\":{\"a\":{}}}"), "patchbay.labels", "patchbay.labels.a"},
        {CHAT("{\"fallbacks\":\"x\"}"), "patchbay.fallbacks", "array"},
        {CHAT("{\"fallbacks\":[\"\"]}"), "patchbay.fallbacks", "names"},
        {CHAT("{\"fallbacks\":[\"a\\u0000b\"]}"), "patchbay.fallbacks", "names"},
        {CHAT("{\"max_cost\":\"much\"}"), "patchbay.max_cost", "dollars"},
        {CHAT("{\"max_cost\":1e-3}"), "patchbay.max_cost", "dollars"},
        {CHAT("{\"max_cost\":-1}"), "patchbay.max_cost", "dollars"},
        {CHAT("{\"prefer\":\"best\"}"), "patchbay.prefer", "balanced"},
        {CHAT("{\"timeout_ms\":0}"), "patchbay.timeout_ms", "30 days"},
        {CHAT("{\"timeout_ms\":1.5}"), "patchbay.timeout_ms", "whole"},
        {CHAT("{\"drop_params\":\"maybe\"}"), "patchbay.drop_params", "warn"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        PbayCallRequest request;
        g_autoptr(PbayFailure) failure = read_json(arena, rows[i].own, &request);
        g_assert_nonnull(failure);
        g_assert_cmpint(failure->cls, ==, PB_ERR_INVALID);
        g_assert_cmpstr(failure->param, ==, rows[i].param);
        if (strstr(failure->message, rows[i].says) == NULL)
            g_error("%s: %s", rows[i].own, failure->message);
        pbay_call_request_clear(&request);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/own/members", test_members);
    g_test_add_func("/own/exact-money", test_exact_money);
    g_test_add_func("/own/wrong", test_wrong);
    return g_test_run();
}
