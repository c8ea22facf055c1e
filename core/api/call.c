/* SPDX-License-Identifier: Apache-2.0 */
/* patchbay_call: a request on its way. The handle is shared by the program and the worker
 * (counted); what touches the call itself runs on the worker's thread, reached by posting, and
 * nothing is posted once the call is over, so that a handle may outlive its core. */
#include "api/internal.h"

#include "observe/log.h"

struct patchbay_call {
    atomic_int refs;
    patchbay *pb; /* until it is over */
    bool embed;
    patchbay_chunk_fn chunk;
    patchbay_done_fn done;
    void *user;

    /* What start needs. */
    PbaySnapshot *snapshot;
    PbayProvider *provider; /* derived, or NULL; lives as long as the snapshot */
    patchbay_request *request;
    PbayFailure *refusal; /* why it cannot start, or NULL */
    bool dry_run;

    PbayCall *call; /* worker thread; NULL before start and after done */
    bool stopped;   /* worker thread: a callback said STOP */

    pthread_mutex_t lock; /* of the three below */
    pthread_cond_t end;
    bool over;               /* nothing can be done to it any more */
    bool ended;              /* done has run */
    patchbay_result *result; /* set once, before ended */
};

static patchbay_call *call_ref(patchbay_call *call)
{
    atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
    return call;
}

void patchbay_call_free(patchbay_call *call)
{
    if (call == NULL || atomic_fetch_sub_explicit(&call->refs, 1, memory_order_acq_rel) != 1)
        return;
    patchbay_request_free(call->request);
    pbay_failure_unref(call->refusal);
    patchbay_result_free(call->result);
    pthread_cond_destroy(&call->end);
    pthread_mutex_destroy(&call->lock);
    g_free(call);
}

/* ---- On the worker's thread ---- */

/* The end of a call, whether it ran or not: tells the program, then lets waiters go. The core
 * may be gone once `ended` is set. */
static void end_call(patchbay_call *call, const PbayOutcome *outcome)
{
    patchbay *pb = call->pb;

    call->call = NULL;
    pthread_mutex_lock(&call->lock);
    call->over = true;
    call->result = pbay_api_result_new(outcome);
    pthread_mutex_unlock(&call->lock);
    if (call->done != NULL)
        call->done(call->user, call, call->result);
    g_ptr_array_remove_fast(pb->calls, call);
    g_clear_pointer(&call->snapshot, pbay_snapshot_unref);
    pthread_mutex_lock(&pb->lock);
    pb->live--;
    pthread_mutex_unlock(&pb->lock);
    pthread_mutex_lock(&call->lock);
    call->ended = true;
    pthread_cond_broadcast(&call->end);
    pthread_mutex_unlock(&call->lock);
    patchbay_call_free(call);
}

static void on_done(void *user, const PbayOutcome *outcome)
{
    end_call(user, outcome);
}

static void on_chunk(void *user, pb_str json)
{
    patchbay_call *call = user;
    g_autofree char *text = NULL;
    int next;

    if (call->chunk == NULL || call->stopped)
        return;
    text = pbay_str_dup(json);
    next = call->chunk(call->user, call, text, json.len);
    if (call->call == NULL)
        return;
    call->stopped = next != PATCHBAY_GO_ON && next != PATCHBAY_PAUSE;
    if (call->stopped)
        pbay_call_cancel(call->call, PB_CANCEL_CLIENT);
    else if (next == PATCHBAY_PAUSE)
        pbay_call_pause(call->call, true);
}

/* Name/value pairs as the header list of a call; the caller frees. */
static PbayHttpHeader *header_list(const GPtrArray *pairs, size_t *n)
{
    PbayHttpHeader *headers = g_new0(PbayHttpHeader, pairs->len / 2 + 1);

    *n = pairs->len / 2;
    for (size_t i = 0; i < *n; i++) {
        headers[i].name = pbay_str(g_ptr_array_index(pairs, 2 * i));
        headers[i].value = pbay_str(g_ptr_array_index(pairs, 2 * i + 1));
    }
    return headers;
}

