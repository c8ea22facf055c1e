/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of a worker: one epoll descriptor with one timerfd and one eventfd in it; descriptors,
 * timers, posts from other threads, and what is to be done once at the end of a turn. It knows
 * nothing of HTTP. All functions belong to the thread that turns the loop, except pbay_loop_post
 * and pbay_loop_wake, which any thread may call while the loop lives. */
#ifndef PBAY_LOOP_LOOP_H
#define PBAY_LOOP_LOOP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct PbayLoop PbayLoop;

/* NULL with error (PBAY_ERROR, PB_ERR_INTERNAL) when the system gives no descriptor. */
PbayLoop *pbay_loop_new(GError **error);

/* Runs what was posted or asked for at a turn's end and has not yet run (and what that posts in
 * turn), then frees. No watch, timer or other thread may remain. NULL is fine. */
void pbay_loop_free(PbayLoop *loop);

/* The epoll descriptor: readable when a turn has something to do. Owned by the loop. */
int pbay_loop_fd(const PbayLoop *loop);

/* CLOCK_MONOTONIC in ms: inside a turn the time the turn woke, outside of one the time now. */
int64_t pbay_loop_now(const PbayLoop *loop);

/* Waits up to timeout_ms (-1 for ever, 0 not at all), runs what is ready (descriptors, then posts,
 * then timers), then the turn-end functions. False when the wait failed for a reason other than
 * EINTR. Not to be called from within a turn. */
bool pbay_loop_turn(PbayLoop *loop, int timeout_ms);

/* For replays and tests, outside of a turn: when nothing is ready, moves this loop's clock on to
 * its earliest timer, so that the next turn, with a timeout of 0, runs it. False: something is
 * ready, or there is no timer. */
bool pbay_loop_skip(PbayLoop *loop);

/* Descriptors. events: PBAY_READ | PBAY_WRITE. The watch must be forgotten before its descriptor
 * is closed. A callback may modify or forget any watch, its own included, at any time: a forgotten
 * one is not called again, not even in the same turn. An error or hang-up of the descriptor is
 * reported as those of the asked events; with none asked nothing is. Watching gives NULL, with
 * errno, if the system refuses. */
enum { PBAY_READ = 1, PBAY_WRITE = 2 };
typedef struct PbayWatch PbayWatch;
typedef void (*PbayWatchFn)(void *data, int fd, unsigned events);
PbayWatch *pbay_loop_watch(PbayLoop *loop, int fd, unsigned events, PbayWatchFn fn, void *data);
void pbay_loop_rewatch(PbayLoop *loop, PbayWatch *watch, unsigned events);
void pbay_loop_forget(PbayLoop *loop, PbayWatch *watch);

/* As forget, for a descriptor that another library may have closed already without a word; its
 * number must not have been taken again since. */
void pbay_loop_forget_closed(PbayLoop *loop, PbayWatch *watch);

/* Timers live in their owner's struct; zero-initialise. Starting a running one moves it. Stopping
 * an idle one is a no-op. Delay in ms from pbay_loop_now, 0 = next turn; those of one instant run
 * in the order of starting. When its function runs, a timer is idle: it may be started anew or
 * freed. O(log n). */
typedef void (*PbayTimerFn)(void *data);
typedef struct PbayTimer {
    int64_t at;
    PbayTimerFn fn;
    void *data;
    uint64_t order; /* the loop's */
    uint32_t slot;  /* heap position + 1; 0 = idle */
} PbayTimer;
void pbay_loop_timer_start(PbayLoop *loop, PbayTimer *timer, int64_t delay_ms, PbayTimerFn fn,
                           void *data);
void pbay_loop_timer_stop(PbayLoop *loop, PbayTimer *timer);
static inline bool pbay_timer_running(const PbayTimer *timer)
{
    return timer->slot != 0;
}

/* Runs fn(data) on the loop's thread in its next turn, in order of posting. [any] */
typedef void (*PbayPostFn)(void *data);
void pbay_loop_post(PbayLoop *loop, PbayPostFn fn, void *data);

/* Makes the descriptor readable and a waiting turn return, with nothing to run. [any] */
void pbay_loop_wake(PbayLoop *loop);

/* Runs fn(data) once at the end of this turn (or of the next, if none is running or this one is
 * already running its turn-end functions; that turn then comes at once). In order of asking. The
 * same pair asked for twice before it ran runs once. */
void pbay_loop_at_turn_end(PbayLoop *loop, PbayPostFn fn, void *data);

/* Takes back what at_turn_end asked for and has not run, so that data may be freed. */
void pbay_loop_not_at_turn_end(PbayLoop *loop, PbayPostFn fn, void *data);

#endif
