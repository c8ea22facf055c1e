/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl's codes mean, in words that name the host, what failed and what to do, and their
 * class. Pure; any thread. */
#include "exchange/curl_internal.h"

#include <string.h>

/* libcurl's own words, where it has some. */
static const char *words(const PbayCurlFacts *f)
{
    return f->detail != NULL && f->detail[0] != '\0' ? f->detail : curl_easy_strerror(f->code);
}

static PbayFailure *no_proxy(const PbayCurlFacts *f)
{
    return pbay_failure_new(PB_ERR_UPSTREAM,
                            "cannot reach %s through the proxy: %s; check `proxy` or the variable "
                            "https_proxy",
                            f->host, words(f));
}

/* libcurl tried somebody else than the host: "Failed to connect to HOST port PORT after ...". */
static bool was_proxy(const PbayCurlFacts *f)
{
    static const char lead[] = "Failed to connect to ";
    if (f->host[0] == '[' || !g_str_has_prefix(words(f), lead))
        return false;
    const char *host = words(f) + sizeof lead - 1;
    const char *port = strstr(host, " port ");
    if (port == NULL)
        return false;
    g_autofree char *name = g_strndup(host, (gsize)(port - host));
    g_autofree char *full = g_strdup_printf("%s:%" G_GUINT64_FORMAT, name,
                                            g_ascii_strtoull(port + strlen(" port "), NULL, 10));
    return strcmp(f->host, strchr(f->host, ':') != NULL ? full : name) != 0;
}

static PbayFailure *refused(const PbayCurlFacts *f)
{
    const char *why = f->os_errno != 0 ? g_strerror((int)f->os_errno) : words(f);
    if (was_proxy(f))
        return no_proxy(f);
    return pbay_failure_new(PB_ERR_UPSTREAM,
                            "cannot connect to %s: %s; is the server running there, is base-url "
                            "right, does a firewall or proxy stand between?",
                            f->host, why);
}

static PbayFailure *cut(const PbayCurlFacts *f)
{
    if (strstr(words(f), "CONNECT tunnel") != NULL) /* 7.88 has no code of its own for it */
        return no_proxy(f);
    if (!f->have_head)
        return pbay_failure_new(
            PB_ERR_UPSTREAM,
            "%s closed the connection before it had answered (%s); trying again "
            "may help",
            f->host, words(f));
    if (f->expected > 0)
        return pbay_failure_new(PB_ERR_UPSTREAM,
                                "the reply of %s was cut after %" G_GINT64_FORMAT
                                " of %" G_GINT64_FORMAT " bytes (%s); trying again may help",
                                f->host, f->received, f->expected, words(f));
    return pbay_failure_new(PB_ERR_UPSTREAM,
                            "the reply of %s was cut after %" G_GINT64_FORMAT
                            " bytes (%s); trying again may help",
                            f->host, f->received, words(f));
}

/* What a certificate lacks, as libcurl and OpenSSL say it, decides what helps. */
static PbayFailure *tls(const PbayCurlFacts *f)
{
    if (strstr(words(f), "target host name") != NULL || strstr(words(f), "target ipv") != NULL)
        return pbay_failure_new(PB_ERR_UPSTREAM,
                                "no secure connection to %s: %s; its certificate is another "
                                "server's: check the host in base-url",
                                f->host, words(f));
    if (strstr(words(f), "expired") != NULL)
        return pbay_failure_new(PB_ERR_UPSTREAM,
                                "no secure connection to %s: %s; the server needs a new one, "
                                "unless this machine's clock is wrong",
                                f->host, words(f));
    return pbay_failure_new(
        PB_ERR_UPSTREAM,
        "no secure connection to %s: %s; if the server's certificate comes from "
        "an authority of your own, name its file with `ca-file` (now: %s)",
        f->host, words(f), f->ca_file != NULL ? f->ca_file : "the system's authorities");
}

/* A certificate is the same a second later; a handshake that broke off may not. */
static PbayFailure *unchanged(PbayFailure *failure, bool lasting)
{
    failure->retryable = failure->retryable && !lasting;
    return failure;
}

static PbayFailure *no_ca_file(const PbayCurlFacts *f)
{
    if (f->ca_file == NULL)
        return pbay_failure_new(PB_ERR_CONFIG,
                                "cannot read the system's certificate authorities: %s; install "
                                "them (Debian: the package ca-certificates), or name a file with "
                                "`ca-file`",
                                words(f));
    return pbay_failure_new(PB_ERR_CONFIG, "cannot read the certificates in `ca-file` %s: %s",
                            f->ca_file, words(f));
}

static PbayFailure *no_host(const PbayCurlFacts *f)
{
    return pbay_failure_new(PB_ERR_UPSTREAM,
                            "cannot find the address of %s: the name does not resolve; check "
                            "base-url for a typing mistake, and the network",
                            f->host);
}

static PbayFailure *slow_connect(const PbayCurlFacts *f)
{
    return pbay_failure_new(PB_ERR_TIMEOUT,
                            "no connection to %s within %" G_GINT64_FORMAT
                            " ms; check base-url and the network, or raise `timeout-connect`",
                            f->host, f->connect_ms);
}

static PbayFailure *no_http(const PbayCurlFacts *f)
{
    if (f->code == CURLE_OUT_OF_MEMORY && f->have_head)
        return pbay_failure_new(PB_ERR_INTERNAL, "out of memory while reading from %s", f->host);
    if (f->code == CURLE_OUT_OF_MEMORY || (int)f->code == 100) /* TOO_LARGE, newer than 7.88 */
        return pbay_failure_new(PB_ERR_PROTOCOL,
                                "%s sent a header larger than the bound of %zu KiB", f->host,
                                PBAY_HEAD_LINE_MAX >> 10);
    return pbay_failure_new(
        PB_ERR_PROTOCOL,
        "%s does not answer as an HTTP server does: %s; check scheme and port of "
        "base-url",
        f->host, words(f));
}

PbayFailure *pbay_curl_failure(const PbayCurlFacts *f)
{
    switch (f->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return no_host(f);
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return no_proxy(f);
    case CURLE_COULDNT_CONNECT:
        return refused(f);
    case CURLE_OPERATION_TIMEDOUT:
        return slow_connect(f);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return unchanged(tls(f), f->code != CURLE_SSL_CONNECT_ERROR);
    case CURLE_SSL_CACERT_BADFILE:
        return no_ca_file(f);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_OUT_OF_MEMORY:
        return no_http(f);
    case CURLE_BAD_CONTENT_ENCODING:
        return pbay_failure_new(PB_ERR_PROTOCOL,
                                "%s sent a body that is not encoded as it says: %s", f->host,
                                words(f));
    case CURLE_URL_MALFORMAT:
        return pbay_failure_new(PB_ERR_CONFIG, "%s is no usable address: %s; check base-url",
                                f->host, words(f));
    default:
        return (int)f->code == 100 ? no_http(f) : cut(f);
    }
}
