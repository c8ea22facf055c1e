/* SPDX-License-Identifier: Apache-2.0 */
/* From a model name to a provider and the upstream name: exact [model NAME], then prefix, then
 * match; and the model used when none is named. Reads an immutable snapshot; any thread. A name
 * that means nothing gets the nearest that do. */
#include "snapshot/snapshot.h"

#include "base/error.h"
#include "base/str.h"
#include "base/text.h"
#include "config/types.h"
#include "snapshot/provider.h"

#include <string.h>

void pbay_target_clear(PbayTarget *target)
{
    g_free(target->model);
    g_free(target->reason);
    *target = (PbayTarget){0};
}

/* Every name a request could begin with: [model] sections and providers. Borrowed elements. */
static GPtrArray *known_names(const PbaySnapshot *snapshot)
{
    GPtrArray *names = g_ptr_array_new_null_terminated(16, NULL, TRUE);
    const GPtrArray *models = pbay_config_sections(snapshot->config, "model");
    for (guint i = 0; models != NULL && i < models->len; i++)
        g_ptr_array_add(names, (char *)((const PbaySection *)models->pdata[i])->name);
    for (guint i = 0; i < snapshot->provider_order->len; i++)
        g_ptr_array_add(names, ((PbayProvider *)snapshot->provider_order->pdata[i])->name);
    return names;
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

/* Fills target, or fails with the provider's why. */
static bool take(PbayProvider *provider, const char *model, char *reason, bool allow_unready,
                 PbayTarget *target, GError **error)
{
    if (provider->state != PBAY_PROVIDER_READY && !allow_unready) {
        static const char *const states[] = {"ready", "not configured", "not available",
                                             "claimed twice"};
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "provider %s is %s: %s", provider->name,
                    provider->masked ? "masked" : states[provider->state], provider->why);
        g_free(reason);
        return false;
    }
    *target = (PbayTarget){provider, g_strdup(model), reason};
    return true;
}

/* By the first segment. NULL: it is no provider. */
static PbayProvider *by_prefix(const PbaySnapshot *snapshot, const char *model, const char **rest)
{
    const char *slash = strchr(model, '/');
    if (slash == NULL)
        return NULL;
    g_autofree char *head = g_strndup(model, (size_t)(slash - model));
    *rest = slash + 1;
    return g_hash_table_lookup(snapshot->providers, head);
}

typedef struct Match {
    PbayProvider *provider;
    const char *pattern;
} Match;

/* The provider whose globs take the name. False with error when two do. */
static bool by_match(const PbaySnapshot *snapshot, const char *model, Match *match, GError **error)
{
    for (guint i = 0; i < snapshot->provider_order->len; i++) {
        PbayProvider *provider = snapshot->provider_order->pdata[i];
        const char *pattern = NULL;
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

/* [model NAME] with its one target; a target is PROVIDER/MODEL and is not looked up as a name
 * again. */
static bool by_alias(const PbaySnapshot *snapshot, const PbaySection *section, bool allow_unready,
                     PbayTarget *target, GError **error)
{
    char *const *targets = pbay_section_list(section, "targets");
    const char *why = NULL, *rest = NULL;
    g_autofree char *name = NULL;
    if (targets[0] == NULL || !pbay_config_parse_target(targets[0], &name, NULL, &why)) {
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG,
                    "[model %s] names no target: write targets = "
                    "PROVIDER/MODEL",
                    section->name);
        return false;
    }
    PbayProvider *provider = by_prefix(snapshot, name, &rest);
    if (provider == NULL) {
        not_found(snapshot, name, error);
        g_prefix_error(error, "[model %s]: ", section->name);
        return false;
    }
    return take(provider, rest, g_strdup_printf("[model %s]", section->name), allow_unready, target,
                error);
}

bool pbay_snapshot_resolve(const PbaySnapshot *snapshot, const char *model, bool allow_unready,
                           PbayTarget *target, GError **error)
{
    const char *rest = NULL;
    *target = (PbayTarget){0};
    const PbaySection *section =
        model[0] != '\0' ? pbay_config_section(snapshot->config, "model", model) : NULL;
    if (section != NULL)
        return by_alias(snapshot, section, allow_unready, target, error);
    PbayProvider *provider = by_prefix(snapshot, model, &rest);
    if (provider != NULL)
        return take(provider, rest, g_strdup_printf("prefix %s", provider->name), allow_unready,
                    target, error);
    Match match = {0};
    if (!by_match(snapshot, model, &match, error))
        return false;
    if (match.provider == NULL)
        return not_found(snapshot, model, error);
    return take(match.provider, model, g_strdup_printf("match %s", match.pattern), allow_unready,
                target, error);
}

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
