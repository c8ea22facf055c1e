/* SPDX-License-Identifier: MIT */
/* Owns the signature: the canonical request, the derived key, and the headers that carry it. It
 * runs in sign(); keys derived from the secret stay on the stack and are wiped, and so is the
 * buffer that held the session token. It must not change what is signed. */
#include "lib/sigv4.h"

#include "lib/error.h"
#include "lib/hex.h"
#include "lib/str.h"
#include "lib/url.h"

#include <stdio.h>

#define CANONICAL_MAX     ((size_t)128 * 1024)
#define AUTHORIZATION_MAX ((size_t)4096)
#define SECRET_MAX        512u
#define QUERY_MAX         32u
#define ALGORITHM         "AWS4-HMAC-SHA256"

static void wipe(void *bytes, size_t n)
{
    volatile char *p = bytes;
    while (n-- > 0)
        *p++ = 0;
}

/* ---- Time ---- */

bool pbs_sigv4_time(int64_t now_ms, char out[PBS_SIGV4_TIME_SIZE])
{
    int64_t seconds = now_ms / 1000, days = seconds / 86400, rest = seconds % 86400;
    if (now_ms < 0 || days > 2932896) /* 9999-12-31 */
        return false;
    int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    unsigned year = (unsigned)(yoe + era * 400 + (month <= 2 ? 1 : 0));
    snprintf(out, PBS_SIGV4_TIME_SIZE, "%04u%02u%02uT%02u%02u%02uZ", year % 10000, month % 100,
             day % 100, (unsigned)(rest / 3600) % 100, (unsigned)(rest / 60 % 60),
             (unsigned)(rest % 60));
    return true;
}

/* ---- Path and query ---- */

/* The part of a URL that begins with its path: "" for one without. */
static pb_str path_and_query(pb_str url)
{
    size_t scheme = pbs_find_nocase(url, "://");
    size_t from = 0;
    if (scheme == PBS_NONE || (url.len > 0 && url.ptr[0] == '/'))
        return url;
    from = scheme + 3;
    while (from < url.len && url.ptr[from] != '/' && url.ptr[from] != '?' && url.ptr[from] != '#')
        from++;
    return pbs_skip(url, from);
}

static pb_str until(pb_str s, char c)
{
    const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return at != NULL ? (pb_str){s.ptr, (size_t)(at - s.ptr)} : s;
}

static bool add_path(pb_str path, pbs_buf *out)
{
    return path.len == 0 ? pbs_buf_add_char(out, '/') : pbs_url_encode(out, path, "/");
}

/* One name or value of a query, whatever way it was encoded. */
static bool add_decoded(pb_str text, pbs_buf *out)
{
    pbs_buf plain;
    pbs_buf_init(&plain, CANONICAL_MAX);
    bool ok = pbs_url_decode(&plain, text) && pbs_url_encode(out, pbs_buf_str(&plain), NULL);
    pbs_buf_free(&plain);
    return ok;
}

