/* SPDX-License-Identifier: Apache-2.0 */
/* The life of transfers on one multi handle: started at the end of the turn, paused, aborted,
 * drained, reported. libcurl must not be entered by add or remove while it is on the stack, so
 * what callbacks ask for is marked and done as soon as it has been left. On the loop's thread. */
#include "exchange/curl_internal.h"

#include "base/secret.h"
#include "base/str.h"
#include "exchange/egress.h"

#include <pthread.h>
#include <string.h>

#define SPARE_MAX       64u  /* easy handles kept for the next transfers */
#define CONNECTIONS_MAX 256L /* idle ones kept, a worker */

static void flush(void *data);

/* ---- the list, and handles ------------------------------------------------------------------ */

static void link_up(PbayTransfer *t)
{
    t->next = t->curl->first;
    if (t->next != NULL)
        t->next->prev = t;
    t->curl->first = t;
}

static void unlink_from(PbayTransfer *t)
{
    if (t->prev != NULL)
        t->prev->next = t->next;
    else
        t->curl->first = t->next;
    if (t->next != NULL)
        t->next->prev = t->prev;
}

static CURL *take_easy(PbayCurl *curl)
{
    if (curl->spare->len != 0)
        return g_ptr_array_remove_index_fast(curl->spare, curl->spare->len - 1);
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        g_error("libcurl gives no handle: out of memory");
    return easy;
}

/* A handle with a request's secrets in its options is reset before it is kept. */
static void give_easy(PbayCurl *curl, CURL *easy)
{
    curl_easy_reset(easy);
    if (curl->spare->len < SPARE_MAX && !curl->closing)
        g_ptr_array_add(curl->spare, easy);
    else
        curl_easy_cleanup(easy);
}

static void wipe_lines(struct curl_slist *lines)
{
    for (struct curl_slist *line = lines; line != NULL; line = line->next)
        pbay_wipe(line->data, strlen(line->data));
    curl_slist_free_all(lines);
}

static void detach(PbayTransfer *t)
{
    if (t->added)
        curl_multi_remove_handle(t->curl->multi, t->easy);
    t->added = false;
    pbay_loop_timer_stop(t->curl->loop, &t->stage);
    pbay_loop_timer_stop(t->curl->loop, &t->total);
}

/* Not while libcurl is on the stack. */
static void transfer_free(PbayTransfer *t)
{
    detach(t);
    unlink_from(t);
    t->curl->dead -= t->dead;
    give_easy(t->curl, t->easy);
    wipe_lines(t->lines);
    curl_url_cleanup(t->url);
    pbay_head_clear(&t->head);
    pbay_failure_unref(t->failure);
    g_strfreev(t->egress_allow);
    g_free(t->ca_file);
    g_free(t->host);
    g_free(t);
}

static void bury(PbayTransfer *t)
{
    t->events = NULL;
    t->dead = true;
    t->pending = false;
    t->curl->dead++;
    pbay_loop_timer_stop(t->curl->loop, &t->stage);
    pbay_loop_timer_stop(t->curl->loop, &t->total);
    if (t->curl->inside == 0)
        transfer_free(t);
}

/* ---- endings -------------------------------------------------------------------------------- */

static void report_failure(PbayTransfer *t, PbayFailure *failure)
{
    const PbayHttpEvents *events = t->events;
    void *user = t->user;
    bool sent = t->added && pbay_transfer_sent(t);
    transfer_free(t);
    if (events != NULL)
        events->on_failed(user, failure, sent);
    else
        pbay_failure_unref(failure);
}

void pbay_curl_fail(PbayTransfer *t, PbayFailure *failure)
{
    report_failure(t, failure);
}

static void hop(PbayTransfer *t)
{
    curl_multi_remove_handle(t->curl->multi, t->easy); /* the total runs on */
    t->added = false;
    PbayFailure *failure = pbay_transfer_next_hop(t);
    if (failure != NULL) {
        report_failure(t, failure);
        return;
    }
    pbay_transfer_watch_clock(t);
    t->pending = true;
    pbay_loop_at_turn_end(t->curl->loop, flush, t->curl);
}

static void finished(PbayTransfer *t, CURLcode code)
{
    if (t->dead || t->events == NULL) {
        transfer_free(t);
    } else if (t->hop) {
        hop(t);
    } else if (t->failure != NULL) {
        report_failure(t, g_steal_pointer(&t->failure));
    } else if (code != CURLE_OK || !t->headed) {
        report_failure(t, pbay_transfer_explain(t, code != CURLE_OK ? code : CURLE_GOT_NOTHING));
    } else {
        const PbayHttpEvents *events = t->events;
        void *user = t->user;
        transfer_free(t);
        events->on_end(user);
    }
}

static void reap(PbayCurl *curl)
{
    PbayTransfer *t = curl->first;
    while (t != NULL && curl->dead != 0) {
        PbayTransfer *next = t->next;
        if (t->dead)
            transfer_free(t);
        t = next;
    }
}

/* The callbacks may end any other transfer, whose message then goes with it. */
static void harvest(PbayCurl *curl)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(curl->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        char *private = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        finished((PbayTransfer *)(void *)private, code);
    }
}

static void leave(PbayCurl *curl)
{
    if (--curl->inside != 0)
        return;
    reap(curl);
    harvest(curl);
}

void pbay_curl_run(PbayCurl *curl, curl_socket_t fd, int events)
{
    int running;
    curl->inside++;
    curl_multi_socket_action(curl->multi, fd, events, &running);
    leave(curl);
}

