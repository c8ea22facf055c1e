/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the question whether a request has to be measured before its plan is made: most calls name
 * one target without limits, and need not be read twice. Any thread. */
#include "routing/plan.h"

static bool target_needs(const PbayModelTarget *target)
{
    return target != NULL &&
           (target->context > 0 || (target->limits != NULL && target->limits->tpm > 0) ||
            (target->provider_limits != NULL && target->provider_limits->tpm > 0));
}

static bool route_needs(const PbayRoute *route, GHashTable *seen);

static bool routes_need(const GPtrArray *routes, GHashTable *seen)
{
    bool needs = false;
    for (guint i = 0; routes != NULL && i < routes->len && !needs; i++)
        needs = route_needs(g_ptr_array_index(routes, i), seen);
    return needs;
}

static bool model_needs(const PbayModel *model, GHashTable *seen)
{
    if (!g_hash_table_add(seen, (gpointer)model))
        return false;
    bool needs = model->strategy == PBAY_STRATEGY_RULES || model->strategy == PBAY_STRATEGY_COST ||
                 model->strategy == PBAY_STRATEGY_BUDGET;
    for (guint i = 0; model->targets != NULL && i < model->targets->len && !needs; i++)
        needs = target_needs(g_ptr_array_index(model->targets, i));
    return needs || routes_need(model->fallbacks, seen) ||
           routes_need(model->context_fallbacks, seen) ||
           routes_need(model->policy_fallbacks, seen);
}

static bool route_needs(const PbayRoute *route, GHashTable *seen)
{
    return route->model != NULL ? model_needs(route->model, seen) : target_needs(route->target);
}

bool pbay_plan_route_needs_facts(const PbayRoute *route)
{
    if (route->model == NULL)
        return target_needs(route->target);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    return model_needs(route->model, seen);
}
