/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the fleet share. Locks, in the order in which they may be held together: the
 * fleet's, or a target's and then its provider's; `waiting_lock` and `listener_lock` alone. Nobody
 * is called while one is held, but for the post with which a waiter is woken. */
#ifndef PBAY_ROUTING_FLEET_INTERNAL_H
#define PBAY_ROUTING_FLEET_INTERNAL_H

#include "routing/fleet.h"
#include "routing/keys.h"
#include "routing/latency.h"
#include "routing/retry_budget.h"

#include <pthread.h>
#include <stdatomic.h>

/* Longer names are known by their beginning and a digest, so that names cost little. */
#define PBAY_FLEET_NAME 256

/* What is remembered under one name. */
typedef struct PbayFleetRow {
    char *name;
    atomic_uint refs;     /* who uses it; rises under the fleet's lock only, so 0 there is nobody */
    atomic_bool valuable; /* a breaker that is not closed: forgotten last */
    bool limited;         /* it has been under a limit, the last time at ... (fleet's lock) */
    int64_t limited_at;
    GList link;           /* in its table's order (fleet's lock) */
    pthread_mutex_t lock; /* guards what follows in the two below */
} PbayFleetRow;

typedef struct PbayFleetLast {
    bool known, ok;
    int32_t cls, status;
    int64_t at, ms;
    char message[200];
} PbayFleetLast;

typedef struct PbayFleetTarget {
    PbayFleetRow row; /* first */
    PbayBreaker breaker;
    PbayLatency latency;
    PbayLimiter *limiter;
    unsigned busy;
    int64_t calls, failures;
    PbayFleetLast last;
    bool changed; /* by an outcome or a record, the last time at ... */
    int64_t changed_at;
    int64_t stamp;  /* `changed` of the newest record taken in or given out, wall ms; 0: none */
    bool unstamped; /* an outcome came since */
} PbayFleetTarget;

typedef struct PbayFleetProvider {
    PbayFleetRow row; /* first */
    PbayKeys *keys;
    PbayLimiter *limiter;
    PbayRetryBudget budget;
} PbayFleetProvider;

/* Rows by name, the one used last at the end of `order`. */
typedef struct PbayFleetTable {
    GHashTable *rows; /* name of the row -> row */
    GQueue order;
} PbayFleetTable;

struct PbayFleet {
    atomic_int refs;
    atomic_uint_fast64_t chance; /* state of the generator of jitter */
    pthread_mutex_t lock;        /* guards the two tables */
    PbayFleetTable targets, providers;
    pthread_mutex_t waiting_lock;
    GHashTable *waiting; /* PbayWaiter * -> PbayFleetRows *: where it stands */
    atomic_bool listened;
    pthread_mutex_t listener_lock; /* guards the rest */
    pthread_cond_t listener_idle;
    void (*listener)(void *user, bool urgent);
    void *listener_user;
    unsigned listener_calls; /* under way */
};

/* A target and its provider, with a reference each. Either may be NULL where they were looked
 * up. */
typedef struct PbayFleetRows {
    PbayFleetTarget *target;
    PbayFleetProvider *provider;
} PbayFleetRows;

struct PbayTicket {
    PbayFleetRows rows;
    const PbayProvider *provider; /* the caller's snapshot keeps it */
    size_t key;
    bool own_key, aside;
    bool probe, forced; /* forced: although the breaker was out */
    bool content;       /* its first content was told of */
    unsigned openings;  /* of the breaker when it was taken */
    int64_t at, requests, tokens;
};

/* ---- fleet.c ---- */

void pbay_fleet_tell(PbayFleet *fleet, bool urgent); /* under no lock */

/* The account whose keys, limits and budget these are: another server has others. */
static inline const char *pbay_fleet_account(const PbayProvider *provider)
{
    return provider->known_as != NULL ? provider->known_as : provider->name;
}

/* ---- fleet_row.c ---- */

void pbay_fleet_tables_init(PbayFleet *fleet);
void pbay_fleet_tables_clear(PbayFleet *fleet); /* nobody uses a row */
/* Both are made if they are new, and count as used. limited: they are under a limit. NULL: not
 * wanted. */
PbayFleetRows pbay_fleet_rows_get(PbayFleet *fleet, const char *target, const char *provider,
                                  int64_t now, const PbayTake *limited);
/* Nothing is made. */
PbayFleetRows pbay_fleet_rows_find(PbayFleet *fleet, const char *target, const char *provider);
PbayFleetRows pbay_fleet_rows_ref(PbayFleetRows rows);
void pbay_fleet_rows_put(PbayFleetRows rows);
void pbay_fleet_rows_lock(PbayFleetRows rows); /* the target's, then the provider's */
void pbay_fleet_rows_unlock(PbayFleetRows rows);
/* PbayFleetTarget * of all, each with a reference, by name. */
GPtrArray *pbay_fleet_targets(PbayFleet *fleet);

/* ---- fleet_judge.c ---- */

typedef struct PbayFleetVerdict {
    PbayOut out;
    int64_t until;
    size_t key;
    int32_t key_cls;      /* why keys rest */
    bool probe, forced;   /* forced: the breaker said no */
    PbayLimiter *limiter; /* that refuses */
    const PbayLimits *limits;
} PbayFleetVerdict;

/* What may be said of the request; under the locks of rows. breaker: the target's, or a copy that
 * may change. Takes nothing. */
PbayFleetVerdict pbay_fleet_judge(PbayFleetRows rows, PbayBreaker *breaker, const PbayTake *take);

#endif
