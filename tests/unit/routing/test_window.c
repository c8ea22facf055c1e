/* SPDX-License-Identifier: Apache-2.0 */
/* The window against an oracle that keeps every moment: no 60 seconds hold more than the sum, and
 * the sum holds nothing older than 61. */
#include "routing/window.h"

#include <glib.h>

#define STEPS 4000

typedef struct Entry {
    int64_t at, n;
} Entry;

/* What came at or after `from`. */
static int64_t oracle_since(const GArray *entries, int64_t from)
{
    int64_t sum = 0;
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        sum += entry->at >= from ? entry->n : 0;
    }
    return sum;
}

static int64_t random_step(GRand *chance)
{
    switch (g_rand_int_range(chance, 0, 20)) {
    case 0:
        return g_rand_int_range(chance, 0, 130000);
    case 1:
        return 1000;
    case 2:
    case 3:
        return 0;
    default:
        return g_rand_int_range(chance, 0, 2000);
    }
}

static void check_until(PbayWindow *window, int64_t now, int64_t most)
{
    PbayWindow copy = *window;
    int64_t until = pbay_window_until(window, now, most);
    g_assert_cmpint(until, >=, now);
    if (until > now) {
        g_assert_cmpint(pbay_window_sum(&copy, until - 1), >, most);
        g_assert_cmpint(until, <=, now + 61000);
    }
    g_assert_cmpint(pbay_window_sum(&copy, until), <=, most);
}

static void check_against(PbayWindow *window, const GArray *entries, int64_t now)
{
    int64_t sum = pbay_window_sum(window, now), least = pbay_window_least(window, now);
    g_assert_cmpint(oracle_since(entries, now - 60000), <=, sum);
    g_assert_cmpint(sum, <=, oracle_since(entries, now - 60999));
    g_assert_cmpint(least, <=, oracle_since(entries, now - 59999));
    g_assert_cmpint(oracle_since(entries, now - 59000), <=, least);
}

static void test_oracle(void)
{
    for (uint32_t seed = 1; seed <= 20; seed++) {
        GRand *chance = g_rand_new_with_seed(seed);
        GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));
        PbayWindow window = {0};
        int64_t now = g_rand_int_range(chance, 0, 200000);
        for (int i = 0; i < STEPS / 20; i++) {
            now += random_step(chance);
            Entry entry = {.at = now, .n = g_rand_int_range(chance, 0, 100)};
            g_array_append_val(entries, entry);
            pbay_window_add(&window, now, entry.n);
            if (g_rand_boolean(chance)) {
                guint which = (guint)g_rand_int_range(chance, 0, (int)entries->len);
                Entry *old = &g_array_index(entries, Entry, which);
                int64_t by = g_rand_int_range(chance, (int)-old->n, 50);
                old->n += by;
                pbay_window_correct(&window, now, old->at, by);
            }
            check_against(&window, entries, now);
            check_until(&window, now, g_rand_int_range(chance, 0, 2000));
        }
        g_array_unref(entries);
        g_rand_free(chance);
    }
}

/* Windows by seconds err at the last moment of one and the first of another. */
static void test_edges(void)
{
    PbayWindow window = {0};
    pbay_window_add(&window, 999, 1);
    g_assert_cmpint(pbay_window_sum(&window, 60999), ==, 1); /* exactly 60 s later it counts */
    g_assert_cmpint(pbay_window_least(&window, 60999), ==, 0);
    g_assert_cmpint(pbay_window_until(&window, 60999, 0), ==, 61000);
    g_assert_cmpint(pbay_window_sum(&window, 61000), ==, 0);
    g_assert_cmpint(pbay_window_until(&window, 61000, 0), ==, 61000);
    pbay_window_add(&window, 61000, 3);
    pbay_window_add(&window, 62000, 4);
    g_assert_cmpint(pbay_window_until(&window, 62000, 7), ==, 62000);
    g_assert_cmpint(pbay_window_until(&window, 62000, 6), ==, 122000);
    g_assert_cmpint(pbay_window_until(&window, 62000, 3), ==, 123000);
    g_assert_cmpint(pbay_window_until(&window, 62000, -5), ==, 123000); /* as 0 */
}

static void test_never_below_zero(void)
{
    PbayWindow window = {0};
    pbay_window_add(&window, 5000, -3);
    g_assert_cmpint(pbay_window_sum(&window, 5000), ==, 0);
    pbay_window_add(&window, 5000, 2);
    pbay_window_add(&window, 6000, 10);
    pbay_window_correct(&window, 6000, 5000, -100); /* takes no more than came then */
    g_assert_cmpint(pbay_window_sum(&window, 6000), ==, 10);
    pbay_window_correct(&window, 80000, 6000, 50); /* counts no more */
    g_assert_cmpint(pbay_window_sum(&window, 80000), ==, 0);
    pbay_window_correct(&window, 80000, 90000, 5); /* from another clock: as now */
    g_assert_cmpint(pbay_window_sum(&window, 80000), ==, 5);
}

/* Threads read their clocks a little apart: nothing is lost, and nothing leaves early. */
static void test_step_back(void)
{
    PbayWindow window = {0};
    pbay_window_add(&window, 10000, 1);
    pbay_window_add(&window, 8000, 1);
    g_assert_cmpint(pbay_window_sum(&window, 9000), ==, 2);
    g_assert_cmpint(pbay_window_sum(&window, 70999), ==, 2);
    g_assert_cmpint(pbay_window_until(&window, 9000, 1), ==, 71000);
    g_assert_cmpint(pbay_window_sum(&window, 71000), ==, 0);
    pbay_window_add(&window, -5, 1);
    g_assert_cmpint(pbay_window_sum(&window, 71000), ==, 1);
}

static void test_no_overflow(void)
{
    PbayWindow window = {0};
    for (int64_t second = 0; second < 200; second++)
        for (int i = 0; i < 3; i++) {
            pbay_window_add(&window, second * 1000, INT64_MAX);
            g_assert_cmpint(pbay_window_sum(&window, second * 1000), >, 0);
        }
    for (int64_t second = 140; second < 200; second++)
        pbay_window_correct(&window, 199000, second * 1000, INT64_MIN);
    pbay_window_correct(&window, 199000, 139000, INT64_MIN);
    g_assert_cmpint(pbay_window_sum(&window, 199000), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/window/oracle", test_oracle);
    g_test_add_func("/window/edges", test_edges);
    g_test_add_func("/window/never-below-zero", test_never_below_zero);
    g_test_add_func("/window/step-back", test_step_back);
    g_test_add_func("/window/no-overflow", test_no_overflow);
    return g_test_run();
}
