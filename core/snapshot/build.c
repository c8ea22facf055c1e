/* SPDX-License-Identifier: Apache-2.0 */
/* Building the whole: a provider for every prefix of a loaded driver and every [provider NAME],
 * all checked first and opened only if nothing is wrong, so that a reload with a mistake leaves
 * no trace. The result is immutable. [main]: it calls into drivers. */
#include "snapshot/claims.h"
#include "snapshot/draft.h"
#include "snapshot/masked.h"
#include "snapshot/model_parts.h"

#include "observe/log.h"

#include <string.h>

static void provider_unref(gpointer provider)
{
    pbay_provider_unref(provider);
}

static PbaySnapshot *snapshot_new(PbayConfig *config, PbayDriverSet *drivers, PbayEnv *env)
{
    PbaySnapshot *snapshot = g_new0(PbaySnapshot, 1);
    atomic_init(&snapshot->refs, 1);
    snapshot->config = pbay_config_ref(config);
    snapshot->drivers = pbay_driver_set_ref(drivers);
    snapshot->env = pbay_env_ref(env);
    snapshot->providers = g_hash_table_new(g_str_hash, g_str_equal);
    snapshot->provider_order = g_ptr_array_new_with_free_func(provider_unref);
    snapshot->egress_allow = g_ptr_array_new_null_terminated(4, g_free, TRUE);
    snapshot->generation = 1;
    return snapshot;
}

PbaySnapshot *pbay_snapshot_ref(PbaySnapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->refs, 1, memory_order_relaxed);
    return snapshot;
}

void pbay_snapshot_unref(PbaySnapshot *snapshot)
{
    if (snapshot == NULL ||
        atomic_fetch_sub_explicit(&snapshot->refs, 1, memory_order_acq_rel) != 1)
        return;
    pbay_models_free(snapshot->models);
    g_clear_pointer(&snapshot->limits, g_hash_table_unref);
    pbay_price_list_free(snapshot->prices);
    g_hash_table_unref(snapshot->providers);
    g_ptr_array_unref(snapshot->provider_order);
    g_ptr_array_unref(snapshot->egress_allow);
    pbay_env_unref(snapshot->env);
    pbay_driver_set_unref(snapshot->drivers);
    pbay_config_unref(snapshot->config);
    g_free(snapshot);
}

/* Fills a provider that has its driver. True: it may be opened. */
static bool fill(PbaySnapshot *snapshot, const PbaySection *section, PbayProvider *provider,
                 PbayProblems *problems)
{
    PbayDraft draft = {.provider = provider,
                       .manifest = provider->driver->manifest,
                       .section = section,
                       .defaults = pbay_config_section(snapshot->config, "defaults", ""),
                       .env = snapshot->env,
                       .problems = problems};
    pbay_draft_init(&draft);
    provider->vendor = draft.vendor;
    pbay_draft_check(&draft);
    pbay_draft_settings(&draft);
    pbay_draft_options(&draft);
    pbay_draft_origins(&draft);
    pbay_draft_secrets(&draft);
    pbay_draft_require(&draft);
    if (draft.lacks->len > 0) {
        g_ptr_array_add(draft.lacks, NULL);
        pbay_provider_set_state(provider, PBAY_PROVIDER_UNCONFIGURED,
                                g_strjoinv("; ", (char **)draft.lacks->pdata));
    }
    bool blocked = draft.blocked;
    pbay_draft_clear(&draft);
    return !blocked;
}

/* The keys of a provider without a driver are not read, except for the names that mean it: asked
 * for one of them, it can say that it is not available. */
static void keep_match(const PbaySection *section, PbayProvider *provider)
{
    const PbayValue *match = section != NULL ? pbay_section_get(section, "match") : NULL;
    if (match == NULL || match->missing != NULL)
        return;
    g_strfreev(provider->match);
    provider->match = g_strdupv((char **)match->items);
}

