/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet's life, its chance, and its listener: told of what changed and how urgent it is, and
 * not called any more once it has been taken away, whatever other threads do. */
#include "unit/routing/fleet_rig.h"

#include <pthread.h>
#include <stdatomic.h>

static void test_life(void)
{
    pbay_fleet_unref(NULL);
    PbayFleet *fleet = pbay_fleet_new(0);
    g_assert_true(pbay_fleet_ref(fleet) == fleet);
    pbay_fleet_unref(fleet);
    pbay_fleet_unref(fleet);
}

/* How long the first cool-down is: it hangs on chance alone. */
static int64_t first_cool_down(uint64_t seed)
{
    Rig rig = rig_new();
    pbay_fleet_unref(rig.fleet);
    rig.fleet = pbay_fleet_new(seed);
    rig_break(&rig, GPT4);
    int64_t ms = rig_peek(&rig, GPT4).until - rig.now;
    rig_free(&rig);
    return ms;
}

static void test_chance(void)
{
    int differ = 0;
    g_assert_cmpint(first_cool_down(42), ==, first_cool_down(42));
    for (uint64_t seed = 1; seed < 100; seed++) {
        int64_t ms = first_cool_down(seed);
        g_assert_cmpint(ms, >=, PBAY_BREAKER_COOL * 8 / 10);
        g_assert_cmpint(ms, <=, PBAY_BREAKER_COOL * 12 / 10);
        differ += ms != first_cool_down(seed + 1) ? 1 : 0;
    }
    g_assert_cmpint(differ, >, 80); /* processes that failed together do not come back together */
    differ = 0;
    int64_t unseeded = first_cool_down(0);
    for (int i = 0; i < 10; i++)
        differ += first_cool_down(0) != unseeded ? 1 : 0;
    g_assert_cmpint(differ, >, 0);
}

/* ---- the listener ---------------------------------------------------------------------------- */

typedef struct Heard {
    atomic_int urgent, other;
    atomic_bool gone;
    Rig *rig;
} Heard;

static void on_changed(void *user, bool urgent)
{
    Heard *heard = user;
    g_assert_false(atomic_load(&heard->gone));
    atomic_fetch_add(urgent ? &heard->urgent : &heard->other, 1);
    if (heard->rig != NULL)
        rig_peek(heard->rig, GPT4); /* no lock of the fleet is held */
}

static void test_listener(void)
{
    Rig rig = rig_new();
    Heard heard = {.rig = &rig};
    pbay_fleet_set_listener(rig.fleet, on_changed, &heard);
    rig_call(&rig, GPT4, 0, 0);
    g_assert_cmpint(heard.other, ==, 1);
    g_assert_cmpint(heard.urgent, ==, 0);
    PbayTake take = rig_ask(&rig, GPT4);
    rig_settle_neutral(&rig, rig_go(&rig, &take)); /* no news */
    g_assert_cmpint(heard.other, ==, 1);
    rig_break(&rig, GPT4);
    g_assert_cmpint(heard.urgent, ==, 1);
    g_assert_cmpint(heard.other, ==, PBAY_BREAKER_FAILURES);
    take.now = rig.now = rig_peek(&rig, GPT4).until;
    PbayTicket *probe = rig_go(&rig, &take);
    pbay_fleet_content(rig.fleet, probe, rig.now, true, 5);
    g_assert_cmpint(heard.urgent, ==, 2);
    pbay_fleet_set_listener(rig.fleet, NULL, NULL);
    heard.gone = true;
    rig_settle(&rig, probe, 0, 0);
    rig_free(&rig);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, CHANGES = 200 };

typedef struct Crowd {
    Rig rig;
    atomic_bool stop;
    atomic_int running;
} Crowd;

static void *settle_on(void *data)
{
    Crowd *crowd = data;
    atomic_fetch_add(&crowd->running, 1);
    while (!atomic_load(&crowd->stop))
        rig_call(&crowd->rig, GPT4, 0, 0);
    return NULL;
}

/* A listener's memory may go as soon as it has been taken away. */
static void test_taking_the_listener_away(void)
{
    Crowd crowd = {.rig = rig_new()};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, settle_on, &crowd), ==, 0);
    while (atomic_load(&crowd.running) < THREADS)
        sched_yield();
    for (int i = 0; i < CHANGES; i++) {
        Heard *heard = g_new0(Heard, 1);
        pbay_fleet_set_listener(crowd.rig.fleet, on_changed, heard);
        while (atomic_load(&heard->other) == 0)
            sched_yield();
        pbay_fleet_set_listener(crowd.rig.fleet, NULL, NULL);
        atomic_store(&heard->gone, true);
        g_free(heard);
    }
    atomic_store(&crowd.stop, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    rig_free(&crowd.rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/fleet/life", test_life);
    g_test_add_func("/routing/fleet/chance", test_chance);
    g_test_add_func("/routing/fleet/listener", test_listener);
    g_test_add_func("/routing/fleet/taking-the-listener-away", test_taking_the_listener_away);
    return g_test_run();
}
