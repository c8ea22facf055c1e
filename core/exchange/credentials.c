/* SPDX-License-Identifier: Apache-2.0 */
/* The store of a provider's minted credentials and its hooks: looking up, parking, minting
 * (mint.c is the exchange that does it), publishing, dropping. Any worker; one short lock a
 * store, never held while a driver runs. Who waits on another worker is woken by a post to its
 * own loop. */
#include "exchange/credential_store.h"

#include "base/str.h"
#include "observe/log.h"

#include <string.h>

/* What an exchange knows of one credential. */
typedef struct Need {
    char *name;
    unsigned needed;
    uint64_t read; /* generation, 0 = none */
    bool dropped;
} Need;

/* x->credentials */
typedef struct Needs {
    GPtrArray *needs; /* Need * */
    Need *wanted;     /* by the last credential_need, or NULL */
    PbayCredentialWaiter *waiter;
} Needs;

static void need_free(gpointer data)
{
    Need *need = data;
    g_free(need->name);
    g_free(need);
}

static Needs *needs_of(PbayExchange *x)
{
    if (x->credentials == NULL) {
        Needs *needs = g_new0(Needs, 1);
        needs->needs = g_ptr_array_new_with_free_func(need_free);
        x->credentials = needs;
    }
    return x->credentials;
}

static Need *need_of(PbayExchange *x, pb_str name)
{
    Needs *needs = needs_of(x);
    for (guint i = 0; i < needs->needs->len; i++) {
        Need *need = g_ptr_array_index(needs->needs, i);
        if (pbay_str_is(name, need->name))
            return need;
    }
    Need *need = g_new0(Need, 1);
    need->name = pbay_str_dup(name);
    g_ptr_array_add(needs->needs, need);
    return need;
}

pb_str pbay_credentials_part(PbayExchange *x, pb_str name, pb_str part, bool public_only)
{
    Need *need = need_of(x, name);
    PbayCredentialStore *store = pbay_credential_store(x->provider);
    pb_str copy = {NULL, 0};
    pbay_credential_store_lock(store);
    PbayCredentialEntry *entry = pbay_credential_entry(store, x, need->name);
    bool stale = false;
    if (pbay_credential_entry_valid(entry, x, &stale)) {
        need->read = entry->generation;
        pb_str value = pbay_credential_set_get(entry->set, part, public_only);
        if (value.ptr != NULL)
            copy = pbay_arena_copy(x->worker->scratch, value);
    }
    bool refresh = stale && !x->dry_run && x->minting == NULL;
    PbayMint *mint = refresh ? pbay_mint_prepare(entry, x) : NULL;
    pbay_credential_store_unlock(store);
    if (mint != NULL)
        pbay_mint_start(mint, x);
    return copy;
}

void pbay_credentials_want(PbayExchange *x, pb_str name)
{
    needs_of(x)->wanted = need_of(x, name);
}

bool pbay_credentials_used(const PbayExchange *x)
{
    const Needs *needs = x->credentials;
    for (guint i = 0; needs != NULL && i < needs->needs->len; i++)
        if (((const Need *)g_ptr_array_index(needs->needs, i))->read != 0)
            return true;
    return false;
}

bool pbay_credentials_at_hand(PbayExchange *x)
{
    Need *need = needs_of(x)->wanted;
    if (need == NULL)
        return true; /* park says what is wrong */
    PbayCredentialStore *store = pbay_credential_store(x->provider);
    pbay_credential_store_lock(store);
    bool stale = false;
    bool valid =
        pbay_credential_entry_valid(pbay_credential_entry(store, x, need->name), x, &stale);
    pbay_credential_store_unlock(store);
    return valid;
}

/* Asked for too often: either the provider refuses what is minted, or the driver asks though it
 * is there. */
static PbayFailure *too_often(PbayExchange *x, const Need *need)
{
    if (need->dropped)
        return pbay_failure_new(
            PB_ERR_AUTH,
            "%s: credential \"%s\" was minted anew and refused again; check the "
            "account's keys and permissions",
            pbay_exchange_label(x), need->name);
    return pbay_failure_new(
        PB_ERR_INTERNAL,
        "%s asked for credential \"%s\" more than %u times in one request; this "
        "is a mistake in the driver: update or report it",
        pbay_exchange_label(x), need->name, PBAY_CREDENTIAL_NEEDS);
}

/* On the worker of the exchange that waited. */
static void woken(void *data)
{
    PbayCredentialWaiter *waiter = data;
    PbayExchange *x = waiter->x;
    PbayFailure *failure = g_steal_pointer(&waiter->failure);
    bool again = waiter->again;
    g_free(waiter);
    if (x == NULL) {
        pbay_failure_unref(failure);
        return;
    }
    Needs *needs = x->credentials;
    needs->waiter = NULL;
    if (failure != NULL) {
        pbay_machine_finish(x, failure);
    } else if (again) {
        needs->wanted->needed--;
        pbay_credentials_park(x);
    } else {
        pbay_machine_resume(x);
    }
}

