/* SPDX-License-Identifier: Apache-2.0 */
/* Services that hold effects back until the op returns, as a core may that runs its drivers in
 * a helper process: http_*, writing to a body, http_collect, credential_*, emit, note, fail,
 * wait. What has a result stays local: w_end, http_view, http_header_at, json_parse. One driver
 * at a time in a process, whose ops run one at a time. */
#ifndef PBAY_CHECK_DEFER_H
#define PBAY_CHECK_DEFER_H

#include "check/wrap.h"

/* To load the driver with. For the life of the process. */
const pb_core_api *pbay_defer_services(void);

/* After loading: from now on the ends of its ops are seen, which let the effects go. Until
 * removed. Without it nothing is held back. */
void pbay_defer_install(PbayDriver *driver);
void pbay_defer_remove(PbayDriver *driver);

#endif
