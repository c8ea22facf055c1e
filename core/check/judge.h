/* SPDX-License-Identifier: Apache-2.0 */
/* Holds what a driver did against what a recording says. Pure. */
#ifndef PBAY_CHECK_JUDGE_H
#define PBAY_CHECK_JUDGE_H

#include "exchange/memory_transport.h"

#include <json-c/json.h>

/* What is wrong with a request that was sent, or NULL; g_free. `expected` is the recording's
 * "send". */
char *pbay_judge_request(json_object *expected, const PbayMemoryRequest *request);

#endif
