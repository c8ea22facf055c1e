/* SPDX-License-Identifier: Apache-2.0 */
/* Wake-ups across threads. Whether the waiter still lives and whether a post is under way stand
 * under one lock, which is held while posting: so nothing is posted to a loop after the waiter was
 * freed, and the loop may go then. A post under way holds a reference. The lock is never held while
 * wake is called. */
#include "routing/waiter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct PbayWaiter {
    atomic_int refs;
    void (*wake)(void *data);
    void *data;
    pthread_mutex_t lock; /* guards the two below */
    PbayLoop *loop;       /* NULL: freed */
    bool posted;
};

PbayWaiter *pbay_waiter_new(PbayLoop *loop, void (*wake)(void *data), void *data)
{
    PbayWaiter *waiter = g_new(PbayWaiter, 1);
    *waiter = (PbayWaiter){.wake = wake, .data = data, .loop = loop};
    atomic_init(&waiter->refs, 1);
    pthread_mutex_init(&waiter->lock, NULL);
    return waiter;
}

PbayWaiter *pbay_waiter_ref(PbayWaiter *waiter)
{
    atomic_fetch_add_explicit(&waiter->refs, 1, memory_order_relaxed);
    return waiter;
}

void pbay_waiter_unref(PbayWaiter *waiter)
{
    if (atomic_fetch_sub_explicit(&waiter->refs, 1, memory_order_acq_rel) != 1)
        return;
    pthread_mutex_destroy(&waiter->lock);
    g_free(waiter);
}

void pbay_waiter_free(PbayWaiter *waiter)
{
    if (waiter == NULL)
        return;
    pthread_mutex_lock(&waiter->lock);
    waiter->loop = NULL;
    pthread_mutex_unlock(&waiter->lock);
    pbay_waiter_unref(waiter);
}

static void on_posted(void *data)
{
    PbayWaiter *waiter = data;
    pthread_mutex_lock(&waiter->lock);
    bool alive = waiter->loop != NULL;
    waiter->posted = false; /* before the call: what comes from now on is news */
    pthread_mutex_unlock(&waiter->lock);
    if (alive)
        waiter->wake(waiter->data); /* it is freed on this thread alone, so it still lives */
    pbay_waiter_unref(waiter);
}

void pbay_waiter_wake(PbayWaiter *waiter)
{
    pthread_mutex_lock(&waiter->lock);
    if (waiter->loop != NULL && !waiter->posted) {
        waiter->posted = true;
        pbay_loop_post(waiter->loop, on_posted, pbay_waiter_ref(waiter));
    }
    pthread_mutex_unlock(&waiter->lock);
}
