/* SPDX-License-Identifier: Apache-2.0 */
/* The timer heap alone: order, ties, removal from anywhere, and a long random walk that checks the
 * heap against a plain list after every step. */
#include "loop/timers.h"

#include <string.h>

static void add(PbayTimerHeap *heap, PbayTimer *timer, int64_t at)
{
    timer->at = at;
    pbay_timers_add(heap, timer);
}

static void test_empty(void)
{
    PbayTimerHeap heap = {0};
    PbayTimer idle = {0};
    g_assert_null(pbay_timers_first(&heap));
    pbay_timers_remove(&heap, &idle);
    g_assert_cmpuint(heap.len, ==, 0);
    pbay_timers_clear(&heap);
}

static void test_ties_keep_order_of_starting(void)
{
    PbayTimerHeap heap = {0};
    PbayTimer timers[100] = {0};
    for (int i = 0; i < 100; i++)
        add(&heap, &timers[i], 7);
    for (int i = 0; i < 100; i++) {
        g_assert_true(pbay_timers_first(&heap) == &timers[i]);
        pbay_timers_remove(&heap, &timers[i]);
        g_assert_false(pbay_timer_running(&timers[i]));
    }
    pbay_timers_clear(&heap);
}

static void test_clear_makes_idle(void)
{
    PbayTimerHeap heap = {0};
    PbayTimer a = {0}, b = {0};
    add(&heap, &a, 2);
    add(&heap, &b, 1);
    pbay_timers_clear(&heap);
    g_assert_false(pbay_timer_running(&a));
    g_assert_false(pbay_timer_running(&b));
    g_assert_null(pbay_timers_first(&heap));
}

#define MANY 200

static void check(const PbayTimerHeap *heap, PbayTimer *timers)
{
    const PbayTimer *want = NULL;
    uint32_t running = 0;
    for (int i = 0; i < MANY; i++) {
        const PbayTimer *t = &timers[i];
        if (!pbay_timer_running(t))
            continue;
        running++;
        g_assert_true(heap->items[t->slot - 1] == t);
        if (want == NULL || t->at < want->at || (t->at == want->at && t->order < want->order))
            want = t;
    }
    g_assert_cmpuint(running, ==, heap->len);
    g_assert_true(pbay_timers_first(heap) == want);
}

static void test_random_walk(void)
{
    PbayTimerHeap heap = {0};
    PbayTimer timers[MANY];
    memset(timers, 0, sizeof timers);
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261122);
    for (int step = 0; step < 20000; step++) {
        PbayTimer *t = &timers[g_rand_int_range(rand, 0, MANY)];
        if (pbay_timer_running(t))
            pbay_timers_remove(&heap, t);
        else
            add(&heap, t, g_rand_int_range(rand, 0, 50));
        check(&heap, timers);
    }
    int64_t last = -1;
    for (PbayTimer *t = pbay_timers_first(&heap); t != NULL; t = pbay_timers_first(&heap)) {
        g_assert_cmpint(t->at, >=, last);
        last = t->at;
        pbay_timers_remove(&heap, t);
    }
    pbay_timers_clear(&heap);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/loop/timers/empty", test_empty);
    g_test_add_func("/loop/timers/ties", test_ties_keep_order_of_starting);
    g_test_add_func("/loop/timers/clear", test_clear_makes_idle);
    g_test_add_func("/loop/timers/random-walk", test_random_walk);
    return g_test_run();
}
