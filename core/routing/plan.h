/* SPDX-License-Identifier: Apache-2.0 */
/* From the name a client asks for to an ordered plan of targets, each with the reason why it stands
 * there or is left out; what `patchbay explain` prints is this object. Making one changes nothing:
 * breakers and limits are only looked at, and whoever carries the plan out asks them again. Any
 * thread. */
#ifndef PBAY_ROUTING_PLAN_H
#define PBAY_ROUTING_PLAN_H

#include "routing/fleet.h"
#include "snapshot/model.h"
#include "json/writer.h"

/* What must have happened before a step is taken. */
typedef enum PbayCause {
    PBAY_CAUSE_CHOICE,  /* nothing: the model's own targets                             */
    PBAY_CAUSE_FAILURE, /* `fallbacks`: all before failed                               */
    PBAY_CAUSE_CONTEXT, /* `context-window-fallbacks`: a target said the request is too long */
    PBAY_CAUSE_POLICY,  /* `content-policy-fallbacks`: a target refused the content      */
    PBAY_CAUSES
} PbayCause;
const char *
pbay_cause_name(PbayCause cause); /* "choice", "fallback", "context-window-fallback" ... */

typedef struct PbayStep {
    const PbayModelTarget *target; /* of the snapshot, or of the plan */
    const PbayModel *model;        /* whose target it is; NULL: named directly */
    PbayCause cause;
    bool out;       /* left out, reason says why */
    int32_t cls;    /* PB_ERR_*: what that makes of the call; 0 of a step that is in */
    char *reason;   /* "[model fast]: first of the order", "breaker open for 12 s more: ..." */
    bool forced;    /* in though its breaker or its keys say no: there is no other */
    bool estimated; /* the estimate below is known */
    PbayMoney estimate;
    const char *unpriced; /* why the price is not known, or NULL: it is, or nothing was measured */
    bool over_budget;     /* estimated at more than may be spent; to be told when it is taken */
    PbayPeek peek;        /* as it was found */
} PbayStep;

typedef struct PbayPlan {
    char *asked;            /* the name as given */
    char *how;              /* "[model fast]", "prefix groq", "match llama-*" */
    const PbayModel *model; /* or NULL: a target was named */
    int32_t kind;           /* as asked for, and when: of the spec */
    int64_t now;
    PbayResilience resilience;
    GArray *steps;    /* PbayStep: within a cause in the order in which they are tried, those left
                        out behind them */
    GPtrArray *notes; /* char *: what the caller should know, such as an estimate over the budget */
    GPtrArray *own;   /* PbayModelTarget * made for this plan */
} PbayPlan;

typedef struct PbayPlanSpec {
    const PbaySnapshot *snapshot;
    PbayFleet *fleet;
    const char *name;       /* as asked for */
    const PbayFacts *facts; /* measured, or NULL: then the strategy must not need any (one target),
                               or `measure` gives them when what the name leads to asks for some */
    const PbayFacts *(*measure)(void *user); /* or NULL; what it gives lives as long as the plan is
                                                being made */
    void *measure_user;
    int32_t kind; /* PB_KIND_*: a target whose driver cannot do it is out            */
    bool own_key; /* the caller brings a key: a provider without one is no reason    */
    char *const
        *fallbacks; /* of the request (patchbay.fallbacks): instead of the model's, or NULL */
    /* The request's word over the model's: max_cost and prefer make any choice one by budget. */
    bool has_max_cost;
    PbayMoney max_cost;
    bool has_prefer;
    PbayPrefer prefer;
    int64_t now;   /* ms of the fleet's clock */
    uint64_t seed; /* of all chance in this plan: the same seed and fleet give the same plan */
} PbayPlanSpec;

/* NULL with error: the name leads nowhere (as pbay_snapshot_resolve), or the budget refuses
 * (PB_ERR_INVALID, code "over_budget" by the caller). A plan whose steps are all out is given: the
 * caller makes the failure of it with pbay_plan_failure. Every target stands once for each cause;
 * one of the choice does not come back as a fallback. When breakers or resting keys alone keep out
 * all that could be asked, fallbacks included, the one that comes back first is in. When the
 * estimate alone does (a context too small), the largest context is, unless a fallback takes it. */
PbayPlan *pbay_plan_new(const PbayPlanSpec *spec, GError **error);
/* A plan of one target that the caller knows already; takes it over. how: why that one. */
PbayPlan *pbay_plan_single(const char *asked, const char *how, PbayModelTarget *target,
                           PbayResilience resilience);
void pbay_plan_free(PbayPlan *plan); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbayPlan, pbay_plan_free)

/* Does choosing by this route, or by what it leads to, ask for facts (rules, cost, budget, tokens a
 * minute, a context)? */
bool pbay_plan_route_needs_facts(const PbayRoute *route);

/* Why no step can be tried: names every target with its reason. Of one target its own class. */
PbayFailure *pbay_plan_failure(const PbayPlan *plan);

/* {"model","how","strategy","retries","attempts","hedge","facts"?,"steps":[{"target","cause","in",
 * "reason","estimate_usd"?,"price":"unknown"?,"context"?,"breaker","latency_ms"?,"busy"}],
 * "notes":[...]}. facts may be NULL. */
void pbay_plan_write(const PbayPlan *plan, const PbayFacts *facts, PbayJsonWriter *w);

#endif
