/* SPDX-License-Identifier: Apache-2.0 */
/* conf.d: finding files, merging them, expanding values, checking sections and keys, and
 * remembering where each value came from. The result is immutable and may be read by any thread.
 * What a provider section may hold beyond the core's own keys is not known here: it is checked by
 * snapshot/, which reports into the same list of problems. */
#ifndef PBAY_CONFIG_CONFIG_H
#define PBAY_CONFIG_CONFIG_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <stdint.h>

/* Where a value came from. file: path, or "(set by program)" / "(--set)"; line 0 = no line. */
typedef struct PbayOrigin {
    const char *file;
    int line;
} PbayOrigin;

/* One mistake. Printed as "file:line: message" and, if there is one, "  hint". */
typedef struct PbayProblem {
    char *file;
    int line;
    char *section, *key;  /* or NULL */
    char *message, *hint; /* hint may be NULL */
} PbayProblem;

/* A growing list of mistakes; elements PbayProblem, freed with the list. Not thread-safe. */
typedef GPtrArray PbayProblems;
PbayProblems *pbay_problems_new(void); /* g_ptr_array_unref */
void pbay_problems_add(PbayProblems *problems, PbayOrigin origin, const char *section,
                       const char *key, const char *hint_or_null, const char *format, ...)
    G_GNUC_PRINTF(6, 7);
/* File by file, from top to bottom: a line each; an array. */
void pbay_problems_write_text(const PbayProblems *problems, GString *out);
void pbay_problems_write_json(const PbayProblems *problems, GString *out);

/* The environment as configuration sees it: the real one, and below it what env files add. */
typedef struct PbayEnv PbayEnv;
PbayEnv *pbay_env_new(void); /* snapshots nothing: reads getenv when asked */
PbayEnv *pbay_env_ref(PbayEnv *env);
void pbay_env_unref(PbayEnv *env);
/* Adds KEY=value lines (quotes, export, #). False: problems has file:line of each mistake. */
bool pbay_env_add_file(PbayEnv *env, const char *path, PbayProblems *problems);
/* NULL: not set. An empty value counts as not set. Borrowed; stable for the life of env. */
const char *pbay_env_get(const PbayEnv *env, const char *name);

/* What to read. Zero it, then fill what applies. */
typedef struct PbayConfigInput {
    /* NULL-terminated, files or folders, in merge order; NULL: the standard folders, or
     * PATCHBAY_CONF_PATH (secure_getenv) */
    const char *const *paths;
    const char *const *extra; /* --config: files or folders after them, or NULL                   */
    const char *const *sets;  /* "section.key", "value" pairs above all files, or NULL; see
                                 pbay_config_split_name  */
    PbayEnv *env;
} PbayConfigInput;

typedef struct PbayConfig PbayConfig;

/* One value after merging. A list was split and unescaped before expansion, so `items` is what
 * counts; a scalar has one item. */
typedef struct PbayValue {
    const char *key;
    const char *raw;    /* as written, unexpanded: what config show prints        */
    char *const *items; /* NULL-terminated, expanded; an unset ${env:X} gives ""  */
    /* Name of the first unset variable without default; "${file:/a/b}" or "${credential:x}", as
     * written, when that does not exist or may not be read; or NULL. */
    const char *missing;
    PbayOrigin origin;
    bool expanded; /* came (in part) from ${env:} ${file:} ${credential:}    */
    /* The value read as a list: items, except for a key of a provider's driver, where config/
     * cannot know and items is the scalar. NULL if it is no list. */
    char *const *list;
} PbayValue;

typedef struct PbaySection {
    const char *kind;  /* "provider"                 */
    const char *name;  /* "groq"; "" for [defaults]  */
    PbayOrigin origin; /* of its first header        */
    GPtrArray *values; /* const PbayValue *, in order of first appearance */
} PbaySection;

/* Reads, merges, expands and checks all but the options of drivers. Never NULL: with problems added
 * the result holds what could be read (for `config show`), and the caller must not run on it. */
PbayConfig *pbay_config_load(const PbayConfigInput *input, PbayProblems *problems);
PbayConfig *pbay_config_ref(PbayConfig *config);
void pbay_config_unref(PbayConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbayConfig, pbay_config_unref)

const PbaySection *pbay_config_section(const PbayConfig *config, const char *kind,
                                       const char *name);
/* Sections of a kind in order of first appearance; const PbaySection *; owned by config. */
const GPtrArray *pbay_config_sections(const PbayConfig *config, const char *kind);
const PbayValue *pbay_section_get(const PbaySection *section, const char *key); /* or NULL */
/* The scalar, or NULL when absent or made of an unset variable. */
const char *pbay_section_str(const PbaySection *section, const char *key);

/* Already checked by load: bad ones never get here. */
bool pbay_section_bool(const PbaySection *section, const char *key, bool otherwise);
int64_t pbay_section_ms(const PbaySection *section, const char *key, int64_t otherwise);
int64_t pbay_section_int(const PbaySection *section, const char *key, int64_t otherwise);
int64_t pbay_section_size(const PbaySection *section, const char *key, int64_t otherwise);
/* The items, never NULL: empty when the key is absent. Those of an unset variable are "". */
char *const *pbay_section_list(const PbaySection *section, const char *key);

/* For keys of a driver, once its manifest has told what they are: a scalar must not look like a
 * value with a comment behind it, and a secret or header must hold no control character. False: a
 * problem was added, which does not show the value. */
bool pbay_config_check_scalar(const PbaySection *section, const PbayValue *value,
                              PbayProblems *problems);
bool pbay_config_check_secret(const PbaySection *section, const PbayValue *value,
                              PbayProblems *problems);

/* Files found, in merge order. masked: nothing of it counts, because a file of the same name in a
 * later folder replaces it (`by`), or because it is itself an empty file or a link to /dev/null
 * (`by` NULL). */
typedef struct PbayConfigFile {
    const char *path;
    bool masked;
    const char *by;
} PbayConfigFile;
const GPtrArray *pbay_config_files(const PbayConfig *config);

/* The folders read when nothing else is said, in order, whether they exist or not: those of
 * PATCHBAY_CONF_PATH, else the installed one, /etc and the user's. g_strfreev. */
char **pbay_config_standard_paths(void);

/* `config show`: conf.d text or JSON of the merged whole, with origins if asked; keys that hold
 * secrets (is_secret says so, for keys of provider sections that config/ does not know) and header
 * values that do are `***`, unless they are nothing but a reference such as ${env:NAME}. Without
 * is_secret every key of a driver counts as one, and so does each key that nobody knows. */
typedef bool (*PbayIsSecretFn)(void *data, const PbaySection *section, const char *key);
void pbay_config_show(const PbayConfig *config, bool origin, bool json, PbayIsSecretFn is_secret,
                      void *data, GString *out);

/* "provider.openai.api-key" -> kind "provider", name "openai", key "api-key"; "defaults.model" ->
 * name "". A provider's or driver's name ends at the first dot; any other at a known key with a dot
 * in it (rule.1), else at the last dot, so that names with dots work. False, and all three NULL:
 * not of that form. Caller frees all three. */
bool pbay_config_split_name(const char *dotted, char **kind, char **name, char **key);

#endif
