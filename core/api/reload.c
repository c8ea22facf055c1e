/* SPDX-License-Identifier: Apache-2.0 */
/* The snapshot in force: built of options, swapped at once by a reload. Whoever lets go of a
 * replaced one last closes it: the reload itself, the worker when the last call of it ends, and of
 * a provider an exchange that outlives its call. One builds at a time (config_lock); no call waits
 * for that unless it needs another base URL. */
#include "api/internal.h"

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

int patchbay_reload(patchbay *pb, patchbay_error **error)
{
    PbaySnapshot *snapshot, *before = NULL;

    pthread_mutex_lock(&pb->config_lock);
    snapshot = pbay_api_snapshot_build(pb->opts, pb->snapshot->drivers, error);
    if (snapshot != NULL) {
        pthread_mutex_lock(&pb->lock);
        before = pb->snapshot;
        snapshot->generation = before->generation + 1;
        pb->snapshot = snapshot;
        pthread_mutex_unlock(&pb->lock);
    } else {
        pbay_api_opts_log(pb->opts, pb->snapshot->config); /* as before */
    }
    pthread_mutex_unlock(&pb->config_lock);
    pbay_snapshot_unref(before);
    return snapshot != NULL ? 0 : -1;
}
