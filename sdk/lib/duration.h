/* SPDX-License-Identifier: MIT */
/* How vendors write a span of time or a moment: "1m2.5s", "850ms", "20", an HTTP-date, an RFC
 * 3339 time, or a sentence ("Please try again in 7.66s"). Everything comes out as milliseconds;
 * -1 means: none. Pure, knows no locale and no clock; any thread. */
#ifndef PATCHBAY_LIB_DURATION_H
#define PATCHBAY_LIB_DURATION_H

#include <patchbay/driver.h>

/* A number with a unit, or several ("6m0s", "1h2m", "38s", "850ms", "2 minutes and 5 seconds"). A
 * number alone counts seconds. Nothing else may stand in the text. */
int64_t pbs_duration(pb_str text);

/* Milliseconds since 1970 of an HTTP-date (RFC 9110 5.6.7: all three forms). */
int64_t pbs_http_date(pb_str text);

/* Milliseconds since 1970 of an RFC 3339 time ("2026-11-22T09:30:00Z", fractions and offsets
 * too). */
int64_t pbs_rfc3339(pb_str text);

/* How long until what the text says, a duration or a moment of any form above, seen from now_ms.
 * A moment that is past gives 0. */
int64_t pbs_until(pb_str text, int64_t now_ms);

/* The span in a sentence: "again in", "retry after", "retry in", "available in", "resets in" or
 * "wait", then a number with a unit, or one that ends the sentence and counts seconds. */
int64_t pbs_duration_in_text(pb_str sentence);

#endif
