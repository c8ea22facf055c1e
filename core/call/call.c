/* SPDX-License-Identifier: Apache-2.0 */
/* Owns a call from start to its one outcome: the request made canonical, the attempt (one exchange,
 * another one with the provider's next key when that may help and nothing was said yet), events
 * into the answer. On the worker's thread. What a driver wants is the exchange's business, the
 * shape of answers the answer's. */
#include "call/state.h"

#include "base/str.h"

static void attempt_clear(void *data)
{
    PbayAttempt *attempt = data;
    g_free(attempt->message);
    g_free(attempt->request_id);
}

static void call_free(PbayCall *call)
{
    g_clear_pointer(&call->snapshot, pbay_snapshot_unref);
    g_clear_pointer(&call->provider, pbay_provider_unref);
    pbay_secret_unref(call->api_key);
    g_array_unref(call->headers);
    pbay_arena_free(call->header_texts);
    g_array_unref(call->attempts);
    g_clear_pointer(&call->notes, g_ptr_array_unref);
    pbay_answer_free(call->answer);
    pbay_failure_unref(call->fault);
    pbay_failure_unref(call->failure);
    g_string_free(call->body, TRUE);
    if (call->sent != NULL)
        g_string_free(call->sent, TRUE);
    pbay_recorder_free(call->recorder);
    if (call->recording != NULL)
        g_string_free(call->recording, TRUE);
    g_free(call->unrecorded);
    g_free(call->asked);
    g_free(call->model);
    g_free(call->reason);
    g_free(call->missing);
    g_free(call);
}

/* ---- The end ---- */

static void write_answer(PbayCall *call, GString *out)
{
    if (pbay_answer_write(call->answer, out))
        return;
    g_string_truncate(out, 0);
    call->failure =
        pbay_failure_new(PB_ERR_INTERNAL,
                         "the answer of provider %s came whole but could not be written as JSON; "
                         "this is a defect of Patchbay, please report it",
                         call->provider->name);
}

/* References to the snapshot go before `done`, so that its last owner is whoever made it. */
static void finish(PbayCall *call)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    g_autoptr(GString) report = g_string_new(NULL);
    PbayOutcome outcome = {0};
    if (call->failure == NULL && call->dry_run)
        pbay_call_explain(call, answer);
    else if (call->failure == NULL && !pbay_answer_streams(call->answer))
        write_answer(call, answer);
    if (call->failure == NULL && call->answer != NULL)
        outcome.bytes = pbay_answer_bytes(call->answer, &outcome.media_type);
    outcome.failure = call->failure;
    if (call->recording != NULL)
        outcome.recording = pbay_str_of(call->recording);
    else if (call->record)
        outcome.unrecorded = call->unrecorded != NULL ? call->unrecorded
                             : call->failure != NULL  ? call->failure->message
                                                      : "nothing was sent";
    pbay_call_report(call, report);
    outcome.answer = pbay_str_of(answer);
    outcome.report = pbay_str_of(report);
    g_clear_pointer(&call->provider, pbay_provider_unref);
    g_clear_pointer(&call->snapshot, pbay_snapshot_unref);
    call->events->done(call->user, &outcome);
    call_free(call);
}

static void finish_later(void *data)
{
    finish(data);
}

/* ---- The attempt ---- */

static void fault(PbayCall *call, PbayFailure *failure)
{
    if (call->fault != NULL) {
        pbay_failure_unref(failure);
        return;
    }
    call->fault = failure;
    if (call->recorder != NULL)
        pbay_recorder_spoil(call->recorder, "Patchbay itself ended the call: %s", failure->message);
    if (!call->dry_run && call->exchange != NULL)
        pbay_batch_cancel(call->exchange, PB_CANCEL_CLIENT);
}

static PbayFailure *answer_failure(const PbayCall *call, const GError *error)
{
    PbayFailure *failure = pbay_answer_failure(call->answer, error);
    pbay_failure_set_request_id(failure, pbay_str(pbay_batch_request_id(call->exchange)));
    failure->http_status = pbay_batch_status(call->exchange);
    return failure;
}

static void on_event(void *user, const pb_event *event)
{
    PbayCall *call = user;
    g_autoptr(GError) error = NULL;
    if (call->recorder != NULL)
        pbay_recorder_event(call->recorder, event);
    bool counts = call->fault == NULL || event->kind == PB_EV_USAGE; /* what it cost is booked */
    if (counts && !call->dry_run && !pbay_answer_event(call->answer, event, &error))
        fault(call, answer_failure(call, error));
}

