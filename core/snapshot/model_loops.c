/* SPDX-License-Identifier: Apache-2.0 */
/* Models that lead to models: none may come back to itself, by whatever rules and fallbacks, and
 * no chain may be longer than its bound, so that whoever follows one always comes to an end.
 * [main]. */
#include "snapshot/model_parts.h"

#include "base/str.h"

/* One key that leads from a model to another. */
typedef struct Edge {
    const PbayModel *to;
    char *key;
} Edge;

typedef struct Walk {
    const PbaySnapshot *snapshot;
    PbayProblems *problems;
    GPtrArray *path;     /* const PbayModel *: from where it began to where it is */
    GHashTable *heights; /* models behind which all was walked -> how many follow, plus 1 */
    bool too_long;       /* was reported */
} Walk;

static void edge_clear(gpointer data)
{
    g_free(((Edge *)data)->key);
}

static void add_edge(GArray *edges, const PbayRoute *route, char *key)
{
    Edge edge = {route->model, key};
    if (route->model != NULL)
        g_array_append_val(edges, edge);
    else
        g_free(key);
}

static void add_edges(GArray *edges, const GPtrArray *routes, const char *key)
{
    for (guint i = 0; i < routes->len; i++)
        add_edge(edges, g_ptr_array_index(routes, i), g_strdup(key));
}

/* Edge, in the order in which they are asked. */
static GArray *edges_of(const PbayModel *model)
{
    GArray *edges = g_array_new(FALSE, FALSE, sizeof(Edge));
    g_array_set_clear_func(edges, edge_clear);
    for (guint i = 0; i < model->rules->len; i++) {
        const PbayRule *rule = g_ptr_array_index(model->rules, i);
        add_edge(edges, &rule->to, g_strdup_printf("rule.%u", rule->number));
    }
    add_edge(edges, &model->otherwise, g_strdup("default"));
    add_edges(edges, model->fallbacks, "fallbacks");
    add_edges(edges, model->context_fallbacks, "context-window-fallbacks");
    add_edges(edges, model->policy_fallbacks, "content-policy-fallbacks");
    return edges;
}

/* "a -> b -> a": the path from its member `from`, and at its end `to`. g_free. */
static char *path_text(const GPtrArray *path, guint from, const PbayModel *to)
{
    GString *text = g_string_new(NULL);
    for (guint i = from; i < path->len; i++)
        g_string_append_printf(text, "%s -> ", ((const PbayModel *)path->pdata[i])->name);
    g_string_append(text, to->name);
    return g_string_free(text, FALSE);
}

static void complain(Walk *walk, const Edge *edge, guint from, const char *what, const char *hint)
{
    const PbayModel *model = g_ptr_array_index(walk->path, walk->path->len - 1);
    const PbaySection *section = pbay_config_section(walk->snapshot->config, "model", model->name);
    const PbayValue *value = pbay_section_get(section, edge->key);
    g_autofree char *title = g_strconcat("model ", model->name, NULL);
    g_autofree char *path = path_text(walk->path, from, edge->to);
    pbay_problems_add(walk->problems, value->origin, title, edge->key, hint, "`%s` of [%s] %s: %s",
                      edge->key, title, what, path);
}

static void too_long(Walk *walk, const Edge *edge)
{
    if (!walk->too_long)
        complain(walk, edge, 0, "makes a chain of too many models", "32 models are the most");
    walk->too_long = true;
}

/* How many models follow on this one, itself counted. */
static guint walk_model(Walk *walk, const PbayModel *model)
{
    g_autoptr(GArray) edges = edges_of(model);
    guint height = 1;
    g_ptr_array_add(walk->path, (gpointer)model);
    for (guint i = 0; i < edges->len && !walk->too_long; i++) {
        const Edge *edge = &g_array_index(edges, Edge, i);
        guint at = 0;
        guint known = GPOINTER_TO_UINT(g_hash_table_lookup(walk->heights, edge->to));
        if (g_ptr_array_find(walk->path, edge->to, &at)) {
            complain(walk, edge, at, "leads back to where it came from",
                     "a request that fails everywhere would go round for ever: take one of them "
                     "out");
            continue;
        }
        if (walk->path->len + MAX(known, 1) > PBAY_MODEL_DEPTH_MAX) {
            too_long(walk, edge);
            continue;
        }
        guint follow = known > 0 ? known : walk_model(walk, edge->to);
        height = MAX(height, 1 + follow);
    }
    g_ptr_array_set_size(walk->path, (gint)walk->path->len - 1);
    g_hash_table_insert(walk->heights, (gpointer)model, GUINT_TO_POINTER(height));
    return height;
}

void pbay_model_loops(const PbaySnapshot *snapshot, PbayProblems *problems)
{
    const GPtrArray *models = pbay_snapshot_models(snapshot);
    Walk walk = {.snapshot = snapshot,
                 .problems = problems,
                 .path = g_ptr_array_new(),
                 .heights = g_hash_table_new(NULL, NULL)};
    for (guint i = 0; i < models->len && !walk.too_long; i++)
        if (!g_hash_table_contains(walk.heights, models->pdata[i]))
            walk_model(&walk, g_ptr_array_index(models, i));
    g_ptr_array_unref(walk.path);
    g_hash_table_unref(walk.heights);
}
