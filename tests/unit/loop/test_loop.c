/* SPDX-License-Identifier: Apache-2.0 */
/* The loop with real descriptors on one thread: what runs in which turn, and what a callback may
 * do to others. Waits are for events, never for time; a turn that must not wait gets timeout 0. */
#include "unit/loop/loop_fixture.h"

#include <errno.h>
#include <fcntl.h>

static void count_up(void *data)
{
    ++*(int *)data;
}

/* Descriptors. */

static void test_watch(void)
{
    PbayLoop *loop = open_loop();
    Pair pair = pair_new();
    Seen seen = {0};
    PbayWatch *watch = pbay_loop_watch(loop, pair.a, PBAY_READ, see, &seen);
    turn_now(loop);
    g_assert_cmpint(seen.calls, ==, 0);
    g_assert_false(readable(loop));
    send_byte(pair.b);
    g_assert_true(readable(loop));
    turn(loop);
    g_assert_cmpint(seen.calls, ==, 1);
    g_assert_cmpint(seen.fd, ==, pair.a);
    g_assert_cmpuint(seen.events, ==, PBAY_READ);
    turn(loop); /* level-triggered: not read, so again */
    g_assert_cmpint(seen.calls, ==, 2);
    pbay_loop_rewatch(loop, watch, PBAY_WRITE);
    turn(loop);
    g_assert_cmpuint(seen.events, ==, PBAY_WRITE);
    pbay_loop_rewatch(loop, watch, PBAY_READ | PBAY_WRITE);
    turn(loop);
    g_assert_cmpuint(seen.events, ==, PBAY_READ | PBAY_WRITE);
    pbay_loop_rewatch(loop, watch, 0);
    turn_now(loop);
    g_assert_cmpint(seen.calls, ==, 4);
    pbay_loop_rewatch(loop, watch, PBAY_READ);
    turn(loop); /* what was waiting is seen when asked for again */
    g_assert_cmpint(seen.calls, ==, 5);
    pbay_loop_forget(loop, watch);
    turn_now(loop);
    g_assert_cmpint(seen.calls, ==, 5);
    pair_close(pair);
    pbay_loop_free(loop);
}

static void test_hang_up(void)
{
    PbayLoop *loop = open_loop();
    Pair pair = pair_new();
    Seen seen = {0};
    PbayWatch *watch = pbay_loop_watch(loop, pair.a, 0, see, &seen);
    close(pair.b);
    pair.b = -1;
    turn_now(loop);
    turn_now(loop);
    g_assert_cmpint(seen.calls, ==, 0);
    g_assert_false(readable(loop)); /* one asking for nothing must not keep the loop spinning */
    pbay_loop_rewatch(loop, watch, PBAY_WRITE);
    turn(loop);
    g_assert_cmpuint(seen.events, ==, PBAY_WRITE);
    pbay_loop_rewatch(loop, watch, PBAY_READ);
    turn(loop);
    g_assert_cmpuint(seen.events, ==, PBAY_READ);
    pbay_loop_forget(loop, watch);
    pair_close(pair);
    pbay_loop_free(loop);
}

static void test_watch_refused(void)
{
    PbayLoop *loop = open_loop();
    errno = 0;
    g_assert_null(pbay_loop_watch(loop, -1, PBAY_READ, see, NULL));
    g_assert_cmpint(errno, ==, EBADF);
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC); /* a plain file cannot be polled */
    g_assert_null(pbay_loop_watch(loop, file, PBAY_READ, see, NULL));
    g_assert_cmpint(errno, ==, EPERM);
    close(file);
    pbay_loop_free(loop);
}

/* Two ready descriptors in one turn; whichever is called first forgets both and puts a new watch
 * on the other one's descriptor. */
typedef struct Duel {
    PbayLoop *loop;
    PbayWatch *watch[2], *fresh;
    int fd[2], calls;
    Seen seen;
} Duel;

static void duel(void *data, int fd, unsigned events)
{
    Duel *d = data;
    g_assert_cmpuint(events, ==, PBAY_READ);
    d->calls++;
    pbay_loop_forget(d->loop, d->watch[0]);
    pbay_loop_forget(d->loop, d->watch[1]);
    int other = fd == d->fd[0] ? d->fd[1] : d->fd[0];
    d->fresh = pbay_loop_watch(d->loop, other, PBAY_READ, see, &d->seen);
}

