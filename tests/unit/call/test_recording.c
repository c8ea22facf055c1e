/* SPDX-License-Identifier: Apache-2.0 */
/* Of several attempts the last is recorded; one that cannot be is said. */
#include "unit/call/world.h"

#define CHAIN "[model m]\ntargets = a/one;b/two\nretries = 0\n"

static void test_last_attempt(void)
{
    World w = world_new(PROVIDERS CHAIN);
    vendor_says(w.rig, 503, "{\"first\":1}");
    vendor_says(w.rig, 200, GOOD);
    PbayCallSpec spec = world_spec(&w, ASK("m", ""));
    spec.record = true;
    g_autoptr(Seen) seen = world_run_spec(&w, spec);
    g_assert_null(seen->failure);
    assert_holds(seen->recording, "Hello");
    assert_holds(seen->recording, "two");
    assert_lacks(seen->recording, "first");
    assert_lacks(seen->recording, "canary-key");
    world_free(&w);
}

static void test_failed_call(void)
{
    World w = world_new(PROVIDERS CHAIN);
    vendor_says(w.rig, 503, "{\"first\":1}");
    vendor_says(w.rig, 503, "{\"second\":1}");
    PbayCallSpec spec = world_spec(&w, ASK("m", ""));
    spec.record = true;
    g_autoptr(Seen) seen = world_run_spec(&w, spec);
    g_assert_nonnull(seen->failure);
    assert_holds(seen->recording, "second");
    assert_lacks(seen->recording, "first");
    world_free(&w);
}

/* What served the call could not be shown: the failure before it is no recording of the call. */
static void test_last_unfit(void)
{
    World w = world_new("[provider a]\ndriver = fake\napi-key = canary-key-a\n"
                        "[provider b]\ndriver = fake\napi-key = k\n" CHAIN);
    vendor_says(w.rig, 503, "{\"first\":1}");
    vendor_says(w.rig, 200, GOOD);
    PbayCallSpec spec = world_spec(&w, ASK("m", ""));
    spec.record = true;
    g_autoptr(Seen) seen = world_run_spec(&w, spec);
    g_assert_null(seen->failure);
    g_assert_cmpstr(seen->recording, ==, "");
    assert_holds(seen->unrecorded, "shorter than");
    world_free(&w);
}

static void test_not_asked_for(void)
{
    World w = world_new(PROVIDERS CHAIN);
    vendor_says(w.rig, 200, GOOD);
    g_autoptr(Seen) seen = world_run(&w, ASK("m", ""));
    g_assert_cmpstr(seen->recording, ==, "");
    g_assert_null(seen->unrecorded);
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recording/last-attempt", test_last_attempt);
    g_test_add_func("/recording/failed-call", test_failed_call);
    g_test_add_func("/recording/last-unfit", test_last_unfit);
    g_test_add_func("/recording/not-asked-for", test_not_asked_for);
    return g_test_run();
}
