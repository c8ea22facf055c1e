/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the merged sections and keys with their origins, and their memory. Built on the thread that
 * loads configuration and immutable afterwards. It must not judge names or values: resolve.c and
 * check.c do. */
#include "config/merge.h"

#include "base/secret.h"
#include "base/str.h"

static void wipe_free(char *text)
{
    if (text != NULL)
        pbay_wipe(text, strlen(text));
    g_free(text);
}

static void wipe_freev(char **items)
{
    for (char **item = items; item != NULL && *item != NULL; item++)
        wipe_free(*item);
    g_free(items);
}

static void entry_free(gpointer data)
{
    PbayConfigEntry *entry = data;
    wipe_free(entry->raw);
    wipe_free(entry->literal);
    if (entry->list != entry->items)
        wipe_freev(entry->list);
    wipe_freev(entry->items);
    g_free(entry->missing);
    g_free(entry->key);
    g_free(entry);
}

static void section_free(gpointer data)
{
    PbayConfigSection *section = data;
    g_hash_table_unref(section->by_key);
    g_ptr_array_unref(section->pub.values);
    g_ptr_array_unref(section->entries);
    g_free(section->kind);
    g_free(section->name);
    g_free(section->title);
    g_free(section);
}

static void array_unref(gpointer data)
{
    g_ptr_array_unref(data);
}

PbayConfig *pbay_config_new(void)
{
    PbayConfig *config = g_new0(PbayConfig, 1);
    atomic_init(&config->refs, 1);
    config->sections = g_ptr_array_new_with_free_func(section_free);
    config->by_title = g_hash_table_new(g_str_hash, g_str_equal);
    config->by_kind = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, array_unref);
    config->none = g_ptr_array_new();
    return config;
}

PbayConfig *pbay_config_ref(PbayConfig *config)
{
    atomic_fetch_add_explicit(&config->refs, 1, memory_order_relaxed);
    return config;
}

void pbay_config_unref(PbayConfig *config)
{
    if (config == NULL || atomic_fetch_sub_explicit(&config->refs, 1, memory_order_acq_rel) != 1)
        return;
    g_hash_table_unref(config->by_kind);
    g_hash_table_unref(config->by_title);
    g_ptr_array_unref(config->sections);
    if (config->files != NULL)
        g_ptr_array_unref(config->files);
    g_ptr_array_unref(config->none);
    g_free(config);
}

static char *title_of(const char *kind, const char *name)
{
    return name[0] != '\0' ? g_strconcat(kind, " ", name, NULL) : g_strdup(kind);
}

/* Header names are one whatever their case; all else counts as written. */
static char *fold_key(const char *key)
{
    return pbay_schema_is_header_key(key) ? g_ascii_strdown(key, -1) : g_strdup(key);
}

bool pbay_config_is_foreign_key(const char *key)
{
    return g_str_has_prefix(key, "x-");
}

PbayValueForm pbay_config_form(const PbayConfigEntry *entry)
{
    if (entry->def == NULL)
        return PBAY_FORM_OPEN;
    return entry->def->list ? PBAY_FORM_LIST : PBAY_FORM_SCALAR;
}

PbayConfigSection *pbay_config_find_section(const PbayConfig *config, const char *kind,
                                            const char *name)
{
    g_autofree char *title = title_of(kind, name);
    return g_hash_table_lookup(config->by_title, title);
}

PbayConfigEntry *pbay_config_find_entry(const PbayConfigSection *section, const char *key)
{
    g_autofree char *folded = fold_key(key);
    return g_hash_table_lookup(section->by_key, folded);
}

static PbayConfigSection *need_section(PbayConfig *config, const char *kind, const char *name,
                                       PbayOrigin origin)
{
    PbayConfigSection *section = pbay_config_find_section(config, kind, name);
    if (section != NULL)
        return section;
    section = g_new0(PbayConfigSection, 1);
    section->kind = g_strdup(kind);
    section->name = g_strdup(name);
    section->title = title_of(kind, name);
    section->def = pbay_schema_section(kind);
    section->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    section->entries = g_ptr_array_new_with_free_func(entry_free);
    section->pub = (PbaySection){section->kind, section->name, origin, g_ptr_array_new()};
    g_ptr_array_add(config->sections, section);
    g_hash_table_insert(config->by_title, section->title, section);
    GPtrArray *same = g_hash_table_lookup(config->by_kind, kind);
    if (same == NULL) {
        same = g_ptr_array_new();
        g_hash_table_insert(config->by_kind, section->kind, same);
    }
    g_ptr_array_add(same, section);
    return section;
}

static PbayConfigEntry *need_entry(PbayConfigSection *section, const char *key)
{
    char *folded = fold_key(key);
    PbayConfigEntry *entry = g_hash_table_lookup(section->by_key, folded);
    if (entry != NULL) {
        g_free(folded);
        return entry;
    }
    entry = g_new0(PbayConfigEntry, 1);
    entry->key = g_strdup(key);
    entry->def = section->def != NULL ? pbay_schema_key(section->def, key) : NULL;
    entry->pub.key = entry->key;
    g_hash_table_insert(section->by_key, folded, entry);
    g_ptr_array_add(section->entries, entry);
    if (!pbay_config_is_foreign_key(key))
        g_ptr_array_add(section->pub.values, entry);
    return entry;
}

void pbay_config_merge_group(PbayConfig *config, const char *file, const PbayScanGroup *group,
                             PbayProblems *problems)
{
    const char *blank = strchr(group->name, ' ');
    g_autofree char *kind = blank != NULL ? g_strndup(group->name, (size_t)(blank - group->name))
                                          : g_strdup(group->name);
    PbayConfigSection *section =
        need_section(config, kind, blank != NULL ? blank + 1 : "", (PbayOrigin){file, group->line});
    for (guint i = 0; i < group->keys->len; i++) {
        const PbayScanKey *key = g_ptr_array_index(group->keys, i);
        PbayOrigin origin = {file, key->line};
        PbayConfigEntry *entry = need_entry(section, key->name);
        if (entry->pub.origin.file == file)
            pbay_problems_add(
                problems, origin, section->title, key->name,
                "header names are one whatever their case; delete one of the two lines",
                "key `%s` stands twice in [%s], first in line %d", key->name, section->title,
                entry->pub.origin.line);
        wipe_free(entry->raw);
        entry->raw = g_strdup(key->raw);
        entry->pub.raw = entry->raw;
        entry->pub.origin = origin;
    }
}

void pbay_config_merge_set(PbayConfig *config, const char *kind, const char *name, const char *key,
                           const char *value)
{
    PbayOrigin origin = {PBAY_SET_BY_PROGRAM, 0};
    PbayConfigEntry *entry = need_entry(need_section(config, kind, name, origin), key);
    wipe_free(entry->raw);
    wipe_free(entry->literal);
    entry->raw = pbay_config_escape(value);
    entry->literal = g_strdup(value);
    entry->pub.raw = entry->raw;
    entry->pub.origin = origin;
}