static void on_note(void *user, int32_t note, pb_str param, pb_str why)
{
    PbayCall *call = user;
    if (call->recorder != NULL)
        pbay_recorder_note(call->recorder, note, param);
    PbayFailure *failure = pbay_call_note(call, note, param, why);
    if (failure != NULL)
        fault(call, failure);
}

static void on_request(void *user, const PbayHttpRequest *request)
{
    PbayCall *call = user;
    if (call->dry_run)
        pbay_call_keep_request(call, request);
    else if (call->recorder != NULL)
        pbay_recorder_request(call->recorder, request);
}

static void on_reply_head(void *user, int status, const PbayHttpHeader *headers, size_t n)
{
    const PbayCall *call = user;
    pbay_recorder_head(call->recorder, status, headers, n);
}

static void on_reply_bytes(void *user, pb_str bytes)
{
    const PbayCall *call = user;
    pbay_recorder_bytes(call->recorder, bytes);
}

static void on_reply_end(void *user, const PbayFailure *cut)
{
    const PbayCall *call = user;
    pbay_recorder_reply_end(call->recorder, cut);
}

static void on_chunk(void *user, pb_str json)
{
    PbayCall *call = user;
    call->events->chunk(call->user, json);
}

static void on_done(void *user, const PbayFailure *failure);

static const PbayExchangeEvents exchange_events = {
    .on_event = on_event, .on_note = on_note, .on_request = on_request, .done = on_done};

static const PbayExchangeEvents recorded_events = {.on_event = on_event,
                                                   .on_note = on_note,
                                                   .on_request = on_request,
                                                   .on_reply_head = on_reply_head,
                                                   .on_reply_bytes = on_reply_bytes,
                                                   .on_reply_end = on_reply_end,
                                                   .done = on_done};

static void new_answer(PbayCall *call)
{
    PbayAnswerSpec spec = {
        .kind = call->kind,
        .stream = call->request.stream,
        .include_usage = call->request.include_usage,
        .base64 = call->request.base64,
        .choices = call->request.choices,
        .model = pbay_str(call->asked),
        .prefix = call->kind == PB_KIND_MODELS ? pbay_str(call->provider->name) : pbay_str(NULL),
        .created = g_get_real_time() / G_USEC_PER_SEC,
        .inputs = call->request.inputs,
        .chunk = call->events->chunk != NULL ? on_chunk : NULL,
        .user = call,
    };
    pbay_answer_free(call->answer);
    call->answer = pbay_answer_new(&spec);
}

/* What is left of the whole call's time, for an attempt that is not the first. */
static int64_t time_left(const PbayCall *call, int64_t total)
{
    int64_t gone = (g_get_monotonic_time() - call->started_us) / 1000;
    return total == 0 || gone <= 0 ? total : MAX(1, total - gone);
}

/* A recorder for the next attempt; NULL, or why this call cannot be recorded. */
static PbayFailure *begin_recording(PbayCall *call)
{
    const PbayExchangeSpec parts = {.provider = call->provider,
                                    .kind = call->kind,
                                    .model = pbay_str(call->model),
                                    .body = pbay_str_of(call->body)};
    const PbayRecordSpec spec = {
        .provider = call->provider,
        .kind = call->kind,
        .stream = call->request.stream,
        .model = parts.model,
        .body = parts.body,
        .api_key = call->api_key,
        .headers = (const PbayHttpHeader *)(const void *)call->headers->data,
        .n_headers = call->headers->len,
        .now_ms = g_get_real_time() / 1000,
    };
    g_autofree char *why = NULL;
    g_clear_pointer(&call->recorder, pbay_recorder_free);
    if (pbay_batch_splits(&parts))
        why = g_strdup("its input goes in several requests at a time; give it fewer inputs");
    else
        call->recorder = pbay_recorder_new(&spec, &why);
    if (call->recorder != NULL)
        return NULL;
    PbayFailure *failure =
        pbay_failure_new(PB_ERR_UNSUPPORTED, "this call of provider %s cannot be recorded: %s",
                         call->provider->name, why);
    pbay_failure_set_code(failure, PBAY_UNRECORDABLE);
    return failure;
}

