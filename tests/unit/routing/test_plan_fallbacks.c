/* SPDX-License-Identifier: Apache-2.0 */
/* What follows the choice: by cause, depth first, each target once for each cause, the request's
 * own names instead, and names that lead back. */
#include "unit/routing/planned.h"

#define CHAIN                                                                                      \
    "[model one]\ntargets = a/1\nfallbacks = two;d/end\n"                                          \
    "[model two]\nstrategy = cost\ntargets = b/2;a/2\nfallbacks = three\n"                         \
    "[model three]\ntargets = c/3;a/2\n[price a/2]\ninput = 1\noutput = 1\n"

static void test_depth_first(void)
{
    Planned *p = planned_new(CHAIN);
    g_autoptr(PbayPlan) plan = plan_of(p, "one");
    g_autofree char *line = plan_line(plan);
    g_assert_cmpstr(line, ==, "a/1 | a/2 b/2 c/3 d/end");
    static const char *const reasons[] = {
        "[model one]: its only target",
        "fallback 1 of [model one] -> [model two]: cheapest: 0.0015 USD estimated",
        "fallback 1 of [model one] -> [model two]: price unknown: there is no [price] section for "
        "it",
        "fallback 1 of [model two] -> [model three]: first of the order",
        "fallback 2 of [model one]"};
    for (guint i = 0; i < G_N_ELEMENTS(reasons); i++)
        g_assert_cmpstr(step_of(plan, i)->reason, ==, reasons[i]);
    g_assert_cmpstr(step_of(plan, 3)->model->name, ==, "three");
    g_assert_cmpstr(step_of(plan, 4)->model->name, ==, "one");
    planned_free(p);
}

/* Causes have lists of their own, also those of the fallbacks' models. */
static void test_by_cause(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x\nfallbacks = b/f\n"
                             "context-window-fallbacks = long\ncontent-policy-fallbacks = c/p;a/x\n"
                             "[model long]\ntargets = d/32k\nfallbacks = c/never\n"
                             "context-window-fallbacks = d/128k\n");
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_autofree char *line = plan_line(plan);
    g_assert_cmpstr(line, ==, "a/x | b/f |c d/32k d/128k |p c/p a/x");
    g_assert_cmpstr(step_of(plan, 2)->reason, ==,
                    "context-window-fallback 1 of [model m] -> [model long]: its only target");
    planned_free(p);
}

/* One of the choice has failed by then: it is listed, and not tried again. */
static void test_stands_before(void)
{
    Planned *p = planned_new("[model m]\ntargets = a/x;b/x\nfallbacks = a/x;c/x;other\n"
                             "[model other]\ntargets = c/x;b/x;d/x\n");
    g_autoptr(PbayPlan) plan = plan_of(p, "m");
    g_autofree char *line = plan_line(plan);
    g_assert_cmpstr(line, ==, "a/x b/x | c/x d/x !a/x !b/x");
    g_assert_cmpstr(step_of(plan, 4)->reason, ==, "stands before, as a target of the choice");
    g_assert_cmpint(step_of(plan, 4)->cls, ==, 0);
    planned_free(p);
}

static void test_of_the_request(void)
{
    char *const names[] = {(char *)"two", (char *)"d/mine", NULL};
    char *const none[] = {NULL};
    Planned *p = planned_new(CHAIN);
    p->spec.fallbacks = names;
    g_autoptr(PbayPlan) plan = plan_of(p, "one");
    g_autofree char *line = plan_line(plan);
    g_assert_cmpstr(line, ==, "a/1 | a/2 b/2 c/3 d/mine");
    g_assert_cmpstr(step_of(plan, 1)->reason, ==,
                    "fallback 1 of the request -> [model two]: cheapest: 0.0015 USD estimated");
    g_assert_cmpstr(step_of(plan, 4)->reason, ==, "fallback 2 of the request, prefix d");
    g_assert_null(step_of(plan, 4)->model);
    assert_plan(p, "c/direct", "c/direct | a/2 b/2 c/3 d/mine");
    p->spec.fallbacks = none; /* said, and empty: there are none */
    assert_plan(p, "one", "a/1");
    planned_free(p);
}

static void test_leads_back(void)
{
    char *const names[] = {
        (char *)"three", (char *)"one", (char *)"three", (char *)"two", (char *)"a/1",
        (char *)"b/2",   NULL};
    Planned *p = planned_new(CHAIN);
    p->spec.fallbacks = names;
    assert_plan(p, "one", "a/1 | c/3 a/2 b/2 !a/1");
    assert_plan(p, "two", "a/2 b/2 | c/3 a/1 d/end !a/2 !b/2");
    planned_free(p);
}

static void test_nowhere(void)
{
    char *const names[] = {(char *)"two", (char *)"nobody/x", NULL};
    Planned *p = planned_new(CHAIN);
    g_autoptr(GError) error = NULL;
    p->spec.fallbacks = names;
    p->spec.name = "one";
    g_assert_null(pbay_plan_new(&p->spec, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND);
    g_assert_true(g_str_has_prefix(error->message, "patchbay.fallbacks: "));
    g_assert_nonnull(strstr(error->message, "nobody/x"));
    planned_free(p);
}

/* Long chains end too. */
static void test_long_chain(void)
{
    g_autoptr(GString) conf = g_string_new(NULL);
    for (int i = 0; i < 32; i++) {
        g_string_append_printf(conf, "[model m%d]\ntargets = a/%d\n", i, i);
        if (i + 2 < 32) /* more ways to the end than could be walked */
            g_string_append_printf(conf, "fallbacks = m%d;m%d\n", i + 1, i + 2);
        else if (i + 1 < 32)
            g_string_append_printf(conf, "fallbacks = m%d\n", i + 1);
    }
    Planned *p = planned_new(conf->str);
    g_autoptr(PbayPlan) plan = plan_of(p, "m0");
    g_assert_cmpuint(plan->steps->len, ==, 32);
    planned_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan_fallbacks/depth_first", test_depth_first);
    g_test_add_func("/routing/plan_fallbacks/by_cause", test_by_cause);
    g_test_add_func("/routing/plan_fallbacks/stands_before", test_stands_before);
    g_test_add_func("/routing/plan_fallbacks/of_the_request", test_of_the_request);
    g_test_add_func("/routing/plan_fallbacks/leads_back", test_leads_back);
    g_test_add_func("/routing/plan_fallbacks/nowhere", test_nowhere);
    g_test_add_func("/routing/plan_fallbacks/long_chain", test_long_chain);
    return g_test_run();
}
