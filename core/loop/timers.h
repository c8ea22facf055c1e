/* SPDX-License-Identifier: Apache-2.0 */
/* The timers of a loop as a binary heap of pointers, the earliest first and equal ones in the
 * order of starting. It does not know what time it is. It belongs to the loop and its thread. */
#ifndef PBAY_LOOP_TIMERS_H
#define PBAY_LOOP_TIMERS_H

#include "loop/loop.h"

typedef struct PbayTimerHeap {
    PbayTimer **items;
    uint32_t len, cap;
    uint64_t order; /* the order of the timer started next */
} PbayTimerHeap;

/* Puts an idle timer, whose `at` is set, in its place; sets its order and slot. O(log n). */
void pbay_timers_add(PbayTimerHeap *heap, PbayTimer *timer);

/* Takes a timer out and makes it idle; an idle one is left alone. O(log n). */
void pbay_timers_remove(PbayTimerHeap *heap, PbayTimer *timer);

/* The earliest timer, or NULL. Borrowed. */
PbayTimer *pbay_timers_first(const PbayTimerHeap *heap);

/* Gives the heap's memory back; timers still in it become idle. */
void pbay_timers_clear(PbayTimerHeap *heap);

#endif
