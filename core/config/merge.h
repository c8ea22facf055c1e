/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration while it is put together: sections and keys of all files, the last one winning.
 * Private to the room; what the rest of the core sees is config.h. */
#ifndef PBAY_CONFIG_MERGE_H
#define PBAY_CONFIG_MERGE_H

#include "config/config.h"
#include "config/scanner.h"
#include "config/schema.h"
#include "config/value.h"

#include <stdatomic.h>

#define PBAY_SET_BY_PROGRAM "(set by program)"

typedef struct PbayConfigEntry {
    PbayValue pub; /* first: handed out as such; its pointers are owned by what stands below */
    char *key, *raw;
    char *literal; /* a value set by the program: no escapes, no expansion; else NULL */
    char **items, **list;
    char *missing;
    const PbayKeyDef *def; /* NULL: a driver's key, or one that nobody knows */
    bool faulty;           /* a mistake was found in it: its items are not all, or none */
} PbayConfigEntry;

typedef struct PbayConfigSection {
    PbaySection pub;           /* first: handed out as such */
    char *kind, *name, *title; /* title: "provider groq" */
    const PbaySectionDef *def; /* NULL: an unknown kind */
    GHashTable *by_key;        /* PbayConfigEntry * by folded key */
    GPtrArray *entries;        /* all of them, x- keys included, in order of first appearance */
} PbayConfigSection;

struct PbayConfig {
    atomic_int refs;
    GPtrArray *files;     /* PbayFoundFile * */
    GPtrArray *sections;  /* PbayConfigSection *, in order of first appearance */
    GHashTable *by_title; /* title -> PbayConfigSection * */
    GHashTable *by_kind;  /* kind -> GPtrArray of PbayConfigSection * */
    GPtrArray *none;      /* empty, for kinds without sections */
};

PbayConfig *pbay_config_new(void);

/* Puts the keys of one scanned group over what is there. file must live as long as config. Adds a
 * problem for one header twice in the file in different case (header.X-A, header.x-a). */
void pbay_config_merge_group(PbayConfig *config, const char *file, const PbayScanGroup *group,
                             PbayProblems *problems);

/* Puts a literal above all files. */
void pbay_config_merge_set(PbayConfig *config, const char *kind, const char *name, const char *key,
                           const char *value);

/* By title; NULL if absent. */
PbayConfigSection *pbay_config_find_section(const PbayConfig *config, const char *kind,
                                            const char *name);
PbayConfigEntry *pbay_config_find_entry(const PbayConfigSection *section, const char *key);

/* Keys that begin with x- belong to others. */
bool pbay_config_is_foreign_key(const char *key);

/* How the entry's value is written: list, scalar, or a driver's. */
PbayValueForm pbay_config_form(const PbayConfigEntry *entry);

#endif
