/* SPDX-License-Identifier: Apache-2.0 */
/* Waits between attempts: bounds of the jitter over many draws, that it spreads, that a hint is
 * never undercut, and what ends the attempts at a target. */
#include "routing/backoff.h"

#include <glib.h>
#include <math.h>

static void test_bounds(void)
{
    GRand *random = g_rand_new_with_seed(3);
    for (int i = 0; i < 1000; i++) {
        int64_t last = 0;
        for (int attempt = 0; attempt < 12; attempt++) {
            int64_t wait = pbay_backoff_next(last, g_rand_double(random));
            g_assert_cmpint(wait, >=, PBAY_BACKOFF_BASE);
            g_assert_cmpint(wait, <=, PBAY_BACKOFF_CAP);
            g_assert_cmpint(wait, <=, 3 * MAX(last, PBAY_BACKOFF_BASE));
            last = wait;
        }
    }
    g_rand_free(random);
}

static void test_values(void)
{
    g_assert_cmpint(pbay_backoff_next(0, 0), ==, 500);
    g_assert_cmpint(pbay_backoff_next(0, 0.5), ==, 1000);
    g_assert_cmpint(pbay_backoff_next(0, 1), ==, 1500);
    g_assert_cmpint(pbay_backoff_next(1500, 0), ==, 500);
    g_assert_cmpint(pbay_backoff_next(1500, 1), ==, 4500);
    g_assert_cmpint(pbay_backoff_next(4500, 1), ==, 8000);
    g_assert_cmpint(pbay_backoff_next(INT64_MAX, 1), ==, 8000);
    g_assert_cmpint(pbay_backoff_next(-7, 0.5), ==, 1000);
    g_assert_cmpint(pbay_backoff_next(0, -1), ==, 500);
    g_assert_cmpint(pbay_backoff_next(0, 7), ==, 1500);
    g_assert_cmpint(pbay_backoff_next(0, (double)NAN), ==, 500);
}

/* Callers that failed together do not come back together. */
static void test_spreads(void)
{
    GRand *random = g_rand_new_with_seed(4);
    int buckets[10] = {0};
    for (int i = 0; i < 10000; i++)
        buckets[(pbay_backoff_next(0, g_rand_double(random)) - 500) / 100]++;
    for (size_t i = 0; i < G_N_ELEMENTS(buckets); i++) {
        g_assert_cmpint(buckets[i], >, 800);
        g_assert_cmpint(buckets[i], <, 1200);
    }
    g_rand_free(random);
}

static bool after(int32_t cls, bool retryable, int64_t hint, double chance, int64_t *wait)
{
    PbayFailure failure = {.cls = cls, .retryable = retryable, .retry_after_ms = hint};
    *wait = -1;
    return pbay_backoff_after(&failure, 0, chance, wait);
}

static void test_after(void)
{
    int64_t wait;
    g_assert_true(after(PB_ERR_RATE_LIMIT, true, 850, 0, &wait));
    g_assert_cmpint(wait, ==, 850);
    g_assert_true(after(PB_ERR_RATE_LIMIT, true, 850, 1, &wait));
    g_assert_cmpint(wait, ==, 935);
    g_assert_true(after(PB_ERR_OVERLOADED, true, 1, 1, &wait));
    g_assert_cmpint(wait, ==, 1);
    g_assert_true(after(PB_ERR_UPSTREAM, true, 0, 0, &wait)); /* no hint */
    g_assert_cmpint(wait, ==, 500);
    g_assert_true(after(PB_ERR_UPSTREAM, true, -1, 0, &wait));
    g_assert_cmpint(wait, ==, 500);
    g_assert_true(after(PB_ERR_RATE_LIMIT, true, 60000, 1, &wait));
    g_assert_cmpint(wait, ==, 66000);
    g_assert_false(after(PB_ERR_RATE_LIMIT, true, 60001, 0, &wait));
    g_assert_false(after(PB_ERR_RATE_LIMIT, true, INT64_MAX, 0, &wait));
    g_assert_cmpint(wait, ==, -1);
    g_assert_false(after(PB_ERR_QUOTA, false, 0, 0, &wait));
    g_assert_false(after(PB_ERR_RATE_LIMIT, false, 850, 0, &wait)); /* x-should-retry: false */
    g_assert_true(after(PB_ERR_INVALID, true, 0, 0, &wait));        /* 409 */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backoff/bounds", test_bounds);
    g_test_add_func("/backoff/values", test_values);
    g_test_add_func("/backoff/spreads", test_spreads);
    g_test_add_func("/backoff/after", test_after);
    return g_test_run();
}
