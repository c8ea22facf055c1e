/* SPDX-License-Identifier: Apache-2.0 */
/* Least busy, and the power of two choices on latency: distributions with fixed seeds. */
#include "unit/routing/candidates.h"

#define DRAWS 20000u

static void set_busy(Field *f, char name, unsigned busy, int64_t weight)
{
    PbayCandidate *one = field_at(f, name);
    one->step.peek.busy = busy;
    f->targets[one->place].weight = weight;
}

static void set_latency(Field *f, char name, int64_t ms, unsigned busy)
{
    field_at(f, name)->step.peek.first_ms = ms;
    field_at(f, name)->step.peek.busy = busy;
}

static void test_least_busy(void)
{
    Field f;
    field_init(&f, 4);
    set_busy(&f, 'a', 4, 1);
    set_busy(&f, 'b', 9, 3); /* 3 each */
    set_busy(&f, 'c', 2, 1);
    set_busy(&f, 'd', 100, 100); /* 1 each */
    for (uint64_t seed = 0; seed < 50; seed++) {
        PbayChance chance = {seed};
        pbay_strategy_least_busy(f.candidates, f.n, &chance);
        g_assert_cmpstr(field_line(&f), ==, "dcba");
        field_reset(&f);
    }
    PbayChance chance = {0};
    pbay_strategy_least_busy(f.candidates, f.n, &chance);
    g_assert_cmpstr(f.candidates[0].step.reason, ==, "least busy: 100 under way, weight 100");
    g_assert_cmpstr(f.candidates[1].step.reason, ==, "next in load: 2 under way");
    field_clear(&f);
}

static void test_least_busy_ties(void)
{
    unsigned first[3] = {0};
    Field f;
    field_init(&f, 4);
    set_busy(&f, 'a', 6, 3);
    set_busy(&f, 'b', 2, 1);
    set_busy(&f, 'c', 4, 2);
    set_busy(&f, 'd', 3, 1);
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        PbayChance chance = {seed};
        pbay_strategy_least_busy(f.candidates, f.n, &chance);
        g_assert_cmpuint(f.candidates[3].place, ==, 3);
        first[f.candidates[0].place]++;
        field_reset(&f);
    }
    for (size_t i = 0; i < 3; i++)
        assert_share(first[i], DRAWS, 1.0 / 3);
}

/* Of four that are measured the fastest is in half of all pairs; the slowest wins none. */
static void test_two_choices(void)
{
    unsigned first[4] = {0};
    Field f;
    field_init(&f, 4);
    set_latency(&f, 'a', 800, 0);
    set_latency(&f, 'b', 100, 3);
    set_latency(&f, 'c', 200, 0);
    set_latency(&f, 'd', 400, 0);
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        PbayChance chance = {seed};
        pbay_strategy_latency(f.candidates, f.n, &chance);
        first[f.candidates[0].place]++;
        g_assert_cmpuint(f.candidates[3].place, !=, 1); /* the fastest is never the last */
        field_reset(&f);
    }
    g_assert_cmpuint(first[0], ==, 0);
    assert_share(first[1], DRAWS, 3.0 / 6);
    assert_share(first[2], DRAWS, 2.0 / 6);
    assert_share(first[3], DRAWS, 1.0 / 6);
}

static void test_two_of_two(void)
{
    Field f;
    field_init(&f, 2);
    set_latency(&f, 'a', 300, 0);
    set_latency(&f, 'b', 299, 0);
    for (uint64_t seed = 0; seed < 100; seed++) {
        PbayChance chance = {seed};
        pbay_strategy_latency(f.candidates, f.n, &chance);
        g_assert_cmpstr(field_line(&f), ==, "ba");
        field_reset(&f);
    }
    PbayChance chance = {0};
    pbay_strategy_latency(f.candidates, f.n, &chance);
    g_assert_cmpstr(f.candidates[0].step.reason, ==,
                    "the faster of two that were drawn: usually 299 ms to the first content");
    g_assert_cmpstr(f.candidates[1].step.reason, ==, "last: usually 300 ms to the first content");
    field_clear(&f);
}

/* What nobody measured is tried first; once somebody does, it is no longer. */
static void test_unknown_first(void)
{
    unsigned first[4] = {0};
    Field f;
    field_init(&f, 4);
    set_latency(&f, 'a', 1, 0);
    set_latency(&f, 'b', -1, 0);
    set_latency(&f, 'c', -1, 0);
    set_latency(&f, 'd', -1, 2);
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        PbayChance chance = {seed};
        pbay_strategy_latency(f.candidates, f.n, &chance);
        first[f.candidates[0].place]++;
        g_assert_cmpstr(field_line(&f) + 2, ==, "ad");
        field_reset(&f);
    }
    g_assert_cmpuint(first[0] + first[3], ==, 0);
    assert_share(first[1], DRAWS, 0.5);
    field_clear(&f);
}

static void test_equal_latencies(void)
{
    unsigned first[3] = {0};
    Field f;
    field_init(&f, 3);
    for (char name = 'a'; name <= 'c'; name++)
        set_latency(&f, name, 0, 0); /* 0 ms is measured too */
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        PbayChance chance = {seed};
        pbay_strategy_latency(f.candidates, f.n, &chance);
        first[f.candidates[0].place]++;
        field_reset(&f);
    }
    for (size_t i = 0; i < 3; i++)
        assert_share(first[i], DRAWS, 1.0 / 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/strategy_load/least_busy", test_least_busy);
    g_test_add_func("/routing/strategy_load/least_busy_ties", test_least_busy_ties);
    g_test_add_func("/routing/strategy_load/two_choices", test_two_choices);
    g_test_add_func("/routing/strategy_load/two_of_two", test_two_of_two);
    g_test_add_func("/routing/strategy_load/unknown_first", test_unknown_first);
    g_test_add_func("/routing/strategy_load/equal_latencies", test_equal_latencies);
    return g_test_run();
}
