/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the call room share: one call, its plan, its attempts and its notes. Private.
 * On the worker's thread. */
#ifndef PBAY_CALL_STATE_H
#define PBAY_CALL_STATE_H

#include "call/call.h"
#include "call/record.h"
#include "call/request.h"
#include "exchange/batch.h"
#include "routing/plan.h"
#include "json/writer.h"

/* Notes kept of one attempt; what comes beyond is counted. */
#define PBAY_CALL_NOTES_MAX 256u

/* Bytes of chunks held back before the first content of a stream; one that goes on without any is
 * none. */
#define PBAY_CALL_HELD_MAX ((size_t)8 << 20)

typedef struct PbayNotes {
    GPtrArray *items; /* of notes.c, or NULL: none */
    unsigned lost;
} PbayNotes;

/* What becomes of parameters that a provider does not take. */
typedef struct PbayDropPolicy {
    bool strict, explicit;
    PbayDrops drops;
} PbayDropPolicy;

/* One target tried once. It lives as long as its call. */
typedef struct PbayAttempt {
    PbayCall *call;
    const PbayStep *step;   /* of the plan */
    PbayProvider *provider; /* a reference */
    PbayDropPolicy policy;
    size_t key;
    bool hedge; /* it races another one */
    bool probe; /* of the breaker */

    /* Under way. */
    PbayTicket *ticket;     /* until it is settled */
    PbayBatch *exchange;    /* or NULL: over */
    PbayAnswer *answer;     /* goes with the attempt's failure */
    PbayFailure *fault;     /* ours: a note refused, the grammar broken, no token in time */
    GString *held;          /* chunks before the commit point, a line each; NULL behind it */
    PbayTimer first_token;  /* of the timeout */
    PbayRecorder *recorder; /* or NULL */
    int64_t started;        /* ms of the loop */
    bool hurried;           /* the call left it less than half of the time that is configured */
    bool lost;              /* the other one of the race had content first */
    bool judged;            /* its failure has led to what followed */

    /* What came of it. */
    PbayNotes notes;
    PbayFailure *failure; /* or NULL: it went well, or is under way */
    unsigned requests;
    int status;
    char *request_id;
    PbayUsage usage;
    size_t text_bytes; /* of what it said */
    int64_t images;    /* that it gave */
    int64_t first_ms;  /* to its first content; -1: none */
    int64_t ms;
    int64_t waited_ms; /* before it: backoff or a queue */
} PbayAttempt;

struct PbayCall {
    PbayWorker *worker;
    const PbayCallEvents *events;
    void *user;
    PbaySnapshot *snapshot; /* a reference, or NULL */
    PbayFleet *fleet;       /* a reference */

    /* What was asked for. */
    int32_t kind;
    PbayCallRequest request; /* without root: its text is gone */
    char *asked;             /* the model as named by the client; "" if none */
    PbaySecret *api_key;
    GArray *headers;         /* PbayHttpHeader, texts in header_texts */
    PbayArena *header_texts; /* wiped */
    PbayTimeouts timeouts;
    bool strict, dry_run, record, insist;
    int asked_retries; /* -1: as configured */
    bool drops_set;    /* drops: the caller's or the request's word, over the provider's */
    PbayDrops drops;
    PbayProvider *given; /* over the resolved one, or NULL; a reference */

    /* The plan, and how far it was carried out. */
    PbayFacts facts; /* zero unless measured */
    bool measured;
    PbayPlan *plan;       /* NULL: the request was refused */
    bool *done;           /* by step: taken, or refused where it was to be taken */
    PbayCause cause;      /* whose steps are being tried */
    unsigned causes;      /* bits of those that were begun */
    guint step;           /* the one tried last */
    int retried;          /* further attempts on it so far */
    int64_t last_wait;    /* of the backoff on it, ms */
    int64_t too_long_at;  /* greatest context that was too small; 0: none was */
    bool content_refused; /* by a target: only what is named for that may follow */
    int64_t total_ms;     /* of the whole call; 0: no bound */
    int64_t deadline;     /* ms of the loop; 0: none */
    uint64_t chance;      /* state of this call's randomness */
    char *missing;        /* dry_run: why the provider is not ready, or NULL */
    char *body_model;     /* the upstream model that `body` names */
    GString *body;

