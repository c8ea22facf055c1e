/* SPDX-License-Identifier: Apache-2.0 */
/* [limits NAME] of targets and providers, as data; keeping them is routing's business. Read by
 * [main] while a snapshot is built, immutable afterwards. */
#include "snapshot/model_parts.h"
#include "snapshot/resolve.h"

#include <string.h>

#define QUEUE_TIMEOUT_MS 10000

static PbayLimits *read_limits(const PbaySection *section)
{
    PbayLimits *limits = g_new0(PbayLimits, 1);
    limits->rpm = pbay_section_int(section, "rpm", 0);
    limits->tpm = pbay_section_int(section, "tpm", 0);
    limits->parallel = pbay_section_int(section, "parallel", 0);
    limits->queue = pbay_section_int(section, "queue", 0);
    limits->queue_timeout_ms = pbay_section_ms(section, "queue-timeout", QUEUE_TIMEOUT_MS);
    limits->context = pbay_section_int(section, "context", 0);
    return limits;
}

static bool has_provider(const PbaySnapshot *snapshot, const char *name)
{
    g_autofree char *head = g_strndup(name, strcspn(name, "/"));
    return g_hash_table_contains(snapshot->providers, head) ||
           pbay_resolve_is_refused(snapshot, name);
}

static void unknown(const PbaySnapshot *snapshot, const PbaySection *section,
                    PbayProblems *problems)
{
    g_autofree char *title = g_strconcat("limits ", section->name, NULL);
    g_autofree char *head = g_strndup(section->name, strcspn(section->name, "/"));
    g_autofree char *near = pbay_resolve_nearest_provider(snapshot, section->name);
    bool model = pbay_config_section(snapshot->config, "model", section->name) != NULL;
    g_autofree char *hint =
        model          ? g_strdup("limits are of a provider or a target: write them for the "
                                           "targets of that [model]")
        : near != NULL ? g_strdup_printf("did you mean [limits %s]?", near)
                       : g_strdup("'patchbay providers' lists those there are");
    pbay_problems_add(problems, section->origin, title, NULL, hint,
                      "[limits %s] limits nothing: there is no provider %s", section->name, head);
}

GHashTable *pbay_limits_new(const PbaySnapshot *snapshot, PbayProblems *problems)
{
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const GPtrArray *sections = pbay_config_sections(snapshot->config, "limits");
    for (guint i = 0; i < sections->len; i++) {
        const PbaySection *section = g_ptr_array_index(sections, i);
        if (!has_provider(snapshot, section->name))
            unknown(snapshot, section, problems);
        g_hash_table_replace(all, g_strdup(section->name), read_limits(section));
    }
    return all;
}
