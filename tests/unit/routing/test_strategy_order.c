/* SPDX-License-Identifier: Apache-2.0 */
/* As written, and drawn by weight: who is first how often, who is second then, and who is last. */
#include "unit/routing/candidates.h"

#define DRAWS 20000u

static void test_order(void)
{
    Field f;
    field_init(&f, 11);
    PbayChance chance = {7};
    pbay_candidates_shuffle(f.candidates, f.n, &chance);
    pbay_strategy_order(f.candidates, f.n, 12);
    g_assert_cmpstr(field_line(&f), ==, "abcdefghijk");
    g_assert_cmpstr(f.candidates[0].step.reason, ==, "first of the order");
    g_assert_cmpstr(f.candidates[9].step.reason, ==, "tenth of the order");
    g_assert_cmpstr(f.candidates[10].step.reason, ==, "number 11 of the order");
    field_clear(&f);
}

/* The place is that of the text, whoever is left out before. */
static void test_order_of_the_rest(void)
{
    Field f;
    field_init(&f, 3);
    pbay_strategy_order(f.candidates + 1, 2, 3);
    g_assert_cmpstr(f.candidates[1].step.reason, ==, "second of the order");
    field_clear(&f);
    field_init(&f, 1);
    pbay_strategy_order(f.candidates, 1, 1);
    g_assert_cmpstr(f.candidates[0].step.reason, ==, "its only target");
    field_clear(&f);
    pbay_strategy_order(f.candidates, 0, 3);
}

static void test_sort_is_stable(void)
{
    Field f;
    field_init(&f, 6);
    field_price(&f, 'f', 1);
    field_price(&f, 'c', 1);
    field_price(&f, 'd', 2);
    PbayChance chance = {9};
    for (int i = 0; i < 50; i++) {
        pbay_candidates_shuffle(f.candidates, f.n, &chance);
        pbay_candidates_sort(f.candidates, f.n, pbay_candidates_by_cost);
        pbay_strategy_cost(f.candidates, f.n);
        g_assert_cmpstr(field_line(&f), ==, "cfdabe");
        field_clear(&f);
    }
}

static void test_shuffle_is_even(void)
{
    unsigned counts[3][3] = {{0}};
    Field f;
    field_init(&f, 3);
    PbayChance chance = {3};
    for (unsigned i = 0; i < 9000; i++) {
        pbay_candidates_shuffle(f.candidates, f.n, &chance);
        for (size_t k = 0; k < 3; k++)
            counts[k][f.candidates[k].place]++;
    }
    for (size_t k = 0; k < 9; k++)
        assert_share(counts[k / 3][k % 3], 9000, 1.0 / 3);
}

static void test_weighted(void)
{
    unsigned first[3] = {0}, second_after_a[3] = {0};
    Field f;
    field_init(&f, 3);
    f.targets[0].weight = 6;
    f.targets[1].weight = 3;
    f.targets[2].weight = 1;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        PbayChance chance = {seed};
        pbay_strategy_weighted(f.candidates, f.n, &chance);
        first[f.candidates[0].place]++;
        if (f.candidates[0].place == 0)
            second_after_a[f.candidates[1].place]++;
        field_reset(&f);
    }
    assert_share(first[0], DRAWS, 0.6);
    assert_share(first[1], DRAWS, 0.3);
    assert_share(first[2], DRAWS, 0.1);
    assert_share(second_after_a[1], first[0], 0.75);
    g_assert_cmpuint(second_after_a[0], ==, 0);
}

/* The order in which they come in is no matter. */
static void test_weighted_of_a_permutation(void)
{
    Field f, g;
    field_init(&f, 5);
    field_init(&g, 5);
    for (size_t i = 0; i < 5; i++)
        f.targets[i].weight = g.targets[i].weight = (int64_t)i;
    PbayChance mixer = {1};
    for (uint64_t seed = 0; seed < 200; seed++) {
        PbayChance one = {seed}, two = {seed};
        pbay_candidates_shuffle(g.candidates, g.n, &mixer);
        pbay_strategy_weighted(f.candidates, f.n, &one);
        pbay_strategy_weighted(g.candidates, g.n, &two);
        g_autofree char *line = g_strdup(field_line(&f));
        g_assert_cmpstr(field_line(&g), ==, line);
        g_assert_true(line[4] == 'a');
        field_reset(&f);
        field_reset(&g);
    }
}

static void test_weights_at_the_edge(void)
{
    Field f;
    field_init(&f, 3);
    f.targets[0].weight = f.targets[1].weight = f.targets[2].weight = 0;
    PbayChance chance = {1};
    pbay_strategy_weighted(f.candidates, f.n, &chance);
    g_assert_cmpstr(field_line(&f), ==, "abc");
    field_reset(&f);
    f.targets[1].weight = 1000000000;
    f.targets[2].weight = 1;
    pbay_strategy_weighted(f.candidates, f.n, &chance);
    g_assert_cmpstr(field_line(&f), ==, "bca");
    g_assert_cmpstr(f.candidates[0].step.reason, ==, "drawn by weight, 1000000000 of 1000000001");
    g_assert_cmpstr(f.candidates[1].step.reason, ==, "drawn by weight, 1 of 1");
    field_clear(&f);
    pbay_strategy_weighted(f.candidates, 0, &chance);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/strategy_order/order", test_order);
    g_test_add_func("/routing/strategy_order/order_of_the_rest", test_order_of_the_rest);
    g_test_add_func("/routing/strategy_order/sort_is_stable", test_sort_is_stable);
    g_test_add_func("/routing/strategy_order/shuffle_is_even", test_shuffle_is_even);
    g_test_add_func("/routing/strategy_order/weighted", test_weighted);
    g_test_add_func("/routing/strategy_order/weighted_permutation", test_weighted_of_a_permutation);
    g_test_add_func("/routing/strategy_order/weights_at_the_edge", test_weights_at_the_edge);
    return g_test_run();
}
