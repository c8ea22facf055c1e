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

static PbayFailure *answer_failure(const PbayAttempt *attempt, const GError *error)
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
        pbay_attempt_fault(attempt, answer_failure(attempt, error));
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

/* ---- The end ---- */

static PbayFailure *complete(PbayAttempt *attempt)
{
    g_autoptr(GError) error = NULL;
    if (attempt->call->dry_run || pbay_answer_complete(attempt->answer, &error))
        return NULL;
    return answer_failure(attempt, error);
}

static int64_t tokens_used(const PbayAttempt *attempt)
{
    PbayUsage usage = attempt->usage;
    bool known = (usage.known & PB_USAGE_IN) != 0 && (usage.known & PB_USAGE_OUT) != 0;
    return known ? usage.in + usage.out : -1;
}

/* Whose doing the end was: the target's, or nobody's. */
static bool is_neutral(const PbayAttempt *attempt)
{
    const PbayCall *call = attempt->call;
    const PbayFailure *failure = attempt->failure;
    if (attempt->lost || call->cancelled)
        return true;
    return attempt->hurried && failure != NULL && failure->cls == PB_ERR_TIMEOUT &&
           attempt->fault == NULL && pbay_call_time_left(call) == 0;
}

/* Who lost because it was late was at least that late: else it would be known as fast for ever. Of
 * the one that joined nothing is known. */
static int64_t first_ms_of(const PbayAttempt *attempt)
{
    bool late = attempt->lost && !attempt->hedge && attempt->first_ms < 0;
    return late ? attempt->ms : attempt->first_ms;
}

static void settle(PbayAttempt *attempt)
{
    PbayCall *call = attempt->call;
    if (attempt->ticket == NULL)
        return;
    const PbaySettle settle = {
        .now = pbay_call_now(call),
        .failure = attempt->failure,
        .neutral = is_neutral(attempt),
        .own_key = call->api_key != NULL,
        .stream = pbay_answer_streams(attempt->answer),
        .first_ms = first_ms_of(attempt),
        .total_ms = attempt->ms,
        .tokens = tokens_used(attempt),
        .sent = attempt->requests != 0 || attempt->first_ms >= 0,
    };
    pbay_fleet_settle(call->fleet, g_steal_pointer(&attempt->ticket), &settle);
}

static void keep_facts(PbayAttempt *attempt, const PbayFailure *failure)
{
    const char *id = pbay_batch_request_id(attempt->exchange);
    if (id == NULL && failure != NULL)
        id = failure->request_id;
    attempt->failure = failure != NULL ? pbay_failure_ref((PbayFailure *)failure) : NULL;
    attempt->requests = pbay_batch_requests(attempt->exchange);
    attempt->status = pbay_batch_status(attempt->exchange);
    attempt->request_id = g_strdup(id);
    attempt->usage = pbay_answer_usage(attempt->answer);
    attempt->text_bytes = pbay_answer_text_bytes(attempt->answer);
    attempt->images = pbay_answer_images(attempt->answer);
    attempt->ms = pbay_call_now(attempt->call) - attempt->started;
    if (failure == NULL && attempt->first_ms < 0)
        attempt->first_ms = attempt->ms;
}

/* What it said is of no use any more, and may be long. */
static void drop_answer(PbayAttempt *attempt)
{
    g_clear_pointer(&attempt->answer, pbay_answer_free);
    if (attempt->held != NULL)
        g_string_free(g_steal_pointer(&attempt->held), TRUE);
}

/* How it ended, as far as that is not the exchange's own word: a new reference, or NULL. */
static PbayFailure *own_failure(PbayAttempt *attempt, const PbayFailure *given)
{
    if (attempt->fault != NULL && !attempt->call->dry_run)
        return pbay_failure_ref(attempt->fault);
    return given == NULL && !attempt->lost ? complete(attempt) : NULL;
}

static void be_heard(PbayAttempt *attempt)
{
    PbayCall *call = attempt->call;
    pbay_attempt_win(attempt);
    pbay_attempt_release(attempt);
    /* Who stopped before the last chunk has not got all of it. */
    if (call->cancelled && pbay_answer_streams(attempt->answer))
        attempt->failure = pbay_call_cancel_failure(call);
}

/* What the call ends with, as far as it ends with this attempt: a new reference, or NULL. */
static PbayFailure *last_word(const PbayAttempt *attempt)
{
    const PbayFailure *failure = attempt->failure;
    bool beside = failure != NULL && attempt->call->cancelled &&
                  failure->cls != PBAY_ERR_CANCELLED && failure->cls != PB_ERR_TIMEOUT;
    if (beside) /* it had failed just before, and more would have followed */
        return pbay_call_cancel_failure(attempt->call);
    return failure != NULL ? pbay_failure_ref((PbayFailure *)failure) : NULL;
}

static void on_done(void *user, const PbayFailure *given)
{
    PbayAttempt *attempt = user;
    PbayCall *call = attempt->call;
    g_autoptr(PbayFailure) broken = own_failure(attempt, given);
    keep_facts(attempt, broken != NULL ? broken : given);
    attempt->exchange = NULL;
    pbay_loop_timer_stop(pbay_call_loop(call), &attempt->first_token);
    settle(attempt);
    pbay_call_end_recording(call, attempt, broken != NULL);
    if (attempt->failure == NULL && !attempt->lost)
        be_heard(attempt);
    if (attempt->failure != NULL || attempt->lost)
        drop_answer(attempt);
    pbay_call_tell_ended(attempt);
    if (attempt->lost) { /* how the call ends is the winner's business */
        if (call->ending)
            pbay_call_end(call, NULL);
    } else if (call->winner == attempt || pbay_call_is_over(call)) {
        pbay_call_end(call, last_word(attempt));
    } else if (pbay_call_alive(call) == 0) {
        pbay_call_attempt_failed(call, attempt);
    }
}

static const PbayExchangeEvents exchange_events = {
    .on_event = on_event, .on_note = on_note, .on_request = on_request, .done = on_done};

static const PbayExchangeEvents recorded_events = {.on_event = on_event,
                                                   .on_note = on_note,
                                                   .on_request = on_request,
                                                   .on_reply_head = on_reply_head,
                                                   .on_reply_bytes = on_reply_bytes,
                                                   .on_reply_end = on_reply_end,
                                                   .done = on_done};

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
