/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of every target while the program runs: breaker, latency, load, limits, keys that
 * rest, retry budgets. One small interface decides whether a target may be asked (take), hears what
 * came of it (settle) and tells without changing anything (peek), so that another implementation
 * may share it between machines. It outlives reloads: everything goes by name. All functions [any]
 * thread; a short lock a target and a provider. Times are ms of one monotonic clock that the caller
 * reads (pbay_loop_now), which makes simulations run on virtual time. */
#ifndef PBAY_ROUTING_FLEET_H
#define PBAY_ROUTING_FLEET_H

#include "base/error.h"
#include "loop/loop.h"
#include "routing/breaker.h"
#include "routing/limiter.h"
#include "snapshot/model.h"

/* Targets and providers remembered; beyond that the one idle for longest is forgotten. */
#define PBAY_FLEET_MAX 4096

typedef struct PbayFleet PbayFleet;

/* seed: of jitter; 0: the system's randomness. */
PbayFleet *pbay_fleet_new(uint64_t seed);
PbayFleet *pbay_fleet_ref(PbayFleet *fleet);
void pbay_fleet_unref(PbayFleet *fleet); /* NULL is fine */

/* Why a target may not be asked now. */
typedef enum PbayOut {
    PBAY_OUT_NONE,
    PBAY_OUT_BREAKER, /* open                                                        */
    PBAY_OUT_PROBING, /* half open, and another call is the probe                    */
    PBAY_OUT_KEYS,    /* every key of the provider rests                             */
    PBAY_OUT_RPM,     /* the limit of the target or of its provider                  */
    PBAY_OUT_TPM,
    PBAY_OUT_PARALLEL,
    PBAY_OUT_QUEUE,  /* over a limit, and too many wait already                     */
    PBAY_OUT_RETRIES /* the provider's retry budget is used up                      */
} PbayOut;

typedef struct PbayTake {
    const PbayProvider *provider;
    const char *target;                         /* "openai/gpt-4"                       */
    const PbayLimits *limits, *provider_limits; /* or NULL                              */
    int64_t requests;   /* that it is sent in, as limits count them; 0: one             */
    int64_t tokens;     /* estimate of what will be read and written; 0: none made       */
    bool force;         /* the last candidate: the breaker and resting keys do not count */
    bool extra;         /* not the call's first request to this provider                 */
    bool own_key;       /* the caller's: the provider's keys do not matter               */
    bool aside;         /* a listing, a count or a free probe: breaker, limits, latencies and
                           outcomes of the target are of the model's answers; they do not hinder it
                           and hear nothing of it. The provider's limits do */
    PbayWaiter *waiter; /* place in the queue, or NULL: does not wait                    */
    int64_t now;
} PbayTake;

typedef struct PbayTicket PbayTicket;

typedef struct PbayTaken {
    PbayTicket *ticket; /* not NULL: admitted; to be settled exactly once               */
    size_t key;         /* admitted: which of the provider's keys                       */
    bool probe;         /* admitted: it is the breaker's probe                          */
    PbayOut out;        /* else why not                                                 */
    bool queued;        /* else: the waiter stands in the queue; it is woken, or tries again at
                           `until`, or leaves (pbay_fleet_leave). False: it stands in none,
                           wherever it stood before                                      */
    int64_t until;      /* else: when it may change; 0: unknown                          */
} PbayTaken;

void pbay_fleet_take(PbayFleet *fleet, const PbayTake *take, PbayTaken *taken);
void pbay_fleet_leave(PbayFleet *fleet, PbayWaiter *waiter); /* no-op when not queued */

typedef struct PbaySettle {
    int64_t now;
    const PbayFailure *failure; /* NULL: it went well; not used when neutral */
    bool neutral;     /* cancelled by the client, lost a race, never sent: says nothing of the
                              target; a probe is given back */
    bool own_key;     /* failures of the key are the caller's */
    bool stream;      /* which of the two latencies below was measured for hedging */
    int64_t first_ms; /* to the first content; -1: none came */
    int64_t total_ms; /* to the end */
    int64_t tokens;   /* read and written; -1: unknown, the estimate stands */
    bool sent;        /* something was sent: it counts against limits */
} PbaySettle;

