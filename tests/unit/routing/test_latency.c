/* SPDX-License-Identifier: Apache-2.0 */
/* The average forgets by time and not by number, knows when it is stale; the percentile has its
 * edges where they are said to be, follows a change, and never counts beyond its bound. */
#include "routing/latency.h"

#include <glib.h>
#include <math.h>

static PbayLatency fresh(void)
{
    PbayLatency latency;
    pbay_latency_init(&latency);
    return latency;
}

static void test_average(void)
{
    PbayLatency latency = fresh();
    g_assert_cmpint(pbay_latency_average(&latency, 0), ==, -1);
    pbay_latency_first(&latency, 1000, 100);
    g_assert_cmpint(pbay_latency_average(&latency, 1000), ==, 100);
    pbay_latency_first(&latency, 1000, 300); /* at one instant all count alike */
    g_assert_cmpint(pbay_latency_average(&latency, 1000), ==, 200);
    pbay_latency_first(&latency, 1000, 800);
    g_assert_cmpint(pbay_latency_average(&latency, 1000), ==, 400);
}

static void test_old_weighs_less(void)
{
    PbayLatency latency = fresh();
    pbay_latency_first(&latency, 0, 1000);
    pbay_latency_first(&latency, PBAY_LATENCY_TAU, 0);
    g_assert_cmpint(pbay_latency_average(&latency, PBAY_LATENCY_TAU), ==,
                    (int64_t)(1000 * exp(-1) + 0.5));
    pbay_latency_first(&latency, 20 * PBAY_LATENCY_TAU, 70); /* after long it counts alone */
    g_assert_cmpint(pbay_latency_average(&latency, 20 * PBAY_LATENCY_TAU), ==, 70);
}

/* However many came before, a minute later the new ones rule. */
static void test_follows_a_change(void)
{
    PbayLatency latency = fresh();
    int64_t now = 0;
    for (int i = 0; i < 100000; i++)
        pbay_latency_first(&latency, now += 1, 50);
    g_assert_cmpint(pbay_latency_average(&latency, now), ==, 50);
    for (int i = 0; i < 120; i++)
        pbay_latency_first(&latency, now += 1000, 2000);
    g_assert_cmpint(pbay_latency_average(&latency, now), >, 1900);
    g_assert_cmpint(pbay_latency_average(&latency, now), <=, 2000);
}

static void test_stale(void)
{
    PbayLatency latency = fresh();
    pbay_latency_first(&latency, 5000, 100);
    g_assert_cmpint(pbay_latency_average(&latency, 5000 + PBAY_LATENCY_STALE), ==, 100);
    g_assert_cmpint(pbay_latency_average(&latency, 5001 + PBAY_LATENCY_STALE), ==, -1);
    pbay_latency_first(&latency, 4000, 100); /* a thread that is behind makes it no older */
    g_assert_cmpint(pbay_latency_average(&latency, 5000 + PBAY_LATENCY_STALE), ==, 100);
    pbay_latency_first(&latency, 6000, -5);
    g_assert_cmpint(pbay_latency_average(&latency, 6000), >=, 0);
}

static int64_t p95_of(int64_t ms)
{
    PbayLatency latency = fresh();
    for (int i = 0; i < PBAY_LATENCY_LEAST; i++)
        pbay_latency_sample(&latency, true, ms);
    g_assert_cmpint(pbay_latency_p95(&latency, false), ==, -1); /* the other kind */
    return pbay_latency_p95(&latency, true);
}

static void test_edges(void)
{
    for (int i = 0; i < PBAY_LATENCY_BUCKETS; i++) {
        int64_t edge = (int64_t)(pow(2, i / 2.0) + 0.5);
        g_assert_cmpint(p95_of(edge), ==, edge);
        if (i >= 2 && i + 1 < PBAY_LATENCY_BUCKETS)
            g_assert_cmpint(p95_of(edge + 1), ==, (int64_t)(pow(2, (i + 1) / 2.0) + 0.5));
    }
    g_assert_cmpint(p95_of(-1), ==, 1);
    g_assert_cmpint(p95_of(0), ==, 1);
    g_assert_cmpint(p95_of(46342), ==, 46341); /* the last one takes what is more */
    g_assert_cmpint(p95_of(INT64_MAX), ==, 46341);
}

static void test_percentile(void)
{
    PbayLatency latency = fresh();
    for (int i = 0; i < PBAY_LATENCY_LEAST - 1; i++)
        pbay_latency_sample(&latency, false, 100);
    g_assert_cmpint(pbay_latency_p95(&latency, false), ==, -1);
    pbay_latency_sample(&latency, false, 9000); /* one of twenty is within the 5 % */
    g_assert_cmpint(pbay_latency_p95(&latency, false), ==, 128);
    pbay_latency_sample(&latency, false, 9000);
    g_assert_cmpint(pbay_latency_p95(&latency, false), ==, 11585);
    g_assert_cmpint(pbay_latency_p95(&latency, true), ==, -1);
}

/* Against sorted samples: the bucket of the true percentile. */
static void test_percentile_of_random(void)
{
    GRand *rand = g_rand_new_with_seed(7);
    for (int round = 0; round < 200; round++) {
        PbayLatency latency = fresh();
        int counts[47000] = {0};
        int n = g_rand_int_range(rand, PBAY_LATENCY_LEAST, 900);
        for (int i = 0; i < n; i++) {
            int ms = (int)pow(2, g_rand_double_range(rand, 0, 15.4));
            counts[ms]++;
            pbay_latency_sample(&latency, true, ms);
        }
        int seen = 0, ms = 0;
        while ((seen += counts[ms]) * 100 < n * 95)
            ms++;
        int64_t p95 = pbay_latency_p95(&latency, true);
        g_assert_cmpint(p95, >=, ms);
        g_assert_cmpint(p95, <=, (int64_t)(ms * sqrt(2)) + 1);
    }
    g_rand_free(rand);
}

static void test_counts_are_bounded(void)
{
    PbayLatency latency = fresh();
    for (int i = 0; i < 100000; i++) {
        pbay_latency_sample(&latency, true, i % 3 == 0 ? 10 : 4000);
        for (int j = 0; j < PBAY_LATENCY_BUCKETS; j++)
            g_assert_cmpuint(latency.histogram[0][j], <, 1024);
    }
    g_assert_cmpint(pbay_latency_p95(&latency, true), ==, 4096);
    for (int i = 0; i < 20000; i++) /* what is old is forgotten */
        pbay_latency_sample(&latency, true, 10);
    g_assert_cmpint(pbay_latency_p95(&latency, true), ==, 11);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/latency/average", test_average);
    g_test_add_func("/routing/latency/old-weighs-less", test_old_weighs_less);
    g_test_add_func("/routing/latency/follows-a-change", test_follows_a_change);
    g_test_add_func("/routing/latency/stale", test_stale);
    g_test_add_func("/routing/latency/edges", test_edges);
    g_test_add_func("/routing/latency/percentile", test_percentile);
    g_test_add_func("/routing/latency/percentile-of-random", test_percentile_of_random);
    g_test_add_func("/routing/latency/counts-are-bounded", test_counts_are_bounded);
    return g_test_run();
}
