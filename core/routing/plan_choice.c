/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way from a route to steps: the rule that holds, the targets of a model, which of them
 * may be asked, and their order by the model's strategy or the request's budget. A target that has
 * a step of this cause already gets no second one. Any thread; changes nothing but the plan. */
#include "routing/plan_maker.h"

#include <string.h>

/* "[model smart]: rule 2: chars > 1000" + "[model deep]". g_free. */
static char *trail_to(const char *trail, const PbayModel *model)
{
    return g_strdup_printf("%s%s[model %s]", trail, trail[0] != '\0' ? " -> " : "", model->name);
}

static char *with_reason(const char *trail, const char *reason)
{
    if (reason == NULL)
        return g_strdup(trail);
    return g_strdup_printf("%s%s%s", trail, trail[0] != '\0' ? ": " : "", reason);
}

/* ---- Budget ---- */

/* The request's word, else the model's. False: the choice is none by budget. */
static bool budget_of(const PbayPlanSpec *spec, const PbayModel *model, guint of,
                      PbayBudget *budget)
{
    bool by_model = model != NULL && model->strategy == PBAY_STRATEGY_BUDGET;
    if (!by_model && !spec->has_max_cost && (!spec->has_prefer || of < 2))
        return false;
    *budget = (PbayBudget){.prefer = PBAY_PREFER_BALANCED, .over = PBAY_OVER_CHEAPEST};
    if (model != NULL)
        *budget =
            (PbayBudget){model->has_max_cost, model->max_cost, model->prefer, model->over_budget};
    if (spec->has_max_cost) {
        budget->has_max = true;
        budget->max = spec->max_cost;
    }
    if (spec->has_prefer)
        budget->prefer = spec->prefer;
    return true;
}

/* "openai/gpt-4: 0.03 USD estimated; x/y: price unknown: ..." of those that could be asked. */
static char *list_costs(const PbayCandidate *candidates, size_t n)
{
    GString *list = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        const PbayCandidate *one = &candidates[i];
        g_autofree char *cost =
            one->step.estimated ? pbay_candidate_cost_text(one) : pbay_candidate_unpriced_text(one);
        g_string_append_printf(list, "%s%s: %s", i > 0 ? "; " : "", one->step.target->name, cost);
    }
    return g_string_free(list, FALSE);
}

/* Nothing that can be asked fits, which is told whatever is done about it. */
static void tell_over_budget(PbayPlanMaker *maker, const PbayModel *model,
                             const PbayCandidate *candidates, size_t n, const PbayBudget *budget)
{
    g_autofree char *max = pbay_money_text(budget->max);
    g_autofree char *costs = list_costs(candidates, n);
    g_autofree char *of =
        model != NULL ? g_strdup_printf("[model %s]", model->name) : g_strdup(maker->plan->asked);
    g_ptr_array_add(maker->plan->notes,
                    g_strdup_printf("%s: nothing that can be asked is known to fit the budget of "
                                    "%s USD (%s)",
                                    of, max, costs));
}

/* One that waits for better times would have fitted: it is not the budget that refuses. */
static bool any_fits(const PbayCandidate *candidates, size_t n, const PbayBudget *budget)
{
    for (size_t i = 0; i < n; i++) {
        const PbayStep *step = &candidates[i].step;
        bool passing = step->cls == PB_ERR_OVERLOADED || step->cls == PB_ERR_RATE_LIMIT;
        if (passing && pbay_candidate_fits(&candidates[i], budget))
            return true;
    }
    return false;
}

/* After the order by budget, of which `fit` fit: in of all n may be asked. Those that may not are
 * marked too, in case one of them is the last resort. */
static void heed_budget(PbayPlanMaker *maker, const PbayModel *model, PbayCandidate *candidates,
                        size_t in, size_t n, size_t fit, const PbayBudget *budget)
{
    for (size_t i = in; i < n; i++)
        pbay_candidate_heed_budget(&candidates[i], budget);
    if (fit > 0 || in == 0 || !budget->has_max || maker->cause != PBAY_CAUSE_CHOICE)
        return;
    if (budget->over == PBAY_OVER_CHEAPEST) {
        tell_over_budget(maker, model, candidates, in, budget);
    } else if (maker->refusal == NULL && !any_fits(candidates + in, n - in, budget)) {
        g_autofree char *max = pbay_money_text(budget->max);
        g_autofree char *costs = list_costs(candidates, in);
        maker->refusal = g_strdup_printf("[model %s]: no target fits the budget of %s USD (%s): "
                                         "allow more, or set over-budget = cheapest",
                                         model->name, max, costs);
    }
}

