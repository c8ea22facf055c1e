/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

static const char *const fakes[] = {"good", "rich", "open_fail", NULL};

static void test_providers(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider work]\ndriver = good\n[egress]\nallow = 10.0.0.0/8;192.168.0.0/16\n");
    const char *names[] = {"good", "open_fail", "rich", "rich2", "work"};
    g_assert_cmpuint(w->snapshot->provider_order->len, ==, G_N_ELEMENTS(names));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        PbayProvider *provider = w->snapshot->provider_order->pdata[i];
        g_assert_cmpstr(provider->name, ==, names[i]);
        g_assert_true(world_provider(w, names[i]) == provider);
    }
    g_assert_cmpuint(w->snapshot->generation, ==, 1);
    g_assert_cmpuint(w->snapshot->egress_allow->len, ==, 2);
    g_assert_null(w->snapshot->egress_allow->pdata[2]);
    const PbayProvider *work = world_provider(w, "work");
    g_assert_true(work->opened);
    g_assert_cmpint(work->origin.line, ==, 1);
    g_assert_true(g_str_has_suffix(work->origin.file, "/test.conf"));
    g_assert_null(world_provider(w, "good")->origin.file);
    g_assert_true(work->vendor);
    world_free(w);
}

static void test_open_fails(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    const PbayProvider *failed = world_provider(w, "open_fail");
    g_assert_cmpint((int)failed->state, ==, PBAY_PROVIDER_UNAVAILABLE);
    g_assert_cmpstr(failed->why, ==,
                    "driver open_fail does not accept it: region mars-1 does not exist");
    g_assert_false(failed->opened);
    g_assert_cmpint(fake_log_count("provider open_fail is not available: driver open_fail does not "
                                   "accept it: region mars-1 does not exist"),
                    ==, 1);
    g_assert_true(world_provider(w, "good")->opened);
    world_free(w);
}

/* Each provider is opened once and closed once, with the snapshot. */
static void test_opened_and_closed(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider work]\ndriver = good\n");
    FakeControl *control = fake_control(world_provider(w, "good")->driver);
    g_assert_cmpint(atomic_load(&control->opens), ==, 2);
    PbaySnapshot *kept = pbay_snapshot_ref(w->snapshot);
    world_drop(w);
    g_assert_cmpint(atomic_load(&control->closes), ==, 0);
    PbayProvider *alone = pbay_provider_ref(g_hash_table_lookup(kept->providers, "work"));
    pbay_snapshot_unref(kept);
    g_assert_cmpint(atomic_load(&control->closes), ==, 1); /* an exchange still has the other */
    g_assert_cmpstr(alone->name, ==, "work");
    pbay_provider_unref(alone);
    g_assert_cmpint(atomic_load(&control->closes), ==, 2);
    pbay_snapshot_unref(NULL);
    world_free(w);
}

/* With a mistake anywhere nothing is opened, and every mistake is told. */
static void test_mistakes(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    FakeControl *control = fake_control(world_provider(w, "good")->driver);
    int opens = atomic_load(&control->opens);
    g_autofree char *text =
        world_problems(w, "[provider rich]\ntries = 0\n[provider good]\nnew = 1\n"
                          "[driver x]\ncritical = yes\n");
    g_assert_cmpuint(w->problems->len, ==, 3);
    g_assert_nonnull(strstr(text, "test.conf:2: "));
    g_assert_nonnull(strstr(text, "test.conf:4: "));
    g_assert_nonnull(strstr(text, "test.conf:6: "));
    g_assert_cmpint(atomic_load(&control->opens), ==, opens);
    /* A mistake that config/ found: the snapshot is good for looking at, and not opened. */
    fake_write(w->conf, "test.conf", "[provider good]\ntimeout = soon\n");
    world_build(w);
    g_assert_cmpuint(w->problems->len, ==, 1);
    g_assert_nonnull(w->snapshot);
    g_assert_false(world_provider(w, "good")->opened);
    g_assert_cmpint(atomic_load(&control->opens), ==, opens);
    world_free(w);
}

static void test_no_drivers(void)
{
    World *w = world_new((const char *const[]){NULL});
    world_use(w, "");
    g_assert_cmpuint(w->snapshot->provider_order->len, ==, 0);
    g_assert_cmpuint(g_hash_table_size(w->snapshot->providers), ==, 0);
    world_free(w);
}

/* Reload: a second snapshot beside the first; each its own providers, one driver. */
static void test_swap(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    PbaySnapshot *old = pbay_snapshot_ref(w->snapshot);
    PbayProvider *before = world_provider(w, "good");
    world_use(w, "[provider good]\nbase-url = http://new\n");
    g_assert_true(world_provider(w, "good") != before);
    g_assert_true(world_provider(w, "good")->driver == before->driver);
    g_assert_cmpstr(before->base_url, ==, "http://127.0.0.1:1");
    g_assert_cmpstr(world_provider(w, "good")->base_url, ==, "http://new");
    pbay_snapshot_unref(old);
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/build/providers", test_providers);
    g_test_add_func("/snapshot/build/open-fails", test_open_fails);
    g_test_add_func("/snapshot/build/opened-and-closed", test_opened_and_closed);
    g_test_add_func("/snapshot/build/mistakes", test_mistakes);
    g_test_add_func("/snapshot/build/no-drivers", test_no_drivers);
    g_test_add_func("/snapshot/build/swap", test_swap);
    return g_test_run();
}
