/* SPDX-License-Identifier: Apache-2.0 */
/* Two results of one recording that must be alike. Pure. */
#ifndef PBAY_CHECK_SAME_H
#define PBAY_CHECK_SAME_H

#include "check/collect.h"
#include "check/compare.h"

#include <string.h>

/* The same events and notes, the same kind of end, once, and nothing sent wrongly. What differs
 * is appended to why, a line each; true when nothing does. */
bool pbay_same(const PbayReplayResult *first, const PbayReplayResult *result, GString *why);

#endif