/* Optional, once, before settle: the first content came. A probe has then done its work, so that a
 * long answer keeps nobody else out, and the latency is known at once. */
void pbay_fleet_content(PbayFleet *fleet, PbayTicket *ticket, int64_t now, bool stream,
                        int64_t first_ms);
/* Frees the ticket. The provider it was taken for must still live. */
void pbay_fleet_settle(PbayFleet *fleet, PbayTicket *ticket, const PbaySettle *settle);

/* A look at one target. */
typedef struct PbayPeek {
    PbayOut out;   /* what take would say, without waiting */
    int64_t until; /* when that may change; 0: unknown     */
    PbayBreakerState breaker;
    int64_t first_ms; /* decaying average to the first content; -1: unknown or stale */
    int64_t p95_ms;   /* usual 95th percentile of what `stream` says; -1: too few    */
    unsigned busy;    /* under way now */
    char why[160];    /* of the breaker or the keys: "3 failures in a row, last: upstream: ..." */
} PbayPeek;

/* Of `take` the waiter counts for nothing. stream: whose p95. */
void pbay_fleet_peek(PbayFleet *fleet, const PbayTake *take, bool stream, PbayPeek *peek);

/* The next key of the provider that does not rest for this target; false: all do, and *until says
 * when the first comes back. */
bool pbay_fleet_key(PbayFleet *fleet, const PbayProvider *provider, const char *target, int64_t now,
                    size_t *key, int64_t *until);

/* For `patchbay health`: one JSON object a target known by name (names NULL: all known):
 * {"target","breaker","since_ms","until_ms"?,"why"?,"busy","latency_ms"?,"p95_ms"?,"calls",
 * "failures","last":{"ok","class"?,"message"?,"status"?,"ago_ms","ms"}?,"keys":[{"index",
 * "rests_ms","class"}]?,"limits":{...}?}; a target nobody asked yet has breaker "closed" and no
 * "last". since_ms: how long the breaker has been in its state; until_ms: how long it stays open.
 * `failures` and `last` leave out what only the request was to blame for. keys and limits are those
 * of the snapshot (NULL: left out): "limits":{"target"?:LIMIT,"provider"?:LIMIT}, LIMIT =
 * {"rpm"?,"tpm"?,"parallel"? (the bounds),"requests","tokens" (of the last minute),"busy",
 * "waiting"}. Appended as a JSON array. */
void pbay_fleet_write(PbayFleet *fleet, const PbaySnapshot *snapshot, char *const *names,
                      int64_t now, GString *out);

/* ---- What processes share (state_file.h carries it) ---- */

/* One target's memory, plain data; times are ms since 1970. */
typedef struct PbayTargetRecord {
    char name[200];
    int64_t changed;
    PbayBreakerRecord breaker;
    double first_ms; /* average, or -1 */
    int64_t first_at, calls, failures;
    uint32_t histogram[2][32]; /* latency.h: streams, whole answers */
    bool last_ok;
    int32_t last_cls, last_status;
    int64_t last_at, last_ms;
    char last_message[200];
} PbayTargetRecord;

/* wall_now is the wall clock at `now`. Export appends records (GArray of PbayTargetRecord) changed
 * since `since` (wall ms). Import takes those that are newer than what the fleet knows; a cool-down
 * is cut to its maximum from now, so that a clock that jumped does no harm. */
void pbay_fleet_export(PbayFleet *fleet, int64_t now, int64_t wall_now, int64_t since,
                       GArray *records);
void pbay_fleet_import(PbayFleet *fleet, int64_t now, int64_t wall_now,
                       const PbayTargetRecord *records, size_t n);
/* Called (on any thread) after a settle that changed a breaker (urgent) or anything else. Setting
 * another (or NULL) waits until the one before is no longer being called; not from within it. */
void pbay_fleet_set_listener(PbayFleet *fleet, void (*changed)(void *user, bool urgent),
                             void *user);

#endif
