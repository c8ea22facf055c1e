/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet and its file kept alike: between two fleets, between processes, over a restart, with
 * files that vanish, break or cannot be written, and with many threads at once. */
#include "routing/share.h"
#include "routing/state_disk.h"

#include "state_rig.h"

#include <time.h>

static PbayProvider provider = {.name = (char *)"p"};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One request to the target, whatever the breaker says, that ends well or with a 503. */
static void ask(PbayFleet *fleet, const char *target, bool good)
{
    PbayFailure *failure = good ? NULL : pbay_failure_new(PB_ERR_UPSTREAM, "it broke");
    PbayTake take = {.provider = &provider, .target = target, .force = true, .now = now_ms()};
    PbayTaken taken;
    pbay_fleet_take(fleet, &take, &taken);
    g_assert_nonnull(taken.ticket);
    PbaySettle settle = {.now = now_ms(),
                         .failure = failure,
                         .sent = true,
                         .stream = true,
                         .first_ms = good ? 40 : -1,
                         .total_ms = 50,
                         .tokens = -1};
    pbay_fleet_settle(fleet, taken.ticket, &settle);
    pbay_failure_unref(failure);
}

static void break_target(PbayFleet *fleet, const char *target)
{
    for (int i = 0; i < PBAY_BREAKER_FAILURES; i++)
        ask(fleet, target, false);
}

static PbayPeek look(PbayFleet *fleet, const char *target)
{
    PbayTake take = {.provider = &provider, .target = target, .now = now_ms()};
    PbayPeek peek;
    pbay_fleet_peek(fleet, &take, true, &peek);
    return peek;
}

/* Somebody who chooses again and again, until what another wrote has come. The test's time limit
 * is the bound. */
static void await_open(PbayFleet *fleet, PbayShare *share, const char *target)
{
    while (look(fleet, target).breaker != PBAY_BREAKER_OPEN) {
        pbay_share_touch(share);
        g_usleep(2000);
    }
}

/* Until the file holds a text. */
static void await_text(const Rig *rig, const char *part)
{
    bool found = false;
    while (!found) {
        g_autofree char *text = NULL;
        found = g_file_get_contents(rig->path, &text, NULL, NULL) && strstr(text, part) != NULL;
        if (!found)
            g_usleep(2000);
    }
}

static void test_restart(Rig *rig, gconstpointer data)
{
    PbayFleet *fleet = pbay_fleet_new(1);
    PbayShare *share = pbay_share_new(fleet, rig->path);
    (void)data;
    g_assert_cmpstr(pbay_share_path(share), ==, rig->path);
    ask(fleet, "p/good", true);
    break_target(fleet, "p/bad");
    pbay_share_free(share); /* writes what is left */
    pbay_fleet_unref(fleet);
    fleet = pbay_fleet_new(2);
    share = pbay_share_new(fleet, rig->path); /* knows it as soon as it is there */
    g_assert_cmpint(look(fleet, "p/bad").breaker, ==, PBAY_BREAKER_OPEN);
    g_assert_cmpint(look(fleet, "p/bad").until, >, now_ms());
    g_assert_nonnull(strstr(look(fleet, "p/bad").why, "it broke"));
    g_assert_cmpint(look(fleet, "p/good").breaker, ==, PBAY_BREAKER_CLOSED);
    g_assert_cmpint(look(fleet, "p/good").first_ms, ==, 40);
    pbay_share_free(share);
    pbay_share_free(NULL);
    pbay_fleet_unref(fleet);
    g_assert_cmpuint(rig_count_warnings(), ==, 0);
}

/* A breaker that one opens is open for the other, without a word between them. */
static void test_two_fleets(Rig *rig, gconstpointer data)
{
    PbayFleet *one = pbay_fleet_new(1), *two = pbay_fleet_new(2);
    PbayShare *first = pbay_share_new(one, rig->path), *second = pbay_share_new(two, rig->path);
    (void)data;
    break_target(one, "p/a");
    await_open(two, second, "p/a");
    break_target(two, "p/b");
    await_open(one, first, "p/b");
    g_assert_cmpint(look(one, "p/a").breaker, ==, PBAY_BREAKER_OPEN);
    pbay_share_free(first);
    pbay_share_free(second);
    pbay_fleet_unref(one);
    pbay_fleet_unref(two);
    g_assert_cmpuint(rig_count_warnings(), ==, 0);
}

