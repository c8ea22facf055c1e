/* SPDX-License-Identifier: Apache-2.0 */
/* The cheapest, and what a budget allows: against a definition of their own, over random prices. */
#include "unit/routing/candidates.h"

/* Thousandths of a dollar. */
static PbayMoney milli(int64_t n)
{
    PbayMoney money = 0;
    g_assert_true(pbay_money_parse("0.001", &money));
    return money * n;
}

static void price(Field *f, char name, int64_t thousandths)
{
    PbayStep *step = &field_at(f, name)->step;
    step->estimated = true;
    step->estimate = milli(thousandths);
}

static void test_cost(void)
{
    Field f;
    field_init(&f, 5);
    price(&f, 'b', 30);
    price(&f, 'd', 5);
    price(&f, 'e', 5);
    f.candidates[0].step.unpriced = "there is no [price] section for it";
    pbay_strategy_cost(f.candidates, f.n);
    g_assert_cmpstr(field_line(&f), ==, "debac");
    g_assert_cmpstr(f.candidates[0].step.reason, ==, "cheapest: 0.005 USD estimated");
    g_assert_cmpstr(f.candidates[2].step.reason, ==, "next in cost: 0.03 USD estimated");
    g_assert_cmpstr(f.candidates[3].step.reason, ==,
                    "price unknown: there is no [price] section for it");
    g_assert_cmpstr(f.candidates[4].step.reason, ==, "price unknown: the request was not measured");
    field_clear(&f);
}

/* Free is a price: known, and the lowest. */
static void test_free(void)
{
    Field f;
    field_init(&f, 3);
    price(&f, 'c', 0);
    price(&f, 'b', 1);
    pbay_strategy_cost(f.candidates, f.n);
    g_assert_cmpstr(field_line(&f), ==, "cba");
    g_assert_cmpstr(f.candidates[0].step.reason, ==, "cheapest: 0 USD estimated");
    field_clear(&f);
}

static const char *by_budget(Field *f, PbayPrefer prefer, int64_t max)
{
    const PbayBudget budget = {max >= 0, milli(max), prefer, PBAY_OVER_CHEAPEST};
    field_reset(f);
    pbay_strategy_budget(f->candidates, f->n, &budget);
    return field_line(f);
}

static void test_prefer(void)
{
    Field f;
    field_init(&f, 7);
    price(&f, 'a', 4);
    price(&f, 'b', 1);
    price(&f, 'c', 3);
    price(&f, 'd', 5);
    price(&f, 'e', 2);
    price(&f, 'g', 9);
    g_assert_cmpstr(by_budget(&f, PBAY_PREFER_CHEAP, 5), ==, "becadgf");
    g_assert_cmpstr(by_budget(&f, PBAY_PREFER_EXPENSIVE, 5), ==, "dacebgf");
    g_assert_cmpstr(by_budget(&f, PBAY_PREFER_BALANCED, 5), ==, "ceabdgf");
    g_assert_cmpstr(f.candidates[0].step.reason, ==,
                    "the middle by cost within the budget of 0.005 USD: 0.003 USD estimated");
    g_assert_cmpstr(f.candidates[1].step.reason, ==,
                    "next to the middle by cost within the budget of 0.005 USD: 0.002 USD "
                    "estimated");
    g_assert_cmpstr(f.candidates[5].step.reason, ==,
                    "over the budget of 0.005 USD: 0.009 USD estimated");
    g_assert_true(f.candidates[5].step.over_budget);
    g_assert_false(f.candidates[6].step.over_budget);
    /* Of an even number the cheaper middle: b e c a -> e. */
    g_assert_cmpstr(by_budget(&f, PBAY_PREFER_BALANCED, 4), ==, "ebcadgf");
    g_assert_cmpstr(by_budget(&f, PBAY_PREFER_BALANCED, 2), ==, "becadgf");
    g_assert_cmpstr(by_budget(&f, PBAY_PREFER_EXPENSIVE, -1), ==, "gdacebf");
    g_assert_cmpstr(f.candidates[0].step.reason, ==, "dearest: 0.009 USD estimated");
    g_assert_cmpstr(by_budget(&f, PBAY_PREFER_EXPENSIVE, 0), ==, "becadgf");
    g_assert_cmpstr(f.candidates[0].step.reason, ==,
                    "over the budget of 0 USD: 0.001 USD estimated, the cheapest there is");
    field_clear(&f);
}

