/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about credentials share: the store of a provider, its entries, who waits, and
 * the mint under way. Private to credentials.c, credential_store.c and mint.c. Functions marked
 * [locked] want the store's lock held. */
#ifndef PBAY_EXCHANGE_CREDENTIAL_STORE_H
#define PBAY_EXCHANGE_CREDENTIAL_STORE_H

#include "exchange/credential_set.h"
#include "exchange/credentials.h"
#include "exchange/internal.h"

typedef struct PbayCredentialStore PbayCredentialStore;
typedef struct PbayMint PbayMint;

/* One credential: a name, and whose key it is minted from. All members [locked]. */
typedef struct PbayCredentialEntry {
    char *name, *key;
    bool override;          /* minted from a key that one request brought */
    PbayCredentialSet *set; /* or NULL */
    int64_t born_ms;
    uint64_t generation;  /* of the last set published, 0 = none */
    PbayMint *mint;       /* under way, or NULL */
    GQueue waiters;       /* links of PbayCredentialWaiter */
    PbayFailure *failure; /* of the last mint, until `failing_until_ms` */
    int64_t failing_until_ms;
} PbayCredentialEntry;

/* A parked exchange. In entry->waiters until posted [locked]; x is NULL once the exchange has
 * gone, and only its own worker touches it. */
typedef struct PbayCredentialWaiter {
    GList link;
    PbayExchange *x;
    PbayLoop *loop;
    PbayCredentialEntry *entry; /* while it is in its queue */
    bool posted, again;         /* again: look it up anew */
    PbayFailure *failure;
} PbayCredentialWaiter;

/* ---- credential_store.c ---------------------------------------------------------------------- */

/* The store of provider, made when there is none. [any] */
PbayCredentialStore *pbay_credential_store(PbayProvider *provider);
void pbay_credential_store_lock(PbayCredentialStore *store);
void pbay_credential_store_unlock(PbayCredentialStore *store);
PbayCredentialEntry *pbay_credential_entry(PbayCredentialStore *store, PbayExchange *x,
                                           const char *name); /* [locked] never NULL */
/* Is there a set that has not expired? *stale: it is time to mint anew, and nobody does.
 * [locked] */
bool pbay_credential_entry_valid(const PbayCredentialEntry *entry, PbayExchange *x, bool *stale);
/* The failure that still counts, borrowed, or NULL. [locked] */
PbayFailure *pbay_credential_entry_failing(PbayCredentialEntry *entry, PbayExchange *x);
/* Publishes set (taken over) or a failure (borrowed); the mint is over, all waiters are woken.
 * With neither the mint was given up and they look again. [locked] */
void pbay_credential_entry_settle(PbayCredentialEntry *entry, PbayCredentialSet *set,
                                  PbayFailure *failure, int64_t now_ms);

/* ---- mint.c ---------------------------------------------------------------------------------- */

/* NULL, or why x may not wait for entry: a cycle, or too deep. Caller unrefs. [locked] */
PbayFailure *pbay_mint_forbids(const PbayCredentialEntry *entry, PbayExchange *x);
/* If x mints something itself: what it waits for, NULL = nothing. [locked] */
void pbay_mint_waits(PbayExchange *x, PbayCredentialEntry *entry);
/* A mint of entry as x asks for it; it is entry->mint from now on. [locked] */
PbayMint *pbay_mint_prepare(PbayCredentialEntry *entry, PbayExchange *x);
void pbay_mint_start(PbayMint *mint, PbayExchange *x); /* not locked */
void pbay_mint_put(PbayMint *mint, PbayExchange *x, pb_str part, pb_str value, bool public,
                   int64_t expires_ms);
/* A secret whose file is read anew before each mint, borrowed until the mint ends, or NULL. */
PbaySecret *pbay_mint_reread(PbayMint *mint, PbayExchange *x, pb_str name);

/* ---- credentials.c --------------------------------------------------------------------------- */

/* Posts the outcome to the waiter's loop; it is out of every queue. failure is borrowed. [locked
 * or not] */
void pbay_credentials_wake(PbayCredentialWaiter *waiter, PbayFailure *failure, bool again);

#endif
