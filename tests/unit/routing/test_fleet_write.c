/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON of health, word for word: of a target nobody asked, one that is open, one under limits,
 * keys that rest; names that are no ASCII; and no value of a key in any of it. */
#include "unit/routing/fleet_rig.h"

#include "base/arena.h"
#include "routing/latency.h"
#include "json/reader.h"

#include <string.h>

static char *write_names(const Rig *rig, const PbaySnapshot *snapshot, char *const *names)
{
    GString *out = g_string_new(NULL);
    pbay_fleet_write(rig->fleet, snapshot, names, rig->now, out);
    PbayArena *arena = pbay_arena_new(0);
    g_assert_nonnull(pbay_json_parse(arena, pbay_str_of(out), NULL, 0, NULL));
    pbay_arena_free(arena);
    return g_string_free(out, FALSE);
}

static void assert_written(const Rig *rig, const PbaySnapshot *snapshot, const char *name,
                           const char *expected)
{
    char *names[] = {(char *)name, NULL};
    g_autofree char *text = write_names(rig, snapshot, name != NULL ? names : NULL);
    g_assert_cmpstr(text, ==, expected);
}

static void test_unknown(void)
{
    Rig rig = rig_new();
    assert_written(&rig, NULL, NULL, "[]");
    assert_written(&rig, NULL, GPT4,
                   "[{\"target\":\"" GPT4 "\",\"breaker\":\"closed\",\"since_ms\":0,\"busy\":0,"
                   "\"calls\":0,\"failures\":0}]");
    assert_written(&rig, NULL, NULL, "[]"); /* asking for it did not make it known */
    rig_free(&rig);
}

static void test_states(void)
{
    Rig rig = rig_new();
    rig_call(&rig, GPT4, PB_ERR_OVERLOADED, 30000);
    rig.now += 10000;
    assert_written(
        &rig, NULL, NULL,
        "[{\"target\":\"" GPT4 "\",\"breaker\":\"open\",\"since_ms\":10000,\"until_ms\":20000,"
        "\"why\":\"the provider named a time to come back: unavailable: it broke\",\"busy\":0,"
        "\"calls\":1,\"failures\":1,\"last\":{\"ok\":false,\"class\":\"unavailable\","
        "\"message\":\"it broke\",\"ago_ms\":10000,\"ms\":100}}]");
    rig.now += 20000;
    PbayTake take = rig_ask(&rig, GPT4);
    PbayTicket *probe = rig_go(&rig, &take);
    g_autofree char *text = write_names(&rig, NULL, NULL);
    g_assert_nonnull(strstr(text, "\"breaker\":\"half-open\",\"since_ms\":0,\"why\":"));
    g_assert_nonnull(strstr(text, "\"busy\":1"));
    rig_settle(&rig, probe, 0, 0);
    assert_written(&rig, NULL, GPT4,
                   "[{\"target\":\"" GPT4 "\",\"breaker\":\"closed\",\"since_ms\":0,\"busy\":0,"
                   "\"calls\":2,\"failures\":1,\"last\":{\"ok\":true,\"ago_ms\":0,\"ms\":100}}]");
    rig_free(&rig);
}

static void test_latency_and_status(void)
{
    Rig rig = rig_new();
    static char message[] = "gone \"\\\n\xF0\x9F\x94\xA5";
    PbayFailure failure = {.cls = PB_ERR_NOT_FOUND, .http_status = 404, .message = message};
    for (int i = 0; i < PBAY_LATENCY_LEAST; i++) {
        PbayTake take = rig_ask(&rig, GPT4);
        PbaySettle settle = {.now = rig.now, .stream = true, .first_ms = 90, .total_ms = 200};
        pbay_fleet_settle(rig.fleet, rig_go(&rig, &take), &settle);
    }
    PbayTake take = rig_ask(&rig, GPT4);
    PbaySettle settle = {.now = rig.now, .failure = &failure, .first_ms = -1, .total_ms = 7};
    pbay_fleet_settle(rig.fleet, rig_go(&rig, &take), &settle);
    assert_written(&rig, NULL, NULL,
                   "[{\"target\":\"" GPT4 "\",\"breaker\":\"closed\",\"since_ms\":0,\"busy\":0,"
                   "\"latency_ms\":90,\"p95_ms\":91,\"calls\":21,\"failures\":1,"
                   "\"last\":{\"ok\":false,\"class\":\"not_found\","
                   "\"message\":\"gone \\\"\\\\\\n\xF0\x9F\x94\xA5\",\"status\":404,\"ago_ms\":0,"
                   "\"ms\":7}}]");
    rig_free(&rig);
}

