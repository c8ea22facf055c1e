/* SPDX-License-Identifier: Apache-2.0 */
/* Owns one attempt: the exchange with one target, its events into an answer of its own, its bounds
 * in time, and what it tells the fleet in the end. On the worker's thread. What is heard of it is
 * commit.c's business, what follows from its end pursue.c's. */
#include "call/state.h"

#include "base/str.h"
#include "json/reader.h"

/* "No bound", where 0 would mean the provider's. */
#define UNBOUNDED (INT64_C(30) * 24 * 3600 * 1000)

void pbay_attempt_free(PbayAttempt *attempt)
{
    pbay_answer_free(attempt->answer);
    pbay_failure_unref(attempt->fault);
    pbay_failure_unref(attempt->failure);
    pbay_recorder_free(attempt->recorder);
    if (attempt->held != NULL)
        g_string_free(attempt->held, TRUE);
    pbay_notes_clear(&attempt->notes);
    pbay_provider_unref(attempt->provider);
    g_free(attempt->request_id);
    g_free(attempt);
}

unsigned pbay_call_alive(const PbayCall *call)
{
    unsigned alive = 0;
    for (guint i = 0; i < call->attempts->len; i++)
        alive += pbay_attempt_alive(call->attempts->pdata[i]) ? 1u : 0u;
    return alive;
}

/* ---- What the exchange says ---- */

void pbay_attempt_fault(PbayAttempt *attempt, PbayFailure *failure)
{
    if (attempt->fault != NULL) {
        pbay_failure_unref(failure);
        return;
    }
    attempt->fault = failure;
    if (attempt->recorder != NULL)
        pbay_recorder_spoil(attempt->recorder, "Patchbay itself ended the call: %s",
                            failure->message);
    if (!attempt->call->dry_run && attempt->exchange != NULL)
        pbay_batch_cancel(attempt->exchange, PB_CANCEL_CLIENT);
}

PbayFailure *pbay_attempt_answer_failure(const PbayAttempt *attempt, const GError *error)
{
    PbayFailure *failure = pbay_answer_failure(attempt->answer, error);
    pbay_failure_set_request_id(failure, pbay_str(pbay_batch_request_id(attempt->exchange)));
    failure->http_status = pbay_batch_status(attempt->exchange);
    return failure;
}

static void on_event(void *user, const pb_event *event)
{
    PbayAttempt *attempt = user;
    g_autoptr(GError) error = NULL;
    if (attempt->recorder != NULL)
        pbay_recorder_event(attempt->recorder, event);
    /* What it cost is booked in any case. */
    bool counts = (attempt->fault == NULL && !attempt->lost) || event->kind == PB_EV_USAGE;
    if (!counts || attempt->call->dry_run)
        return;
    if (!pbay_answer_event(attempt->answer, event, &error))
        pbay_attempt_fault(attempt, pbay_attempt_answer_failure(attempt, error));
    else
        pbay_attempt_note_content(attempt);
}

static void on_note(void *user, int32_t note, pb_str param, pb_str why)
{
    PbayAttempt *attempt = user;
    if (attempt->recorder != NULL)
        pbay_recorder_note(attempt->recorder, note, param);
    PbayFailure *failure = pbay_notes_take(&attempt->notes, &attempt->policy,
                                           attempt->provider->name, note, param, why);
    if (failure != NULL)
        pbay_attempt_fault(attempt, failure);
}

static void on_request(void *user, const PbayHttpRequest *request)
{
    PbayAttempt *attempt = user;
    if (attempt->call->dry_run)
        pbay_call_keep_request(attempt->call, request);
    else if (attempt->recorder != NULL)
        pbay_recorder_request(attempt->recorder, request);
}

static void on_reply_head(void *user, int status, const PbayHttpHeader *headers, size_t n)
{
    const PbayAttempt *attempt = user;
    pbay_recorder_head(attempt->recorder, status, headers, n);
}

static void on_reply_bytes(void *user, pb_str bytes)
{
    const PbayAttempt *attempt = user;
    pbay_recorder_bytes(attempt->recorder, bytes);
}

static void on_reply_end(void *user, const PbayFailure *cut)
{
    const PbayAttempt *attempt = user;
    pbay_recorder_reply_end(attempt->recorder, cut);
}

static const PbayExchangeEvents exchange_events = {
    .on_event = on_event, .on_note = on_note, .on_request = on_request, .done = pbay_attempt_done};

static const PbayExchangeEvents recorded_events = {.on_event = on_event,
                                                   .on_note = on_note,
                                                   .on_request = on_request,
                                                   .on_reply_head = on_reply_head,
                                                   .on_reply_bytes = on_reply_bytes,
                                                   .on_reply_end = on_reply_end,
                                                   .done = pbay_attempt_done};

void pbay_attempt_abandon(PbayAttempt *attempt)
{
    if (attempt->exchange != NULL)
        pbay_batch_cancel(attempt->exchange, PB_CANCEL_CLIENT);
}

/* ---- The start ---- */

static void new_answer(PbayAttempt *attempt)
{
    PbayCall *call = attempt->call;
    bool streams = call->events->chunk != NULL;
    PbayAnswerSpec spec = {
        .kind = call->kind,
        .stream = call->request.stream,
        .include_usage = call->request.include_usage,
        .base64 = call->request.base64,
        .choices = call->request.choices,
        .model = pbay_str(call->asked),
        .prefix = call->kind == PB_KIND_MODELS ? pbay_str(attempt->provider->name) : pbay_str(NULL),
        .created = g_get_real_time() / G_USEC_PER_SEC,
        .inputs = call->request.inputs,
        .chunk = streams ? pbay_attempt_chunk : NULL,
        .user = attempt,
    };
    attempt->answer = pbay_answer_new(&spec);
    if (pbay_answer_streams(attempt->answer))
        attempt->held = g_string_new(NULL);
}

