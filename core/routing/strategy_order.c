/* SPDX-License-Identifier: Apache-2.0 */
/* The strategies that look at no measurement: as written, and drawn by weight; and the sorting that
 * the others share. Pure; any thread. */
#include "routing/strategy.h"

void pbay_candidates_shuffle(PbayCandidate *candidates, size_t n, PbayChance *chance)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)pbay_chance_below(chance, i);
        PbayCandidate last = candidates[i - 1];
        candidates[i - 1] = candidates[k];
        candidates[k] = last;
    }
}

/* A model has a handful of targets: insertion is stable and short. */
void pbay_candidates_sort(PbayCandidate *candidates, size_t n,
                          int (*compare)(const PbayCandidate *a, const PbayCandidate *b))
{
    for (size_t i = 1; i < n; i++) {
        PbayCandidate one = candidates[i];
        size_t k = i;
        for (; k > 0 && compare(&candidates[k - 1], &one) > 0; k--)
            candidates[k] = candidates[k - 1];
        candidates[k] = one;
    }
}

static int by_place(const PbayCandidate *a, const PbayCandidate *b)
{
    return (a->place > b->place) - (a->place < b->place);
}

static char *order_text(guint place, guint of)
{
    static const char *const words[] = {"first", "second",  "third",  "fourth", "fifth",
                                        "sixth", "seventh", "eighth", "ninth",  "tenth"};
    if (of == 1)
        return g_strdup("its only target");
    if (place < G_N_ELEMENTS(words))
        return g_strdup_printf("%s of the order", words[place]);
    return g_strdup_printf("number %u of the order", place + 1);
}

void pbay_strategy_order(PbayCandidate *candidates, size_t n, guint of)
{
    pbay_candidates_sort(candidates, n, by_place);
    for (size_t i = 0; i < n; i++)
        candidates[i].step.reason = order_text(candidates[i].place, of);
}

static uint64_t weight_of(const PbayCandidate *candidate)
{
    int64_t weight = candidate->step.target->weight;
    return weight > 0 ? (uint64_t)weight : 0;
}

/* One of those that are left, as likely as its weight says. */
static size_t draw(const PbayCandidate *candidates, size_t n, uint64_t sum, PbayChance *chance)
{
    uint64_t at = pbay_chance_below(chance, sum);
    size_t i = 0;
    for (; i + 1 < n && at >= weight_of(&candidates[i]); i++)
        at -= weight_of(&candidates[i]);
    return i;
}

void pbay_strategy_weighted(PbayCandidate *candidates, size_t n, PbayChance *chance)
{
    uint64_t sum = 0;
    pbay_candidates_sort(candidates, n, by_place);
    for (size_t i = 0; i < n; i++)
        sum += weight_of(&candidates[i]);
    for (size_t i = 0; i < n; i++) {
        if (sum == 0) {
            candidates[i].step.reason = g_strdup("as written: every weight is 0");
            continue;
        }
        size_t k = i + draw(candidates + i, n - i, sum, chance);
        PbayCandidate drawn = candidates[k];
        for (; k > i; k--)
            candidates[k] = candidates[k - 1];
        candidates[i] = drawn;
        candidates[i].step.reason = g_strdup_printf(
            "drawn by weight, %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, weight_of(&drawn), sum);
        sum -= weight_of(&drawn);
    }
}
