/* SPDX-License-Identifier: Apache-2.0 */
/* What a client is told when nothing can be tried. */
#include "unit/routing/planned.h"

static PbayFailure *failure_of(Planned *p, const char *name)
{
    g_autoptr(PbayPlan) plan = plan_of(p, name);
    for (guint i = 0; i < plan->steps->len; i++)
        g_assert_true(step_of(plan, i)->out);
    return pbay_plan_failure(plan);
}

static void assert_failure(Planned *p, const char *name, int32_t cls, const char *message)
{
    g_autoptr(PbayFailure) failure = failure_of(p, name);
    g_assert_cmpstr(failure->message, ==, message);
    g_assert_cmpint(failure->cls, ==, cls);
}

static void test_one(void)
{
    Planned *p = planned_new("[model m]\ntargets = keyed/x\n");
    assert_failure(p, "m", PB_ERR_CONFIG,
                   "provider keyed cannot be used: set FAKE_API_KEY, or api-key in [provider "
                   "keyed]");
    p->spec.kind = PB_KIND_TRANSCRIPTION;
    g_autoptr(PbayFailure) failure = failure_of(p, "a/x");
    g_assert_cmpint(failure->cls, ==, PB_ERR_UNSUPPORTED);
    g_assert_cmpstr(failure->code, ==, "unsupported_operation");
    g_assert_true(g_str_has_prefix(failure->message, "provider a cannot do transcription: its "));
    planned_free(p);
}

static void test_limit(void)
{
    Planned *p = planned_new("[limits a]\nrpm = 1\n");
    call_target(p, "a/x", 0, 10);
    g_autoptr(PbayFailure) failure = failure_of(p, "a/x");
    g_assert_cmpint(failure->cls, ==, PB_ERR_RATE_LIMIT);
    g_assert_true(failure->retryable);
    g_assert_cmpint(failure->retry_after_ms, >, 50000);
    g_assert_cmpint(failure->retry_after_ms, <=, 62000);
    g_assert_true(g_str_has_prefix(failure->message,
                                   "a/x cannot be asked now: over 1 requests a minute for 6"));
    planned_free(p);
}

static void test_many(void)
{
    Planned *p = planned_new("[model m]\ntargets = keyed/x;a/x\nfallbacks = a/x;b/x\n"
                             "context-window-fallbacks = gone/y\n"
                             "[limits a]\nrpm = 1\n[limits b]\nrpm = 2\n");
    call_target(p, "a/x", 0, 10);
    call_target(p, "b/x", 0, 10);
    p->spec.now += 30000;
    call_target(p, "b/x", 0, 10);
    g_autoptr(PbayFailure) failure = failure_of(p, "m");
    g_assert_cmpint(failure->cls, ==, PB_ERR_RATE_LIMIT);
    g_assert_true(g_str_has_prefix(failure->message,
                                   "no target of \"m\" can be asked now: keyed/x: no key: set "
                                   "FAKE_API_KEY, or api-key in [provider keyed]; a/x: over 1 "));
    g_assert_nonnull(strstr(failure->message, "; b/x: over 2 requests a minute for 3"));
    g_assert_null(strstr(failure->message, "gone/y")); /* nobody got as far as that */
    g_assert_null(strstr(failure->message, "stands before"));
    g_assert_cmpint(failure->retry_after_ms, >, 0);
    g_assert_cmpint(failure->retry_after_ms, <=, 32000);
    planned_free(p);
}

static void test_nothing_passes(void)
{
    Planned *p = planned_new("[model m]\ntargets = keyed/x;gone/x\n");
    assert_failure(
        p, "m", PB_ERR_CONFIG,
        "no target of \"m\" can be asked now: keyed/x: no key: set FAKE_API_KEY, or "
        "api-key in [provider keyed]; gone/x: its provider cannot be used: driver nobody "
        "is not installed: 'patchbay drivers' lists what is");
    planned_free(p);
}

/* A plan of which nobody can say what is wrong still says something. */
static void test_empty(void)
{
    Planned *p = planned_new("");
    g_autoptr(PbayPlan) plan = plan_of(p, "a/x");
    g_autoptr(PbayFailure) failure = pbay_plan_failure(plan); /* its step is in */
    g_assert_cmpint(failure->cls, ==, PB_ERR_CONFIG);
    g_assert_cmpstr(failure->message, ==, "\"a/x\" has no target that could be asked");
    planned_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan_failure/one", test_one);
    g_test_add_func("/routing/plan_failure/limit", test_limit);
    g_test_add_func("/routing/plan_failure/many", test_many);
    g_test_add_func("/routing/plan_failure/nothing_passes", test_nothing_passes);
    g_test_add_func("/routing/plan_failure/empty", test_empty);
    return g_test_run();
}
