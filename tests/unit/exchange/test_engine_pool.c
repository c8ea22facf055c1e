/* SPDX-License-Identifier: Apache-2.0 */
/* Threads and gates: first come, first served, a gate shared by two pools, withdrawing, closing
 * with a job that does not end. */
#include "exchange/engine_pool.h"

#include "unit/exchange/rig.h"

#include <pthread.h>
#include <sched.h>

typedef struct Job {
    PbayEngineJob base;
    int number;
    atomic_int *order; /* who is next to begin; NULL: not looked at */
    atomic_int *inside, *most;
    atomic_bool *latch; /* waits for it, or NULL */
    atomic_int began, finished, abandoned;
} Job;

static void work(PbayEngineJob *base)
{
    Job *job = (Job *)base;
    int inside = atomic_fetch_add(job->inside, 1) + 1;
    int most = atomic_load(job->most);
    while (inside > most && !atomic_compare_exchange_weak(job->most, &most, inside))
        ;
    if (job->order != NULL)
        g_assert_cmpint(atomic_fetch_add(job->order, 1), ==, job->number);
    atomic_store(&job->began, 1);
    while (job->latch != NULL && !atomic_load(job->latch))
        sched_yield();
    atomic_fetch_sub(job->inside, 1);
}

static void finished(PbayEngineJob *base)
{
    atomic_fetch_add(&((Job *)base)->finished, 1);
}

static void abandon(PbayEngineJob *base)
{
    atomic_fetch_add(&((Job *)base)->abandoned, 1);
}

static atomic_int inside, most;

static void job_init(Job *job, int number, atomic_int *order, atomic_bool *latch)
{
    *job = (Job){.base = {.work = work, .finished = finished, .abandon = abandon},
                 .number = number,
                 .order = order,
                 .inside = &inside,
                 .most = &most,
                 .latch = latch};
}

static void await(atomic_int *what)
{
    while (atomic_load(what) == 0)
        sched_yield();
}

static void submit(PbayEngines *pool, Rig *rig, unsigned parallel, Job *job)
{
    g_assert_cmpint(pbay_engines_submit(pool, rig->provider, parallel, &job->base), ==, 0);
}

static void test_order(void)
{
    Rig *rig = rig_new(true);
    PbayEngines *pool = pbay_engines_new();
    atomic_int order = 0;
    static Job jobs[200];
    for (int i = 0; i < 200; i++) {
        job_init(&jobs[i], i, &order, NULL);
        submit(pool, rig, 1, &jobs[i]);
    }
    await(&jobs[199].finished);
    g_assert_cmpuint(pbay_engines_close(pool, 10000), ==, 0);
    for (int i = 0; i < 200; i++)
        g_assert_cmpint(atomic_load(&jobs[i].finished), ==, 1);
    rig_free(rig);
}

/* Two workers' pools, one provider that lets three in. */
static void test_gate(void)
{
    Rig *rig = rig_new(true);
    PbayEngines *pools[2] = {pbay_engines_new(), pbay_engines_new()};
    atomic_store(&most, 0);
    static Job jobs[400];
    atomic_bool latch = false;
    for (int i = 0; i < 400; i++) {
        job_init(&jobs[i], i, NULL, i < 3 ? &latch : NULL);
        submit(pools[i % 2], rig, 3, &jobs[i]);
    }
    for (int i = 0; i < 3; i++)
        await(&jobs[i].began); /* three at once, over both pools */
    g_assert_cmpint(atomic_load(&jobs[3].began), ==, 0);
    atomic_store(&latch, true);
    for (int i = 0; i < 400; i++)
        await(&jobs[i].finished);
    g_assert_cmpint(atomic_load(&most), ==, 3);
    g_assert_cmpuint(pbay_engines_close(pools[0], 10000), ==, 0);
    g_assert_cmpuint(pbay_engines_close(pools[1], 10000), ==, 0);
    rig_free(rig);
}

static void test_withdraw(void)
{
    Rig *rig = rig_new(true);
    PbayEngines *pool = pbay_engines_new();
    atomic_bool latch = false;
    static Job jobs[PBAY_ENGINE_THREADS + 2];
    int last = PBAY_ENGINE_THREADS;
    for (int i = 0; i <= last; i++) {
        job_init(&jobs[i], i, NULL, &latch);
        submit(pool, rig, (unsigned)last + 1, &jobs[i]);
    }
    Job *at_gate = &jobs[last + 1];
    job_init(at_gate, last + 1, NULL, NULL);
    submit(pool, rig, 0, at_gate);
    await(&jobs[0].began);
    g_assert_false(pbay_engines_withdraw(&jobs[0].base));   /* runs */
    g_assert_true(pbay_engines_withdraw(&at_gate->base));   /* at the gate */
    g_assert_true(pbay_engines_withdraw(&jobs[last].base)); /* let in, but no thread is free */
    g_assert_false(pbay_engines_withdraw(&jobs[last].base));
    atomic_store(&latch, true);
    for (int i = 0; i < last; i++)
        await(&jobs[i].finished);
    g_assert_cmpint(atomic_load(&jobs[last].began), ==, 0);
    g_assert_cmpint(atomic_load(&at_gate->began), ==, 0);
    Job after;
    job_init(&after, 0, NULL, NULL);
    submit(pool, rig, 0, &after); /* the gate counts right */
    await(&after.finished);
    g_assert_false(pbay_engines_withdraw(&after.base));
    g_assert_cmpuint(pbay_engines_close(pool, 10000), ==, 0);
    rig_free(rig);
}

static PbayEngines *left_behind; /* reachable, so that it is no leak */

static void test_close(void)
{
    g_assert_cmpuint(pbay_engines_close(pbay_engines_new(), 0), ==, 0);
    Rig *rig = rig_new(true);
    left_behind = pbay_engines_new();
    static atomic_bool latch;
    static Job stubborn, meek;
    job_init(&stubborn, 0, NULL, &latch);
    job_init(&meek, 1, NULL, NULL);
    submit(left_behind, rig, 2, &stubborn);
    submit(left_behind, rig, 2, &meek);
    await(&stubborn.began);
    await(&meek.finished);
    g_assert_cmpuint(pbay_engines_close(left_behind, 30), ==, 1);
    g_assert_cmpint(atomic_load(&stubborn.abandoned), ==, 1);
    g_assert_cmpint(atomic_load(&meek.abandoned), ==, 0);
    atomic_store(&latch, true);
    await(&stubborn.finished);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine-pool/order", test_order);
    g_test_add_func("/engine-pool/gate", test_gate);
    g_test_add_func("/engine-pool/withdraw", test_withdraw);
    g_test_add_func("/engine-pool/close", test_close);
    return g_test_run();
}
