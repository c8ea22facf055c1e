/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody who waits for a place, woken through its loop. Made, freed and called on that loop's
 * thread; references and wake-ups come from any. Once freed it is never called again, though others
 * may still hold a reference or a wake-up may be under way. */
#ifndef PBAY_ROUTING_WAITER_H
#define PBAY_ROUTING_WAITER_H

#include "loop/loop.h"

typedef struct PbayWaiter PbayWaiter;

PbayWaiter *pbay_waiter_new(PbayLoop *loop, void (*wake)(void *data), void *data);
/* On its thread, while the loop lives, after it left every queue; also from within its wake. NULL
 * is fine. */
void pbay_waiter_free(PbayWaiter *waiter);

/* Posts wake to its loop; wake-ups that were not yet heard count as one. [any] */
void pbay_waiter_wake(PbayWaiter *waiter);

/* For queues: the memory stays as long as somebody holds a reference. [any] */
PbayWaiter *pbay_waiter_ref(PbayWaiter *waiter);
void pbay_waiter_unref(PbayWaiter *waiter);

#endif
