/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the judgement of single values by type. Pure; any thread. Its messages say what a value
 * should be and never quote it: it may be a secret, or come from a variable that was meant for
 * something else. */
#include "config/types.h"

#include "base/str.h"
#include "base/text.h"
#include "config/expand.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#define WEIGHT_MAX 1000000

bool pbay_config_parse_int(const char *text, int64_t *value)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return false;
    errno = 0;
    *value = g_ascii_strtoll(text, NULL, 10);
    return errno == 0;
}

const char *pbay_config_find_control(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return p;
    return NULL;
}

static bool has_blank_or_control(const char *text)
{
    return strpbrk(text, " \t") != NULL || pbay_config_find_control(text) != NULL;
}

static char *clean_fault(const char *item)
{
    const char *at = pbay_config_find_control(item);
    if (at == NULL)
        return NULL;
    return g_strdup_printf("holds a control character (0x%02x as byte %zu)", (unsigned char)*at,
                           (size_t)(at - item) + 1);
}

static char *secret_fault(const char *item)
{
    size_t len = strlen(item);
    if (len >= 2 && (item[0] == '"' || item[0] == '\'') && item[len - 1] == item[0])
        return g_strdup("stands in quotes, which would be sent with it: write it without");
    return clean_fault(item);
}

static char *range_fault(const PbayKeyDef *def, int64_t value, const char *unit)
{
    if (value >= def->min && value <= def->max)
        return NULL;
    return g_strdup_printf("is out of range: %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s",
                           def->min, def->max, unit);
}

static char *quantity_fault(const PbayKeyDef *def, const char *item)
{
    int64_t value = 0;
    bool flag = false;
    switch (def->type) {
    case PBAY_KEY_BOOL:
        return pbay_text_bool(item, &flag) ? NULL
                                           : g_strdup("is neither true, yes, 1 nor false, no, 0");
    case PBAY_KEY_INTEGER:
        return pbay_config_parse_int(item, &value) ? range_fault(def, value, "")
                                                   : g_strdup("is no whole number");
    case PBAY_KEY_DURATION:
        return pbay_text_duration(item, &value)
                   ? range_fault(def, value, " ms")
                   : g_strdup("is no duration: write 250ms, 20s, 5m or 1h (at most 30 days)");
    case PBAY_KEY_SIZE:
        return pbay_text_size(item, &value)
                   ? range_fault(def, value, " bytes")
                   : g_strdup("is no size: write a number of bytes, 64KiB, 16MiB or 1GiB");
    default:
        return NULL;
    }
}

static char *decimal_fault(const char *item)
{
    size_t whole = strspn(item, "0123456789");
    const char *rest = item + whole;
    size_t fraction = 0;
    if (rest[0] == '.') {
        fraction = strspn(rest + 1, "0123456789");
        rest += 1 + fraction;
        whole = fraction == 0 ? 0 : whole;
    }
    if (whole == 0 || rest[0] != '\0')
        return g_strdup("is no amount: write digits with a point, such as 2.50");
    if (whole > 12 || fraction > 12)
        return g_strdup("is out of range: at most 12 digits before and behind the point");
    return NULL;
}

static char *choice_fault(const PbayKeyDef *def, const char *item)
{
    g_auto(GStrv) choices = g_strsplit(def->choices, "|", -1);
    if (g_strv_contains((const char *const *)choices, item))
        return NULL;
    const char *near = pbay_text_nearest(item, (const char *const *)choices);
    g_autofree char *all = g_strjoinv(", ", choices);
    return near != NULL ? g_strdup_printf("is none of %s (did you mean %s?)", all, near)
                        : g_strdup_printf("is none of %s", all);
}

/* The host part behind scheme:// begins with something, and all is printable without blanks. */
static bool is_url(const char *item, const char *scheme, bool bare_origin)
{
    if (g_ascii_strncasecmp(item, scheme, strlen(scheme)) != 0 || has_blank_or_control(item))
        return false;
    const char *host = item + strlen(scheme);
    size_t len = strcspn(host, "/?#");
    if (len == 0)
        return false;
    if (!bare_origin)
        return true;
    return memchr(host, '@', len) == NULL &&
           (host[len] == '\0' || (host[len] == '/' && host[len + 1] == '\0'));
}

static char *url_fault(const char *item)
{
    if (is_url(item, "https://", false) || is_url(item, "http://", false))
        return NULL;
    return g_strdup("is no URL: write http:// or https://, a host and a path, without blanks");
}

static char *origin_fault(const char *item)
{
    if (is_url(item, "https://", true) || is_url(item, "http://", true))
        return NULL;
    return g_strdup("is no origin: write http:// or https:// and a host, without a path");
}

static char *proxy_fault(const char *item)
{
    static const char *const SCHEMES[] = {"http://",   "https://",   "socks4://", "socks4a://",
                                          "socks5://", "socks5h://", NULL};
    if (item[0] == '\0')
        return NULL;
    for (const char *const *scheme = SCHEMES; *scheme != NULL; scheme++)
        if (is_url(item, *scheme, false))
            return NULL;
    return g_strdup("is no proxy URL: write http://, https://, socks4://, socks4a://, socks5:// or "
                    "socks5h:// and host:port, or leave it empty for none");
}

