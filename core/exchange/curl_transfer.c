/* SPDX-License-Identifier: Apache-2.0 */
/* One transfer: how a request becomes options of an easy handle, what libcurl's callbacks
 * deliver, its clocks, and what is said when it fails. Within the callbacks libcurl is on the
 * stack: they only mark what is to be removed. On the loop's thread. */
#include "exchange/curl_internal.h"

#include "base/str.h"
#include "exchange/egress.h"
#include "exchange/internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- what comes in -------------------------------------------------------------------------- */

/* Stops the transfer from within a callback; the failure (taken over) is told when libcurl was
 * left. */
static size_t stop(PbayTransfer *t, PbayFailure *failure)
{
    if (t->failure == NULL)
        t->failure = failure;
    else
        pbay_failure_unref(failure);
    return CURL_WRITEFUNC_ERROR;
}

static bool is_redirect(PbayTransfer *t)
{
    int s = t->head.status;
    return t->request.foreign && pbay_str_is(t->request.method, "GET") &&
           (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) &&
           pbay_head_find(&t->head, "location").len != 0;
}

static void head_done(PbayTransfer *t)
{
    pbay_curl_socket_keep(t);
    if (is_redirect(t)) {
        t->hop = true;
        t->drain = PBAY_DRAIN_MAX;
        return;
    }
    t->headed = true;
    pbay_transfer_watch_clock(t); /* from now on the gaps count */
    size_t n;
    const PbayHttpHeader *headers = pbay_head_headers(&t->head, &n);
    if (t->events != NULL)
        t->events->on_head(t->user, t->head.status, headers, n);
}

static size_t on_header(char *bytes, size_t size, size_t n, void *user)
{
    PbayTransfer *t = user;
    size_t len = size * n;
    t->last_byte = pbay_loop_now(t->curl->loop);
    if (t->dead)
        return 0;
    if (t->headed || t->hop) /* a trailer */
        return len;
    switch (pbay_head_line(&t->head, (pb_str){bytes, len})) {
    case PBAY_HEAD_DONE:
        head_done(t);
        return t->dead ? 0 : len;
    case PBAY_HEAD_TOO_LARGE:
        return stop(t,
                    pbay_failure_new(PB_ERR_PROTOCOL,
                                     "%s sent headers beyond the bounds (%zu KiB in all, %zu KiB "
                                     "and %u lines)",
                                     t->host, PBAY_HEAD_MAX >> 10, PBAY_HEAD_LINE_MAX >> 10,
                                     PBAY_HEAD_LINES_MAX));
    case PBAY_HEAD_BAD:
        return stop(t, pbay_failure_new(PB_ERR_PROTOCOL,
                                        "%s sent a line among its headers that is none; is it an "
                                        "HTTP server? check base-url",
                                        t->host));
    case PBAY_HEAD_INTERIM:
        if (t->head.status != 101)
            break;
        return stop(t, pbay_failure_new(PB_ERR_PROTOCOL,
                                        "%s switches to a protocol that nobody asked for (HTTP "
                                        "status 101); is it an HTTP server? check base-url",
                                        t->host));
    case PBAY_HEAD_MORE:
        break;
    }
    return len;
}

static size_t on_dropped(PbayTransfer *t, size_t len)
{
    t->drain -= (int64_t)len;
    return t->drain >= 0 ? len : CURL_WRITEFUNC_ERROR;
}