static void child_breaks(const Rig *rig, int number, int tell)
{
    PbayFleet *fleet = pbay_fleet_new(3);
    PbayShare *share = pbay_share_new(fleet, rig->path);
    (void)number;
    break_target(fleet, "p/theirs");
    await_open(fleet, share, "p/ours");
    child_say(tell);
    for (;;)
        pause(); /* killed: never closes */
}

static void test_two_processes(Rig *rig, gconstpointer data)
{
    int told;
    pid_t pid = child_start(rig, child_breaks, 0, &told);
    PbayFleet *fleet = pbay_fleet_new(1);
    PbayShare *share = pbay_share_new(fleet, rig->path);
    (void)data;
    await_open(fleet, share, "p/theirs");
    break_target(fleet, "p/ours");
    child_hear(told);
    g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
    close(told);
    pbay_share_free(share);
    pbay_fleet_unref(fleet);
    g_autoptr(GArray) records = rig_records(rig);
    g_assert_nonnull(records_find(records, "p/ours"));
    g_assert_nonnull(records_find(records, "p/theirs"));
}

static void test_nothing_to_do(Rig *rig, gconstpointer data)
{
    PbayFleet *fleet = pbay_fleet_new(1);
    PbayShare *share = pbay_share_new(fleet, rig->path);
    (void)data;
    pbay_share_touch(share);
    pbay_share_free(share);
    pbay_fleet_unref(fleet);
    g_assert_cmpuint(rig_files(rig), ==, 0); /* nothing known, nothing made */
}

/* What is no news of a breaker is written too, a little later, and while the program runs. */
static void test_calls_are_written(Rig *rig, gconstpointer data)
{
    PbayFleet *fleet = pbay_fleet_new(1);
    PbayShare *share = pbay_share_new(fleet, rig->path);
    (void)data;
    ask(fleet, "p/first", true);
    await_text(rig, "p/first");
    ask(fleet, "p/second", true);
    await_text(rig, "p/second");
    pbay_share_free(share);
    pbay_fleet_unref(fleet);
}

/* Somebody removes or breaks the file of a running program: with the next change all is there. */
static void test_file_lost(Rig *rig, gconstpointer data)
{
    PbayFleet *fleet = pbay_fleet_new(1);
    PbayShare *share = pbay_share_new(fleet, rig->path);
    (void)data;
    break_target(fleet, "p/a");
    await_text(rig, "p/a");
    g_assert_cmpint(g_unlink(rig->path), ==, 0);
    break_target(fleet, "p/b");
    await_text(rig, "p/b");
    int lock = pbay_state_lock(rig->path, NULL); /* else a merge under way writes over it unread */
    rig_write(rig, "nonsense");
    pbay_state_unlock(lock);
    break_target(fleet, "p/c");
    await_text(rig, "p/c");
    pbay_share_free(share);
    pbay_fleet_unref(fleet);
    g_autoptr(GArray) records = rig_records(rig);
    g_assert_nonnull(records_find(records, "p/a"));
    g_assert_nonnull(records_find(records, "p/b"));
    g_assert_cmpuint(rig_count_warnings(), ==, 1);
    rig_assert_log("damaged");
}

/* One warning, however often it fails; the fleet goes on, and what it knows is written once that
 * is possible again. */
static void test_cannot_write(Rig *rig, gconstpointer data)
{
    g_autofree char *folder = g_build_filename(rig->dir, "sub", NULL);
    (void)data;
    g_assert_true(g_file_set_contents(folder, "a file, no folder", -1, NULL));
    g_free(rig->path);
    rig->path = g_build_filename(folder, "state.json", NULL);
    PbayFleet *fleet = pbay_fleet_new(1);
    PbayShare *share = pbay_share_new(fleet, rig->path);
    break_target(fleet, "p/a");
    while (rig_count_warnings() == 0)
        g_usleep(2000);
    for (int i = 0; i < 20; i++) {
        break_target(fleet, "p/b");
        pbay_share_touch(share);
        g_usleep(1000);
    }
    g_assert_cmpint(look(fleet, "p/b").breaker, ==, PBAY_BREAKER_OPEN);
    g_assert_cmpint(g_unlink(folder), ==, 0);
    pbay_share_free(share);
    pbay_fleet_unref(fleet);
    g_assert_cmpuint(rig_count_warnings(), ==, 1);
    rig_assert_log("not shared");
    rig_assert_log("works again");
    g_autoptr(GArray) records = rig_records(rig);
    g_assert_cmpuint(records->len, ==, 2);
}

