/* SPDX-License-Identifier: Apache-2.0 */
/* The failure of a call that nobody answered: the one that tells most, and what each target
 * said. */
#include "unit/call/world.h"

#define CHAIN "[model m]\ntargets = a/one;b/two\nretries = 0\n"

/* What may pass outweighs what never does, in either order; one target's words stay its own. */
static void test_most_telling(void)
{
    for (int order = 0; order < 2; order++) {
        World w = world_new(PROVIDERS CHAIN);
        vendor_says(w.rig, order == 0 ? 503 : 401, "{}");
        vendor_says(w.rig, order == 0 ? 401 : 503, "{}");
        g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
        assert_failed(seen, PB_ERR_OVERLOADED, "no target of \"m\" answered: a/one (");
        assert_holds(seen->failure->message, "; b/two (");
        g_assert_cmpint(seen->failure->http_status, ==, 503);
        g_assert_true(seen->failure->retryable);
        g_assert_cmpstr(seen->failure->request_id, ==, "vendor-1");
        world_free(&w);
    }
    World w = world_new(PROVIDERS "[defaults]\nretries = 1\n");
    vendor_says(w.rig, 500, "{}");
    vendor_says(w.rig, 500, "{}");
    g_autoptr(Seen) alone = world_run(&w, ASK("a/x", ""));
    assert_failed(alone, PB_ERR_UPSTREAM, "500");
    assert_lacks(alone->failure->message, "no target");
    world_free(&w);
}

/* A mistake in the request outweighs everything before it. */
static void test_final(void)
{
    World w = world_new(PROVIDERS CHAIN);
    vendor_says(w.rig, 503, "{}");
    vendor_says(w.rig, 400, "{}");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_failed(seen, PB_ERR_INVALID, "a/one");
    g_assert_false(seen->failure->retryable);
    world_free(&w);
}

static void test_none_admits(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one\n[limits a/one]\nrpm = 1\n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) served = world_run(&w, ASK("m", ""));
    g_assert_null(served->failure);
    g_autoptr(Seen) refused = world_run(&w, ASK("m", ""));
    assert_failed(refused, PB_ERR_RATE_LIMIT, "a/one");
    g_assert_cmpint(refused->failure->retry_after_ms, >, 0);
    g_assert_cmpint(refused->failure->retry_after_ms, <=, 61000);
    assert_holds(refused->report, "\"attempts\":[]");
    world_free(&w);
}

/* When somebody may be back: the soonest that anybody named, whoever was asked last. */
static void test_retry_after(void)
{
    World w = world_new(PROVIDERS "[model m]\ntargets = a/one;b/two;c/three\nretries = 0\n"
                                  "[limits c/three]\nrpm = 1\n");
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) served = world_run(&w, ASK("c/three", ""));
    g_assert_null(served->failure);
    vendor_hints(w.rig, 429, "retry-after", "7");
    vendor_says(w.rig, 503, "{}");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    g_assert_nonnull(seen->failure);
    assert_asked(&w, "cab");
    g_assert_cmpint(seen->failure->retry_after_ms, >, 6000);
    g_assert_cmpint(seen->failure->retry_after_ms, <=, 7000);
    world_free(&w);
}

/* Nobody was asked: each target is named with its reason, those that the plan left out too. */
static void test_names_all(void)
{
    World w = world_new(PROVIDERS "[provider d]\ndriver = fake\n"
                                  "[model m]\ntargets = d/none;a/one;b/two\n"
                                  "[limits a/one]\nparallel = 1\nqueue = 1\nqueue-timeout = 2s\n"
                                  "[limits b/two]\nrpm = 1\n");
    for (int i = 0; i < 2; i++)
        vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) two = world_run(&w, ASK("b/two", ""));
    g_assert_null(two->failure);
    g_autoptr(Seen) served = world_run(&w, ASK("a/one", ""));
    g_assert_null(served->failure);
    pbay_memory_reply_new(w.rig->transport, 200); /* never a byte */
    g_autoptr(Seen) first = world_start(&w, ASK("a/one", ""));
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_failed(seen, PB_ERR_RATE_LIMIT, "a/one: its limit of requests at a time is reached");
    assert_holds(seen->failure->message, "d/none: no key");
    assert_holds(seen->failure->message, "b/two: over 1 requests a minute");
    assert_holds(seen->failure->message, "[limits]");
    g_assert_cmpstr(seen->failure->code, ==, "no_target_admits");
    g_assert_cmpint(seen->failure->retry_after_ms, >, 0);
    pbay_call_cancel(first->call, PB_CANCEL_CLIENT);
    world_wait(&w, first);
    world_free(&w);
}

/* Secrets in what vendors say do not come back through the sum of it. */
static void test_canary(void)
{
    World w = world_new(PROVIDERS CHAIN);
    vendor_says(w.rig, 200, "broken canary-key-a\n");
    vendor_says(w.rig, 200, "broken canary-key-b\n");
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    assert_failed(seen, PB_ERR_OVERLOADED, "broken ***");
    assert_lacks(seen->failure->message, "canary-key");
    assert_lacks(seen->report, "canary-key");
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/outcome/most-telling", test_most_telling);
    g_test_add_func("/outcome/final", test_final);
    g_test_add_func("/outcome/none-admits", test_none_admits);
    g_test_add_func("/outcome/retry-after", test_retry_after);
    g_test_add_func("/outcome/names-all", test_names_all);
    g_test_add_func("/outcome/canary", test_canary);
    return g_test_run();
}
