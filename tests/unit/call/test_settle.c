/* SPDX-License-Identifier: Apache-2.0 */
/* What the fleet hears when an attempt ends: whose fault it was, and when a target counts as well
 * again. */
#include "unit/call/world.h"

#define CHAIN    "[model m]\ntargets = a/one;b/two\nretries = 0\n"
#define STREAMED ASK("m", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}")

/* The whole call's bound ends it, whatever the attempt may take; and a caller in a hurry is no
 * fault of the target's. */
static void test_total_timeout(void)
{
    World w = world_new(PROVIDERS CHAIN);
    for (int i = 0; i < 8; i++) {
        pbay_memory_reply_new(w.rig->transport, 200);
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ",\"patchbay\":{\"timeout_ms\":2000}"));
        assert_failed(seen, PB_ERR_TIMEOUT, "");
    }
    assert_asked(&w, "aaaaaaaa");
    world_free(&w);
}

/* A target that got only what others had left of the call's time is not to blame for being late. */
static void test_leftover_time(void)
{
    World w = world_new(PROVIDERS CHAIN "timeout = 10s\ntimeout-attempt = 9500ms\n");
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++) {
        pbay_memory_reply_new(w.rig->transport, 200);
        pbay_memory_reply_new(w.rig->transport, 200);
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
        assert_failed(seen, PB_ERR_TIMEOUT, "timeout-attempt");
    }
    assert_asked(&w, "ababababab");
    g_assert_cmpint(world_peek(&w, "a/one").breaker, ==, PBAY_BREAKER_OPEN);
    g_assert_cmpint(world_peek(&w, "b/two").breaker, ==, PBAY_BREAKER_CLOSED);
    world_free(&w);
}

/* The probe is a stream: with its first content the target counts as well again, long before
 * the answer has ended. */
static void test_content_ends_the_probe(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one\nretries = 0\n");
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++) {
        vendor_says(w.rig, 500, "{}");
        g_autoptr(Seen) failed = world_run(&w, STREAMED);
        assert_failed(failed, PB_ERR_UPSTREAM, "");
    }
    world_pass(&w, (int64_t)2 * PBAY_BREAKER_COOL);
    PbayMemoryReply *reply = pbay_memory_reply_new(w.rig->transport, 200);
    pbay_memory_reply_text(reply, "text Hel\n");
    g_autoptr(Seen) seen = seen_new(w.rig);
    PbayCallSpec spec = world_spec(&w, STREAMED);
    seen_start(seen, &spec);
    for (int turns = 0; seen->chunks == 0; turns++) {
        g_assert_cmpint(turns, <, 1000);
        pbay_loop_turn(w.rig->loop, 0);
    }
    PbayPeek peek;
    PbayTake look = {.target = "a/one", .now = pbay_loop_now(w.rig->loop)};
    pbay_fleet_peek(w.fleet, &look, true, &peek);
    g_assert_cmpint(peek.breaker, ==, PBAY_BREAKER_CLOSED);
    g_assert_cmpuint(peek.busy, ==, 1); /* still under way */
    g_assert_cmpint(peek.first_ms, >=, 0);
    pbay_memory_reply_text(reply, "text lo\nfinish stop\n");
    pbay_memory_reply_end(reply);
    world_wait(&w, seen);
    g_assert_null(seen->failure);
    world_free(&w);
}

/* A failed attempt keeps nothing of what it said: a hundred of them may be long. */
static void test_counts_stay(void)
{
    World w = world_new(PROVIDERS CHAIN "[price a/one]\ninput = 1\noutput = 1\n");
    vendor_says(w.rig, 200, "text Hel\nusage 7 2\noverloaded\n");
    vendor_says(w.rig, 503, "{}");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_failed(seen, PB_ERR_OVERLOADED, "");
    assert_holds(seen->report,
                 "\"tokens\":{\"input\":7,\"cached\":0,\"cache_write\":0,\"output\":2,");
    assert_holds(seen->report, "\"cost\":{\"usd\":\"0.000009\",\"estimated\":false}");
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/settle/total-timeout", test_total_timeout);
    g_test_add_func("/settle/leftover-time", test_leftover_time);
    g_test_add_func("/settle/content-ends-the-probe", test_content_ends_the_probe);
    g_test_add_func("/settle/counts-stay", test_counts_stay);
    return g_test_run();
}
