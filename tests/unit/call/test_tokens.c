/* SPDX-License-Identifier: Apache-2.0 */
/* What a call has used and what it cost: the vendor's counts, estimates that say so, prices that are
 * not known, and every attempt that was billed. */
#include "unit/call/world.h"

#define CHAIN "[model m]\ntargets = a/one;b/two\nretries = 0\n"
#define PRICES                                                                                     \
    "[price a/one]\ninput = 2\noutput = 10\n"                                                      \
    "[price b/two]\ninput = 1\noutput = 5\n"

static void test_counted(void)
{
    World w = world_new(PROVIDERS CHAIN PRICES);
    vendor_says(w.rig, 200, "text a\nusage 1000 100\nfinish stop\n");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_holds(seen->report, "\"tokens\":{\"input\":1000,\"cached\":0,\"cache_write\":0,"
                               "\"output\":100,\"reasoning\":0,\"estimated\":false},"
                               "\"cost\":{\"usd\":\"0.003\",\"estimated\":false}");
    world_free(&w);
}

/* A vendor that counts nothing: ceil(bytes / 4) of what was said, and it is called an estimate. */
static void test_estimated(void)
{
    World w = world_new(PROVIDERS CHAIN PRICES);
    vendor_says(w.rig, 200, "text 12345678\ntext 9\nfinish stop\n");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_holds(seen->report, "\"output\":3,\"reasoning\":0,\"estimated\":true}");
    assert_holds(seen->report, "\"estimated\":true},\"request_id\"");
    assert_lacks(seen->report, "\"usage\"");
    world_free(&w);
}

static void test_unknown(void)
{
    World w = world_new(PROVIDERS CHAIN);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_holds(seen->report, "\"cost\":{\"unknown\":\"a/one: ");
    assert_lacks(seen->report, "\"usd\"");
    world_free(&w);
}

/* A failed attempt that the vendor counted is part of the sum; one that was never counted is not. */
static void test_sum(void)
{
    World w = world_new(PROVIDERS CHAIN PRICES);
    vendor_says(w.rig, 200, "usage 500 0\noverloaded\n");
    vendor_says(w.rig, 200, "text a\nusage 1000 100\nfinish stop\n");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    g_assert_null(seen->failure);
    assert_holds(seen->report, "\"tokens\":{\"input\":1500,");
    assert_holds(seen->report, "\"cost\":{\"usd\":\"0.0025\",\"estimated\":false},\"request_id\"");
    vendor_says(w.rig, 503, "{}");
    vendor_says(w.rig, 503, "{}");
    g_autoptr(Seen) failed = world_run(&w, ASK("m", ""));
    g_assert_nonnull(failed->failure);
    assert_lacks(failed->report, "\"cost\"");
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tokens/counted", test_counted);
    g_test_add_func("/tokens/estimated", test_estimated);
    g_test_add_func("/tokens/unknown", test_unknown);
    g_test_add_func("/tokens/sum", test_sum);
    return g_test_run();
}
