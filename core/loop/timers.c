/* SPDX-License-Identifier: Apache-2.0 */
/* The binary heap behind a loop's timers. Each timer knows its place in it, so that stopping one
 * needs no search. Runs on the loop's thread; it calls no timer and reads no clock. */
#include "loop/timers.h"

static bool earlier(const PbayTimer *a, const PbayTimer *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put(PbayTimerHeap *heap, uint32_t i, PbayTimer *timer)
{
    heap->items[i] = timer;
    timer->slot = i + 1;
}

static void sift_up(PbayTimerHeap *heap, uint32_t i, PbayTimer *timer)
{
    while (i > 0) {
        uint32_t parent = (i - 1) / 2;
        if (!earlier(timer, heap->items[parent]))
            break;
        put(heap, i, heap->items[parent]);
        i = parent;
    }
    put(heap, i, timer);
}

static void sift_down(PbayTimerHeap *heap, uint32_t i, PbayTimer *timer)
{
    while (i < heap->len / 2) {
        uint32_t child = 2 * i + 1;
        if (child + 1 < heap->len && earlier(heap->items[child + 1], heap->items[child]))
            child++;
        if (!earlier(heap->items[child], timer))
            break;
        put(heap, i, heap->items[child]);
        i = child;
    }
    put(heap, i, timer);
}

void pbay_timers_add(PbayTimerHeap *heap, PbayTimer *timer)
{
    if (heap->len == heap->cap) {
        heap->cap = heap->cap != 0 ? heap->cap * 2 : 16;
        heap->items = g_renew(PbayTimer *, heap->items, heap->cap);
    }
    timer->order = heap->order++;
    sift_up(heap, heap->len++, timer);
}

void pbay_timers_remove(PbayTimerHeap *heap, PbayTimer *timer)
{
    if (timer->slot == 0)
        return;
    g_return_if_fail(timer->slot <= heap->len && heap->items[timer->slot - 1] == timer);
    uint32_t hole = timer->slot - 1;
    timer->slot = 0;
    PbayTimer *last = heap->items[--heap->len];
    if (last == timer)
        return;
    if (hole > 0 && earlier(last, heap->items[(hole - 1) / 2]))
        sift_up(heap, hole, last);
    else
        sift_down(heap, hole, last);
}

PbayTimer *pbay_timers_first(const PbayTimerHeap *heap)
{
    return heap->len != 0 ? heap->items[0] : NULL;
}

void pbay_timers_clear(PbayTimerHeap *heap)
{
    for (uint32_t i = 0; i < heap->len; i++)
        heap->items[i]->slot = 0;
    g_free(heap->items);
    *heap = (PbayTimerHeap){.order = heap->order};
}
