/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the loop share: a loop that opened, turns that must succeed, a socket pair,
 * and a watch function that remembers what it was told. */
#ifndef PBAY_TESTS_UNIT_LOOP_LOOP_FIXTURE_H
#define PBAY_TESTS_UNIT_LOOP_LOOP_FIXTURE_H

#include "loop/loop.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static inline PbayLoop *open_loop(void)
{
    GError *error = NULL;
    PbayLoop *loop = pbay_loop_new(&error);
    g_assert_no_error(error);
    g_assert_nonnull(loop);
    return loop;
}

static inline bool readable(const PbayLoop *loop)
{
    struct pollfd p = {.fd = pbay_loop_fd(loop), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

/* A turn that ends only because something runs. */
static inline void turn(PbayLoop *loop)
{
    g_assert_true(pbay_loop_turn(loop, -1));
}

static inline void turn_now(PbayLoop *loop)
{
    g_assert_true(pbay_loop_turn(loop, 0));
}

typedef struct Pair {
    int a, b;
} Pair;

static inline Pair pair_new(void)
{
    int fds[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
    return (Pair){fds[0], fds[1]};
}

static inline void pair_close(Pair pair)
{
    close(pair.a);
    if (pair.b >= 0)
        close(pair.b);
}

static inline void send_byte(int fd)
{
    g_assert_cmpint(write(fd, "x", 1), ==, 1);
}

typedef struct Seen {
    int calls, fd;
    unsigned events;
} Seen;

static inline void see(void *data, int fd, unsigned events)
{
    Seen *seen = data;
    seen->calls++;
    seen->fd = fd;
    seen->events = events;
}

#endif
