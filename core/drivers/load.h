/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of loading a file: judging it, and starting it. Private to this room. [main]. */
#ifndef PBAY_DRIVERS_LOAD_H
#define PBAY_DRIVERS_LOAD_H

#include "drivers/drivers.h"

#include <stdbool.h>

/* A row for the file at path: refused; or judged, with ops and manifest, waiting for start; or,
 * when this very file was started with this service table before, the row of then. Not logged. */
PbayDriver *pbay_driver_judge(const char *path, bool check_folder, const pb_core_api *api);

/* True for a row that passed every check and was not started yet. */
bool pbay_driver_is_judged(const PbayDriver *row);

/* Calls init. The row is LOADED or REFUSED afterwards. */
void pbay_driver_start(PbayDriver *row, const pb_core_api *api);

/* One line of the log for a refused row. */
void pbay_driver_log_refusal(const PbayDriver *row);

#endif
