/* SPDX-License-Identifier: Apache-2.0 */
/* A rig for tests of exchanges: a loop, a worker with a scripted transport (or the real one), a
 * provider on a driver whose ops do what a test says, and an owner that writes down all it
 * hears. One thread. */
#ifndef PBAY_TESTS_EXCHANGE_RIG_H
#define PBAY_TESTS_EXCHANGE_RIG_H

#include "exchange/internal.h"
#include "exchange/memory_transport.h"

#include <glib.h>

typedef struct Rig Rig;
typedef struct Owner Owner;

/* What an op does beyond returning next[op]; its result is what the op returns. */
typedef pb_next (*RigOp)(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args);

struct Rig {
    PbayLoop *loop;
    PbayTransport *transport; /* the worker's */
    PbayWorker *worker;
    struct pb_core core;
    pb_driver ops;
    PbayDriver driver;
    PbayProvider *provider;
    const pb_core_api *api;

    /* The driver's script. begin and on_timer describe `POST url` with body {"n":1} unless act
     * says else. */
    pb_next next[PBAY_OPS];
    RigOp act[PBAY_OPS];
    uint32_t http_flags;
    const char *url;
    int64_t wait_ms;
    void *data; /* the test's */

    unsigned calls[PBAY_OPS];
    GString *log;  /* "begin sign on_head(200) on_body(5) on_end end" */
    GString *body; /* what on_body got */
};

/* memory: the scripted transport, else libcurl. The provider "fake" trusts https://api.test. */
Rig *rig_new(bool memory);
void rig_free(Rig *rig);
/* Ends the worker first (shutdown), keeps the rest. */
void rig_stop_worker(Rig *rig);
void rig_trust(Rig *rig, const char *origin);
void rig_secret(Rig *rig, const char *name, const char *value);
void rig_describe(Rig *rig, pb_xchg *x); /* http_begin and the body */

/* Who asked for an exchange. Zeroed by owner_init. */
struct Owner {
    Rig *rig;
    PbayExchange *x;
    unsigned done, events, notes, requests;
    PbayFailure *failure; /* a reference, or NULL */
    GString *text;        /* of TEXT events */
    GString *seen;        /* requests: "POST url\nname: value\n...\nbody\n" */
    int status;
    char *request_id;
    int32_t cancel_at_event, cancel_at_request; /* PB_CANCEL_*, or 0 */
    void (*on_event)(Owner *owner, const pb_event *event);
    void (*on_done)(Owner *owner);
    void *data;
};

void owner_init(Owner *owner, Rig *rig);
void owner_clear(Owner *owner);
PbayExchangeSpec owner_spec(Owner *owner); /* a chat with body {} */
void owner_start(Owner *owner);
void owner_start_spec(Owner *owner, const PbayExchangeSpec *spec);
/* Turns the loop until it is done and nothing of the worker is alive. */
void rig_run(Rig *rig);
/* Turns until fn(data); fails the test after 30 s. */
void rig_turn_until(Rig *rig, bool (*fn)(void *data), void *data);
void rig_turns(Rig *rig, unsigned n); /* without waiting */

/* A whole reply of one piece. */
void rig_reply(Rig *rig, int status, const char *body);
pb_event rig_text(const char *text);

#endif
