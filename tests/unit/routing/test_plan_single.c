/* SPDX-License-Identifier: Apache-2.0 */
/* A plan of one target: it is in, it is first, and it goes with the plan. */
#include "routing/plan.h"

static void test_single(void)
{
    PbayModelTarget *target = g_new0(PbayModelTarget, 1);
    target->name = g_strdup("a/b");
    target->model = g_strdup("b");
    const PbayResilience resilience = {.retries = 3, .attempts = 4};
    g_autoptr(PbayPlan) plan = pbay_plan_single("a/b", "prefix a", target, resilience);
    g_assert_cmpuint(plan->steps->len, ==, 1);
    const PbayStep *step = &g_array_index(plan->steps, PbayStep, 0);
    g_assert_true(step->target == target);
    g_assert_false(step->out);
    g_assert_cmpint(step->cause, ==, PBAY_CAUSE_CHOICE);
    g_assert_cmpstr(step->reason, ==, "prefix a");
    g_assert_cmpstr(plan->how, ==, "prefix a");
    g_assert_cmpint(plan->resilience.retries, ==, 3);
    g_assert_null(plan->model);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan-single/one", test_single);
    return g_test_run();
}
