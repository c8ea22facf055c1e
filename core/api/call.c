/* SPDX-License-Identifier: Apache-2.0 */
/* patchbay_call: a request on its way. The handle is shared by the program and the worker (counted); what
 * touches the call itself runs on the worker's thread, reached by posting. */
#include "api/internal.h"

#include "json/reader.h"
#include "json/writer.h"

struct patchbay_call {
    gatomicrefcount refs;
    patchbay *pb;
    patchbay_chunk_fn chunk;
    patchbay_done_fn done;
    void *user;

    /* What start needs; freed when it ran. */
    PbaySnapshot *snapshot;
    PbayProvider *provider; /* derived, or NULL; lives as long as the snapshot */
    patchbay_request *request;
    bool dry_run;

    PbayCall *call;    /* worker thread; NULL before start and after done */
    bool cancel_early; /* worker thread: cancelled before it started */
    atomic_bool finished;

    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool is_ended;           /* under lock */
    patchbay_result *result; /* set once, before is_ended */
};

static patchbay_call *call_ref(patchbay_call *call)
{
    g_atomic_ref_count_inc(&call->refs);
    return call;
}

void patchbay_call_free(patchbay_call *call)
{
    if (call == NULL || !g_atomic_ref_count_dec(&call->refs))
        return;
    patchbay_request_free(call->request);
    patchbay_result_free(call->result);
    pthread_cond_destroy(&call->ended);
    pthread_mutex_destroy(&call->lock);
    g_free(call);
}

/* ---- On the worker's thread ---- */

/* The end of a call, whether it ran or not: tells the program, then lets waiters go. */
static void end_call(patchbay_call *call, const PbayOutcome *outcome)
{
    patchbay *pb = call->pb;

    call->call = NULL;
    atomic_store(&call->finished, true);
    call->result = pbay_api_result_new(outcome);
    if (call->done != NULL)
        call->done(call->user, call, call->result);
    g_ptr_array_remove_fast(pb->calls, call);
    pbay_api_snapshot_release(pb, g_steal_pointer(&call->snapshot));

    pthread_mutex_lock(&pb->lock);
    pb->live--;
    pthread_mutex_unlock(&pb->lock);
    pthread_mutex_lock(&call->lock);
    call->is_ended = true;
    pthread_cond_broadcast(&call->ended);
    pthread_mutex_unlock(&call->lock);
    patchbay_call_free(call);
}

static void on_done(void *user, const PbayOutcome *outcome)
{
    end_call(user, outcome);
}

static void end_unstarted(patchbay_call *call, PbayFailure *failure)
{
    const PbayOutcome outcome = {.failure = failure, .report = PBAY_STR("{}")};

    end_call(call, &outcome);
    pbay_failure_unref(failure);
}

