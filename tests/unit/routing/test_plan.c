/* SPDX-License-Identifier: Apache-2.0 */
/* From a name to a plan: names, what keeps a target out, that a plan changes nothing, and that the
 * same seed and fleet give the same plan. */
#include "unit/routing/planned.h"

static void assert_reason(const PbayPlan *plan, guint i, const char *reason)
{
    g_assert_cmpstr(step_of(plan, i)->reason, ==, reason);
}

static void test_direct(void)
{
    Planned *p = planned_new("");
    planned_free(p);
    p = planned_new("[model one]\ntargets = b/m\nretries = 7\n");
    g_autoptr(PbayPlan) plan = plan_of(p, "a/x");
    g_assert_cmpuint(plan->steps->len, ==, 1);
    g_assert_cmpstr(step_of(plan, 0)->target->name, ==, "a/x");
    g_assert_cmpstr(step_of(plan, 0)->target->model, ==, "x");
    assert_reason(plan, 0, "prefix a");
    g_assert_cmpstr(plan->how, ==, "prefix a");
    g_assert_null(plan->model);
    g_assert_cmpint(plan->resilience.retries, ==, 2);
    g_assert_cmpint(plan->resilience.attempts, ==, 6);
    g_autoptr(PbayPlan) one = plan_of(p, "one");
    assert_reason(one, 0, "[model one]: its only target");
    g_assert_cmpstr(one->how, ==, "[model one]");
    g_assert_true(one->model == step_of(one, 0)->model);
    g_assert_cmpint(one->resilience.retries, ==, 7);
    planned_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/plan/direct", test_direct);
    return g_test_run();
}
