/* SPDX-License-Identifier: Apache-2.0 */
/* From a model name to a provider and the upstream name: exact [model NAME], then prefix, then
 * match; and the model used when none is named. Reads an immutable snapshot; any thread. A name
 * that means nothing gets the nearest that do. */
#include "snapshot/resolve.h"

#include "base/error.h"
#include "base/str.h"
#include "base/text.h"
#include "snapshot/model_parts.h"
#include "snapshot/provider.h"

#include <string.h>

void pbay_target_clear(PbayTarget *target)
{
    g_free(target->model);
    g_free(target->reason);
    *target = (PbayTarget){0};
}

/* ---- names that mean nothing ----------------------------------------------------------------- */

/* Borrowed elements; NULL-terminated. */
static GPtrArray *provider_names(const PbaySnapshot *snapshot)
{
    GPtrArray *names = g_ptr_array_new_null_terminated(16, NULL, TRUE);
    for (guint i = 0; i < snapshot->provider_order->len; i++)
        g_ptr_array_add(names, ((PbayProvider *)snapshot->provider_order->pdata[i])->name);
    return names;
}

/* Every name a request could begin with: [model] sections and providers. */
static GPtrArray *known_names(const PbaySnapshot *snapshot)
{
    GPtrArray *names = provider_names(snapshot);
    const GPtrArray *models = pbay_config_sections(snapshot->config, "model");
    for (guint i = 0; i < models->len; i++)
        g_ptr_array_insert(names, (gint)i, (char *)((const PbaySection *)models->pdata[i])->name);
    return names;
}

char *pbay_resolve_nearest_provider(const PbaySnapshot *snapshot, const char *name)
{
    const char *slash = strchr(name, '/');
    g_autofree char *head = g_strndup(name, strcspn(name, "/"));
    g_autoptr(GPtrArray) names = provider_names(snapshot);
    const char *near =
        names->len > 0 ? pbay_text_nearest(head, (const char *const *)names->pdata) : NULL;
    return near != NULL ? g_strconcat(near, slash, NULL) : NULL;
}

bool pbay_resolve_is_refused(const PbaySnapshot *snapshot, const char *name)
{
    g_autofree char *head = g_strndup(name, strcspn(name, "/"));
    for (guint i = 0; i < snapshot->drivers->rows->len; i++) {
        const PbayDriver *row = g_ptr_array_index(snapshot->drivers->rows, i);
        g_autofree char *file = g_strndup(row->file, strcspn(row->file, "."));
        if (row->status == PBAY_DRIVER_REFUSED &&
            (g_strcmp0(row->id, head) == 0 || strcmp(file, head) == 0 ||
             g_strv_contains((const char *const *)row->prefixes, head)))
            return true;
    }
    return false;
}

/* "openai/gpt-4o" for a bare "gpt-4o" that some manifest lists; NULL: none does. Caller frees. */
static char *listed_as(const PbaySnapshot *snapshot, const char *bare)
{
    for (guint i = 0; i < snapshot->provider_order->len; i++) {
        const PbayProvider *provider = snapshot->provider_order->pdata[i];
        const GPtrArray *models = provider->driver != NULL && provider->vendor
                                      ? provider->driver->manifest->models
                                      : NULL;
        for (guint k = 0; models != NULL && k < models->len; k++)
            if (strcmp(((const PbayModelInfo *)models->pdata[k])->id, bare) == 0)
                return g_strdup_printf("%s/%s", provider->name, bare);
    }
    return NULL;
}

static bool not_found(const PbaySnapshot *snapshot, const char *model, GError **error)
{
    const char *slash = strchr(model, '/');
    g_autofree char *head = slash != NULL ? g_strndup(model, (size_t)(slash - model)) : NULL;
    g_autoptr(GPtrArray) names = known_names(snapshot);
    const char *const *known = (const char *const *)names->pdata;
    const char *whole = known != NULL ? pbay_text_nearest(model, known) : NULL;
    const char *prefix = known != NULL && head != NULL ? pbay_text_nearest(head, known) : NULL;
    bool provider = prefix != NULL && g_hash_table_contains(snapshot->providers, prefix);
    g_autofree char *near = provider        ? g_strconcat(prefix, slash, NULL)
                            : head == NULL  ? listed_as(snapshot, model)
                            : whole != NULL ? g_strdup(whole)
                                            : NULL;
    if (near == NULL && whole != NULL)
        near = g_strdup(whole);
    g_autofree char *shown = g_utf8_make_valid(model, -1);
    if (near != NULL && strcmp(near, model) == 0)
        g_set_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND,
                    "\"%s\" is a provider, not a model: write %s/MODEL", shown, shown);
    else if (near != NULL)
        g_set_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND,
                    "no provider and no [model] is called \"%s\": did you mean \"%s\"?", shown,
                    near);
    else
        g_set_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND,
                    "no provider and no [model] is called \"%s\": write PROVIDER/MODEL; 'patchbay "
                    "providers' lists the providers",
                    shown);
    return false;
}

/* ---- names that mean something --------------------------------------------------------------- */

PbayProvider *pbay_resolve_prefix(const PbaySnapshot *snapshot, const char *name, const char **rest)
{
    const char *slash = strchr(name, '/');
    if (slash == NULL)
        return NULL;
    g_autofree char *head = g_strndup(name, (size_t)(slash - name));
    *rest = slash + 1;
    return g_hash_table_lookup(snapshot->providers, head);
}

typedef struct Match {
    PbayProvider *provider;
    const char *pattern;
} Match;

/* The provider whose globs take the name, among those that have a driver or those that have none.
 * False with error when two do. */
