/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the checks of names and of sections as a whole: unknown kinds and keys with the nearest
 * known name, section names, what keys mean together. Runs on the thread that loads configuration.
 * Options of drivers are not its business, and it never shows a value. */
#include "config/check.h"

#include "base/text.h"
#include "config/types.h"

#include <string.h>

static bool unknown_kind(const PbayConfigSection *section, PbayProblems *problems)
{
    g_autoptr(GPtrArray) kinds = g_ptr_array_new();
    for (const PbaySectionDef *def = pbay_schema_sections(); def->kind != NULL; def++)
        g_ptr_array_add(kinds, (gpointer)def->kind);
    g_ptr_array_add(kinds, NULL);
    char **names = (char **)kinds->pdata;
    const char *near = pbay_text_nearest(section->kind, (const char *const *)names);
    g_autofree char *all = g_strjoinv(", ", names);
    const char *gap = section->name[0] != '\0' ? " " : "";
    g_autofree char *hint =
        near != NULL ? g_strdup_printf("did you mean [%s%s%s]?", near, gap, section->name)
                     : g_strdup_printf("known are %s", all);
    pbay_problems_add(problems, section->pub.origin, section->title, NULL, hint,
                      "no section is called [%s]", section->title);
    return false;
}

/* NULL, or what is wrong with the name of a section of this kind. */
static const char *name_fault(const PbaySectionDef *def, const char *name)
{
    switch (def->name) {
    case PBAY_NAME_NONE:
        return name[0] == '\0' ? NULL : "takes no name";
    case PBAY_NAME_PLAIN:
        return pbay_schema_is_plain_name(name)
                   ? NULL
                   : "needs one blank and a name of a-z, 0-9, _ and -, beginning with a letter or "
                     "digit";
    case PBAY_NAME_TARGET:
        return pbay_config_is_target_name(name) ? NULL : "needs one blank and PROVIDER/MODEL";
    default:
        return name[0] != '\0' && name[0] != ' ' ? NULL : "needs one blank and a name";
    }
}

static const char *example_name(const PbaySectionDef *def)
{
    if (def->name == PBAY_NAME_TARGET)
        return "openai/gpt-4";
    if (def->name == PBAY_NAME_FREE)
        return "fast";
    return strcmp(def->kind, "driver") == 0 ? "openai" : "groq";
}

bool pbay_config_check_section_name(const PbayConfigSection *section, PbayProblems *problems)
{
    if (section->def == NULL)
        return unknown_kind(section, problems);
    const char *fault = name_fault(section->def, section->name);
    if (fault == NULL)
        return true;
    g_autofree char *hint =
        g_strdup_printf("such as [%s %s]", section->kind, example_name(section->def));
    bool named = section->def->name != PBAY_NAME_NONE;
    pbay_problems_add(problems, section->pub.origin, section->title, NULL, named ? hint : NULL,
                      "[%s] %s", section->title, fault);
    return false;
}

static bool unknown_key(const PbayConfigSection *section, const PbayConfigEntry *entry,
                        PbayProblems *problems)
{
    g_autofree const char **names = pbay_schema_key_names(section->def);
    const char *near = pbay_text_nearest(entry->key, names);
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    g_autofree char *hint = near != NULL ? g_strdup_printf("did you mean `%s`?", near)
                                         : g_strdup_printf("[%s] knows %s", section->kind, all);
    pbay_problems_add(problems, entry->pub.origin, section->title, entry->key, hint,
                      "[%s] has no key `%s`", section->title, entry->key);
    return false;
}

static bool is_option_name(const char *key)
{
    size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    return g_ascii_isalnum(key[0]) && key[len] == '\0';
}

static const char *key_fault(const PbayConfigEntry *entry)
{
    if (pbay_schema_is_header_key(entry->key))
        return pbay_config_header_fault(entry->key);
    return is_option_name(entry->key) ? NULL : "a key is made of letters, digits, - _ and .";
}

bool pbay_config_check_key(const PbayConfigSection *section, const PbayConfigEntry *entry,
                           PbayProblems *problems)
{
    if (entry->def == NULL && !section->def->open)
        return unknown_key(section, entry, problems);
    const char *fault = key_fault(entry);
    if (fault == NULL)
        return true;
    pbay_problems_add(problems, entry->pub.origin, section->title, entry->key, NULL,
                      "`%s` cannot be a key: %s", entry->key, fault);
    return false;
}

static void check_model(const PbayConfigSection *section, PbayProblems *problems)
{
    const PbayConfigEntry *targets = pbay_config_find_entry(section, "targets");
    guint n = targets != NULL ? g_strv_length(targets->items) : 0;
    if (n == 1)
        return;
    PbayOrigin origin = targets != NULL ? targets->pub.origin : section->pub.origin;
    bool choosing = n > 1 || pbay_config_find_entry(section, "default") != NULL;
    if (choosing)
        pbay_problems_add(problems, origin, section->title, "targets",
                          "name one target in `targets`, which makes this name an alias",
                          "[%s] chooses among several targets: strategies come with the next "
                          "release",
                          section->title);
    else
        pbay_problems_add(problems, origin, section->title, "targets",
                          "write targets = PROVIDER/MODEL", "[%s] names no target", section->title);
}

static void check_require(const PbayConfigSection *section, PbayProblems *problems)
{
    const PbayConfigEntry *require = pbay_config_find_entry(section, "require");
    if (require == NULL || g_strv_length(require->items) < 2 ||
        !g_strv_contains((const char *const *)require->items, "none"))
        return;
    pbay_problems_add(problems, require->pub.origin, section->title, "require",
                      "write `none` alone, or the names of secrets",
                      "`require` names secrets and `none` together");
}

void pbay_config_check_whole(const PbayConfigSection *section, PbayProblems *problems)
{
    if (strcmp(section->kind, "model") == 0)
        check_model(section, problems);
    else if (strcmp(section->kind, "provider") == 0)
        check_require(section, problems);
}