/* failure: how the attempt ended; judged: by the canonical answer's word. */
static void end_recording(PbayCall *call, const PbayFailure *failure, bool judged)
{
    if (call->recorder == NULL)
        return;
    call->recording = g_string_new(NULL);
    if (pbay_recorder_finish(call->recorder, failure, judged, call->recording, &call->unrecorded))
        return;
    g_string_free(call->recording, TRUE);
    call->recording = NULL;
}

static void start_attempt(PbayCall *call)
{
    pbay_call_forget_notes(call);
    new_answer(call);
    int64_t total =
        call->timeouts.total != 0 ? call->timeouts.total : call->provider->timeouts.total;
    call->attempt_us = g_get_monotonic_time();
    PbayExchangeSpec spec = {
        .provider = call->provider,
        .kind = call->kind,
        .flags = call->request.stream ? PB_REQ_STREAM : 0,
        .model = pbay_str(call->model),
        .body = pbay_str_of(call->body),
        .api_key = call->api_key,
        .key_index = call->key,
        .headers = (const PbayHttpHeader *)(const void *)call->headers->data,
        .n_headers = call->headers->len,
        .timeouts = call->timeouts,
        .dry_run = call->dry_run,
        .recorded = call->recorder != NULL,
        .egress_allow = call->snapshot != NULL && call->snapshot->egress_allow != NULL
                            ? (char *const *)call->snapshot->egress_allow->pdata
                            : NULL,
        .events = call->recorder != NULL ? &recorded_events : &exchange_events,
        .user = call,
    };
    if (call->key != 0)
        spec.timeouts.total = time_left(call, total);
    call->exchange = pbay_batch_start(call->worker, &spec);
    if (call->paused)
        pbay_batch_pause(call->exchange, true);
}

/* Another key may fare better where this one was refused or used up, and nobody has heard
 * anything. */
static bool next_key(PbayCall *call, const PbayFailure *failure)
{
    bool about_key = failure->cls == PB_ERR_AUTH || failure->cls == PB_ERR_QUOTA ||
                     failure->cls == PB_ERR_RATE_LIMIT;
    if (!about_key || call->cancelled || pbay_answer_committed(call->answer) ||
        call->key + 1 >= call->keys)
        return false;
    call->key++;
    return true;
}

/* The failure that tells most: a key that works later outweighs one that never does. */
static void keep_failure(PbayCall *call, const PbayFailure *failure)
{
    if (call->failure != NULL && call->failure->retryable && !failure->retryable)
        return;
    pbay_failure_unref(call->failure);
    call->failure = pbay_failure_ref((PbayFailure *)failure);
}

static PbayFailure *complete(PbayCall *call)
{
    g_autoptr(GError) error = NULL;
    if (call->dry_run || pbay_answer_complete(call->answer, &error))
        return NULL;
    return answer_failure(call, error);
}

static void on_done(void *user, const PbayFailure *failure)
{
    PbayCall *call = user;
    g_autoptr(PbayFailure) broken = NULL;
    if (call->fault != NULL && !call->dry_run)
        broken = pbay_failure_ref(call->fault);
    else
        broken = failure == NULL ? complete(call) : NULL;
    const PbayFailure *came = broken != NULL ? broken : failure;
    pbay_call_end_attempt(call, came);
    call->exchange = NULL;
    bool again = broken == NULL && failure != NULL && next_key(call, failure);
    if (!again)
        end_recording(call, came, broken != NULL);
    if (came == NULL) {
        g_clear_pointer(&call->failure, pbay_failure_unref);
        finish(call);
        return;
    }
    keep_failure(call, came);
    PbayFailure *unfit = again && call->record ? begin_recording(call) : NULL;
    pbay_failure_unref(unfit); /* what could be recorded before can be again */
    if (again)
        start_attempt(call);
    else
        finish(call);
}

/* ---- The start ---- */

static void copy_headers(PbayCall *call, const PbayCallSpec *spec)
{
    for (size_t i = 0; i < spec->n_headers; i++) {
        PbayHttpHeader header = spec->headers[i];
        header.name = pbay_arena_copy(call->header_texts, header.name);
        header.value = pbay_arena_copy(call->header_texts, header.value);
        g_array_append_val(call->headers, header);
    }
}