/* True when no bit behind the first `bits` is set. */
static bool is_masked(const unsigned char *address, size_t bytes, int64_t bits)
{
    for (size_t i = 0; i < bytes * 8; i++)
        if ((int64_t)i >= bits && (address[i / 8] >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

static char *cidr_fault(const char *item)
{
    g_auto(GStrv) parts = g_strsplit(item, "/", -1);
    guint n = g_strv_length(parts);
    unsigned char address[16];
    bool v4 = n >= 1 && inet_pton(AF_INET, parts[0], address) == 1;
    bool v6 = n >= 1 && !v4 && inet_pton(AF_INET6, parts[0], address) == 1;
    if (n < 1 || n > 2 || (!v4 && !v6))
        return g_strdup("is no network: write 10.0.0.0/8, fd00::/8 or one address");
    int64_t most = v4 ? 32 : 128, bits = most;
    if (n == 2 && (!pbay_config_parse_int(parts[1], &bits) || bits < 0 || bits > most))
        return g_strdup_printf("is no network: %d bits at most stand behind the slash", (int)most);
    if (!is_masked(address, v4 ? 4 : 16, bits))
        return g_strdup_printf("is no network: its address has bits beyond the first %d",
                               (int)bits);
    return NULL;
}

bool pbay_config_is_target_name(const char *name)
{
    const char *slash = strchr(name, '/');
    if (slash == NULL || slash == name || slash[1] == '\0')
        return false;
    g_autofree char *provider = g_strndup(name, (size_t)(slash - name));
    return pbay_schema_is_plain_name(provider) && !has_blank_or_control(name);
}

static bool parse_weight(const char *word, int64_t *weight)
{
    return g_str_has_prefix(word, "weight=") && pbay_config_parse_int(word + 7, weight) &&
           *weight >= 0 && *weight <= WEIGHT_MAX;
}

bool pbay_config_parse_target(const char *item, char **target, int64_t *weight, const char **why)
{
    g_auto(GStrv) words = g_strsplit_set(item, " \t", -1);
    const char *name = words[0] != NULL ? words[0] : "";
    int64_t parsed = 1;
    if (target != NULL)
        *target = NULL;
    if (!pbay_config_is_target_name(name)) {
        *why = "is no target: write PROVIDER/MODEL, such as openai/gpt-4o-mini";
        return false;
    }
    bool weighed = false;
    for (char **word = words + 1; *word != NULL; word++) {
        if ((*word)[0] == '\0')
            continue;
        if (weighed || !parse_weight(*word, &parsed)) {
            *why = "has something behind the model other than one weight=N (0 to 1000000)";
            return false;
        }
        weighed = true;
    }
    if (target != NULL)
        *target = g_strdup(name);
    if (weight != NULL)
        *weight = parsed;
    return true;
}

static char *word_fault(const PbayKeyDef *def, const char *item)
{
    const char *why = NULL;
    switch (def->type) {
    case PBAY_KEY_NAME:
        return pbay_schema_is_plain_name(item)
                   ? NULL
                   : g_strdup("is no name: a-z, 0-9, _ and -, beginning with a letter or digit");
    case PBAY_KEY_ENV:
        return pbay_config_is_env_name(pbay_str(item))
                   ? NULL
                   : g_strdup("is no name of an environment variable: write it without ${env:}");
    case PBAY_KEY_HOSTS:
        return strchr(item, ';') == NULL && pbay_config_find_control(item) == NULL
                   ? NULL
                   : g_strdup("is no list of hosts: separate them with commas");
    case PBAY_KEY_PATH:
        return item[0] == '/' && pbay_config_find_control(item) == NULL
                   ? NULL
                   : g_strdup("is no absolute path");
    case PBAY_KEY_GLOB:
        return item[0] != '\0' && !has_blank_or_control(item)
                   ? NULL
                   : g_strdup("is no pattern of model names: it holds no blanks");
    case PBAY_KEY_MODEL:
        return item[0] != '\0' && pbay_config_find_control(item) == NULL
                   ? NULL
                   : g_strdup("is no model name: write PROVIDER/MODEL or the name of a [model]");
    case PBAY_KEY_TARGET:
        return pbay_config_parse_target(item, NULL, NULL, &why) ? NULL : g_strdup(why);
    default:
        return NULL;
    }
}

char *pbay_config_type_fault(const PbayKeyDef *def, const char *item)
{
    switch (def->type) {
    case PBAY_KEY_SECRET:
        return secret_fault(item);
    case PBAY_KEY_HEADER:
        return clean_fault(item);
    case PBAY_KEY_BOOL:
    case PBAY_KEY_INTEGER:
    case PBAY_KEY_DURATION:
    case PBAY_KEY_SIZE:
        return quantity_fault(def, item);
    case PBAY_KEY_DECIMAL:
        return decimal_fault(item);
    case PBAY_KEY_CHOICE:
        return choice_fault(def, item);
    case PBAY_KEY_URL:
        return url_fault(item);
    case PBAY_KEY_ORIGIN:
        return origin_fault(item);
    case PBAY_KEY_PROXY:
        return proxy_fault(item);
    case PBAY_KEY_CIDR:
        return cidr_fault(item);
    default:
        return word_fault(def, item);
    }
}

const char *pbay_config_header_fault(const char *key)
{
    static const char *const OURS[] = {
        "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade",
        "te",   "trailer",        "keep-alive",        NULL};
    const char *name = key + strlen("header.");
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "!#$%&'*+-.^_`|~");
    if (len == 0 || name[len] != '\0')
        return "no HTTP header has such a name";
    g_autofree char *lower = g_ascii_strdown(name, -1);
    if (g_strv_contains(OURS, lower))
        return "this header belongs to the connection and is written by Patchbay alone";
    return NULL;
}
