/* SPDX-License-Identifier: Apache-2.0 */
/* Collects what an exchange gives for a recording: events and notes as JSON, the folded answer,
 * how it ended and how often. Belongs to the thread of the exchange. */
#ifndef PBAY_CHECK_COLLECT_H
#define PBAY_CHECK_COLLECT_H

#include "answer/answer.h"
#include "check/recording.h"
#include "exchange/exchange.h"

typedef struct PbayReplayResult {
    json_object *events, *notes, *answer; /* answer: folded; NULL for a failure and for raw bytes */
    PbayFailure *failure;                 /* NULL: done */
    unsigned ends;                        /* how often the exchange said done: must be 1 */
    GPtrArray *mistakes;                  /* char *: what was sent and should not have been, ... */
} PbayReplayResult;

void pbay_replay_result_clear(PbayReplayResult *result);

typedef struct PbayCollector {
    PbayReplayResult *result;
    PbayAnswer *answer;
    GError *grammar; /* the first rule that was broken, by an event or at the end */
} PbayCollector;

/* What an exchange tells, with a PbayCollector as its user. Static. */
extern const PbayExchangeEvents pbay_collect_events;

/* Clears result, which is borrowed until end; whatever it held before is not freed. */
void pbay_collect_begin(PbayCollector *collector, const PbayRecording *recording,
                        PbayReplayResult *result);

/* After the exchange: folds the answer of a success and frees all but the result. */
void pbay_collect_end(PbayCollector *collector);

#endif
