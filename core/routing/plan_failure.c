/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the failure of a plan in which nothing can be tried: every target by its name with what
 * keeps it out, and the class that tells the client best what to do: wait, or have it set up.
 * Pure. */
#include "routing/plan.h"

#include "snapshot/usable.h"

/* What counts: the choice and its fallbacks; not what stands twice. */
static GPtrArray *steps_that_count(const PbayPlan *plan)
{
    GPtrArray *steps = g_ptr_array_new();
    for (guint i = 0; i < plan->steps->len; i++) {
        PbayStep *step = &g_array_index(plan->steps, PbayStep, i);
        bool first = step->cause == PBAY_CAUSE_CHOICE || step->cause == PBAY_CAUSE_FAILURE;
        if (first && step->out && step->cls != 0)
            g_ptr_array_add(steps, step);
    }
    return steps;
}

static bool passes(const PbayStep *step)
{
    return step->cls == PB_ERR_OVERLOADED || step->cls == PB_ERR_RATE_LIMIT;
}

/* What passes by itself comes before what somebody has to change; a limit before an outage. */
static int32_t class_of(const GPtrArray *steps)
{
    const PbayStep *first = g_ptr_array_index(steps, 0);
    int32_t cls = first->cls;
    for (guint i = 1; i < steps->len; i++) {
        const PbayStep *step = g_ptr_array_index(steps, i);
        bool was = cls == PB_ERR_OVERLOADED || cls == PB_ERR_RATE_LIMIT;
        if (passes(step) && (!was || step->cls == PB_ERR_RATE_LIMIT))
            cls = step->cls;
    }
    return cls;
}

/* Until the first comes back; 0: unknown. */
static int64_t wait_of(const PbayPlan *plan, const GPtrArray *steps)
{
    int64_t least = 0;
    for (guint i = 0; i < steps->len; i++) {
        const PbayStep *step = g_ptr_array_index(steps, i);
        int64_t ms = step->peek.until - plan->now;
        if (passes(step) && ms > 0 && (least == 0 || ms < least))
            least = ms;
    }
    return least;
}

static PbayFailure *failure_of_one(const PbayPlan *plan, const PbayStep *step)
{
    const PbayProvider *provider = step->target->provider;
    PbayFailure *failure = NULL;
    if (provider != NULL && step->cls == PB_ERR_CONFIG)
        failure = pbay_provider_check_state(provider, false);
    else if (provider != NULL && step->cls == PB_ERR_UNSUPPORTED)
        failure = pbay_provider_check_kind(provider, plan->kind);
    return failure != NULL ? failure
                           : pbay_failure_new(step->cls, "%s cannot be asked now: %s",
                                              step->target->name, step->reason);
}

static PbayFailure *failure_of_many(const PbayPlan *plan, const GPtrArray *steps)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < steps->len; i++) {
        const PbayStep *step = g_ptr_array_index(steps, i);
        g_string_append_printf(list, "%s%s: %s", i > 0 ? "; " : "", step->target->name,
                               step->reason);
    }
    return pbay_failure_new(class_of(steps), "no target of \"%s\" can be asked now: %s",
                            plan->asked, list->str);
}

PbayFailure *pbay_plan_failure(const PbayPlan *plan)
{
    g_autoptr(GPtrArray) steps = steps_that_count(plan);
    if (steps->len == 0)
        return pbay_failure_new(PB_ERR_CONFIG, "\"%s\" has no target that could be asked",
                                plan->asked);
    PbayFailure *failure = steps->len == 1 ? failure_of_one(plan, g_ptr_array_index(steps, 0))
                                           : failure_of_many(plan, steps);
    failure->retry_after_ms = wait_of(plan, steps);
    return failure;
}
