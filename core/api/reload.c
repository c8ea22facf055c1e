/* SPDX-License-Identifier: Apache-2.0 */
/* The snapshot in force: built of options, swapped at once by a reload, closed when nothing of
 * it runs any more. config_lock is the [main] role of the driver ABI; no call waits for it
 * unless it needs another base URL. Replaced snapshots are closed on the worker's thread, which
 * never waits for the lock: it comes again. */
#include "api/internal.h"

/* How soon the worker looks again at what a detached exchange, or a reload, still holds. */
#define SWEEP_AGAIN_MS 250

PbaySnapshot *pbay_api_snapshot_build(const patchbay_opts *opts, const PbayDriverSet *before,
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

PbaySnapshot *pbay_api_snapshot(patchbay *pb)
{
    PbaySnapshot *snapshot;

    pthread_mutex_lock(&pb->lock);
    snapshot = pbay_snapshot_ref(pb->snapshot);
    pthread_mutex_unlock(&pb->lock);
    return snapshot;
}

/* ---- Closing what was replaced; on the worker's thread ---- */

/* Exchanges hold their provider alone, and one that was cancelled may outlive its call by
 * seconds. */
static bool providers_unused(const GPtrArray *providers)
{
    for (guint i = 0; i < providers->len; i++) {
        PbayProvider *provider = g_ptr_array_index(providers, i);

        if (!g_atomic_ref_count_compare(&provider->refs, 1) || !providers_unused(provider->derived))
            return false;
    }
    return true;
}

static void unref_snapshot(gpointer snapshot)
{
    pbay_snapshot_unref(snapshot);
}

/* Takes out of `retired` what nothing holds any more. *again: nobody will tell when the rest is
 * free. Under config_lock. */
static GPtrArray *take_unused(patchbay *pb, bool *again)
{
    GPtrArray *unused = g_ptr_array_new_with_free_func(unref_snapshot);

    pthread_mutex_lock(&pb->lock);
    for (guint i = pb->retired->len; i-- > 0;) {
        PbaySnapshot *snapshot = g_ptr_array_index(pb->retired, i);

        if (!g_atomic_ref_count_compare(&snapshot->refs, 1))
            continue; /* who gives that back asks for a sweep */
        if (providers_unused(snapshot->provider_order))
            g_ptr_array_add(unused, g_ptr_array_steal_index_fast(pb->retired, i));
        else
            *again = true;
    }
    pthread_mutex_unlock(&pb->lock);
    return unused;
}

static void sweep(void *data)
{
    patchbay *pb = data;
    bool again = false;

    pthread_mutex_lock(&pb->lock);
    pb->sweep_posted = false;
    pthread_mutex_unlock(&pb->lock);
    if (atomic_load(&pb->stopping))
        return; /* close takes what is left */
    if (pthread_mutex_trylock(&pb->config_lock) == 0) {
        g_ptr_array_unref(take_unused(pb, &again)); /* closes providers */
        pthread_mutex_unlock(&pb->config_lock);
    } else {
        again = true;
    }
    if (again && !pbay_timer_running(&pb->sweep_timer))
        pbay_loop_timer_start(pb->loop, &pb->sweep_timer, SWEEP_AGAIN_MS, sweep, pb);
}

/* ---- Any thread ---- */

/* Under `lock`. */
static void ask_for_sweep(patchbay *pb)
{
    if (pb->retired->len == 0 || pb->sweep_posted || atomic_load(&pb->stopping))
        return;
    pb->sweep_posted = true;
    pbay_loop_post(pb->loop, sweep, pb);
}

void pbay_api_snapshot_release(patchbay *pb, PbaySnapshot *snapshot)
{
    pthread_mutex_lock(&pb->lock);
    pbay_snapshot_unref(snapshot);
    ask_for_sweep(pb);
    pthread_mutex_unlock(&pb->lock);
}

int patchbay_reload(patchbay *pb, patchbay_error **error)
{
    PbaySnapshot *snapshot;

    pthread_mutex_lock(&pb->config_lock);
    snapshot = pbay_api_snapshot_build(pb->opts, pb->snapshot->drivers, error);
    if (snapshot != NULL) {
        pthread_mutex_lock(&pb->lock);
        snapshot->generation = pb->snapshot->generation + 1;
        g_ptr_array_add(pb->retired, pb->snapshot);
        pb->snapshot = snapshot;
        pthread_mutex_unlock(&pb->lock);
    } else {
        pbay_api_opts_log(pb->opts, pb->snapshot->config); /* as before */
    }
    pthread_mutex_unlock(&pb->config_lock);
    pthread_mutex_lock(&pb->lock);
    ask_for_sweep(pb);
    pthread_mutex_unlock(&pb->lock);
    return snapshot != NULL ? 0 : -1;
}