static size_t on_write(char *bytes, size_t size, size_t n, void *user)
{
    PbayTransfer *t = user;
    size_t len = size * n;
    t->last_byte = pbay_loop_now(t->curl->loop);
    if (t->dead)
        return CURL_WRITEFUNC_ERROR;
    if (t->hop || t->events == NULL)
        return on_dropped(t, len);
    if (t->paused) {
        t->held = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    t->body += (int64_t)len;
    if (t->request.max_body > 0 && t->body > t->request.max_body)
        return stop(t, pbay_failure_new(PB_ERR_PROTOCOL,
                                        "the reply of %s is larger than the %" G_GINT64_FORMAT
                                        " bytes allowed; raise `max-response` if that is right",
                                        t->host, t->request.max_body));
    t->events->on_bytes(t->user, (pb_str){bytes, len});
    return t->dead ? CURL_WRITEFUNC_ERROR : len;
}

/* Before each sending. Of a kept connection that ended without an answer libcurl makes another by
 * itself and sends once more; but a request that may have been worked on is only sent again by
 * whoever can tell (RFC 9110, section 9.2.2), and counts. */
static int on_send(void *user, char *there, char *here, int there_port, int here_port)
{
    PbayTransfer *t = user;
    (void)there;
    (void)here;
    (void)there_port;
    (void)here_port;
    bool again = t->sent && !pbay_str_is(t->request.method, "GET") &&
                 !pbay_str_is(t->request.method, "HEAD");
    t->sent = true;
    if (!again)
        return CURL_PREREQFUNC_OK;
    if (t->failure == NULL)
        t->failure = pbay_transfer_explain(t, CURLE_GOT_NOTHING);
    return CURL_PREREQFUNC_ABORT;
}

/* ---- clocks --------------------------------------------------------------------------------- */

static void on_stage(void *user)
{
    PbayTransfer *t = user;
    PbayLoop *loop = t->curl->loop;
    if (!t->headed) {
        pbay_curl_fail(t, pbay_failure_new(PB_ERR_TIMEOUT,
                                           "%s did not begin to answer within %" G_GINT64_FORMAT
                                           " ms; raise `timeout-first-byte` if it is only slow",
                                           t->host, t->request.first_byte_ms));
        return;
    }
    int64_t idle = t->request.idle_ms;
    if (idle <= 0 || t->paused || t->held) /* it rests; resuming starts it anew */
        return;
    int64_t left = t->last_byte + idle - pbay_loop_now(loop);
    if (left > 0)
        pbay_loop_timer_start(loop, &t->stage, left, on_stage, t);
    else
        pbay_curl_fail(t, pbay_failure_new(PB_ERR_TIMEOUT,
                                           "%s sent nothing for %" G_GINT64_FORMAT
                                           " ms in the middle of its reply (after %" G_GINT64_FORMAT
                                           " bytes); raise `timeout-idle` if it is only slow",
                                           t->host, idle, t->body));
}

static void on_total(void *user)
{
    PbayTransfer *t = user;
    pbay_curl_fail(t, pbay_failure_new(PB_ERR_TIMEOUT,
                                       "the request to %s took longer than the %" G_GINT64_FORMAT
                                       " ms allowed in total",
                                       t->host, t->request.total_ms));
}

void pbay_transfer_watch_clock(PbayTransfer *t)
{
    PbayLoop *loop = t->curl->loop;
    t->last_byte = pbay_loop_now(loop);
    int64_t stage = t->headed ? t->request.idle_ms : t->request.first_byte_ms;
    if (stage > 0)
        pbay_loop_timer_start(loop, &t->stage, stage, on_stage, t);
    else
        pbay_loop_timer_stop(loop, &t->stage);
    if (t->request.total_ms > 0 && !pbay_timer_running(&t->total))
        pbay_loop_timer_start(loop, &t->total, t->request.total_ms, on_total, t);
}

/* ---- what goes out -------------------------------------------------------------------------- */

static char *part_of(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    char *copy = NULL;
    if (curl_url_get(url, part, &text, 0) == CURLUE_OK)
        copy = g_strdup(text);
    curl_free(text);
    return copy;
}

/* For people: what stands in the URL, without what may hide in it. */
static char *host_of(CURLU *url)
{
    g_autofree char *host = part_of(url, CURLUPART_HOST);
    g_autofree char *port = part_of(url, CURLUPART_PORT);
    if (host == NULL)
        return g_strdup("the server");
    return port != NULL ? g_strdup_printf("%s:%s", host, port) : g_steal_pointer(&host);
}

static PbayFailure *check_foreign(const PbayTransfer *t)
{
    g_autofree char *scheme = part_of(t->url, CURLUPART_SCHEME);
    g_autofree char *host = part_of(t->url, CURLUPART_HOST);
    g_autofree char *user = part_of(t->url, CURLUPART_USER);
    const char *why = user != NULL ? "a URL with a user name" : NULL;
    if (why == NULL)
        why = pbay_egress_refuses_origin(scheme != NULL ? scheme : "", host != NULL ? host : "",
                                         t->egress_allow);
    if (why == NULL)
        return NULL;
    return pbay_failure_new(
        PB_ERR_INVALID,
        "a link to %s is not followed: %s; the operator can open addresses with "
        "`allow` in [egress]",
        t->host, why);
}

static PbayFailure *set_url(PbayTransfer *t, pb_str url)
{
    g_autofree char *text = pbay_str_dup(url);
    if (t->url == NULL)
        t->url = curl_url();
    CURLUcode code = curl_url_set(t->url, CURLUPART_URL, text, CURLU_PATH_AS_IS);
    g_free(t->host);
    t->host = host_of(t->url);
    if (code != CURLUE_OK) {
        g_autofree char *shown = pbay_egress_show_url(url);
        return pbay_failure_new(t->request.foreign ? PB_ERR_INVALID : PB_ERR_CONFIG,
                                "\"%s\" is no usable URL: %s%s", shown, curl_url_strerror(code),
                                t->request.foreign ? "" : "; check base-url");
    }
    return t->request.foreign ? check_foreign(t) : NULL;
}

static void add_line(PbayTransfer *t, const char *line)
{
    struct curl_slist *more = curl_slist_append(t->lines, line);
    if (more == NULL)
        g_error("out of memory");
    t->lines = more;
}

/* libcurl's own headers that the request does not set are suppressed where they would say
 * something untrue. */
static void set_headers(PbayTransfer *t, const PbayHttpRequest *request)
{
    bool has_type = false;
    g_autoptr(GString) line = g_string_sized_new(256);
    for (size_t i = 0; i < request->n_headers; i++) {
        const PbayHttpHeader *header = &request->headers[i];
        has_type = has_type || pbay_str_is(header->name, "content-type");
        g_string_truncate(line, 0);
        pbay_str_append(line, header->name);
        g_string_append(line, header->value.len != 0 ? ": " : ";");
        pbay_str_append(line, header->value);
        add_line(t, line->str);
        pbay_wipe(line->str, line->len);
    }
    if (!has_type && request->body.len != 0)
        add_line(t, "Content-Type:");
    if (request->body.len != 0)
        add_line(t, "Expect:");
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->lines);
}

