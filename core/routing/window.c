/* SPDX-License-Identifier: Apache-2.0 */
/* The sum over the last minute. Time that comes from several threads may step back a little: what
 * is older than the newest bucket counts in the newest, so that it stays longer, never shorter. No
 * clock of its own, no lock: its owner's. */
#include "routing/window.h"

#include <glib.h>
#include <string.h>

/* No bucket holds more, so that a sum of all cannot overflow whatever a vendor claims. */
#define BUCKET_MAX (INT64_MAX / 64)

static int64_t *bucket_of(PbayWindow *window, int64_t second)
{
    return &window->buckets[second % PBAY_WINDOW_BUCKETS];
}

/* Drops what is no longer of the last minute. */
static void advance(PbayWindow *window, int64_t now)
{
    int64_t second = MAX(now, 0) / 1000;
    if (second <= window->second)
        return;
    if (second - window->second >= PBAY_WINDOW_BUCKETS) {
        *window = (PbayWindow){.second = second};
        return;
    }
    while (window->second < second) {
        int64_t *bucket = bucket_of(window, ++window->second);
        window->sum -= *bucket;
        *bucket = 0;
    }
}

static void add_to(PbayWindow *window, int64_t second, int64_t n)
{
    int64_t *bucket = bucket_of(window, second);
    int64_t by = CLAMP(n, -*bucket, BUCKET_MAX - *bucket);
    *bucket += by;
    window->sum += by;
}

void pbay_window_add(PbayWindow *window, int64_t now, int64_t n)
{
    advance(window, now);
    add_to(window, window->second, n);
}

void pbay_window_correct(PbayWindow *window, int64_t now, int64_t at, int64_t by)
{
    advance(window, now);
    int64_t second = MIN(MAX(at, 0) / 1000, window->second);
    if (window->second - second < PBAY_WINDOW_BUCKETS)
        add_to(window, second, by);
}

int64_t pbay_window_sum(PbayWindow *window, int64_t now)
{
    advance(window, now);
    return window->sum;
}

int64_t pbay_window_least(PbayWindow *window, int64_t now)
{
    advance(window, now);
    return window->sum - *bucket_of(window, window->second + 1); /* the oldest of them */
}

int64_t pbay_window_until(PbayWindow *window, int64_t now, int64_t most)
{
    int64_t left = pbay_window_sum(window, now);
    if (left <= MAX(most, 0))
        return now;
    int64_t gone = window->second;
    for (int64_t second = window->second + 1; left > MAX(most, 0); second++) {
        left -= *bucket_of(window, second);
        gone = second;
    }
    return gone * 1000;
}