static void on_watch(void *user, pb_str json)
{
    const patchbay_call *call = user;
    g_autofree char *text = pbay_str_dup(json);

    call->request->watch(call->request->watch_user, text, json.len);
}

static const PbayCallEvents call_events = {.chunk = on_chunk, .done = on_done};
static const PbayCallEvents watched_events = {
    .watch = on_watch, .chunk = on_chunk, .done = on_done};

/* First of a call on this thread: from here on pbay_api_end_all knows of it. */
static void start_call(void *data)
{
    patchbay_call *call = data;
    const patchbay_request *request = call->request;
    g_autofree PbayHttpHeader *headers = NULL;
    size_t n_headers;
    PbayCallSpec spec;

    g_ptr_array_add(call->pb->calls, call);
    if (call->refusal != NULL) {
        const PbayOutcome outcome = {.failure = call->refusal, .report = PBAY_STR("{}")};

        end_call(call, &outcome);
        return;
    }
    headers = header_list(request->headers, &n_headers);
    spec = (PbayCallSpec){.snapshot = call->snapshot,
                          .kind = request->kind,
                          .request = pbay_str(request->json),
                          .model = request->model,
                          .provider = call->provider,
                          .api_key = request->api_key,
                          .headers = headers,
                          .n_headers = n_headers,
                          .timeouts = {.total = pbay_api_timeout(call->snapshot, request)},
                          .strict = request->strict,
                          .drops_set = request->drops_set,
                          .drops = request->drops,
                          .fleet = call->pb->fleet,
                          .retries_set = request->retries >= 0,
                          .retries = request->retries,
                          .insist = request->billed_probe || request->kind == PB_KIND_PROBE,
                          .dry_run = call->dry_run,
                          .record = request->record,
                          .events = request->watch != NULL ? &watched_events : &call_events,
                          .user = call};
    call->call = pbay_call_start(call->pb->worker, &spec);
}

static void cancel_call(void *data)
{
    patchbay_call *call = data;

    if (call->call != NULL)
        pbay_call_cancel(call->call, PB_CANCEL_CLIENT);
    patchbay_call_free(call);
}

static void resume_call(void *data)
{
    patchbay_call *call = data;

    if (call->call != NULL)
        pbay_call_pause(call->call, false);
    patchbay_call_free(call);
}

/* Those still in the loop's queue start first, so that they too can end. */
void pbay_api_end_all(patchbay *pb)
{
    while (pbay_api_live(pb) != 0) {
        for (guint i = 0; i < pb->calls->len; i++) {
            patchbay_call *call = g_ptr_array_index(pb->calls, i);

            if (call->call != NULL)
                pbay_call_cancel(call->call, PB_CANCEL_SHUTDOWN);
        }
        if (!pbay_api_turn(pb, -1))
            return;
    }
}

/* ---- From the program's threads ---- */

/* The provider with the request's own base URL; NULL without error when it has none. */
static PbayProvider *derive_provider(patchbay *pb, const PbaySnapshot *snapshot,
                                     const patchbay_request *request, GError **error)
{
    PbayProvider *provider = NULL;
    PbayTarget target = {0};

    if (request->base_url == NULL ||
        !pbay_call_target(snapshot, pbay_str(request->json), request->model, &target, error))
        return NULL;
    pthread_mutex_lock(&pb->config_lock);
    provider = pbay_provider_derive(target.provider, request->base_url, error);
    pthread_mutex_unlock(&pb->config_lock);
    pbay_target_clear(&target);
    return provider;
}

