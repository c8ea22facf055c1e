/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the tables of what conf.d may hold. Pure data and lookups in it; any thread. What a driver
 * adds to a provider section is in its manifest and must not appear here. */
#include "config/schema.h"

#include "base/str.h"

#define MONTH_MS       (INT64_C(30) * 24 * 3600 * 1000)
#define SIZE_MAX_BYTES (INT64_C(1) << 40)
#define COUNT_MAX      INT64_C(1000000000000)
#define QUEUE_MAX      INT64_C(1000000)
#define DROPS          "warn|drop|error"

#define DURATION(key, text)                                                                        \
    {                                                                                              \
        .name = key, .type = PBAY_KEY_DURATION, .max = MONTH_MS, .help = text                      \
    }
#define COUNT(key, text)                                                                           \
    {                                                                                              \
        .name = key, .type = PBAY_KEY_INTEGER, .min = 1, .max = COUNT_MAX, .help = text            \
    }
#define MONEY(key, text)                                                                           \
    {                                                                                              \
        .name = key, .type = PBAY_KEY_DECIMAL, .help = text                                        \
    }

/* Bounds in time: of [defaults], a provider, a model. */
#define TIMEOUT_KEYS                                                                               \
    DURATION("timeout-connect", "until the connection stands, TLS included; 0 = no bound"),        \
        DURATION("timeout-first-byte", "until the first byte of the answer; 0 = no bound"),        \
        DURATION("timeout-first-token",                                                            \
                 "of a stream: until its first content, then the next attempt; 0 = no bound"),     \
        DURATION("timeout-idle", "the longest gap between two bytes of an answer; 0 = no bound"),  \
        DURATION("timeout-attempt", "one attempt, then the next; 0 = no bound"),                   \
        DURATION("timeout", "the whole call with all its attempts; 0 = no bound")

/* How hard a call tries: of [defaults], a model. */
#define RESILIENCE_KEYS                                                                            \
    {.name = "retries",                                                                            \
     .type = PBAY_KEY_INTEGER,                                                                     \
     .max = 100,                                                                                   \
     .help = "further attempts on a target before the next one; built in: 2"},                     \
        {.name = "attempts",                                                                       \
         .type = PBAY_KEY_INTEGER,                                                                 \
         .min = 1,                                                                                 \
         .max = 100,                                                                               \
         .help = "all attempts of one call together; built in: 6"},                                \
    {                                                                                              \
        .name = "hedge", .type = PBAY_KEY_BOOL,                                                    \
        .help = "yes: a second target is asked too when the first token is late"                   \
    }

/* A list of names of models, each a [model] or PROVIDER/MODEL. */
#define ROUTES(key, text)                                                                          \
    {                                                                                              \
        .name = key, .type = PBAY_KEY_MODEL, .list = true, .help = text                            \
    }

/* What a provider inherits from [defaults]. */
#define SHARED_KEYS                                                                                \
    TIMEOUT_KEYS,                                                                                  \
        {.name = "max-response",                                                                   \
         .type = PBAY_KEY_SIZE,                                                                    \
         .min = 1,                                                                                 \
         .max = SIZE_MAX_BYTES,                                                                    \
         .help = "the largest answer accepted"},                                                   \
    {                                                                                              \
        .name = "drop-params", .type = PBAY_KEY_CHOICE, .choices = DROPS,                          \
        .help = "a parameter the vendor does not take: tell and drop, drop, or refuse the call"    \
    }

static const PbayKeyDef DEFAULTS_KEYS[] = {
    {.name = "model", .type = PBAY_KEY_MODEL, .help = "the model when a request names none"},
    SHARED_KEYS,
    RESILIENCE_KEYS,
    {0},
};

