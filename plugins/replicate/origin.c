/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the comparison of origins and sites. It is stricter than URLs are: a link with a user name,
 * an escape or a letter that host names have not is of no origin. Pure; any thread. */
#include "origin.h"

typedef struct Origin {
    bool secure;
    pb_str host, port; /* port "": the usual one */
} Origin;

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool same(pb_str a, pb_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

static bool begins(pb_str s, const char *head)
{
    size_t n = strlen(head);
    return s.len >= n && same((pb_str){s.ptr, n}, pbs_str(head));
}

static bool is_host_char(char c)
{
    c = lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

static bool is_digits(pb_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return true;
}

static bool read_origin(pb_str url, Origin *out)
{
    out->secure = begins(url, "https://");
    if (!out->secure && !begins(url, "http://"))
        return false;
    pb_str rest = pbs_skip(url, out->secure ? 8 : 7);
    size_t host = 0, end = 0;
    while (host < rest.len && is_host_char(rest.ptr[host]))
        host++;
    for (end = host; end < rest.len && strchr("/?#", rest.ptr[end]) == NULL;)
        end++;
    pb_str port = {rest.ptr + host, end - host};
    if (host == 0 || (port.len > 0 && port.ptr[0] != ':') || !is_digits(pbs_skip(port, 1)))
        return false;
    port = pbs_skip(port, 1);
    if (pbs_is(port, out->secure ? "443" : "80"))
        port = (pb_str){NULL, 0};
    out->host = (pb_str){rest.ptr, host};
    out->port = port;
    return true;
}

bool replicate_same_origin(pb_str a, pb_str b)
{
    Origin first, second;
    return read_origin(a, &first) && read_origin(b, &second) && first.secure == second.secure &&
           same(first.host, second.host) && pbs_eq(first.port, second.port);
}

/* The host without its first label, if at least two are left and it is no address. */
static pb_str site_of(pb_str host)
{
    size_t dots = 0, first = 0, last = 0;
    for (size_t i = 0; i < host.len; i++) {
        if (host.ptr[i] != '.')
            continue;
        if (dots++ == 0)
            first = i;
        last = i;
    }
    bool address = is_digits(pbs_skip(host, last + 1));
    return dots < 2 || address ? host : pbs_skip(host, first + 1);
}

bool replicate_same_site(pb_str base, pb_str url)
{
    Origin ours, theirs;
    if (!read_origin(base, &ours) || !read_origin(url, &theirs) || !theirs.secure ||
        theirs.port.len > 0)
        return false;
    pb_str site = site_of(ours.host);
    if (theirs.host.len <= site.len)
        return same(theirs.host, site);
    pb_str tail = pbs_skip(theirs.host, theirs.host.len - site.len);
    return same(tail, site) && theirs.host.ptr[theirs.host.len - site.len - 1] == '.';
}