void pbay_credentials_wake(PbayCredentialWaiter *waiter, PbayFailure *failure, bool again)
{
    waiter->failure = failure != NULL ? pbay_failure_ref(failure) : NULL;
    waiter->again = again;
    waiter->posted = true;
    pbay_loop_post(waiter->loop, woken, waiter);
}

static PbayCredentialWaiter *waiter_new(PbayExchange *x)
{
    PbayCredentialWaiter *waiter = g_new0(PbayCredentialWaiter, 1);
    waiter->x = x;
    waiter->loop = x->worker->loop;
    waiter->link.data = waiter;
    needs_of(x)->waiter = waiter;
    return waiter;
}

/* With the lock held: there, failed a moment ago, being minted, or to be minted (the mint to
 * start is given). Takes over nothing. */
static PbayMint *look_up(PbayCredentialEntry *entry, PbayExchange *x, PbayCredentialWaiter *waiter)
{
    bool stale = false;
    if (pbay_credential_entry_valid(entry, x, &stale)) {
        PbayMint *refresh = stale && x->minting == NULL ? pbay_mint_prepare(entry, x) : NULL;
        pbay_credentials_wake(waiter, NULL, false);
        return refresh;
    }
    PbayFailure *failure = pbay_credential_entry_failing(entry, x);
    if (failure != NULL) {
        pbay_credentials_wake(waiter, failure, false);
        return NULL;
    }
    failure = pbay_mint_forbids(entry, x);
    if (failure != NULL) {
        pbay_credentials_wake(waiter, failure, false);
        pbay_failure_unref(failure);
        return NULL;
    }
    pbay_mint_waits(x, entry);
    g_queue_push_tail_link(&entry->waiters, &waiter->link);
    waiter->entry = entry;
    return entry->mint == NULL ? pbay_mint_prepare(entry, x) : NULL;
}

void pbay_credentials_park(PbayExchange *x)
{
    Need *need = needs_of(x)->wanted;
    PbayCredentialWaiter *waiter = waiter_new(x);
    g_autoptr(PbayFailure) wrong = NULL;
    if (need == NULL)
        wrong = pbay_failure_new(PB_ERR_INTERNAL,
                                 "%s wants a credential but named none; this is a mistake in the "
                                 "driver: update or report it",
                                 pbay_exchange_label(x));
    else if (++need->needed > PBAY_CREDENTIAL_NEEDS)
        wrong = too_often(x, need);
    if (wrong != NULL) {
        pbay_credentials_wake(waiter, wrong, false);
        return;
    }
    PbayCredentialStore *store = pbay_credential_store(x->provider);
    pbay_credential_store_lock(store);
    PbayMint *mint = look_up(pbay_credential_entry(store, x, need->name), x, waiter);
    pbay_credential_store_unlock(store);
    if (mint != NULL)
        pbay_mint_start(mint, x);
}

void pbay_credentials_unpark(PbayExchange *x)
{
    Needs *needs = x->credentials;
    PbayCredentialWaiter *waiter = needs != NULL ? g_steal_pointer(&needs->waiter) : NULL;
    if (waiter == NULL)
        return;
    PbayCredentialStore *store = pbay_credential_store(x->provider);
    pbay_credential_store_lock(store);
    bool posted = waiter->posted;
    waiter->x = NULL;
    if (!posted)
        g_queue_unlink(&waiter->entry->waiters, &waiter->link);
    pbay_mint_waits(x, NULL);
    pbay_credential_store_unlock(store);
    if (!posted)
        g_free(waiter);
}

void pbay_credentials_put(PbayExchange *x, pb_str part, pb_str value, uint32_t flags,
                          int64_t expires_ms)
{
    pbay_mint_put(x->minting, x, part, value, (flags & PB_CRED_PUBLIC) != 0, expires_ms);
}

void pbay_credentials_drop(PbayExchange *x, pb_str name)
{
    Need *need = need_of(x, name);
    if (need->dropped || need->read == 0)
        return;
    need->dropped = true;
    PbayCredentialStore *store = pbay_credential_store(x->provider);
    pbay_credential_store_lock(store);
    PbayCredentialEntry *entry = pbay_credential_entry(store, x, need->name);
    if (entry->generation == need->read)
        g_clear_pointer(&entry->set, pbay_credential_set_free);
    pbay_credential_store_unlock(store);
}

void pbay_credentials_release(PbayExchange *x)
{
    Needs *needs = x->credentials;
    if (needs == NULL)
        return;
    pbay_credentials_unpark(x);
    g_ptr_array_unref(needs->needs);
    g_free(needs);
    x->credentials = NULL;
}

/* What several keys have in common is given once: its last value goes with those beyond. */
static size_t clamp_index(const PbayProvider *provider, pb_str name, size_t i)
{
    while (i > 0 && pbay_provider_secret(provider, name, i) == NULL)
        i--;
    return i;
}

PbaySecret *pbay_credentials_secret(PbayExchange *x, pb_str name, size_t i)
{
    i = clamp_index(x->provider, name, i);
    PbaySecret *fresh = x->minting != NULL && i == 0 ? pbay_mint_reread(x->minting, x, name) : NULL;
    return fresh != NULL ? fresh : pbay_provider_secret(x->provider, name, i);
}