static void test_forget_in_the_same_turn(void)
{
    Duel d = {.loop = open_loop()};
    Pair one = pair_new(), two = pair_new();
    d.fd[0] = one.a;
    d.fd[1] = two.a;
    for (int i = 0; i < 2; i++)
        d.watch[i] = pbay_loop_watch(d.loop, d.fd[i], PBAY_READ, duel, &d);
    send_byte(one.b);
    send_byte(two.b);
    turn(d.loop);
    g_assert_cmpint(d.calls, ==, 1);
    g_assert_cmpint(d.seen.calls, ==, 0);
    turn(d.loop);
    g_assert_cmpint(d.calls, ==, 1);
    g_assert_cmpint(d.seen.calls, ==, 1);
    pbay_loop_forget(d.loop, d.fresh);
    pair_close(one);
    pair_close(two);
    pbay_loop_free(d.loop);
}

/* Two ready descriptors; the first called asks the other for writing only, which it is not ready
 * for. */
static void silence(void *data, int fd, unsigned events)
{
    Duel *d = data;
    (void)events;
    d->calls++;
    pbay_loop_rewatch(d->loop, d->watch[fd == d->fd[0] ? 1 : 0], 0);
}

static void test_rewatch_in_the_same_turn(void)
{
    Duel d = {.loop = open_loop()};
    Pair one = pair_new(), two = pair_new();
    d.fd[0] = one.a;
    d.fd[1] = two.a;
    for (int i = 0; i < 2; i++)
        d.watch[i] = pbay_loop_watch(d.loop, d.fd[i], PBAY_READ, silence, &d);
    send_byte(one.b);
    send_byte(two.b);
    turn(d.loop);
    g_assert_cmpint(d.calls, ==, 1);
    for (int i = 0; i < 2; i++)
        pbay_loop_forget(d.loop, d.watch[i]);
    pair_close(one);
    pair_close(two);
    pbay_loop_free(d.loop);
}

static void test_more_ready_than_one_turn_takes(void)
{
    enum { N = 300 };
    PbayLoop *loop = open_loop();
    static Pair pairs[N];
    static Seen seen[N];
    PbayWatch *watches[N];
    for (int i = 0; i < N; i++) {
        pairs[i] = pair_new();
        watches[i] = pbay_loop_watch(loop, pairs[i].a, PBAY_READ, see, &seen[i]);
        send_byte(pairs[i].b);
    }
    int posted = 0;
    pbay_loop_post(loop, count_up, &posted);
    for (int i = 0; i < 5; i++)
        turn(loop);
    g_assert_cmpint(posted, ==, 1); /* busy descriptors do not starve a post */
    for (int i = 0; i < N; i++) {
        g_assert_cmpint(seen[i].calls, >=, 1);
        pbay_loop_forget(loop, watches[i]);
        pair_close(pairs[i]);
    }
    pbay_loop_free(loop);
}

/* Timers. */

typedef struct Clockwork {
    PbayLoop *loop;
    PbayTimer timer, other;
    int calls, other_calls;
} Clockwork;

static void again_at_once(void *data)
{
    Clockwork *c = data;
    g_assert_false(pbay_timer_running(&c->timer));
    c->calls++;
    pbay_loop_timer_start(c->loop, &c->timer, 0, again_at_once, c);
}

static void test_timer_restarts_once_a_turn(void)
{
    Clockwork c = {.loop = open_loop()};
    pbay_loop_timer_start(c.loop, &c.timer, -5, again_at_once, &c); /* below 0 is 0 */
    g_assert_true(pbay_timer_running(&c.timer));
    for (int i = 1; i <= 5; i++) {
        g_assert_true(readable(c.loop));
        turn(c.loop);
        g_assert_cmpint(c.calls, ==, i);
    }
    pbay_loop_timer_stop(c.loop, &c.timer);
    pbay_loop_timer_stop(c.loop, &c.timer);
    turn_now(c.loop);
    turn_now(c.loop);
    g_assert_cmpint(c.calls, ==, 5);
    g_assert_false(readable(c.loop)); /* the armed descriptor was emptied */
    pbay_loop_free(c.loop);
}

