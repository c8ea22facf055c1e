/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the step from the raw text of a value to its items: what looks like a comment, escapes,
 * lists, references, then the type. Runs on the thread that loads configuration. No message shows a
 * value. */
#include "config/resolve.h"

#include "base/secret.h"
#include "base/str.h"
#include "config/expand.h"
#include "config/types.h"

typedef struct Resolver {
    const PbayConfigSection *section;
    PbayConfigEntry *entry;
    PbayEnv *env;
    PbayProblems *problems; /* NULL: quietly */
} Resolver;

static bool complain(Resolver *r, const char *hint, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool complain(Resolver *r, const char *hint, const char *format, ...)
{
    if (r->problems == NULL)
        return false;
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    pbay_problems_add(r->problems, r->entry->pub.origin, r->section->title, r->entry->key, hint,
                      "%s", message);
    return false;
}

/* "`timeout`", or "item 2 of `match`" where there are several. g_free. */
static char *name_item(const Resolver *r, bool several, guint i)
{
    if (!several)
        return g_strdup_printf("`%s`", r->entry->key);
    return g_strdup_printf("item %u of `%s`", i + 1, r->entry->key);
}

static void wipe_items(char **items)
{
    for (char **item = items; *item != NULL; item++)
        pbay_wipe(*item, strlen(*item));
    g_strfreev(items);
}

/* Replaces each item by its expansion. */
static bool expand_items(Resolver *r, char **items)
{
    for (guint i = 0; items[i] != NULL; i++) {
        g_auto(PbayExpansion) out = {0};
        if (!pbay_config_expand(r->env, items[i], &out)) {
            g_autofree char *which = name_item(r, i > 0 || items[1] != NULL, i);
            return complain(r, out.hint, "%s %s", which, out.why);
        }
        r->entry->pub.expanded = r->entry->pub.expanded || out.expanded;
        if (r->entry->missing == NULL)
            r->entry->missing = g_steal_pointer(&out.missing);
        pbay_wipe(items[i], strlen(items[i]));
        g_free(items[i]);
        items[i] = g_steal_pointer(&out.text);
    }
    return true;
}

/* Split and expanded; NULL on a mistake. */
static char **read_items(Resolver *r, PbayValueForm form)
{
    g_autofree char *why = NULL;
    char **items = pbay_config_split(r->entry->raw, form, &why);
    if (items == NULL) {
        complain(r, NULL, "`%s` %s", r->entry->key, why);
        return NULL;
    }
    if (expand_items(r, items))
        return items;
    wipe_items(items);
    return NULL;
}

static char **one_item(const char *text)
{
    char **items = g_new0(char *, 2);
    items[0] = g_strdup(text);
    return items;
}

static bool resolve_literal(Resolver *r)
{
    PbayConfigEntry *entry = r->entry;
    if (!g_utf8_validate(entry->literal, -1, NULL))
        return complain(r, NULL, "`%s` was set to a text that is not UTF-8", entry->key);
    PbayValueForm form = pbay_config_form(entry);
    bool list = form == PBAY_FORM_LIST;
    entry->items = list ? pbay_config_split_literal(entry->literal) : one_item(entry->literal);
    if (form == PBAY_FORM_OPEN)
        entry->list = pbay_config_split_literal(entry->literal);
    return true;
}

static bool resolve_written(Resolver *r)
{
    PbayConfigEntry *entry = r->entry;
    PbayValueForm form = pbay_config_form(entry);
    const char *mark = pbay_config_comment_like(entry->raw, form);
    if (mark != NULL)
        return complain(r,
                        "a comment stands on a line of its own, beginning with `#`; where the text "
                        "is meant, write the blank before it as \\s",
                        "`%s` has `%s` in its value, which looks like a comment", entry->key, mark);
    entry->items = read_items(r, form);
    if (entry->items == NULL)
        return false;
    bool several = form == PBAY_FORM_OPEN && strchr(entry->raw, ';') != NULL;
    if (several) {
        Resolver quietly = *r;
        quietly.problems = NULL;
        entry->list = read_items(&quietly, PBAY_FORM_LIST);
    } else if (form != PBAY_FORM_SCALAR) {
        entry->list = entry->items;
    }
    return true;
}

/* A provider's texts may miss a variable (it is then "not configured"); names, quantities, and
 * every value of other sections may not. */
static bool may_miss(const Resolver *r)
{
    if (r->section->def == NULL || !r->section->def->open)
        return false;
    if (r->entry->def == NULL)
        return true;
    switch (r->entry->def->type) {
    case PBAY_KEY_STRING:
    case PBAY_KEY_SECRET:
    case PBAY_KEY_HEADER:
    case PBAY_KEY_URL:
    case PBAY_KEY_ORIGIN:
    case PBAY_KEY_PROXY:
    case PBAY_KEY_PATH:
        return true;
    default:
        return false;
    }
}

static bool complain_missing(Resolver *r)
{
    const char *missing = r->entry->missing;
    if (missing[0] == '$')
        return complain(r, "create it, or make it readable", "`%s` takes %s, which cannot be had",
                        r->entry->key, missing);
    g_autofree char *hint =
        g_strdup_printf("set it, or give a default: ${env:%s:-default}", missing);
    return complain(r, hint, "`%s` takes the variable %s, which is not set", r->entry->key,
                    missing);
}

/* Items with a mistake are taken out; the others stand, so that what else is wrong with them can be
 * told too. False: none can be read. */
static bool check_items(Resolver *r)
{
    PbayConfigEntry *entry = r->entry;
    if (entry->def != NULL && entry->def->type == PBAY_KEY_ENV && entry->pub.expanded)
        return complain(r, "write the bare names: GROQ_API_KEY, not ${env:GROQ_API_KEY}",
                        "`%s` names environment variables and takes no reference", entry->key);
    if (entry->missing != NULL && !may_miss(r))
        return complain_missing(r);
    char **items = entry->items;
    bool several = items[0] != NULL && items[1] != NULL;
    guint kept = 0;
    for (guint i = 0; items[i] != NULL; i++) {
        /* With something missing an item may be empty or cut: whoever uses it sees `missing`. */
        g_autofree char *fault = entry->def != NULL && entry->missing == NULL
                                     ? pbay_config_type_fault(entry->def, items[i])
                                     : NULL;
        if (fault == NULL) {
            items[kept++] = items[i];
            continue;
        }
        g_autofree char *which = name_item(r, several, i);
        complain(r, NULL, "%s %s", which, fault);
        entry->faulty = true;
        pbay_wipe(items[i], strlen(items[i]));
        g_free(items[i]);
    }
    items[kept] = NULL;
    return true;
}

/* What could not be read is an empty value, so that nobody meets a NULL. */
static void make_empty(PbayConfigEntry *entry)
{
    if (entry->list != entry->items && entry->list != NULL)
        wipe_items(entry->list);
    if (entry->items != NULL)
        wipe_items(entry->items);
    entry->items = g_new0(char *, 1);
    entry->list = entry->items;
}

void pbay_config_resolve(PbayConfigSection *section, PbayConfigEntry *entry, PbayEnv *env,
                         PbayProblems *problems)
{
    Resolver r = {section, entry, env, problems};
    bool ok = entry->literal != NULL ? resolve_literal(&r) : resolve_written(&r);
    ok = ok && check_items(&r);
    entry->faulty = entry->faulty || !ok;
    if (!ok)
        make_empty(entry);
    else if (pbay_config_form(entry) == PBAY_FORM_LIST)
        entry->list = entry->items;
    entry->pub.items = entry->items;
    entry->pub.list = entry->list;
    entry->pub.missing = entry->missing;
}