/* ---- beginnings ----------------------------------------------------------------------------- */

static void add(PbayTransfer *t)
{
    t->pending = false;
    if (t->failure != NULL) {
        report_failure(t, g_steal_pointer(&t->failure));
        return;
    }
    CURLMcode code = curl_multi_add_handle(t->curl->multi, t->easy);
    t->added = code == CURLM_OK;
    if (!t->added)
        report_failure(t, pbay_failure_new(PB_ERR_INTERNAL, "libcurl does not take a request: %s",
                                           curl_multi_strerror(code)));
}

static void let_go(PbayTransfer *t)
{
    t->resume = false;
    if (t->paused || !t->held)
        return;
    t->held = false;
    pbay_transfer_watch_clock(t);
    curl_easy_pause(t->easy, CURLPAUSE_CONT); /* gives the held bytes to the callback */
}

static PbayTransfer *find_pending(const PbayCurl *curl)
{
    for (PbayTransfer *t = curl->first; t != NULL; t = t->next)
        if (t->pending)
            return t;
    return NULL;
}

static PbayTransfer *find_resumed(const PbayCurl *curl)
{
    for (PbayTransfer *t = curl->first; t != NULL; t = t->next)
        if (t->resume)
            return t;
    return NULL;
}

/* At a turn's end: what was started or let go in it. Each step may change the list: begin anew. */
static void flush(void *data)
{
    PbayCurl *curl = data;
    for (PbayTransfer *t = find_pending(curl); t != NULL; t = find_pending(curl))
        add(t);
    for (PbayTransfer *t = find_resumed(curl); t != NULL; t = find_resumed(curl)) {
        curl->inside++;
        let_go(t);
        leave(curl);
    }
}

static PbayTransfer *curl_start(PbayTransport *transport, const PbayHttpRequest *request,
                                const PbayHttpEvents *events, void *user)
{
    PbayCurl *curl = (PbayCurl *)transport;
    PbayTransfer *t = g_new0(PbayTransfer, 1);
    t->curl = curl;
    t->request = *request;
    if (request->foreign && (request->max_body <= 0 || request->max_body > PBAY_EGRESS_MAX_BODY))
        t->request.max_body = PBAY_EGRESS_MAX_BODY;
    t->events = events;
    t->user = user;
    t->egress_allow = g_strdupv((char **)request->egress_allow);
    t->ca_file = g_strdup(request->ca_file);
    t->easy = take_easy(curl);
    link_up(t);
    t->failure = pbay_transfer_configure(t, request->url, request);
    pbay_transfer_watch_clock(t);
    t->pending = true;
    pbay_loop_at_turn_end(curl->loop, flush, curl);
    return t;
}

static void curl_pause(PbayTransfer *t, bool paused)
{
    t->paused = paused;
    if (paused)
        return;
    if (t->headed)
        pbay_transfer_watch_clock(t);
    if (t->held) {
        t->resume = true;
        pbay_loop_at_turn_end(t->curl->loop, flush, t->curl);
    }
}

static void curl_abort(PbayTransfer *t)
{
    bury(t);
}

/* Saves the connection if little is left to read and all was sent; the body's owner frees it
 * now. */
static void curl_drain(PbayTransfer *t)
{
    curl_off_t sent = 0;
    if (t->added)
        curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    if (!t->headed || t->failure != NULL || sent < (curl_off_t)t->request.body.len) {
        bury(t);
        return;
    }
    t->events = NULL;
    t->drain = PBAY_DRAIN_MAX;
    t->paused = false;
    t->request.idle_ms = 0;
    t->request.total_ms = PBAY_DRAIN_MS;
    pbay_loop_timer_stop(t->curl->loop, &t->stage);
    pbay_loop_timer_stop(t->curl->loop, &t->total);
    pbay_transfer_watch_clock(t);
    if (t->held) {
        t->resume = true;
        pbay_loop_at_turn_end(t->curl->loop, flush, t->curl);
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void curl_free_all(PbayTransport *transport)
{
    PbayCurl *curl = (PbayCurl *)transport;
    curl->closing = true;
    while (curl->first != NULL)
        transfer_free(curl->first);
    for (guint i = 0; i < curl->spare->len; i++)
        curl_easy_cleanup(curl->spare->pdata[i]);
    g_ptr_array_free(curl->spare, TRUE);
    curl_multi_cleanup(curl->multi);
    pbay_curl_sockets_free(curl);
    pbay_loop_not_at_turn_end(curl->loop, flush, curl);
    g_free(curl);
}

static CURLcode setup_code;

static void setup_libcurl(void)
{
    setup_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

PbayTransport *pbay_curl_transport_new(PbayLoop *loop, GError **error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, setup_libcurl);
    CURLM *multi = setup_code == CURLE_OK ? curl_multi_init() : NULL;
    if (multi == NULL) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INTERNAL, "libcurl cannot be set up: %s",
                    curl_easy_strerror(setup_code != CURLE_OK ? setup_code : CURLE_FAILED_INIT));
        return NULL;
    }
    PbayCurl *curl = g_new0(PbayCurl, 1);
    curl->transport = (PbayTransport){.start = curl_start,
                                      .pause = curl_pause,
                                      .abort = curl_abort,
                                      .drain = curl_drain,
                                      .free = curl_free_all};
    curl->loop = loop;
    curl->multi = multi;
    curl->spare = g_ptr_array_new();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_MAX);
    if (!pbay_curl_sockets_setup(curl))
        g_error("libcurl %s lacks the multi socket interface", curl_version());
    return &curl->transport;
}
