/* SPDX-License-Identifier: Apache-2.0 */
/* What a call has used and what it cost: the vendor's counts, estimates that say so, prices that
 * are not known, and every attempt that was billed. */
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

/* A failed attempt that the vendor counted is part of the sum; one that was never counted is
 * not. */
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

/* A stream that was cut had said something, and the vendor bills that whether it counted or not. */
static void test_cut(void)
{
    World w = world_new(PROVIDERS CHAIN PRICES);
    PbayMemoryReply *reply = pbay_memory_reply_new(w.rig->transport, 200);
    pbay_memory_reply_text(reply, "text 12345678\n");
    pbay_memory_reply_fail(reply, PB_ERR_UPSTREAM, true);
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ",\"stream\":true"));
    g_assert_nonnull(seen->failure);
    assert_holds(seen->report, "\"output\":2,\"reasoning\":0,\"estimated\":true}");
    assert_holds(seen->report, "\"cost\":{\"usd\":\"0.0000");
    assert_lacks(seen->report, "\"input\":0,");
    world_free(&w);
}

/* The loser of a race was asked all the same: what it read is part of what the answer cost. */
static void test_loser(void)
{
    World w = world_new(PROVIDERS CHAIN "hedge = yes\n" PRICES);
    PbayProvider *provider = g_hash_table_lookup(w.snapshot->providers, "a");
    for (int i = 0; i < 40; i++) {
        const PbayTake take = {.provider = provider, .target = "a/one"};
        PbayTaken taken = {0};
        pbay_fleet_take(w.fleet, &take, &taken);
        const PbaySettle settle = {
            .stream = true, .first_ms = 100, .total_ms = 100, .tokens = -1, .sent = true};
        pbay_fleet_settle(w.fleet, taken.ticket, &settle);
    }
    pbay_memory_reply_new(w.rig->transport, 200); /* silent */
    vendor_says(w.rig, 200, "text a\nusage 1000 100\nfinish stop\n");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ",\"stream\":true"));
    g_assert_null(seen->failure);
    assert_asked(&w, "ab");
    assert_lacks(seen->report, "\"tokens\":{\"input\":1000,\"cached\":0,\"cache_write\":0,"
                               "\"output\":100,\"reasoning\":0,\"estimated\":true}");
    assert_holds(seen->report, "\"lost_race\":true");
    assert_holds(seen->report, "\"output\":100,\"reasoning\":0,\"estimated\":true},\"cost\"");
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tokens/counted", test_counted);
    g_test_add_func("/tokens/estimated", test_estimated);
    g_test_add_func("/tokens/unknown", test_unknown);
    g_test_add_func("/tokens/sum", test_sum);
    g_test_add_func("/tokens/cut", test_cut);
    g_test_add_func("/tokens/loser", test_loser);
    return g_test_run();
}
