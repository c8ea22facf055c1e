/* SPDX-License-Identifier: Apache-2.0 */
/* The retry budget against an oracle that keeps every request: whenever an extra one is let
 * through, the last 60 seconds hold at most the free ones and a fifth of the first ones. */
#include "routing/retry_budget.h"

#include <glib.h>

static int64_t count_since(const GArray *times, int64_t from)
{
    int64_t n = 0;
    for (guint i = 0; i < times->len; i++)
        n += g_array_index(times, int64_t, i) >= from;
    return n;
}

typedef struct Storm {
    GRand *chance;
    PbayRetryBudget budget;
    GArray *first, *extra; /* int64_t: when */
    int64_t now;
} Storm;

static void first(Storm *storm)
{
    pbay_retry_budget_first(&storm->budget, storm->now);
    g_array_append_val(storm->first, storm->now);
}

/* False: the budget says no. */
static bool extra(Storm *storm)
{
    if (!pbay_retry_budget_allows(&storm->budget, storm->now))
        return false;
    pbay_retry_budget_extra(&storm->budget, storm->now);
    g_array_append_val(storm->extra, storm->now);
    int64_t since = storm->now - 60000;
    g_assert_cmpint(count_since(storm->extra, since) * 100, <=,
                    PBAY_RETRY_FREE * 100 + count_since(storm->first, since) * PBAY_RETRY_PERCENT);
    return true;
}

static Storm storm_new(uint32_t seed)
{
    return (Storm){.chance = g_rand_new_with_seed(seed),
                   .first = g_array_new(FALSE, FALSE, sizeof(int64_t)),
                   .extra = g_array_new(FALSE, FALSE, sizeof(int64_t)),
                   .now = 1000000};
}

static void storm_free(Storm *storm)
{
    g_rand_free(storm->chance);
    g_array_unref(storm->first);
    g_array_unref(storm->extra);
}

/* Everything fails and everybody would try thrice more; traffic comes in bursts. */
static void test_no_storm(void)
{
    for (uint32_t seed = 1; seed <= 10; seed++) {
        Storm storm = storm_new(seed);
        int refused = 0;
        for (int i = 0; i < 600; i++) {
            storm.now += g_rand_int_range(storm.chance, 0, seed % 2 ? 200 : 2000);
            if (g_rand_int_range(storm.chance, 0, 100) == 0)
                storm.now += g_rand_int_range(storm.chance, 0, 90000);
            first(&storm);
            for (int retry = 0; retry < 3; retry++)
                refused += !extra(&storm);
        }
        g_assert_cmpint(refused, >, 0);
        storm_free(&storm);
    }
}

/* What it must not refuse: the free ones, and the fifth of what was surely there. */
static void test_generous(void)
{
    Storm storm = storm_new(7);
    for (int i = 0; i < PBAY_RETRY_FREE; i++)
        g_assert_true(extra(&storm));
    g_assert_false(extra(&storm));
    for (int i = 0; i < 4; i++)
        first(&storm);
    g_assert_false(extra(&storm)); /* a fifth of four is none */
    first(&storm);
    g_assert_true(extra(&storm));
    g_assert_false(extra(&storm));
    for (int i = 0; i < 95; i++)
        first(&storm);
    for (int i = 0; i < 19; i++)
        g_assert_true(extra(&storm));
    g_assert_false(extra(&storm));
    storm.now += 61000; /* all of it is over */
    for (int i = 0; i < PBAY_RETRY_FREE; i++)
        g_assert_true(extra(&storm));
    g_assert_false(extra(&storm));
    storm_free(&storm);
}

/* A lone call an hour may always be tried again. */
static void test_quiet(void)
{
    Storm storm = storm_new(8);
    for (int i = 0; i < 100; i++) {
        storm.now += 3600000;
        first(&storm);
        g_assert_true(extra(&storm));
        g_assert_true(extra(&storm));
    }
    storm_free(&storm);
}

static void test_large(void)
{
    PbayRetryBudget budget = {0};
    for (int i = 0; i < 61; i++)
        pbay_window_add(&budget.first, i * 1000, INT64_MAX);
    g_assert_true(pbay_retry_budget_allows(&budget, 60000));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/retry-budget/no-storm", test_no_storm);
    g_test_add_func("/retry-budget/generous", test_generous);
    g_test_add_func("/retry-budget/quiet", test_quiet);
    g_test_add_func("/retry-budget/large", test_large);
    return g_test_run();
}
