/* SPDX-License-Identifier: Apache-2.0 */
/* Which sections conf.d knows, which keys each holds, and what a value must be: one table a
 * section, used by the checks, by hints for typos and by whoever lists them (the command line,
 * snapshot/). All of it is static data; any thread. */
#ifndef PBAY_CONFIG_SCHEMA_H
#define PBAY_CONFIG_SCHEMA_H

#include "config/config.h"

typedef enum PbayKeyType {
    PBAY_KEY_STRING,
    PBAY_KEY_SECRET, /* as STRING; never shown, no control characters          */
    PBAY_KEY_HEADER, /* as STRING; no control characters, shown unless secret  */
    PBAY_KEY_BOOL,
    PBAY_KEY_INTEGER,  /* min..max                                               */
    PBAY_KEY_DURATION, /* ms, s, m, h or seconds                                 */
    PBAY_KEY_SIZE,     /* bytes, KiB, MiB, GiB                                   */
    PBAY_KEY_DECIMAL,  /* exact: digits, and a fraction if any                   */
    PBAY_KEY_CHOICE,   /* one of `choices`, "a|b|c"                              */
    PBAY_KEY_NAME,     /* [a-z0-9_-]+ beginning with a letter or digit           */
    PBAY_KEY_ENV,      /* the name of an environment variable                    */
    PBAY_KEY_URL,      /* http or https                                          */
    PBAY_KEY_ORIGIN,   /* scheme://host[:port]; may hold {option}                */
    PBAY_KEY_PROXY,    /* http, https, socks4(a), socks5(h) URL, or empty: none  */
    PBAY_KEY_HOSTS,    /* host names with commas, as no_proxy has them           */
    PBAY_KEY_PATH,     /* absolute                                               */
    PBAY_KEY_GLOB,     /* `*` and `?`, no blanks                                 */
    PBAY_KEY_CIDR,     /* IPv4 or IPv6 address, with /bits or alone              */
    PBAY_KEY_MODEL,    /* a model name as clients write it                       */
    PBAY_KEY_TARGET,   /* provider/model, then weight=N if wanted                */
    PBAY_KEY_OPEN      /* a driver's: text that only its manifest can judge      */
} PbayKeyType;

typedef struct PbayKeyDef {
    const char *name; /* "api-key"; "header.*" "above-*" "*-env": a family of keys */
    PbayKeyType type;
    bool list;
    const char *choices;
    int64_t min, max; /* INTEGER, DURATION (ms), SIZE */
    const char *help;
} PbayKeyDef;

typedef enum PbaySectionName {
    PBAY_NAME_NONE,   /* [defaults]                          */
    PBAY_NAME_PLAIN,  /* [a-z0-9_-]+: [provider groq]        */
    PBAY_NAME_FREE,   /* anything: [model high quality]      */
    PBAY_NAME_TARGET, /* provider/model: [price openai/gpt-4] */
    PBAY_NAME_ACCOUNT /* that, or a provider: [limits openai] */
} PbaySectionName;

typedef struct PbaySectionDef {
    const char *kind;
    PbaySectionName name;
    bool open;              /* keeps keys it does not know: a driver's options and secrets */
    const PbayKeyDef *keys; /* ends with a NULL name */
    const char *help;
} PbaySectionDef;

/* All of them; ends with a NULL kind. */
const PbaySectionDef *pbay_schema_sections(void);

/* NULL: no such kind. */
const PbaySectionDef *pbay_schema_section(const char *kind);

/* The definition a key falls under, exact names before families. NULL: the section does not know
 * it. */
const PbayKeyDef *pbay_schema_key(const PbaySectionDef *section, const char *key);

/* The names of a section's keys, for pbay_text_nearest; families are left out. g_free the array
 * only. */
const char **pbay_schema_key_names(const PbaySectionDef *section);

/* [a-z0-9_-]+ beginning with a letter or digit, at most 64 bytes. */
bool pbay_schema_is_plain_name(const char *name);

/* The "header.*" family: its keys are one whatever their case. */
bool pbay_schema_is_header_key(const char *key);

#endif
