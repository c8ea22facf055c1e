/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room know of each other: the exchange itself, the worker, and the hooks
 * between machine, services, request, credentials, engines and inlining. Private: no other room
 * includes it. Everything on the worker's thread, except what an engine's thread may call, which
 * says so. */
#ifndef PBAY_EXCHANGE_INTERNAL_H
#define PBAY_EXCHANGE_INTERNAL_H

#include "base/arena.h"
#include "exchange/clock.h"
#include "exchange/exchange.h"
#include "json/reader.h"
#include "json/writer.h"

#include <stdatomic.h>

#define PBAY_EXCHANGE_STEPS      64u                 /* requests an exchange, polls aside        */
#define PBAY_EXCHANGE_ALLOC_MAX  ((size_t)16 << 20)  /* bytes through alloc()                    */
#define PBAY_EXCHANGE_MEMORY_MAX ((size_t)256 << 20) /* bytes of the arena, kept JSON included   */
#define PBAY_REQUEST_HEADER_MAX  ((size_t)64 << 10)  /* bytes of a header's name or value        */
#define PBAY_EXCHANGE_EVENT_MAX  ((size_t)64 << 20)  /* bytes of one event's texts               */
#define PBAY_EXCHANGE_WAIT_MIN   100                 /* ms                                       */
#define PBAY_EXCHANGE_DETACHED   5000                /* ms that a cancel request may take        */
#define PBAY_USER_AGENT          "patchbay/0.1.0"

typedef enum PbayOp {
    PBAY_OP_NONE,
    PBAY_OP_BEGIN,
    PBAY_OP_SIGN,
    PBAY_OP_HEAD,
    PBAY_OP_BODY,
    PBAY_OP_END, /* on_end */
    PBAY_OP_TIMER,
    PBAY_OP_CANCEL,
    PBAY_OP_CLOSE, /* end */
    PBAY_OPS
} PbayOp;

typedef enum PbayPhase {
    PBAY_PHASE_START,    /* the first turn has not come                                  */
    PBAY_PHASE_INLINE,   /* images are being fetched (inline.c)                          */
    PBAY_PHASE_FLIGHT,   /* a transfer is alive                                          */
    PBAY_PHASE_WAIT,     /* PB_WAIT: the timer runs                                      */
    PBAY_PHASE_PARKED,   /* PB_NEED_CREDENTIAL: credentials.c resumes or fails it         */
    PBAY_PHASE_ENGINE,   /* run() is on a thread of the pool                             */
    PBAY_PHASE_OVER,     /* the outcome stands; done is posted                           */
    PBAY_PHASE_DETACHED, /* done was told; the cancel request or the engine still runs   */
    PBAY_PHASE_GONE      /* end has run; freed in this turn                              */
} PbayPhase;

typedef struct PbayCredentials PbayCredentials; /* credentials.h */
typedef struct PbayEngines PbayEngines;         /* engine_pool.h: the pool of one worker */
typedef struct PbayOutgoing PbayOutgoing;       /* request.c */
typedef struct PbayBodyWriter PbayBodyWriter;   /* services_writer.c */

struct PbayWorker {
    PbayLoop *loop;
    PbayTransport *transport;
    PbayArena *scratch;   /* what ops of this worker parse and compose; marks nest */
    PbayEngines *engines; /* made by engine.c when the first engine runs, else NULL */
    PbayExchange *first;  /* alive ones, newest first */
    size_t alive;
    bool stopping; /* shutdown: whatever starts now is cancelled in its first turn */
};

/* The reply being read. */
typedef struct PbayReply {
    int status;      /* of the last reply, 0 none            */
    GArray *headers; /* PbayHttpHeader, own copies in `text` */
    GStringChunk *text;
    GString *body; /* collected, when whole */
    GString *raw;  /* the first 4 KiB of a reply that is no 2xx */
    bool whole;    /* on_body once with everything */
    char *request_id;
    int retry;              /* from the headers: -1 never, 0 unknown, 1 may */
    int64_t retry_after_ms; /* from the headers: 0 unknown */
} PbayReply;

struct pb_xchg {
    PbayWorker *worker;
    PbayExchange *next, *prev; /* of worker->first */

