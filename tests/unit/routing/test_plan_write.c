/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as JSON: every member, those that are left out, and texts that need escaping. */
#include "unit/routing/planned.h"

#include "base/str.h"
#include "json/reader.h"

static char *written(const PbayPlan *plan, const PbayFacts *facts)
{
    GString *out = g_string_new(NULL);
    PbayJsonWriter w;
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) error = NULL;
    pbay_json_writer_init(&w, out);
    pbay_plan_write(plan, facts, &w);
    g_assert_true(pbay_json_writer_ok(&w));
    pbay_json_parse(arena, pbay_str_of(out), NULL, PBAY_JSON_UNIQUE, &error);
    g_assert_no_error(error);
    return g_string_free(out, FALSE);
}

static void test_whole(void)
{
    Planned *p =
        planned_new("[model m]\nstrategy = cost\ntargets = a/x;b/x;keyed/x\nretries = 1\n"
                    "attempts = 4\nhedge = true\nfallbacks = c/x\n[price a/x]\ninput = 20\n"
                    "output = 20\n[limits a/x]\ncontext = 9000\n");
    call_target(p, "a/x", 0, 40);
    p->facts.labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(p->facts.labels, g_strdup("z"), g_strdup("\"q\""));
    g_hash_table_insert(p->facts.labels, g_strdup("k"), g_strdup("v"));
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_autofree char *json = written(plan, &p->facts);
    g_assert_cmpstr(
        json, ==,
        "{\"model\":\"m\",\"how\":\"[model m]\",\"strategy\":\"cost\",\"retries\":1,\"attempts\":4,"
        "\"hedge\":true,\"facts\":{\"chars\":0,\"estimated_tokens\":1000,\"estimated_output\":500,"
        "\"turns\":1,\"tools\":0,\"images\":0,\"schema\":false,\"hour\":0,\"labels\":{\"k\":\"v\","
        "\"z\":\"\\\"q\\\"\"}},\"steps\":["
        "{\"target\":\"a/x\",\"model\":\"m\",\"cause\":\"choice\",\"in\":true,\"reason\":\"[model "
        "m]: cheapest: 0.03 USD estimated\",\"estimate_usd\":\"0.03\",\"context\":9000,\"breaker\":"
        "\"closed\",\"latency_ms\":40,\"busy\":0},"
        "{\"target\":\"b/x\",\"model\":\"m\",\"cause\":\"choice\",\"in\":true,\"reason\":\"[model "
        "m]: price unknown: there is no [price] section for it\",\"price\":\"unknown\",\"breaker\":"
        "\"closed\",\"busy\":0},"
        "{\"target\":\"keyed/x\",\"model\":\"m\",\"cause\":\"choice\",\"in\":false,\"reason\":\"no "
        "key: set FAKE_API_KEY, or api-key in [provider keyed]\",\"price\":\"unknown\",\"breaker\":"
        "\"closed\",\"busy\":0},"
        "{\"target\":\"c/x\",\"model\":\"m\",\"cause\":\"fallback\",\"in\":true,\"reason\":"
        "\"fallback 1 of [model m]\",\"price\":\"unknown\",\"breaker\":\"closed\",\"busy\":0}],"
        "\"notes\":[]}");
    planned_free(p);
}

static void test_direct(void)
{
    Planned *p = planned_new("[price a/x]\ninput = 20\noutput = 20\n");
    p->spec.facts = NULL;
    g_autoptr(PbayPlan) plan = plan_of(p, "a/x");
    g_autofree char *json = written(plan, NULL);
    g_assert_cmpstr(
        json, ==,
        "{\"model\":\"a/x\",\"how\":\"prefix a\",\"strategy\":null,\"retries\":2,\"attempts\":6,"
        "\"hedge\":false,\"steps\":[{\"target\":\"a/"
        "x\",\"cause\":\"choice\",\"in\":true,\"reason\":"
        "\"prefix a\",\"breaker\":\"closed\",\"busy\":0}],\"notes\":[]}");
    planned_free(p);
}

static void test_forced_and_over(void)
{
    Planned *p = planned_new("[price a/x]\ninput = 20\noutput = 20\n");
    p->spec.has_max_cost = true;
    break_target(p, "a/x");
    g_autoptr(PbayPlan) plan = plan_of(p, "a/x");
    g_autofree char *json = written(plan, &p->facts);
    g_assert_nonnull(
        strstr(json, "\"in\":true,\"reason\":\"there is no other to ask: breaker open "));
    g_assert_nonnull(
        strstr(json, "\"forced\":true,\"estimate_usd\":\"0.03\",\"over_budget\":true"));
    g_assert_nonnull(strstr(json, "\"breaker\":\"open\""));
    g_assert_nonnull(strstr(json, "\"notes\":[\"a/x is over the budget: 0.03 USD estimated"));
    planned_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan_write/whole", test_whole);
    g_test_add_func("/routing/plan_write/direct", test_direct);
    g_test_add_func("/routing/plan_write/forced_and_over", test_forced_and_over);
    return g_test_run();
}
