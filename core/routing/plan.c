/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the making of a plan: from the name asked for to its route, then cause by cause the steps,
 * those that are in before those left out. Any thread; nothing outside the plan is changed. */
#include "routing/plan_maker.h"

#include "routing/facts.h"

const char *pbay_cause_name(PbayCause cause)
{
    static const char *const names[PBAY_CAUSES] = {"choice", "fallback", "context-window-fallback",
                                                   "content-policy-fallback"};
    return names[cause];
}

static void clear_step(gpointer data)
{
    g_free(((PbayStep *)data)->reason);
}

static void free_target(gpointer data)
{
    pbay_model_target_free(data);
}

PbayPlan *pbay_plan_alloc(const char *asked)
{
    PbayPlan *plan = g_new0(PbayPlan, 1);
    plan->asked = g_strdup(asked);
    plan->steps = g_array_new(FALSE, FALSE, sizeof(PbayStep));
    g_array_set_clear_func(plan->steps, clear_step);
    plan->notes = g_ptr_array_new_with_free_func(g_free);
    plan->own = g_ptr_array_new_with_free_func(free_target);
    return plan;
}

void pbay_plan_free(PbayPlan *plan)
{
    if (plan == NULL)
        return;
    g_free(plan->asked);
    g_free(plan->how);
    g_array_unref(plan->steps);
    g_ptr_array_unref(plan->notes);
    g_ptr_array_unref(plan->own);
    g_free(plan);
}

/* ---- The maker ---- */

static void begin_cause(PbayPlanMaker *maker, PbayCause cause)
{
    maker->cause = cause;
    g_ptr_array_set_size(maker->targets, 0);
    g_ptr_array_set_size(maker->models, 0);
    for (guint i = 0; i < maker->path->len; i++)
        g_ptr_array_add(maker->models, g_ptr_array_index(maker->path, i));
}

static void end_cause(PbayPlanMaker *maker)
{
    g_array_append_vals(maker->plan->steps, maker->in->data, maker->in->len);
    g_array_append_vals(maker->plan->steps, maker->out->data, maker->out->len);
    g_array_set_size(maker->in, 0);
    g_array_set_size(maker->out, 0);
}

static void maker_init(PbayPlanMaker *maker, const PbayPlanSpec *spec, PbayPlan *plan)
{
    *maker = (PbayPlanMaker){.spec = spec, .plan = plan, .chance = {spec->seed}};
    if (spec->facts != NULL)
        pbay_facts_tokens(spec->kind, spec->facts, &maker->tokens);
    maker->in = g_array_new(FALSE, FALSE, sizeof(PbayStep));
    maker->out = g_array_new(FALSE, FALSE, sizeof(PbayStep));
    maker->targets = g_ptr_array_new();
    maker->models = g_ptr_array_new();
    maker->path = g_ptr_array_new();
}

static void maker_clear(PbayPlanMaker *maker)
{
    end_cause(maker); /* what a failure left behind belongs to the plan */
    g_array_unref(maker->in);
    g_array_unref(maker->out);
    g_ptr_array_unref(maker->targets);
    g_ptr_array_unref(maker->models);
    g_ptr_array_unref(maker->path);
    g_free(maker->refusal);
}

/* ---- Cause by cause ---- */

static bool add_choice(PbayPlanMaker *maker, const PbayRoute *route, GError **error)
{
    begin_cause(maker, PBAY_CAUSE_CHOICE);
    pbay_plan_add_route(maker, route, NULL, route->model == NULL ? maker->plan->how : "",
                        maker->path);
    end_cause(maker);
    if (maker->refusal != NULL)
        g_set_error_literal(error, PBAY_ERROR, PB_ERR_INVALID, maker->refusal);
    return maker->refusal == NULL;
}

static bool add_all(PbayPlanMaker *maker, const PbayRoute *route, GError **error)
{
    if (!add_choice(maker, route, error))
        return false;
    for (PbayCause cause = PBAY_CAUSE_FAILURE; cause < PBAY_CAUSES; cause++) {
        begin_cause(maker, cause);
        if (!pbay_plan_add_fallbacks(maker, error))
            return false;
        end_cause(maker);
    }
    pbay_plan_last_resort(maker->plan);
    return true;
}

PbayPlan *pbay_plan_new(const PbayPlanSpec *spec, GError **error)
{
    PbayRoute route = {0};
    PbayPlanSpec measured = *spec;
    g_autoptr(PbayPlan) plan = pbay_plan_alloc(spec->name);
    plan->kind = spec->kind;
    plan->now = spec->now;
    if (!pbay_snapshot_route(spec->snapshot, spec->name, &route, &plan->how, error))
        return NULL;
    plan->model = route.model;
    plan->resilience =
        route.model != NULL ? route.model->resilience : pbay_snapshot_resilience(spec->snapshot);
    if (route.target != NULL)
        g_ptr_array_add(plan->own, route.target);
    if (spec->facts == NULL && spec->measure != NULL && pbay_plan_route_needs_facts(&route))
        measured.facts = spec->measure(spec->measure_user);
    PbayPlanMaker maker;
    maker_init(&maker, &measured, plan);
    bool made = add_all(&maker, &route, error);
    maker_clear(&maker);
    return made ? g_steal_pointer(&plan) : NULL;
}
