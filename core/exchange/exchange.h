/* SPDX-License-Identifier: Apache-2.0 */
/* An exchange: one run of a driver's state machine on one worker, from begin to end, with one
 * outcome. The worker owns the loop, the transport, the arenas, the engine pool and the list of
 * what is alive. All on the worker's thread unless marked [any]. */
#ifndef PBAY_EXCHANGE_EXCHANGE_H
#define PBAY_EXCHANGE_EXCHANGE_H

#include "base/error.h"
#include "base/secret.h"
#include "exchange/transport.h"
#include "loop/loop.h"
#include "snapshot/snapshot.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <stdint.h>

/* The service table handed to drivers (init); valid for the life of the process. */
const pb_core_api *pbay_services(void);

typedef struct PbayWorker PbayWorker;

typedef struct PbayWorkerSpec {
    PbayLoop *loop;           /* borrowed                                            */
    PbayTransport *transport; /* taken over; NULL: libcurl on this loop              */
} PbayWorkerSpec;

PbayWorker *pbay_worker_new(const PbayWorkerSpec *spec, GError **error);
/* Cancels what is alive (PB_CANCEL_SHUTDOWN), turns the loop until it ended (bounded: 5 s for
 * detached cancels, 10 s for engines), frees. */
void pbay_worker_free(PbayWorker *worker);
PbayLoop *pbay_worker_loop(PbayWorker *worker);
size_t pbay_worker_alive(const PbayWorker *worker); /* exchanges not yet ended */

/* What the owner of an exchange hears; never from within pbay_exchange_start. Strings are
 * borrowed for the call. done is the last call, once, whatever happened; failure is NULL on
 * success (borrowed). on_event may call pbay_exchange_pause and pbay_exchange_cancel. */
typedef struct PbayExchangeEvents {
    void (*on_event)(void *user, const pb_event *event);
    void (*on_note)(void *user, int32_t note, pb_str param, pb_str why);
    void (*on_request)(void *user,
                       const PbayHttpRequest *request); /* as it leaves, or NULL: explain, record */
    /* The reply to the last request, for who records; NULL else. They only listen: nothing may be
     * cancelled or paused from within. Not for what the core asks on its own (mints, images, the
     * request of on_cancel). on_reply_end: it is complete (NULL), or was cut (borrowed); it does
     * not come where the driver wanted no more of it. */
    void (*on_reply_head)(void *user, int status, const PbayHttpHeader *headers, size_t n);
    void (*on_reply_bytes)(void *user, pb_str bytes);
    void (*on_reply_end)(void *user, const PbayFailure *cut);
    void (*done)(void *user, const PbayFailure *failure);
} PbayExchangeEvents;

/* The code of a failure that is about recording alone. */
#define PBAY_UNRECORDABLE "cannot_be_recorded"

typedef struct PbayExchangeSpec {
    PbayProvider *provider; /* referenced for the life of the exchange                          */
    int32_t kind;           /* PB_KIND_*                                                        */
    uint32_t flags;         /* PB_REQ_STREAM                                                    */
    pb_str model;           /* copied                                                           */
    pb_str body;            /* canonical JSON, checked by the caller; copied once; may be empty  */
    PbaySecret *api_key;    /* overrides secret "api-key" of the provider, or NULL              */
    size_t key_index;       /* which of several keys of the provider                            */
    const PbayHttpHeader
        *headers; /* extra headers of this request, set over the driver's; copied */
    size_t n_headers;
    PbayTimeouts timeouts; /* 0 members: the provider's                                        */
    const char *total_key; /* what set timeouts.total, for the message; NULL: "timeout". Static */
    bool dry_run;          /* describe and sign the first request, hand it to on_request, then end
                                without sending: done(NULL). Credentials are not minted */
    bool recorded;         /* what a recording cannot show fails with PBAY_UNRECORDABLE: images that
                              the core would fetch, minted credentials                           */
    char *const
        *egress_allow; /* of the snapshot; borrowed for the life of the exchange, or NULL  */
    const PbayExchangeEvents *events;
    void *user;
} PbayExchangeSpec;

typedef struct pb_xchg PbayExchange; /* the same thing as drivers see it */

/* Starts in the loop's next turn. Never NULL: what is wrong comes through done. */
PbayExchange *pbay_exchange_start(PbayWorker *worker, const PbayExchangeSpec *spec);

/* Ends it: the upstream is closed at once, on_cancel runs, done comes with PBAY_ERR_CANCELLED (or
 * PB_ERR_TIMEOUT for PB_CANCEL_DEADLINE) in the next turn. No-op after done. */
void pbay_exchange_cancel(PbayExchange *exchange, int32_t why);

/* Back-pressure: while paused no bytes are taken from upstream and an engine's emit blocks. */
void pbay_exchange_pause(PbayExchange *exchange, bool paused);

/* Does a header of this name (lower case) carry the id under which the vendor knows a request? Any
 * thread. */
bool pbay_header_is_request_id(pb_str name);

/* Facts for reports; valid until done returned. */
int pbay_exchange_status(const PbayExchange *exchange);             /* of the last reply, 0 none  */
const char *pbay_exchange_request_id(const PbayExchange *exchange); /* or NULL               */
unsigned pbay_exchange_requests(const PbayExchange *exchange);      /* HTTP requests made so far  */

#endif