    /* Waiting: for the backoff's end, or in a queue. */
    PbayTimer timer;
    PbayTimer hedge_timer; /* another target joins */
    bool raced;            /* one has */
    PbayWaiter *waiter;    /* or NULL */
    int64_t waiting_since;
    int64_t queue_end; /* 0: it stands in no queue */
    PbayOut queue_out; /* what it waits for there */
    int64_t queue_until;
    char *refusals; /* what refused a step as it was to be taken, for the message; or NULL */
    int64_t refused_until;
    gint unwilling; /* a step that only its breaker or keys refused; -1: none */
    bool forcing;   /* of the step that is tried they do not count */

    /* What came of it. */
    GPtrArray *attempts; /* PbayAttempt * */
    PbayAttempt *winner; /* has said something, or ended well; or NULL */
    bool paused, cancelled, ending;
    int32_t cancel_why;
    PbayNotes notes;      /* of the request, whatever the attempt */
    bool unshown;         /* dry_run: no target's request can be written */
    PbayFailure *refused; /* dry_run: what the request itself would have failed of, or NULL */
    GString *sent;        /* dry_run: the request as JSON, or NULL */
    PbayFailure *failure; /* or NULL */
    GString *recording;   /* or NULL */
    char *unrecorded;     /* why there is none, or NULL */
};

static inline PbayLoop *pbay_call_loop(const PbayCall *call)
{
    return pbay_worker_loop(call->worker);
}
static inline const PbayStep *pbay_call_step(const PbayCall *call, guint i)
{
    return &g_array_index(call->plan->steps, PbayStep, i);
}
/* Nothing may be begun any more. */
static inline bool pbay_call_is_over(const PbayCall *call)
{
    return call->ending || call->cancelled;
}
static inline int64_t pbay_call_now(const PbayCall *call)
{
    return pbay_loop_now(pbay_call_loop(call));
}

/* call.c: ends it, in this turn's end at the latest when all attempts are over. failure is taken
 * over; NULL: the winner's answer stands. */
void pbay_call_end(PbayCall *call, PbayFailure *failure);
/* Of one that was cancelled; a new reference. */
PbayFailure *pbay_call_cancel_failure(const PbayCall *call);

/* commit.c: a chunk of the attempt's answer, kept back or passed on. */
void pbay_attempt_chunk(void *attempt, pb_str json);
/* After an event: content has come, so that the attempt is heard. */
void pbay_attempt_note_content(PbayAttempt *attempt);
/* The first of a race that is heard, or has ended well: the others are given up. */
void pbay_attempt_win(PbayAttempt *attempt);
/* Passes on what was held back. */
void pbay_attempt_release(PbayAttempt *attempt);

/* settle.c: as PbayExchangeEvents has it. */
void pbay_attempt_done(void *attempt, const PbayFailure *given);

/* attempt.c. key: which of the provider's; the ticket is taken over. */
typedef struct PbayAttemptSpec {
    const PbayStep *step;
    PbayTicket *ticket; /* NULL: a dry run */
    size_t key;
    bool probe, hedge;
    int64_t waited_ms;
} PbayAttemptSpec;
void pbay_attempt_start(PbayCall *call, const PbayAttemptSpec *spec);
/* Closes its upstream without a word about the target; it ends later. */
void pbay_attempt_abandon(PbayAttempt *attempt);
void pbay_attempt_free(PbayAttempt *attempt);
static inline bool pbay_attempt_alive(const PbayAttempt *attempt)
{
    return attempt->exchange != NULL;
}
/* It ends with this failure of ours, taken over; the first one stands. */
void pbay_attempt_fault(PbayAttempt *attempt, PbayFailure *failure);
/* What its answer refused, with what is known of the reply; while the exchange lives. */
PbayFailure *pbay_attempt_answer_failure(const PbayAttempt *attempt, const GError *error);
unsigned pbay_call_alive(const PbayCall *call); /* attempts under way */

/* pursue.c: what happens next. */
void pbay_call_pursue(PbayCall *call);                            /* the first step */
void pbay_call_attempt_failed(PbayCall *call, PbayAttempt *last); /* none other is under way */
void pbay_call_go(PbayCall *call); /* takes the next step that admits; ends it when none does */
/* The next step of the cause that is in and was not tried; -1: none is left. */
gint pbay_call_next_step(const PbayCall *call);
/* Behind the one that was tried last there is nothing to move on to. */
bool pbay_call_is_last(const PbayCall *call);
int pbay_call_attempts_left(const PbayCall *call);
double pbay_call_chance(PbayCall *call); /* 0 to 1 */
uint64_t pbay_call_seed(PbayCall *call);

