/* SPDX-License-Identifier: Apache-2.0 */
/* Origins of URLs, strictly: whatever the HTTP library might read otherwise than this file
 * (escapes in the host, backslashes, other alphabets) has no origin, so that no secret ever goes
 * there. Pure; any thread. */
#include "snapshot/origin.h"

#include "base/str.h"
#include "snapshot/snapshot.h"

#include <string.h>

/* The host at the head of authority, or len 0. */
static pb_str take_host(pb_str authority)
{
    size_t n = 0;
    if (authority.len > 0 && authority.ptr[0] == '[') {
        while (n < authority.len && authority.ptr[n] != ']')
            n++;
        bool plain = n > 1 && n < authority.len;
        for (size_t i = 1; plain && i < n; i++)
            plain = g_ascii_isxdigit(authority.ptr[i]) || strchr(":.", authority.ptr[i]) != NULL;
        return (pb_str){authority.ptr, plain ? n + 1 : 0};
    }
    while (n < authority.len && authority.ptr[n] != '\0' &&
           (g_ascii_isalnum(authority.ptr[n]) || strchr(".-_", authority.ptr[n]) != NULL))
        n++;
    return (pb_str){authority.ptr, n};
}

/* ":8080" -> 8080; "" and ":" -> otherwise; -1: no port. */
static int take_port(pb_str text, int otherwise)
{
    int port = 0;
    if (text.len <= 1)
        return text.len == 0 || text.ptr[0] == ':' ? otherwise : -1;
    if (text.ptr[0] != ':' || text.len > 6)
        return -1;
    for (size_t i = 1; i < text.len; i++) {
        if (!g_ascii_isdigit(text.ptr[i]))
            return -1;
        port = port * 10 + (text.ptr[i] - '0');
    }
    return port > 0 && port < 65536 ? port : -1;
}

/* Nothing between the two that some parser takes for the end of the host. */
static bool is_plain(const char *from, const char *to)
{
    for (const char *p = from; p < to; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || *p == '\\')
            return false;
    return true;
}

char *pbay_url_origin(pb_str url)
{
    bool secure = url.len > 8 && g_ascii_strncasecmp(url.ptr, "https://", 8) == 0;
    if (!secure && (url.len <= 7 || g_ascii_strncasecmp(url.ptr, "http://", 7) != 0))
        return NULL;
    pb_str rest = {url.ptr + (secure ? 8 : 7), url.len - (secure ? 8 : 7)};
    pb_str authority = {rest.ptr, 0};
    while (authority.len < rest.len && memchr("/?#", rest.ptr[authority.len], 3) == NULL)
        authority.len++;
    const char *at = authority.len > 0 ? memrchr(authority.ptr, '@', authority.len) : NULL;
    if (at != NULL) { /* user:password@ is no part of an origin */
        if (!is_plain(authority.ptr, at))
            return NULL;
        authority.len -= (size_t)(at + 1 - authority.ptr);
        authority.ptr = at + 1;
    }
    pb_str host = take_host(authority);
    int usual = secure ? 443 : 80;
    int port = take_port((pb_str){authority.ptr + host.len, authority.len - host.len}, usual);
    if (host.len == 0 || port < 0)
        return NULL;
    g_autofree char *lower = g_ascii_strdown(host.ptr, (gssize)host.len);
    return port == usual ? g_strdup_printf("%s://%s", secure ? "https" : "http", lower)
                         : g_strdup_printf("%s://%s:%d", secure ? "https" : "http", lower, port);
}

/* Of the one label that is a star, or NULL. */
static char *find_star(const char *url)
{
    char *star = strstr(url, ".*.");
    const char *host = strstr(url, "://");
    if (star == NULL || host == NULL || star <= host + 3 || strchr(star + 2, '*') != NULL ||
        memchr(url, '*', (size_t)(star - url)) != NULL || strpbrk(host + 3, "/?#@[") != NULL)
        return NULL;
    return strchr(star + 3, '.') != NULL ? star + 1 : NULL;
}

char *pbay_origin_pattern(pb_str url)
{
    g_autofree char *text = pbay_str_dup(url);
    char *star = find_star(text);
    if (star == NULL)
        return pbay_url_origin(url);
    size_t at = (size_t)(star - text);
    *star = 'x';
    char *origin = pbay_url_origin(pbay_str(text));
    if (origin != NULL && g_str_has_prefix(origin, "https://"))
        origin[at] = '*';
    else
        g_clear_pointer(&origin, g_free);
    return origin;
}

static bool is_label(const char *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!g_ascii_isalnum(from[i]) && from[i] != '-')
            return false;
    return n > 0;
}

bool pbay_origin_matches(const char *pattern, const char *origin)
{
    const char *star = strchr(pattern, '*');
    if (star == NULL)
        return strcmp(pattern, origin) == 0;
    size_t head = (size_t)(star - pattern), tail = strlen(star + 1), n = strlen(origin);
    return n > head + tail && memcmp(pattern, origin, head) == 0 &&
           strcmp(origin + n - tail, star + 1) == 0 && is_label(origin + head, n - head - tail);
}

char *pbay_origin_fill(const char *text, GHashTable *values, char **lacking)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *p = text; *p != '\0';) {
        const char *close = *p == '{' ? strchr(p, '}') : NULL;
        if (close == NULL) {
            g_string_append_c(out, *p++);
            continue;
        }
        g_autofree char *name = g_strndup(p + 1, (size_t)(close - p - 1));
        const char *value = g_hash_table_lookup(values, name);
        if (value == NULL) {
            if (lacking != NULL)
                *lacking = g_steal_pointer(&name);
            return NULL;
        }
        g_string_append(out, value);
        p = close + 1;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
