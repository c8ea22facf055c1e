/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the plan that is none: one target which the caller knows already, without a strategy or a
 * fallback. Pure; any thread. */
#include "routing/plan_maker.h"

PbayPlan *pbay_plan_single(const char *asked, const char *how, PbayModelTarget *target,
                           PbayResilience resilience)
{
    PbayPlan *plan = pbay_plan_alloc(asked);
    PbayStep step = {.target = target,
                     .cause = PBAY_CAUSE_CHOICE,
                     .reason = g_strdup(how),
                     .peek = {.first_ms = -1, .p95_ms = -1}};
    plan->how = g_strdup(how);
    plan->resilience = resilience;
    g_array_append_val(plan->steps, step);
    g_ptr_array_add(plan->own, target);
    return plan;
}
