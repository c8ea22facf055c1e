/* SPDX-License-Identifier: Apache-2.0 */
/* From a route to steps: each strategy by its name in the configuration, rules, budgets of models
 * and of requests, and what is told of them. */
#include "unit/routing/planned.h"

/* 1000 tokens are read and 500 written: the same figure n for both costs n * 0.0015. */
#define PRICES                                                                                     \
    "[price a/x]\ninput = 20\noutput = 20\n[price b/x]\ninput = 2\noutput = 2\n"                   \
    "[price c/x]\ninput = 6\noutput = 6\n"

static PbayMoney usd(const char *text)
{
    PbayMoney money = 0;
    g_assert_true(pbay_money_parse(text, &money));
    return money;
}

static void assert_note(const PbayPlan *plan, const char *note)
{
    g_assert_cmpuint(plan->notes->len, ==, note != NULL ? 1 : 0);
    if (note != NULL)
        g_assert_cmpstr(plan->notes->pdata[0], ==, note);
}

static void test_order(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x;keyed/x;b/x\n");
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_autofree char *line = plan_line(plan);
    g_assert_cmpstr(line, ==, "a/x b/x !keyed/x");
    g_assert_cmpstr(step_of(plan, 0)->reason, ==, "[model m]: first of the order");
    g_assert_cmpstr(step_of(plan, 1)->reason, ==, "[model m]: third of the order");
    planned_free(p);
}

static void test_weighted(void)
{
    unsigned first = 0;
    Planned *p = planned_new("[model m]\nstrategy = weighted\n"
                             "targets = a/x weight=3;b/x;keyed/x weight=50;c/x weight=0\n");
    for (p->spec.seed = 0; p->spec.seed < 2000; p->spec.seed++) {
        g_autoptr(PbayPlan) plan = plan_of(p, "m");
        first += step_of(plan, 0)->target->name[0] == 'a';
        g_assert_cmpstr(step_of(plan, 2)->target->name, ==, "c/x");
        g_assert_cmpstr(step_of(plan, 2)->reason, ==,
                        "[model m]: weight 0, only when nothing else is left");
        g_assert_true(step_of(plan, 3)->out);
    }
    g_assert_cmpuint(first, >, 1400);
    g_assert_cmpuint(first, <, 1600);
    planned_free(p);
}

static void test_measured_strategies(void)
{
    Planned *p = planned_new("[model l]\nstrategy = latency\ntargets = a/x;b/x;keyed/x\n"
                             "[model y]\nstrategy = least-busy\ntargets = a/x;b/x\n");
    call_target(p, "a/x", 0, 900);
    assert_plan(p, "l", "b/x a/x !keyed/x"); /* b is to be measured */
    call_target(p, "b/x", 0, 30);
    assert_plan(p, "l", "b/x a/x !keyed/x");
    g_autoptr(PbayPlan) plan = plan_of(p, "l");
    g_assert_cmpstr(step_of(plan, 0)->reason, ==,
                    "[model l]: the faster of two that were drawn: usually 30 ms to the first "
                    "content");
    PbayTake take = {
        .provider = world_provider(p->world, "b"), .target = "b/x", .now = p->spec.now};
    PbayTaken taken;
    pbay_fleet_take(p->fleet, &take, &taken);
    for (p->spec.seed = 0; p->spec.seed < 20; p->spec.seed++)
        assert_plan(p, "y", "a/x b/x");
    const PbaySettle settle = {.now = p->spec.now, .first_ms = -1, .tokens = -1, .neutral = true};
    pbay_fleet_settle(p->fleet, taken.ticket, &settle);
    planned_free(p);
}

static void test_cost(void)
{
    Planned *p = planned_new("[model m]\nstrategy = cost\ntargets = d/x;a/x;b/x;c/x\n" PRICES);
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_autofree char *line = plan_line(plan);
    g_assert_cmpstr(line, ==, "b/x c/x a/x d/x");
    g_assert_cmpstr(step_of(plan, 0)->reason, ==, "[model m]: cheapest: 0.003 USD estimated");
    g_assert_true(g_str_has_prefix(step_of(plan, 3)->reason, "[model m]: price unknown: "));
    planned_free(p);
}

/* ---- Rules ---- */

#define RULES                                                                                      \
    "[model smart]\nstrategy = rules\nrule.1 = chars < 100 and complexity == simple -> a/x\n"      \
    "rule.2 = chars > 1000 -> deep\ndefault = b/x\nfallbacks = c/x\n"                              \
    "[model deep]\ntargets = d/x;a/x\nfallbacks = b/deep\n"

