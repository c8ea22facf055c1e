/* SPDX-License-Identifier: Apache-2.0 */
/* Where a [model] leads beside its own targets: rules in order of their numbers, `default`, and
 * fallbacks by cause. [main]. It checks that each name leads somewhere; loops are looked for when
 * all models are filled. */
#include "snapshot/model_parts.h"
#include "snapshot/resolve.h"

#include "base/str.h"
#include "config/config.h"
#include "observe/log.h"

#include <string.h>

void pbay_route_clear(PbayRoute *route)
{
    g_clear_pointer(&route->target, pbay_model_target_free);
    route->model = NULL;
}

/* Where a name leads. False: a problem was added. */
static bool lead(PbayModelDraft *draft, const PbayValue *value, const char *name, PbayRoute *route)
{
    g_autoptr(GError) error = NULL;
    const char *slash = strchr(name, '/');
    if (pbay_resolve_route(draft->snapshot, name, route, &error)) {
        if (route->model != NULL || route->target->model[0] != '\0')
            return true;
        pbay_route_clear(route);
        g_set_error(&error, g_quark_from_static_string("model"), 0,
                    "\"%s\" names a provider without a model: write %.*s/MODEL", name,
                    (int)(slash - name), name);
    }
    pbay_problems_add(draft->problems, value->origin, draft->title, value->key, NULL,
                      "`%s` of [%s]: %s", value->key, draft->title, error->message);
    return false;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static char *trimmed(const char *text, size_t len)
{
    char *copy = g_strndup(text, len);
    return g_strstrip(copy);
}

/* "CONDITION -> ROUTE" at its last arrow. False: there is none, or nothing on one side of it. */
static bool split_rule(const char *text, char **condition, char **name)
{
    const char *arrow = g_strrstr(text, "->");
    *condition = trimmed(text, arrow != NULL ? (size_t)(arrow - text) : 0);
    *name = trimmed(arrow != NULL ? arrow + 2 : "", arrow != NULL ? strlen(arrow + 2) : 0);
    return (*condition)[0] != '\0' && (*name)[0] != '\0';
}

/* A misspelt term is a label that no request has. It may be one all the same, so that it is no
 * mistake. */
static void warn_of_doubt(const PbayModelDraft *draft, const PbayValue *value,
                          const PbayCondition *condition)
{
    const char *meant = NULL, *word = pbay_condition_doubt(condition, &meant);
    if (word != NULL)
        pbay_log(PBAY_LOG_WARN, "config",
                 "%s:%d: `%s` in `%s` of [%s] is taken as a label: did you mean `%s`? If it is a "
                 "label, write it in double quotes",
                 value->origin.file, value->origin.line, word, value->key, draft->title, meant);
}

static void add_rule(PbayModelDraft *draft, const PbayValue *value)
{
    g_autofree char *condition = NULL, *name = NULL, *why = NULL;
    if (value->items[0] == NULL)
        return; /* reported when the configuration was read */
    if (!split_rule(value->items[0], &condition, &name)) {
        pbay_problems_add(draft->problems, value->origin, draft->title, value->key,
                          "such as rule.1 = chars > 1000 -> PROVIDER/MODEL",
                          "`%s` of [%s] is no rule: write CONDITION -> PROVIDER/MODEL", value->key,
                          draft->title);
        return;
    }
    PbayRule *rule = g_new0(PbayRule, 1);
    g_ptr_array_add(draft->model->rules, rule);
    rule->number = (unsigned)g_ascii_strtoull(value->key + strlen("rule."), NULL, 10);
    rule->condition = pbay_condition_parse(condition, &why);
    rule->text = g_steal_pointer(&condition);
    if (rule->condition == NULL)
        pbay_problems_add(draft->problems, value->origin, draft->title, value->key,
                          "such as chars > 1000 and not tools",
                          "the condition of `%s` of [%s] cannot be read: %s", value->key,
                          draft->title, why);
    else
        warn_of_doubt(draft, value, rule->condition);
    lead(draft, value, name, &rule->to);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const PbayRule *x = *(const PbayRule *const *)a, *y = *(const PbayRule *const *)b;
    return (x->number > y->number) - (x->number < y->number);
}

static void read_rules(PbayModelDraft *draft)
{
    for (guint i = 0; i < draft->section->values->len; i++) {
        const PbayValue *value = g_ptr_array_index(draft->section->values, i);
        if (g_str_has_prefix(value->key, "rule."))
            add_rule(draft, value);
    }
    g_ptr_array_sort(draft->model->rules, by_number);
    const PbayValue *otherwise = pbay_section_get(draft->section, "default");
    if (otherwise != NULL && otherwise->items[0] != NULL)
        lead(draft, otherwise, otherwise->items[0], &draft->model->otherwise);
}

void pbay_model_check_default(const PbaySnapshot *snapshot, PbayProblems *problems)
{
    const PbaySection *defaults = pbay_config_section(snapshot->config, "defaults", "");
    const PbayValue *value = pbay_section_get(defaults, "model");
    PbayModelDraft draft = {.snapshot = snapshot, .problems = problems, .title = "defaults"};
    PbayRoute route = {0};
    if (value != NULL && value->items[0] != NULL && lead(&draft, value, value->items[0], &route))
        pbay_route_clear(&route);
}

/* ---- fallbacks ------------------------------------------------------------------------------- */

static void read_fallbacks(PbayModelDraft *draft, const char *key, GPtrArray *routes)
{
    const PbayValue *value = pbay_section_get(draft->section, key);
    for (guint i = 0; value != NULL && value->items[i] != NULL; i++) {
        const char *name = value->items[i];
        bool twice = false;
        for (guint k = 0; k < i && !twice; k++)
            twice = strcmp(value->items[k], name) == 0;
        PbayRoute route = {0};
        if (twice)
            pbay_problems_add(draft->problems, value->origin, draft->title, key, "write it once",
                              "`%s` of [%s] names %s twice", key, draft->title, name);
        else if (lead(draft, value, name, &route))
            g_ptr_array_add(routes, g_memdup2(&route, sizeof route));
    }
}

void pbay_model_routes(PbayModelDraft *draft)
{
    if (draft->model->strategy == PBAY_STRATEGY_RULES)
        read_rules(draft);
    read_fallbacks(draft, "fallbacks", draft->model->fallbacks);
    read_fallbacks(draft, "context-window-fallbacks", draft->model->context_fallbacks);
    read_fallbacks(draft, "content-policy-fallbacks", draft->model->policy_fallbacks);
}
