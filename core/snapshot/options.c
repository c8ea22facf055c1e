/* SPDX-License-Identifier: Apache-2.0 */
/* Options: for each one that the manifest names the value of the section, else of the first set
 * variable, else the default; checked, typed, and written as the JSON object that provider_open
 * gets. Secrets are not options and never come here. [main]. */
#include "snapshot/options.h"

#include "base/error.h"
#include "base/str.h"
#include "drivers/option.h"
#include "snapshot/draft.h"
#include "snapshot/origin.h"
#include "json/reader.h"
#include "json/writer.h"

#include <string.h>

/* Where a value comes from decides how a mistake in it is told. */
typedef struct Found {
    char **items; /* NULL: the option has no value; g_strfreev */
    const PbayValue *value;
    const char *variable;
} Found;

static bool is_list(const PbayOption *option)
{
    return option->type == PBAY_OPTION_LIST || option->type == PBAY_OPTION_MAP;
}

/* text as one item, or as several for a list. NULL when it is empty. */
static char **items_of(const PbayOption *option, const char *text)
{
    if (text[0] == '\0')
        return NULL;
    if (is_list(option))
        return pbay_option_split(text);
    char **items = g_new0(char *, 2);
    items[0] = g_strdup(text);
    return items;
}

/* The default with {option} filled in for URLs; NULL when there is none or an option it needs is
 * not set. */
static char **default_items(const PbayOption *option, GHashTable *values)
{
    if (option->value == NULL)
        return NULL;
    if (option->type != PBAY_OPTION_URL)
        return items_of(option, option->value);
    g_autofree char *url = pbay_origin_fill(option->value, values, NULL);
    return url != NULL ? items_of(option, url) : NULL;
}

static void complain(PbayDraft *draft, const PbayValue *value, const char *message)
{
    g_autofree char *title = g_strconcat("provider ", draft->provider->name, NULL);
    pbay_problems_add(draft->problems, value->origin, title, value->key, NULL, "`%s` %s",
                      value->key, message);
}

static void find_in_section(PbayDraft *draft, const PbayOption *option, Found *found)
{
    const PbayValue *value = found->value;
    if (pbay_draft_is_missing(draft, value))
        return;
    if (is_list(option)) {
        if (value->list == NULL)
            complain(draft, value, "is no list: separate its items with `;`");
        else if (value->list[0] != NULL && value->list[0][0] != '\0')
            found->items = g_strdupv((char **)value->list);
        return;
    }
    bool core_key = strcmp(option->name, "base-url") == 0; /* checked by config/ already */
    if (value->items[0] == NULL)
        return; /* a mistake that config/ has told */
    if (!core_key && !pbay_config_check_scalar(draft->section, value, draft->problems))
        return;
    if (value->items[0][0] != '\0')
        found->items = g_strdupv((char **)value->items);
}

static Found find(PbayDraft *draft, const PbayOption *option)
{
    Found found = {.value = pbay_draft_value(draft, option->name)};
    const char *text = NULL;
    if (found.value == NULL || pbay_draft_prefers_env(draft, option->name))
        text = pbay_draft_env(draft, option->name, option->env, &found.variable);
    if (text != NULL)
        found.items = items_of(option, text);
    else if (found.value != NULL)
        find_in_section(draft, option, &found);
    else
        found.items = default_items(option, draft->values);
    return found;
}

/* One slash at the end of a base URL means nothing and would be doubled by every path. */
static void trim_base_url(char **items)
{
    size_t n = strlen(items[0]);
    if (n > 0 && items[0][n - 1] == '/')
        items[0][n - 1] = '\0';
}

/* Remembers the text for {option} and, for base-url, for the core itself. */
static void note_value(PbayProvider *provider, const char *name, char *const *items,
                       GHashTable *values)
{
    if (strcmp(name, "base-url") == 0) {
        g_free(provider->base_url);
        provider->base_url = g_strdup(items[0]);
    }
    g_hash_table_replace(values, g_strdup(name), g_strjoinv(";", (char **)items));
}

static bool write_option(PbayJsonWriter *w, const PbayOption *option, char **items, GError **error)
{
    g_autoptr(GString) json = g_string_new(NULL);
    if (strcmp(option->name, "base-url") == 0)
        trim_base_url(items);
    if (!pbay_option_to_json(option, items, json, error))
        return false;
    pbay_json_key(w, pbay_str(option->name));
    pbay_json_write_raw(w, pbay_str_of(json));
    return true;
}

