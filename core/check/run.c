/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one check. The driver is loaded here and not in the parent, so that its constructors and
 * its init may crash. One thread. */
#include "check/run.h"

#include "check/defer.h"
#include "exchange/exchange.h"
#include "observe/log.h"

/* False after a finding. */
static bool load(PbayCheckRun *run)
{
    const pb_core_api *api = run->check->deferred ? pbay_defer_services() : pbay_services();
    g_autoptr(GError) error = NULL;

    pbay_check_at(run, -1, "loading the driver");
    run->driver = pbay_drivers_load_file(run->options->file, api);
    if (run->driver->status != PBAY_DRIVER_LOADED) {
        pbay_check_found(run, "it does not load: %s\n%s", run->driver->reason,
                         run->driver->remedy != NULL ? run->driver->remedy : "");
        return false;
    }
    if (run->check->deferred)
        pbay_defer_install(run->driver);
    run->loop = pbay_loop_new(&error);
    if (run->loop == NULL)
        pbay_check_found(run, "%s", error->message);
    return run->loop != NULL;
}

void pbay_check_run_job(const PbayCheckOptions *options, const GPtrArray *recordings,
                        const PbayCheck *check, const PbayRecording *recording,
                        PbayCheckPlace *place, int told)
{
    PbayCheckRun run = {.check = check,
                        .options = options,
                        .recordings = recordings,
                        .recording = recording,
                        .place = place,
                        .told = told};

    pbay_log_set_level(PBAY_LOG_NONE);
    if (check->scope == PBAY_CHECK_FILE || load(&run))
        check->run(&run);
    if (run.first_known)
        pbay_replay_result_clear(&run.first);
    if (run.kept != NULL)
        pbay_provider_unref(run.kept);
    if (check->deferred && run.driver != NULL)
        pbay_defer_remove(run.driver);
    pbay_loop_free(run.loop);
}
