/* SPDX-License-Identifier: MIT */
/* What class of error a vendor means, from its HTTP status and what it says: code, type and
 * text. Pure; any thread. */
#ifndef PATCHBAY_LIB_ERROR_CLASS_H
#define PATCHBAY_LIB_ERROR_CLASS_H

#include <patchbay/driver.h>

/* One of PB_ERR_*, or 0: nothing but the status speaks, and the core maps that. status: of the
 * reply; below 400 the error came inside a reply that had begun well, and `inner` is the status
 * that it names itself (0: none). A known code is trusted before the type, the type before the
 * text; text never overrules a status that already says what kind of refusal it is. */
int32_t pbs_error_class(int status, int inner, pb_str code, pb_str type, pb_str message);

#endif