/* take.c: takes step i and starts its attempt: true. Else *taken says why not. hedge: beside
 * another one; it does not wait. */
bool pbay_call_open_step(PbayCall *call, guint i, bool hedge, PbayTaken *taken);
/* What is asked of the fleet for a step, without a place to wait. */
PbayTake pbay_call_take_of(const PbayCall *call, const PbayStep *step);
/* The step is passed over, and remembered for the message and as the last resort. */
void pbay_call_refuse_step(PbayCall *call, guint i, PbayOut out, int64_t until);
const char *pbay_call_out_text(PbayOut out);

/* wait.c: the place for queues, if this target has one. */
void pbay_call_ready_to_queue(PbayCall *call, const PbayModelTarget *target);
/* The call stands in the queue of step i, as the fleet has said. */
void pbay_call_queue(PbayCall *call, guint i, const PbayTaken *taken);
/* The same target after a while; false: not this time. */
bool pbay_call_wait_and_retry(PbayCall *call, const PbayAttempt *attempt);
void pbay_call_stop_waiting(PbayCall *call);

/* outcome.c: the failure of a call in which no attempt went well, a new reference; last is the one
 * that ended it, or NULL. */
PbayFailure *pbay_call_no_answer(const PbayCall *call, const PbayFailure *last);

/* hedge.c: watches the attempt, so that another joins when it is late; once a call. */
void pbay_call_hedge_watch(PbayCall *call, PbayAttempt *attempt);
void pbay_call_hedge_stop(PbayCall *call);

/* bounds.c */
PbayTimeouts pbay_call_bounds(const PbayCall *call, const PbayModel *model,
                              const PbayProvider *provider);
int64_t pbay_call_time_left(const PbayCall *call); /* ms; G_MAXINT64: no bound; at least 0 */
/* Of the whole call, as asked for or configured for the model that was asked for; 0: no bound. */
int64_t pbay_call_total(const PbayCall *call);
/* Nobody asked for anything else: of the whole call, for this target. */
int64_t pbay_call_configured_total(const PbayModel *model, const PbayProvider *provider);

/* notes.c: keeps a note. The failure when policy makes it one, else NULL. */
PbayFailure *pbay_notes_take(PbayNotes *notes, const PbayDropPolicy *policy, const char *provider,
                             int32_t note, pb_str param, pb_str why);
void pbay_notes_clear(PbayNotes *notes);
/* The array of both. */
void pbay_notes_write(const PbayNotes *own, const PbayNotes *more, PbayJsonWriter *w);

/* recording.c: a recorder for an attempt at that step, or NULL and why it cannot be recorded. */
PbayRecorder *pbay_call_new_recorder(const PbayCall *call, const PbayStep *step,
                                     PbayFailure **unfit);
/* There is none of the call: its last attempt cannot be shown. */
void pbay_call_drop_recording(PbayCall *call, const char *why);
/* judged: by the canonical answer's word. */
void pbay_call_end_recording(PbayCall *call, PbayAttempt *attempt, bool judged);

/* target.c: the plan of the request as it was read, its facts and whether its targets can serve the
 * call at all. NULL, or why not. */
PbayFailure *pbay_call_make_plan(PbayCall *call);

/* tokens.c: what an attempt has used; false: nothing is known of it (nothing was sent). */
bool pbay_attempt_tokens(const PbayAttempt *attempt, PbayTokens *tokens);
void pbay_call_write_cost(const PbayCall *call, PbayJsonWriter *w); /* members tokens, cost */
void pbay_attempt_write_cost(const PbayAttempt *attempt, PbayJsonWriter *w);

/* watch.c: tells whoever listens, and the log. */
void pbay_call_tell_trying(const PbayAttempt *attempt);
void pbay_call_tell_waiting(const PbayCall *call, guint step, int64_t ms, const char *why);
void pbay_call_tell_ended(const PbayAttempt *attempt);
void pbay_call_tell_passed(const PbayCall *call, guint step, const char *why);

/* report.c, explain.c */
const PbayAttempt *pbay_call_last(const PbayCall *call);   /* the winner, else the last; or NULL */
void pbay_call_report(const PbayCall *call, GString *out); /* out is empty */
void pbay_call_keep_request(PbayCall *call, const PbayHttpRequest *request);
void pbay_call_explain(const PbayCall *call, GString *out);

#endif