static void test_rules(void)
{
    Planned *p = planned_new(RULES);
    p->facts.chars = 50;
    g_autoptr(PbayPlan) otherwise = plan_of(p, "smart");
    g_assert_cmpstr(step_of(otherwise, 0)->target->name, ==, "b/x");
    g_assert_cmpstr(step_of(otherwise, 0)->reason, ==, "[model smart]: default: no rule holds");
    p->facts.labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(p->facts.labels, g_strdup("complexity"), g_strdup("simple"));
    g_autoptr(PbayPlan) one = plan_of(p, "smart");
    g_autofree char *line = plan_line(one);
    g_assert_cmpstr(line, ==, "a/x | c/x");
    g_assert_cmpstr(step_of(one, 0)->reason, ==,
                    "[model smart]: rule 1: chars < 100 and complexity == simple");
    g_assert_cmpstr(step_of(one, 0)->model->name, ==, "smart");
    p->facts.chars = 1001;
    g_autoptr(PbayPlan) two = plan_of(p, "smart");
    g_autofree char *deep = plan_line(two);
    g_assert_cmpstr(deep, ==, "d/x a/x | b/deep c/x"); /* the innermost fallbacks first */
    g_assert_cmpstr(step_of(two, 1)->reason, ==,
                    "[model smart]: rule 2: chars > 1000 -> [model deep]: second of the order");
    g_assert_cmpstr(step_of(two, 1)->model->name, ==, "deep");
    g_assert_cmpstr(step_of(two, 2)->reason, ==, "fallback 1 of [model deep]");
    p->spec.facts = NULL;
    g_autoptr(PbayPlan) blind = plan_of(p, "smart");
    g_assert_cmpstr(step_of(blind, 0)->reason, ==,
                    "[model smart]: default: the request was not measured for its rules");
    planned_free(p);
}

/* What each model may read is its own word, wherever the way to it began. */
static void test_labels_from(void)
{
    Planned *p = planned_new("[model outer]\nstrategy = rules\n"
                             "rule.1 = complexity == simple -> a/x\ndefault = inner\n"
                             "[model inner]\nstrategy = rules\nlabels-from = metadata\n"
                             "rule.1 = complexity == simple -> b/x\ndefault = c/x\n");
    p->facts.metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(p->facts.metadata, g_strdup("complexity"), g_strdup("simple"));
    g_autoptr(PbayPlan) plan = plan_of(p, "outer");
    g_assert_cmpstr(step_of(plan, 0)->target->name, ==, "b/x");
    p->facts.labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(p->facts.labels, g_strdup("complexity"), g_strdup("high"));
    g_autoptr(PbayPlan) said = plan_of(p, "outer"); /* labels over metadata */
    g_assert_cmpstr(step_of(said, 0)->target->name, ==, "c/x");
    planned_free(p);
}

/* ---- Budgets ---- */

#define BUDGET(more)                                                                               \
    "[model m]\nstrategy = budget\nmax-cost = 0.01\ntargets = a/x;b/x;c/x;d/x\n" more "\n" PRICES

static void test_budget(void)
{
    Planned *p = planned_new(BUDGET("prefer = cheap"));
    assert_plan(p, "m", "b/x c/x a/x d/x");
    p->spec.has_prefer = true;
    p->spec.prefer = PBAY_PREFER_EXPENSIVE; /* the request's word over the model's */
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_autofree char *line = plan_line(plan);
    g_assert_cmpstr(line, ==, "c/x b/x a/x d/x");
    g_assert_true(step_of(plan, 2)->over_budget);
    g_assert_cmpstr(step_of(plan, 2)->reason, ==,
                    "[model m]: over the budget of 0.01 USD: 0.03 USD estimated");
    assert_note(plan, NULL);
    p->spec.has_max_cost = true;
    p->spec.max_cost = usd("0.03"); /* just fits */
    assert_plan(p, "m", "a/x c/x b/x d/x");
    planned_free(p);
}