static void stop_other(void *data)
{
    Clockwork *c = data;
    c->calls++;
    pbay_loop_timer_stop(c->loop, &c->other);
}

static void count_other(void *data)
{
    Clockwork *c = data;
    c->other_calls++;
}

static void test_timer_stopped_by_another(void)
{
    Clockwork c = {.loop = open_loop()};
    pbay_loop_timer_start(c.loop, &c.timer, 0, stop_other, &c);
    pbay_loop_timer_start(c.loop, &c.other, 0, count_other, &c);
    turn(c.loop);
    turn_now(c.loop);
    g_assert_cmpint(c.calls, ==, 1);
    g_assert_cmpint(c.other_calls, ==, 0);
    pbay_loop_free(c.loop);
}

static void test_timer_moves(void)
{
    Clockwork c = {.loop = open_loop()};
    pbay_loop_timer_start(c.loop, &c.timer, INT64_MAX, count_other, &c); /* no overflow */
    g_assert_true(c.timer.at == INT64_MAX);
    turn_now(c.loop);
    g_assert_cmpint(c.other_calls, ==, 0);
    pbay_loop_timer_start(c.loop, &c.timer, 3600 * 1000, count_other, &c);
    turn_now(c.loop);
    g_assert_cmpint(c.other_calls, ==, 0);
    pbay_loop_timer_start(c.loop, &c.timer, 2, count_other, &c); /* an armed later time moves up */
    while (c.other_calls == 0)
        turn(c.loop);
    g_assert_cmpint(c.other_calls, ==, 1);
    pbay_loop_timer_start(c.loop, &c.timer, 1, count_other, &c);
    pbay_loop_timer_start(c.loop, &c.timer, 3600 * 1000, count_other, &c); /* or away */
    turn(c.loop); /* the early ring of the descriptor, with nothing to run */
    g_assert_cmpint(c.other_calls, ==, 1);
    pbay_loop_timer_stop(c.loop, &c.timer);
    pbay_loop_free(c.loop);
}

static void free_self(void *data)
{
    g_free(data);
}

static void test_timer_freed_in_its_function(void)
{
    PbayLoop *loop = open_loop();
    PbayTimer *timer = g_new0(PbayTimer, 1);
    pbay_loop_timer_start(loop, timer, 0, free_self, timer);
    turn(loop);
    pbay_loop_free(loop);
}

typedef struct Named {
    GString *order;
    PbayLoop *loop;
    PbayTimer timer;
    int64_t delay;
    char name;
} Named;

static void note_name(void *data)
{
    Named *named = data;
    g_string_append_c(named->order, named->name);
}

/* Inside a turn the time stands still, so that equal delays are equal instants. */
static void start_all(void *data)
{
    Named *names = data;
    for (int i = 0; i < 4; i++)
        pbay_loop_timer_start(names->loop, &names[i].timer, names[i].delay, note_name, &names[i]);
}

static void test_timers_in_order(void)
{
    PbayLoop *loop = open_loop();
    GString *order = g_string_new(NULL);
    static const int64_t delays[4] = {3, 1, 2, 1};
    Named names[4];
    for (int i = 0; i < 4; i++)
        names[i] = (Named){order, loop, {0}, delays[i], (char)('a' + i)};
    pbay_loop_post(loop, start_all, names);
    while (order->len < 4)
        turn(loop);
    g_assert_cmpstr(order->str, ==, "bdca");
    g_string_free(order, TRUE);
    pbay_loop_free(loop);
}

/* The time outside a turn is the time now, however long ago the last turn was. */
static void test_now(void)
{
    PbayLoop *loop = open_loop();
    int64_t before = pbay_loop_now(loop);
    while (pbay_loop_now(loop) == before)
        ;
    g_assert_cmpint(pbay_loop_now(loop), >, before);
    pbay_loop_free(loop);
}

/* Posts and the end of a turn. */

typedef struct Chain {
    PbayLoop *loop;
    GString *order;
    int posts;
} Chain;

static void end_b(void *data)
{
    Chain *c = data;
    g_string_append_c(c->order, 'B');
}

