/* SPDX-License-Identifier: Apache-2.0 */
/* The clock and the randomness of drivers: real ones that move, scripted ones that repeat. */
#include "drivers/drivers.h"
#include "exchange/clock.h"

#include <glib.h>
#include <string.h>

static void test_real_clock(void)
{
    int64_t before = g_get_real_time() / 1000;
    int64_t now = pbay_clock_now_ms(NULL);
    struct pb_core core = {0};
    int64_t again = pbay_clock_now_ms(&core);
    int64_t after = g_get_real_time() / 1000;
    g_assert_cmpint(now, >=, before);
    g_assert_cmpint(again, >=, now);
    g_assert_cmpint(after, >=, again);
}

static void test_real_random(void)
{
    unsigned char a[4096] = {0}, b[4096] = {0};
    pbay_clock_random(NULL, a, sizeof a);
    pbay_clock_random(NULL, b, sizeof b);
    g_assert_cmpint(memcmp(a, b, sizeof a), !=, 0);
    unsigned seen[256] = {0}, kinds = 0;
    for (size_t i = 0; i < sizeof a; i++)
        kinds += seen[a[i]]++ == 0;
    g_assert_cmpuint(kinds, >, 200); /* 256 all but certain */
    pbay_clock_random(NULL, a, 0);
}

static void test_scripted_clock(void)
{
    PbayTestClock script = {.now_ms = 1000, .step_ms = 7};
    struct pb_core core = {.test = &script};
    g_assert_cmpint(pbay_clock_now_ms(&core), ==, 1000);
    g_assert_cmpint(pbay_clock_now_ms(&core), ==, 1007);
    script.step_ms = 0;
    g_assert_cmpint(pbay_clock_now_ms(&core), ==, 1014);
    g_assert_cmpint(pbay_clock_now_ms(&core), ==, 1014);
}

static void test_scripted_random(void)
{
    PbayTestClock one = {.seed = 1}, same = {.seed = 1}, other = {.seed = 2};
    struct pb_core a = {.test = &one}, b = {.test = &same}, c = {.test = &other};
    unsigned char x[37], y[37], z[37];
    pbay_clock_random(&a, x, sizeof x);
    pbay_clock_random(&b, y, sizeof y);
    pbay_clock_random(&c, z, sizeof z);
    g_assert_cmpint(memcmp(x, y, sizeof x), ==, 0);
    g_assert_cmpint(memcmp(x, z, sizeof x), !=, 0);
    pbay_clock_random(&a, y, sizeof y);
    g_assert_cmpint(memcmp(x, y, sizeof x), !=, 0); /* the script goes on */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/real", test_real_clock);
    g_test_add_func("/clock/real-random", test_real_random);
    g_test_add_func("/clock/scripted", test_scripted_clock);
    g_test_add_func("/clock/scripted-random", test_scripted_random);
    return g_test_run();
}
