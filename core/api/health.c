/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of targets, without asking anybody: which rows there are, by model, provider or
 * all, and each row joined of what the fleet remembers and what the configuration says of its
 * provider. Any thread. */
#include "api/internal.h"

#include "snapshot/model.h"
#include "snapshot/provider.h"
#include "json/reader.h"
#include "json/writer.h"

/* ---- Which targets ---- */

/* Names on their way, each once, in order. */
typedef struct Rows {
    const PbaySnapshot *snapshot;
    PbayFleet *fleet;
    int64_t now;
    GPtrArray *names;   /* char *                                     */
    GHashTable *listed; /* the same; borrowed                         */
    GHashTable *passed; /* const PbayModel * whose targets are listed */
} Rows;

static void add_name(Rows *rows, const char *name)
{
    if (g_hash_table_contains(rows->listed, name))
        return;
    g_ptr_array_add(rows->names, g_strdup(name));
    g_hash_table_add(rows->listed, g_ptr_array_index(rows->names, rows->names->len - 1));
}

static void add_route(Rows *rows, const PbayRoute *route);

static void add_routes(Rows *rows, const GPtrArray *routes)
{
    for (guint i = 0; routes != NULL && i < routes->len; i++)
        add_route(rows, g_ptr_array_index(routes, i));
}

/* Everything that a request for this model may come to. */
static void add_model(Rows *rows, const PbayModel *model)
{
    if (!g_hash_table_add(rows->passed, (gpointer)model))
        return;
    for (guint i = 0; i < model->targets->len; i++)
        add_name(rows, ((const PbayModelTarget *)g_ptr_array_index(model->targets, i))->name);
    for (guint i = 0; i < model->rules->len; i++)
        add_route(rows, &((const PbayRule *)g_ptr_array_index(model->rules, i))->to);
    add_route(rows, &model->otherwise);
    add_routes(rows, model->fallbacks);
    add_routes(rows, model->context_fallbacks);
    add_routes(rows, model->policy_fallbacks);
}

static void add_route(Rows *rows, const PbayRoute *route)
{
    if (route->model != NULL)
        add_model(rows, route->model);
    if (route->target != NULL)
        add_name(rows, route->target->name);
}

static void add_models(Rows *rows)
{
    const GPtrArray *models = pbay_snapshot_models(rows->snapshot);

    for (guint i = 0; i < models->len; i++)
        add_model(rows, g_ptr_array_index(models, i));
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A listing or a probe alone leaves a row without calls. */
static bool was_called(const pb_json *row)
{
    return pbay_json_int(pbay_json_get(row, PBAY_STR("calls")), 0) > 0 ||
           pbay_json_int(pbay_json_get(row, PBAY_STR("busy")), 0) > 0;
}

/* What was called so far, by name. */
static void add_called(Rows *rows)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const pb_json *all;

    pbay_fleet_write(rows->fleet, NULL, NULL, rows->now, text);
    all = pbay_json_parse(arena, pbay_str_of(text), NULL, 0, NULL);
    for (const pb_json *one = pbay_json_first(all, NULL); one != NULL;
         one = pbay_json_next(one, NULL))
        if (was_called(one))
            g_ptr_array_add(names,
                            pbay_str_dup(pbay_json_str(pbay_json_get(one, PBAY_STR("target")))));
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++)
        add_name(rows, g_ptr_array_index(names, i));
}

/* "openai" of "openai/gpt-4", and of "openai@https://host/v1/gpt-4": the same account at another
 * server, as a request wished. */
static size_t provider_len(const char *target)
{
    return strcspn(target, "/@");
}

/* Of all that is known, what belongs to the provider; nothing at its own server: the provider
 * itself. */
static void add_provider(Rows *rows, const char *provider)
{
    size_t len = strlen(provider);
    bool own = false;

    add_models(rows);
    add_called(rows);
    g_hash_table_remove_all(rows->listed);
    for (guint i = rows->names->len; i > 0; i--) {
        const char *name = g_ptr_array_index(rows->names, i - 1);

        if (provider_len(name) != len || strncmp(name, provider, len) != 0)
            g_ptr_array_remove_index(rows->names, i - 1);
        else
            own = own || name[len] == '/';
    }
    if (!own)
        add_name(rows, provider);
}

