/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing a core, and its worker: a thread of the library's, or the program's own
 * loop through patchbay_fd and patchbay_dispatch. What a core reads is reload.c's business. */
#include "api/internal.h"

#include "observe/log.h"
#include "routing/state_file.h"

#include <errno.h>
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

bool pbay_api_turn(patchbay *pb, int timeout_ms)
{
    bool turned;

    pb->turning = true;
    turned = pbay_loop_turn(pb->loop, timeout_ms);
    pb->turning = false;
    return turned;
}

bool pbay_api_in_callback(const patchbay *pb)
{
    return pb->threaded ? pthread_equal(pthread_self(), pb->thread) != 0 : pb->turning;
}

size_t pbay_api_live(patchbay *pb)
{
    size_t live;

    pthread_mutex_lock(&pb->lock);
    live = pb->live;
    pthread_mutex_unlock(&pb->lock);
    return live;
}

static void *worker_main(void *data)
{
    patchbay *pb = data;

    while (!atomic_load(&pb->stopping)) {
        if (!pbay_api_turn(pb, -1)) {
            pbay_log(PBAY_LOG_ERROR, "api",
                     "the worker's wait failed: %s; was one of the library's descriptors closed?",
                     g_strerror(errno));
            atomic_store(&pb->stopping, true);
        }
    }
    pbay_api_end_all(pb);
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
    pbay_share_free(pb->share); /* after the calls: their last word is written */
    pbay_fleet_unref(pb->fleet);
    if (pb->snapshot != NULL)
        pbay_snapshot_unref(pb->snapshot);
    g_ptr_array_unref(pb->calls);
    patchbay_opts_free(pb->opts);
    pthread_mutex_destroy(&pb->lock);
    pthread_mutex_destroy(&pb->config_lock);
    g_free(pb);
}

static patchbay *new_core(const patchbay_opts *opts)
{
    patchbay *pb = g_new0(patchbay, 1);

    pthread_mutex_init(&pb->config_lock, NULL);
    pthread_mutex_init(&pb->lock, NULL);
    pb->opts = pbay_api_opts_copy(opts);
    pb->calls = g_ptr_array_new();
    pb->fleet = pbay_fleet_new(0);
    return pb;
}

/* The state file, if the program asked for one. */
static void open_share(patchbay *pb)
{
    g_autofree char *standard = NULL;
    const char *path = pb->opts->state;

    if (path == NULL)
        return;
    if (path[0] == '\0')
        path = standard = pbay_state_file_path();
    if (path != NULL)
        pb->share = pbay_share_new(pb->fleet, path);
    else
        pbay_log(PBAY_LOG_WARN, "api",
                 "what is known of targets is not shared with other processes: there is no place "
                 "for the state file; set HOME or XDG_STATE_HOME to an absolute path");
}

patchbay *patchbay_open(const patchbay_opts *opts, patchbay_error **error)
{
    patchbay *pb = new_core(opts);
    GError *gerror = NULL;

    pb->snapshot = pbay_api_snapshot_build(pb->opts, NULL, error);
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
    open_share(pb);
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
        pbay_api_end_all(pb);
    }
    free_core(pb);
}

int patchbay_fd(patchbay *pb)
{
    return pb->opts->embed ? pbay_loop_fd(pb->loop) : -1;
}

int patchbay_dispatch(patchbay *pb)
{
    if (!pb->opts->embed || pb->turning || !pbay_api_turn(pb, 0))
        return -1;
    return (int)MIN(pbay_api_live(pb), (size_t)G_MAXINT);
}
