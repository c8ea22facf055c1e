/* SPDX-License-Identifier: Apache-2.0 */
/* Models that lead back to themselves, by whatever keys, and chains that are too long. */
#include "snapshot/model.h"
#include "world.h"

static const char *const fakes[] = {"good", NULL};

#define HINT "\n  a request that fails everywhere would go round for ever: take one of them out\n"

static void assert_problems(const char *conf, const char *expected)
{
    World *w = world_new(fakes);
    g_autofree char *text = world_problems(w, conf);
    g_assert_cmpstr(text, ==, expected);
    world_free(w);
}

static void test_loops(void)
{
    assert_problems("[model a]\ntargets = good/x\nfallbacks = good/y;a\n",
                    "test.conf:3: `fallbacks` of [model a] leads back to where it came from: a -> "
                    "a" HINT);
    assert_problems("[model a]\ntargets = good/x\nfallbacks = b\n"
                    "[model b]\ntargets = good/x\ncontext-window-fallbacks = c\n"
                    "[model c]\ntargets = good/x\ncontent-policy-fallbacks = a\n",
                    "test.conf:9: `content-policy-fallbacks` of [model c] leads back to where it "
                    "came from: a -> b -> c -> a" HINT);
    /* The way into a loop is not part of it. */
    assert_problems("[model in]\ntargets = good/x\nfallbacks = a\n"
                    "[model a]\ntargets = good/x\nfallbacks = b\n"
                    "[model b]\ntargets = good/x\nfallbacks = a\n",
                    "test.conf:9: `fallbacks` of [model b] leads back to where it came from: a -> "
                    "b -> a" HINT);
    /* Rules and defaults lead on as fallbacks do. */
    assert_problems("[model a]\nstrategy = rules\nrule.1 = chars > 5 -> good/x\n"
                    "rule.2 = tools -> b\ndefault = good/y\n"
                    "[model b]\nstrategy = rules\nrule.1 = tools -> good/x\ndefault = a\n",
                    "test.conf:9: `default` of [model b] leads back to where it came from: a -> b "
                    "-> a" HINT);
    assert_problems("[model a]\nstrategy = rules\nrule.7 = tools -> a\ndefault = good/y\n",
                    "test.conf:3: `rule.7` of [model a] leads back to where it came from: a -> "
                    "a" HINT);
    /* A name that is a model's as well as a target's means the model. */
    assert_problems("[model good/x]\ntargets = good/x\nfallbacks = good/x\n",
                    "test.conf:3: `fallbacks` of [model good/x] leads back to where it came from: "
                    "good/x -> good/x" HINT);
    /* Two loops are two mistakes. */
    assert_problems("[model a]\ntargets = good/x\nfallbacks = a\n"
                    "[model b]\ntargets = good/x\nfallbacks = c\n"
                    "[model c]\ntargets = good/x\nfallbacks = b\n",
                    "test.conf:3: `fallbacks` of [model a] leads back to where it came from: a -> "
                    "a" HINT
                    "test.conf:9: `fallbacks` of [model c] leads back to where it came from: b -> "
                    "c -> b" HINT);
}

/* Ways that meet again are no loop. */
static void test_no_loops(void)
{
    World *w = world_new(fakes);
    world_use(w, "[model a]\ntargets = good/x\nfallbacks = b;c;d\ncontent-policy-fallbacks = d\n"
                 "[model b]\ntargets = good/x\nfallbacks = d\n"
                 "[model c]\ntargets = good/x\nfallbacks = d;b\n"
                 "[model d]\ntargets = good/x\n"
                 "[model good/x]\ntargets = good/x\n"
                 "[model e]\nstrategy = rules\nrule.1 = tools -> a\nrule.2 = chars -> a\n"
                 "default = a\n");
    g_assert_cmpuint(pbay_snapshot_models(w->snapshot)->len, ==, 6);
    world_free(w);
}

/* m1 -> m2 -> ... -> mN, in order of appearance or the other way round. g_free. */
static char *chain(int n, bool backwards)
{
    GString *conf = g_string_new(NULL);
    for (int i = 0; i < n; i++) {
        int at = backwards ? n - i : i + 1;
        g_string_append_printf(conf, "[model m%d]\ntargets = good/x\n", at);
        if (at < n)
            g_string_append_printf(conf, "fallbacks = m%d\n", at + 1);
    }
    return g_string_free(conf, FALSE);
}

static void test_length(void)
{
    for (int backwards = 0; backwards < 2; backwards++) {
        World *w = world_new(fakes);
        g_autofree char *fits = chain(32, backwards), *too_long = chain(33, backwards);
        world_use(w, fits);
        g_autofree char *text = world_problems(w, too_long);
        g_assert_nonnull(strstr(text, "makes a chain of too many models: m1 -> m2"));
        g_assert_nonnull(strstr(text, "\n  32 models are the most\n"));
        world_free(w);
    }
    /* However many there are, it ends, and with one message. */
    World *w = world_new(fakes);
    g_autofree char *huge = chain(10000, false);
    g_autofree char *text = world_problems(w, huge);
    char *first = strstr(text, "too many models");
    g_assert_nonnull(first);
    g_assert_null(strstr(first + 1, "too many models"));
    world_free(w);
}

/* Every model leads to all that follow: the ways are more than anybody could walk. */
static void test_many_ways(void)
{
    World *w = world_new(fakes);
    g_autoptr(GString) conf = g_string_new(NULL);
    for (int i = 0; i < 32; i++) {
        g_string_append_printf(conf, "[model m%d]\ntargets = good/x\nfallbacks = ", i);
        for (int k = i + 1; k < 32; k++)
            g_string_append_printf(conf, "m%d;", k);
        g_string_append_c(conf, '\n');
    }
    world_use(w, conf->str);
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/model-loops/loops", test_loops);
    g_test_add_func("/snapshot/model-loops/no-loops", test_no_loops);
    g_test_add_func("/snapshot/model-loops/length", test_length);
    g_test_add_func("/snapshot/model-loops/many-ways", test_many_ways);
    return g_test_run();
}
