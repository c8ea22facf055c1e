/* SPDX-License-Identifier: Apache-2.0 */
/* Counting tokens: taking USAGE events in and writing the canonical `usage` object. Pure; any
 * thread. */
#ifndef PBAY_ANSWER_USAGE_H
#define PBAY_ANSWER_USAGE_H

#include "answer/answer.h"
#include "answer/extra.h"

/* Counters the event knows replace those known so far. */
void pbay_usage_take(PbayUsage *usage, const pb_event *event);

/* True when there is anything to write. extras may be NULL. */
bool pbay_usage_known(const PbayUsage *usage, const PbayExtras *extras);

/* Writes the object: only counters that are known, then what the vendor added at PB_AT_USAGE. kind:
 * an embedding has no completion tokens, and its total is its prompt. */
void pbay_usage_write(const PbayUsage *usage, PbayExtras *extras_or_null, int32_t kind,
                      PbayJsonWriter *w);

#endif