static PbayCall *new_call(PbayWorker *worker, const PbayCallSpec *spec)
{
    PbayCall *call = g_new0(PbayCall, 1);
    call->worker = worker;
    call->events = spec->events;
    call->user = spec->user;
    call->snapshot = spec->snapshot != NULL ? pbay_snapshot_ref(spec->snapshot) : NULL;
    call->kind = spec->kind;
    call->api_key = spec->api_key != NULL ? pbay_secret_ref(spec->api_key) : NULL;
    call->timeouts = spec->timeouts;
    call->strict = spec->strict;
    call->dry_run = spec->dry_run;
    call->record = spec->record && !spec->dry_run;
    call->headers = g_array_new(FALSE, TRUE, sizeof(PbayHttpHeader));
    call->header_texts = pbay_arena_new(0);
    pbay_arena_set_wipe(call->header_texts, true);
    call->attempts = g_array_new(FALSE, TRUE, sizeof(PbayAttempt));
    g_array_set_clear_func(call->attempts, attempt_clear);
    call->body = g_string_new(NULL);
    call->keys = 1;
    call->started_us = g_get_monotonic_time();
    copy_headers(call, spec);
    return call;
}

/* Whose word counts on dropped parameters: the caller's, else the request's, else the
 * provider's. */
static void choose_policy(PbayCall *call, const PbayCallSpec *spec)
{
    call->drops_explicit = true;
    if (spec->drops_set) {
        call->drops = spec->drops;
    } else if (call->request.drops_set) {
        call->drops = call->request.drops;
    } else {
        call->drops = call->provider->drops;
        call->drops_explicit = call->provider->drops_explicit;
    }
}

static PbayFailure *note_own(PbayCall *call, int32_t note, pb_str param, pb_str why)
{
    PbayFailure *failure = pbay_call_note(call, note, param, why);
    call->own_notes = call->notes->len;
    if (failure == NULL || !call->dry_run)
        return failure;
    fault(call, failure);
    return NULL;
}

/* What reading the request changed. */
static PbayFailure *note_changes(PbayCall *call)
{
    PbayFailure *failure = NULL;
    if (call->request.renamed_max_tokens)
        failure = note_own(call, PB_NOTE_EMULATED, PBAY_STR("max_tokens_to_sample"),
                           PBAY_STR("max_tokens_to_sample means max_tokens"));
    for (size_t i = 0; i < G_N_ELEMENTS(call->request.idle); i++)
        if (failure == NULL && call->request.idle[i] != NULL)
            failure = note_own(call, PB_NOTE_DROPPED, pbay_str(call->request.idle[i]),
                               PBAY_STR("this version makes one attempt at one target; routing "
                                        "among several comes with a later one"));
    if (failure == NULL && call->request.dropped_stream)
        failure = note_own(call, PB_NOTE_DROPPED, PBAY_STR("stream"),
                           PBAY_STR("only chat and completion stream"));
    return failure;
}

static size_t count_keys(const PbayCall *call)
{
    size_t n = 0;
    while (call->api_key == NULL &&
           pbay_provider_secret(call->provider, PBAY_STR("api-key"), n) != NULL)
        n++;
    return MAX(n, 1);
}

static PbayFailure *prepare(PbayCall *call, const PbayCallSpec *spec)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    PbayFailure *failure =
        pbay_call_request_read(arena, spec->kind, spec->request, spec->model, &call->request);
    call->asked = pbay_str_dup(call->request.model);
    if (failure == NULL)
        failure = pbay_call_find_target(call, spec->provider);
    if (failure == NULL) {
        choose_policy(call, spec);
        call->keys = count_keys(call);
        if (call->timeouts.total == 0)
            call->timeouts.total = call->request.timeout_ms;
        failure = note_changes(call);
    }
    if (failure == NULL)
        pbay_call_request_write(&call->request, call->model, call->body);
    if (failure == NULL && call->record)
        failure = begin_recording(call);
    call->request.root = NULL;
    call->request.model = pbay_str(call->asked);
    return failure;
}

PbayCall *pbay_call_start(PbayWorker *worker, const PbayCallSpec *spec)
{
    PbayCall *call = new_call(worker, spec);
    call->failure = prepare(call, spec);
    if (call->failure == NULL)
        start_attempt(call);
    else
        pbay_loop_post(pbay_worker_loop(worker), finish_later, call);
    return call;
}

void pbay_call_cancel(PbayCall *call, int32_t why)
{
    call->cancelled = true;
    if (call->exchange != NULL)
        pbay_batch_cancel(call->exchange, why);
}

void pbay_call_pause(PbayCall *call, bool paused)
{
    call->paused = paused;
    if (call->exchange != NULL)
        pbay_batch_pause(call->exchange, paused);
}
