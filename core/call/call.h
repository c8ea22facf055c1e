/* SPDX-License-Identifier: Apache-2.0 */
/* A call: one client request. It canonicalises the request (functions become tools,
 * max_tokens_to_sample becomes max_tokens, the member `patchbay` is taken out), makes a plan of
 * targets, tries them one after the other (retry, next key, next target, fallback, a race when one
 * is late) until one answers, applies the policy for dropped parameters, and ends exactly once with
 * an outcome. A stream is held back until its first real content; from then on its target is final.
 * On the worker's thread. */
#ifndef PBAY_CALL_CALL_H
#define PBAY_CALL_CALL_H

#include "answer/answer.h"
#include "exchange/exchange.h"
#include "routing/fleet.h"
#include "snapshot/snapshot.h"

#include <glib.h>
#include <stdbool.h>

typedef struct PbayCall PbayCall;

/* What happened, borrowed for `done`. */
typedef struct PbayOutcome {
    const PbayFailure *failure; /* NULL: success                                              */
    pb_str answer;              /* canonical JSON; empty for a stream and for a failure        */
    pb_str bytes, media_type;   /* a raw answer, or empty                                      */
    pb_str recording;           /* of a call that was recorded, or empty                       */
    const char *unrecorded;     /* why there is none though it was asked for, or NULL          */
    pb_str
        report; /* JSON: {"target","provider","model","driver","driver_version","attempts":[{...}],
                                   "notes":[{...}],"usage":{...},"tokens":{...},"cost":{...},
                                   "request_id","status"}        */
} PbayOutcome;

typedef struct PbayCallEvents {
    void (*watch)(void *user,
                  pb_str json); /* what happens to the call, as patchbay.h says; or NULL */
    void (*chunk)(void *user, pb_str json); /* streams: one canonical chunk                    */
    void (*done)(void *user, const PbayOutcome *outcome); /* once, last; never from within start */
} PbayCallEvents;

typedef struct PbayCallSpec {
    PbaySnapshot *snapshot; /* referenced for the life of the call                            */
    int32_t kind;           /* PB_KIND_*                                                      */
    pb_str request;         /* the client's JSON; copied                                      */
    const char *model;      /* over the request's own member, or NULL                         */
    PbayProvider *provider; /* over the resolved one (a derived base URL), or NULL; referenced */
    PbaySecret *api_key;    /* or NULL                                                        */
    const PbayHttpHeader *headers; /* copied                                                   */
    size_t n_headers;
    PbayTimeouts timeouts; /* 0 members: from the configuration                              */
    bool strict;           /* any dropped or changed parameter is an error                   */
    bool drops_set;        /* drops below was set by the caller                              */
    PbayDrops drops;
    PbayFleet *fleet; /* what is known of targets; referenced; NULL: one of this call's own */
    uint64_t seed;    /* of all chance in this call; 0: the system's                          */
    bool retries_set; /* retries below was set by the caller                                  */
    int retries;
    bool insist;  /* a health check: an open breaker or a resting key is no reason not to ask  */
    bool dry_run; /* explain: the answer is the explanation's JSON                  */
    bool record;  /* make a recording (sdk/RECORDINGS.md) of the last attempt; what cannot be
                     shown without a secret is refused, as early as that is known */
    const PbayCallEvents *events;
    void *user;
} PbayCallSpec;

PbayCall *pbay_call_start(PbayWorker *worker, const PbayCallSpec *spec);
void pbay_call_cancel(PbayCall *call, int32_t why); /* done comes later; no-op after done */
void pbay_call_pause(PbayCall *call, bool paused);

/* Which model a request would use and the provider: checks the JSON as start would. For the
 * configuration thread, before start, when a base URL override needs pbay_provider_derive. */
bool pbay_call_target(const PbaySnapshot *snapshot, pb_str request, const char *model_or_null,
                      PbayTarget *target, GError **error);

#endif