static void test_refuse(void)
{
    Field f;
    field_init(&f, 3);
    price(&f, 'a', 4);
    price(&f, 'b', 1);
    PbayBudget budget = {true, milli(2), PBAY_PREFER_CHEAP, PBAY_OVER_REFUSE};
    g_assert_cmpuint(pbay_strategy_budget(f.candidates, f.n, &budget), ==, 1);
    g_assert_cmpstr(field_line(&f), ==, "bac");
    g_assert_false(f.candidates[0].step.out);
    g_assert_true(f.candidates[1].step.out);
    g_assert_cmpint(f.candidates[1].step.cls, ==, PB_ERR_INVALID);
    g_assert_true(f.candidates[2].step.out);
    g_assert_nonnull(strstr(f.candidates[2].step.reason, "may be over the budget"));
    field_reset(&f);
    budget.has_max = false; /* nothing to be over of */
    g_assert_cmpuint(pbay_strategy_budget(f.candidates, f.n, &budget), ==, 2);
    for (size_t i = 0; i < f.n; i++)
        g_assert_false(f.candidates[i].step.out);
    field_clear(&f);
    g_assert_cmpuint(pbay_strategy_budget(f.candidates, 0, &budget), ==, 0);
}

/* One that is out for now stays so for the budget's sake, if that refuses. */
static void test_heed(void)
{
    Field f;
    field_init(&f, 3);
    price(&f, 'a', 4);
    price(&f, 'b', 1);
    PbayBudget budget = {true, milli(2), PBAY_PREFER_CHEAP, PBAY_OVER_CHEAPEST};
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < f.n; i++) {
            PbayStep *step = &f.candidates[i].step;
            step->out = true;
            step->cls = PB_ERR_OVERLOADED;
            g_free(step->reason);
            step->reason = g_strdup("breaker open");
            pbay_candidate_heed_budget(&f.candidates[i], &budget);
            g_assert_true(step->out);
            bool kept = round == 0 || i == 1;
            g_assert_cmpint(step->cls, ==, kept ? PB_ERR_OVERLOADED : PB_ERR_INVALID);
            g_assert_true((strcmp(step->reason, "breaker open") == 0) == kept);
            g_assert_true(step->over_budget == (i == 0));
        }
        budget.over = PBAY_OVER_REFUSE;
    }
    PbayStep *step = &f.candidates[0].step; /* out for good: that is what is said */
    step->cls = PB_ERR_CONFIG;
    g_free(step->reason);
    step->reason = g_strdup("no key");
    pbay_candidate_heed_budget(&f.candidates[0], &budget);
    g_assert_cmpstr(step->reason, ==, "no key");
    field_clear(&f);
}

/* The first by definition: of the fitting estimates, sorted, the least, the most, the middle. */
static gint by_number(gconstpointer a, gconstpointer b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void assert_first(const Field *f, const int64_t *fitting, guint n, PbayPrefer prefer,
                         int64_t least)
{
    guint at = prefer == PBAY_PREFER_CHEAP       ? 0
               : prefer == PBAY_PREFER_EXPENSIVE ? n - 1
                                                 : (n - 1) / 2;
    int64_t expected = n > 0 ? fitting[at] : least;
    const PbayStep *first = &f->candidates[0].step;
    g_assert_true(first->estimated == (expected >= 0));
    if (first->estimated)
        g_assert_true(first->estimate == milli(expected));
}

static void test_definition(void)
{
    PbayChance chance = {42};
    for (int round = 0; round < 3000; round++) {
        Field f;
        int64_t fitting[CANDIDATES_MAX], least = -1;
        guint fit = 0;
        field_init(&f, 1 + pbay_chance_below(&chance, 9));
        int64_t max = (int64_t)pbay_chance_below(&chance, 12);
        PbayPrefer prefer = (PbayPrefer)pbay_chance_below(&chance, 3);
        for (size_t i = 0; i < f.n; i++) {
            int64_t cost = (int64_t)pbay_chance_below(&chance, 20) - 3;
            if (cost < 0)
                continue;
            price(&f, (char)('a' + (int)i), cost);
            least = least < 0 ? cost : MIN(least, cost);
            if (cost <= max)
                fitting[fit++] = cost;
        }
        qsort(fitting, fit, sizeof *fitting, by_number);
        pbay_candidates_shuffle(f.candidates, f.n, &chance);
        const PbayBudget budget = {true, milli(max), prefer, PBAY_OVER_CHEAPEST};
        g_assert_cmpuint(pbay_strategy_budget(f.candidates, f.n, &budget), ==, fit);
        assert_first(&f, fitting, fit, prefer, least);
        unsigned seen = 0;
        for (size_t i = 0; i < f.n; i++) {
            seen |= 1u << f.candidates[i].place;
            g_assert_true(f.candidates[i].step.over_budget ==
                          (f.candidates[i].step.estimated && i >= fit));
        }
        g_assert_cmpuint(seen, ==, (1u << f.n) - 1);
        field_clear(&f);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/strategy_cost/cost", test_cost);
    g_test_add_func("/routing/strategy_cost/free", test_free);
    g_test_add_func("/routing/strategy_cost/prefer", test_prefer);
    g_test_add_func("/routing/strategy_cost/refuse", test_refuse);
    g_test_add_func("/routing/strategy_cost/heed", test_heed);
    g_test_add_func("/routing/strategy_cost/definition", test_definition);
    return g_test_run();
}