    /* What was asked for. */
    PbayProvider *provider; /* a reference */
    const pb_driver *ops;
    pb_request request;  /* strings and body in arena */
    PbaySecret *api_key; /* or NULL */
    size_t key_index;
    const char *total_key;   /* of the spec, never NULL */
    PbayHttpHeader *headers; /* extra ones, in arena */
    size_t n_headers;
    PbayTimeouts timeouts; /* merged with the provider's */
    bool dry_run, recorded;
    char *const *egress_allow; /* borrowed, or NULL */
    const PbayExchangeEvents *events;
    void *user;

    /* The machine. */
    PbayPhase phase;
    PbayOp op;          /* running now, or NONE */
    PbayOp parked_op;   /* PARKED: runs again when the credential is there */
    char *label;        /* see pbay_exchange_label, or NULL */
    void *state;        /* the driver's */
    bool begun;         /* begin was called: end is owed */
    bool ended;         /* DONE or FAIL came: there is nothing to cancel */
    bool over;          /* the outcome stands: services are no-ops */
    bool told;          /* done was called */
    bool after_wait;    /* the next request is a poll: it does not count */
    int32_t cancel_why; /* asked for from within an op: acted on when it returned, else 0 */
    unsigned steps, requests;
    bool paused;
    bool detached; /* the transfer or the request being signed is the one of on_cancel */
    PbayTimer deadline, timer;
    int64_t wait_ms;
    PbayFailure *soon;           /* see pbay_machine_fail_soon, or NULL */
    PbayFailure *driver_failure; /* the first fail(); on an engine's thread while ENGINE */
    bool driver_said_retry;      /* ... had a word on retrying, which headers do not change */
    PbayFailure *failure;        /* the outcome; NULL: success */

    /* Memory. */
    PbayArena *arena;
    size_t alloc_used;

    /* HTTP. */
    PbayTransfer *transfer;  /* or NULL */
    PbayOutgoing *out;       /* described last, or NULL */
    PbayOutgoing *in_flight; /* what the transfer borrows; may be `out` */
    PbayOutgoing *retired;   /* landed, freed at the end of the turn */
    PbayBodyWriter *writer;  /* or NULL */
    PbayReply reply;
    bool secrets_open;   /* in sign to a trusted origin, or KIND_CREDENTIAL */
    bool secrets_warned; /* the log line of a foreign origin was written */

    /* The other files' own, NULL until they set it, freed by their _release. */
    void *credentials; /* credentials.c: names needed, generations read */
    void *minting;     /* credentials.c: of a KIND_CREDENTIAL exchange, given to start_internal */
    void *engine;      /* engine.c: set before run() starts, cleared on the worker after it ended.
                          While set, emit, note and fail come from the engine's thread           */
    void *inlining;    /* inline.c */
};

/* ---- exchange.c ----------------------------------------------------------------------------- */

/* As pbay_exchange_start; minting becomes x->minting (a KIND_CREDENTIAL exchange: spec->model is
 * the credential's name), or NULL. */
PbayExchange *pbay_exchange_start_internal(PbayWorker *worker, const PbayExchangeSpec *spec,
                                           void *minting);

/* Hands on an event or a note, already checked to come from before the end. Engines call them on
 * the worker with their copies. No-ops once x->over. */
void pbay_exchange_deliver_event(PbayExchange *x, const pb_event *event);
void pbay_exchange_deliver_note(PbayExchange *x, int32_t note, pb_str param, pb_str why);

/* What is left to do once x is over: tell done at the end of the turn; then, when neither a
 * detached request nor an engine runs any more, call end and free, also at the end of a turn. */
void pbay_exchange_settle(PbayExchange *x);

/* True when url's origin is one of the provider's origins. */
bool pbay_exchange_trusts(const PbayExchange *x, pb_str url);

/* "provider groq (driver openai)", for messages; lives with x. On the worker. */
const char *pbay_exchange_label(PbayExchange *x);

/* ---- machine.c ------------------------------------------------------------------------------ */

/* The table of DRIVER-ABI.md: may op return next? */
bool pbay_machine_legal(PbayOp op, pb_next next);
const char *pbay_op_name(PbayOp op); /* "on_head" */

/* Runs an op and does what it wants; bytes for on_body, status for on_head, why for on_cancel. */
typedef struct PbayOpArgs {
    pb_str bytes;
    int32_t status, why;
} PbayOpArgs;
void pbay_machine_run(PbayExchange *x, PbayOp op, const PbayOpArgs *args);

