/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the routing room: in which order the targets of one choice are tried. Each strategy
 * reorders an array of candidates, all of which may be asked, and says of each why it stands there
 * (without the name of the model, which the plan puts in front). Pure: facts, peeks and chance come
 * from the caller. */
#ifndef PBAY_ROUTING_STRATEGY_H
#define PBAY_ROUTING_STRATEGY_H

#include "routing/chance.h"
#include "routing/plan.h"

/* One step on its way into the plan. */
typedef struct PbayCandidate {
    PbayStep step; /* reason NULL until a strategy sets it */
    guint place;   /* among the targets as they are written, from 0 */
    char *waits;   /* the limit whose queue it would stand in, or NULL */
} PbayCandidate;

/* As written. of: how many there are, those left out counted. */
void pbay_strategy_order(PbayCandidate *candidates, size_t n, guint of);
/* Drawn without putting back, by weight; those of weight 0 last, as written. */
void pbay_strategy_weighted(PbayCandidate *candidates, size_t n, PbayChance *chance);
/* The fewest under way for its weight first, equal ones by chance. */
void pbay_strategy_least_busy(PbayCandidate *candidates, size_t n, PbayChance *chance);
/* Those that nobody measured lately and nobody is measuring first. Then again and again two are
 * drawn, and the one with the lower average is next. */
void pbay_strategy_latency(PbayCandidate *candidates, size_t n, PbayChance *chance);
/* The lowest estimate first, unknown ones last. */
void pbay_strategy_cost(PbayCandidate *candidates, size_t n);

typedef struct PbayBudget {
    bool has_max;
    PbayMoney max;
    PbayPrefer prefer;
    PbayOverBudget over;
} PbayBudget;

/* First those that fit (estimate <= max), by preference: the cheapest, the dearest, or the middle
 * by cost and then its neighbours. Then those above, the cheapest first, marked over_budget; then
 * those without a price. With PBAY_OVER_REFUSE what does not surely fit is out. Gives how many
 * fit. */
size_t pbay_strategy_budget(PbayCandidate *candidates, size_t n, const PbayBudget *budget);

bool pbay_candidate_fits(const PbayCandidate *candidate, const PbayBudget *budget);
/* Of one that is out for now: would the budget let it in? If not, it is marked, and with
 * PBAY_OVER_REFUSE it is out for that. */
void pbay_candidate_heed_budget(PbayCandidate *candidate, const PbayBudget *budget);

/* Shared by the files of strategies. */
void pbay_candidates_shuffle(PbayCandidate *candidates, size_t n, PbayChance *chance);
/* Stable. */
void pbay_candidates_sort(PbayCandidate *candidates, size_t n,
                          int (*compare)(const PbayCandidate *a, const PbayCandidate *b));
/* By estimate, unknown last, else as written. */
int pbay_candidates_by_cost(const PbayCandidate *a, const PbayCandidate *b);
/* "0.00012 USD estimated"; g_free. */
char *pbay_candidate_cost_text(const PbayCandidate *candidate);
/* "price unknown: there is no [price] section for it"; g_free. */
char *pbay_candidate_unpriced_text(const PbayCandidate *candidate);

#endif