/* ---- Order ---- */

/* What one choice goes by. */
typedef struct Choice {
    const PbayModel *model; /* whose targets they are, or NULL                     */
    bool chosen;            /* one target, by something else than a strategy       */
    bool by_budget;
    PbayBudget budget;
    guint of; /* how many there are, those left out counted */
} Choice;

/* Gives how many fit the budget, if it goes by one. */
static size_t order(PbayPlanMaker *maker, const Choice *choice, PbayCandidate *candidates, size_t n)
{
    if (choice->by_budget)
        return pbay_strategy_budget(candidates, n, &choice->budget);
    if (choice->chosen)
        return 0;
    switch (choice->model->strategy) {
    case PBAY_STRATEGY_WEIGHTED:
        pbay_strategy_weighted(candidates, n, &maker->chance);
        break;
    case PBAY_STRATEGY_LEAST_BUSY:
        pbay_strategy_least_busy(candidates, n, &maker->chance);
        break;
    case PBAY_STRATEGY_LATENCY:
        pbay_strategy_latency(candidates, n, &maker->chance);
        break;
    case PBAY_STRATEGY_COST:
        pbay_strategy_cost(candidates, n);
        break;
    case PBAY_STRATEGY_ORDER:
    case PBAY_STRATEGY_BUDGET:
    case PBAY_STRATEGY_RULES:
        pbay_strategy_order(candidates, n, choice->of);
        break;
    }
    return 0;
}

/* Whatever the strategy, weight 0 means: only when nothing else is left. Moves those behind the
 * others, in their order, and gives how many the others are; all, if none or all have weight 0. */
static size_t put_weightless_last(PbayCandidate *candidates, size_t n)
{
    size_t others = 0;
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].step.target->weight <= 0)
            continue;
        PbayCandidate one = candidates[i];
        for (size_t k = i; k > others; k--)
            candidates[k] = candidates[k - 1];
        candidates[others++] = one;
    }
    return others > 0 ? others : n;
}

static size_t order_all(PbayPlanMaker *maker, const Choice *choice, PbayCandidate *candidates,
                        size_t n)
{
    size_t others = put_weightless_last(candidates, n);
    size_t fit = order(maker, choice, candidates, others);
    fit += order(maker, choice, candidates + others, n - others);
    for (size_t i = others; i < n; i++) {
        PbayStep *step = &candidates[i].step;
        g_autofree char *own = step->reason;
        step->reason = g_strdup_printf("weight 0, only when nothing else is left%s%s",
                                       choice->by_budget ? ": " : "", choice->by_budget ? own : "");
    }
    return fit;
}

/* ---- Candidates ---- */

static bool stands_already(const PbayPlanMaker *maker, const char *name)
{
    for (guint i = 0; i < maker->targets->len; i++)
        if (strcmp(maker->targets->pdata[i], name) == 0)
            return true;
    return false;
}

/* A fallback that stands in the choice was tried when its turn comes. */
static bool was_tried(const PbayPlanMaker *maker, const char *name)
{
    const GArray *steps = maker->plan->steps;
    for (guint i = 0; i < steps->len && maker->cause == PBAY_CAUSE_FAILURE; i++) {
        const PbayStep *step = &g_array_index(steps, PbayStep, i);
        if (step->cause == PBAY_CAUSE_CHOICE && strcmp(step->target->name, name) == 0)
            return true;
    }
    return false;
}

/* Judges each; those that may be asked go to the front. Gives how many they are. */
static size_t gather(PbayPlanMaker *maker, PbayModelTarget *const *targets, guint n,
                     const PbayModel *model, GArray *candidates)
{
    guint in = 0;
    for (guint i = 0; i < n; i++) {
        PbayCandidate one = {.place = i};
        if (stands_already(maker, targets[i]->name))
            continue;
        g_ptr_array_add(maker->targets, targets[i]->name);
        pbay_plan_judge(maker, targets[i], &one.step, &one.waits);
        one.step.model = model;
        if (!one.step.out && was_tried(maker, targets[i]->name)) {
            one.step.out = true;
            one.step.reason = g_strdup("stands before, as a target of the choice");
        }
        if (one.step.out)
            g_array_append_val(candidates, one);
        else
            g_array_insert_val(candidates, in++, one);
    }
    return in;
}

