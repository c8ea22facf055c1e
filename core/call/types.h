/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the call room: the types of what drivers read out of a chat, so that none of them
 * loses a value of a wrong one in silence. Pure; any thread. */
#ifndef PBAY_CALL_TYPES_H
#define PBAY_CALL_TYPES_H

#include "base/error.h"

#include <patchbay/driver.h>

/* NULL, or the first wrong member, named (PB_ERR_INVALID): unref it. */
PbayFailure *pbay_call_check_types(const pb_json *root);

#endif
