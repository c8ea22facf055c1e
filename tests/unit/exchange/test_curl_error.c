/* SPDX-License-Identifier: Apache-2.0 */
/* Each of libcurl's codes: class, the words that name host and remedy, never an empty message. */
#include "exchange/curl_internal.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static PbayFailure *failure_of(CURLcode code)
{
    return pbay_curl_failure(&(PbayCurlFacts){
        .code = code, .detail = "", .host = "api.test:8443", .expected = -1, .connect_ms = 1234});
}

static void test_classes(void)
{
    static const struct {
        CURLcode code;
        int32_t cls;
        const char *word;
    } rows[] = {
        {CURLE_COULDNT_RESOLVE_HOST, PB_ERR_UPSTREAM, "does not resolve"},
        {CURLE_COULDNT_RESOLVE_PROXY, PB_ERR_UPSTREAM, "https_proxy"},
        {CURLE_PROXY, PB_ERR_UPSTREAM, "proxy"},
        {CURLE_COULDNT_CONNECT, PB_ERR_UPSTREAM, "cannot connect"},
        {CURLE_OPERATION_TIMEDOUT, PB_ERR_TIMEOUT, "1234 ms"},
        {CURLE_PEER_FAILED_VERIFICATION, PB_ERR_UPSTREAM, "ca-file"},
        {CURLE_SSL_CONNECT_ERROR, PB_ERR_UPSTREAM, "ca-file"},
        {CURLE_SSL_CACERT_BADFILE, PB_ERR_CONFIG, "ca-file"},
        {CURLE_UNSUPPORTED_PROTOCOL, PB_ERR_PROTOCOL, "HTTP server"},
        {CURLE_WEIRD_SERVER_REPLY, PB_ERR_PROTOCOL, "HTTP server"},
        {CURLE_BAD_CONTENT_ENCODING, PB_ERR_PROTOCOL, "encoded"},
        {CURLE_OUT_OF_MEMORY, PB_ERR_PROTOCOL, "64 KiB"},
        {(CURLcode)100, PB_ERR_PROTOCOL, "64 KiB"},
        {CURLE_URL_MALFORMAT, PB_ERR_CONFIG, "base-url"},
        {CURLE_GOT_NOTHING, PB_ERR_UPSTREAM, "before it had answered"},
        {CURLE_RECV_ERROR, PB_ERR_UPSTREAM, "before it had answered"},
        {CURLE_SEND_ERROR, PB_ERR_UPSTREAM, "before it had answered"},
        {CURLE_HTTP2_STREAM, PB_ERR_UPSTREAM, "before it had answered"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        PbayFailure *failure = failure_of(rows[i].code);
        g_assert_cmpint(failure->cls, ==, rows[i].cls);
        g_assert_nonnull(strstr(failure->message, rows[i].word));
        pbay_failure_unref(failure);
    }
}

static void test_every_code(void)
{
    for (int code = 1; code <= 120; code++) {
        PbayFailure *failure = failure_of((CURLcode)code);
        g_assert_cmpint(failure->cls, !=, 0);
        g_assert_nonnull(strstr(failure->message, "api.test:8443") != NULL
                             ? failure->message
                             : strstr(failure->message, "ca-file"));
        pbay_failure_unref(failure);
    }
}

/* A certificate is the same a second later; a handshake that broke off need not be. */
static void test_retryable(void)
{
    PbayCurlFacts facts = {
        .code = CURLE_PEER_FAILED_VERIFICATION, .detail = "expired", .host = "h"};
    g_autoptr(PbayFailure) certificate = pbay_curl_failure(&facts);
    g_assert_false(certificate->retryable);
    facts.code = CURLE_SSL_CONNECT_ERROR;
    g_autoptr(PbayFailure) handshake = pbay_curl_failure(&facts);
    g_assert_true(handshake->retryable);
}

static void test_cut(void)
{
    PbayCurlFacts facts = {.code = CURLE_PARTIAL_FILE,
                           .detail = "transfer closed",
                           .host = "h",
                           .have_head = true,
                           .received = 10,
                           .expected = 100};
    PbayFailure *failure = pbay_curl_failure(&facts);
    g_assert_nonnull(strstr(failure->message, "after 10 of 100 bytes (transfer closed)"));
    g_assert_true(failure->retryable);
    pbay_failure_unref(failure);
    facts.expected = -1;
    failure = pbay_curl_failure(&facts);
    g_assert_nonnull(strstr(failure->message, "after 10 bytes"));
    pbay_failure_unref(failure);
}

static void test_errno(void)
{
    PbayCurlFacts facts = {.code = CURLE_COULDNT_CONNECT, .host = "h", .os_errno = ENETUNREACH};
    PbayFailure *failure = pbay_curl_failure(&facts);
    g_assert_nonnull(strstr(failure->message, g_strerror(ENETUNREACH)));
    pbay_failure_unref(failure);
}

/* libcurl's own words tell what a code alone does not: which remedy helps, who refused. */
static void test_words(void)
{
    static const struct {
        CURLcode code;
        const char *host, *detail, *word, *other;
    } rows[] = {
        {CURLE_PEER_FAILED_VERIFICATION, "api.test",
         "SSL certificate problem: self-signed certificate", "ca-file", "clock"},
        {CURLE_PEER_FAILED_VERIFICATION, "api.test",
         "SSL certificate problem: certificate has expired", "clock", "ca-file"},
        {CURLE_PEER_FAILED_VERIFICATION, "api.test",
         "SSL: no alternative certificate subject name matches target host name 'api.test'",
         "base-url", "ca-file"},
        {CURLE_COULDNT_CONNECT, "api.test", "Failed to connect to api.test port 443 after 1 ms: x",
         "cannot connect to api.test", "the proxy:"},
        {CURLE_COULDNT_CONNECT, "api.test:81",
         "Failed to connect to api.test port 81 after 1 ms: x", "cannot connect to api.test:81",
         "the proxy:"},
        {CURLE_COULDNT_CONNECT, "api.test:81",
         "Failed to connect to api.test port 3128 after 1 ms: x", "through the proxy", "base-url"},
        {CURLE_COULDNT_CONNECT, "api.test",
         "Failed to connect to proxy.test port 443 after 1 ms: x", "through the proxy", "base-url"},
        {CURLE_COULDNT_CONNECT, "[::1]:81", "Failed to connect to ::1 port 81 after 1 ms: x",
         "cannot connect to [::1]:81", "the proxy:"},
        {CURLE_COULDNT_CONNECT, "api.test", "Failed to connect to nothing we know",
         "cannot connect to api.test", "the proxy:"},
        {CURLE_RECV_ERROR, "api.test", "CONNECT tunnel failed, response 407", "through the proxy",
         "closed the connection"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        PbayFailure *failure = pbay_curl_failure(&(PbayCurlFacts){
            .code = rows[i].code, .detail = rows[i].detail, .host = rows[i].host, .expected = -1});
        g_assert_cmpint(failure->cls, ==, PB_ERR_UPSTREAM);
        g_assert_nonnull(strstr(failure->message, rows[i].host));
        g_assert_nonnull(strstr(failure->message, rows[i].word));
        g_assert_null(strstr(failure->message, rows[i].other));
        pbay_failure_unref(failure);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/curl-error/classes", test_classes);
    g_test_add_func("/curl-error/every-code", test_every_code);
    g_test_add_func("/curl-error/cut", test_cut);
    g_test_add_func("/curl-error/retryable", test_retryable);
    g_test_add_func("/curl-error/errno", test_errno);
    g_test_add_func("/curl-error/words", test_words);
    return g_test_run();
}