static void test_later_patchbay(Rig *rig, gconstpointer data)
{
    (void)data;
    rig_write(rig, "{\"patchbay-state\":9}");
    PbayFleet *fleet = pbay_fleet_new(1);
    PbayShare *share = pbay_share_new(fleet, rig->path);
    break_target(fleet, "p/a");
    pbay_share_free(share);
    pbay_fleet_unref(fleet);
    g_autofree char *text = rig_text(rig);
    g_assert_cmpstr(text, ==, "{\"patchbay-state\":9}");
    g_assert_cmpuint(rig_count_warnings(), ==, 1);
}

/* A date of the far future, written by a clock that was wrong, gives way to what happens now. */
static void test_wrong_clock(Rig *rig, gconstpointer data)
{
    g_autoptr(GArray) records = records_new();
    int64_t future = g_get_real_time() / 1000 + 3 * DAY_MS;
    (void)data;
    PbayTargetRecord *record = records_add(records, "p/a", future);
    record->breaker.state = PBAY_BREAKER_OPEN;
    record->breaker.until = future + DAY_MS;
    g_assert_true(pbay_state_file_merge(rig->path, records, future, NULL));
    PbayFleet *fleet = pbay_fleet_new(1);
    PbayShare *share = pbay_share_new(fleet, rig->path);
    g_assert_cmpint(look(fleet, "p/a").until - now_ms(), <=, PBAY_BREAKER_COOL_MAX);
    while (look(fleet, "p/a").breaker != PBAY_BREAKER_CLOSED) {
        g_usleep(2000); /* a forced call that works closes it; not within the very same ms */
        ask(fleet, "p/a", true);
    }
    pbay_share_free(share);
    pbay_fleet_unref(fleet);
    fleet = pbay_fleet_new(2);
    share = pbay_share_new(fleet, rig->path);
    g_assert_cmpint(look(fleet, "p/a").breaker, ==, PBAY_BREAKER_CLOSED);
    pbay_share_free(share);
    pbay_fleet_unref(fleet);
}

typedef struct Crowd {
    PbayFleet *fleet;
    PbayShare *share;
    int number;
} Crowd;

static void *crowd_main(void *data)
{
    const Crowd *crowd = data;
    g_autofree char *own = g_strdup_printf("p/own-%d", crowd->number);
    for (int i = 0; i < 300; i++) {
        pbay_share_touch(crowd->share);
        ask(crowd->fleet, own, i % 4 != 0);
        ask(crowd->fleet, "p/shared", i % 3 != 0);
        look(crowd->fleet, "p/shared");
    }
    return NULL;
}

static void test_threads(Rig *rig, gconstpointer data)
{
    PbayFleet *fleets[2] = {pbay_fleet_new(1), pbay_fleet_new(2)};
    PbayShare *shares[2];
    pthread_t threads[6];
    Crowd crowd[6];
    (void)data;
    for (int i = 0; i < 2; i++)
        shares[i] = pbay_share_new(fleets[i], rig->path);
    for (int i = 0; i < 6; i++) {
        crowd[i] = (Crowd){fleets[i % 2], shares[i % 2], i};
        g_assert_cmpint(pthread_create(&threads[i], NULL, crowd_main, &crowd[i]), ==, 0);
    }
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++) {
        pbay_share_free(shares[i]);
        pbay_fleet_unref(fleets[i]);
    }
    g_autoptr(GArray) records = rig_records(rig);
    g_assert_cmpuint(records->len, ==, 7);
    g_assert_cmpint(records_find(records, "p/own-5")->calls, ==, 300);
    g_assert_cmpuint(rig_count_warnings(), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    provider.secrets = g_ptr_array_new();
#define ADD(name, fn) g_test_add("/routing/share/" name, Rig, NULL, set_up, fn, tear_down)
    ADD("restart", test_restart);
    ADD("two-processes", test_two_processes); /* before there were threads */
    ADD("two-fleets", test_two_fleets);
    ADD("nothing-to-do", test_nothing_to_do);
    ADD("calls-are-written", test_calls_are_written);
    ADD("file-lost", test_file_lost);
    ADD("cannot-write", test_cannot_write);
    ADD("later-patchbay", test_later_patchbay);
    ADD("wrong-clock", test_wrong_clock);
    ADD("threads", test_threads);
    int failed = g_test_run();
    g_ptr_array_unref(provider.secrets);
    return failed;
}
