/* SPDX-License-Identifier: Apache-2.0 */
/* A provider while it is being put together from its section, its driver's manifest and the
 * environment: what the files that do a part each share. Private to this room. [main]. */
#ifndef PBAY_SNAPSHOT_DRAFT_H
#define PBAY_SNAPSHOT_DRAFT_H

#include "snapshot/provider.h"
#include "snapshot/snapshot.h"

typedef struct PbayDraft {
    PbayProvider *provider; /* being filled; its driver is loaded           */
    const PbayManifest *manifest;
    const PbaySection *section;  /* [provider NAME], or NULL                     */
    const PbaySection *defaults; /* [defaults], or NULL                          */
    const PbayEnv *env;
    PbayProblems *problems;
    GHashTable *values;  /* option name -> its text, for {option}; g_free both */
    GPtrArray *lacks;    /* char *: what to do so that it can be used          */
    GHashTable *present; /* names of secrets that have a value (set)           */
    GHashTable *missing; /* secret name -> char *: what its own key lacks      */
    bool vendor;         /* the manifest's variables are meant for it: see pbay_draft_init */
    bool blocked;        /* lacks more than secrets: it is not opened                  */
} PbayDraft;

/* The variables a manifest names (OPENAI_API_KEY) belong to the vendor of its default base URL.
 * They count for a provider with one of the driver's own prefixes, and for another name as long
 * as it stays at that origin; so that no key reaches a look-alike by accident. */
void pbay_draft_init(PbayDraft *draft);
void pbay_draft_clear(PbayDraft *draft);

/* The value of the section's key, or NULL. */
const PbayValue *pbay_draft_value(const PbayDraft *draft, const char *key);

/* Adds a sentence to lacks (taken over). */
void pbay_draft_lack(PbayDraft *draft, char *what);

/* True when the value is made of something missing: lacks says so and the provider is blocked. */
bool pbay_draft_is_missing(PbayDraft *draft, const PbayValue *value);

/* "set X" or "provide ${file:/x}". Caller frees. */
char *pbay_draft_wish(const char *missing);

/* A file that gives both `NAME` and `NAME-env` means the value for when none of its variables is
 * set. When they stand in different files, the value has been written over a list that was
 * there, and wins. */
bool pbay_draft_prefers_env(const PbayDraft *draft, const char *name);

/* The first set variable for an option or secret: of `NAME-env` in the section, else of the
 * manifest's `names` if they count. NULL: none; *variable names it. Borrowed from env. */
const char *pbay_draft_env(const PbayDraft *draft, const char *name, char *const *names,
                           const char **variable);

/* The parts. check: keys nobody knows. settings: the core's own keys. options: provider->options
 * and base_url. secrets: provider->secrets, and what is lacking. */
void pbay_draft_check(PbayDraft *draft);
void pbay_draft_settings(PbayDraft *draft);
void pbay_draft_options(PbayDraft *draft);
void pbay_draft_origins(PbayDraft *draft); /* after options */
void pbay_draft_secrets(PbayDraft *draft);
void pbay_draft_require(PbayDraft *draft); /* after options and secrets */

#endif
