/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder of one attempt: it hears what the exchange hears and gives the text of a recording
 * (sdk/RECORDINGS.md) in which no secret stands, or says why there is none. When in doubt there is
 * none. On the worker's thread. Its files: record.c hears, record_words.c replaces,
 * record_provider.c says who was configured, record_write.c writes. */
#ifndef PBAY_CALL_RECORD_H
#define PBAY_CALL_RECORD_H

#include "call/record_words.h"
#include "exchange/exchange.h"
#include "snapshot/snapshot.h"

#include <json-c/json.h>

/* Bytes of replies that are kept; a longer call is not recorded. */
#define PBAY_RECORD_MAX ((size_t)64 << 20)

typedef struct PbayRecorder PbayRecorder;

typedef struct PbayRecordSpec {
    PbayProvider *provider; /* borrowed for the life of the recorder */
    int32_t kind;
    bool stream;
    pb_str model, body;  /* as the exchange gets them; copied */
    PbaySecret *api_key; /* over the provider's, or NULL */
    /* The caller's own: not of the driver, so they are left out, and secret values replaced;
     * borrowed for the life of the recorder. */
    const PbayHttpHeader *headers;
    size_t n_headers;
    int64_t now_ms; /* wall clock */
} PbayRecordSpec;

/* NULL with *why (g_free): this provider's calls cannot be recorded safely. */
PbayRecorder *pbay_recorder_new(const PbayRecordSpec *spec, char **why);
void pbay_recorder_free(PbayRecorder *recorder); /* NULL is fine */

/* As PbayExchangeEvents has them. */
void pbay_recorder_event(PbayRecorder *recorder, const pb_event *event);
void pbay_recorder_note(PbayRecorder *recorder, int32_t note, pb_str param);
void pbay_recorder_request(PbayRecorder *recorder, const PbayHttpRequest *request);
void pbay_recorder_head(PbayRecorder *recorder, int status, const PbayHttpHeader *headers,
                        size_t n);
void pbay_recorder_bytes(PbayRecorder *recorder, pb_str bytes);
void pbay_recorder_reply_end(PbayRecorder *recorder, const PbayFailure *cut);

/* From now on there is no recording; the first reason stands. */
void pbay_recorder_spoil(PbayRecorder *recorder, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The recording, appended; failure: how the exchange ended, or NULL. judged: it was the canonical
 * answer that refused what the driver gave. False with *why (g_free) and nothing appended. Once. */
bool pbay_recorder_finish(PbayRecorder *recorder, const PbayFailure *failure, bool judged,
                          GString *out, char **why);

/* ---- Between the files of the recorder ---- */

typedef struct PbayRecordedExchange {
    GString *send, *headers; /* JSON, words replaced; headers: of the reply */
    int status;              /* 0: no head */
    bool framed;             /* its bytes say how long they are: nothing in them may be replaced */
    GString *body;           /* as it came */
    GArray *cuts;            /* size_t: where each piece ended */
    bool over, cut;
} PbayRecordedExchange;

struct PbayRecorder {
    PbayRecordSpec spec;
    char *model, *body;
    size_t body_len;
    PbayWords *words;
    GPtrArray *exchanges; /* PbayRecordedExchange * */
    json_object *events, *notes;
    size_t kept;  /* bytes of replies */
    bool dated;   /* a hint to wait came as a date: it depends on when it was read */
    char *spoilt; /* why there is none, or NULL */
};

/* record_provider.c: fills words with the secrets and the address. NULL, or why not (g_free). */
char *pbay_record_learn(PbayRecorder *recorder);
/* {"provider":...} and a line's end. */
void pbay_record_provider(const PbayRecorder *recorder, GString *out);
/* "the local server", or the origin that was asked. g_free. */
char *pbay_record_place(const PbayProvider *provider);

/* record_write.c: all lines. */
void pbay_record_write(PbayRecorder *recorder, const PbayFailure *failure, bool judged,
                       GString *out);
/* JSON text without the white space between its parts. */
void pbay_record_compact(pb_str json, GString *out);

#endif
