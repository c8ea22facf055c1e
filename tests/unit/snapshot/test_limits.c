/* SPDX-License-Identifier: Apache-2.0 */
/* [limits] as data. */
#include "snapshot/model.h"
#include "world.h"

static const char *const fakes[] = {"good", "init_fail", "rich", NULL};

static void test_read(void)
{
    World *w = world_new(fakes);
    world_use(w, "[limits good]\nparallel = 7\n[limits good/a/b:c.d]\nrpm = 60\ntpm = 1000\n"
                 "parallel = 4\nqueue = 20\nqueue-timeout = 250ms\ncontext = 8192\n"
                 "[limits init_fail/x]\nrpm = 1\n[limits rich2]\n");
    const PbayLimits *all = g_hash_table_lookup(w->snapshot->limits, "good");
    const PbayLimits *one = g_hash_table_lookup(w->snapshot->limits, "good/a/b:c.d");
    g_assert_cmpint(all->rpm + all->tpm + all->queue + all->context, ==, 0);
    g_assert_cmpint(all->parallel, ==, 7);
    g_assert_cmpint(all->queue_timeout_ms, ==, 10000);
    g_assert_cmpint(one->rpm, ==, 60);
    g_assert_cmpint(one->tpm, ==, 1000);
    g_assert_cmpint(one->parallel, ==, 4);
    g_assert_cmpint(one->queue, ==, 20);
    g_assert_cmpint(one->queue_timeout_ms, ==, 250);
    g_assert_cmpint(one->context, ==, 8192);
    g_assert_null(g_hash_table_lookup(w->snapshot->limits, "rich"));
    world_free(w);
}

static void test_unknown(void)
{
    World *w = world_new(fakes);
    g_autofree char *text = world_problems(
        w, "[limits goood/x]\nrpm = 1\n[limits ritch]\nrpm = 1\n[limits zzzzzzz]\nrpm = 1\n"
           "[limits fast]\nrpm = 1\n[model fast]\ntargets = good/x\n");
    g_assert_cmpstr(
        text, ==,
        "test.conf:1: [limits goood/x] limits nothing: there is no provider goood\n"
        "  did you mean [limits good/x]?\n"
        "test.conf:3: [limits ritch] limits nothing: there is no provider ritch\n"
        "  did you mean [limits rich]?\n"
        "test.conf:5: [limits zzzzzzz] limits nothing: there is no provider zzzzzzz\n"
        "  'patchbay providers' lists those there are\n"
        "test.conf:7: [limits fast] limits nothing: there is no provider fast\n"
        "  limits are of a provider or a target: write them for the targets of that [model]\n");
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/limits/read", test_read);
    g_test_add_func("/snapshot/limits/unknown", test_unknown);
    return g_test_run();
}
