/* SPDX-License-Identifier: Apache-2.0 */
/* What is there, as JSON for the public API: drivers with their refusals, providers with what
 * they lack, models. Reads an immutable snapshot; any thread. Secrets and the options of
 * providers never appear. */
#include "snapshot/model.h"
#include "snapshot/provider.h"

#include "base/error.h"
#include "base/str.h"
#include "base/text.h"
#include "config/schema.h"
#include "json/reader.h"
#include "json/writer.h"

#include <string.h>

/* ---- drivers --------------------------------------------------------------------------------- */

/* NULL is JSON's null. */
static void member_text(PbayJsonWriter *w, const char *key, const char *text)
{
    pbay_json_key(w, pbay_str(key));
    if (text != NULL)
        pbay_json_write_str(w, pbay_str(text));
    else
        pbay_json_write_null(w);
}

static void member_strv(PbayJsonWriter *w, const char *key, char *const *texts)
{
    pbay_json_key(w, pbay_str(key));
    pbay_json_open(w, false);
    for (; *texts != NULL; texts++)
        pbay_json_write_str(w, pbay_str(*texts));
    pbay_json_close(w);
}

static void member_kinds(PbayJsonWriter *w, uint64_t kinds)
{
    pbay_json_key(w, PBAY_STR("kinds"));
    pbay_json_open(w, false);
    for (int32_t kind = 1; kind < 64; kind++)
        if ((kinds & PB_KIND_BIT(kind)) != 0 && pbay_kind_name(kind) != NULL)
            pbay_json_write_str(w, pbay_str(pbay_kind_name(kind)));
    pbay_json_close(w);
}

/* The prefixes that this driver claims and does not serve. */
static void member_shadowed(PbayJsonWriter *w, const PbaySnapshot *snapshot, const PbayDriver *row)
{
    g_autoptr(GPtrArray) shadowed = g_ptr_array_new_null_terminated(4, NULL, TRUE);
    for (size_t i = 0; row->prefixes[i] != NULL; i++) {
        const PbayProvider *provider = g_hash_table_lookup(snapshot->providers, row->prefixes[i]);
        if (provider != NULL && provider->driver != row)
            g_ptr_array_add(shadowed, row->prefixes[i]);
    }
    if (shadowed->len > 0)
        member_strv(w, "shadowed", (char **)shadowed->pdata);
}

static void driver_members(PbayJsonWriter *w, const PbaySnapshot *snapshot, const PbayDriver *row)
{
    bool loaded = row->status == PBAY_DRIVER_LOADED;
    g_autofree char *abi =
        row->ops != NULL ? g_strdup_printf("1.%u", (unsigned)row->abi_minor) : NULL;
    member_text(w, "file", row->file);
    member_text(w, "path", row->path);
    member_text(w, "id", row->id);
    member_text(w, "version", row->version);
    member_text(w, "vendor", row->vendor);
    member_text(w, "license", row->license);
    member_text(w, "abi", abi);
    member_strv(w, "prefixes", row->prefixes);
    member_kinds(w, row->kinds);
    pbay_json_member_int(w, "priority", row->priority);
    member_text(w, "status", loaded ? "loaded" : "refused");
    if (loaded)
        member_shadowed(w, snapshot, row);
    member_text(w, "reason", row->reason);
    member_text(w, "remedy", row->remedy);
}

void pbay_snapshot_list_drivers(const PbaySnapshot *snapshot, GString *out)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, false);
    for (guint i = 0; i < snapshot->drivers->rows->len; i++) {
        pbay_json_open(&w, true);
        driver_members(&w, snapshot, snapshot->drivers->rows->pdata[i]);
        pbay_json_close(&w);
    }
    pbay_json_close(&w);
}

/* The loaded driver of this id, else a refused row that goes by it or by this file name. */
static const PbayDriver *find_row(const PbaySnapshot *snapshot, const char *id)
{
    const PbayDriver *row = pbay_driver_set_find(snapshot->drivers, id);
    for (guint i = 0; row == NULL && i < snapshot->drivers->rows->len; i++) {
        const PbayDriver *other = snapshot->drivers->rows->pdata[i];
        if (g_strcmp0(other->id, id) == 0 || strcmp(other->file, id) == 0)
            row = other;
    }
    return row;
}

static bool no_driver(const PbaySnapshot *snapshot, const char *id, GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_null_terminated(8, NULL, TRUE);
    for (guint i = 0; i < snapshot->drivers->rows->len; i++) {
        const PbayDriver *row = snapshot->drivers->rows->pdata[i];
        if (row->id != NULL)
            g_ptr_array_add(ids, row->id);
    }
    const char *near = ids->len > 0 ? pbay_text_nearest(id, (const char *const *)ids->pdata) : NULL;
    g_autofree char *shown = g_utf8_make_valid(id, -1);
    if (near != NULL)
        g_set_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND,
                    "no driver is called \"%s\": did you mean \"%s\"?", shown, near);
    else
        g_set_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND,
                    "no driver is called \"%s\": 'patchbay drivers' lists those found", shown);
    return false;
}