static bool collect(Rows *rows, const char *name, GError **error)
{
    PbayRoute route = {0};
    g_autofree char *reason = NULL;
    size_t len;

    if (name == NULL) {
        add_models(rows);
        add_called(rows);
        return true;
    }
    len = strlen(name);
    if (pbay_snapshot_model(rows->snapshot, name) == NULL) {
        g_autofree char *bare = g_strndup(name, len > 0 && name[len - 1] == '/' ? len - 1 : len);

        if (g_hash_table_contains(rows->snapshot->providers, bare)) {
            add_provider(rows, bare);
            return true;
        }
    }
    if (!pbay_snapshot_route(rows->snapshot, name, &route, &reason, error))
        return false;
    add_route(rows, &route);
    pbay_model_target_free(route.target);
    return true;
}

/* ---- The rows ---- */

/* What asking it would cost: its driver has a free way, or only a request that is paid for. */
static const char *probe_of(const PbayProvider *provider)
{
    const uint64_t paid = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
                          PB_KIND_BIT(PB_KIND_EMBEDDING);

    if (provider == NULL || provider->driver == NULL)
        return "none";
    if ((provider->driver->kinds & PB_KIND_BIT(PB_KIND_PROBE)) != 0)
        return "free";
    return (provider->driver->kinds & paid) != 0 ? "billed" : "none";
}

static void write_provider(PbayJsonWriter *w, const char *name, const PbayProvider *provider)
{
    pbay_json_member_str(w, "provider", pbay_str(name));
    if (provider == NULL) {
        pbay_json_member_str(w, "state", PBAY_STR("unavailable"));
        pbay_json_member_str(w, "why",
                             PBAY_STR("no provider is called so; 'patchbay providers' "
                                      "lists those there are"));
        return;
    }
    pbay_json_member_str(w, "state", pbay_str(pbay_provider_state_name(provider)));
    if (provider->why != NULL)
        pbay_json_member_str(w, "why", pbay_str(provider->why));
}

/* One object of the fleet's, with the provider's state in it. Its "why" is the breaker's. */
static void write_row(PbayJsonWriter *w, const PbaySnapshot *snapshot, const pb_json *known)
{
    g_autofree char *target = pbay_str_dup(pbay_json_str(pbay_json_get(known, PBAY_STR("target"))));
    g_autofree char *name = g_strndup(target, provider_len(target));
    bool elsewhere = target[provider_len(target)] == '@';
    const PbayProvider *provider = g_hash_table_lookup(snapshot->providers, name);
    pb_str key = {NULL, 0};

    pbay_json_open(w, true);
    pbay_json_member_str(w, "target", pbay_str(target));
    write_provider(w, name, provider);
    for (const pb_json *value = pbay_json_first(known, &key); value != NULL;
         value = pbay_json_next(value, &key)) {
        if (pbay_str_is(key, "target"))
            continue;
        pbay_json_key(w, pbay_str_is(key, "why") ? PBAY_STR("reason") : key);
        pbay_json_write_value(w, value);
    }
    /* Only a request with that address reaches the other server. */
    pbay_json_member_str(w, "probe", pbay_str(elsewhere ? "none" : probe_of(provider)));
    pbay_json_close(w);
}

static char *write_rows(Rows *rows)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GString) text = g_string_new(NULL);
    GString *out = g_string_new(NULL);
    const pb_json *all;
    PbayJsonWriter w;

    g_ptr_array_add(rows->names, NULL);
    pbay_fleet_write(rows->fleet, rows->snapshot, (char *const *)rows->names->pdata, rows->now,
                     text);
    all = pbay_json_parse(arena, pbay_str_of(text), NULL, 0, NULL);
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, false);
    for (const pb_json *one = pbay_json_first(all, NULL); one != NULL;
         one = pbay_json_next(one, NULL))
        write_row(&w, rows->snapshot, one);
    pbay_json_close(&w);
    return g_string_free(out, FALSE);
}

char *patchbay_health(patchbay *pb, const char *model, patchbay_error **error)
{
    PbaySnapshot *snapshot = pbay_api_snapshot(pb);
    GError *gerror = NULL;
    char *text = NULL;
    Rows rows = {.snapshot = snapshot,
                 .fleet = pb->fleet,
                 .now = g_get_monotonic_time() / 1000,
                 .names = g_ptr_array_new_with_free_func(g_free),
                 .listed = g_hash_table_new(g_str_hash, g_str_equal),
                 .passed = g_hash_table_new(NULL, NULL)};

    if (pb->share != NULL)
        pbay_share_touch(pb->share);
    if (collect(&rows, model, &gerror))
        text = write_rows(&rows);
    else
        pbay_api_error_take(error, gerror);
    g_hash_table_unref(rows.listed);
    g_hash_table_unref(rows.passed);
    g_ptr_array_unref(rows.names);
    pbay_snapshot_unref(snapshot);
    return text;
}
