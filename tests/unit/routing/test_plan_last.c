/* SPDX-License-Identifier: Apache-2.0 */
/* The last resort: which target is tried when all are out, and when none is. */
#include "unit/routing/planned.h"

static void assert_first(Planned *p, const char *name, const char *target, bool forced,
                         const char *begins)
{
    g_autoptr(PbayPlan) plan = plan_of(p, name);
    const PbayStep *step = step_of(plan, 0);
    g_assert_cmpstr(step->target->name, ==, target);
    g_assert_false(step->out);
    g_assert_cmpint(step->cls, ==, 0);
    g_assert_true(step->forced == forced);
    if (!g_str_has_prefix(step->reason, begins))
        g_error("%s", step->reason);
}

static void test_comes_back_first(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x;b/x;keyed/x\n");
    break_target(p, "b/x");
    p->spec.now += 3000;
    break_target(p, "a/x");
    assert_first(p, "m", "b/x", true, "all are out; this one comes back first: breaker open for ");
    assert_plan(p, "m", "b/x !a/x !keyed/x");
    planned_free(p);
}

static void test_only_one(void)
{
    Planned *p = planned_new("[model m]\ntargets = keyed/x;a/x\n");
    break_target(p, "a/x");
    assert_first(p, "a/x", "a/x", true, "there is no other to ask: breaker open for ");
    assert_plan(p, "m", "a/x !keyed/x");
    planned_free(p);
}

static void test_keys(void)
{
    Planned *p = planned_new("[provider keyed]\napi-key = k1\n[model m]\ntargets = keyed/x\n");
    call_target(p, "keyed/x", PB_ERR_AUTH, 10);
    assert_first(p, "m", "keyed/x", true, "there is no other to ask: no key for 5 min more: ");
    planned_free(p);
}

/* A fallback that can be asked is better than a target that is known to fail. */
static void test_a_fallback_is_in(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x\nfallbacks = b/x\n"
                             "context-window-fallbacks = c/x\n");
    break_target(p, "a/x");
    assert_plan(p, "m", "!a/x | b/x |c c/x");
    break_target(p, "b/x");
    assert_plan(p, "m", "a/x | !b/x |c c/x");
    planned_free(p);
}

/* Of a choice that can never be asked nothing is forced, but its fallback is. */
static void test_fallback_is_the_last(void)
{
    Planned *p = planned_new("[model m]\ntargets = keyed/x\nfallbacks = a/x;b/x\n");
    break_target(p, "b/x");
    p->spec.now += 2000;
    break_target(p, "a/x");
    assert_plan(p, "m", "!keyed/x | b/x !a/x");
    planned_free(p);
}

/* A limit is kept: the caller waits, nobody is pushed through. */
static void test_limits_are_kept(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x;b/x\n[limits a]\nrpm = 1\n");
    call_target(p, "a/x", 0, 10);
    assert_plan(p, "m", "b/x !a/x");
    break_target(p, "b/x");
    assert_plan(p, "m", "!a/x !b/x");
    assert_plan(p, "a/x", "!a/x");
    planned_free(p);
}

/* One that rests and is over its limit as well would be refused when it is its turn. */
static void test_over_a_limit_as_well(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x\n[limits a/x]\nrpm = 3\n");
    break_target(p, "a/x");
    assert_plan(p, "m", "!a/x");
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_autoptr(PbayFailure) failure = pbay_plan_failure(plan);
    g_assert_cmpint(failure->cls, ==, PB_ERR_RATE_LIMIT);
    g_assert_cmpint(failure->retry_after_ms, >, 50000);
    planned_free(p);
}

static void test_probing(void)
{
    Planned *p = planned_new("[model m]\ntargets = b/x;a/x\n");
    break_target(p, "a/x");
    p->spec.now += 2 * PBAY_BREAKER_COOL;
    break_target(p, "b/x");
    PbayTake take = {
        .provider = world_provider(p->world, "a"), .target = "a/x", .now = p->spec.now};
    PbayTaken taken;
    pbay_fleet_take(p->fleet, &take, &taken);
    g_assert_true(taken.probe);
    assert_first(p, "m", "a/x", true,
                 "all are out; this one comes back first: breaker half-open, another call");
    const PbaySettle settle = {.now = p->spec.now, .first_ms = -1, .tokens = -1, .neutral = true};
    pbay_fleet_settle(p->fleet, taken.ticket, &settle);
    planned_free(p);
}

/* ---- Context ---- */

