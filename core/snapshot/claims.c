/* SPDX-License-Identifier: Apache-2.0 */
/* Prefixes and the drivers that claim them. Of several an explicit `driver =` wins, else the
 * highest priority, else none: guessing would send a key to the wrong vendor. [main]. */
#include "snapshot/claims.h"

#include "snapshot/provider.h"

#include <string.h>

char *pbay_claims_refusal(const PbaySnapshot *snapshot, const char *driver_id)
{
    g_autofree char *file = g_strconcat(driver_id, ".so", NULL);
    const GPtrArray *rows = snapshot->drivers->rows;
    for (guint i = 0; i < rows->len; i++) {
        const PbayDriver *row = g_ptr_array_index(rows, i);
        bool named = g_strcmp0(row->id, driver_id) == 0 || strcmp(row->file, file) == 0;
        if (row->status == PBAY_DRIVER_REFUSED && named)
            return g_strdup_printf("%s is skipped: %s (%s)", row->path, row->reason, row->remedy);
    }
    return NULL;
}

static int64_t priority_of(const PbaySnapshot *snapshot, const PbayDriver *driver)
{
    const PbaySection *section = pbay_config_section(snapshot->config, "driver", driver->id);
    return section != NULL ? pbay_section_int(section, "priority", driver->priority)
                           : driver->priority;
}

/* The loaded drivers with this prefix and the highest priority among them. */
static GPtrArray *best_claims(const PbaySnapshot *snapshot, const char *prefix)
{
    GPtrArray *best = g_ptr_array_new();
    const GPtrArray *rows = snapshot->drivers->rows;
    int64_t highest = INT64_MIN;
    for (guint i = 0; i < rows->len; i++) {
        PbayDriver *row = g_ptr_array_index(rows, i);
        if (row->status != PBAY_DRIVER_LOADED ||
            !g_strv_contains((const char *const *)row->prefixes, prefix))
            continue;
        int64_t priority = priority_of(snapshot, row);
        if (priority > highest)
            g_ptr_array_set_size(best, 0);
        if (priority >= highest)
            g_ptr_array_add(best, row);
        highest = MAX(highest, priority);
    }
    return best;
}

static void take(PbayProvider *provider, PbayDriver *driver)
{
    provider->driver = driver;
    g_free(provider->driver_id);
    provider->driver_id = g_strdup(driver->id);
}

static void settle_asked(const PbaySnapshot *snapshot, const char *id, PbayProvider *provider)
{
    PbayDriver *driver = pbay_driver_set_find(snapshot->drivers, id);
    provider->driver_id = g_strdup(id);
    if (driver != NULL) {
        take(provider, driver);
        return;
    }
    char *refusal = pbay_claims_refusal(snapshot, id);
    pbay_provider_set_state(provider, PBAY_PROVIDER_UNAVAILABLE,
                            refusal != NULL ? refusal
                                            : g_strdup_printf("driver %s is not installed: "
                                                              "'patchbay drivers' lists what is",
                                                              id));
}

static void settle_shadowed(const GPtrArray *claims, PbayProvider *provider)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_null_terminated(4, NULL, TRUE);
    for (guint i = 0; i < claims->len; i++)
        g_ptr_array_add(ids, ((PbayDriver *)g_ptr_array_index(claims, i))->id);
    g_autofree char *both = g_strjoinv(" and ", (char **)ids->pdata);
    pbay_provider_set_state(
        provider, PBAY_PROVIDER_SHADOWED,
        g_strdup_printf("drivers %s claim this prefix with equal priority: write driver = %s in "
                        "[provider %s], or priority = 1 in [driver %s]",
                        both, (char *)ids->pdata[0], provider->name, (char *)ids->pdata[0]));
}

void pbay_claims_settle(const PbaySnapshot *snapshot, const PbaySection *section,
                        PbayProvider *provider)
{
    const char *asked = section != NULL ? pbay_section_str(section, "driver") : NULL;
    if (asked != NULL) {
        settle_asked(snapshot, asked, provider);
        return;
    }
    g_autoptr(GPtrArray) claims = best_claims(snapshot, provider->name);
    if (claims->len == 1) {
        take(provider, g_ptr_array_index(claims, 0));
        return;
    }
    if (claims->len > 1) {
        settle_shadowed(claims, provider);
        return;
    }
    PbayDriver *namesake = pbay_driver_set_find(snapshot->drivers, provider->name);
    if (namesake != NULL) {
        take(provider, namesake);
        return;
    }
    char *refusal = pbay_claims_refusal(snapshot, provider->name);
    pbay_provider_set_state(
        provider, PBAY_PROVIDER_UNAVAILABLE,
        refusal != NULL ? refusal
                        : g_strdup_printf("no driver serves this prefix: install one, or name one "
                                          "with driver = ID in [provider %s]",
                                          provider->name));
}

void pbay_claims_check_critical(const PbaySnapshot *snapshot, PbayProblems *problems)
{
    const GPtrArray *sections = pbay_config_sections(snapshot->config, "driver");
    for (guint i = 0; sections != NULL && i < sections->len; i++) {
        const PbaySection *section = g_ptr_array_index(sections, i);
        if (!pbay_section_bool(section, "critical", false) ||
            pbay_driver_set_find(snapshot->drivers, section->name) != NULL)
            continue;
        g_autofree char *refusal = pbay_claims_refusal(snapshot, section->name);
        g_autofree char *title = g_strconcat("driver ", section->name, NULL);
        pbay_problems_add(problems, pbay_section_get(section, "critical")->origin, title,
                          "critical", "'patchbay drivers' lists every file found",
                          "driver %s is critical, but %s", section->name,
                          refusal != NULL ? refusal : "it is not installed");
    }
}