static void on_chunk(void *user, pb_str json)
{
    patchbay_call *call = user;
    g_autofree char *text = NULL;
    int next;

    if (call->chunk == NULL)
        return;
    text = pbay_str_dup(json);
    next = call->chunk(call->user, call, text, json.len);
    if (call->call == NULL)
        return;
    if (next == PATCHBAY_PAUSE)
        pbay_call_pause(call->call, true);
    else if (next != PATCHBAY_GO_ON)
        pbay_call_cancel(call->call, PB_CANCEL_CLIENT);
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

static const PbayCallEvents call_events = {.chunk = on_chunk, .done = on_done};

static void start_call(void *data)
{
    patchbay_call *call = data;
    patchbay_request *request = call->request;
    g_autofree PbayHttpHeader *headers = NULL;
    size_t n_headers;
    PbayCallSpec spec;

    if (call->cancel_early) {
        end_unstarted(call, pbay_failure_new(PBAY_ERR_CANCELLED, "cancelled before it was sent"));
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
                          .timeouts = {.total = request->timeout_ms},
                          .strict = request->strict,
                          .drops_set = request->drops_set,
                          .drops = request->drops,
                          .dry_run = call->dry_run,
                          .events = &call_events,
                          .user = call};
    call->call = pbay_call_start(call->pb->worker, &spec);
}

static void cancel_call(void *data)
{
    patchbay_call *call = data;

    if (call->call != NULL)
        pbay_call_cancel(call->call, PB_CANCEL_CLIENT);
    else
        call->cancel_early = true;
    patchbay_call_free(call);
}

static void resume_call(void *data)
{
    patchbay_call *call = data;

    if (call->call != NULL)
        pbay_call_pause(call->call, false);
    patchbay_call_free(call);
}

/* Ends all that lives; turns the loop until each has said so (the worker bounds how long that takes). */
void pbay_api_cancel_all(patchbay *pb)
{
    g_autoptr(GPtrArray) calls = NULL;

    pbay_loop_turn(pb->loop, 0); /* what was posted before the stop starts, so that it can end */
    calls = g_ptr_array_copy(pb->calls, NULL, NULL);
    for (guint i = 0; i < calls->len; i++) {
        patchbay_call *call = g_ptr_array_index(calls, i);

        if (call->call != NULL)
            pbay_call_cancel(call->call, PB_CANCEL_SHUTDOWN);
        else
            call->cancel_early = true;
    }
    while (pb->calls->len != 0 && pbay_loop_turn(pb->loop, -1))
        continue;
}

/* ---- From the program's threads ---- */

/* The JSON with "stream" as asked; a text that is no object stays, for the call to refuse. */
static char *with_stream(const char *json, bool stream)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *value = pbay_json_parse(arena, pbay_str(json), NULL, 0, NULL);
    GString *out;

    if (pbay_json_type(value) != PB_JSON_OBJECT)
        return g_strdup(json);
    if ((pbay_json_bool(pbay_json_get(value, PBAY_STR("stream")), 0) != 0) == stream)
        return g_strdup(json);
    out = g_string_new(NULL);
    pbay_json_patch(out, value, PBAY_STR("stream"), stream ? PBAY_STR("true") : (pb_str){NULL, 0});
    return g_string_free(out, FALSE);
}

static patchbay_request *copy_request(const patchbay_request *request)
{
    patchbay_request *copy = g_new0(patchbay_request, 1);

    *copy = *request;
    copy->json = g_strdup(request->json);
    copy->model = g_strdup(request->model);
    copy->base_url = g_strdup(request->base_url);
    copy->api_key = request->api_key != NULL ? pbay_secret_ref(request->api_key) : NULL;
    copy->headers = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < request->headers->len; i++)
        g_ptr_array_add(copy->headers, g_strdup(g_ptr_array_index(request->headers, i)));
    return copy;
}

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

/* Runs on the worker for a call that cannot start: its failure waits in the request's place. */
typedef struct Refusal {
    patchbay_call *call;
    PbayFailure *failure;
} Refusal;

static void refuse_call(void *data)
{
    Refusal *refusal = data;

    end_unstarted(refusal->call, refusal->failure);
    g_free(refusal);
}

static patchbay_call *new_call(patchbay *pb, const patchbay_request *request)
{
    patchbay_call *call = g_new0(patchbay_call, 1);

    g_atomic_ref_count_init(&call->refs);
    call->pb = pb;
    call->request = copy_request(request);
    call->snapshot = pbay_api_snapshot(pb);
    pthread_mutex_init(&call->lock, NULL);
    pthread_cond_init(&call->ended, NULL);
    return call;
}

/* First of a call on the worker's thread: from here on close knows of it. */
static void enlist_call(void *data)
{
    patchbay_call *call = data;

    g_ptr_array_add(call->pb->calls, call);
}

patchbay_call *pbay_api_submit(patchbay *pb, const patchbay_request *request, bool dry_run,
                               patchbay_chunk_fn chunk, patchbay_done_fn done, void *user,
                               patchbay_error **error)
{
    GError *gerror = NULL;
    patchbay_call *call;

    if (atomic_load(&pb->stopping)) {
        pbay_api_error_set(error, pbay_api_error_new(pbay_failure_new(PBAY_ERR_CANCELLED,
                                                                      "the core is being closed")));
        return NULL;
    }
    call = new_call(pb, request);
    call->dry_run = dry_run;
    call->chunk = chunk;
    call->done = done;
    call->user = user;
    call->provider = derive_provider(pb, call->snapshot, request, &gerror);
    pthread_mutex_lock(&pb->lock);
    pb->live++;
    pthread_mutex_unlock(&pb->lock);
    call_ref(call); /* the worker's, given back by end_call */
    pbay_loop_post(pb->loop, enlist_call, call);
    if (gerror != NULL) {
        Refusal *refusal = g_new(Refusal, 1);

        *refusal = (Refusal){call, pbay_failure_from_gerror(gerror)};
        g_error_free(gerror);
        pbay_loop_post(pb->loop, refuse_call, refusal);
    } else {
        pbay_loop_post(pb->loop, start_call, call);
    }
    return call;
}

