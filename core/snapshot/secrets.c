/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of a provider: for each name of the manifest the values of its key, else the first set
 * variable, else the first file that is there; and whether what `require` asks for has come
 * together. Values go straight into the type that wipes itself; messages name variables, keys
 * and files, never values. [main]. */
#include "snapshot/draft.h"

#include "base/str.h"
#include "base/text.h"
#include "config/expand.h"
#include "config/readfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Groups of `require` that a message names. */
#define WAYS_TOLD 3u

#define FILE_MAX ((size_t)1 << 20)

static void add_value(PbayDraft *draft, const char *name, pb_str value)
{
    if (value.len == 0)
        return;
    PbayProviderSecret *secret = pbay_provider_add_secret(draft->provider, name);
    g_ptr_array_add(secret->values, pbay_secret_new(value));
    g_hash_table_add(draft->present, g_strdup(name));
}

/* what: "set X"; taken over. The first wish of a name stands. */
static void add_wish(PbayDraft *draft, const char *name, char *what)
{
    if (g_hash_table_contains(draft->missing, name))
        g_free(what);
    else
        g_hash_table_insert(draft->missing, g_strdup(name), what);
}

/* "~/x" under HOME; NULL without a HOME. Caller frees. */
static char *home_path(const char *path)
{
    if (!g_str_has_prefix(path, "~/"))
        return g_strdup(path);
    const char *home = secure_getenv("HOME");
    return home != NULL && home[0] == '/' ? g_build_filename(home, path + 2, NULL) : NULL;
}

/* Takes the secret from a file. False when the file is not there or cannot be read: *why is set. */
static bool take_file(PbayDraft *draft, const PbaySecretSpec *spec, const char *path, char **why)
{
    GString *text = g_string_new(NULL);
    int code = pbay_config_read_file(path, FILE_MAX, false, text, why);
    if (code == 0 && spec->content) {
        size_t n = text->len;
        if (n > 0 && text->str[n - 1] == '\n')
            n--;
        if (n > 0 && n < text->len && text->str[n - 1] == '\r')
            n--;
        add_value(draft, spec->name, (pb_str){text->str, n});
    } else if (code == 0) {
        add_value(draft, spec->name, pbay_str(path));
    }
    pbay_wipe(text->str, text->allocated_len);
    g_string_free(text, TRUE);
    if (code != 0)
        return false;
    PbayProviderSecret *secret = pbay_provider_add_secret(draft->provider, spec->name);
    g_free(secret->file);
    secret->file = spec->reread ? g_strdup(path) : NULL;
    return true;
}

/* A file the person named: it must be there. */
static void take_named_file(PbayDraft *draft, const PbaySecretSpec *spec, const char *named)
{
    g_autofree char *path = home_path(named);
    g_autofree char *why = NULL;
    if (path == NULL)
        add_wish(draft, spec->name, g_strdup_printf("set HOME, which %s needs", named));
    else if (!take_file(draft, spec, path, &why))
        add_wish(draft, spec->name, g_strdup_printf("provide %s (%s)", path, why));
}

/* The manifest's candidates: the first that is there. */
static void take_known_files(PbayDraft *draft, const PbaySecretSpec *spec)
{
    for (size_t i = 0; spec->files[i] != NULL; i++) {
        g_auto(PbayExpansion) expanded = {0};
        bool ok = pbay_config_expand((PbayEnv *)draft->env, spec->files[i], &expanded);
        if (!ok || expanded.missing != NULL || expanded.text[0] == '\0')
            continue;
        g_autofree char *path = home_path(expanded.text);
        g_autofree char *why = NULL;
        if (path == NULL || take_file(draft, spec, path, &why))
            return;
        if (expanded.expanded) { /* somebody pointed there */
            add_wish(draft, spec->name, g_strdup_printf("provide %s (%s)", path, why));
            return;
        }
    }
}

/* JSON where the path of its file is expected: people put a whole key file into a variable. */
static bool is_content(const PbaySecretSpec *spec, const char *text)
{
    return spec->content && text[strspn(text, " \t\r\n")] == '{';
}

