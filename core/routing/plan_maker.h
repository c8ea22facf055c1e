/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the routing room: a plan while it is made, shared by the files that judge targets,
 * expand models and add fallbacks. One thread. */
#ifndef PBAY_ROUTING_PLAN_MAKER_H
#define PBAY_ROUTING_PLAN_MAKER_H

#include "routing/strategy.h"

typedef struct PbayPlanMaker {
    const PbayPlanSpec *spec;
    PbayPlan *plan;
    PbayChance chance;
    PbayTokens tokens; /* of the facts */
    /* Of the cause whose steps are being added. */
    PbayCause cause;
    GArray *in, *out; /* PbayStep */
    GPtrArray
        *targets;      /* names that have a step of this cause; borrowed. A few, so lists will do */
    GPtrArray *models; /* const PbayModel * that were expanded           */
    GPtrArray *path;   /* const PbayModel * that led to the choice, outermost first */
    char *refusal;     /* why the budget refuses, or NULL */
} PbayPlanMaker;

/* plan.c: an empty plan. */
PbayPlan *pbay_plan_alloc(const char *asked);

/* plan_judge.c: whether the target may be asked now, and what it would cost. Fills the step;
 * *waits (g_free): it is in, but has to wait for this limit, or NULL. */
void pbay_plan_judge(const PbayPlanMaker *maker, const PbayModelTarget *target, PbayStep *step,
                     char **waits);
/* "850 ms", "12 s", "5 min"; g_free. */
char *pbay_plan_time_text(int64_t ms);

/* plan_choice.c: adds the targets of a route in the order of its strategy. trail: what led here,
 * "" or a sentence; of: whose route it is, or NULL. Models passed are appended to path. */
void pbay_plan_add_route(PbayPlanMaker *maker, const PbayRoute *route, const PbayModel *of,
                         const char *trail, GPtrArray *path);

/* plan_fallbacks.c: adds what follows the choice for this cause. False with error: a fallback of
 * the request leads nowhere. */
bool pbay_plan_add_fallbacks(PbayPlanMaker *maker, GError **error);

/* plan_last.c: when nothing of choice and fallbacks is in, the one that is nearest to it. */
void pbay_plan_last_resort(PbayPlan *plan);

#endif
