/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of price/ share: a list of prices from text or files, and costs as text. */
#ifndef PBAY_TESTS_PRICE_FIXTURE_H
#define PBAY_TESTS_PRICE_FIXTURE_H

#include "price/price.h"
#include "unit/config/fixture.h"

typedef struct Fixture {
    PbayProblems *problems;
    PbayConfig *config;
    PbayPriceList *list;
} Fixture;

static inline Fixture fixture_prices_in(const char *path, const char *const *sets)
{
    const char *const paths[] = {path, NULL};
    PbayConfigInput input = {.paths = paths, .sets = sets};
    Fixture f = {.problems = pbay_problems_new()};
    f.config = pbay_config_load(&input, f.problems);
    f.list = pbay_price_list_new(f.config, f.problems);
    g_assert_nonnull(f.list);
    return f;
}

/* The values have to be sound each by itself. */
static inline Fixture fixture_prices(const char *text)
{
    Fixture f = {.problems = pbay_problems_new()};
    f.config = fixture_load(text, NULL, NULL, f.problems);
    fixture_assert_problems(f.problems, "");
    f.list = pbay_price_list_new(f.config, f.problems);
    g_assert_nonnull(f.list);
    return f;
}

static inline void fixture_clear(Fixture *f)
{
    pbay_price_list_free(f->list);
    pbay_config_unref(f->config);
    g_ptr_array_unref(f->problems);
}

/* The problems of the list alone, the values by themselves being sound. */
static inline void fixture_assert_fault(const char *text, const char *expected)
{
    Fixture f = fixture_prices(text);
    for (guint i = 0; i < f.problems->len; i++) {
        PbayProblem *problem = g_ptr_array_index(f.problems, i);
        g_free(problem->file);
        problem->file = g_strdup("FILE");
    }
    fixture_assert_problems(f.problems, expected);
    fixture_clear(&f);
}

static inline void fixture_assert_cost(const Fixture *f, const char *target, PbayTokens tokens,
                                       const char *expected)
{
    PbayMoney cost = -1;
    const char *why = "unset";
    bool known = pbay_price_cost(pbay_price_find(f->list, target), &tokens, &cost, &why);
    g_assert_cmpstr(why, ==, NULL);
    g_assert_true(known);
    g_autofree char *text = pbay_money_text(cost);
    g_assert_cmpstr(text, ==, expected);
}

static inline void fixture_assert_unknown(const Fixture *f, const char *target, PbayTokens tokens,
                                          const char *expected)
{
    PbayMoney cost = 77;
    const char *why = NULL;
    const PbayPrice *price = pbay_price_find(f->list, target);
    g_assert_false(pbay_price_cost(price, &tokens, &cost, &why));
    g_assert_cmpstr(why, ==, expected);
    g_assert_true(cost == 77);
    g_assert_false(pbay_price_cost(price, &tokens, &cost, NULL));
}

#endif
