/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of one provider's credentials under one lock: what is there and fresh, what failed
 * a moment ago, and waking those who wait. Any worker. It starts nothing and calls no driver. */
#include "exchange/credential_store.h"

#include "base/str.h"

#include <pthread.h>

struct PbayCredentialStore {
    pthread_mutex_t lock;
    GHashTable *entries; /* key -> PbayCredentialEntry * */
    unsigned overrides;
};

static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static void entry_free(gpointer data)
{
    PbayCredentialEntry *entry = data;
    pbay_credential_set_free(entry->set);
    pbay_failure_unref(entry->failure);
    g_free(entry->name);
    g_free(entry->key);
    g_free(entry);
}

static void store_free(void *data)
{
    PbayCredentialStore *store = data;
    g_hash_table_unref(store->entries);
    pthread_mutex_destroy(&store->lock);
    g_free(store);
}

PbayCredentialStore *pbay_credential_store(PbayProvider *provider)
{
    pthread_mutex_lock(&making);
    if (provider->credentials == NULL) {
        PbayCredentialStore *store = g_new0(PbayCredentialStore, 1);
        pthread_mutex_init(&store->lock, NULL);
        store->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
        provider->credentials = store;
        provider->credentials_free = store_free;
    }
    PbayCredentialStore *store = provider->credentials;
    pthread_mutex_unlock(&making);
    return store;
}

void pbay_credential_store_lock(PbayCredentialStore *store)
{
    pthread_mutex_lock(&store->lock);
}

void pbay_credential_store_unlock(PbayCredentialStore *store)
{
    pthread_mutex_unlock(&store->lock);
}

/* Name, which of the provider's keys, and a digest of a key that the request brought. */
static char *key_of(const PbayExchange *x, const char *name)
{
    g_autofree char *digest = NULL;
    if (x->api_key != NULL) {
        pb_str key = pbay_secret_peek(x->api_key);
        digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)key.ptr, key.len);
    }
    return g_strdup_printf("%zu %s %s", x->key_index, digest != NULL ? digest : "-", name);
}

static gboolean is_idle_override(gpointer key, gpointer value, gpointer data)
{
    (void)key;
    (void)data;
    const PbayCredentialEntry *entry = value;
    return entry->override && entry->mint == NULL && entry->waiters.length == 0;
}

PbayCredentialEntry *pbay_credential_entry(PbayCredentialStore *store, PbayExchange *x,
                                           const char *name)
{
    g_autofree char *key = key_of(x, name);
    PbayCredentialEntry *entry = g_hash_table_lookup(store->entries, key);
    if (entry != NULL)
        return entry;
    if (x->api_key != NULL && ++store->overrides > PBAY_CREDENTIAL_OVERRIDE) {
        g_hash_table_foreach_remove(store->entries, is_idle_override, NULL);
        store->overrides = 1;
    }
    entry = g_new0(PbayCredentialEntry, 1);
    entry->name = g_strdup(name);
    entry->key = g_steal_pointer(&key);
    entry->override = x->api_key != NULL;
    g_hash_table_insert(store->entries, entry->key, entry);
    return entry;
}

static int64_t now_of(const PbayExchange *x)
{
    return pbay_clock_now_ms(x->provider->driver->core);
}

bool pbay_credential_entry_valid(const PbayCredentialEntry *entry, PbayExchange *x, bool *stale)
{
    *stale = false;
    if (entry->set == NULL)
        return false;
    int64_t expires = pbay_credential_set_expires(entry->set);
    if (expires == 0)
        return true;
    int64_t now = now_of(x), life = expires - entry->born_ms;
    *stale = entry->mint == NULL && now - entry->born_ms >= life * PBAY_CREDENTIAL_FRESH / 100 &&
             (entry->failure == NULL || now >= entry->failing_until_ms);
    return now < expires;
}

PbayFailure *pbay_credential_entry_failing(PbayCredentialEntry *entry, PbayExchange *x)
{
    return entry->failure != NULL && now_of(x) < entry->failing_until_ms ? entry->failure : NULL;
}

static void publish(PbayCredentialEntry *entry, PbayCredentialSet *set, int64_t now_ms)
{
    pbay_credential_set_free(entry->set);
    entry->set = set;
    entry->born_ms = now_ms;
    entry->generation++;
    g_clear_pointer(&entry->failure, pbay_failure_unref);
}

static void remember_failure(PbayCredentialEntry *entry, PbayFailure *failure, int64_t now_ms)
{
    int64_t pause =
        failure->retry_after_ms > 0 ? failure->retry_after_ms : PBAY_CREDENTIAL_PAUSE_MS;
    pbay_failure_unref(entry->failure);
    entry->failure = pbay_failure_ref(failure);
    entry->failing_until_ms = now_ms + MIN(pause, PBAY_CREDENTIAL_HINT_MAX);
}

void pbay_credential_entry_settle(PbayCredentialEntry *entry, PbayCredentialSet *set,
                                  PbayFailure *failure, int64_t now_ms)
{
    entry->mint = NULL;
    if (set != NULL)
        publish(entry, set, now_ms);
    else if (failure != NULL)
        remember_failure(entry, failure, now_ms);
    GList *link;
    while ((link = g_queue_pop_head_link(&entry->waiters)) != NULL) {
        PbayCredentialWaiter *waiter = link->data;
        waiter->entry = NULL;
        pbay_mint_waits(waiter->x, NULL);
        pbay_credentials_wake(waiter, failure, set == NULL && failure == NULL);
    }
}