static const PbayKeyDef PROVIDER_KEYS[] = {
    {.name = "driver", .type = PBAY_KEY_NAME, .help = "the driver's id; default: the name"},
    {.name = "base-url", .type = PBAY_KEY_URL, .help = "where the vendor's API begins"},
    {.name = "api-key",
     .type = PBAY_KEY_SECRET,
     .list = true,
     .help = "the key, or several: on 401 or quota the next"},
    {.name = "match",
     .type = PBAY_KEY_GLOB,
     .list = true,
     .help = "bare model names that mean this provider"},
    {.name = "require",
     .type = PBAY_KEY_NAME,
     .list = true,
     .help = "the secrets without which it is not configured; none = no key is needed"},
    SHARED_KEYS,
    {.name = "ca-file", .type = PBAY_KEY_PATH, .help = "PEM file of the authorities to trust"},
    {.name = "proxy", .type = PBAY_KEY_PROXY, .help = "the proxy's URL; empty = none"},
    {.name = "no-proxy", .type = PBAY_KEY_HOSTS, .help = "hosts reached without the proxy"},
    {.name = "origins",
     .type = PBAY_KEY_ORIGIN,
     .list = true,
     .help = "further scheme://host[:port] that may receive this provider's secrets"},
    {.name = "header.*", .type = PBAY_KEY_HEADER, .help = "header.NAME: a header of each request"},
    {.name = "*-env",
     .type = PBAY_KEY_ENV,
     .list = true,
     .help = "OPTION-env: environment variables for an option or secret; the first set one wins"},
    {0},
};

static const PbayKeyDef MODEL_KEYS[] = {
    {.name = "targets",
     .type = PBAY_KEY_TARGET,
     .list = true,
     .help = "provider/model, each with weight=N if wanted; one target makes this name an alias"},
    {.name = "strategy",
     .type = PBAY_KEY_CHOICE,
     .choices = "order|weighted|least-busy|latency|cost|budget|rules",
     .help = "how one of several targets is chosen; built in: order"},
    ROUTES("fallbacks", "what follows when all before failed"),
    ROUTES("context-window-fallbacks", "what follows when a target finds the request too long"),
    ROUTES("content-policy-fallbacks", "what follows when a target refuses the content"),
    MONEY("max-cost", "strategy budget: US dollars that a request may cost by estimate"),
    {.name = "prefer",
     .type = PBAY_KEY_CHOICE,
     .choices = "cheap|balanced|expensive",
     .help = "strategy budget: which of those within max-cost; built in: balanced"},
    {.name = "over-budget",
     .type = PBAY_KEY_CHOICE,
     .choices = "cheapest|refuse",
     .help = "strategy budget: what to do when none is within max-cost; built in: cheapest"},
    {.name = "labels-from",
     .type = PBAY_KEY_CHOICE,
     .choices = "metadata",
     .help = "strategy rules: a request member whose texts are read as labels too"},
    {.name = "default",
     .type = PBAY_KEY_MODEL,
     .help = "strategy rules: where a request goes when no rule applies"},
    {.name = "rule.*",
     .type = PBAY_KEY_STRING,
     .help = "strategy rules: rule.N = CONDITION -> PROVIDER/MODEL or a [model]; the lowest N that "
             "applies wins"},
    RESILIENCE_KEYS,
    TIMEOUT_KEYS,
    {0},
};

static const PbayKeyDef DRIVER_KEYS[] = {
    {.name = "critical",
     .type = PBAY_KEY_BOOL,
     .help = "yes: a driver that is missing or skipped fails the start"},
    {.name = "priority",
     .type = PBAY_KEY_INTEGER,
     .min = -1000000,
     .max = 1000000,
     .help = "of two drivers that claim one prefix the higher wins"},
    {0},
};

static const PbayKeyDef LIMITS_KEYS[] = {
    COUNT("rpm", "requests a minute"),
    COUNT("tpm", "tokens a minute"),
    COUNT("parallel", "requests at a time"),
    {.name = "queue",
     .type = PBAY_KEY_INTEGER,
     .max = QUEUE_MAX,
     .help = "requests that may wait for their turn; 0 = none, the next target is taken"},
    DURATION("queue-timeout", "how long one waits; built in: 10s"),
    COUNT("context", "tokens that fit in one request"),
    {0},
};

static const PbayKeyDef PRICE_KEYS[] = {
    MONEY("input", "US dollars per million input tokens"),
    MONEY("output", "US dollars per million output tokens"),
    MONEY("cached-input", "US dollars per million input tokens read from the vendor's cache"),
    MONEY("cache-write", "US dollars per million input tokens written to the vendor's cache"),
    MONEY("reasoning", "US dollars per million reasoning tokens; default: as output"),
    MONEY("image", "US dollars an image"),
    MONEY("request", "US dollars a request"),
    MONEY("above-*", "above-N.FIGURE: the figure for requests that read more than N tokens"),
    {0},
};

