/* SPDX-License-Identifier: Apache-2.0 */
/* Threads and gates of engines under one lock of the process, held for a few instructions at a
 * time: a gate is shared by the pools of all workers, and who waits at it may be next in any of
 * them. Runs last long and are few, so one lock is enough. Drivers are never called with it
 * held. */
#include "exchange/engine_pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

struct PbayEngineGate {
    unsigned running, parallel;
    GQueue waiting; /* links of jobs */
};

typedef struct Thread {
    PbayEngines *pool;
    pthread_t id;
    PbayEngineJob *job; /* running now, or NULL */
    bool exited;
} Thread;

struct PbayEngines {
    GQueue queue; /* links of jobs let in */
    Thread threads[PBAY_ENGINE_THREADS];
    unsigned n_threads, idle;
    bool closing;
    pthread_cond_t work;    /* something is queued, or closing */
    pthread_cond_t changed; /* a thread exited                  */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

PbayEngines *pbay_engines_new(void)
{
    PbayEngines *pool = g_new0(PbayEngines, 1);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&pool->work, NULL);
    return pool;
}

/* ---- with the lock held ---------------------------------------------------------------------- */

static void enqueue(PbayEngineJob *job)
{
    job->place = PBAY_ENGINE_QUEUED;
    g_queue_push_tail_link(&job->pool->queue, &job->link);
    pthread_cond_signal(&job->pool->work);
}

/* One run of the gate is over: the next may go in. */
static void leave(PbayEngineGate *gate)
{
    gate->running--;
    GList *link = g_queue_pop_head_link(&gate->waiting);
    if (link == NULL)
        return;
    gate->running++;
    enqueue(link->data);
}

static void *thread_main(void *data);

/* Another thread if none is free for what is queued. 0, or why there is not a single one. */
static int grow(PbayEngines *pool)
{
    if (pool->n_threads == PBAY_ENGINE_THREADS || pool->idle > pool->queue.length)
        return 0;
    Thread *thread = &pool->threads[pool->n_threads];
    thread->pool = pool;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the program's business */
    int err = pthread_create(&thread->id, NULL, thread_main, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err == 0)
        pool->n_threads++;
    return pool->n_threads == 0 ? err : 0;
}

static PbayEngineJob *next_job(PbayEngines *pool)
{
    while (pool->queue.length == 0 && !pool->closing) {
        pool->idle++;
        pthread_cond_wait(&pool->work, &lock);
        pool->idle--;
    }
    GList *link = g_queue_pop_head_link(&pool->queue);
    return link != NULL ? link->data : NULL;
}

static PbayEngineGate *gate_of(PbayProvider *provider, unsigned parallel)
{
    if (provider->engine_gate == NULL) {
        PbayEngineGate *gate = g_new0(PbayEngineGate, 1);
        gate->parallel = MAX(parallel, 1u);
        provider->engine_gate = gate;
        provider->engine_gate_free = g_free;
    }
    return provider->engine_gate;
}

/* ---------------------------------------------------------------------------------------------- */

static void *thread_main(void *data)
{
    Thread *thread = data;
    PbayEngines *pool = thread->pool;
    PbayEngineJob *job;
    pthread_mutex_lock(&lock);
    while ((job = next_job(pool)) != NULL) {
        thread->job = job;
        job->place = PBAY_ENGINE_RUNNING;
        pthread_mutex_unlock(&lock);
        job->work(job);
        pthread_mutex_lock(&lock);
        thread->job = NULL;
        job->place = PBAY_ENGINE_OUT;
        leave(job->gate);
        pthread_mutex_unlock(&lock);
        job->finished(job);
        pthread_mutex_lock(&lock);
    }
    thread->exited = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int pbay_engines_submit(PbayEngines *pool, PbayProvider *provider, unsigned parallel,
                        PbayEngineJob *job)
{
    job->pool = pool;
    job->link.data = job;
    pthread_mutex_lock(&lock);
    int err = grow(pool);
    if (err == 0) {
        job->gate = gate_of(provider, parallel);
        if (job->gate->running < job->gate->parallel) {
            job->gate->running++;
            enqueue(job);
        } else {
            job->place = PBAY_ENGINE_AT_GATE;
            g_queue_push_tail_link(&job->gate->waiting, &job->link);
        }
    }
    pthread_mutex_unlock(&lock);
    return err;
}

bool pbay_engines_withdraw(PbayEngineJob *job)
{
    pthread_mutex_lock(&lock);
    bool waiting = job->place == PBAY_ENGINE_AT_GATE, queued = job->place == PBAY_ENGINE_QUEUED;
    if (waiting)
        g_queue_unlink(&job->gate->waiting, &job->link);
    if (queued) {
        g_queue_unlink(&job->pool->queue, &job->link);
        leave(job->gate);
    }
    if (waiting || queued)
        job->place = PBAY_ENGINE_OUT;
    pthread_mutex_unlock(&lock);
    return waiting || queued;
}

static unsigned count_alive(const PbayEngines *pool)
{
    unsigned alive = 0;
    for (unsigned i = 0; i < pool->n_threads; i++)
        alive += !pool->threads[i].exited;
    return alive;
}

static void wait_for_threads(PbayEngines *pool, int64_t patience_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += patience_ms / 1000;
    until.tv_nsec += patience_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (count_alive(pool) != 0 &&
           pthread_cond_timedwait(&pool->changed, &lock, &until) != ETIMEDOUT)
        ;
}

unsigned pbay_engines_close(PbayEngines *pool, int64_t patience_ms)
{
    unsigned abandoned = 0;
    bool stays[PBAY_ENGINE_THREADS] = {false};
    pthread_mutex_lock(&lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    wait_for_threads(pool, patience_ms);
    for (unsigned i = 0; i < pool->n_threads; i++) {
        Thread *thread = &pool->threads[i];
        stays[i] = thread->job != NULL;
        if (!stays[i])
            continue;
        thread->job->abandon(thread->job);
        abandoned++;
    }
    pthread_mutex_unlock(&lock);
    for (unsigned i = 0; i < pool->n_threads; i++) {
        if (stays[i])
            pthread_detach(pool->threads[i].id);
        else
            pthread_join(pool->threads[i].id, NULL);
    }
    if (abandoned == 0) {
        pthread_cond_destroy(&pool->work);
        pthread_cond_destroy(&pool->changed);
        g_free(pool);
    }
    return abandoned;
}
