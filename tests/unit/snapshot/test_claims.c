/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/claims.h"

#include "world.h"

static void test_two_of_equal_rank(void)
{
    World *w = world_new((const char *const[]){"prefix_shared_a", "prefix_shared_b", NULL});
    world_use(w, "");
    const PbayProvider *shared = world_provider(w, "shared");
    g_assert_cmpint((int)shared->state, ==, PBAY_PROVIDER_SHADOWED);
    g_assert_null(shared->driver);
    g_assert_false(shared->opened);
    g_assert_cmpstr(
        shared->why, ==,
        "drivers prefix_shared_a and prefix_shared_b claim this prefix with equal "
        "priority: write driver = prefix_shared_a in [provider shared], or priority = 1 "
        "in [driver prefix_shared_a]");
    /* An explicit word decides, */
    world_use(w, "[provider shared]\ndriver = prefix_shared_b\n");
    g_assert_cmpstr(world_provider(w, "shared")->driver->id, ==, "prefix_shared_b");
    g_assert_cmpint((int)world_provider(w, "shared")->state, ==, PBAY_PROVIDER_READY);
    /* or a priority in conf.d. */
    world_use(w, "[driver prefix_shared_b]\npriority = 2\n");
    g_assert_cmpstr(world_provider(w, "shared")->driver->id, ==, "prefix_shared_b");
    world_free(w);
}

static void test_priority(void)
{
    World *w = world_new(
        (const char *const[]){"prefix_shared_a", "prefix_shared_b", "prefix_shared_first", NULL});
    g_setenv("FAKE_API_KEY", "sk-123456", TRUE);
    world_use(w, "");
    g_assert_cmpstr(world_provider(w, "shared")->driver->id, ==, "prefix_shared_first");
    world_use(w, "[driver prefix_shared_a]\npriority = 6\n");
    g_assert_cmpstr(world_provider(w, "shared")->driver->id, ==, "prefix_shared_a");
    world_use(w, "[provider shared]\ndriver = prefix_shared_b\n");
    g_assert_cmpstr(world_provider(w, "shared")->driver->id, ==, "prefix_shared_b");
    world_free(w);
}

static void assert_unavailable(const World *w, const char *name, const char *why)
{
    const PbayProvider *provider = world_provider(w, name);
    g_assert_cmpint((int)provider->state, ==, PBAY_PROVIDER_UNAVAILABLE);
    g_assert_cmpstr(provider->why, ==, why);
    g_assert_null(provider->driver);
}

static void test_absent_and_refused(void)
{
    World *w = world_new((const char *const[]){"init_fail", "good", NULL});
    world_use(w, "[provider a]\ndriver = nobody\n[provider b]\ndriver = init_fail\n"
                 "[provider c]\nbase-url = http://x\n[provider init_fail]\n");
    g_autofree char *refused = g_strdup_printf("%s/init_fail.so is skipped: init failed: the moon "
                                               "is in the wrong place (put right what it "
                                               "names, or remove the file)",
                                               w->drivers);
    assert_unavailable(w, "a", "driver nobody is not installed: 'patchbay drivers' lists what is");
    assert_unavailable(w, "b", refused);
    assert_unavailable(w, "c",
                       "no driver serves this prefix: install one, or name one with driver = ID in "
                       "[provider c]");
    assert_unavailable(w, "init_fail", refused);
    g_assert_cmpint((int)world_provider(w, "good")->state, ==, PBAY_PROVIDER_READY);
    world_free(w);
}

/* A driver's id serves as a name too, where no prefix says otherwise. */
static void test_by_id(void)
{
    World *w = world_new((const char *const[]){"prefix_shared_a", NULL});
    world_use(w, "[provider prefix_shared_a]\n");
    g_assert_cmpstr(world_provider(w, "prefix_shared_a")->driver->id, ==, "prefix_shared_a");
    g_assert_cmpstr(world_provider(w, "shared")->driver->id, ==, "prefix_shared_a");
    world_free(w);
}

static void test_critical(void)
{
    World *w = world_new((const char *const[]){"init_fail", "good", NULL});
    world_use(w, "[driver good]\ncritical = yes\n[driver nobody]\ncritical = no\n");
    g_autofree char *text =
        world_problems(w, "[driver nobody]\ncritical = yes\n[driver init_fail]\ncritical = yes\n");
    g_autofree char *expected =
        g_strdup_printf("test.conf:2: driver nobody is critical, but it is not installed\n"
                        "  'patchbay drivers' lists every file found\n"
                        "test.conf:4: driver init_fail is critical, but %s/init_fail.so is "
                        "skipped: init failed: the "
                        "moon is in the wrong place (put right what it names, or remove the file)\n"
                        "  'patchbay drivers' lists every file found\n",
                        w->drivers);
    g_assert_cmpstr(text, ==, expected);
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/claims/two-of-equal-rank", test_two_of_equal_rank);
    g_test_add_func("/snapshot/claims/priority", test_priority);
    g_test_add_func("/snapshot/claims/absent-and-refused", test_absent_and_refused);
    g_test_add_func("/snapshot/claims/by-id", test_by_id);
    g_test_add_func("/snapshot/claims/critical", test_critical);
    return g_test_run();
}