static void end_a(void *data)
{
    Chain *c = data;
    g_string_append_c(c->order, 'A');
    pbay_loop_at_turn_end(c->loop, end_b, c);
    pbay_loop_at_turn_end(c->loop, end_b, c);
    if (c->posts < 3)
        pbay_loop_at_turn_end(c->loop, end_a, c);
}

static void posted(void *data)
{
    Chain *c = data;
    g_string_append_c(c->order, 'p');
    pbay_loop_at_turn_end(c->loop, end_a, c);
    pbay_loop_at_turn_end(c->loop, end_a, c);
    if (++c->posts < 3)
        pbay_loop_post(c->loop, posted, c);
}

static void test_posts_and_turn_ends(void)
{
    Chain c = {.loop = open_loop(), .order = g_string_new(NULL)};
    pbay_loop_post(c.loop, posted, &c);
    turn(c.loop);
    g_assert_cmpstr(c.order->str, ==, "pA"); /* a post within a turn waits for the next */
    turn(c.loop);
    g_assert_cmpstr(c.order->str, ==, "pApBA");
    turn(c.loop);
    g_assert_cmpstr(c.order->str, ==, "pApBApBA");
    turn(c.loop);
    g_assert_cmpstr(c.order->str, ==, "pApBApBAB");
    g_assert_false(readable(c.loop));
    g_string_free(c.order, TRUE);
    pbay_loop_free(c.loop);
}

static void test_turn_end_outside_a_turn(void)
{
    PbayLoop *loop = open_loop();
    int a = 0, b = 0;
    pbay_loop_at_turn_end(loop, count_up, &a);
    pbay_loop_at_turn_end(loop, count_up, &b);
    pbay_loop_at_turn_end(loop, count_up, &a);
    g_assert_true(readable(loop)); /* or an embedder would never turn */
    turn(loop);
    g_assert_cmpint(a, ==, 1);
    g_assert_cmpint(b, ==, 1);
    turn_now(loop);
    g_assert_cmpint(a, ==, 1);
    pbay_loop_free(loop);
}

typedef struct Withdrawal {
    PbayLoop *loop;
    int *victim;
} Withdrawal;

static void withdraw(void *data)
{
    Withdrawal *w = data;
    pbay_loop_not_at_turn_end(w->loop, count_up, w->victim);
    g_clear_pointer(&w->victim, g_free);
}

static void test_turn_end_taken_back(void)
{
    PbayLoop *loop = open_loop();
    int kept = 0;
    Withdrawal w = {loop, g_new0(int, 1)};
    pbay_loop_not_at_turn_end(loop, count_up, &kept); /* never asked: no-op */
    pbay_loop_at_turn_end(loop, withdraw, &w);
    pbay_loop_at_turn_end(loop, count_up, w.victim); /* freed before its turn comes */
    pbay_loop_at_turn_end(loop, count_up, &kept);
    turn(loop);
    g_assert_null(w.victim);
    g_assert_cmpint(kept, ==, 1);
    pbay_loop_at_turn_end(loop, count_up, &kept);
    pbay_loop_not_at_turn_end(loop, count_up, &kept);
    pbay_loop_at_turn_end(loop, count_up, &kept); /* and asked for anew */
    turn(loop);
    g_assert_cmpint(kept, ==, 2);
    pbay_loop_free(loop);
}

static void test_free_runs_what_waits(void)
{
    Chain c = {.loop = open_loop(), .order = g_string_new(NULL)};
    pbay_loop_post(c.loop, posted, &c);
    pbay_loop_free(c.loop);
    g_assert_cmpint(c.posts, ==, 3);
    g_assert_cmpint(c.order->str[c.order->len - 1], ==, 'B');
    g_string_free(c.order, TRUE);
    pbay_loop_free(NULL);
}

static void must_not_be_called(void *data, int fd, unsigned events)
{
    (void)data;
    g_error("descriptor %d reported %u after it was forgotten", fd, events);
}

static void test_wake(void)
{
    PbayLoop *loop = open_loop();
    pbay_loop_wake(loop);
    pbay_loop_wake(loop);
    g_assert_true(readable(loop));
    turn(loop);
    g_assert_false(readable(loop));
    pbay_loop_free(loop);
}

