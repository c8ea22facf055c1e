/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a draft share: reading the section, noting what is lacking, finding
 * variables; and the check for keys that nobody knows. [main]. It never shows a value: it may be
 * a secret. */
#include "snapshot/draft.h"

#include "base/str.h"
#include "base/text.h"
#include "config/schema.h"

#include <string.h>

/* True when the section names another origin than the manifest's own base URL. */
static bool is_elsewhere(const PbayDraft *draft)
{
    const PbayValue *value = pbay_draft_value(draft, "base-url");
    const PbayOption *option = pbay_manifest_option(draft->manifest, "base-url");
    if (value == NULL)
        return false;
    if (value->missing != NULL || value->items[0] == NULL || option == NULL ||
        option->value == NULL)
        return true;
    g_autofree char *here = pbay_url_origin(pbay_str(value->items[0]));
    g_autofree char *vendor = pbay_url_origin(pbay_str(option->value));
    return here == NULL || vendor == NULL || strcmp(here, vendor) != 0;
}

void pbay_draft_init(PbayDraft *draft)
{
    draft->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    draft->lacks = g_ptr_array_new_with_free_func(g_free);
    draft->present = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    draft->missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *const *own = (const char *const *)draft->provider->driver->prefixes;
    draft->vendor = g_strv_contains(own, draft->provider->name) || !is_elsewhere(draft);
}

void pbay_draft_clear(PbayDraft *draft)
{
    g_clear_pointer(&draft->values, g_hash_table_unref);
    g_clear_pointer(&draft->lacks, g_ptr_array_unref);
    g_clear_pointer(&draft->present, g_hash_table_unref);
    g_clear_pointer(&draft->missing, g_hash_table_unref);
}

const PbayValue *pbay_draft_value(const PbayDraft *draft, const char *key)
{
    return draft->section != NULL ? pbay_section_get(draft->section, key) : NULL;
}

void pbay_draft_lack(PbayDraft *draft, char *what)
{
    g_ptr_array_add(draft->lacks, what);
}

char *pbay_draft_wish(const char *missing)
{
    return missing[0] == '$' ? g_strdup_printf("provide %s", missing)
                             : g_strdup_printf("set %s", missing);
}

bool pbay_draft_is_missing(PbayDraft *draft, const PbayValue *value)
{
    if (value->missing == NULL)
        return false;
    g_autofree char *wish = pbay_draft_wish(value->missing);
    pbay_draft_lack(draft, g_strdup_printf("%s, or %s in [provider %s]", wish, value->key,
                                           draft->provider->name));
    draft->blocked = true;
    return true;
}

bool pbay_draft_prefers_env(const PbayDraft *draft, const char *name)
{
    g_autofree char *key = g_strconcat(name, "-env", NULL);
    const PbayValue *value = pbay_draft_value(draft, name);
    const PbayValue *variables = pbay_draft_value(draft, key);
    return value != NULL && variables != NULL &&
           g_strcmp0(value->origin.file, variables->origin.file) == 0;
}

const char *pbay_draft_env(const PbayDraft *draft, const char *name, char *const *names,
                           const char **variable)
{
    g_autofree char *key = g_strconcat(name, "-env", NULL);
    if (pbay_draft_value(draft, key) != NULL)
        names = pbay_section_list(draft->section, key);
    else if (!draft->vendor)
        return NULL;
    for (; *names != NULL; names++) {
        const char *text = pbay_env_get(draft->env, *names);
        if (text != NULL) {
            *variable = *names;
            return text;
        }
    }
    return NULL;
}

/* ---- keys nobody knows
 * ------------------------------------------------------------------------ */

static bool is_setting(const PbayDraft *draft, const char *name)
{
    return pbay_manifest_option(draft->manifest, name) != NULL ||
           pbay_manifest_secret(draft->manifest, name) != NULL || strcmp(name, "api-key") == 0 ||
           strcmp(name, "base-url") == 0;
}

static bool is_known(const PbayDraft *draft, const char *key)
{
    const PbayKeyDef *def = pbay_schema_key(pbay_schema_section("provider"), key);
    if (g_str_has_prefix(key, "x-") || is_setting(draft, key))
        return true;
    if (!g_str_has_suffix(key, "-env"))
        return def != NULL;
    g_autofree char *name = g_strndup(key, strlen(key) - strlen("-env"));
    return is_setting(draft, name);
}

/* Every key the section could hold; NULL-terminated; elements owned by the array. */
static GPtrArray *known_keys(const PbayDraft *draft)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree const char **core = pbay_schema_key_names(pbay_schema_section("provider"));
    for (size_t i = 0; core[i] != NULL; i++)
        g_ptr_array_add(names, g_strdup(core[i]));
    for (guint i = 0; i < draft->manifest->options->len; i++) {
        const PbayOption *option = g_ptr_array_index(draft->manifest->options, i);
        g_ptr_array_add(names, g_strdup(option->name));
        g_ptr_array_add(names, g_strconcat(option->name, "-env", NULL));
    }
    for (guint i = 0; i < draft->manifest->secrets->len; i++) {
        const PbaySecretSpec *secret = g_ptr_array_index(draft->manifest->secrets, i);
        g_ptr_array_add(names, g_strdup(secret->name));
        g_ptr_array_add(names, g_strconcat(secret->name, "-env", NULL));
    }
    g_ptr_array_add(names, g_strdup("api-key-env"));
    g_ptr_array_add(names, NULL);
    return names;
}

void pbay_draft_check(PbayDraft *draft)
{
    const PbayProvider *provider = draft->provider;
    guint n = draft->section != NULL ? draft->section->values->len : 0;
    for (guint i = 0; i < n; i++) {
        const PbayValue *value = g_ptr_array_index(draft->section->values, i);
        if (is_known(draft, value->key))
            continue;
        g_autoptr(GPtrArray) names = known_keys(draft);
        const char *near = pbay_text_nearest(value->key, (const char *const *)names->pdata);
        g_autofree char *hint =
            near != NULL ? g_strdup_printf("did you mean `%s`?", near)
                         : g_strdup_printf("'patchbay drivers show %s' lists what it takes",
                                           provider->driver->id);
        g_autofree char *title = g_strconcat("provider ", provider->name, NULL);
        pbay_problems_add(draft->problems, value->origin, title, value->key, hint,
                          "neither Patchbay nor driver %s knows the key `%s`", provider->driver->id,
                          value->key);
    }
}