/* The body names the model of the target before it; where the next has another name, so does the
 * body. */
static void name_model(PbayCall *call, const char *model)
{
    if (g_strcmp0(call->body_model, model) == 0)
        return;
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *root = pbay_json_parse(arena, pbay_str_of(call->body), NULL, 0, NULL);
    PbayCallRequest request = {.root = root};
    GString *body = g_string_sized_new(call->body->len + 64);
    pbay_call_request_write(&request, model, body);
    g_string_free(call->body, TRUE);
    call->body = body;
    g_free(call->body_model);
    call->body_model = g_strdup(model);
}

static PbayDropPolicy policy_of(const PbayCall *call, const PbayProvider *provider)
{
    if (call->drops_set)
        return (PbayDropPolicy){call->strict, true, call->drops};
    return (PbayDropPolicy){call->strict, provider->drops_explicit, provider->drops};
}

static int64_t or_unbounded(int64_t ms)
{
    return ms != 0 ? ms : UNBOUNDED;
}

/* Not the time that the configuration gives, but what is left of the call's. */
static bool is_hurried(const PbayAttempt *attempt, int64_t left, int64_t attempt_ms)
{
    int64_t total = pbay_call_configured_total(attempt->step->model, attempt->provider);
    return left < attempt_ms && left < MIN(attempt_ms, or_unbounded(total)) / 2;
}

static PbayTimeouts exchange_bounds(PbayAttempt *attempt, const PbayTimeouts *bounds)
{
    int64_t left = pbay_call_time_left(attempt->call);
    int64_t attempt_ms = or_unbounded(bounds->attempt);
    attempt->hurried = is_hurried(attempt, left, attempt_ms);
    return (PbayTimeouts){.connect = or_unbounded(bounds->connect),
                          .first_byte = or_unbounded(bounds->first_byte),
                          .idle = or_unbounded(bounds->idle),
                          .total = MAX(1, MIN(left, attempt_ms))};
}

static void no_token_in_time(void *data)
{
    PbayAttempt *attempt = data;
    pbay_attempt_fault(attempt,
                       pbay_failure_new(PB_ERR_TIMEOUT,
                                        "%s gave no token of its answer within %" G_GINT64_FORMAT
                                        " ms (timeout-first-token)",
                                        attempt->step->target->name,
                                        pbay_call_now(attempt->call) - attempt->started));
}

static PbayAttempt *new_attempt(PbayCall *call, const PbayAttemptSpec *spec)
{
    PbayAttempt *attempt = g_new0(PbayAttempt, 1);
    attempt->call = call;
    attempt->step = spec->step;
    attempt->provider = pbay_provider_ref(spec->step->target->provider);
    attempt->policy = policy_of(call, attempt->provider);
    attempt->key = spec->key;
    attempt->ticket = spec->ticket;
    attempt->hedge = spec->hedge;
    attempt->probe = spec->probe;
    attempt->waited_ms = spec->waited_ms;
    attempt->started = pbay_call_now(call);
    attempt->first_ms = -1;
    g_ptr_array_add(call->attempts, attempt);
    new_answer(attempt);
    return attempt;
}

static void begin_recording(PbayAttempt *attempt)
{
    PbayCall *call = attempt->call;
    g_autoptr(PbayFailure) unfit = NULL;
    attempt->recorder = pbay_call_new_recorder(call, attempt->step, &unfit);
    if (unfit != NULL)
        pbay_call_drop_recording(call, unfit->message);
}

void pbay_attempt_start(PbayCall *call, const PbayAttemptSpec *spec)
{
    PbayAttempt *attempt = new_attempt(call, spec);
    PbayTimeouts bounds = pbay_call_bounds(call, spec->step->model, attempt->provider);
    name_model(call, spec->step->target->model);
    if (call->record)
        begin_recording(attempt);
    const PbayExchangeSpec exchange = {
        .provider = attempt->provider,
        .kind = call->kind,
        .flags = call->request.stream ? PB_REQ_STREAM : 0,
        .model = pbay_str(spec->step->target->model),
        .body = pbay_str_of(call->body),
        .api_key = call->api_key,
        .key_index = attempt->key,
        .headers = (const PbayHttpHeader *)(const void *)call->headers->data,
        .n_headers = call->headers->len,
        .timeouts = exchange_bounds(attempt, &bounds),
        .total_key = bounds.attempt != 0 && bounds.attempt <= pbay_call_time_left(call)
                         ? "timeout-attempt"
                         : NULL,
        .dry_run = call->dry_run,
        .recorded = attempt->recorder != NULL,
        .egress_allow = call->snapshot != NULL && call->snapshot->egress_allow != NULL
                            ? (char *const *)call->snapshot->egress_allow->pdata
                            : NULL,
        .events = attempt->recorder != NULL ? &recorded_events : &exchange_events,
        .user = attempt,
    };
    attempt->exchange = pbay_batch_start(call->worker, &exchange);
    if (call->paused)
        pbay_batch_pause(attempt->exchange, true);
    if (pbay_answer_streams(attempt->answer) && bounds.first_token != 0 && !call->dry_run)
        pbay_loop_timer_start(pbay_call_loop(call), &attempt->first_token, bounds.first_token,
                              no_token_in_time, attempt);
    if (!call->dry_run)
        pbay_call_tell_trying(attempt);
}