bool pbay_snapshot_show_driver(const PbaySnapshot *snapshot, const char *id, GString *out,
                               GError **error)
{
    const PbayDriver *row = find_row(snapshot, id);
    if (row == NULL)
        return no_driver(snapshot, id, error);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    driver_members(&w, snapshot, row);
    pbay_json_key(&w, PBAY_STR("manifest"));
    if (row->manifest == NULL)
        pbay_json_write_null(&w);
    else
        pbay_json_write_raw(&w, pbay_str(row->manifest->text));
    pbay_json_close(&w);
    return true;
}

/* ---- providers ------------------------------------------------------------------------------- */

static void write_provider(PbayJsonWriter *w, const PbayProvider *provider)
{
    g_autofree char *url = pbay_text_show_url(provider->base_url);
    g_autofree char *model = pbay_provider_default_model(provider);
    pbay_json_open(w, true);
    member_text(w, "name", provider->name);
    member_text(w, "driver", provider->driver_id);
    member_text(w, "state", pbay_provider_state_name(provider));
    member_text(w, "why", provider->why);
    member_text(w, "base_url", url);
    pbay_json_member_bool(w, "has_key", pbay_provider_has_key(provider));
    member_text(w, "default_model", model);
    member_strv(w, "match", provider->match);
    member_kinds(w, provider->driver != NULL ? provider->driver->kinds : 0);
    pbay_json_key(w, PBAY_STR("origin"));
    if (provider->origin.file == NULL) {
        pbay_json_write_null(w);
    } else {
        pbay_json_open(w, true);
        member_text(w, "file", provider->origin.file);
        pbay_json_member_int(w, "line", provider->origin.line);
        pbay_json_close(w);
    }
    pbay_json_close(w);
}

void pbay_snapshot_list_providers(const PbaySnapshot *snapshot, GString *out)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, false);
    for (guint i = 0; i < snapshot->provider_order->len; i++)
        write_provider(&w, snapshot->provider_order->pdata[i]);
    pbay_json_close(&w);
}

/* ---- models ---------------------------------------------------------------------------------- */

static void write_model(PbayJsonWriter *w, const PbayProvider *provider, const pb_json *model)
{
    static const char *const ours[] = {"id", "provider", "state", NULL};
    g_autofree char *bare = pbay_str_dup(pbay_json_str(pbay_json_get(model, PBAY_STR("id"))));
    g_autofree char *id = g_strdup_printf("%s/%s", provider->name, bare);
    pb_str key = {NULL, 0};
    pbay_json_open(w, true);
    member_text(w, "id", id);
    member_text(w, "provider", provider->name);
    member_text(w, "state", pbay_provider_state_name(provider));
    for (const pb_json *value = pbay_json_first(model, &key); value != NULL;
         value = pbay_json_next(value, &key)) {
        g_autofree char *name = pbay_str_dup(key);
        if (g_strv_contains(ours, name))
            continue;
        pbay_json_key(w, key);
        pbay_json_write_value(w, value);
    }
    if (pbay_json_get(model, PBAY_STR("note")) == NULL)
        member_text(w, "note", provider->driver->manifest->note);
    pbay_json_close(w);
}

/* The manifest's own JSON is read anew: json-c's trees are not for several threads. */
static void write_models(PbayJsonWriter *w, const PbayProvider *provider)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *root =
        pbay_json_parse(arena, pbay_str(provider->driver->manifest->text), NULL, 0, NULL);
    const pb_json *models = pbay_json_get(root, PBAY_STR("models"));
    for (const pb_json *model = pbay_json_first(models, NULL); model != NULL;
         model = pbay_json_next(model, NULL))
        write_model(w, provider, model);
}

/* NULL: nowhere, in a configuration with mistakes. */
static const char *route_name(const PbayRoute *route)
{
    if (route->model != NULL)
        return route->model->name;
    return route->target != NULL ? route->target->name : NULL;
}

static void append_routes(GString *out, const char *lead, const GPtrArray *routes)
{
    for (guint i = 0; i < routes->len; i++)
        g_string_append_printf(out, "%s%s", i == 0 ? lead : ", ",
                               route_name(g_ptr_array_index(routes, i)));
}

