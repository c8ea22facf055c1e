/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the call room: what a request says to Patchbay itself. */
#ifndef PBAY_CALL_OWN_H
#define PBAY_CALL_OWN_H

#include "call/request.h"

/* Fills the request's settings and takes their members out of its root. NULL, or what is wrong with
 * one (PB_ERR_INVALID, param set): unref it. */
PbayFailure *pbay_call_take_own(PbayArena *arena, PbayCallRequest *request);

#endif