static void take_text(PbayDraft *draft, const PbaySecretSpec *spec, const char *text)
{
    if (spec->files[0] != NULL && text[0] != '\0' && !is_content(spec, text))
        take_named_file(draft, spec, text);
    else
        add_value(draft, spec->name, pbay_str(text));
}

static void take_variable(PbayDraft *draft, const PbaySecretSpec *spec, const char *variable,
                          const char *text)
{
    bool clean = g_utf8_validate(text, -1, NULL);
    bool json = is_content(spec, text);
    for (const char *p = text; *p != '\0'; p++) {
        bool blank = json && (*p == '\n' || *p == '\r' || *p == '\t');
        clean = clean && (blank || ((unsigned char)*p >= 0x20 && *p != 0x7f));
    }
    if (clean)
        take_text(draft, spec, text);
    else
        add_wish(draft, spec->name,
                 g_strdup_printf("put right %s, which holds a control character", variable));
}

static void take_key(PbayDraft *draft, const PbaySecretSpec *spec, const PbayValue *value)
{
    char *const *items = value->list != NULL ? value->list : value->items;
    bool checked_already = strcmp(spec->name, "api-key") == 0;
    if (!checked_already && !pbay_config_check_secret(draft->section, value, draft->problems))
        return;
    for (; *items != NULL; items++)
        take_text(draft, spec, *items);
    if (value->missing != NULL)
        add_wish(draft, spec->name, pbay_draft_wish(value->missing));
}

static void take_secret(PbayDraft *draft, const PbaySecretSpec *spec)
{
    const PbayValue *value = pbay_draft_value(draft, spec->name);
    const char *variable = NULL, *text = NULL;
    if (value == NULL || pbay_draft_prefers_env(draft, spec->name))
        text = pbay_draft_env(draft, spec->name, spec->env, &variable);
    if (text != NULL)
        take_variable(draft, spec, variable, text);
    else if (value != NULL)
        take_key(draft, spec, value);
    else if (draft->vendor)
        take_known_files(draft, spec);
}

void pbay_draft_secrets(PbayDraft *draft)
{
    static char *none[] = {NULL};
    static const PbaySecretSpec api_key = {.name = (char *)"api-key", .env = none, .files = none};
    for (guint i = 0; i < draft->manifest->secrets->len; i++)
        take_secret(draft, g_ptr_array_index(draft->manifest->secrets, i));
    if (pbay_manifest_secret(draft->manifest, "api-key") == NULL)
        take_secret(draft, &api_key);
}

/* ---- require --------------------------------------------------------------------------------- */

/* A secret, an option, or @source: the last counts unless an option of that name says no. */
static bool is_present(const PbayDraft *draft, const char *name)
{
    if (name[0] != '@')
        return g_hash_table_contains(draft->present, name) ||
               g_hash_table_contains(draft->values, name);
    if (pbay_manifest_option(draft->manifest, name + 1) == NULL)
        return true;
    const char *text = g_hash_table_lookup(draft->values, name + 1);
    bool on = false;
    return text != NULL && pbay_text_bool(text, &on) && on;
}

/* The variables that would give it, as "A or B"; NULL: none. Caller frees. */
static char *variables_of(const PbayDraft *draft, const char *name)
{
    g_autofree char *key = g_strconcat(name, "-env", NULL);
    const PbaySecretSpec *secret = pbay_manifest_secret(draft->manifest, name);
    const PbayOption *option = pbay_manifest_option(draft->manifest, name);
    char *const *names = NULL;
    if (pbay_draft_value(draft, key) != NULL)
        names = pbay_section_list(draft->section, key);
    else if (draft->vendor)
        names = secret != NULL ? secret->env : option != NULL ? option->env : NULL;
    return names != NULL && names[0] != NULL ? g_strjoinv(" or ", (char **)names) : NULL;
}

