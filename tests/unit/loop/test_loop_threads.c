/* SPDX-License-Identifier: Apache-2.0 */
/* The loop among others: posts from many threads, a wait that another thread ends, a program that
 * polls the one descriptor, a signal, and a system that has no descriptor left. */
#include "unit/loop/loop_fixture.h"

#include "base/error.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

typedef struct Clockwork {
    PbayLoop *loop;
    PbayTimer timer, other;
    int calls, other_calls;
} Clockwork;

static void count_other(void *data)
{
    Clockwork *c = data;
    c->other_calls++;
}

/* Threads: each posts its numbers in order; the loop's thread sees each thread's numbers in order,
 * all. */

enum { POSTERS = 4, POSTS = 5000 };

typedef struct Poster {
    PbayLoop *loop;
    int next, bad;
    atomic_int *left;
} Poster;

typedef struct Number {
    Poster *from;
    int n;
} Number;

static void take_number(void *data)
{
    Number *number = data;
    Poster *from = number->from;
    if (number->n != from->next++)
        from->bad++;
    atomic_fetch_sub(from->left, 1);
    g_free(number);
}

static void *poster_main(void *data)
{
    Poster *poster = data;
    for (int i = 0; i < POSTS; i++) {
        Number *number = g_new(Number, 1);
        *number = (Number){poster, i};
        pbay_loop_post(poster->loop, take_number, number);
        if (i % 64 == 0)
            pbay_loop_wake(poster->loop);
    }
    return NULL;
}

static void test_posts_from_threads(void)
{
    PbayLoop *loop = open_loop();
    atomic_int left = POSTERS * POSTS;
    Poster posters[POSTERS];
    pthread_t threads[POSTERS];
    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (Poster){.loop = loop, .left = &left};
        g_assert_cmpint(pthread_create(&threads[i], NULL, poster_main, &posters[i]), ==, 0);
    }
    while (atomic_load(&left) > 0)
        turn(loop);
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(threads[i], NULL);
        g_assert_cmpint(posters[i].bad, ==, 0);
        g_assert_cmpint(posters[i].next, ==, POSTS);
    }
    pbay_loop_free(loop);
}

/* A waiting turn in another thread ends when something is posted to it. */
static void *turn_main(void *data)
{
    Clockwork *c = data;
    while (c->calls == 0)
        turn(c->loop);
    return NULL;
}

static void count_call(void *data)
{
    Clockwork *c = data;
    c->calls++;
}

static void test_post_ends_a_wait(void)
{
    for (int i = 0; i < 200; i++) {
        Clockwork c = {.loop = open_loop()};
        pthread_t thread;
        g_assert_cmpint(pthread_create(&thread, NULL, turn_main, &c), ==, 0);
        pbay_loop_post(c.loop, count_call, &c);
        pthread_join(thread, NULL);
        pbay_loop_free(c.loop);
    }
}

/* An embedder waits on the one descriptor alone, for a timer, a post and a socket. */
static void test_embedded(void)
{
    PbayLoop *loop = open_loop();
    Pair pair = pair_new();
    Seen seen = {0};
    Clockwork c = {.loop = loop};
    PbayWatch *watch = pbay_loop_watch(loop, pair.a, PBAY_READ, see, &seen);
    pbay_loop_timer_start(loop, &c.timer, 1, count_call, &c);
    pbay_loop_post(loop, count_other, &c);
    send_byte(pair.b);
    while (seen.calls == 0 || c.calls == 0 || c.other_calls == 0) {
        struct pollfd p = {.fd = pbay_loop_fd(loop), .events = POLLIN};
        g_assert_cmpint(poll(&p, 1, 20000), ==, 1);
        turn_now(loop);
    }
    pbay_loop_forget(loop, watch);
    pair_close(pair);
    pbay_loop_free(loop);
}

static void on_signal(int number)
{
    (void)number;
}

static void *signal_main(void *data)
{
    pthread_t *target = data;
    pthread_kill(*target, SIGUSR1);
    return NULL;
}

static void test_interrupted_wait_is_no_failure(void)
{
    PbayLoop *loop = open_loop();
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    pthread_t self = pthread_self(), thread;
    g_assert_cmpint(pthread_create(&thread, NULL, signal_main, &self), ==, 0);
    g_assert_true(
        pbay_loop_turn(loop, 100)); /* ended by the signal, or by time if that came first */
    pthread_join(thread, NULL);
    pbay_loop_free(loop);
}

static void test_no_descriptors_left(void)
{
    struct rlimit old, low;
    getrlimit(RLIMIT_NOFILE, &old);
    int next = dup(0);
    close(next);
    low = old;
    low.rlim_cur = (rlim_t)next + 2; /* room for two of the three */
    setrlimit(RLIMIT_NOFILE, &low);
    GError *error = NULL;
    PbayLoop *loop = pbay_loop_new(&error);
    setrlimit(RLIMIT_NOFILE, &old);
    g_assert_null(loop);
    g_assert_error(error, PBAY_ERROR, PB_ERR_INTERNAL);
    g_assert_nonnull(strstr(error->message, "ulimit -n"));
    g_error_free(error);
    int after = dup(0);
    g_assert_cmpint(after, ==, next); /* nothing left open */
    close(after);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/loop/threads/order", test_posts_from_threads);
    g_test_add_func("/loop/threads/wake", test_post_ends_a_wait);
    g_test_add_func("/loop/embedded", test_embedded);
    g_test_add_func("/loop/interrupted", test_interrupted_wait_is_no_failure);
    g_test_add_func("/loop/no-descriptors", test_no_descriptors_left);
    return g_test_run();
}
