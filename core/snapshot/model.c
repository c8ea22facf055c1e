/* SPDX-License-Identifier: Apache-2.0 */
/* All [model] sections of a snapshot: made first by name, so that any may lead to any other, then
 * filled, then checked for loops. Built by [main], immutable afterwards. How one of several
 * targets is chosen is not its business. */
#include "snapshot/model_parts.h"

#include "base/str.h"

#include <string.h>

#define RETRIES  2
#define ATTEMPTS 6

static const char *const STRATEGIES[] = {
    [PBAY_STRATEGY_ORDER] = "order",
    [PBAY_STRATEGY_WEIGHTED] = "weighted",
    [PBAY_STRATEGY_LEAST_BUSY] = "least-busy",
    [PBAY_STRATEGY_LATENCY] = "latency",
    [PBAY_STRATEGY_COST] = "cost",
    [PBAY_STRATEGY_BUDGET] = "budget",
    [PBAY_STRATEGY_RULES] = "rules",
};

const char *pbay_strategy_name(PbayStrategy strategy)
{
    return STRATEGIES[strategy];
}

/* ---- settings -------------------------------------------------------------------------------- */

/* The place of the key's value among names; otherwise when it is not set. */
static guint choice(const PbaySection *section, const char *key, const char *const *names, guint n,
                    guint otherwise)
{
    const char *text = pbay_section_str(section, key);
    for (guint i = 0; text != NULL && i < n; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return otherwise;
}

/* From the section, or `from` where it says nothing. section may be NULL. */
static PbayResilience read_resilience(const PbaySection *section, PbayResilience from)
{
    return (PbayResilience){
        .retries = (int)pbay_section_int(section, "retries", from.retries),
        .attempts = (int)pbay_section_int(section, "attempts", from.attempts),
        .hedge = pbay_section_bool(section, "hedge", from.hedge),
    };
}

PbayResilience pbay_snapshot_resilience(const PbaySnapshot *snapshot)
{
    const PbaySection *defaults = pbay_config_section(snapshot->config, "defaults", "");
    return read_resilience(defaults, (PbayResilience){.retries = RETRIES, .attempts = ATTEMPTS});
}

static PbayTimeouts read_timeouts(const PbaySection *section)
{
    return (PbayTimeouts){
        .connect = pbay_section_ms(section, "timeout-connect", -1),
        .first_byte = pbay_section_ms(section, "timeout-first-byte", -1),
        .first_token = pbay_section_ms(section, "timeout-first-token", -1),
        .idle = pbay_section_ms(section, "timeout-idle", -1),
        .attempt = pbay_section_ms(section, "timeout-attempt", -1),
        .total = pbay_section_ms(section, "timeout", -1),
    };
}

static void read_settings(PbayModel *model, const PbaySnapshot *snapshot,
                          const PbaySection *section)
{
    static const char *const prefers[] = {"cheap", "balanced", "expensive"};
    static const char *const overs[] = {"cheapest", "refuse"};
    const char *cost = pbay_section_str(section, "max-cost");
    model->strategy =
        choice(section, "strategy", STRATEGIES, G_N_ELEMENTS(STRATEGIES), PBAY_STRATEGY_ORDER);
    model->prefer = choice(section, "prefer", prefers, G_N_ELEMENTS(prefers), PBAY_PREFER_BALANCED);
    model->over_budget =
        choice(section, "over-budget", overs, G_N_ELEMENTS(overs), PBAY_OVER_CHEAPEST);
    model->has_max_cost = cost != NULL && pbay_money_parse(cost, &model->max_cost);
    model->labels_from_metadata = pbay_section_str(section, "labels-from") != NULL;
    model->resilience = read_resilience(section, pbay_snapshot_resilience(snapshot));
    model->timeouts = read_timeouts(section);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void target_free(gpointer target)
{
    pbay_model_target_free(target);
}

static void rule_free(gpointer data)
{
    PbayRule *rule = data;
    g_free(rule->text);
    pbay_condition_free(rule->condition);
    pbay_route_clear(&rule->to);
    g_free(rule);
}

static void route_free(gpointer data)
{
    pbay_route_clear(data);
    g_free(data);
}

static PbayModel *model_new(const PbaySection *section)
{
    PbayModel *model = g_new0(PbayModel, 1);
    model->name = g_strdup(section->name);
    model->origin = section->origin;
    model->targets = g_ptr_array_new_with_free_func(target_free);
    model->rules = g_ptr_array_new_with_free_func(rule_free);
    model->fallbacks = g_ptr_array_new_with_free_func(route_free);
    model->context_fallbacks = g_ptr_array_new_with_free_func(route_free);
    model->policy_fallbacks = g_ptr_array_new_with_free_func(route_free);
    return model;
}

static void model_free(gpointer data)
{
    PbayModel *model = data;
    g_free(model->name);
    g_ptr_array_unref(model->targets);
    g_ptr_array_unref(model->rules);
    pbay_route_clear(&model->otherwise);
    g_ptr_array_unref(model->fallbacks);
    g_ptr_array_unref(model->context_fallbacks);
    g_ptr_array_unref(model->policy_fallbacks);
    g_free(model);
}

static void fill(PbaySnapshot *snapshot, PbayModel *model, PbayProblems *problems)
{
    PbayModelDraft draft = {.model = model,
                            .section = pbay_config_section(snapshot->config, "model", model->name),
                            .snapshot = snapshot,
                            .problems = problems,
                            .title = g_strconcat("model ", model->name, NULL)};
    read_settings(model, snapshot, draft.section);
    pbay_model_targets(&draft);
    pbay_model_routes(&draft);
    g_free(draft.title);
}

PbayModels *pbay_models_new(PbaySnapshot *snapshot, PbayProblems *problems)
{
    PbayModels *models = g_new0(PbayModels, 1);
    models->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    models->all = g_ptr_array_new_with_free_func(model_free);
    snapshot->models = models;
    const GPtrArray *sections = pbay_config_sections(snapshot->config, "model");
    for (guint i = 0; i < sections->len; i++) {
        PbayModel *model = model_new(g_ptr_array_index(sections, i));
        g_ptr_array_add(models->all, model);
        g_hash_table_insert(models->by_name, model->name, model);
    }
    for (guint i = 0; i < models->all->len; i++)
        fill(snapshot, g_ptr_array_index(models->all, i), problems);
    pbay_model_check_default(snapshot, problems);
    pbay_model_loops(snapshot, problems);
    return models;
}

void pbay_models_free(PbayModels *models)
{
    if (models == NULL)
        return;
    g_hash_table_unref(models->by_name);
    g_ptr_array_unref(models->all);
    g_free(models);
}

const PbayModel *pbay_snapshot_model(const PbaySnapshot *snapshot, const char *name)
{
    return snapshot->models != NULL ? g_hash_table_lookup(snapshot->models->by_name, name) : NULL;
}

const GPtrArray *pbay_snapshot_models(const PbaySnapshot *snapshot)
{
    return snapshot->models->all;
}