void pbay_machine_start(PbayExchange *x); /* the first turn */

/* From credentials.c, never from within park: the credential is there. */
void pbay_machine_resume(PbayExchange *x);

/* Ends x with this outcome (taken over; NULL: success). No-op when over. For credentials.c,
 * inline.c and engine.c on the worker, outside of ops; done is told at the end of the turn, so x
 * outlives the call. */
void pbay_machine_finish(PbayExchange *x, PbayFailure *failure);

/* As finish, also from within an op, whose own word then does not count. */
void pbay_machine_fail_soon(PbayExchange *x, PbayFailure *failure);

/* Calls end if begin was called. */
void pbay_machine_close(PbayExchange *x);

/* From inline.c, never from within pbay_inline_start: the canonical request with its images
 * inside (copied), ptr NULL: unchanged. Goes on with begin. */
void pbay_machine_inlined(PbayExchange *x, pb_str body);

/* From engine.c, on the worker, once: run() returned and every event of it was delivered. The
 * callee clears x->engine first. x may be freed by it. */
void pbay_machine_engine_ended(PbayExchange *x, pb_next next);

/* Cancels now, or, from within an op or a callback, when that returned. */
void pbay_machine_cancel(PbayExchange *x, int32_t why);

#define PBAY_RECORD_MINTS                                                                          \
    "it is signed with a credential that is fetched with the account's keys, and what is fetched " \
    "is "                                                                                          \
    "a secret; give the provider a plain key if it takes one"

/* ---- flight.c ------------------------------------------------------------------------------- */

void pbay_flight_send(PbayExchange *x);     /* PB_SEND: counts, signs, transmits */
void pbay_flight_transmit(PbayExchange *x); /* sign is done                      */
/* A request that must not be: malformed, or a mint's secrets to a stranger. NULL: it may go. */
PbayFailure *pbay_flight_refusal(PbayExchange *x);
/* The rest of the reply is not wanted: drain it, or close it at once. */
void pbay_flight_drop(PbayExchange *x, bool at_once);

/* ---- hooks of credentials.c ----------------------------------------------------------------- */

/* Service credential(): part of name as last published, or "". public_only: PUBLIC parts only.
 * The bytes are good until the op returns (x->worker->scratch, which wipes while secrets are
 * open). Remembers the generation read, for drop. */
pb_str pbay_credentials_part(PbayExchange *x, pb_str name, pb_str part, bool public_only);
/* Service credential_need(): remembers which one PB_NEED_CREDENTIAL means. */
void pbay_credentials_want(PbayExchange *x, pb_str name);
/* The op returned PB_NEED_CREDENTIAL: looks it up or mints; then pbay_machine_resume or _finish,
 * in a later turn. Nothing wanted, twice over, a cycle, too deep: _finish with the failure, also
 * later. */
void pbay_credentials_park(PbayExchange *x);
/* dry_run: is the wanted one there now, without minting? */
bool pbay_credentials_at_hand(PbayExchange *x);
/* Did x read a part of a minted credential? */
bool pbay_credentials_used(const PbayExchange *x);
/* x is cancelled while PARKED: forget it. */
void pbay_credentials_unpark(PbayExchange *x);
/* Services credential_put() (only with x->minting) and credential_drop(). */
void pbay_credentials_put(PbayExchange *x, pb_str part, pb_str value, uint32_t flags,
                          int64_t expires_ms);
void pbay_credentials_drop(PbayExchange *x, pb_str name);
/* x is being freed: release x->credentials (x->minting belongs to whoever started it). */
void pbay_credentials_release(PbayExchange *x);
/* The i-th key of a secret for this exchange's provider, reading `reread` files anew where
 * minting is under way; NULL: none. Borrowed until the op returns. */
PbaySecret *pbay_credentials_secret(PbayExchange *x, pb_str name, size_t i);

/* ---- hooks of engine.c ---------------------------------------------------------------------- */

/* Runs x->provider->driver->execute->run on the pool of x->worker (made when there is none);
 * sets x->engine. What is wrong comes as pbay_machine_finish in a later turn. */
void pbay_engine_run(PbayExchange *x);
void pbay_engine_emit(PbayExchange *x, const pb_event *event); /* engine's thread */
void pbay_engine_note(PbayExchange *x, int32_t note, pb_str param,
                      pb_str why); /* engine's thread */
