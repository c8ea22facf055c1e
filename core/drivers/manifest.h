/* SPDX-License-Identifier: Apache-2.0 */
/* A driver's manifest: the JSON inside the driver that says which options and secrets it takes,
 * where secrets may flow, what it knows of models and parameters. Parsed once when the driver is
 * loaded, immutable afterwards, readable by any thread. The form is described in
 * sdk/MANIFEST.md. */
#ifndef PBAY_DRIVERS_MANIFEST_H
#define PBAY_DRIVERS_MANIFEST_H

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum PbayOptionType {
    PBAY_OPTION_STRING,
    PBAY_OPTION_URL,
    PBAY_OPTION_INT,
    PBAY_OPTION_REAL,
    PBAY_OPTION_BOOL,
    PBAY_OPTION_DURATION, /* reaches the driver as integer ms            */
    PBAY_OPTION_SIZE,     /* ... integer bytes                           */
    PBAY_OPTION_ENUM,     /* one of `values`                             */
    PBAY_OPTION_LIST,     /* ... array of strings                        */
    PBAY_OPTION_MAP       /* "a=b;c=d" -> object of strings              */
} PbayOptionType;

typedef struct PbayOption {
    char *name;
    PbayOptionType type;
    char **env;  /* NULL-terminated, first set one wins; may be empty */
    char *value; /* the default in conf.d notation, or NULL           */
    char *help;
    char **values;    /* ENUM, else NULL */
    int64_t min, max; /* INT; min > max: no bound */
} PbayOption;

typedef struct PbaySecretSpec {
    char *name;
    char **env;
    char **files; /* candidates, "~/" and ${env:X} understood                  */
    bool content; /* the secret is the file's content                          */
    bool reread;  /* read anew before each mint                                */
    char *help;
} PbaySecretSpec;

/* How the core splits an input that the vendor takes only in parts. */
typedef struct PbayBatchRule {
    int32_t kind; /* PB_KIND_*            */
    char *models; /* glob                 */
    char *origin; /* it holds only where the base URL leads there, or NULL: everywhere */
    int max;      /* inputs a request     */
    int parallel;
} PbayBatchRule;

typedef struct PbayModelInfo {
    char *id;
    json_object *details; /* as in the manifest: context, features, note ...; borrowed from root */
} PbayModelInfo;

/* What becomes of one canonical parameter. */
typedef struct PbayParameter {
    char *name;
    char *fate; /* same renamed emulated clamped hint essential */
    char *to;   /* renamed: the vendor's name, else NULL */
    char *note; /* or NULL */
} PbayParameter;

/* What the driver proves of one kind: features such as "stream" and "tools", in its order. */
typedef struct PbayOffer {
    int32_t kind;    /* PB_KIND_* */
    char **features; /* NULL-terminated; may be empty */
} PbayOffer;

typedef struct PbayManifest {
    char *text;         /* as the driver gave it; "{}" for none */
    json_object *root;  /* the whole, for `drivers show` and explain */
    GPtrArray *options; /* PbayOption *      */
    GPtrArray *secrets; /* PbaySecretSpec *  */
    GPtrArray
        *require; /* char **: groups of secret names, any one group suffices; empty: none needed */
    char **origins;        /* may hold {option} */
    GPtrArray *batch;      /* PbayBatchRule *   */
    char **inline_parts;   /* "image_url"       */
    GPtrArray *models;     /* PbayModelInfo *   */
    GPtrArray *parameters; /* PbayParameter *  */
    GPtrArray *offers;     /* PbayOffer *; empty: the driver says nothing of it */
    char *default_model;   /* or NULL           */
    char **not_isolated;   /* declared imports ("libcrypto") or NULL */
    char *note;            /* one line for people ("not a language model"), or NULL */
    int64_t priority;      /* which of two drivers with one prefix wins; default 0 */
} PbayManifest;

/* NULL with error (PBAY_ERROR, PB_ERR_CONFIG) naming the member and what is wrong with it. Unknown
 * members are ignored: a newer driver may have them. NULL or "" text is the empty manifest. */
PbayManifest *pbay_manifest_parse(const char *text, GError **error);
void pbay_manifest_free(PbayManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbayManifest, pbay_manifest_free)
const PbayOption *pbay_manifest_option(const PbayManifest *manifest, const char *name);
const PbaySecretSpec *pbay_manifest_secret(const PbayManifest *manifest, const char *name);

#endif
