/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of a worker over epoll: watches, the arming of its timerfd, and what one turn runs in
 * which order. Runs on the thread that turns it; only pbay_loop_post and pbay_loop_wake come from
 * others, and they touch nothing but the locked list and the eventfd. It never blocks outside of
 * pbay_loop_turn. */
#include "loop/loop.h"

#include "base/error.h"
#include "loop/timers.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Ready descriptors taken from the system in one turn; the rest come with the next. */
#define EVENTS_MAX 128

struct PbayWatch {
    int fd;
    unsigned events;
    PbayWatchFn fn; /* NULL: forgotten */
    void *data;
    PbayWatch *next; /* in the list of forgotten ones */
};

/* A function that was posted, or asked for at a turn's end (fn NULL: taken back). */
typedef struct Job {
    PbayPostFn fn;
    void *data;
    struct Job *next;
} Job;

typedef struct JobList {
    Job *first, *last;
} JobList;

struct PbayLoop {
    int epoll_fd, timer_fd, wake_fd;
    bool in_turn, ending; /* ending: the turn-end functions are running */
    int64_t now;          /* while in_turn */
    int64_t skipped;      /* how far pbay_loop_skip has moved the clock */
    PbayTimerHeap timers;
    int64_t armed_at; /* when the timerfd goes off; INT64_MAX: it does not */
    PbayWatch *forgotten;
    size_t watches;
    JobList turn_end;
    GHashTable *turn_end_set; /* those of turn_end still to run, by function and data */

    pthread_mutex_t lock; /* guards the two below */
    JobList posted;
    bool woken; /* the eventfd is set */
};

static void jobs_append(JobList *list, Job *job)
{
    job->next = NULL;
    if (list->last != NULL)
        list->last->next = job;
    else
        list->first = job;
    list->last = job;
}

static Job *job_new(PbayPostFn fn, void *data)
{
    Job *job = g_new(Job, 1);
    *job = (Job){.fn = fn, .data = data};
    return job;
}

static guint job_hash(gconstpointer key)
{
    const Job *job = key;
    return g_direct_hash(job->data) * 31u + (guint)((uintptr_t)job->fn >> 4);
}

static gboolean job_equal(gconstpointer a, gconstpointer b)
{
    const Job *x = a, *y = b;
    return x->fn == y->fn && x->data == y->data;
}

/* Opening and closing. */

static int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool add_own(const PbayLoop *loop, const int *fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = (void *)(uintptr_t)fd};
    return *fd >= 0 && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, *fd, &event) == 0;
}

static void close_all(PbayLoop *loop)
{
    const int fds[] = {loop->timer_fd, loop->wake_fd, loop->epoll_fd};
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

PbayLoop *pbay_loop_new(GError **error)
{
    PbayLoop *loop = g_new0(PbayLoop, 1);
    loop->armed_at = INT64_MAX;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->epoll_fd < 0 || !add_own(loop, &loop->timer_fd) || !add_own(loop, &loop->wake_fd)) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INTERNAL,
                    "cannot open an event loop: %s; if too many files are open, raise the limit "
                    "(ulimit -n)",
                    g_strerror(errno));
        close_all(loop);
        g_free(loop);
        return NULL;
    }
    pthread_mutex_init(&loop->lock, NULL);
    loop->turn_end_set = g_hash_table_new(job_hash, job_equal);
    return loop;
}

int pbay_loop_fd(const PbayLoop *loop)
{
    return loop->epoll_fd;
}

int64_t pbay_loop_now(const PbayLoop *loop)
{
    return loop->in_turn ? loop->now : clock_ms() + loop->skipped;
}

/* Watches. */

/* With nothing asked the system still reports hang-ups; edge-triggered it does so once, not for
 * ever. */
static struct epoll_event event_of(PbayWatch *watch)
{
    uint32_t events = (watch->events & PBAY_READ ? (uint32_t)EPOLLIN : 0) |
                      (watch->events & PBAY_WRITE ? (uint32_t)EPOLLOUT : 0);
    if (events == 0)
        events = (uint32_t)EPOLLET;
    return (struct epoll_event){.events = events, .data.ptr = watch};
}

PbayWatch *pbay_loop_watch(PbayLoop *loop, int fd, unsigned events, PbayWatchFn fn, void *data)
{
    PbayWatch *watch = g_new(PbayWatch, 1);
    *watch = (PbayWatch){.fd = fd, .events = events, .fn = fn, .data = data};
    struct epoll_event event = event_of(watch);
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        int saved = errno;
        g_free(watch);
        errno = saved;
        return NULL;
    }
    loop->watches++;
    return watch;
}

