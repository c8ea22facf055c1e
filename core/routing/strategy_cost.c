/* SPDX-License-Identifier: Apache-2.0 */
/* The strategies that go by the estimate of what the request would cost: the cheapest, and what a
 * budget allows. An unknown price is never taken for a low one. Money is compared as exact numbers.
 * Pure; any thread. */
#include "routing/strategy.h"

int pbay_candidates_by_cost(const PbayCandidate *a, const PbayCandidate *b)
{
    const PbayStep *sa = &a->step, *sb = &b->step;
    if (sa->estimated != sb->estimated)
        return sa->estimated ? -1 : 1;
    if (sa->estimated && sa->estimate != sb->estimate)
        return sa->estimate < sb->estimate ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

char *pbay_candidate_cost_text(const PbayCandidate *candidate)
{
    g_autofree char *usd = pbay_money_text(candidate->step.estimate);
    return g_strdup_printf("%s USD estimated", usd);
}

char *pbay_candidate_unpriced_text(const PbayCandidate *candidate)
{
    const char *why = candidate->step.unpriced;
    return g_strdup_printf("price unknown: %s", why != NULL ? why : "the request was not measured");
}

static void explain(PbayCandidate *candidate, const char *how)
{
    g_autofree char *cost = pbay_candidate_cost_text(candidate);
    candidate->step.reason = g_strdup_printf("%s: %s", how, cost);
}

void pbay_strategy_cost(PbayCandidate *candidates, size_t n)
{
    pbay_candidates_sort(candidates, n, pbay_candidates_by_cost);
    for (size_t i = 0; i < n; i++)
        if (candidates[i].step.estimated)
            explain(&candidates[i], i == 0 ? "cheapest" : "next in cost");
        else
            candidates[i].step.reason = pbay_candidate_unpriced_text(&candidates[i]);
}

/* ---- Budget ---- */

bool pbay_candidate_fits(const PbayCandidate *candidate, const PbayBudget *budget)
{
    const PbayStep *step = &candidate->step;
    return step->estimated && (!budget->has_max || step->estimate <= budget->max);
}

static void reverse(PbayCandidate *candidates, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        PbayCandidate first = candidates[i];
        candidates[i] = candidates[n - 1 - i];
        candidates[n - 1 - i] = first;
    }
}

/* The middle (of an even number the cheaper of the two), then its neighbours outwards, of each two
 * the cheaper one first. */
static void from_the_middle(PbayCandidate *candidates, size_t n)
{
    g_autofree PbayCandidate *sorted = g_memdup2(candidates, n * sizeof *candidates);
    size_t below = (n + 1) / 2, above = below;
    for (size_t i = 0; i < n; i++) {
        bool cheaper = below > 0 && (i == 0 || i % 2 == 1 || above == n);
        candidates[i] = cheaper ? sorted[--below] : sorted[above++];
    }
}

static void explain_fit(PbayCandidate *candidate, bool first, const PbayBudget *budget)
{
    static const char *const best[] = {"cheapest", "the middle by cost", "dearest"};
    static const char *const next[] = {"next in cost", "next to the middle by cost",
                                       "next dearest"};
    const char *how = first ? best[budget->prefer] : next[budget->prefer];
    if (!budget->has_max) {
        explain(candidate, how);
        return;
    }
    g_autofree char *max = pbay_money_text(budget->max);
    g_autofree char *text = g_strdup_printf("%s within the budget of %s USD", how, max);
    explain(candidate, text);
}

static void explain_over(PbayCandidate *candidate, const PbayBudget *budget, bool cheapest)
{
    PbayStep *step = &candidate->step;
    g_autofree char *max = pbay_money_text(budget->max);
    g_autofree char *cost = pbay_candidate_cost_text(candidate);
    step->over_budget = true;
    step->out = budget->over == PBAY_OVER_REFUSE;
    step->cls = step->out ? PB_ERR_INVALID : 0;
    step->reason = g_strdup_printf("over the budget of %s USD: %s%s", max, cost,
                                   cheapest && !step->out ? ", the cheapest there is" : "");
}

static void explain_unpriced(PbayCandidate *candidate, const PbayBudget *budget)
{
    PbayStep *step = &candidate->step;
    g_autofree char *why = pbay_candidate_unpriced_text(candidate);
    step->out = budget->has_max && budget->over == PBAY_OVER_REFUSE;
    step->cls = step->out ? PB_ERR_INVALID : 0;
    step->reason = g_strdup_printf("%s%s", why, step->out ? ", so it may be over the budget" : "");
}

size_t pbay_strategy_budget(PbayCandidate *candidates, size_t n, const PbayBudget *budget)
{
    size_t fit = 0;
    pbay_candidates_sort(candidates, n, pbay_candidates_by_cost);
    while (fit < n && pbay_candidate_fits(&candidates[fit], budget))
        fit++;
    if (budget->prefer == PBAY_PREFER_EXPENSIVE)
        reverse(candidates, fit);
    else if (budget->prefer == PBAY_PREFER_BALANCED)
        from_the_middle(candidates, fit);
    for (size_t i = 0; i < fit; i++)
        explain_fit(&candidates[i], i == 0, budget);
    for (size_t i = fit; i < n; i++)
        if (candidates[i].step.estimated)
            explain_over(&candidates[i], budget, i == 0);
        else
            explain_unpriced(&candidates[i], budget);
    return fit;
}

void pbay_candidate_heed_budget(PbayCandidate *candidate, const PbayBudget *budget)
{
    PbayStep *step = &candidate->step;
    bool passing = step->cls == PB_ERR_OVERLOADED || step->cls == PB_ERR_RATE_LIMIT ||
                   step->cls == PB_ERR_CONTEXT_LENGTH;
    if (!passing || pbay_candidate_fits(candidate, budget))
        return;
    step->over_budget = step->estimated;
    if (!budget->has_max || budget->over != PBAY_OVER_REFUSE)
        return;
    g_clear_pointer(&step->reason, g_free);
    if (step->estimated)
        explain_over(candidate, budget, false);
    else
        explain_unpriced(candidate, budget);
}
