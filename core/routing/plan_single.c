/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the plan that is none: one target which the caller knows already, without a strategy or a
 * fallback. Pure; any thread. */
#include "routing/plan.h"

static void step_clear(void *step)
{
    g_free(((PbayStep *)step)->reason);
}

static void target_free(void *target)
{
    pbay_model_target_free(target);
}

PbayPlan *pbay_plan_single(const char *asked, const char *how, PbayModelTarget *target,
                           PbayResilience resilience)
{
    PbayPlan *plan = g_new0(PbayPlan, 1);
    PbayStep step = {.target = target,
                     .cause = PBAY_CAUSE_CHOICE,
                     .reason = g_strdup(how),
                     .peek = {.first_ms = -1, .p95_ms = -1}};
    plan->asked = g_strdup(asked);
    plan->how = g_strdup(how);
    plan->resilience = resilience;
    plan->steps = g_array_new(FALSE, TRUE, sizeof(PbayStep));
    plan->notes = g_ptr_array_new_with_free_func(g_free);
    plan->own = g_ptr_array_new_with_free_func(target_free);
    g_array_set_clear_func(plan->steps, step_clear);
    g_array_append_val(plan->steps, step);
    g_ptr_array_add(plan->own, target);
    return plan;
}
