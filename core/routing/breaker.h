/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker of one target, as a pure state machine: no clock, no lock, no chance of its
 * own. States and events are the table in breaker.c, which the tests read too. */
#ifndef PBAY_ROUTING_BREAKER_H
#define PBAY_ROUTING_BREAKER_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum PbayBreakerState {
    PBAY_BREAKER_CLOSED,   /* asked as usual                                       */
    PBAY_BREAKER_OPEN,     /* not asked until `until`                              */
    PBAY_BREAKER_HALF_OPEN /* cool-down is over: one call at a time is the probe    */
} PbayBreakerState;
const char *pbay_breaker_state_name(PbayBreakerState state); /* "half-open" */

#define PBAY_BREAKER_FAILURES 5      /* in a row that open it ...                          */
#define PBAY_BREAKER_VOLUME   50     /* ... and one more for each so many calls of the window */
#define PBAY_BREAKER_CALLS    20     /* of so many in the window ...                       */
#define PBAY_BREAKER_PERCENT  50     /* ... this share of failures opens it too            */
#define PBAY_BREAKER_WINDOW   30000  /* ms                                                 */
#define PBAY_BREAKER_COOL     5000   /* ms of the first cool-down; each further one doubles */
#define PBAY_BREAKER_COOL_MAX 300000 /* ms; hints are cut to it too                        */

/* Plain data that another process may have made; times in the units of whoever keeps it. */
typedef struct PbayBreakerRecord {
    int32_t state;    /* PbayBreakerState */
    int32_t trips;    /* cool-downs in a row without a success between */
    int32_t failures; /* in a row, of a closed one: programs that make one call each fail too */
    int64_t since, until;
    char why[120];
} PbayBreakerRecord;

typedef struct PbayBreaker {
    PbayBreakerState state;
    int failures;         /* in a row                                        */
    int trips;            /* cool-downs in a row                             */
    int64_t since, until; /* of the state; until: OPEN                       */
    bool probing;         /* HALF_OPEN: the probe is under way               */
    int64_t window_at;    /* start of the window counted below               */
    int window_calls, window_failures;
    unsigned openings; /* so far: of a call begun before the last one, the outcome is late */
    char why[120];     /* last cause of opening                           */
} PbayBreaker;         /* all zeros: closed since 0 */

/* What may happen to it, as the table in breaker.c names it. */
typedef enum PbayBreakerEvent {
    PBAY_BREAKER_ASKED_EARLY,   /* a call wants to go, before `until`                    */
    PBAY_BREAKER_ASKED,         /* a call wants to go                                    */
    PBAY_BREAKER_SUCCESS,       /* of a call that is not the probe                       */
    PBAY_BREAKER_FAILURE,       /* of a call that is not the probe                       */
    PBAY_BREAKER_TOO_MANY,      /* the same, and it is one too many                      */
    PBAY_BREAKER_HINT,          /* a failure of any call with which the vendor names a time */
    PBAY_BREAKER_PROBE_SUCCESS, /* of the probe, or of a call that was forced through    */
    PBAY_BREAKER_PROBE_FAILURE,
    PBAY_BREAKER_PROBE_NEUTRAL, /* the probe told nothing                                */
    PBAY_BREAKER_EVENTS
} PbayBreakerEvent;
/* The state after the event: the table. */
PbayBreakerState pbay_breaker_next(PbayBreakerState state, PbayBreakerEvent event);

/* How a failure counts. Never for the caller's mistakes (INVALID, CONTEXT_LENGTH, CONTENT_POLICY,
 * UNSUPPORTED, NOT_FOUND, CANCELLED), nor for those of a key (AUTH, QUOTA, FORBIDDEN, RATE_LIMIT:
 * keys.h rests the key), nor for CONFIG. */
bool pbay_breaker_counts(const PbayFailure *failure);

/* May a call go now? Moves OPEN to HALF_OPEN when its time has come. *probe: it would be the probe,
 * and `probing` is set when `take` is. */
bool pbay_breaker_admits(PbayBreaker *breaker, int64_t now, bool take, bool *probe);

/* probe: of the probe, or of a call that was let through although the breaker was out. */
void pbay_breaker_success(PbayBreaker *breaker, int64_t now, bool probe);
/* jitter: 0 to 1, spreads the cool-down by up to a fifth either way. A hint (retry_after_ms) opens
 * at once and is the least cool-down. */
void pbay_breaker_failure(PbayBreaker *breaker, int64_t now, bool probe, const PbayFailure *failure,
                          double jitter);
/* The probe told nothing (cancelled, the caller's mistake): somebody else may be it. */
void pbay_breaker_neutral(PbayBreaker *breaker, bool probe);

/* The state as a record, in the times of the breaker, and back: a state that is none is closed,
 * times are cut so that no cool-down is longer than its maximum from now. A probe that is under way
 * stays one unless the record opens or closes the breaker. */
void pbay_breaker_save(const PbayBreaker *breaker, PbayBreakerRecord *record);
void pbay_breaker_load(PbayBreaker *breaker, int64_t now, const PbayBreakerRecord *record);

#endif
