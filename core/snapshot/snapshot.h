/* SPDX-License-Identifier: Apache-2.0 */
/* The snapshot: configuration, manifests and loaded drivers joined into providers by name, built
 * whole, checked whole, immutable, reference-counted. Building and deriving belong to the
 * configuration thread (one at a time: the public API holds a mutex); reading is for any thread
 * that holds a reference. */
#ifndef PBAY_SNAPSHOT_SNAPSHOT_H
#define PBAY_SNAPSHOT_SNAPSHOT_H

#include "base/arena.h"
#include "base/secret.h"
#include "config/config.h"
#include "drivers/drivers.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef enum PbayProviderState {
    PBAY_PROVIDER_READY,
    PBAY_PROVIDER_UNCONFIGURED, /* a secret is missing: why names the variables          */
    PBAY_PROVIDER_UNAVAILABLE,  /* its driver is absent, refused, or provider_open failed  */
    PBAY_PROVIDER_SHADOWED      /* two drivers claim the prefix and neither wins          */
} PbayProviderState;

/* The secrets of one name, most preferred first. reread ones know their file. */
typedef struct PbayProviderSecret {
    char *name;
    GPtrArray *values; /* PbaySecret *; several keys of one provider */
    char *file;        /* read anew before each mint, or NULL */
} PbayProviderSecret;

typedef enum PbayDrops { PBAY_DROPS_WARN, PBAY_DROPS_DROP, PBAY_DROPS_ERROR } PbayDrops;

typedef struct PbayTimeouts { /* ms; 0 = none */
    int64_t connect, first_byte;
    int64_t first_token; /* of a stream: to its first content, then the next attempt */
    int64_t idle;
    int64_t attempt; /* one attempt */
    int64_t total;   /* the whole call, all attempts and waits in it */
} PbayTimeouts;

typedef struct PbayHeader {
    char *name;
    PbaySecret *value; /* secret or not: never printed unless name and origin say it is none */
    bool secret;
} PbayHeader;

/* A configured account at a vendor. `struct pb_provider` of the ABI. */
typedef struct pb_provider {
    atomic_int refs;
    char *name;     /* the prefix it serves: first segment of a model name */
    char *known_as; /* to the fleet, where that is not the name (derived: "openai@https://host");
                       or NULL */
    PbayProviderState state;
    char *why;          /* of a state other than READY: what is missing, what to do */
    PbayDriver *driver; /* NULL when UNAVAILABLE for lack of one */
    char *driver_id;    /* as asked for */
    void *prov;         /* what provider_open returned */
    bool opened;        /* also when only secrets are missing: a request may bring its own key */

    char *options;         /* the JSON text given to provider_open: checked and defaulted */
    const pb_json *config; /* the same parsed; lives in arena */
    PbayArena *arena;
    char *base_url;     /* "" if the driver has none */
    char **match;       /* globs of bare names */
    GPtrArray *secrets; /* PbayProviderSecret * */
    char **origins; /* scheme://host[:port], lower case, where secrets may flow; base-url's first */
    GPtrArray *headers; /* PbayHeader * */
    PbayTimeouts timeouts;
    int64_t max_response; /* bytes */
    PbayDrops drops;
    bool drops_explicit; /* drop-params was set by somebody: UNMET may be dropped too */
    char *ca_file, *proxy, *no_proxy; /* or NULL */
    bool masked;                      /* provider of a prefix whose shipped snippet is masked */
    bool vendor; /* it is the manifest's own vendor: variables, models and default model count */
    PbayOrigin origin;
    GPtrArray *derived; /* pb_provider * opened for another base URL; see pbay_provider_derive */

    /* Of exchange/, which makes and fills them and leaves their end to this one's: minted
     * credentials, and the gate of in-process engines. NULL until then. */
    void *credentials, *engine_gate;
    void (*credentials_free)(void *);
    void (*engine_gate_free)(void *);
} PbayProvider;