static void add_option(PbayDraft *draft, PbayJsonWriter *w, const PbayOption *option)
{
    Found found = find(draft, option);
    g_auto(GStrv) items = found.items;
    g_autoptr(GError) error = NULL;
    if (items == NULL || items[0] == NULL)
        return;
    if (write_option(w, option, items, &error)) {
        note_value(draft->provider, option->name, items, draft->values);
    } else if (found.variable != NULL) {
        draft->blocked = true;
        pbay_draft_lack(draft, g_strdup_printf("put right the variable %s: it %s", found.variable,
                                               error->message));
    } else if (found.value != NULL) {
        complain(draft, found.value, error->message);
    } else {
        draft->blocked = true; /* a default made of other options */
        pbay_draft_lack(draft,
                        g_strdup_printf("set %s in [provider %s]: its default %s", option->name,
                                        draft->provider->name, error->message));
    }
}

static void begin_object(PbayJsonWriter *w, GString *out, const char *name)
{
    pbay_json_writer_init(w, out);
    pbay_json_open(w, true);
    pbay_json_member_str(w, "prefix", pbay_str(name));
}

/* A base URL without an option of that name: the core's own key. */
static void add_bare_base_url(PbayDraft *draft, PbayJsonWriter *w)
{
    static char *none[] = {NULL};
    static const PbayOption plain = {
        .name = (char *)"base-url", .type = PBAY_OPTION_URL, .env = none};
    if (pbay_manifest_option(draft->manifest, "base-url") == NULL &&
        pbay_draft_value(draft, "base-url") != NULL)
        add_option(draft, w, &plain);
}

/* Options whose default is made of others come after them. */
static bool is_derived(const PbayOption *option)
{
    return option->type == PBAY_OPTION_URL && option->value != NULL &&
           strchr(option->value, '{') != NULL;
}

void pbay_draft_options(PbayDraft *draft)
{
    PbayProvider *provider = draft->provider;
    const GPtrArray *options = draft->manifest->options;
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    begin_object(&w, out, provider->name);
    add_bare_base_url(draft, &w);
    for (int pass = 0; pass < 2; pass++)
        for (guint i = 0; i < options->len; i++)
            if (is_derived(g_ptr_array_index(options, i)) == (pass == 1))
                add_option(draft, &w, g_ptr_array_index(options, i));
    pbay_json_close(&w);
    g_free(provider->options);
    provider->options = g_strdup(out->str);
}

/* ---- from JSON ------------------------------------------------------------------------------- */

static bool add_given(PbayProvider *provider, PbayJsonWriter *w, const PbayOption *option,
                      const pb_json *value, GHashTable *values, GError **error)
{
    if (value != NULL && pbay_json_type(value) != PB_JSON_STRING) {
        g_autofree char *text = pbay_str_dup(pbay_json_text(value));
        pbay_json_key(w, pbay_str(option->name));
        pbay_json_write_value(w, value);
        g_hash_table_replace(values, g_strdup(option->name), g_steal_pointer(&text));
        return true;
    }
    g_autofree char *text = value != NULL ? pbay_str_dup(pbay_json_str(value)) : NULL;
    g_auto(GStrv) items = text != NULL ? items_of(option, text) : default_items(option, values);
    if (items == NULL || items[0] == NULL)
        return true;
    if (!write_option(w, option, items, error)) {
        g_prefix_error(error, "option %s ", option->name);
        return false;
    }
    note_value(provider, option->name, items, values);
    return true;
}

/* What the manifest does not know goes through as it stands. */
static void add_unknown(PbayProvider *provider, const PbayManifest *manifest, PbayJsonWriter *w,
                        const pb_json *given, GHashTable *values)
{
    pb_str key = {NULL, 0};
    for (const pb_json *value = pbay_json_first(given, &key); value != NULL;
         value = pbay_json_next(value, &key)) {
        g_autofree char *name = pbay_str_dup(key);
        if (pbay_manifest_option(manifest, name) != NULL || strcmp(name, "prefix") == 0)
            continue;
        char *text[] = {pbay_str_dup(pbay_json_str(value)), NULL};
        if (strcmp(name, "base-url") == 0) {
            trim_base_url(text);
            note_value(provider, name, text, values);
            pbay_json_member_str(w, name, pbay_str(text[0]));
        } else {
            pbay_json_key(w, key);
            pbay_json_write_value(w, value);
        }
        g_free(text[0]);
    }
}

bool pbay_options_from_json(PbayProvider *provider, const PbayManifest *manifest,
                            const pb_json *given, GHashTable *values, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    begin_object(&w, out, provider->name);
    add_unknown(provider, manifest, &w, given, values);
    for (int pass = 0; pass < 2; pass++) {
        for (guint i = 0; i < manifest->options->len; i++) {
            const PbayOption *option = g_ptr_array_index(manifest->options, i);
            const pb_json *value = pbay_json_get(given, pbay_str(option->name));
            if (is_derived(option) == (pass == 1) &&
                !add_given(provider, &w, option, value, values, error))
                return false;
        }
    }
    pbay_json_close(&w);
    g_free(provider->options);
    provider->options = g_strdup(out->str);
    return true;
}
