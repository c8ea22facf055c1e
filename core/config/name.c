/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the dotted names by which a program sets values: provider.openai.api-key. Pure; any thread.
 * It only splits; whether section and key exist is for the checks to say. */
#include "config/config.h"
#include "config/schema.h"

#include <string.h>

/* Where the key begins in "NAME.KEY", or NULL. A name of plain letters ends at the first dot; any
 * other ends at a known key with a dot in it (rule.1), else at the last dot. */
static const char *find_key(const PbaySectionDef *def, const char *rest)
{
    if (def != NULL && def->name == PBAY_NAME_PLAIN) {
        const char *dot = strchr(rest, '.');
        return dot != NULL ? dot + 1 : NULL;
    }
    const char *last = strrchr(rest, '.');
    for (const char *dot = strchr(rest, '.'); def != NULL && dot != NULL && dot != last;
         dot = strchr(dot + 1, '.')) {
        const PbayKeyDef *key = pbay_schema_key(def, dot + 1);
        if (key != NULL)
            return dot + 1;
    }
    return last != NULL ? last + 1 : NULL;
}

bool pbay_config_split_name(const char *dotted, char **kind, char **name, char **key)
{
    *kind = *name = *key = NULL;
    const char *dot = strchr(dotted, '.');
    if (dot == NULL || dot == dotted || dot[1] == '\0')
        return false;
    g_autofree char *first = g_strndup(dotted, (size_t)(dot - dotted));
    const char *rest = dot + 1;
    const PbaySectionDef *def = pbay_schema_section(first);
    bool nameless = def != NULL ? def->name == PBAY_NAME_NONE : strchr(rest, '.') == NULL;
    const char *at = nameless ? rest : find_key(def, rest);
    if (at == NULL || at[0] == '\0' || (!nameless && at - rest < 2))
        return false;
    *kind = g_steal_pointer(&first);
    *name = nameless ? g_strdup("") : g_strndup(rest, (size_t)(at - rest) - 1);
    *key = g_strdup(at);
    return true;
}
