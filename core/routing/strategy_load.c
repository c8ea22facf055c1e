/* SPDX-License-Identifier: Apache-2.0 */
/* The strategies that go by what the fleet measured: how much is under way, and how long the first
 * content took. Equal ones are mixed by chance, so that callers who see the same figures do not all
 * go to the same target. Pure; any thread. */
#include "routing/strategy.h"

/* Fewer under way for its weight. Products of a count and a weight, no fractions. */
static int by_load(const PbayCandidate *a, const PbayCandidate *b)
{
    int64_t wa = MAX(a->step.target->weight, 1), wb = MAX(b->step.target->weight, 1);
    double la = (double)a->step.peek.busy * (double)wb;
    double lb = (double)b->step.peek.busy * (double)wa;
    return (la > lb) - (la < lb);
}

void pbay_strategy_least_busy(PbayCandidate *candidates, size_t n, PbayChance *chance)
{
    pbay_candidates_shuffle(candidates, n, chance);
    pbay_candidates_sort(candidates, n, by_load);
    for (size_t i = 0; i < n; i++) {
        PbayStep *step = &candidates[i].step;
        if (step->target->weight <= 1)
            step->reason = g_strdup_printf("%s: %u under way",
                                           i == 0 ? "least busy" : "next in load", step->peek.busy);
        else
            step->reason = g_strdup_printf("%s: %u under way, weight %" G_GINT64_FORMAT,
                                           i == 0 ? "least busy" : "next in load", step->peek.busy,
                                           step->target->weight);
    }
}

/* 0: to be measured now. 1: measured. 2: another call is measuring it. */
static int rank(const PbayCandidate *candidate)
{
    if (candidate->step.peek.first_ms >= 0)
        return 1;
    return candidate->step.peek.busy == 0 ? 0 : 2;
}

static int by_rank(const PbayCandidate *a, const PbayCandidate *b)
{
    return rank(a) - rank(b);
}

static bool is_faster(const PbayCandidate *a, const PbayCandidate *b)
{
    if (rank(a) != rank(b))
        return rank(a) < rank(b);
    if (rank(a) == 1)
        return a->step.peek.first_ms < b->step.peek.first_ms;
    return a->step.peek.busy < b->step.peek.busy;
}

static char *latency_text(const PbayCandidate *candidate, const char *how)
{
    int64_t ms = candidate->step.peek.first_ms;
    if (ms >= 0)
        return g_strdup_printf("%s: usually %" G_GINT64_FORMAT " ms to the first content", how, ms);
    return g_strdup(rank(candidate) == 0 ? "not measured lately: tried so that it is"
                                         : "not measured yet: another call is doing it");
}

void pbay_strategy_latency(PbayCandidate *candidates, size_t n, PbayChance *chance)
{
    pbay_candidates_shuffle(candidates, n, chance);
    pbay_candidates_sort(candidates, n, by_rank);
    size_t i = 0;
    for (; i < n && rank(&candidates[i]) == 0; i++)
        candidates[i].step.reason = latency_text(&candidates[i], "");
    for (; i < n; i++) {
        /* Shuffled once more: the first two of what is left are two drawn at random. */
        pbay_candidates_shuffle(candidates + i, n - i, chance);
        bool pair = i + 1 < n;
        if (pair && is_faster(&candidates[i + 1], &candidates[i])) {
            PbayCandidate slower = candidates[i];
            candidates[i] = candidates[i + 1];
            candidates[i + 1] = slower;
        }
        candidates[i].step.reason =
            latency_text(&candidates[i], pair ? "the faster of two that were drawn" : "last");
    }
}
