/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the opaque handles of patchbay.h. Private to core/api. */
#ifndef PBAY_API_INTERNAL_H
#define PBAY_API_INTERNAL_H

#include "base/str.h"
#include "call/call.h"
#include "call/request.h"
#include "config/config.h"
#include "exchange/exchange.h"
#include "routing/daily_cap.h"
#include "routing/fleet.h"
#include "routing/plan.h"
#include "routing/share.h"
#include "snapshot/snapshot.h"

#include <patchbay/patchbay.h>
#include <pthread.h>
#include <stdatomic.h>

struct patchbay_opts {
    GPtrArray *conf;        /* char *, replacing the standard folders, or empty */
    GPtrArray *conf_add;    /* char * */
    GPtrArray *env_files;   /* char * */
    GPtrArray *driver_dirs; /* char * */
    GPtrArray *sets;        /* char *: name, value, name, value ... */
    char *state;            /* the state file, "" for the usual one; NULL: none is kept */
    bool embed;
    int log_level, log_json; /* -1: as configured */
    bool log_sink_set;
    void (*log_sink)(void *user, int level, const char *line);
    void *log_user;
};

struct patchbay {
    pthread_mutex_t config_lock; /* one builds a snapshot, or derives a provider, at a time */
    pthread_mutex_t lock;        /* of the two below; short */
    PbaySnapshot *snapshot;
    size_t live; /* calls submitted and not yet done */
    patchbay_opts *opts;
    PbayLoop *loop;
    PbayWorker *worker;
    pthread_t thread;
    bool threaded;
    bool turning;        /* embedded: inside the loop; the dispatching thread's */
    PbayFleet *fleet;    /* what is known of targets: outlives reloads and calls */
    PbayShare *share;    /* keeps it and the state file alike; NULL: none was asked for */
    PbayDailyCap probes; /* under `lock`: billed probes of a core without a state file */
    atomic_bool stopping;
    GPtrArray *calls; /* patchbay_call *, the live ones; worker thread only */
};

/* A failure of a call, or the mistakes of a configuration. */
struct patchbay_error {
    PbayFailure *failure;
    char *json;     /* {"error":...} */
    char *problems; /* JSON array    */
};

struct patchbay_request {
    int32_t kind;
    char *json, *model, *base_url;
    PbaySecret *api_key;
    int64_t timeout_ms;
    GPtrArray *headers; /* char *: name, value, name, value ... */
    GPtrArray *secrets; /* PbaySecret *: header values that are credentials: no text shows them */
    bool strict, drops_set, record, billed_probe;
    PbayDrops drops;
    int retries;             /* -1: as configured */
    patchbay_watch_fn watch; /* or NULL */
    void *watch_user;
};

struct patchbay_result {
    atomic_int refs;
    patchbay_error *error;
    char *answer, *report, *media_type;
    char *recording, *unrecorded; /* or NULL */
    GBytes *bytes;
};

/* Errors. `error` may be NULL everywhere: then nothing is stored and nothing leaks. */
patchbay_error *pbay_api_error_new(PbayFailure *failure); /* takes over one reference */
patchbay_error *pbay_api_error_from_problems(const PbayProblems *problems);
patchbay_error *pbay_api_error_copy(const patchbay_error *error);
void pbay_api_error_set(patchbay_error **error, patchbay_error *value);
void pbay_api_error_take(patchbay_error **error, GError *gerror); /* takes over gerror */

/* Options. */
patchbay_opts *pbay_api_opts_copy(const patchbay_opts *opts); /* NULL: the defaults */
PbayEnv *pbay_api_opts_env(const patchbay_opts *opts, PbayProblems *problems);
PbayConfig *pbay_api_opts_config(const patchbay_opts *opts, PbayEnv *env, PbayProblems *problems);
PbayDriverSet *pbay_api_opts_drivers(const patchbay_opts *opts, const PbayDriverSet *before);

void pbay_api_opts_log(const patchbay_opts *opts, const PbayConfig *config);

/* Requests. */
patchbay_request *pbay_api_request_copy(const patchbay_request *request);
void pbay_api_free_wiped(gpointer text); /* NULL is fine */

/* reload.c. The snapshot of opts: NULL with error when there are mistakes. before: rows of
 * drivers to take over, or NULL. Under config_lock, or before the core is shared. */
PbaySnapshot *pbay_api_snapshot_build(const patchbay_opts *opts, const PbayDriverSet *before,
                                      patchbay_error **error);
/* The snapshot in force, with a reference. [any] */
PbaySnapshot *pbay_api_snapshot(patchbay *pb);

/* What the outcome of a call becomes. */
patchbay_result *pbay_api_result_new(const PbayOutcome *outcome);

/* Turns the loop once; false: its wait failed. The worker's thread, or an embedded core's
 * dispatcher. */
bool pbay_api_turn(patchbay *pb, int timeout_ms);
/* Is this the thread that runs callbacks, and (embedded) is it inside one? [any] */
bool pbay_api_in_callback(const patchbay *pb);
size_t pbay_api_live(patchbay *pb); /* calls not yet done [any] */

/* Cancels every live call and turns the loop until each has ended; on the worker's thread. */
void pbay_api_end_all(patchbay *pb);

/* As patchbay_submit, with explain's dry run. */
patchbay_call *pbay_api_submit(patchbay *pb, const patchbay_request *request, bool dry_run,
                               patchbay_chunk_fn chunk, patchbay_done_fn done, void *user,
                               patchbay_error **error);

/* probe.c. How long the whole call may take, in ms; 0: as configured. Of a probe that does not say
 * so: [health] timeout. */
int64_t pbay_api_timeout(const PbaySnapshot *snapshot, const patchbay_request *request);
/* Books what a billed probe is estimated to cost; the failure that it ends with when that
 * is refused, else NULL. Reads and writes the state file. [any] */
PbayFailure *pbay_api_probe_book(patchbay *pb, const PbaySnapshot *snapshot,
                                 const patchbay_request *request);

/* What submit says when the request is NULL. */
patchbay_error *pbay_api_no_request(void);
/* Waits for the end; borrowed from the handle. NULL: the loop failed. */
const patchbay_result *pbay_api_call_result(patchbay_call *call);
/* Waits for a call and gives its result: NULL with error if it failed. Frees the handle. */
patchbay_result *pbay_api_finish(patchbay_call *call, patchbay_error **error);

/* cost.c: the plan of a request as its call would make it, to tell or book what it may cost. NULL
 * with error. [any] */
PbayPlan *pbay_api_plan(patchbay *pb, const PbaySnapshot *snapshot, const patchbay_request *request,
                        const PbayCallRequest *read, const char *name, const PbayFacts *facts,
                        GError **error);

#endif
