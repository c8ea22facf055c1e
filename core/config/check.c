/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the checks of names and of sections as a whole: unknown kinds and keys with the nearest
 * known name, section names, what keys mean together. Runs on the thread that loads configuration.
 * Options of drivers are not its business, and it never shows a value. */
#include "config/check.h"

#include "base/text.h"
#include "config/types.h"

#include <string.h>

/* Digits of N in rule.N. */
#define RULE_DIGITS 9

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
    case PBAY_NAME_ACCOUNT:
        return pbay_schema_is_plain_name(name) || pbay_config_is_target_name(name)
                   ? NULL
                   : "needs one blank and PROVIDER or PROVIDER/MODEL";
    default:
        return name[0] != '\0' && name[0] != ' ' ? NULL : "needs one blank and a name";
    }
}

static const char *example_name(const PbaySectionDef *def)
{
    if (def->name == PBAY_NAME_TARGET || def->name == PBAY_NAME_ACCOUNT)
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

/* All keys that a section knows, families such as rule.* too. g_free. */
static char *names_of(const PbaySectionDef *section)
{
    GString *all = g_string_new(NULL);
    for (const PbayKeyDef *def = section->keys; def->name != NULL; def++)
        g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", def->name);
    return g_string_free(all, FALSE);
}

static bool unknown_key(const PbayConfigSection *section, const PbayConfigEntry *entry,
                        PbayProblems *problems)
{
    g_autofree const char **names = pbay_schema_key_names(section->def);
    const char *near = pbay_text_nearest(entry->key, names);
    g_autofree char *all = names_of(section->def);
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

/* rule.N: a number written in one way only, so that no two keys are the same rule. */
static const char *rule_fault(const char *key)
{
    const char *digits = key + strlen("rule.");
    size_t len = strspn(digits, "0123456789");
    if (len == 0 || digits[len] != '\0' || len > RULE_DIGITS)
        return "rules are numbered, such as rule.1 or rule.20";
    return digits[0] == '0' && len > 1 ? "a rule's number does not begin with 0" : NULL;
}

static const char *key_fault(const PbayConfigEntry *entry)
{
    if (pbay_schema_is_header_key(entry->key))
        return pbay_config_header_fault(entry->key);
    if (entry->def != NULL && strcmp(entry->def->name, "rule.*") == 0)
        return rule_fault(entry->key);
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

/* ---- models ---------------------------------------------------------------------------------- */

/* A key that only one strategy asks for. */
typedef struct OwnKey {
    const char *key, *strategy;
} OwnKey;

static const OwnKey OWN_KEYS[] = {
    {"max-cost", "budget"}, {"prefer", "budget"}, {"over-budget", "budget"},
    {"rule.*", "rules"},    {"default", "rules"}, {"labels-from", "rules"},
};

/* NULL: every strategy has a use for it, or none is asked. */
static const char *strategy_of_key(const PbayConfigEntry *entry)
{
    for (size_t i = 0; entry->def != NULL && i < G_N_ELEMENTS(OWN_KEYS); i++)
        if (strcmp(entry->def->name, OWN_KEYS[i].key) == 0)
            return OWN_KEYS[i].strategy;
    return NULL;
}

static void check_own_keys(const PbayConfigSection *section, const char *strategy,
                           PbayProblems *problems)
{
    for (guint i = 0; i < section->entries->len; i++) {
        const PbayConfigEntry *entry = g_ptr_array_index(section->entries, i);
        const char *own = strategy_of_key(entry);
        if (own == NULL || strcmp(own, strategy) == 0)
            continue;
        g_autofree char *hint = g_strdup_printf("write strategy = %s, or take it out", own);
        pbay_problems_add(problems, entry->pub.origin, section->title, entry->key, hint,
                          "`%s` has no effect with strategy %s", entry->key, strategy);
    }
}

static bool has_items(const PbayConfigEntry *entry)
{
    return entry != NULL && entry->items[0] != NULL;
}

/* Has it a key that nobody knows? Then what seems to be missing may be what was misspelt. */
static bool is_misspelt(const PbayConfigSection *section)
{
    for (guint i = 0; i < section->entries->len; i++) {
        const PbayConfigEntry *entry = g_ptr_array_index(section->entries, i);
        if (entry->faulty && entry->def == NULL)
            return true;
    }
    return false;
}

static bool asks_weights(const char *strategy)
{
    return strcmp(strategy, "weighted") == 0 || strcmp(strategy, "least-busy") == 0;
}

static void check_targets(const PbayConfigSection *section, const char *strategy,
                          PbayProblems *problems)
{
    const PbayConfigEntry *targets = pbay_config_find_entry(section, "targets");
    PbayOrigin origin = targets != NULL ? targets->pub.origin : section->pub.origin;
    bool weights = false;
    bool read = targets == NULL || !targets->faulty;
    if (!has_items(targets) && read && !is_misspelt(section))
        pbay_problems_add(problems, origin, section->title, "targets",
                          "write targets = PROVIDER/MODEL", "[%s] names no target", section->title);
    for (guint i = 0; has_items(targets) && targets->items[i] != NULL; i++)
        weights = weights || strpbrk(targets->items[i], " \t") != NULL;
    if (weights && !asks_weights(strategy))
        pbay_problems_add(problems, origin, section->title, "targets",
                          "write strategy = weighted, or take the weights out",
                          "the weights in `targets` have no effect with strategy %s", strategy);
}

static void check_rules(const PbayConfigSection *section, PbayProblems *problems)
{
    const PbayConfigEntry *targets = pbay_config_find_entry(section, "targets");
    bool ruled = false;
    for (guint i = 0; i < section->entries->len && !ruled; i++)
        ruled = g_str_has_prefix(((PbayConfigEntry *)section->entries->pdata[i])->key, "rule.");
    if (has_items(targets))
        pbay_problems_add(problems, targets->pub.origin, section->title, "targets",
                          "take it out; where another file gave it, write `targets =` over it",
                          "`targets` has no effect with strategy rules: the rules name them");
    bool whole = !is_misspelt(section);
    if (!ruled && whole)
        pbay_problems_add(problems, section->pub.origin, section->title, "strategy",
                          "such as rule.1 = chars > 1000 -> PROVIDER/MODEL",
                          "[%s] has strategy rules and no rule", section->title);
    if (pbay_config_find_entry(section, "default") == NULL && whole)
        pbay_problems_add(problems, section->pub.origin, section->title, "default",
                          "write default = PROVIDER/MODEL",
                          "[%s] does not say where a request goes when no rule applies",
                          section->title);
}

static void check_model(const PbayConfigSection *section, PbayProblems *problems)
{
    const PbayConfigEntry *named = pbay_config_find_entry(section, "strategy");
    const char *strategy = named != NULL ? named->items[0] : "order";
    if (strategy == NULL || (named == NULL && is_misspelt(section)))
        return; /* nobody knows which keys it would ask for */
    check_own_keys(section, strategy, problems);
    if (strcmp(strategy, "rules") == 0)
        check_rules(section, problems);
    else
        check_targets(section, strategy, problems);
    if (strcmp(strategy, "budget") == 0 && pbay_config_find_entry(section, "max-cost") == NULL &&
        !is_misspelt(section))
        pbay_problems_add(problems, named->pub.origin, section->title, "max-cost",
                          "write max-cost = DOLLARS, such as 0.005",
                          "[%s] has strategy budget and no `max-cost`", section->title);
}

/* ---- other sections -------------------------------------------------------------------------- */

static void check_limits(const PbayConfigSection *section, PbayProblems *problems)
{
    const PbayConfigEntry *queue = pbay_config_find_entry(section, "queue");
    const PbayConfigEntry *wait = pbay_config_find_entry(section, "queue-timeout");
    bool bound = pbay_config_find_entry(section, "rpm") != NULL ||
                 pbay_config_find_entry(section, "tpm") != NULL ||
                 pbay_config_find_entry(section, "parallel") != NULL;
    if (is_misspelt(section))
        return;
    if (wait != NULL && queue == NULL)
        pbay_problems_add(problems, wait->pub.origin, section->title, "queue-timeout",
                          "write queue = N: how many may wait",
                          "`queue-timeout` has no effect: nothing waits without `queue`");
    if (queue != NULL && !bound)
        pbay_problems_add(
            problems, queue->pub.origin, section->title, "queue", "write rpm, tpm or parallel too",
            "`queue` has no effect: [%s] bounds nothing that one could wait for", section->title);
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
    else if (strcmp(section->kind, "limits") == 0)
        check_limits(section, problems);
}
