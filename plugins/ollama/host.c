/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of OLLAMA_HOST, which the server and its own client read more liberally than
 * a URL. Source: the vendor's FAQ, and its function envconfig.Host. Pure; any thread. */
#include "host.h"

#include "lib/str.h"

#define DEFAULT_PORT "11434"

typedef struct Parts {
    pb_str scheme; /* "https://"; empty: not given */
    pb_str host, port, path;
} Parts;

static pb_str head(pb_str s, size_t n)
{
    return (pb_str){s.ptr, n};
}

static size_t find(pb_str s, char c)
{
    const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return at != NULL ? (size_t)(at - s.ptr) : s.len;
}

/* "gpu:8080", "[::1]:8080", "::1", ":8080" */
static void split_port(pb_str authority, Parts *parts)
{
    size_t close = find(authority, ']');
    size_t from = close < authority.len ? close : 0;
    size_t colon = from + find(pbs_skip(authority, from), ':');
    pb_str rest = pbs_skip(authority, colon + 1);
    bool bare_ipv6 = close == authority.len && find(rest, ':') < rest.len;
    parts->host = bare_ipv6 || colon >= authority.len ? authority : head(authority, colon);
    parts->port = bare_ipv6 ? (pb_str){NULL, 0} : rest;
}

static Parts split(pb_str given)
{
    Parts parts = {0};
    size_t scheme = pbs_find_nocase(given, "://");
    if (scheme != PBS_NONE) {
        parts.scheme = head(given, scheme + 3);
        given = pbs_skip(given, scheme + 3);
    }
    size_t slash = find(given, '/');
    parts.path = pbs_skip(given, slash);
    split_port(head(given, slash), &parts);
    return parts;
}

static bool ends_in(pb_str s, const char *end)
{
    size_t n = strlen(end);
    return s.len >= n && pbs_is(pbs_skip(s, s.len - n), end);
}

static pb_str trim_path(pb_str path)
{
    while (path.len > 0 && path.ptr[path.len - 1] == '/')
        path.len--;
    if (ends_in(path, "/api"))
        path.len -= 4;
    else if (ends_in(path, "/v1"))
        path.len -= 3;
    while (path.len > 0 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

static bool add_host(pb_str host, pbs_buf *url)
{
    if (host.len == 0 || pbs_is(host, "0.0.0.0"))
        return pbs_buf_add(url, PBS_STR("127.0.0.1"));
    if (pbs_is(host, "::") || pbs_is(host, "[::]"))
        return pbs_buf_add(url, PBS_STR("[::1]"));
    if (host.ptr[0] != '[' && find(host, ':') < host.len)
        return pbs_buf_add_char(url, '[') && pbs_buf_add(url, host) && pbs_buf_add_char(url, ']');
    return pbs_buf_add(url, host);
}

bool ollama_host_url(pb_str given, pbs_buf *url)
{
    Parts parts = split(pbs_trim(given));
    bool bare = parts.scheme.len == 0;
    bool cloud = bare && pbs_is(parts.host, "ollama.com") && parts.port.len == 0;
    if (bare)
        parts.scheme = cloud ? PBS_STR("https://") : PBS_STR("http://");
    if (bare && !cloud && parts.port.len == 0)
        parts.port = PBS_STR(DEFAULT_PORT);
    if (!pbs_buf_add(url, parts.scheme) || !add_host(parts.host, url))
        return false;
    if (parts.port.len > 0 && !(pbs_buf_add_char(url, ':') && pbs_buf_add(url, parts.port)))
        return false;
    return pbs_buf_add(url, trim_path(parts.path));
}
