/* SPDX-License-Identifier: Apache-2.0 */
/* The threads on which engines inside the process run: a few a worker, made when needed, and at
 * each provider a gate that lets so many runs in at a time, whichever worker they came from;
 * first come, first served. It knows jobs, not exchanges. Any thread may submit; what is freed
 * belongs to its owner. */
#ifndef PBAY_EXCHANGE_ENGINE_POOL_H
#define PBAY_EXCHANGE_ENGINE_POOL_H

#include "snapshot/snapshot.h"

#include <glib.h>
#include <stdbool.h>

#define PBAY_ENGINE_THREADS 4 /* of one pool */

typedef struct PbayEngines PbayEngines;
typedef struct PbayEngineGate PbayEngineGate;

typedef enum PbayEnginePlace {
    PBAY_ENGINE_NEW,
    PBAY_ENGINE_AT_GATE, /* the provider runs as many as it may */
    PBAY_ENGINE_QUEUED,  /* let in, waits for a thread          */
    PBAY_ENGINE_RUNNING,
    PBAY_ENGINE_OUT /* finished or withdrawn */
} PbayEnginePlace;

/* One run. First member of the owner's struct; the owner fills the functions, the rest is the
 * pool's. */
typedef struct PbayEngineJob {
    void (*work)(struct PbayEngineJob *);     /* on a thread of the pool */
    void (*finished)(struct PbayEngineJob *); /* there, last; may free the job */
    void (*abandon)(
        struct PbayEngineJob *); /* from pbay_engines_free: nobody waits for it any more */
    PbayEngines *pool;
    PbayEngineGate *gate;
    PbayEnginePlace place;
    GList link;
} PbayEngineJob;

PbayEngines *pbay_engines_new(void);

/* Runs job on a thread of the pool when the gate of provider lets it; parallel (0 = 1) is how
 * many that is, and the first one to say it counts. 0, or the errno of a first thread that could
 * not be made: the job is not taken. */
int pbay_engines_submit(PbayEngines *pool, PbayProvider *provider, unsigned parallel,
                        PbayEngineJob *job);

/* True: the job had not begun and never will; its functions are not called. False: it runs or
 * ran. */
bool pbay_engines_withdraw(PbayEngineJob *job);

/* Waits up to patience_ms for runs to finish, abandons the others (the number of which it
 * gives), joins the threads and frees. What is abandoned keeps its thread and the pool's memory
 * until the program ends. No job may be queued any more. */
unsigned pbay_engines_close(PbayEngines *pool, int64_t patience_ms);

#endif
