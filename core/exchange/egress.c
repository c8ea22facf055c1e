/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of addresses that a FOREIGN request may not reach, after IANA's special-purpose
 * registries for IPv4 and IPv6 (RFC 6890), and the walk through them. Pure; any thread. It
 * resolves no names and opens nothing: the transport asks it about what the resolver gave. */
#include "exchange/egress.h"

#include "base/str.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

typedef struct Block {
    PbayCidr cidr;
    const char *what;
} Block;

#define V4(a, b, c, d, n)                                                                          \
    {                                                                                              \
        AF_INET, (n),                                                                              \
        {                                                                                          \
            (a), (b), (c), (d)                                                                     \
        }                                                                                          \
    }

static const Block refused_v4[] = {
    {V4(0, 0, 0, 0, 8), "\"this network\" address"},
    {V4(10, 0, 0, 0, 8), "private network address"},
    {V4(100, 64, 0, 0, 10), "shared (carrier) network address"},
    {V4(127, 0, 0, 0, 8), "loopback address"},
    {V4(169, 254, 0, 0, 16), "link-local address"},
    {V4(172, 16, 0, 0, 12), "private network address"},
    {V4(192, 0, 0, 0, 24), "reserved address"},
    {V4(192, 0, 2, 0, 24), "documentation address"},
    {V4(192, 88, 99, 0, 24), "reserved address"},
    {V4(192, 168, 0, 0, 16), "private network address"},
    {V4(198, 18, 0, 0, 15), "benchmark network address"},
    {V4(198, 51, 100, 0, 24), "documentation address"},
    {V4(203, 0, 113, 0, 24), "documentation address"},
    {V4(224, 0, 0, 0, 4), "multicast address"},
    {V4(240, 0, 0, 0, 4), "reserved address"},
};

/* First match decides, and what no row names is outside 2000::/3 or inside it. */
static const Block refused_v6[] = {
    {{AF_INET6, 128, {[15] = 1}}, "loopback address"},
    {{AF_INET6, 128, {0}}, "unspecified address"},
    {{AF_INET6, 7, {0xfc}}, "private network address"},
    {{AF_INET6, 10, {0xfe, 0x80}}, "link-local address"},
    {{AF_INET6, 10, {0xfe, 0xc0}}, "private network address"},
    {{AF_INET6, 8, {0xff}}, "multicast address"},
    {{AF_INET6, 48, {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}}, "private network address"},
    {{AF_INET6, 23, {0x20, 0x01}}, "reserved address"}, /* Teredo, ORCHID, benchmarks */
    {{AF_INET6, 32, {0x20, 0x01, 0x0d, 0xb8}}, "documentation address"},
    {{AF_INET6, 20, {0x3f, 0xff}}, "documentation address"},
};

/* Where IPv4 hides inside IPv6: the prefix, and the byte at which the inner address begins. */
typedef struct Wrapping {
    PbayCidr cidr;
    size_t at;
} Wrapping;

static const Wrapping wrappings[] = {
    {{AF_INET6, 96, {[10] = 0xff, [11] = 0xff}}, 12}, /* IPv4-mapped, RFC 4291 */
    {{AF_INET6, 96, {0x00, 0x64, 0xff, 0x9b}}, 12},   /* NAT64, RFC 6052       */
    {{AF_INET6, 16, {0x20, 0x02}}, 2},                /* 6to4, RFC 3056        */
};

static const PbayCidr global_unicast_v6 = {AF_INET6, 3, {0x20}};