void pbay_engine_pause(PbayExchange *x, bool paused);
/* cancelled() is true from now on and a blocked emit returns; pbay_machine_engine_ended still
 * comes. */
void pbay_engine_cancel(PbayExchange *x);
/* Waits up to 10 s for runs to return, marks drivers of the others broken, joins, frees. NULL is
 * fine. */
void pbay_engines_free(PbayEngines *engines);

/* ---- hooks of inline.c ---------------------------------------------------------------------- */

/* Does the manifest of x's driver ask for it, and is there an http(s) image in the request? */
bool pbay_inline_wanted(const PbayExchange *x);
/* Fetches by the FOREIGN rules on x->worker->transport; then pbay_machine_inlined, or _finish. */
void pbay_inline_start(PbayExchange *x);
void pbay_inline_abort(
    PbayExchange *x); /* x is cancelled: abort the transfers, release x->inlining */

/* ---- request.c ------------------------------------------------------------------------------ */

/* A request being described, kept until the next http_begin: method, url, headers of describe
 * and of sign, body. Copied on write while a transfer borrows it. */
typedef enum PbayHeaderFrom {
    PBAY_HEADER_DESCRIBED,
    PBAY_HEADER_SIGNED /* dropped before sign runs anew */
} PbayHeaderFrom;

void pbay_request_begin(PbayExchange *x, pb_str method, pb_str url, uint32_t flags);
void pbay_request_header(PbayExchange *x, pb_str name, pb_str value);
GString *pbay_request_body(PbayExchange *x); /* to append to; NULL: nothing was begun */
bool pbay_request_header_at(PbayExchange *x, size_t i, pb_str *name, pb_str *value);
void pbay_request_view(PbayExchange *x, pb_str *method, pb_str *url, pb_str *body);
bool pbay_request_header_ok(pb_str name, pb_str value);    /* bytes that HTTP allows */
void pbay_request_spoil(PbayExchange *x, const char *why); /* it must not be sent */
/* Is there one to send, is it well-formed? NULL, or INTERNAL / CONFIG with why. */
PbayFailure *pbay_request_check(PbayExchange *x);
uint32_t pbay_request_flags(const PbayExchange *x);
bool pbay_request_trusted(const PbayExchange *x); /* goes to one of the provider's origins */
void pbay_request_drop_signed(PbayExchange *x);
/* As it leaves: provider's and spec's headers set over the driver's. Borrowed from x->out. */
const PbayHttpRequest *pbay_request_seal(PbayExchange *x, bool detached);
void pbay_request_landed(
    PbayExchange *x); /* the transfer is over: what only it borrowed goes at the
                                              turn's end */
void pbay_request_release(PbayExchange *x);

/* ---- reply.c -------------------------------------------------------------------------------- */

/* Takes over a head: copies the headers, reads the request id and the retry hints. */
void pbay_reply_head(PbayExchange *x, int status, const PbayHttpHeader *headers, size_t n);
/* Keeps the start of a failure's body; with reply.whole, all of it. */
void pbay_reply_bytes(PbayExchange *x, pb_str bytes);
/* All values of a header joined by ", ", or empty; good until the next head. name in any case. */
pb_str pbay_reply_header(PbayExchange *x, pb_str name);
/* Adds to a failure what the reply says: request id, raw body, retry hints the driver did not
 * give. */
void pbay_reply_explain(const PbayExchange *x, PbayFailure *failure);
void pbay_reply_release(PbayExchange *x);

/* ---- redirect.c ----------------------------------------------------------------------------- */

/* The current reply redirects a request of the provider's: a failure (CONFIG) that says where to,
 * without credentials, and what to set. NULL: it does not, or the request was a FOREIGN one. */
PbayFailure *pbay_redirect_failure(PbayExchange *x);

/* ---- services_writer.c ---------------------------------------------------------------------- */

void pbay_body_writer_reset(PbayExchange *x);             /* a request was begun          */
void pbay_body_writer_raw(PbayExchange *x, pb_str bytes); /* http_body                    */
bool pbay_body_writer_ok(const PbayExchange *x);          /* all JSON closed, no misuse   */
void pbay_body_writer_op_ended(PbayExchange *x);          /* drops texts not ended        */
void pbay_body_writer_release(PbayExchange *x);

#endif