static int compare(pb_str a, pb_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* "a=b&c" as encoded pairs in `pairs`; each begins behind the one before. */
static size_t split_query(pb_str query, pbs_buf *text, pb_str pairs[QUERY_MAX])
{
    size_t ends[QUERY_MAX], n = 0;
    while (query.len > 0 && n < QUERY_MAX) {
        pb_str pair = until(query, '&'), name = until(pair, '=');
        query = pbs_skip(query, pair.len + 1);
        if (pair.len == 0)
            continue;
        if (!add_decoded(name, text) || !pbs_buf_add_char(text, '=') ||
            !add_decoded(pbs_skip(pair, name.len + 1), text))
            return PBS_NONE;
        ends[n++] = text->len;
    }
    for (size_t i = 0; i < n; i++) {
        size_t from = i > 0 ? ends[i - 1] : 0;
        pairs[i] = (pb_str){text->ptr + from, ends[i] - from};
    }
    return query.len > 0 ? PBS_NONE : n;
}

/* By name, then by value: '=' would sort behind '-' and '.', which names may hold. */
static int compare_pairs(pb_str a, pb_str b)
{
    pb_str name = until(a, '='), other = until(b, '=');
    int order = compare(name, other);
    return order != 0 ? order : compare(pbs_skip(a, name.len), pbs_skip(b, other.len));
}

static bool add_query(pb_str query, pbs_buf *out)
{
    pb_str pairs[QUERY_MAX];
    pbs_buf text;
    pbs_buf_init(&text, CANONICAL_MAX);
    size_t n = split_query(query, &text, pairs);
    bool ok = n != PBS_NONE;
    for (size_t i = 1; ok && i < n; i++)
        for (size_t j = i; j > 0 && compare_pairs(pairs[j - 1], pairs[j]) > 0; j--) {
            pb_str held = pairs[j];
            pairs[j] = pairs[j - 1];
            pairs[j - 1] = held;
        }
    for (size_t i = 0; ok && i < n; i++)
        ok = (i == 0 || pbs_buf_add_char(out, '&')) && pbs_buf_add(out, pairs[i]);
    pbs_buf_free(&text);
    return ok;
}

/* ---- Headers ---- */

static void sort_headers(pbs_sigv4_request *request)
{
    pbs_sigv4_header *headers = request->headers;
    for (size_t i = 1; i < request->n_headers; i++)
        for (size_t j = i; j > 0 && compare(headers[j - 1].name, headers[j].name) > 0; j--) {
            pbs_sigv4_header held = headers[j];
            headers[j] = headers[j - 1];
            headers[j - 1] = held;
        }
}

/* Trimmed, and each run of blanks inside as one. */
static bool add_value(pb_str value, pbs_buf *out)
{
    bool ok = true;
    value = pbs_trim(value);
    for (size_t i = 0; ok && i < value.len; i++)
        if (value.ptr[i] != ' ' || value.ptr[i - 1] != ' ')
            ok = pbs_buf_add_char(out, value.ptr[i]);
    return ok;
}

static bool is_repeated(const pbs_sigv4_request *request, size_t i)
{
    return i > 0 && pbs_eq(request->headers[i].name, request->headers[i - 1].name);
}

static bool add_headers(const pbs_sigv4_request *request, pbs_buf *out)
{
    bool ok = true;
    for (size_t i = 0; ok && i < request->n_headers; i++) {
        if (is_repeated(request, i))
            ok = pbs_buf_add_char(out, ',');
        else
            ok = (i == 0 || pbs_buf_add_char(out, '\n')) &&
                 pbs_buf_add(out, request->headers[i].name) && pbs_buf_add_char(out, ':');
        ok = ok && add_value(request->headers[i].value, out);
    }
    return ok && pbs_buf_add(out, PBS_STR("\n\n"));
}

static bool add_names(const pbs_sigv4_request *request, pbs_buf *out)
{
    bool ok = true;
    for (size_t i = 0; ok && i < request->n_headers; i++)
        if (!is_repeated(request, i))
            ok = (i == 0 || pbs_buf_add_char(out, ';')) &&
                 pbs_buf_add(out, request->headers[i].name);
    return ok;
}

/* ---- The signature ---- */

static bool add_hash(const pb_core_api *api, pb_str bytes, pbs_buf *out)
{
    uint8_t hash[32];
    char hex[64];
    api->sha256(bytes, hash);
    pbs_hex_encode((pb_str){(const char *)hash, sizeof hash}, hex);
    return pbs_buf_add(out, (pb_str){hex, sizeof hex});
}

bool pbs_sigv4_canonical(const pb_core_api *api, pbs_sigv4_request *request, pbs_buf *out)
{
    pb_str target = until(path_and_query(request->url), '#'), path = until(target, '?');
    sort_headers(request);
    return pbs_buf_add(out, request->method) && pbs_buf_add_char(out, '\n') &&
           add_path(path, out) && pbs_buf_add_char(out, '\n') &&
           add_query(pbs_skip(target, path.len + 1), out) && pbs_buf_add_char(out, '\n') &&
           add_headers(request, out) && add_names(request, out) && pbs_buf_add_char(out, '\n') &&
           add_hash(api, request->body, out);
}

static bool add_scope(const pbs_sigv4_scope *scope, pbs_buf *out)
{
    return pbs_buf_add(out, (pb_str){scope->time, 8}) && pbs_buf_add_char(out, '/') &&
           pbs_buf_add(out, scope->region) && pbs_buf_add_char(out, '/') &&
           pbs_buf_add(out, scope->service) && pbs_buf_add(out, PBS_STR("/aws4_request"));
}

static bool add_string_to_sign(const pb_core_api *api, pbs_sigv4_request *request,
                               const pbs_sigv4_scope *scope, pbs_buf *out)
{
    pbs_buf canonical;
    pbs_buf_init(&canonical, CANONICAL_MAX);
    bool ok = pbs_sigv4_canonical(api, request, &canonical) &&
              pbs_buf_add(out, PBS_STR(ALGORITHM "\n")) &&
              pbs_buf_add(out, (pb_str){scope->time, 16}) && pbs_buf_add_char(out, '\n') &&
              add_scope(scope, out) && pbs_buf_add_char(out, '\n') &&
              add_hash(api, pbs_buf_str(&canonical), out);
    wipe(canonical.ptr, canonical.len);
    pbs_buf_free(&canonical);
    return ok;
}

static void derive(const pb_core_api *api, uint8_t key[32], pb_str text)
{
    uint8_t next[32];
    api->hmac_sha256((pb_str){(const char *)key, 32}, text, next);
    memcpy(key, next, sizeof next);
    wipe(next, sizeof next);
}

static bool sign_text(const pb_core_api *api, pb_str secret, const pbs_sigv4_scope *scope,
                      pb_str text, char hex[64])
{
    char first[4 + SECRET_MAX];
    uint8_t key[32];
    if (secret.len == 0 || secret.len > SECRET_MAX)
        return false;
    memcpy(first, "AWS4", 4);
    memcpy(first + 4, secret.ptr, secret.len);
    api->hmac_sha256((pb_str){first, 4 + secret.len}, (pb_str){scope->time, 8}, key);
    wipe(first, sizeof first);
    derive(api, key, scope->region);
    derive(api, key, scope->service);
    derive(api, key, PBS_STR("aws4_request"));
    derive(api, key, text);
    pbs_hex_encode((pb_str){(const char *)key, sizeof key}, hex);
    wipe(key, sizeof key);
    return true;
}

bool pbs_sigv4_authorization(const pb_core_api *api, pbs_sigv4_request *request,
                             const pbs_sigv4_key *key, const pbs_sigv4_scope *scope, pbs_buf *out)
{
    char hex[64];
    pbs_buf text;
    pbs_buf_init(&text, AUTHORIZATION_MAX);
    bool ok = add_string_to_sign(api, request, scope, &text) &&
              sign_text(api, key->secret, scope, pbs_buf_str(&text), hex);
    pbs_buf_free(&text);
    return ok && pbs_buf_add(out, PBS_STR(ALGORITHM " Credential=")) && pbs_buf_add(out, key->id) &&
           pbs_buf_add_char(out, '/') && add_scope(scope, out) &&
           pbs_buf_add(out, PBS_STR(", SignedHeaders=")) && add_names(request, out) &&
           pbs_buf_add(out, PBS_STR(", Signature=")) && pbs_buf_add(out, (pb_str){hex, sizeof hex});
}

/* ---- In sign() ---- */

static bool is_signed(pb_str name)
{
    return pbs_is(name, "host") || pbs_is(name, "content-type") ||
           (pbs_has_prefix(name, PBS_STR("x-amz")) && !pbs_is(name, "x-amzn-trace-id"));
}

/* The authority of a URL without its user and without a default port: the header Host. */
static pb_str host_of(pb_str url)
{
    pb_str path = path_and_query(url);
    size_t scheme = pbs_find_nocase(url, "://");
    bool plain = scheme == 4;
    pb_str host = pbs_skip((pb_str){url.ptr, url.len - path.len}, scheme + 3);
    const char *port = plain ? ":80" : ":443";
    pb_str at = until(host, '@');
    if (at.len < host.len)
        host = pbs_skip(host, at.len + 1);
    size_t n = strlen(port);
    if (host.len > n && pbs_is(pbs_skip(host, host.len - n), port))
        host.len -= n;
    return host;
}

static bool take_headers(const pbs_ctx *ctx, pbs_sigv4_request *request)
{
    pb_str name, value;
    bool has_host = false;
    for (size_t i = 0; ctx->api->http_header_at(ctx->x, i, &name, &value) != 0; i++) {
        if (!is_signed(name))
            continue;
        if (request->n_headers == PBS_SIGV4_HEADERS_MAX)
            return false;
        has_host = has_host || pbs_is(name, "host");
        request->headers[request->n_headers++] = (pbs_sigv4_header){name, value};
    }
    if (has_host)
        return true;
    if (request->n_headers == PBS_SIGV4_HEADERS_MAX || request->url.ptr == NULL)
        return false;
    request->headers[request->n_headers++] =
        (pbs_sigv4_header){PBS_STR("host"), host_of(request->url)};
    return true;
}

pb_next pbs_sigv4(const pbs_ctx *ctx, const pbs_sigv4_key *key, pb_str region, pb_str service,
                  int64_t now_ms)
{
    pbs_sigv4_request request = {.n_headers = 0};
    pbs_sigv4_scope scope = {.region = region, .service = service};
    pbs_buf value;
    if (!pbs_sigv4_time(now_ms, scope.time))
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "the clock of this machine is out of all bounds; set it right");
    ctx->api->http_header(ctx->x, PBS_STR("x-amz-date"), (pb_str){scope.time, 16});
    if (key->token.len > 0)
        ctx->api->http_header(ctx->x, PBS_STR("x-amz-security-token"), key->token);
    ctx->api->http_view(ctx->x, &request.method, &request.url, &request.body);
    pbs_buf_init(&value, AUTHORIZATION_MAX);
    bool ok = take_headers(ctx, &request) &&
              pbs_sigv4_authorization(ctx->api, &request, key, &scope, &value);
    if (ok)
        ctx->api->http_header(ctx->x, PBS_STR("authorization"), pbs_buf_str(&value));
    pbs_buf_free(&value);
    if (!ok)
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "the request cannot be signed: the secret key is empty or longer than 512 "
                        "bytes, or the session token is far too long; check the credentials");
    return PB_SEND;
}
