/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of the storm: follows each call from its chunks to its end and compares what the
 * program was told with what the vendors said and saw. It complains instead of aborting, so that
 * lies told on purpose can be counted. A call is followed by one thread at a time; complaints come
 * from any. */
#ifndef TESTS_E2E_STORM_JUDGE_H
#define TESTS_E2E_STORM_JUDGE_H

#include "e2e/storm_vendor.h"

#include <patchbay/patchbay.h>

typedef enum StormFlaw {
    STORM_FLAW_ENDS,       /* a call ended twice, never, or spoke after its end              */
    STORM_FLAW_MIXED,      /* text that is not that of one answer                            */
    STORM_FLAW_INCOMPLETE, /* acknowledged, and not the whole answer                         */
    STORM_FLAW_TARGET,     /* the report or an id names another target than the text is from */
    STORM_FLAW_ATTEMPTS,   /* the attempts reported are not the requests that came           */
    STORM_FLAW_CLASS,      /* an attempt ended otherwise than its vendor made it             */
    STORM_FLAW_CONTINUED,  /* another request after content was handed out                   */
    STORM_FLAW_HASTE,      /* asked again before the vendor's hint                           */
    STORM_FLAW_USAGE,      /* tokens or cost other than the vendor counted                   */
    STORM_FLAWS
} StormFlaw;

const char *storm_flaw_name(StormFlaw flaw);

typedef struct StormJudge {
    StormFleet *fleet;
    uint32_t seed;
    bool priced;          /* [price]: 1 dollar a million tokens read, 2 written at each target */
    bool watched;         /* the core tells of attempts as they begin and end */
    pthread_mutex_t lock; /* of all below */
    unsigned flaws[STORM_FLAWS];
    unsigned well, failed[PATCHBAY_ERR_CANCELLED + 1], cancelled;
    unsigned attempts, late, slow, told;
    unsigned unseen; /* timed out before their vendor had seen them */
    unsigned asked[STORM_TARGETS], extra[STORM_TARGETS]; /* calls, and their further requests */
} StormJudge;

void storm_judge_init(StormJudge *judge, StormFleet *fleet, uint32_t seed);
void storm_judge_clear(StormJudge *judge);
unsigned storm_judge_flaws(const StormJudge *judge); /* in all */

typedef struct StormAttempt {
    unsigned target;
    int cls; /* 0: it went well; -1: under way when the call was told of it */
    unsigned requests;
} StormAttempt;

#define STORM_ATTEMPTS 32u

typedef struct StormAttempts {
    unsigned n;
    StormAttempt of[STORM_ATTEMPTS];
} StormAttempts;

typedef struct StormCall {
    StormJudge *judge;
    unsigned nonce;
    bool stream, touched; /* touched: the program stopped or cancelled it */
    bool hedges;          /* two attempts may be under way at once */
    GString *text;        /* content so far */
    char *id;             /* of the first chunk */
    unsigned dones, chunks, roles, finishes;
    StormVisit from;               /* whose text it is, when text is not empty */
    bool reported;                 /* `attempts` come from a report */
    StormAttempts attempts, tried; /* of the report; that the watcher was told of */
    unsigned told_ends;            /* of attempts, by the watcher */
} StormCall;

void storm_call_init(StormCall *call, StormJudge *judge, unsigned nonce);
void storm_call_clear(StormCall *call);

/* As they come. result: of a failed call that gave none NULL, and error instead. */
void storm_call_watch(void *call, const char *event, size_t len); /* a patchbay_watch_fn */
void storm_call_chunk(StormCall *call, const char *chunk);
void storm_call_end(StormCall *call, const patchbay_result *result, const patchbay_error *error);
/* When nothing is under way any more: against what the vendors saw. */
void storm_call_settle(StormCall *call);

#endif
