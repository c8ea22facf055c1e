/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a child: loads the driver as a check needs it, runs the check, hands on what it
 * told. One thread. */
#ifndef PBAY_CHECK_RUN_H
#define PBAY_CHECK_RUN_H

#include "check/checks.h"

/* recording is NULL unless the check is one of a recording. What is told goes to the descriptor,
 * a line each, also when the driver crashes after it was told. */
void pbay_check_run_job(const PbayCheckOptions *options, const GPtrArray *recordings,
                        const PbayCheck *check, const PbayRecording *recording,
                        PbayCheckPlace *place, int told);

#endif