static const PbayKeyDef LOG_KEYS[] = {
    {.name = "level",
     .type = PBAY_KEY_CHOICE,
     .choices = "debug|info|warn|error|none",
     .help = "what is logged"},
    {.name = "format",
     .type = PBAY_KEY_CHOICE,
     .choices = "text|json",
     .help = "lines of text or of JSON"},
    {0},
};

static const PbayKeyDef EGRESS_KEYS[] = {
    {.name = "allow",
     .type = PBAY_KEY_CIDR,
     .list = true,
     .help = "private networks that images and vendors' links may be fetched from"},
    {0},
};

static const PbayKeyDef HEALTH_KEYS[] = {
    MONEY("daily-cap", "US dollars a day that billed probes may cost; built in: 0.10"),
    {.name = "timeout",
     .type = PBAY_KEY_DURATION,
     .min = 1,
     .max = MONTH_MS,
     .help = "how long one probe may take; built in: 30s"},
    {0},
};

static const PbaySectionDef SECTIONS[] = {
    {"defaults", PBAY_NAME_NONE, false, DEFAULTS_KEYS, "what holds unless said otherwise"},
    {"provider", PBAY_NAME_PLAIN, true, PROVIDER_KEYS, "an account at a vendor, through a driver"},
    {"model", PBAY_NAME_FREE, false, MODEL_KEYS, "a name that clients ask for"},
    {"driver", PBAY_NAME_PLAIN, false, DRIVER_KEYS, "how a driver is loaded"},
    {"limits", PBAY_NAME_ACCOUNT, false, LIMITS_KEYS, "what a provider or target may be asked for"},
    {"price", PBAY_NAME_TARGET, false, PRICE_KEYS, "what a target costs"},
    {"health", PBAY_NAME_NONE, false, HEALTH_KEYS, "how providers are probed"},
    {"log", PBAY_NAME_NONE, false, LOG_KEYS, "the log on stderr"},
    {"egress", PBAY_NAME_NONE, false, EGRESS_KEYS, "where links from outside may lead"},
    {0},
};

const PbaySectionDef *pbay_schema_sections(void)
{
    return SECTIONS;
}

const PbaySectionDef *pbay_schema_section(const char *kind)
{
    for (const PbaySectionDef *section = SECTIONS; section->kind != NULL; section++)
        if (strcmp(section->kind, kind) == 0)
            return section;
    return NULL;
}

/* family: "header.*" or "*-env"; the star stands for at least one character. */
static bool in_family(const char *family, const char *key)
{
    size_t len = strlen(family) - 1;
    if (strlen(key) <= len)
        return false;
    if (family[0] == '*')
        return g_str_has_suffix(key, family + 1);
    return family[len] == '*' && strncmp(family, key, len) == 0;
}

const PbayKeyDef *pbay_schema_key(const PbaySectionDef *section, const char *key)
{
    for (const PbayKeyDef *def = section->keys; def->name != NULL; def++)
        if (strcmp(def->name, key) == 0 && strchr(key, '*') == NULL)
            return def;
    for (const PbayKeyDef *def = section->keys; def->name != NULL; def++)
        if (strchr(def->name, '*') != NULL && in_family(def->name, key))
            return def;
    return NULL;
}

const char **pbay_schema_key_names(const PbaySectionDef *section)
{
    GPtrArray *names = g_ptr_array_new();
    for (const PbayKeyDef *def = section->keys; def->name != NULL; def++)
        if (strchr(def->name, '*') == NULL)
            g_ptr_array_add(names, (gpointer)def->name);
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}

bool pbay_schema_is_plain_name(const char *name)
{
    if (!g_ascii_islower(name[0]) && !g_ascii_isdigit(name[0]))
        return false;
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return name[len] == '\0' && len <= 64;
}

bool pbay_schema_is_header_key(const char *key)
{
    return in_family("header.*", key);
}