static bool inside(const PbayCidr *cidr, int family, const uint8_t *address)
{
    size_t whole = cidr->bits / 8;
    unsigned rest = cidr->bits % 8;
    if (cidr->family != family || memcmp(cidr->address, address, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    uint8_t mask = (uint8_t)(0xffu << (8 - rest));
    return (cidr->address[whole] & mask) == (address[whole] & mask);
}

static bool bits_clear_behind(const PbayCidr *cidr)
{
    size_t n = cidr->family == AF_INET ? 4 : 16;
    for (unsigned bit = cidr->bits; bit < n * 8; bit++)
        if ((cidr->address[bit / 8] & (0x80u >> (bit % 8))) != 0)
            return false;
    return true;
}

static bool parse_address(const char *text, int *family, uint8_t address[16])
{
    memset(address, 0, 16);
    *family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    return inet_pton(*family, text, address) == 1;
}

bool pbay_egress_cidr_parse(const char *text, PbayCidr *cidr)
{
    char host[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (!parse_address(host, &cidr->family, cidr->address))
        return false;
    unsigned max = cidr->family == AF_INET ? 32 : 128;
    cidr->bits = max;
    if (slash != NULL) {
        guint64 bits;
        if (!g_ascii_string_to_unsigned(slash + 1, 10, 0, max, &bits, NULL))
            return false;
        cidr->bits = (unsigned)bits;
    }
    bool wrapped_v4 = cidr->family == AF_INET6 && cidr->bits >= 96 &&
                      inside(&wrappings[0].cidr, AF_INET6, cidr->address);
    return !wrapped_v4 && bits_clear_behind(cidr);
}

static bool allowed(int family, const uint8_t *address, char *const *allow)
{
    for (size_t i = 0; allow != NULL && allow[i] != NULL; i++) {
        PbayCidr cidr;
        if (pbay_egress_cidr_parse(allow[i], &cidr) && inside(&cidr, family, address))
            return true;
    }
    return false;
}

static const char *look_up(const Block *blocks, size_t n, int family, const uint8_t *address)
{
    for (size_t i = 0; i < n; i++)
        if (inside(&blocks[i].cidr, family, address))
            return blocks[i].what;
    return NULL;
}

static const char *judge(int family, const uint8_t *address, char *const *allow)
{
    if (allowed(family, address, allow))
        return NULL;
    if (family == AF_INET)
        return look_up(refused_v4, G_N_ELEMENTS(refused_v4), AF_INET, address);
    for (size_t i = 0; i < G_N_ELEMENTS(wrappings); i++)
        if (inside(&wrappings[i].cidr, AF_INET6, address))
            return judge(AF_INET, address + wrappings[i].at, allow);
    const char *what = look_up(refused_v6, G_N_ELEMENTS(refused_v6), AF_INET6, address);
    if (what == NULL && !inside(&global_unicast_v6, AF_INET6, address))
        what = "reserved address";
    return what;
}

const char *pbay_egress_refuses(const struct sockaddr *address, socklen_t len, char *const *allow)
{
    if (address->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return judge(AF_INET, (const uint8_t *)&v4.sin_addr, allow);
    }
    if (address->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return judge(AF_INET6, v6.sin6_addr.s6_addr, allow);
    }
    return "address of an unknown family";
}

/* The address that host is written as, brackets and zone removed. */
static bool host_address(const char *host, int *family, uint8_t address[16])
{
    char text[INET6_ADDRSTRLEN];
    size_t skip = host[0] == '[' ? 1 : 0;
    size_t len = strcspn(host + skip, "]%");
    if (len >= sizeof text)
        return false;
    memcpy(text, host + skip, len);
    text[len] = '\0';
    return parse_address(text, family, address);
}

const char *pbay_egress_refuses_origin(const char *scheme, const char *host, char *const *allow)
{
    int family;
    uint8_t address[16];
    bool literal = host_address(host, &family, address);
    if (g_ascii_strcasecmp(scheme, "https") == 0)
        return literal ? judge(family, address, allow) : NULL;
    if (g_ascii_strcasecmp(scheme, "http") != 0)
        return "URL that is not https";
    if (!literal)
        return "plain http URL of a host name (only https, or an address that [egress] allow "
               "names)";
    return allowed(family, address, allow)
               ? NULL
               : "plain http URL (only https, or an address that [egress] allow names)";
}

bool pbay_egress_check_address(const struct sockaddr *address, char *const *allow)
{
    socklen_t len =
        address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    return pbay_egress_refuses(address, len, allow) == NULL;
}

static PbayFailure *refusal(const char *shown, const char *why)
{
    return pbay_failure_new(
        PB_ERR_INVALID,
        "%s is not fetched: it is a %s. Addresses outside the public internet are "
        "opened with allow = CIDR in section [egress].",
        shown, why);
}

char *pbay_egress_show_url(pb_str url)
{
    if (url.len == 0)
        return g_strdup("an empty URL");
    GString *shown = g_string_new(NULL);
    size_t n = 0;
    while (n < url.len && n < 200 && url.ptr[n] != '?' && url.ptr[n] != '#')
        n++;
    const char *scheme_end = g_strstr_len(url.ptr, (gssize)n, "://");
    size_t host = scheme_end != NULL ? (size_t)(scheme_end - url.ptr) + 3 : 0;
    size_t skip = host;
    for (size_t i = host; i < n && url.ptr[i] != '/'; i++)
        if (url.ptr[i] == '@')
            skip = i + 1;
    pbay_str_append(shown, (pb_str){url.ptr, host});
    pbay_text_append_utf8(shown, (pb_str){url.ptr + skip, n - skip});
    if (n < url.len && n == 200)
        g_string_append(shown, "...");
    return g_string_free(shown, FALSE);
}

PbayFailure *pbay_egress_check_url(pb_str url, char *const *allow)
{
    g_autofree char *text = pbay_str_dup(url);
    g_autofree char *shown = pbay_egress_show_url(url);
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    PbayFailure *failure = NULL;
    if (strlen(text) != url.len ||
        curl_url_set(parts, CURLUPART_URL, text, CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME) !=
            CURLUE_OK ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
        failure = pbay_failure_new(PB_ERR_INVALID, "%s is not an absolute https URL", shown);
    } else if (curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_OK) {
        failure = pbay_failure_new(PB_ERR_INVALID, "%s is not fetched: the URL carries a user name",
                                   shown);
    } else {
        const char *why = pbay_egress_refuses_origin(scheme, host, allow);
        failure = why != NULL ? refusal(shown, why) : NULL;
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(parts);
    return failure;
}
