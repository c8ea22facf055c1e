/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request made straight through a transport, and all that came of it; for tests of the
 * transport over libcurl. Header-only: each test that uses it uses all of it. */
#ifndef PBAY_TESTS_EXCHANGE_FETCH_H
#define PBAY_TESTS_EXCHANGE_FETCH_H

#include "base/str.h"
#include "exchange/curl_transport.h"
#include "support/raw_server.h"

#include <glib.h>
#include <string.h>

/* A loop, the transport, and a server with what it does. */
typedef struct Bench {
    PbayLoop *loop;
    PbayTransport *transport;
    RawServer *server;
} Bench;

typedef struct Fetch Fetch;
struct Fetch {
    Bench *bench;
    PbayHttpRequest request;
    PbayTransfer *transfer; /* NULL: over */
    char *url;
    int status;
    GString *headers, *body; /* "name: value\n" */
    unsigned heads, chunks, ends, failures;
    PbayFailure *failure;
    bool sent;
    /* What to do when it is called, or NULL. */
    void (*at_head)(Fetch *fetch);
    void (*at_bytes)(Fetch *fetch);
    void (*at_end)(Fetch *fetch);
    void *data;
};

static inline Bench *bench_new(RawServeFn serve, void *user)
{
    Bench *bench = g_new0(Bench, 1);
    bench->loop = pbay_loop_new(NULL);
    bench->transport = pbay_curl_transport_new(bench->loop, NULL);
    g_assert_nonnull(bench->transport);
    if (serve != NULL)
        bench->server = raw_server_new(serve, user);
    return bench;
}

static inline void bench_free(Bench *bench)
{
    bench->transport->free(bench->transport);
    pbay_loop_free(bench->loop);
    if (bench->server != NULL)
        raw_server_free(bench->server);
    g_free(bench);
}

static inline void fetch_head(void *user, int status, const PbayHttpHeader *headers, size_t n)
{
    Fetch *fetch = user;
    g_assert_nonnull(fetch->transfer);
    fetch->heads++;
    fetch->status = status;
    for (size_t i = 0; i < n; i++) {
        pbay_str_append(fetch->headers, headers[i].name);
        g_string_append(fetch->headers, ": ");
        pbay_str_append(fetch->headers, headers[i].value);
        g_string_append_c(fetch->headers, '\n');
    }
    if (fetch->at_head != NULL)
        fetch->at_head(fetch);
}

static inline void fetch_bytes(void *user, pb_str bytes)
{
    Fetch *fetch = user;
    g_assert_nonnull(fetch->transfer);
    fetch->chunks++;
    pbay_str_append(fetch->body, bytes);
    if (fetch->at_bytes != NULL)
        fetch->at_bytes(fetch);
}

static inline void fetch_end(void *user)
{
    Fetch *fetch = user;
    fetch->ends++;
    fetch->transfer = NULL;
    if (fetch->at_end != NULL)
        fetch->at_end(fetch);
}

static inline void fetch_failed(void *user, PbayFailure *failure, bool sent)
{
    Fetch *fetch = user;
    fetch->failures++;
    fetch->transfer = NULL;
    fetch->failure = failure;
    fetch->sent = sent;
    g_test_message("%s", failure->message);
}

static inline void fetch_init(Fetch *fetch, Bench *bench, const char *path)
{
    *fetch = (Fetch){.bench = bench, .headers = g_string_new(NULL), .body = g_string_new(NULL)};
    fetch->url = path[0] == '/' ? raw_server_url(bench->server, path) : g_strdup(path);
    fetch->request =
        (PbayHttpRequest){.method = PBAY_STR("GET"), .url = pbay_str(fetch->url), .proxy = ""};
}

static inline void fetch_start(Fetch *fetch)
{
    static const PbayHttpEvents events = {fetch_head, fetch_bytes, fetch_end, fetch_failed};
    PbayTransport *transport = fetch->bench->transport;
    fetch->transfer = transport->start(transport, &fetch->request, &events, fetch);
    g_assert_nonnull(fetch->transfer);
    g_assert_cmpuint(fetch->heads + fetch->failures, ==, 0);
}

static inline void fetch_abort(Fetch *fetch)
{
    PbayTransfer *transfer = g_steal_pointer(&fetch->transfer);
    fetch->bench->transport->abort(transfer);
}

static inline void fetch_drain(Fetch *fetch)
{
    PbayTransfer *transfer = g_steal_pointer(&fetch->transfer);
    fetch->bench->transport->drain(transfer);
}

static inline void bench_until(Bench *bench, bool (*fn)(void *data), void *data)
{
    gint64 end = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
    while (!fn(data)) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_assert_true(pbay_loop_turn(bench->loop, 50));
    }
}

static inline bool fetch_is_over(void *data)
{
    return ((Fetch *)data)->transfer == NULL;
}

static inline bool flag_is_set(void *data)
{
    return raw_flag_is_set(data);
}

/* Starts, turns until it is over. */
static inline void fetch_run(Fetch *fetch)
{
    fetch_start(fetch);
    bench_until(fetch->bench, fetch_is_over, fetch);
    g_assert_cmpuint(fetch->ends + fetch->failures, <=, 1);
}

static inline void fetch_clear(Fetch *fetch)
{
    g_assert_null(fetch->transfer);
    g_string_free(fetch->headers, TRUE);
    g_string_free(fetch->body, TRUE);
    pbay_failure_unref(fetch->failure);
    g_free(fetch->url);
}

static inline void fetch_assert_failed(const Fetch *fetch, int32_t cls, const char *word)
{
    g_assert_cmpuint(fetch->failures, ==, 1);
    g_assert_cmpint(fetch->failure->cls, ==, cls);
    if (strstr(fetch->failure->message, word) == NULL)
        g_error("\"%s\" lacks \"%s\"", fetch->failure->message, word);
}

#endif