static void set_method(PbayTransfer *t, const PbayHttpRequest *request)
{
    g_autofree char *method = pbay_str_dup(request->method);
    bool post = strcmp(method, "POST") == 0;
    bool sends = post || request->body.len != 0 || strcmp(method, "PUT") == 0 ||
                 strcmp(method, "PATCH") == 0;
    if (sends) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS,
                         request->body.len != 0 ? request->body.ptr : "");
    } else if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
    }
    if (!post)
        curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, method);
}

/* A foreign request's addresses are judged as they are connected to; so it shares no connection
 * with others, and goes either directly or, all of it, through a proxy. */
static void set_route(PbayTransfer *t, const PbayHttpRequest *request)
{
    CURL *easy = t->easy;
    const char *proxy = request->proxy;
    if (request->foreign) {
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                                "ALL_PROXY"};
        for (size_t i = 0; i < G_N_ELEMENTS(variables) && proxy == NULL; i++)
            proxy = g_getenv(variables[i]);
        t->proxied = proxy != NULL && proxy[0] != '\0';
        curl_easy_setopt(easy, CURLOPT_PROXY, proxy != NULL ? proxy : "");
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
        return;
    }
    if (proxy != NULL)
        curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
    if (request->no_proxy != NULL || proxy != NULL)
        curl_easy_setopt(easy, CURLOPT_NOPROXY, request->no_proxy != NULL ? request->no_proxy : "");
}

static void set_limits(PbayTransfer *t, const PbayHttpRequest *request)
{
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* an abort waits for no name server */
    int64_t connect_ms = request->connect_ms > 0 ? MIN(request->connect_ms, INT32_MAX) : INT32_MAX;
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)connect_ms); /* 0 would mean 5 minutes */
    if (request->ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
    if (request->proxy != NULL && request->ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, request->ca_file);
}

static void set_callbacks(PbayTransfer *t)
{
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
}

/* Before anything is sent, since libcurl looks for it only once a connection stands. */
static PbayFailure *check_ca_file(const PbayTransfer *t)
{
    g_autofree char *scheme = part_of(t->url, CURLUPART_SCHEME);
    if (t->ca_file == NULL || g_strcmp0(scheme, "https") != 0 || access(t->ca_file, R_OK) == 0)
        return NULL;
    return pbay_failure_new(PB_ERR_CONFIG,
                            "cannot read the certificates in `ca-file` %s: %s; correct the path",
                            t->ca_file, g_strerror(errno));
}

PbayFailure *pbay_transfer_configure(PbayTransfer *t, pb_str url, const PbayHttpRequest *request)
{
    PbayFailure *failure = set_url(t, url);
    if (failure == NULL)
        failure = check_ca_file(t);
    if (failure != NULL)
        return failure;
    pbay_head_init(&t->head);
    pbay_curl_sockets_apply(t);
    set_callbacks(t);
    set_limits(t, request);
    set_route(t, request);
    set_method(t, request);
    set_headers(t, request);
    curl_easy_setopt(t->easy, CURLOPT_CURLU, t->url);
    curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(t->easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(t->easy, CURLOPT_USERAGENT, PBAY_USER_AGENT);
    return NULL;
}

PbayFailure *pbay_transfer_next_hop(PbayTransfer *t)
{
    if (++t->hops > PBAY_EGRESS_HOPS)
        return pbay_failure_new(PB_ERR_INVALID,
                                "a link was redirected more than %d times, last by %s; it is not "
                                "followed further",
                                PBAY_EGRESS_HOPS, t->host);
    g_autofree char *location = pbay_str_dup(pbay_head_find(&t->head, "location"));
    t->hop = false;
    t->sent = false;
    t->error[0] = '\0';
    pbay_head_clear(&t->head);
    pbay_head_init(&t->head);
    return set_url(t, pbay_str(location));
}

/* ---- how it ended --------------------------------------------------------------------------- */

bool pbay_transfer_sent(const PbayTransfer *t)
{
    long bytes = 0;
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0;
}

PbayFailure *pbay_transfer_explain(PbayTransfer *t, CURLcode code)
{
    if (t->refused != NULL)
        return pbay_failure_new(PB_ERR_INVALID,
                                "a link to %s is not followed: it leads to an address that is not "
                                "public (%s); the operator can open it with `allow` in [egress]",
                                t->host, t->refused);
    PbayCurlFacts facts = {
        .code = code,
        .detail = t->error,
        .host = t->host,
        .ca_file = t->ca_file,
        .have_head = t->headed,
        .expected = -1,
        .connect_ms = t->request.connect_ms,
    };
    curl_off_t received = 0, expected = -1;
    curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &facts.os_errno);
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &expected);
    facts.received = received;
    facts.expected = expected;
    return pbay_curl_failure(&facts);
}