void pbay_loop_rewatch(PbayLoop *loop, PbayWatch *watch, unsigned events)
{
    if (watch->events == events)
        return;
    watch->events = events;
    struct epoll_event event = event_of(watch);
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) != 0)
        g_critical("cannot change the watch of descriptor %d: %s; was it closed before the watch "
                   "was forgotten?",
                   watch->fd, g_strerror(errno));
}

static void drop_watch(PbayLoop *loop, PbayWatch *watch)
{
    loop->watches--;
    watch->fn = NULL;
    if (!loop->in_turn) {
        g_free(watch);
        return;
    }
    watch->next = loop->forgotten; /* an event of this turn may still point to it */
    loop->forgotten = watch;
}

void pbay_loop_forget(PbayLoop *loop, PbayWatch *watch)
{
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) != 0)
        g_critical("cannot forget descriptor %d: %s; it must be forgotten before it is closed",
                   watch->fd, g_strerror(errno));
    drop_watch(loop, watch);
}

void pbay_loop_forget_closed(PbayLoop *loop, PbayWatch *watch)
{
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) != 0 && errno != ENOENT &&
        errno != EBADF)
        g_critical("cannot forget descriptor %d: %s", watch->fd, g_strerror(errno));
    drop_watch(loop, watch);
}

static void free_forgotten(PbayLoop *loop)
{
    while (loop->forgotten != NULL) {
        PbayWatch *watch = loop->forgotten;
        loop->forgotten = watch->next;
        g_free(watch);
    }
}

static void call_watch(PbayWatch *watch, uint32_t ready)
{
    if (watch->fn == NULL)
        return;
    unsigned events = (ready & EPOLLIN ? PBAY_READ : 0u) | (ready & EPOLLOUT ? PBAY_WRITE : 0u);
    if (ready & (EPOLLERR | EPOLLHUP))
        events = PBAY_READ | PBAY_WRITE;
    events &= watch->events;
    if (events != 0)
        watch->fn(watch->data, watch->fd, events);
}

/* Timers. */

/* Sets the timerfd to the first timer if it would go off later than that. A timerfd that goes off
 * too early, because its timer was stopped or moved, costs one empty turn, which is cheaper than a
 * system call at each stop. */
static void arm(PbayLoop *loop)
{
    const PbayTimer *first = pbay_timers_first(&loop->timers);
    if (first == NULL || first->at >= loop->armed_at)
        return;
    int64_t at = MAX(first->at - loop->skipped, 1); /* 0 would disarm */
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(at / 1000), .tv_nsec = (long)(at % 1000) * 1000000}};
    if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        g_critical("cannot set a timer: %s", g_strerror(errno));
    loop->armed_at = first->at;
}

void pbay_loop_timer_start(PbayLoop *loop, PbayTimer *timer, int64_t delay_ms, PbayTimerFn fn,
                           void *data)
{
    pbay_timers_remove(&loop->timers, timer);
    int64_t now = pbay_loop_now(loop), delay = MAX(delay_ms, 0);
    timer->at = delay < INT64_MAX - now ? now + delay : INT64_MAX;
    timer->fn = fn;
    timer->data = data;
    pbay_timers_add(&loop->timers, timer);
    if (!loop->in_turn)
        arm(loop);
}

void pbay_loop_timer_stop(PbayLoop *loop, PbayTimer *timer)
{
    pbay_timers_remove(&loop->timers, timer);
}

static void run_timers(PbayLoop *loop)
{
    uint64_t limit = loop->timers.order; /* those started from here on wait for the next turn */
    PbayTimer *timer = pbay_timers_first(&loop->timers);
    while (timer != NULL && timer->at <= loop->now && timer->order < limit) {
        pbay_timers_remove(&loop->timers, timer);
        timer->fn(timer->data);
        timer = pbay_timers_first(&loop->timers);
    }
}

bool pbay_loop_skip(PbayLoop *loop)
{
    const PbayTimer *first = pbay_timers_first(&loop->timers);
    struct pollfd fd = {.fd = loop->epoll_fd, .events = POLLIN};
    g_return_val_if_fail(!loop->in_turn, false);
    if (first == NULL || poll(&fd, 1, 0) != 0)
        return false;
    loop->skipped += MAX(first->at - pbay_loop_now(loop), 0);
    loop->armed_at = INT64_MAX;
    return true;
}

/* Posts and wake-ups. */

static void set_wake(PbayLoop *loop) /* with the lock */
{
    if (loop->woken)
        return;
    loop->woken = true;
    const uint64_t one = 1;
    if (write(loop->wake_fd, &one, sizeof one) != (ssize_t)sizeof one)
        g_critical("cannot wake the event loop: %s", g_strerror(errno));
}

