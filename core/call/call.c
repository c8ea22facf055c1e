/* SPDX-License-Identifier: Apache-2.0 */
/* Owns a call from start to its one outcome: the request made canonical, the plan made, and at the
 * end the answer of the attempt that served it, or the failure. On the worker's thread. Attempts
 * are attempt.c's business, what follows from their ends pursue.c's. */
#include "call/state.h"

#include "base/str.h"

static void free_attempt(void *attempt)
{
    pbay_attempt_free(attempt);
}

static void call_free(PbayCall *call)
{
    g_ptr_array_unref(call->attempts);
    pbay_waiter_free(call->waiter);
    pbay_plan_free(call->plan);
    g_clear_pointer(&call->snapshot, pbay_snapshot_unref);
    g_clear_pointer(&call->given, pbay_provider_unref);
    pbay_fleet_unref(call->fleet);
    pbay_secret_unref(call->api_key);
    g_array_unref(call->headers);
    pbay_arena_free(call->header_texts);
    pbay_notes_clear(&call->notes);
    pbay_facts_clear(&call->facts);
    pbay_failure_unref(call->refused);
    pbay_failure_unref(call->failure);
    g_string_free(call->body, TRUE);
    if (call->sent != NULL)
        g_string_free(call->sent, TRUE);
    if (call->recording != NULL)
        g_string_free(call->recording, TRUE);
    pbay_call_request_clear(&call->request);
    g_free(call->done);
    g_free(call->refusals);
    g_free(call->unrecorded);
    g_free(call->asked);
    g_free(call->body_model);
    g_free(call->missing);
    g_free(call);
}

/* ---- The end ---- */

static void write_answer(PbayCall *call, GString *out)
{
    if (pbay_answer_write(call->winner->answer, out))
        return;
    g_string_truncate(out, 0);
    call->failure =
        pbay_failure_new(PB_ERR_INTERNAL,
                         "the answer of provider %s came whole but could not be written as JSON; "
                         "this is a defect of Patchbay, please report it",
                         call->winner->provider->name);
}

/* References to the snapshot go before `done`, so that its last owner is whoever made it. */
static void let_go(PbayCall *call)
{
    g_clear_pointer(&call->plan, pbay_plan_free);
    for (guint i = 0; i < call->attempts->len; i++) {
        PbayAttempt *attempt = call->attempts->pdata[i];
        g_clear_pointer(&attempt->provider, pbay_provider_unref);
    }
    g_clear_pointer(&call->given, pbay_provider_unref);
    g_clear_pointer(&call->snapshot, pbay_snapshot_unref);
}

/* Bytes of a report of one attempt or two. */
#define REPORT_USUAL 2000

static void finish(PbayCall *call)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    g_autoptr(GString) report = g_string_sized_new(REPORT_USUAL);
    PbayOutcome outcome = {0};
    if (call->failure == NULL && call->dry_run)
        pbay_call_explain(call, answer);
    else if (call->failure == NULL && !pbay_answer_streams(call->winner->answer))
        write_answer(call, answer);
    if (call->failure == NULL && call->winner != NULL)
        outcome.bytes = pbay_answer_bytes(call->winner->answer, &outcome.media_type);
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
    let_go(call);
    call->events->done(call->user, &outcome);
    call_free(call);
}

static void finish_at_turn_end(void *data)
{
    finish(data);
}

void pbay_call_end(PbayCall *call, PbayFailure *failure)
{
    if (!call->ending) {
        call->ending = true;
        call->failure = failure;
        pbay_call_stop_waiting(call);
        pbay_call_hedge_stop(call);
    } else {
        pbay_failure_unref(failure);
    }
    if (pbay_call_alive(call) == 0)
        pbay_loop_at_turn_end(pbay_call_loop(call), finish_at_turn_end, call);
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
    call->fleet = spec->fleet != NULL ? pbay_fleet_ref(spec->fleet) : pbay_fleet_new(spec->seed);
    call->kind = spec->kind;
    call->api_key = spec->api_key != NULL ? pbay_secret_ref(spec->api_key) : NULL;
    call->given = spec->provider != NULL ? pbay_provider_ref(spec->provider) : NULL;
    call->timeouts = spec->timeouts;
    call->strict = spec->strict;
    call->dry_run = spec->dry_run;
    call->record = spec->record && !spec->dry_run;
    call->insist = spec->insist;
    call->asked_retries = spec->retries_set ? spec->retries : -1;
    call->drops_set = spec->drops_set;
    call->drops = spec->drops;
    call->headers = g_array_new(FALSE, TRUE, sizeof(PbayHttpHeader));
    call->header_texts = pbay_arena_new(0);
    pbay_arena_set_wipe(call->header_texts, true);
    call->attempts = g_ptr_array_new_with_free_func(free_attempt);
    call->body = g_string_new(NULL);
    call->chance = spec->seed;
    call->unwilling = -1;
    copy_headers(call, spec);
    return call;
}