static void turn_within(void *data)
{
    g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, "*in_turn*");
    g_assert_false(pbay_loop_turn(data, 0));
    g_test_assert_expected_messages();
}

static void test_no_turn_within_a_turn(void)
{
    PbayLoop *loop = open_loop();
    pbay_loop_post(loop, turn_within, loop);
    turn(loop);
    pbay_loop_free(loop);
}

/* A descriptor closed by others first: forgotten without a complaint, its number watched anew. */
static void test_forget_closed(void)
{
    PbayLoop *loop = open_loop();
    Pair first, second;
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, (int *)&first), ==, 0);
    PbayWatch *watch = pbay_loop_watch(loop, first.a, PBAY_READ, must_not_be_called, NULL);
    close(first.a);
    pbay_loop_forget_closed(loop, watch);
    turn_now(loop);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, (int *)&second), ==, 0);
    watch = pbay_loop_watch(loop, second.a, PBAY_READ, must_not_be_called, NULL);
    g_assert_nonnull(watch);
    pbay_loop_forget_closed(loop, watch); /* an open one too */
    g_assert_cmpint((int)write(second.b, "x", 1), ==, 1);
    turn_now(loop);
    close(first.b);
    close(second.a);
    close(second.b);
    pbay_loop_free(loop);
}

static void count_one(void *data)
{
    (*(int *)data)++;
}

/* An hour in no time; what is ready comes first; timers started later are none the worse. */
static void test_skip(void)
{
    PbayLoop *loop = pbay_loop_new(NULL);
    PbayTimer hour = {0}, again = {0};
    int ran = 0, posted = 0;
    int64_t before = pbay_loop_now(loop);

    g_assert_false(pbay_loop_skip(loop));
    pbay_loop_timer_start(loop, &hour, 3600000, count_one, &ran);
    pbay_loop_post(loop, count_one, &posted);
    g_assert_false(pbay_loop_skip(loop));
    pbay_loop_turn(loop, 0);
    g_assert_cmpint(posted, ==, 1);
    g_assert_cmpint(ran, ==, 0);
    g_assert_true(pbay_loop_skip(loop));
    pbay_loop_turn(loop, 0);
    g_assert_cmpint(ran, ==, 1);
    g_assert_cmpint(pbay_loop_now(loop) - before, >=, 3600000);
    pbay_loop_timer_start(loop, &again, 5, count_one, &ran);
    while (ran == 1)
        pbay_loop_turn(loop, 1000);
    pbay_loop_free(loop);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/loop/watch", test_watch);
    g_test_add_func("/loop/hang-up", test_hang_up);
    g_test_add_func("/loop/watch-refused", test_watch_refused);
    g_test_add_func("/loop/forget-same-turn", test_forget_in_the_same_turn);
    g_test_add_func("/loop/forget-closed", test_forget_closed);
    g_test_add_func("/loop/rewatch-same-turn", test_rewatch_in_the_same_turn);
    g_test_add_func("/loop/many-ready", test_more_ready_than_one_turn_takes);
    g_test_add_func("/loop/timer/restart", test_timer_restarts_once_a_turn);
    g_test_add_func("/loop/timer/stopped-by-another", test_timer_stopped_by_another);
    g_test_add_func("/loop/timer/moves", test_timer_moves);
    g_test_add_func("/loop/timer/freed", test_timer_freed_in_its_function);
    g_test_add_func("/loop/timer/order", test_timers_in_order);
    g_test_add_func("/loop/timer/skip", test_skip);
    g_test_add_func("/loop/now", test_now);
    g_test_add_func("/loop/posts-and-turn-ends", test_posts_and_turn_ends);
    g_test_add_func("/loop/turn-end-outside", test_turn_end_outside_a_turn);
    g_test_add_func("/loop/turn-end-taken-back", test_turn_end_taken_back);
    g_test_add_func("/loop/free-runs-what-waits", test_free_runs_what_waits);
    g_test_add_func("/loop/wake", test_wake);
    g_test_add_func("/loop/no-turn-within", test_no_turn_within_a_turn);
    return g_test_run();
}
