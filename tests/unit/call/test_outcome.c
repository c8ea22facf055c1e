/* SPDX-License-Identifier: Apache-2.0 */
/* The failure of a call that nobody answered: the one that tells most, and what each target said. */
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
    g_test_add_func("/outcome/canary", test_canary);
    return g_test_run();
}