/* ---- what the snapshot adds ------------------------------------------------------------------ */

static void test_keys_and_limits(void)
{
    Rig rig = rig_new();
    PbaySnapshot snapshot = {.providers = g_hash_table_new(g_str_hash, g_str_equal),
                             .limits = g_hash_table_new(g_str_hash, g_str_equal)};
    rig.limits = (PbayLimits){.rpm = 60, .tpm = 1000};
    rig.provider_limits = (PbayLimits){.parallel = 4, .queue = 1};
    g_hash_table_insert(snapshot.providers, (char *)"openai", rig.provider);
    g_hash_table_insert(snapshot.limits, (char *)GPT4, &rig.limits);
    g_hash_table_insert(snapshot.limits, (char *)"openai", &rig.provider_limits);
    PbayTake take = rig_ask_limited(&rig, GPT4);
    take.tokens = 30;
    PbayTicket *busy = rig_go(&rig, &take);
    rig_settle(&rig, rig_go(&rig, &take), PB_ERR_QUOTA, 0);
    rig_call(&rig, GPT4, PB_ERR_RATE_LIMIT, 20000);
    rig_call(&rig, MINI, PB_ERR_RATE_LIMIT, 0); /* of another target: not told here */
    char *names[] = {(char *)GPT4, NULL};
    g_autofree char *text = write_names(&rig, &snapshot, names);
    const char *keys = strstr(text, "\"keys\"");
    g_assert_cmpstr(keys, ==,
                    "\"keys\":[{\"index\":0,\"rests_ms\":600000,\"class\":\"quota\"},"
                    "{\"index\":1,\"rests_ms\":20000,\"class\":\"rate_limit\",\"target\":\"" GPT4
                    "\"}],\"limits\":{\"target\":{\"rpm\":60,\"tpm\":1000,\"requests\":3,"
                    "\"tokens\":60,\"busy\":1,\"waiting\":0},\"provider\":{\"parallel\":4,"
                    "\"requests\":4,\"tokens\":60,\"busy\":1,\"waiting\":0}}}]");
    g_assert_null(strstr(text, "sk-key"));
    rig.now += 600001; /* rests and windows are over */
    g_autofree char *later = write_names(&rig, &snapshot, NULL);
    g_assert_null(strstr(later, "\"keys\""));
    g_assert_nonnull(strstr(later, "\"requests\":0,\"tokens\":0,\"busy\":1"));
    g_autofree char *bare = write_names(&rig, NULL, NULL);
    g_assert_null(strstr(bare, "\"limits\""));
    rig_settle(&rig, busy, 0, 0);
    g_hash_table_unref(snapshot.providers);
    g_hash_table_unref(snapshot.limits);
    rig_free(&rig);
}

static void test_order_of_names(void)
{
    Rig rig = rig_new();
    rig_call(&rig, "openai/z", 0, 0);
    rig_call(&rig, "openai/\xC3\xA4", 0, 0);
    rig_call(&rig, "openai/a\"b", 0, 0);
    g_autofree char *all = write_names(&rig, NULL, NULL);
    const char *a = strstr(all, "openai/a\\\"b"), *z = strstr(all, "openai/z"),
               *umlaut = strstr(all, "openai/\xC3\xA4");
    g_assert_true(a != NULL && a < z && z < umlaut);
    char *names[] = {(char *)"openai/z", (char *)"noslash", NULL};
    g_autofree char *asked = write_names(&rig, NULL, names); /* in the order of asking */
    g_assert_true(strstr(asked, "openai/z") < strstr(asked, "noslash"));
    rig_free(&rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/fleet_write/unknown", test_unknown);
    g_test_add_func("/routing/fleet_write/states", test_states);
    g_test_add_func("/routing/fleet_write/latency-and-status", test_latency_and_status);
    g_test_add_func("/routing/fleet_write/keys-and-limits", test_keys_and_limits);
    g_test_add_func("/routing/fleet_write/order-of-names", test_order_of_names);
    return g_test_run();
}