static PbayFailure *note_own(PbayCall *call, int32_t note, pb_str param, pb_str why)
{
    const PbayStep *first = &g_array_index(call->plan->steps, PbayStep, call->step);
    const PbayProvider *provider = first->target->provider;
    const PbayDropPolicy policy = {
        .strict = call->strict,
        .explicit = call->drops_set || (provider != NULL && provider->drops_explicit),
        .drops = call->drops_set || provider == NULL ? call->drops : provider->drops};
    PbayFailure *failure = pbay_notes_take(
        &call->notes, &policy, provider != NULL ? provider->name : "?", note, param, why);
    if (failure == NULL || !call->dry_run)
        return failure;
    pbay_failure_unref(call->refused);
    call->refused = failure;
    return NULL;
}

/* What reading the request changed. */
static PbayFailure *note_changes(PbayCall *call)
{
    PbayFailure *failure = NULL;
    if (call->request.renamed_max_tokens)
        failure = note_own(call, PB_NOTE_EMULATED, PBAY_STR("max_tokens_to_sample"),
                           PBAY_STR("max_tokens_to_sample means max_tokens"));
    if (failure == NULL && call->request.dropped_stream)
        failure = note_own(call, PB_NOTE_DROPPED, PBAY_STR("stream"),
                           PBAY_STR("only chat and completion stream"));
    return failure;
}

static void take_settings(PbayCall *call)
{
    if (!call->drops_set && call->request.drops_set) {
        call->drops_set = true;
        call->drops = call->request.drops;
    }
    if (call->timeouts.total == 0)
        call->timeouts.total = call->request.timeout_ms;
}

/* What cannot be shown without a secret is refused before anything is sent. */
static PbayFailure *check_recordable(const PbayCall *call, const PbayStep *first)
{
    PbayFailure *unfit = NULL;
    pbay_recorder_free(pbay_call_new_recorder(call, first, &unfit));
    return unfit;
}

static PbayFailure *prepare(PbayCall *call, const PbayCallSpec *spec)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    PbayFailure *failure =
        pbay_call_request_read(arena, spec->kind, spec->request, spec->model, &call->request);
    call->asked = pbay_str_dup(call->request.model);
    take_settings(call);
    if (failure == NULL)
        failure = pbay_call_make_plan(call);
    if (failure == NULL)
        failure = note_changes(call);
    if (failure == NULL) {
        const PbayStep *first = &g_array_index(call->plan->steps, PbayStep, call->step);
        call->body_model = g_strdup(first->target->model);
        pbay_call_request_write(&call->request, call->body_model, call->body);
        if (call->record)
            failure = check_recordable(call, first);
    }
    call->request.root = NULL;
    call->request.labels = NULL;
    call->request.model = pbay_str(call->asked);
    return failure;
}

PbayCall *pbay_call_start(PbayWorker *worker, const PbayCallSpec *spec)
{
    PbayCall *call = new_call(worker, spec);
    PbayFailure *failure = prepare(call, spec);
    if (failure != NULL)
        pbay_call_end(call, failure);
    else
        pbay_call_pursue(call);
    return call;
}

PbayFailure *pbay_call_cancel_failure(const PbayCall *call)
{
    if (call->cancel_why == PB_CANCEL_DEADLINE)
        return pbay_failure_new(PB_ERR_TIMEOUT,
                                "the call's time was up while it waited for another attempt");
    return pbay_failure_new(PBAY_ERR_CANCELLED, "%s",
                            call->cancel_why == PB_CANCEL_SHUTDOWN ? "the program is shutting down"
                                                                   : "the caller cancelled");
}

void pbay_call_cancel(PbayCall *call, int32_t why)
{
    if (pbay_call_is_over(call))
        return;
    call->cancelled = true;
    call->cancel_why = why;
    for (guint i = 0; i < call->attempts->len; i++) {
        PbayAttempt *attempt = call->attempts->pdata[i];
        if (pbay_attempt_alive(attempt))
            pbay_batch_cancel(attempt->exchange, why);
    }
    if (pbay_call_alive(call) == 0)
        pbay_call_end(call, pbay_call_cancel_failure(call));
}

void pbay_call_pause(PbayCall *call, bool paused)
{
    call->paused = paused;
    for (guint i = 0; i < call->attempts->len; i++) {
        PbayAttempt *attempt = call->attempts->pdata[i];
        if (pbay_attempt_alive(attempt))
            pbay_batch_pause(attempt->exchange, paused);
    }
}
