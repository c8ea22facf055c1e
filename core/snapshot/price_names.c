/* SPDX-License-Identifier: Apache-2.0 */
/* Whether [price] sections are of providers that there are. Prices ship for more vendors than
 * any machine has drivers, so that a name which is nearly a provider's is told, and no other.
 * [main]. */
#include "snapshot/model_parts.h"
#include "snapshot/resolve.h"

#include "observe/log.h"

#include <string.h>

void pbay_price_check_names(const PbaySnapshot *snapshot)
{
    const GPtrArray *sections = pbay_config_sections(snapshot->config, "price");
    for (guint i = 0; i < sections->len; i++) {
        const PbaySection *section = g_ptr_array_index(sections, i);
        g_autofree char *head = g_strndup(section->name, strcspn(section->name, "/"));
        if (g_hash_table_contains(snapshot->providers, head) ||
            pbay_resolve_is_refused(snapshot, section->name))
            continue;
        g_autofree char *near = pbay_resolve_nearest_provider(snapshot, section->name);
        if (near != NULL)
            pbay_log(PBAY_LOG_WARN, "config",
                     "%s:%d: [price %s] prices nothing: there is no provider %s; did you mean "
                     "[price %s]?",
                     section->origin.file, section->origin.line, section->name, head, near);
    }
}
