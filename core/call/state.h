/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the call room share: one call, its attempts and its notes. Private. On the
 * worker's thread. */
#ifndef PBAY_CALL_STATE_H
#define PBAY_CALL_STATE_H

#include "call/call.h"
#include "call/record.h"
#include "call/request.h"
#include "exchange/batch.h"
#include "json/writer.h"

/* Notes kept of one attempt; what comes beyond is counted. */
#define PBAY_CALL_NOTES_MAX 256u

typedef struct PbayNote {
    int32_t note; /* PB_NOTE_* */
    char *param, *why;
} PbayNote;

typedef struct PbayAttempt {
    size_t key; /* which of the provider's keys */
    unsigned requests;
    int status;
    const PbayErrorClass *cls;  /* NULL: it went well */
    char *message, *request_id; /* or NULL */
    int64_t ms;
} PbayAttempt;

struct PbayCall {
    PbayWorker *worker;
    const PbayCallEvents *events;
    void *user;
    PbaySnapshot *snapshot; /* a reference, or NULL */

    /* What was asked for. */
    int32_t kind;
    PbayCallRequest request; /* without root: its text is gone */
    char *asked;             /* the model as named by the client; "" if none */
    PbaySecret *api_key;
    GArray *headers;         /* PbayHttpHeader, texts in header_texts */
    PbayArena *header_texts; /* wiped */
    PbayTimeouts timeouts;
    bool strict, dry_run, record;
    PbayDrops drops;
    bool drops_explicit;

    /* Where it goes. */
    PbayProvider *provider; /* a reference, or NULL before it is known */
    char *model, *reason;   /* upstream name */
    char *missing;          /* dry_run: why the provider is not ready, or NULL */
    GString *body;

    /* The attempt under way. */
    PbayBatch *exchange; /* or NULL */
    PbayAnswer *answer;
    PbayFailure *fault; /* ours: a note refused, the grammar broken */
    size_t key, keys;
    int64_t started_us, attempt_us;
    bool paused, cancelled;

    /* What came of it. */
    GPtrArray *notes; /* PbayNote * */
    guint own_notes;  /* the first ones: of the request, whatever the attempt */
    unsigned notes_lost;
    GArray *attempts;       /* PbayAttempt */
    GString *sent;          /* dry_run: the request as JSON, or NULL */
    PbayFailure *failure;   /* or NULL */
    PbayRecorder *recorder; /* of the attempt, or NULL */
    GString *recording;     /* or NULL */
    char *unrecorded;       /* why there is none, or NULL */
};

/* notes.c: takes a note of the attempt. The failure when policy makes it one, else NULL. */
PbayFailure *pbay_call_note(PbayCall *call, int32_t note, pb_str param, pb_str why);
void pbay_call_forget_notes(PbayCall *call);                         /* those of the attempt */
void pbay_call_write_notes(const PbayCall *call, PbayJsonWriter *w); /* the array */

/* target.c: sets provider, model and reason, and checks that they can serve the call. NULL, or why
 * not. */
PbayFailure *pbay_call_find_target(PbayCall *call, PbayProvider *given);

/* report.c, explain.c */
void pbay_call_end_attempt(PbayCall *call, const PbayFailure *failure);
void pbay_call_report(const PbayCall *call, GString *out);
void pbay_call_keep_request(PbayCall *call, const PbayHttpRequest *request);
void pbay_call_explain(const PbayCall *call, GString *out);

#endif
