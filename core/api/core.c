/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, reloading and closing a core, and its worker: a thread of the library's, or the program's own
 * loop through patchbay_fd and patchbay_dispatch. config_lock is the [main] role of the driver ABI; no call
 * waits for it unless it needs another base URL. */
#include "api/internal.h"

#include "observe/log.h"

#include <signal.h>

#ifndef PATCHBAY_VERSION
#error "PATCHBAY_VERSION comes from the build"
#endif

const char *patchbay_version(void)
{
    return PATCHBAY_VERSION;
}

void patchbay_free(char *text)
{
    g_free(text);
}

/* Reads everything that opts name. NULL with error when there are mistakes. Under config_lock, or before
 * the core is shared. */
static PbaySnapshot *build_snapshot(const patchbay_opts *opts, const PbayDriverSet *before,
                                    patchbay_error **error)
{
    PbayProblems *problems = pbay_problems_new();
    PbayEnv *env = pbay_api_opts_env(opts, problems);
    PbayConfig *config = pbay_api_opts_config(opts, env, problems);
    PbayDriverSet *drivers = pbay_api_opts_drivers(opts, before);
    PbaySnapshot *snapshot = pbay_snapshot_build(config, drivers, env, problems);

    if (problems->len != 0) {
        if (snapshot != NULL)
            pbay_snapshot_unref(snapshot);
        snapshot = NULL;
        pbay_api_error_set(error, pbay_api_error_from_problems(problems));
    }
    pbay_driver_set_unref(drivers);
    pbay_config_unref(config);
    pbay_env_unref(env);
    g_ptr_array_unref(problems);
    return snapshot;
}

static void *worker_main(void *data)
{
    patchbay *pb = data;

    while (!atomic_load(&pb->stopping)) {
        if (!pbay_loop_turn(pb->loop, -1)) {
            pbay_log(PBAY_LOG_ERROR, "api", "the worker's wait failed: %s", g_strerror(errno));
            break;
        }
    }
    pbay_api_cancel_all(pb);
    pbay_worker_free(pb->worker);
    pb->worker = NULL;
    return NULL;
}

/* Signals belong to the program's own threads. */
static bool start_worker(patchbay *pb)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&pb->thread, NULL, worker_main, pb);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pb->threaded = failed == 0;
    return pb->threaded;
}

static void free_core(patchbay *pb)
{
    if (pb->worker != NULL)
        pbay_worker_free(pb->worker);
    if (pb->loop != NULL)
        pbay_loop_free(pb->loop);
    g_ptr_array_unref(pb->retired);
    if (pb->snapshot != NULL)
        pbay_snapshot_unref(pb->snapshot);
    g_ptr_array_unref(pb->calls);
    patchbay_opts_free(pb->opts);
    pthread_cond_destroy(&pb->idle);
    pthread_mutex_destroy(&pb->lock);
    pthread_mutex_destroy(&pb->config_lock);
    g_free(pb);
}

static void unref_snapshot(gpointer snapshot)
{
    pbay_snapshot_unref(snapshot);
}

static patchbay *new_core(const patchbay_opts *opts)
{
    patchbay *pb = g_new0(patchbay, 1);

    pthread_mutex_init(&pb->config_lock, NULL);
    pthread_mutex_init(&pb->lock, NULL);
    pthread_cond_init(&pb->idle, NULL);
    pb->opts = pbay_api_opts_copy(opts);
    pb->retired = g_ptr_array_new_with_free_func(unref_snapshot);
    pb->calls = g_ptr_array_new();
    return pb;
}

patchbay *patchbay_open(const patchbay_opts *opts, patchbay_error **error)
{
    patchbay *pb = new_core(opts);
    GError *gerror = NULL;

    pb->snapshot = build_snapshot(pb->opts, NULL, error);
    if (pb->snapshot == NULL) {
        free_core(pb);
        return NULL;
    }
    pb->loop = pbay_loop_new(&gerror);
    if (pb->loop != NULL) {
        const PbayWorkerSpec spec = {.loop = pb->loop};

        pb->worker = pbay_worker_new(&spec, &gerror);
    }
    if (pb->worker == NULL) {
        pbay_api_error_take(error, gerror);
        free_core(pb);
        return NULL;
    }
    if (!pb->opts->embed && !start_worker(pb)) {
        pbay_api_error_set(error, pbay_api_error_new(pbay_failure_new(
                                      PB_ERR_INTERNAL, "cannot start the worker thread: the "
                                                       "system refuses more threads")));
        free_core(pb);
        return NULL;
    }
    return pb;
}

static void wake_up(void *data)
{
    (void)data;
}

void patchbay_close(patchbay *pb)
{
    if (pb == NULL)
        return;
    atomic_store(&pb->stopping, true);
    if (pb->threaded) {
        pbay_loop_post(pb->loop, wake_up, NULL);
        pthread_join(pb->thread, NULL);
    } else {
        pbay_api_cancel_all(pb);
    }
    free_core(pb);
}

PbaySnapshot *pbay_api_snapshot(patchbay *pb)
{
    PbaySnapshot *snapshot;

    pthread_mutex_lock(&pb->lock);
    snapshot = pbay_snapshot_ref(pb->snapshot);
    pthread_mutex_unlock(&pb->lock);
    return snapshot;
}

/* Takes out of `retired` what no call holds any more. Under config_lock. */
static void sweep_retired(patchbay *pb)
{
    g_autoptr(GPtrArray) unused = g_ptr_array_new_with_free_func(unref_snapshot);

    pthread_mutex_lock(&pb->lock);
    for (guint i = pb->retired->len; i-- > 0;) {
        PbaySnapshot *snapshot = g_ptr_array_index(pb->retired, i);

        if (g_atomic_ref_count_compare(&snapshot->refs, 1))
            g_ptr_array_add(unused, g_ptr_array_steal_index_fast(pb->retired, i));
    }
    pthread_mutex_unlock(&pb->lock);
}

void pbay_api_snapshot_release(patchbay *pb, PbaySnapshot *snapshot)
{
    bool old;

    pbay_snapshot_unref(snapshot);
    pthread_mutex_lock(&pb->lock);
    old = pb->retired->len != 0;
    pthread_mutex_unlock(&pb->lock);
    /* A reload under way sweeps by itself at its end. */
    if (old && pthread_mutex_trylock(&pb->config_lock) == 0) {
        sweep_retired(pb);
        pthread_mutex_unlock(&pb->config_lock);
    }
}

int patchbay_reload(patchbay *pb, patchbay_error **error)
{
    PbaySnapshot *snapshot;

    pthread_mutex_lock(&pb->config_lock);
    snapshot = build_snapshot(pb->opts, pb->snapshot->drivers, error);
    if (snapshot != NULL) {
        pthread_mutex_lock(&pb->lock);
        snapshot->generation = pb->snapshot->generation + 1;
        g_ptr_array_add(pb->retired, pb->snapshot);
        pb->snapshot = snapshot;
        pthread_mutex_unlock(&pb->lock);
    }
    sweep_retired(pb);
    pthread_mutex_unlock(&pb->config_lock);
    return snapshot != NULL ? 0 : -1;
}

int patchbay_fd(patchbay *pb)
{
    return pb->opts->embed ? pbay_loop_fd(pb->loop) : -1;
}

int patchbay_dispatch(patchbay *pb)
{
    size_t live;

    if (!pb->opts->embed || !pbay_loop_turn(pb->loop, 0))
        return -1;
    pthread_mutex_lock(&pb->lock);
    live = pb->live;
    pthread_mutex_unlock(&pb->lock);
    return (int)MIN(live, (size_t)G_MAXINT);
}