/* The reasons become whole sentences, and the steps those of the cause. */
static void keep(PbayPlanMaker *maker, const char *trail, GArray *candidates)
{
    for (guint i = 0; i < candidates->len; i++) {
        PbayCandidate *one = &g_array_index(candidates, PbayCandidate, i);
        PbayStep *step = &one->step;
        if (!step->out) {
            g_autofree char *own = step->reason;
            g_autofree char *text = with_reason(trail, own);
            g_autofree char *waits = one->waits;
            step->reason = waits != NULL ? g_strdup_printf("%s; it waits: %s", text, waits)
                                         : g_steal_pointer(&text);
        } else {
            g_free(one->waits);
        }
        g_array_append_val(step->out ? maker->out : maker->in, *step);
    }
}

static void add_targets(PbayPlanMaker *maker, PbayModelTarget *const *targets, Choice choice,
                        const char *trail)
{
    g_autoptr(GArray) candidates = g_array_new(FALSE, FALSE, sizeof(PbayCandidate));
    size_t in = gather(maker, targets, choice.of, choice.model, candidates);
    PbayCandidate *all = (PbayCandidate *)(void *)candidates->data;
    choice.by_budget =
        budget_of(maker->spec, choice.chosen ? NULL : choice.model, choice.of, &choice.budget);
    size_t fit = order_all(maker, &choice, all, in);
    if (choice.by_budget)
        heed_budget(maker, choice.model, all, in, candidates->len, fit, &choice.budget);
    keep(maker, trail, candidates);
}

/* ---- Routes ---- */

static void add_model(PbayPlanMaker *maker, const PbayModel *model, const char *trail,
                      GPtrArray *path);

/* NULL: none does, or nothing was measured. */
static const PbayRule *rule_that_holds(const PbayModel *model, const PbayFacts *facts)
{
    if (facts == NULL)
        return NULL;
    PbayFacts seen = *facts; /* as this model reads them */
    if (!model->labels_from_metadata)
        seen.metadata = NULL;
    for (guint i = 0; i < model->rules->len; i++) {
        const PbayRule *rule = g_ptr_array_index(model->rules, i);
        if (pbay_condition_holds(rule->condition, &seen))
            return rule;
    }
    return NULL;
}

/* The first rule that holds, or the default. */
static void add_by_rules(PbayPlanMaker *maker, const PbayModel *model, const char *trail,
                         GPtrArray *path)
{
    const PbayFacts *facts = maker->spec->facts;
    const PbayRule *rule = rule_that_holds(model, facts);
    g_autofree char *why = rule != NULL ? g_strdup_printf("rule %u: %s", rule->number, rule->text)
                           : facts != NULL
                               ? g_strdup("default: no rule holds")
                               : g_strdup("default: the request was not measured for its rules");
    g_autofree char *here = with_reason(trail, why);
    pbay_plan_add_route(maker, rule != NULL ? &rule->to : &model->otherwise, model, here, path);
}

static void add_model(PbayPlanMaker *maker, const PbayModel *model, const char *trail,
                      GPtrArray *path)
{
    if (g_ptr_array_find(maker->models, model, NULL))
        return; /* it stands already: going round again would add nothing */
    g_ptr_array_add(maker->models, (gpointer)model);
    g_ptr_array_add(path, (gpointer)model);
    g_autofree char *here = trail_to(trail, model);
    if (model->strategy == PBAY_STRATEGY_RULES)
        add_by_rules(maker, model, here, path);
    else
        add_targets(maker, (PbayModelTarget *const *)model->targets->pdata,
                    (Choice){.model = model, .of = model->targets->len}, here);
}

void pbay_plan_add_route(PbayPlanMaker *maker, const PbayRoute *route, const PbayModel *of,
                         const char *trail, GPtrArray *path)
{
    if (route->model != NULL)
        add_model(maker, route->model, trail, path);
    else if (route->target != NULL)
        add_targets(maker, &route->target, (Choice){.model = of, .chosen = true, .of = 1}, trail);
}