/* Adds the provider of a name. masked: why its snippet counts for nothing, or NULL. */
static void add_provider(PbaySnapshot *snapshot, const char *name, const char *masked,
                         GHashTable *openable, PbayProblems *problems)
{
    const PbaySection *section = pbay_config_section(snapshot->config, "provider", name);
    PbayProvider *provider = pbay_provider_alloc(name);
    g_ptr_array_add(snapshot->provider_order, provider);
    g_hash_table_insert(snapshot->providers, provider->name, provider);
    if (section != NULL) {
        provider->origin = section->origin;
        provider->origin.file = g_intern_string(section->origin.file);
    }
    pbay_claims_settle(snapshot, section, provider);
    if (masked != NULL) {
        provider->masked = true;
        pbay_provider_set_state(provider, PBAY_PROVIDER_UNAVAILABLE, g_strdup(masked));
        return;
    }
    if (provider->driver == NULL)
        keep_match(section, provider);
    else if (fill(snapshot, section, provider, problems))
        g_hash_table_add(openable, provider);
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every name a provider goes by, sorted, once each; borrowed. */
static GPtrArray *all_names(const PbaySnapshot *snapshot, GHashTable *masked)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    const GPtrArray *sections = pbay_config_sections(snapshot->config, "provider");
    for (guint i = 0; sections != NULL && i < sections->len; i++)
        g_hash_table_add(names, (char *)((const PbaySection *)sections->pdata[i])->name);
    for (guint i = 0; i < snapshot->drivers->rows->len; i++) {
        const PbayDriver *row = g_ptr_array_index(snapshot->drivers->rows, i);
        for (size_t k = 0; row->status == PBAY_DRIVER_LOADED && row->prefixes[k] != NULL; k++)
            g_hash_table_add(names, row->prefixes[k]);
    }
    GHashTableIter iter;
    gpointer name = NULL;
    g_hash_table_iter_init(&iter, masked);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_hash_table_add(names, name);

    GPtrArray *sorted = g_ptr_array_new();
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(sorted, name);
    g_ptr_array_sort(sorted, by_text);
    return sorted;
}

static void open_provider(PbayProvider *provider)
{
    g_autoptr(GError) error = NULL;
    if (pbay_provider_open(provider, &error) || provider->state != PBAY_PROVIDER_READY)
        return;
    pbay_log(PBAY_LOG_WARN, "snapshot", "provider %s is not available: %s", provider->name,
             error->message);
    pbay_provider_set_state(provider, PBAY_PROVIDER_UNAVAILABLE, g_strdup(error->message));
}

PbaySnapshot *pbay_snapshot_build(PbayConfig *config, PbayDriverSet *drivers, PbayEnv *env,
                                  PbayProblems *problems)
{
    guint before = problems->len;
    PbaySnapshot *snapshot = snapshot_new(config, drivers, env);
    g_autoptr(GHashTable) masked = pbay_masked_providers(config);
    g_autoptr(GHashTable) openable = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) names = all_names(snapshot, masked);
    for (guint i = 0; i < names->len; i++)
        add_provider(snapshot, names->pdata[i], g_hash_table_lookup(masked, names->pdata[i]),
                     openable, problems);
    pbay_claims_check_critical(snapshot, problems);
    snapshot->prices = pbay_price_list_new(config, problems);
    pbay_price_check_names(snapshot);
    snapshot->limits = pbay_limits_new(snapshot, problems);
    snapshot->models = pbay_models_new(snapshot, problems);
    const PbaySection *egress = pbay_config_section(config, "egress", "");
    char *const *allow = egress != NULL ? pbay_section_list(egress, "allow") : NULL;
    for (; allow != NULL && *allow != NULL; allow++)
        g_ptr_array_add(snapshot->egress_allow, g_strdup(*allow));
    if (problems->len > before) {
        pbay_snapshot_unref(snapshot);
        return NULL;
    }
    /* With mistakes elsewhere in the configuration nobody may run on it: nothing is opened. */
    for (guint i = 0; before == 0 && i < snapshot->provider_order->len; i++)
        if (g_hash_table_contains(openable, snapshot->provider_order->pdata[i]))
            open_provider(snapshot->provider_order->pdata[i]);
    return snapshot;
}
