/* SPDX-License-Identifier: Apache-2.0 */
/* Owns loading: files, then values set by the program, then resolving and checking all of it; and
 * the accessors. Loading runs on the configuration thread; the result is immutable and read by any
 * thread. */
#include "config/config.h"

#include "base/secret.h"
#include "base/str.h"
#include "base/text.h"
#include "config/check.h"
#include "config/files.h"
#include "config/merge.h"
#include "config/readfile.h"
#include "config/resolve.h"
#include "config/types.h"
#include "observe/log.h"

static void read_one(PbayConfig *config, const PbayFoundFile *file, PbayProblems *problems)
{
    const char *path = file->pub.path;
    g_autofree char *why = NULL;
    GString *text = g_string_new(NULL);
    if (pbay_config_read_file(path, PBAY_CONFIG_FILE_MAX, file->named, text, &why) != 0) {
        pbay_problems_add(problems, (PbayOrigin){path, 0}, NULL, NULL, NULL, "cannot be read: %s",
                          why);
    } else {
        g_autoptr(GPtrArray) groups = pbay_config_scan(path, pbay_str_of(text), problems);
        for (guint i = 0; i < groups->len; i++)
            pbay_config_merge_group(config, path, g_ptr_array_index(groups, i), problems);
        pbay_log(PBAY_LOG_DEBUG, "config", "read %s", path);
    }
    pbay_wipe(text->str, text->allocated_len);
    g_string_free(text, TRUE);
}

static void apply_sets(PbayConfig *config, const char *const *sets, PbayProblems *problems)
{
    for (; sets != NULL && sets[0] != NULL && sets[1] != NULL; sets += 2) {
        g_autofree char *kind = NULL, *name = NULL, *key = NULL;
        if (pbay_config_split_name(sets[0], &kind, &name, &key))
            pbay_config_merge_set(config, kind, name, key, sets[1]);
        else
            pbay_problems_add(problems, (PbayOrigin){PBAY_SET_BY_PROGRAM, 0}, NULL, NULL,
                              "such as defaults.model or provider.openai.api-key",
                              "`%s` names no value of the configuration", sets[0]);
    }
}

static void resolve_section(PbayConfigSection *section, PbayEnv *env, PbayProblems *problems)
{
    bool known = pbay_config_check_section_name(section, problems);
    for (guint i = 0; i < section->entries->len; i++) {
        PbayConfigEntry *entry = g_ptr_array_index(section->entries, i);
        bool checked = known && !pbay_config_is_foreign_key(entry->key) &&
                       pbay_config_check_key(section, entry, problems);
        if (checked) {
            pbay_config_resolve(section, entry, env, problems);
        } else {
            entry->faulty = !pbay_config_is_foreign_key(entry->key);
            entry->items = g_new0(char *, 1);
            entry->list = entry->items;
            entry->pub.items = entry->items;
            entry->pub.list = entry->items;
        }
    }
    if (known)
        pbay_config_check_whole(section, problems);
}

PbayConfig *pbay_config_load(const PbayConfigInput *input, PbayProblems *problems)
{
    PbayConfig *config = pbay_config_new();
    config->files = pbay_config_find_files(input, problems);
    for (guint i = 0; i < config->files->len; i++) {
        const PbayFoundFile *file = g_ptr_array_index(config->files, i);
        if (!file->pub.masked)
            read_one(config, file, problems);
    }
    apply_sets(config, input->sets, problems);
    PbayEnv *env = input->env != NULL ? pbay_env_ref(input->env) : pbay_env_new();
    for (guint i = 0; i < config->sections->len; i++)
        resolve_section(g_ptr_array_index(config->sections, i), env, problems);
    pbay_env_unref(env);
    return config;
}

const PbaySection *pbay_config_section(const PbayConfig *config, const char *kind, const char *name)
{
    const PbayConfigSection *section = pbay_config_find_section(config, kind, name);
    return section != NULL ? &section->pub : NULL;
}

const GPtrArray *pbay_config_sections(const PbayConfig *config, const char *kind)
{
    const GPtrArray *same = g_hash_table_lookup(config->by_kind, kind);
    return same != NULL ? same : config->none;
}

const GPtrArray *pbay_config_files(const PbayConfig *config)
{
    return config->files;
}

const PbayValue *pbay_section_get(const PbaySection *section, const char *key)
{
    if (section == NULL || pbay_config_is_foreign_key(key))
        return NULL;
    const PbayConfigEntry *entry = pbay_config_find_entry((const PbayConfigSection *)section, key);
    return entry != NULL ? &entry->pub : NULL;
}

const char *pbay_section_str(const PbaySection *section, const char *key)
{
    const PbayValue *value = pbay_section_get(section, key);
    return value != NULL && value->missing == NULL ? value->items[0] : NULL;
}

bool pbay_section_bool(const PbaySection *section, const char *key, bool otherwise)
{
    const char *text = pbay_section_str(section, key);
    bool value = otherwise;
    return text != NULL && pbay_text_bool(text, &value) ? value : otherwise;
}

int64_t pbay_section_ms(const PbaySection *section, const char *key, int64_t otherwise)
{
    const char *text = pbay_section_str(section, key);
    int64_t value = 0;
    return text != NULL && pbay_text_duration(text, &value) ? value : otherwise;
}

int64_t pbay_section_int(const PbaySection *section, const char *key, int64_t otherwise)
{
    const char *text = pbay_section_str(section, key);
    int64_t value = 0;
    return text != NULL && pbay_config_parse_int(text, &value) ? value : otherwise;
}

int64_t pbay_section_size(const PbaySection *section, const char *key, int64_t otherwise)
{
    const char *text = pbay_section_str(section, key);
    int64_t value = 0;
    return text != NULL && pbay_text_size(text, &value) ? value : otherwise;
}

char *const *pbay_section_list(const PbaySection *section, const char *key)
{
    static char *const EMPTY[] = {NULL};
    const PbayValue *value = pbay_section_get(section, key);
    return value != NULL && value->list != NULL ? value->list : EMPTY;
}

static const char *title_of(const PbaySection *section)
{
    return ((const PbayConfigSection *)section)->title;
}

bool pbay_config_check_scalar(const PbaySection *section, const PbayValue *value,
                              PbayProblems *problems)
{
    const PbayConfigEntry *entry = (const PbayConfigEntry *)value;
    const char *mark =
        entry->literal != NULL ? NULL : pbay_config_comment_like(value->raw, PBAY_FORM_SCALAR);
    if (mark == NULL)
        return true;
    pbay_problems_add(problems, value->origin, title_of(section), value->key,
                      "a comment stands on a line of its own, beginning with `#`",
                      "`%s` has `%s` in its value, which looks like a comment", value->key, mark);
    return false;
}

bool pbay_config_check_secret(const PbaySection *section, const PbayValue *value,
                              PbayProblems *problems)
{
    static const PbayKeyDef SECRET = {.name = "secret", .type = PBAY_KEY_SECRET, .list = true};
    for (char *const *item = value->items; *item != NULL; item++) {
        g_autofree char *fault = pbay_config_type_fault(&SECRET, *item);
        if (fault == NULL)
            continue;
        pbay_problems_add(problems, value->origin, title_of(section), value->key, NULL, "`%s` %s",
                          value->key, fault);
        return false;
    }
    return true;
}