void pbay_loop_post(PbayLoop *loop, PbayPostFn fn, void *data)
{
    Job *job = job_new(fn, data);
    pthread_mutex_lock(&loop->lock);
    jobs_append(&loop->posted, job);
    set_wake(loop);
    pthread_mutex_unlock(&loop->lock);
}

void pbay_loop_wake(PbayLoop *loop)
{
    pthread_mutex_lock(&loop->lock);
    set_wake(loop);
    pthread_mutex_unlock(&loop->lock);
}

/* Empties a descriptor of ours: both give eight bytes, or EAGAIN when it was not set after all. */
static void drain(int fd)
{
    uint64_t count;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN)
        g_critical("cannot read a descriptor of the event loop: %s", g_strerror(errno));
}

/* True if there was something to run. */
static bool run_posted(PbayLoop *loop)
{
    pthread_mutex_lock(&loop->lock);
    JobList batch = loop->posted;
    loop->posted = (JobList){0};
    if (loop->woken)
        drain(loop->wake_fd);
    loop->woken = false;
    pthread_mutex_unlock(&loop->lock);
    bool any = batch.first != NULL;
    while (batch.first != NULL) {
        Job *job = batch.first;
        batch.first = job->next;
        job->fn(job->data);
        g_free(job);
    }
    return any;
}

/* The end of a turn. */

void pbay_loop_at_turn_end(PbayLoop *loop, PbayPostFn fn, void *data)
{
    const Job key = {.fn = fn, .data = data};
    if (g_hash_table_contains(loop->turn_end_set, &key))
        return;
    Job *job = job_new(fn, data);
    jobs_append(&loop->turn_end, job);
    g_hash_table_add(loop->turn_end_set, job);
    if (!loop->in_turn || loop->ending)
        pbay_loop_wake(loop);
}

void pbay_loop_not_at_turn_end(PbayLoop *loop, PbayPostFn fn, void *data)
{
    const Job key = {.fn = fn, .data = data};
    Job *job = g_hash_table_lookup(loop->turn_end_set, &key);
    if (job == NULL)
        return;
    g_hash_table_remove(loop->turn_end_set, job);
    job->fn = NULL;
}

/* True if there was something to run. */
static bool run_turn_end(PbayLoop *loop)
{
    JobList batch = loop->turn_end;
    loop->turn_end = (JobList){0};
    loop->ending = true;
    bool any = batch.first != NULL;
    while (batch.first != NULL) {
        Job *job = batch.first;
        batch.first = job->next;
        if (job->fn != NULL) {
            g_hash_table_remove(loop->turn_end_set, job);
            job->fn(job->data);
        }
        g_free(job);
    }
    loop->ending = false;
    return any;
}

/* One turn. */

bool pbay_loop_turn(PbayLoop *loop, int timeout_ms)
{
    g_return_val_if_fail(!loop->in_turn, false);
    struct epoll_event ready[EVENTS_MAX];
    int n = epoll_wait(loop->epoll_fd, ready, EVENTS_MAX, timeout_ms);
    if (n < 0 && errno != EINTR)
        return false;
    loop->now = clock_ms() + loop->skipped;
    loop->in_turn = true;
    bool woken = false;
    for (int i = 0; i < n; i++) {
        if (ready[i].data.ptr == &loop->wake_fd) {
            woken = true;
        } else if (ready[i].data.ptr == &loop->timer_fd) {
            drain(loop->timer_fd);
            loop->armed_at = INT64_MAX;
        } else {
            call_watch(ready[i].data.ptr, ready[i].events);
        }
    }
    if (woken)
        run_posted(loop);
    run_timers(loop);
    run_turn_end(loop);
    arm(loop);
    loop->in_turn = false;
    free_forgotten(loop);
    return true;
}

void pbay_loop_free(PbayLoop *loop)
{
    if (loop == NULL)
        return;
    g_return_if_fail(!loop->in_turn);
    loop->now = clock_ms() + loop->skipped;
    loop->in_turn = true;
    while (run_posted(loop) || run_turn_end(loop))
        ;
    free_forgotten(loop);
    if (loop->watches != 0 || loop->timers.len != 0)
        g_critical("an event loop is freed with %zu watches and %u timers in it", loop->watches,
                   loop->timers.len);
    pbay_timers_clear(&loop->timers);
    g_hash_table_destroy(loop->turn_end_set);
    pthread_mutex_destroy(&loop->lock);
    close_all(loop);
    g_free(loop);
}