static patchbay_call *new_call(patchbay *pb, const patchbay_request *request)
{
    patchbay_call *call = g_new0(patchbay_call, 1);
    g_autoptr(GError) error = NULL;

    atomic_init(&call->refs, 1);
    call->pb = pb;
    call->embed = pb->opts->embed;
    call->request = pbay_api_request_copy(request);
    call->snapshot = pbay_api_snapshot(pb);
    call->provider = derive_provider(pb, call->snapshot, request, &error);
    if (error != NULL)
        call->refusal = pbay_failure_from_gerror(error);
    pthread_mutex_init(&call->lock, NULL);
    pthread_cond_init(&call->end, NULL);
    return call;
}

patchbay_error *pbay_api_no_request(void)
{
    return pbay_api_error_new(pbay_failure_new(
        PB_ERR_INVALID, "the request is NULL: patchbay_request_new gives that for an unknown kind "
                        "and for a JSON text of NULL"));
}

patchbay_call *pbay_api_submit(patchbay *pb, const patchbay_request *request, bool dry_run,
                               patchbay_chunk_fn chunk, patchbay_done_fn done, void *user,
                               patchbay_error **error)
{
    patchbay_call *call;

    if (request == NULL) {
        pbay_api_error_set(error, pbay_api_no_request());
        return NULL;
    }
    if (atomic_load(&pb->stopping)) {
        pbay_api_error_set(error, pbay_api_error_new(pbay_failure_new(PBAY_ERR_CANCELLED,
                                                                      "the core is being closed")));
        return NULL;
    }
    if (pb->share != NULL)
        pbay_share_touch(pb->share);
    call = new_call(pb, request);
    if (request->billed_probe && !dry_run && call->refusal == NULL)
        call->refusal = pbay_api_probe_book(pb, call->snapshot, request);
    call->dry_run = dry_run;
    call->chunk = chunk;
    call->done = done;
    call->user = user;
    pthread_mutex_lock(&pb->lock);
    pb->live++;
    pthread_mutex_unlock(&pb->lock);
    call_ref(call); /* the worker's, given back by end_call */
    pbay_loop_post(pb->loop, start_call, call);
    return call;
}

patchbay_call *patchbay_submit(patchbay *pb, const patchbay_request *request,
                               patchbay_chunk_fn chunk, patchbay_done_fn done, void *user,
                               patchbay_error **error)
{
    return pbay_api_submit(pb, request, false, chunk, done, user, error);
}

static void post(patchbay_call *call, PbayPostFn fn)
{
    pthread_mutex_lock(&call->lock);
    if (!call->over)
        pbay_loop_post(call->pb->loop, fn, call_ref(call));
    pthread_mutex_unlock(&call->lock);
}

void patchbay_call_cancel(patchbay_call *call)
{
    post(call, cancel_call);
}

void patchbay_call_resume(patchbay_call *call)
{
    post(call, resume_call);
}

static void refuse_to_wait(void)
{
    pbay_log(PBAY_LOG_ERROR, "api",
             "patchbay_call_wait was called from a callback, where it would wait for itself; it "
             "returned at once");
}

static bool has_ended(patchbay_call *call)
{
    bool ended;

    pthread_mutex_lock(&call->lock);
    ended = call->ended;
    pthread_mutex_unlock(&call->lock);
    return ended;
}

void patchbay_call_wait(patchbay_call *call)
{
    if (call->embed) {
        while (!has_ended(call)) {
            if (pbay_api_in_callback(call->pb)) {
                refuse_to_wait();
                return;
            }
            if (!pbay_api_turn(call->pb, -1))
                return;
        }
        return;
    }
    pthread_mutex_lock(&call->lock);
    if (!call->ended && pbay_api_in_callback(call->pb))
        refuse_to_wait();
    else
        while (!call->ended)
            pthread_cond_wait(&call->end, &call->lock);
    pthread_mutex_unlock(&call->lock);
}

const patchbay_result *pbay_api_call_result(patchbay_call *call)
{
    patchbay_call_wait(call);
    return has_ended(call) ? call->result : NULL;
}
