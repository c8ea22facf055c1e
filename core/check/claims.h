/* SPDX-License-Identifier: Apache-2.0 */
/* Holds a manifest's `offers` against the recordings: for each kind and feature that it claims, a
 * recording is run whose request asks for it, until the events of one show it. One thread. */
#ifndef PBAY_CHECK_CLAIMS_H
#define PBAY_CHECK_CLAIMS_H

#include "check/recording.h"
#include "drivers/drivers.h"

/* pbay_check_claims in checks.h is the check; this is what it does.
 *
 * Appends to findings (char *, g_free) a line for each claim that no recording shows, for each
 * feature this tool does not know, and for each kind that stands in `offers` or in
 * pb_driver.kinds alone. recordings: PbayRecording *. Gives how many cells were shown. A
 * manifest that offers nothing claims nothing: 0. */
unsigned pbay_claims_check(PbayDriver *driver, const GPtrArray *recordings, GPtrArray *findings);

#endif