static void test_nothing_fits(void)
{
    Planned *p = planned_new(BUDGET("") "[model f]\ntargets = d/y\nfallbacks = m\n");
    p->spec.has_max_cost = true;
    p->spec.max_cost = usd("0.001");
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_autofree char *line = plan_line(plan);
    g_assert_cmpstr(line, ==, "b/x c/x a/x d/x");
    g_assert_cmpstr(step_of(plan, 0)->reason, ==,
                    "[model m]: over the budget of 0.001 USD: 0.003 USD estimated, the cheapest "
                    "there is");
    assert_note(plan,
                "[model m]: nothing that can be asked is known to fit the budget of 0.001 USD "
                "(b/x: 0.003 USD estimated; c/x: 0.009 USD estimated; a/x: 0.03 USD "
                "estimated; d/x: price unknown: there is no [price] section for it)");
    /* One that cannot be asked for now is told as such: what is left is over the budget. */
    p->spec.max_cost = usd("0.004");
    break_target(p, "b/x");
    g_autoptr(PbayPlan) broken = plan_of(p, "m");
    g_autofree char *rest = plan_line(broken);
    g_assert_cmpstr(rest, ==, "c/x a/x d/x !b/x");
    g_assert_cmpuint(broken->notes->len, ==, 1);
    /* Of a fallback it is told when it comes to that: the step says it. */
    p->spec.max_cost = usd("0.001");
    g_autoptr(PbayPlan) later = plan_of(p, "f");
    g_assert_cmpuint(later->notes->len, ==, 1); /* of d/y, whose price is unknown */
    g_assert_true(step_of(later, 1)->over_budget);
    planned_free(p);
}

static void assert_refused(Planned *p, const char *name, const char *message)
{
    g_autoptr(GError) error = NULL;
    p->spec.name = name;
    g_assert_null(pbay_plan_new(&p->spec, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
    g_assert_cmpstr(error->message, ==, message);
}

static void test_refuse(void)
{
    Planned *p = planned_new(BUDGET("over-budget = refuse\nfallbacks = d/y"));
    assert_plan(p, "m", "b/x c/x !a/x !d/x | d/y"); /* the middle of two is the cheaper */
    break_target(p, "b/x");
    break_target(p, "c/x");
    assert_plan(p, "m", "!a/x !d/x !b/x !c/x | d/y"); /* better times, or the fallback */
    p->spec.has_max_cost = true;
    p->spec.max_cost = usd("0.002");
    assert_refused(p, "m",
                   "[model m]: no target fits the budget of 0.002 USD (a/x: 0.03 USD estimated; "
                   "d/x: price unknown: there is no [price] section for it): allow more, or set "
                   "over-budget = cheapest");
    planned_free(p);
}

/* A choice of one has nothing to choose, but says that it is too dear. */
static void test_budget_of_one(void)
{
    Planned *p = planned_new(PRICES);
    p->spec.has_max_cost = true;
    p->spec.max_cost = usd("0.03");
    g_autoptr(PbayPlan) fits = plan_of(p, "a/x");
    assert_note(fits, NULL);
    p->spec.max_cost = usd("0.02");
    g_autoptr(PbayPlan) over = plan_of(p, "a/x");
    g_assert_false(step_of(over, 0)->out);
    g_assert_cmpstr(step_of(over, 0)->reason, ==,
                    "prefix a: over the budget of 0.02 USD: 0.03 USD estimated, the cheapest there "
                    "is");
    assert_note(over, "a/x: nothing that can be asked is known to fit the budget of 0.02 USD "
                      "(a/x: 0.03 USD estimated)");
    p->spec.has_max_cost = false;
    p->spec.has_prefer = true;
    g_autoptr(PbayPlan) preferred = plan_of(p, "a/x");
    g_assert_cmpstr(step_of(preferred, 0)->reason, ==, "prefix a");
    planned_free(p);
}

static void test_request_makes_it_a_budget(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x;b/x;c/x\n[model w]\nstrategy = weighted\n"
                             "targets = a/x weight=9;b/x weight=0;c/x\n" PRICES);
    p->spec.has_prefer = true;
    p->spec.prefer = PBAY_PREFER_CHEAP;
    assert_plan(p, "m", "b/x c/x a/x");
    assert_plan(p, "w", "c/x a/x b/x"); /* weight 0 stays what it is */
    p->spec.has_prefer = false;
    p->spec.has_max_cost = true;
    p->spec.max_cost = usd("1");
    assert_plan(p, "m", "c/x b/x a/x"); /* balanced, unless somebody says else */
    planned_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan_choice/order", test_order);
    g_test_add_func("/routing/plan_choice/weighted", test_weighted);
    g_test_add_func("/routing/plan_choice/measured_strategies", test_measured_strategies);
    g_test_add_func("/routing/plan_choice/cost", test_cost);
    g_test_add_func("/routing/plan_choice/rules", test_rules);
    g_test_add_func("/routing/plan_choice/labels_from", test_labels_from);
    g_test_add_func("/routing/plan_choice/budget", test_budget);
    g_test_add_func("/routing/plan_choice/nothing_fits", test_nothing_fits);
    g_test_add_func("/routing/plan_choice/refuse", test_refuse);
    g_test_add_func("/routing/plan_choice/budget_of_one", test_budget_of_one);
    g_test_add_func("/routing/plan_choice/request_makes_it_a_budget",
                    test_request_makes_it_a_budget);
    return g_test_run();
}
