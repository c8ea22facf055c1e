/* SPDX-License-Identifier: Apache-2.0 */
/* How long a target usually takes: a decaying average to the first content, and a histogram for
 * the 95th percentile. Pure data, no lock. */
#ifndef PBAY_ROUTING_LATENCY_H
#define PBAY_ROUTING_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

#define PBAY_LATENCY_TAU     30000  /* ms: a sample this old weighs 1/e                    */
#define PBAY_LATENCY_STALE   600000 /* ms without a sample: unknown again, so that it is tried */
#define PBAY_LATENCY_BUCKETS 32     /* each the square root of 2 times the one before, from 1 ms */
#define PBAY_LATENCY_LEAST   20     /* samples before there is a percentile                */

typedef struct PbayLatency {
    double average;                              /* ms; < 0: none */
    double samples;                              /* so many weigh in it */
    int64_t at;                                  /* of the last sample */
    uint32_t histogram[2][PBAY_LATENCY_BUCKETS]; /* [0] to the first content of streams, [1] whole
                                                    answers; halved when a count reaches 1024 */
} PbayLatency;

void pbay_latency_init(PbayLatency *latency);
void pbay_latency_first(PbayLatency *latency, int64_t now, int64_t ms);  /* the average */
void pbay_latency_sample(PbayLatency *latency, bool stream, int64_t ms); /* the histogram */
int64_t pbay_latency_average(const PbayLatency *latency, int64_t now);   /* -1: unknown or stale */
int64_t pbay_latency_p95(const PbayLatency *latency, bool stream); /* -1: too few; upper edge */

#endif
