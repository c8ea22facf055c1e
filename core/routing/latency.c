/* SPDX-License-Identifier: Apache-2.0 */
/* The usual time of one target. The average decays by time whatever the rate of samples, so that a
 * target that grows slow, and then sends fewer, is soon known as slow; samples that come close
 * together count alike. Pure: the caller brings time and a lock. */
#include "routing/latency.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define HALVE_AT 1024u

/* Upper edges of the buckets in ms, each the square root of 2 times the one before. */
static const int32_t edges[PBAY_LATENCY_BUCKETS] = {
    1,    1,    2,    3,    4,    6,     8,     11,    16,    23,   32,
    45,   64,   91,   128,  181,  256,   362,   512,   724,   1024, 1448,
    2048, 2896, 4096, 5793, 8192, 11585, 16384, 23170, 32768, 46341};

void pbay_latency_init(PbayLatency *latency)
{
    memset(latency, 0, sizeof *latency);
    latency->average = -1;
}

void pbay_latency_first(PbayLatency *latency, int64_t now, int64_t ms)
{
    double sample = (double)MAX(ms, 0);
    if (latency->average < 0) {
        latency->average = sample;
        latency->samples = 1;
        latency->at = now;
        return;
    }
    /* Threads see slightly different times: an older one counts as of now. */
    double gone = (double)MAX(now - latency->at, 0);
    double share = MAX(1 - exp(-gone / PBAY_LATENCY_TAU), 1 / (latency->samples + 1));
    latency->average += share * (sample - latency->average);
    latency->samples = 1 / share;
    latency->at = MAX(now, latency->at);
}

static uint32_t *bucket_of(uint32_t histogram[PBAY_LATENCY_BUCKETS], int64_t ms)
{
    size_t i = 0;
    while (i + 1 < PBAY_LATENCY_BUCKETS && ms > edges[i])
        i++;
    return &histogram[i];
}

void pbay_latency_sample(PbayLatency *latency, bool stream, int64_t ms)
{
    uint32_t *histogram = latency->histogram[stream ? 0 : 1];
    uint32_t *bucket = bucket_of(histogram, ms);
    *bucket += 1;
    if (*bucket < HALVE_AT)
        return;
    for (size_t i = 0; i < PBAY_LATENCY_BUCKETS; i++)
        histogram[i] /= 2;
}

int64_t pbay_latency_average(const PbayLatency *latency, int64_t now)
{
    if (latency->average < 0 || now - latency->at > PBAY_LATENCY_STALE)
        return -1;
    return (int64_t)(latency->average + 0.5);
}

int64_t pbay_latency_p95(const PbayLatency *latency, bool stream)
{
    const uint32_t *histogram = latency->histogram[stream ? 0 : 1];
    uint64_t total = 0, below = 0;
    for (size_t i = 0; i < PBAY_LATENCY_BUCKETS; i++)
        total += histogram[i];
    if (total < PBAY_LATENCY_LEAST)
        return -1;
    for (size_t i = 0; i < PBAY_LATENCY_BUCKETS; i++) {
        below += histogram[i];
        if (below * 100 >= total * 95)
            return edges[i];
    }
    return edges[PBAY_LATENCY_BUCKETS - 1];
}
