/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the last resort: when breakers and resting keys alone keep out everything that could be
 * asked, trying the one that comes back first costs less than refusing; when only the estimate says
 * that no context is large enough, the vendor may know better. Limits are never passed over.
 * Pure. */
#include "routing/plan_maker.h"

static PbayStep *step_at(const PbayPlan *plan, guint i)
{
    return &g_array_index(plan->steps, PbayStep, i);
}

static bool is_first_try(const PbayStep *step)
{
    return step->cause == PBAY_CAUSE_CHOICE || step->cause == PBAY_CAUSE_FAILURE;
}

/* Out for its breaker or its keys: force may be used. */
static bool rests(const PbayStep *step)
{
    return step->out && (step->cls == PB_ERR_OVERLOADED || step->cls == PB_ERR_RATE_LIMIT) &&
           (step->peek.out == PBAY_OUT_BREAKER || step->peek.out == PBAY_OUT_PROBING ||
            step->peek.out == PBAY_OUT_KEYS);
}

/* Out for the estimate alone: it would be let in. */
static bool is_small(const PbayStep *step)
{
    return step->out && step->cls == PB_ERR_CONTEXT_LENGTH && step->peek.out == PBAY_OUT_NONE;
}

/* Sooner to be asked, or with more room. One whose probe is under way is nearest. */
static bool is_nearer(const PbayStep *a, const PbayStep *b)
{
    if (a->cause != b->cause)
        return a->cause < b->cause;
    if (is_small(a))
        return a->target->context > b->target->context;
    bool now_a = a->peek.out == PBAY_OUT_PROBING, now_b = b->peek.out == PBAY_OUT_PROBING;
    return now_a != now_b ? now_a : a->peek.until < b->peek.until;
}

/* The nearest of those, or -1; *n how many there are. */
static gint nearest(const PbayPlan *plan, bool (*is)(const PbayStep *step), guint *n)
{
    gint found = -1;
    *n = 0;
    for (guint i = 0; i < plan->steps->len; i++) {
        const PbayStep *step = step_at(plan, i);
        if (!is_first_try(step) || !is(step))
            continue;
        (*n)++;
        if (found < 0 || is_nearer(step, step_at(plan, (guint)found)))
            found = (gint)i;
    }
    return found;
}

/* Step i is in, at the head of its cause, which has no other. */
static void put_in(PbayPlan *plan, guint i, const char *why)
{
    PbayStep step = *step_at(plan, i);
    guint at = i;
    while (at > 0 && step_at(plan, at - 1)->cause == step.cause)
        at--;
    g_autofree char *reason = step.reason;
    step.reason = g_strdup_printf("%s: %s", why, reason);
    step.out = false;
    step.cls = 0;
    step_at(plan, i)->reason = NULL; /* ours now */
    g_array_remove_index(plan->steps, i);
    g_array_insert_val(plan->steps, at, step);
    if (!step.over_budget)
        return;
    g_autofree char *usd = pbay_money_text(step.estimate);
    g_ptr_array_add(plan->notes,
                    g_strdup_printf("%s is over the budget: %s USD estimated; nothing else can be "
                                    "asked now",
                                    step.target->name, usd));
}

static void force_resting(PbayPlan *plan)
{
    guint n = 0;
    gint i = nearest(plan, rests, &n);
    if (i < 0)
        return;
    step_at(plan, (guint)i)->forced = true;
    put_in(plan, (guint)i,
           n > 1 ? "all are out; this one comes back first" : "there is no other to ask");
}

static void force_small(PbayPlan *plan)
{
    guint n = 0;
    gint i = nearest(plan, is_small, &n);
    if (i >= 0)
        put_in(plan, (guint)i,
               n > 1 ? "all are too small by the estimate; this one is the largest"
                     : "there is no other to ask, and it is an estimate");
}

void pbay_plan_last_resort(PbayPlan *plan)
{
    bool in[PBAY_CAUSES] = {false};
    bool resting = false, limited = false, small = false; /* small: of the choice */
    for (guint i = 0; i < plan->steps->len; i++) {
        const PbayStep *step = step_at(plan, i);
        in[step->cause] = in[step->cause] || !step->out;
        if (!is_first_try(step) || !step->out)
            continue;
        resting = resting || rests(step);
        small = small || (step->cause == PBAY_CAUSE_CHOICE && is_small(step));
        limited = limited || (!rests(step) &&
                              (step->cls == PB_ERR_RATE_LIMIT || step->cls == PB_ERR_OVERLOADED));
    }
    bool none = !in[PBAY_CAUSE_CHOICE] && !in[PBAY_CAUSE_FAILURE];
    if (none && resting && !limited)
        force_resting(plan);
    else if (!resting && !limited &&
             (none || (small && !in[PBAY_CAUSE_CHOICE] && in[PBAY_CAUSE_CONTEXT])))
        force_small(plan);
}