static bool by_match(const PbaySnapshot *snapshot, const char *model, bool driven, Match *match,
                     GError **error)
{
    for (guint i = 0; i < snapshot->provider_order->len; i++) {
        PbayProvider *provider = snapshot->provider_order->pdata[i];
        const char *pattern = NULL;
        if ((provider->driver != NULL) != driven)
            continue;
        for (size_t k = 0; provider->match[k] != NULL && pattern == NULL; k++)
            if (pbay_text_glob(provider->match[k], pbay_str(model)))
                pattern = provider->match[k];
        if (pattern == NULL)
            continue;
        if (match->provider != NULL) {
            g_set_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND,
                        "\"%s\" matches \"%s\" of provider %s and \"%s\" of provider %s: write "
                        "%s/%s or %s/%s",
                        model, match->pattern, match->provider->name, pattern, provider->name,
                        match->provider->name, model, provider->name, model);
            return false;
        }
        *match = (Match){provider, pattern};
    }
    return true;
}

/* What a name means: a model, or a provider and the upstream name. */
typedef struct Found {
    const PbayModel *model;
    PbayProvider *provider;
    const char *rest;
    char *reason; /* g_free */
} Found;

static bool find(const PbaySnapshot *snapshot, const char *name, Found *found, GError **error)
{
    Match match = {0};
    *found = (Found){0};
    found->model = name[0] != '\0' ? pbay_snapshot_model(snapshot, name) : NULL;
    if (found->model != NULL) {
        found->reason = g_strdup_printf("[model %s]", name);
        return true;
    }
    found->provider = pbay_resolve_prefix(snapshot, name, &found->rest);
    if (found->provider != NULL) {
        found->reason = g_strdup_printf("prefix %s", found->provider->name);
        return true;
    }
    if (!by_match(snapshot, name, true, &match, error))
        return false;
    if (match.provider == NULL && !by_match(snapshot, name, false, &match, error))
        return false;
    if (match.provider == NULL)
        return not_found(snapshot, name, error);
    *found = (Found){NULL, match.provider, name, g_strdup_printf("match %s", match.pattern)};
    return true;
}

bool pbay_snapshot_route(const PbaySnapshot *snapshot, const char *name, PbayRoute *route,
                         char **reason, GError **error)
{
    Found found;
    *route = (PbayRoute){0};
    *reason = NULL;
    if (!find(snapshot, name, &found, error))
        return false;
    if (found.model == NULL && found.rest[0] == '\0') {
        g_set_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND,
                    "\"%s\" names a provider without a model: write %s/MODEL", name,
                    found.provider->name);
        g_free(found.reason);
        return false;
    }
    route->model = found.model;
    if (found.model == NULL)
        route->target = pbay_snapshot_target(snapshot, found.provider, found.rest);
    *reason = found.reason;
    return true;
}

bool pbay_resolve_route(const PbaySnapshot *snapshot, const char *name, PbayRoute *route,
                        GError **error)
{
    g_autofree char *reason = NULL;
    g_autoptr(GError) problem = NULL;
    if (pbay_snapshot_route(snapshot, name, route, &reason, &problem))
        return true;
    if (strchr(name, '/') != NULL && pbay_resolve_is_refused(snapshot, name)) {
        route->target = pbay_model_target_new(snapshot, NULL, name);
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
}

/* The target that stands first: of the model, or where its `default` leads. */
static const PbayModelTarget *first_target(const PbayModel *model)
{
    while (model != NULL && model->targets->len == 0) {
        if (model->otherwise.target != NULL)
            return model->otherwise.target;
        model = model->otherwise.model;
    }
    return model != NULL ? g_ptr_array_index(model->targets, 0) : NULL;
}

/* A provider that a request can go to, or an error with its why. */
static bool check_ready(const PbayProvider *provider, GError **error)
{
    static const char *const states[] = {"ready", "not configured", "not available",
                                         "claimed twice"};
    if (provider->state == PBAY_PROVIDER_READY)
        return true;
    g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "provider %s is %s: %s", provider->name,
                provider->masked ? "masked" : states[provider->state], provider->why);
    return false;
}

bool pbay_snapshot_resolve(const PbaySnapshot *snapshot, const char *model, bool allow_unready,
                           PbayTarget *target, GError **error)
{
    Found found;
    *target = (PbayTarget){0};
    if (!find(snapshot, model, &found, error))
        return false;
    const PbayModelTarget *first = found.model != NULL ? first_target(found.model) : NULL;
    if (first != NULL) {
        found.provider = first->provider;
        found.rest = first->model;
    }
    if (found.provider == NULL)
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG,
                    "[model %s] leads to %s, whose driver was refused: 'patchbay drivers' says why",
                    model, first != NULL ? first->name : "no target");
    if (found.provider == NULL || (!allow_unready && !check_ready(found.provider, error))) {
        g_free(found.reason);
        return false;
    }
    *target = (PbayTarget){found.provider, g_strdup(found.rest), found.reason};
    return true;
}

/* ---- the model when none is named ------------------------------------------------------------ */

char *pbay_snapshot_default_model(const PbaySnapshot *snapshot, char **reason)
{
    const PbaySection *defaults = pbay_config_section(snapshot->config, "defaults", "");
    const char *named = defaults != NULL ? pbay_section_str(defaults, "model") : NULL;
    if (named != NULL) {
        *reason = g_strdup("[defaults] model");
        return g_strdup(named);
    }
    for (guint i = 0; i < snapshot->provider_order->len; i++) {
        const PbayProvider *provider = snapshot->provider_order->pdata[i];
        char *model =
            pbay_provider_has_key(provider) ? pbay_provider_default_model(provider) : NULL;
        if (model == NULL)
            continue;
        *reason = g_strdup_printf("provider %s is the first that is configured", provider->name);
        return model;
    }
    *reason = g_strdup("no provider is configured; this one needs no key and no network");
    return g_strdup("eliza/doctor");
}
