/* SPDX-License-Identifier: Apache-2.0 */
/* Waiters: woken on their loop, once for many wake-ups, never after they were freed, from however
 * many threads the wake-ups come. */
#include "routing/waiter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

static void count(void *data)
{
    ++*(int *)data;
}

static PbayLoop *open_loop(void)
{
    GError *error = NULL;
    PbayLoop *loop = pbay_loop_new(&error);
    g_assert_no_error(error);
    return loop;
}

static void turn_now(PbayLoop *loop)
{
    g_assert_true(pbay_loop_turn(loop, 0));
}

static void test_wake(void)
{
    PbayLoop *loop = open_loop();
    int woken = 0;
    PbayWaiter *waiter = pbay_waiter_new(loop, count, &woken);
    pbay_waiter_wake(waiter);
    g_assert_cmpint(woken, ==, 0); /* never from within */
    turn_now(loop);
    g_assert_cmpint(woken, ==, 1);
    turn_now(loop);
    g_assert_cmpint(woken, ==, 1);
    for (int i = 0; i < 5; i++)
        pbay_waiter_wake(waiter);
    turn_now(loop);
    g_assert_cmpint(woken, ==, 2); /* not yet heard: one */
    pbay_waiter_wake(waiter);
    turn_now(loop);
    g_assert_cmpint(woken, ==, 3);
    pbay_waiter_free(waiter);
    pbay_waiter_free(NULL);
    pbay_loop_free(loop);
}

static void test_freed_is_not_called(void)
{
    PbayLoop *loop = open_loop();
    int woken = 0;
    PbayWaiter *waiter = pbay_waiter_new(loop, count, &woken);
    pbay_waiter_wake(waiter);
    pbay_waiter_free(waiter); /* the post is under way */
    turn_now(loop);
    g_assert_cmpint(woken, ==, 0);
    waiter = pbay_waiter_ref(pbay_waiter_new(loop, count, &woken));
    pbay_waiter_free(waiter);
    pbay_waiter_wake(waiter); /* somebody who still holds it */
    turn_now(loop);
    g_assert_cmpint(woken, ==, 0);
    pbay_loop_free(loop);
    pbay_waiter_wake(waiter); /* the loop is gone as well */
    pbay_waiter_unref(waiter);
}

/* A loop that goes runs what was posted: a waiter freed before it is not called then either. */
static void test_loop_goes(void)
{
    PbayLoop *loop = open_loop();
    int woken = 0;
    PbayWaiter *waiter = pbay_waiter_new(loop, count, &woken);
    pbay_waiter_wake(waiter);
    pbay_waiter_free(waiter);
    pbay_loop_free(loop);
    g_assert_cmpint(woken, ==, 0);
}

typedef struct Self {
    PbayWaiter *waiter;
    int woken;
    bool again;
} Self;

static void free_self(void *data)
{
    Self *self = data;
    self->woken++;
    if (self->again) {
        self->again = false;
        pbay_waiter_wake(self->waiter); /* news that came while it looked */
        return;
    }
    pbay_waiter_wake(self->waiter);
    pbay_waiter_free(self->waiter);
}

static void test_from_within(void)
{
    PbayLoop *loop = open_loop();
    Self self = {.again = true};
    self.waiter = pbay_waiter_new(loop, free_self, &self);
    pbay_waiter_wake(self.waiter);
    for (int i = 0; i < 5; i++)
        turn_now(loop);
    g_assert_cmpint(self.woken, ==, 2);
    pbay_loop_free(loop);
}

/* ---- threads --------------------------------------------------------------------------------- */

#define WAKERS  3
#define WAITERS 400

/* The place where others see the waiter, as a queue with a lock is. */
typedef struct Place {
    pthread_mutex_t lock;
    PbayWaiter *waiter;
    bool over;
    int64_t wakes;
} Place;

static void *waker(void *data)
{
    Place *place = data;
    for (bool over = false; !over;) {
        pthread_mutex_lock(&place->lock);
        PbayWaiter *waiter = place->waiter != NULL ? pbay_waiter_ref(place->waiter) : NULL;
        over = place->over;
        place->wakes++;
        pthread_mutex_unlock(&place->lock);
        if (waiter == NULL)
            continue;
        pbay_waiter_wake(waiter); /* outside of the lock: it may be freed by now */
        pbay_waiter_unref(waiter);
    }
    return NULL;
}

static void put(Place *place, PbayWaiter *waiter)
{
    pthread_mutex_lock(&place->lock);
    place->waiter = waiter;
    pthread_mutex_unlock(&place->lock);
}

/* Plain memory: only the loop's thread may touch it, and only while it lives. */
typedef struct Sleeper {
    PbayWaiter *waiter;
    int woken;
    bool gone;
} Sleeper;

static void sleeper_woken(void *data)
{
    Sleeper *sleeper = data;
    g_assert_false(sleeper->gone);
    sleeper->woken++;
}

static void test_threads(void)
{
    PbayLoop *loop = open_loop();
    Place place = {0};
    pthread_t threads[WAKERS];
    pthread_mutex_init(&place.lock, NULL);
    for (int i = 0; i < WAKERS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, waker, &place), ==, 0);
    for (int i = 0; i < WAITERS; i++) {
        Sleeper *sleeper = g_new0(Sleeper, 1);
        sleeper->waiter = pbay_waiter_new(loop, sleeper_woken, sleeper);
        put(&place, sleeper->waiter);
        while (sleeper->woken == 0) /* a lost wake-up hangs here */
            g_assert_true(pbay_loop_turn(loop, -1));
        if (i % 2 == 0)
            put(&place, NULL);
        sleeper->gone = true;
        if (i % 2 == 0)
            pbay_waiter_free(sleeper->waiter);
        else { /* freed while others still find it */
            pbay_waiter_ref(sleeper->waiter);
            pbay_waiter_free(sleeper->waiter);
            put(&place, NULL);
            pbay_waiter_unref(sleeper->waiter);
        }
        g_free(sleeper);
        turn_now(loop);
    }
    pthread_mutex_lock(&place.lock);
    place.over = true;
    pthread_mutex_unlock(&place.lock);
    for (int i = 0; i < WAKERS; i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpint(place.wakes, >=, WAKERS);
    pbay_loop_free(loop);
    pthread_mutex_destroy(&place.lock);
}

/* The loop may go as soon as its waiter was freed, whatever the others do. */
static void test_loops_come_and_go(void)
{
    Place place = {0};
    pthread_t threads[WAKERS];
    pthread_mutex_init(&place.lock, NULL);
    for (int i = 0; i < WAKERS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, waker, &place), ==, 0);
    for (int i = 0; i < 100; i++) {
        PbayLoop *loop = open_loop();
        int woken = 0;
        PbayWaiter *waiter = pbay_waiter_new(loop, count, &woken);
        put(&place, waiter);
        while (i % 3 != 0 && woken == 0)
            g_assert_true(pbay_loop_turn(loop, -1));
        put(&place, NULL);
        pbay_waiter_free(waiter);
        pbay_loop_free(loop);
    }
    pthread_mutex_lock(&place.lock);
    place.over = true;
    pthread_mutex_unlock(&place.lock);
    for (int i = 0; i < WAKERS; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&place.lock);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/waiter/wake", test_wake);
    g_test_add_func("/waiter/freed-is-not-called", test_freed_is_not_called);
    g_test_add_func("/waiter/loop-goes", test_loop_goes);
    g_test_add_func("/waiter/from-within", test_from_within);
    g_test_add_func("/waiter/threads", test_threads);
    g_test_add_func("/waiter/loops-come-and-go", test_loops_come_and_go);
    return g_test_run();
}