/* A line for people: "order: a/b, c/d; then e/f". g_free. */
static char *model_note(const PbayModel *model)
{
    GString *note = g_string_new(NULL);
    bool alias = model->targets->len == 1 && model->strategy == PBAY_STRATEGY_ORDER;
    g_string_append(note, alias ? "stands for" : pbay_strategy_name(model->strategy));
    if (!alias)
        g_string_append_c(note, ':');
    for (guint i = 0; i < model->targets->len; i++)
        g_string_append_printf(note, "%s %s", i == 0 ? "" : ",",
                               ((const PbayModelTarget *)model->targets->pdata[i])->name);
    for (guint i = 0; i < model->rules->len; i++) {
        const PbayRule *rule = g_ptr_array_index(model->rules, i);
        g_string_append_printf(note, "%s %s -> %s", i == 0 ? "" : ",", rule->text,
                               route_name(&rule->to));
    }
    if (model->strategy == PBAY_STRATEGY_RULES)
        g_string_append_printf(note, ", else %s", route_name(&model->otherwise));
    append_routes(note, "; then ", model->fallbacks);
    append_routes(note, "; too long: ", model->context_fallbacks);
    append_routes(note, "; refused content: ", model->policy_fallbacks);
    return g_string_free(note, FALSE);
}

static void member_routes(PbayJsonWriter *w, const char *key, const GPtrArray *routes)
{
    if (routes->len == 0)
        return;
    pbay_json_key(w, pbay_str(key));
    pbay_json_open(w, false);
    for (guint i = 0; i < routes->len; i++)
        pbay_json_write_str(w, pbay_str(route_name(g_ptr_array_index(routes, i))));
    pbay_json_close(w);
}

static void member_targets(PbayJsonWriter *w, const PbayModel *model)
{
    pbay_json_key(w, PBAY_STR("targets"));
    pbay_json_open(w, false);
    for (guint i = 0; i < model->targets->len; i++) {
        const PbayModelTarget *target = g_ptr_array_index(model->targets, i);
        pbay_json_open(w, true);
        member_text(w, "target", target->name);
        pbay_json_member_int(w, "weight", target->weight);
        member_text(w, "state",
                    target->provider != NULL ? pbay_provider_state_name(target->provider)
                                             : "unavailable");
        pbay_json_close(w);
    }
    pbay_json_close(w);
}

static void member_rules(PbayJsonWriter *w, const PbayModel *model)
{
    if (model->strategy != PBAY_STRATEGY_RULES)
        return;
    pbay_json_key(w, PBAY_STR("rules"));
    pbay_json_open(w, false);
    for (guint i = 0; i < model->rules->len; i++) {
        const PbayRule *rule = g_ptr_array_index(model->rules, i);
        pbay_json_open(w, true);
        pbay_json_member_int(w, "number", rule->number);
        member_text(w, "when", rule->text);
        member_text(w, "to", route_name(&rule->to));
        pbay_json_close(w);
    }
    pbay_json_close(w);
    member_text(w, "default", route_name(&model->otherwise));
}

static void write_configured(PbayJsonWriter *w, const PbayModel *model)
{
    g_autofree char *note = model_note(model);
    pbay_json_open(w, true);
    member_text(w, "id", model->name);
    member_text(w, "strategy", pbay_strategy_name(model->strategy));
    member_targets(w, model);
    member_rules(w, model);
    member_routes(w, "fallbacks", model->fallbacks);
    member_routes(w, "context_window_fallbacks", model->context_fallbacks);
    member_routes(w, "content_policy_fallbacks", model->policy_fallbacks);
    member_text(w, "note", note);
    pbay_json_close(w);
}

void pbay_snapshot_list_models(const PbaySnapshot *snapshot, const char *prefix_or_null,
                               GString *out)
{
    const GPtrArray *configured = pbay_snapshot_models(snapshot);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, false);
    for (guint i = 0; prefix_or_null == NULL && i < configured->len; i++)
        write_configured(&w, configured->pdata[i]);
    for (guint i = 0; i < snapshot->provider_order->len; i++) {
        const PbayProvider *provider = snapshot->provider_order->pdata[i];
        bool wanted = prefix_or_null == NULL || strcmp(prefix_or_null, provider->name) == 0;
        if (!wanted || provider->driver == NULL || !provider->vendor)
            continue;
        write_models(&w, provider);
    }
    pbay_json_close(&w);
}

bool pbay_snapshot_is_secret(void *snapshot, const PbaySection *section, const char *key)
{
    if (pbay_schema_is_header_key(key))
        return false; /* config/ knows which headers are */
    const PbaySnapshot *s = snapshot;
    const PbayProvider *provider =
        s != NULL ? g_hash_table_lookup(s->providers, section->name) : NULL;
    if (provider == NULL || provider->driver == NULL)
        return true;
    return pbay_manifest_option(provider->driver->manifest, key) == NULL;
}