/* A switch says what it is for: nobody knows that from its name. Caller frees. */
static char *wish_for_switch(const PbayDraft *draft, const char *name)
{
    const PbayOption *option = pbay_manifest_option(draft->manifest, name);
    const char *help = option != NULL ? option->help : NULL;
    return g_strdup_printf("set %s = yes in [provider %s]%s%s%s", name, draft->provider->name,
                           help != NULL ? " (" : "", help != NULL ? help : "",
                           help != NULL ? ")" : "");
}

/* What to do about one missing name. Caller frees. */
static char *wish_for(const PbayDraft *draft, const char *name)
{
    const char *provider = draft->provider->name;
    const char *wish = g_hash_table_lookup(draft->missing, name);
    g_autofree char *variables = variables_of(draft, name);
    if (name[0] == '@')
        return wish_for_switch(draft, name + 1);
    if (wish != NULL)
        return g_strdup_printf("%s, or %s in [provider %s]", wish, name, provider);
    if (variables != NULL)
        return g_strdup_printf("set %s, or %s in [provider %s]", variables, name, provider);
    return g_strdup_printf("set %s in [provider %s]", name, provider);
}

/* NULL when all of the group is there, else what to do. Caller frees. */
static char *wish_for_group(const PbayDraft *draft, char *const *group)
{
    g_autoptr(GPtrArray) wishes = g_ptr_array_new_null_terminated(4, g_free, TRUE);
    for (; *group != NULL; group++)
        if (!is_present(draft, *group))
            g_ptr_array_add(wishes, wish_for(draft, *group));
    return wishes->len > 0 ? g_strjoinv(" and ", (char **)wishes->pdata) : NULL;
}

static bool check_own_names(PbayDraft *draft, const PbayValue *value)
{
    for (size_t i = 0; value->items[i] != NULL; i++) {
        const char *name = value->items[i];
        if (strcmp(name, "api-key") == 0 || pbay_manifest_secret(draft->manifest, name) != NULL ||
            pbay_manifest_option(draft->manifest, name) != NULL)
            continue;
        g_autofree char *title = g_strconcat("provider ", draft->provider->name, NULL);
        g_autofree char *hint = g_strdup_printf("'patchbay drivers show %s' lists its secrets",
                                                draft->provider->driver->id);
        pbay_problems_add(draft->problems, value->origin, title, "require", hint,
                          "`require` names %s, which is no secret and no option of driver %s", name,
                          draft->provider->driver->id);
        return false;
    }
    return true;
}

static void require_own(PbayDraft *draft, const PbayValue *value)
{
    bool none = value->items[0] != NULL && strcmp(value->items[0], "none") == 0;
    if (none || pbay_draft_is_missing(draft, value) || !check_own_names(draft, value))
        return;
    char *wish = wish_for_group(draft, value->items);
    if (wish != NULL)
        pbay_draft_lack(draft, wish);
}

/* A vendor with many ways to prove who one is: the first of them, and where the rest is told. */
static char *join_ways(const PbayDraft *draft, GPtrArray *wishes)
{
    guint more = wishes->len > WAYS_TOLD ? wishes->len - WAYS_TOLD : 0;
    if (more > 0) {
        g_ptr_array_set_size(wishes, WAYS_TOLD);
        g_ptr_array_add(wishes,
                        g_strdup_printf("%u more way%s, of 'patchbay drivers show %s'", more,
                                        more > 1 ? "s" : "", draft->provider->driver->id));
    }
    return g_strjoinv("; or ", (char **)wishes->pdata);
}

void pbay_draft_require(PbayDraft *draft)
{
    const PbayValue *value = pbay_draft_value(draft, "require");
    if (value != NULL) {
        require_own(draft, value);
        return;
    }
    g_autoptr(GPtrArray) wishes = g_ptr_array_new_null_terminated(4, g_free, TRUE);
    const GPtrArray *groups = draft->manifest->require;
    for (guint i = 0; i < groups->len; i++) {
        char *wish = wish_for_group(draft, g_ptr_array_index(groups, i));
        if (wish == NULL)
            return;
        g_ptr_array_add(wishes, wish);
    }
    if (wishes->len > 0)
        pbay_draft_lack(draft, join_ways(draft, wishes));
}