typedef struct PbaySnapshot {
    atomic_int refs;
    PbayConfig *config;
    PbayDriverSet *drivers;
    PbayEnv *env;
    GHashTable *providers;        /* name -> PbayProvider * */
    GPtrArray *provider_order;    /* PbayProvider *, sorted by name */
    GPtrArray *egress_allow;      /* char *: CIDRs; pdata is NULL-terminated */
    struct PbayPriceList *prices; /* price/price.h    */
    struct PbayModels *models;    /* snapshot/model.h */
    GHashTable *limits;           /* "openai/gpt-4" or "openai" -> PbayLimits *: model.h */
    uint64_t generation;
} PbaySnapshot;

/* [main] Joins and opens. Takes a reference on each argument. NULL when problems were added;
 * what was opened is closed again. Providers that cannot work are rows with a state, not
 * problems. */
PbaySnapshot *pbay_snapshot_build(PbayConfig *config, PbayDriverSet *drivers, PbayEnv *env,
                                  PbayProblems *problems);
PbaySnapshot *pbay_snapshot_ref(PbaySnapshot *snapshot);
/* [any]; the last one calls provider_close, under the process's [main] role. */
void pbay_snapshot_unref(PbaySnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbaySnapshot, pbay_snapshot_unref)

typedef struct PbayTarget {
    PbayProvider *provider; /* borrowed from the snapshot */
    char *model;            /* upstream name; g_free */
    char *reason; /* why: "prefix groq", "[model high-quality]", "match llama-*"; g_free */
} PbayTarget;

/* Exact [model NAME], then prefix, then match; an error (PB_ERR_NOT_FOUND) names the nearest
 * names or both matches; PB_ERR_CONFIG when the provider is not ready, with its `why`. With
 * allow_unready the target is given whatever its state (explain, listings). */
bool pbay_snapshot_resolve(const PbaySnapshot *snapshot, const char *model, bool allow_unready,
                           PbayTarget *target, GError **error);
void pbay_target_clear(PbayTarget *target);

/* The model to use when none is named: [defaults] model, else the first ready provider whose
 * manifest names a default model, else eliza/doctor. reason says which. Caller frees both. */
char *pbay_snapshot_default_model(const PbaySnapshot *snapshot, char **reason);

/* [main] The provider with another base URL: opened once, kept for the next request, closed with
 * the snapshot. Secrets then flow to that origin. NULL with error when the URL is none or open
 * fails. */
PbayProvider *pbay_provider_derive(PbayProvider *provider, const char *base_url, GError **error);

/* Secrets by name: the i-th key, or NULL. Borrowed. */
PbaySecret *pbay_provider_secret(const PbayProvider *provider, pb_str name, size_t i);

/* "https://host[:port]" lower-cased with default port left out, or NULL when url is no absolute
 * http(s) URL. Caller frees. */
char *pbay_url_origin(pb_str url);
/* Is origin (of pbay_url_origin) the one that is trusted, or one that its label `*` stands for? */
bool pbay_origin_matches(const char *trusted, const char *origin);

/* For tests and tools (replay): a ready provider from option text ("{}"), base URL among the
 * options, and secrets as name/value pairs, without any configuration files. */
PbayProvider *pbay_provider_new(PbayDriver *driver, const char *name, const char *options_json,
                                const char *const *secrets, GError **error);
PbayProvider *pbay_provider_ref(PbayProvider *provider);
void pbay_provider_unref(PbayProvider *provider); /* [any], as pbay_snapshot_unref */

/* JSON texts for the public API, appended. */
void pbay_snapshot_list_drivers(const PbaySnapshot *snapshot, GString *out);
bool pbay_snapshot_show_driver(const PbaySnapshot *snapshot, const char *id, GString *out,
                               GError **error);
void pbay_snapshot_list_providers(const PbaySnapshot *snapshot, GString *out);
void pbay_snapshot_list_models(const PbaySnapshot *snapshot, const char *prefix_or_null,
                               GString *out);
bool pbay_snapshot_is_secret(void *snapshot, const PbaySection *section,
                             const char *key); /* PbayIsSecretFn */

#endif
