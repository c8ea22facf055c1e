/* SPDX-License-Identifier: Apache-2.0 */
/* [model NAME] joined with providers, prices and limits: what a name that clients ask for may lead
 * to, as data. How one is chosen is routing's business. Immutable, owned by the snapshot; any
 * thread. */
#ifndef PBAY_SNAPSHOT_MODEL_H
#define PBAY_SNAPSHOT_MODEL_H

#include "price/price.h"
#include "snapshot/condition.h"
#include "snapshot/snapshot.h"

/* [limits NAME]: of a target ("openai/gpt-4") or of a whole provider ("openai"). 0: no bound. */
typedef struct PbayLimits {
    int64_t rpm, tpm, parallel;
    int64_t queue;            /* calls that may wait; 0: none waits, the next target is taken */
    int64_t queue_timeout_ms; /* how long one waits                                           */
    int64_t context;          /* tokens that fit in one request                               */
} PbayLimits;

/* One provider and upstream model, with what choosing needs to know. */
typedef struct PbayModelTarget {
    char *name;             /* "openai/gpt-4"                                                  */
    char *known_as;         /* to the fleet, where that is not the name: another server; or NULL */
    PbayProvider *provider; /* borrowed of the snapshot; NULL: there is none of that name      */
    char *model;            /* upstream name                                                   */
    int64_t weight;         /* 1 unless said; 0: only when nothing else is left                */
    const PbayPrice *price; /* or NULL: unknown                                                */
    int64_t context;        /* tokens, of [limits] (the target's, then the provider's) or the
                               manifest; 0: unknown */
    const PbayLimits *limits, *provider_limits; /* or NULL                                     */
} PbayModelTarget;

/* The name under which the fleet remembers what becomes of it. */
static inline const char *pbay_model_target_known_as(const PbayModelTarget *target)
{
    return target->known_as != NULL ? target->known_as : target->name;
}

typedef enum PbayStrategy {
    PBAY_STRATEGY_ORDER,
    PBAY_STRATEGY_WEIGHTED,
    PBAY_STRATEGY_LEAST_BUSY,
    PBAY_STRATEGY_LATENCY,
    PBAY_STRATEGY_COST,
    PBAY_STRATEGY_BUDGET,
    PBAY_STRATEGY_RULES
} PbayStrategy;
const char *pbay_strategy_name(PbayStrategy strategy); /* "least-busy" */

typedef enum PbayPrefer {
    PBAY_PREFER_CHEAP,
    PBAY_PREFER_BALANCED,
    PBAY_PREFER_EXPENSIVE
} PbayPrefer;
typedef enum PbayOverBudget { PBAY_OVER_CHEAPEST, PBAY_OVER_REFUSE } PbayOverBudget;

typedef struct PbayModel PbayModel;

/* Where a rule, a default or a fallback leads: another [model], or a target. Exactly one is set. */
typedef struct PbayRoute {
    const PbayModel *model;  /* borrowed of the snapshot */
    PbayModelTarget *target; /* owned by the snapshot    */
} PbayRoute;

typedef struct PbayRule {
    unsigned number; /* of rule.N: they are asked in rising order */
    char *text;      /* the condition as written                  */
    PbayCondition *condition;
    PbayRoute to;
} PbayRule;

/* How hard a call tries. Members that nobody set have the built-in value. */
typedef struct PbayResilience {
    int retries;  /* further attempts on the same target before the next; built in: 2 */
    int attempts; /* of the whole call; built in: 6                                   */
    bool hedge;   /* a second target when the first token is late; built in: no       */
} PbayResilience;

struct PbayModel {
    char *name;
    PbayOrigin origin;
    PbayStrategy strategy;
    GPtrArray *targets;  /* PbayModelTarget *, as written; empty with rules       */
    GPtrArray *rules;    /* PbayRule *, in order of number; empty otherwise        */
    PbayRoute otherwise; /* RULES: `default`                                      */
    /* PbayRoute *: what follows when everything before failed, by cause. */
    GPtrArray *fallbacks, *context_fallbacks, *policy_fallbacks;
    bool has_max_cost;
    PbayMoney max_cost;
    PbayPrefer prefer;          /* built in: balanced */
    PbayOverBudget over_budget; /* built in: cheapest */
    bool labels_from_metadata;
    PbayResilience resilience;
    PbayTimeouts timeouts; /* -1 members: the provider's */
};

/* All models of a snapshot. */
typedef struct PbayModels PbayModels;

/* [main] After providers, prices and limits; sets snapshot->models too, since models lead to
 * models. Adds every mistake: unknown names with the nearest, rules that cannot
 * be read, a missing default, fallbacks that loop (the whole path is named, "a -> b -> a"). */
PbayModels *pbay_models_new(PbaySnapshot *snapshot, PbayProblems *problems);
void pbay_models_free(PbayModels *models);

/* The [model] of exactly that name, or NULL. Borrowed. */
const PbayModel *pbay_snapshot_model(const PbaySnapshot *snapshot, const char *name);
/* All, in order of appearance; const PbayModel *. */
const GPtrArray *pbay_snapshot_models(const PbaySnapshot *snapshot);

/* What is configured for calls that name a target directly ([defaults]). */
PbayResilience pbay_snapshot_resilience(const PbaySnapshot *snapshot);

/* The facts of a target that a client named directly; pbay_model_target_free. The price of a
 * provider that is its driver's own vendor under another name is that of the driver's prefix. */
PbayModelTarget *pbay_snapshot_target(const PbaySnapshot *snapshot, PbayProvider *provider,
                                      const char *model);
void pbay_model_target_free(PbayModelTarget *target);

/* A name as clients and fallbacks write it: exact [model NAME], else prefix, else match; as
 * pbay_snapshot_resolve. On true exactly one of route's members is set, a target is the caller's
 * to free; *reason (g_free) says which of the three it was. */
bool pbay_snapshot_route(const PbaySnapshot *snapshot, const char *name, PbayRoute *route,
                         char **reason, GError **error);

#endif