#define SMALL                                                                                      \
    "[limits a]\ncontext = 1200\n[limits b]\ncontext = 1400\n[limits keyed]\ncontext = 1\n"

static void test_all_too_small(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x;b/x;keyed/x\n" SMALL);
    assert_first(p, "m", "b/x", false,
                 "all are too small by the estimate; this one is the largest: context of 1400 ");
    assert_first(p, "a/x", "a/x", false,
                 "there is no other to ask, and it is an estimate: context of 1200 tokens");
    p->spec.kind = PB_KIND_TRANSCRIPTION; /* never, whatever the length */
    assert_plan(p, "a/x", "!a/x");
    planned_free(p);
}

/* Too small and resting as well: it would be refused when it is its turn. */
static void test_small_and_resting(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x;b/x\n" SMALL);
    break_target(p, "b/x");
    assert_plan(p, "m", "a/x !b/x");
    break_target(p, "a/x");
    assert_plan(p, "m", "!a/x !b/x");
    planned_free(p);
}

/* With something for requests that are too long: the target that refuses it leads there. Without,
 * what follows a failure is asked at once. */
static void test_too_small_with_fallbacks(void)
{
    Planned *p = planned_new("[model f]\ntargets = a/x\nfallbacks = c/x\n"
                             "[model both]\ntargets = a/x\nfallbacks = c/x\n"
                             "context-window-fallbacks = d/x\n"
                             "[model small]\ntargets = a/x\nfallbacks = b/x\n"
                             "context-window-fallbacks = a/y\n" SMALL);
    assert_plan(p, "f", "!a/x | c/x");
    assert_plan(p, "both", "a/x | c/x |c d/x");
    assert_plan(p, "small", "a/x | !b/x |c !a/y");
    planned_free(p);
}

/* What rests may well be large enough: it is better than one that is too small. */
static void test_resting_before_small(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x;c/x\n" SMALL);
    break_target(p, "c/x");
    assert_plan(p, "m", "c/x !a/x");
    planned_free(p);
}

static void test_over_budget_is_told(void)
{
    Planned *p = planned_new("[model m]\nstrategy = budget\nmax-cost = 0.001\ntargets = a/x\n"
                             "[price a/x]\ninput = 20\noutput = 20\n");
    break_target(p, "a/x");
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_assert_true(step_of(plan, 0)->forced);
    g_assert_true(step_of(plan, 0)->over_budget);
    g_assert_cmpuint(plan->notes->len, ==, 1);
    g_assert_cmpstr(plan->notes->pdata[0], ==,
                    "a/x is over the budget: 0.03 USD estimated; nothing else can be asked now");
    planned_free(p);
}

/* Who refuses what is over the budget is not forced to it. */
static void test_refusal_stands(void)
{
    Planned *p = planned_new("[model m]\nstrategy = budget\nmax-cost = 0.001\ntargets = a/x;b/x\n"
                             "over-budget = refuse\n[price a/x]\ninput = 20\noutput = 20\n"
                             "[price b/x]\ninput = 0.1\noutput = 0.1\n");
    break_target(p, "a/x");
    assert_plan(p, "m", "b/x !a/x");
    p->spec.now += 100;
    break_target(p, "b/x");
    assert_plan(p, "m", "b/x !a/x"); /* though a/x comes back first */
    planned_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan_last/comes_back_first", test_comes_back_first);
    g_test_add_func("/routing/plan_last/only_one", test_only_one);
    g_test_add_func("/routing/plan_last/keys", test_keys);
    g_test_add_func("/routing/plan_last/a_fallback_is_in", test_a_fallback_is_in);
    g_test_add_func("/routing/plan_last/fallback_is_the_last", test_fallback_is_the_last);
    g_test_add_func("/routing/plan_last/limits_are_kept", test_limits_are_kept);
    g_test_add_func("/routing/plan_last/over_a_limit_as_well", test_over_a_limit_as_well);
    g_test_add_func("/routing/plan_last/probing", test_probing);
    g_test_add_func("/routing/plan_last/all_too_small", test_all_too_small);
    g_test_add_func("/routing/plan_last/small_and_resting", test_small_and_resting);
    g_test_add_func("/routing/plan_last/too_small_with_fallbacks", test_too_small_with_fallbacks);
    g_test_add_func("/routing/plan_last/resting_before_small", test_resting_before_small);
    g_test_add_func("/routing/plan_last/over_budget_is_told", test_over_budget_is_told);
    g_test_add_func("/routing/plan_last/refusal_stands", test_refusal_stands);
    return g_test_run();
}