patchbay_call *patchbay_submit(patchbay *pb, const patchbay_request *request,
                               patchbay_chunk_fn chunk, patchbay_done_fn done, void *user,
                               patchbay_error **error)
{
    return pbay_api_submit(pb, request, false, chunk, done, user, error);
}

void patchbay_call_cancel(patchbay_call *call)
{
    if (!atomic_load(&call->finished))
        pbay_loop_post(call->pb->loop, cancel_call, call_ref(call));
}

void patchbay_call_resume(patchbay_call *call)
{
    if (!atomic_load(&call->finished))
        pbay_loop_post(call->pb->loop, resume_call, call_ref(call));
}

static bool has_ended(patchbay_call *call)
{
    bool ended;

    pthread_mutex_lock(&call->lock);
    ended = call->is_ended;
    pthread_mutex_unlock(&call->lock);
    return ended;
}

void patchbay_call_wait(patchbay_call *call)
{
    if (call->pb->opts->embed) {
        while (!has_ended(call) && pbay_loop_turn(call->pb->loop, -1))
            continue;
        return;
    }
    pthread_mutex_lock(&call->lock);
    while (!call->is_ended)
        pthread_cond_wait(&call->ended, &call->lock);
    pthread_mutex_unlock(&call->lock);
}

patchbay_result *pbay_api_finish(patchbay_call *call, patchbay_error **error)
{
    patchbay_result *result = NULL;

    patchbay_call_wait(call);
    if (call->result->error == NULL)
        result = patchbay_result_ref(call->result);
    else
        pbay_api_error_set(error, pbay_api_error_copy(call->result->error));
    patchbay_call_free(call);
    return result;
}

/* Submits with "stream" forced, waits, gives the result. */
static patchbay_result *run_to_end(patchbay *pb, const patchbay_request *request, bool stream,
                                   patchbay_chunk_fn chunk, void *user, patchbay_error **error)
{
    patchbay_request *fixed = copy_request(request);
    patchbay_call *call;

    g_free(fixed->json);
    fixed->json = with_stream(request->json, stream);
    call = pbay_api_submit(pb, fixed, false, chunk, NULL, user, error);
    patchbay_request_free(fixed);
    return call != NULL ? pbay_api_finish(call, error) : NULL;
}

patchbay_result *patchbay_run_request(patchbay *pb, const patchbay_request *request,
                                      patchbay_error **error)
{
    return run_to_end(pb, request, false, NULL, NULL, error);
}

patchbay_result *patchbay_stream(patchbay *pb, const patchbay_request *request,
                                 patchbay_chunk_fn chunk, void *user, patchbay_error **error)
{
    return run_to_end(pb, request, true, chunk, user, error);
}

patchbay_result *patchbay_run(patchbay *pb, const char *chat_json, patchbay_error **error)
{
    patchbay_request *request = patchbay_request_new(NULL, chat_json);
    patchbay_result *result;

    if (request == NULL) {
        pbay_api_error_set(error, pbay_api_error_new(pbay_failure_new(
                                      PB_ERR_INVALID, "patchbay_run: the request is NULL")));
        return NULL;
    }
    result = patchbay_run_request(pb, request, error);
    patchbay_request_free(request);
    return result;
}

char *patchbay_explain(patchbay *pb, const patchbay_request *request, patchbay_error **error)
{
    patchbay_call *call = pbay_api_submit(pb, request, true, NULL, NULL, NULL, error);
    patchbay_result *result = call != NULL ? pbay_api_finish(call, error) : NULL;
    char *text = result != NULL ? g_strdup(result->answer) : NULL;

    patchbay_result_free(result);
    return text;
}
