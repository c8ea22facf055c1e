/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet itself: its life, and who is told of changes. Any thread; the listener is called
 * under no lock, and is not called any more once another has been set. */
#include "routing/fleet_internal.h"

#include <sys/random.h>

static uint64_t system_seed(const PbayFleet *fleet)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = (uint64_t)(uintptr_t)fleet; /* jitter is no secret: a place in memory will do */
    return seed;
}

PbayFleet *pbay_fleet_new(uint64_t seed)
{
    PbayFleet *fleet = g_new0(PbayFleet, 1);
    atomic_init(&fleet->refs, 1);
    atomic_init(&fleet->chance, seed != 0 ? seed : system_seed(fleet));
    atomic_init(&fleet->listened, false);
    pthread_mutex_init(&fleet->lock, NULL);
    pthread_mutex_init(&fleet->waiting_lock, NULL);
    pthread_mutex_init(&fleet->listener_lock, NULL);
    pthread_cond_init(&fleet->listener_idle, NULL);
    pbay_fleet_tables_init(fleet);
    fleet->waiting = g_hash_table_new(NULL, NULL);
    return fleet;
}

PbayFleet *pbay_fleet_ref(PbayFleet *fleet)
{
    atomic_fetch_add_explicit(&fleet->refs, 1, memory_order_relaxed);
    return fleet;
}

void pbay_fleet_unref(PbayFleet *fleet)
{
    if (fleet == NULL || atomic_fetch_sub_explicit(&fleet->refs, 1, memory_order_acq_rel) != 1)
        return;
    g_hash_table_unref(fleet->waiting);
    pbay_fleet_tables_clear(fleet);
    pthread_cond_destroy(&fleet->listener_idle);
    pthread_mutex_destroy(&fleet->listener_lock);
    pthread_mutex_destroy(&fleet->waiting_lock);
    pthread_mutex_destroy(&fleet->lock);
    g_free(fleet);
}

/* ---- who is told ----------------------------------------------------------------------------- */

void pbay_fleet_set_listener(PbayFleet *fleet, void (*changed)(void *user, bool urgent), void *user)
{
    pthread_mutex_lock(&fleet->listener_lock);
    fleet->listener = changed;
    fleet->listener_user = user;
    atomic_store(&fleet->listened, changed != NULL);
    while (fleet->listener_calls > 0)
        pthread_cond_wait(&fleet->listener_idle, &fleet->listener_lock);
    pthread_mutex_unlock(&fleet->listener_lock);
}

void pbay_fleet_tell(PbayFleet *fleet, bool urgent)
{
    if (!atomic_load_explicit(&fleet->listened, memory_order_relaxed))
        return;
    pthread_mutex_lock(&fleet->listener_lock);
    void (*listener)(void *user, bool urgent) = fleet->listener;
    void *user = fleet->listener_user;
    fleet->listener_calls++;
    pthread_mutex_unlock(&fleet->listener_lock);
    if (listener != NULL)
        listener(user, urgent);
    pthread_mutex_lock(&fleet->listener_lock);
    if (--fleet->listener_calls == 0)
        pthread_cond_broadcast(&fleet->listener_idle);
    pthread_mutex_unlock(&fleet->listener_lock);
}
