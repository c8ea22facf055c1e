/* SPDX-License-Identifier: Apache-2.0 */
/* A sum over the last minute in buckets of one second, of which 61 count, so that no window of 60
 * seconds holds more than the sum says. Pure data of fixed size, no lock. */
#ifndef PBAY_ROUTING_WINDOW_H
#define PBAY_ROUTING_WINDOW_H

#include <stdint.h>

#define PBAY_WINDOW_BUCKETS 61

typedef struct PbayWindow {
    int64_t second; /* of the newest bucket */
    int64_t sum;
    int64_t buckets[PBAY_WINDOW_BUCKETS];
} PbayWindow;

void pbay_window_add(PbayWindow *window, int64_t now,
                     int64_t n); /* n may be negative: never below 0 */
/* At the moment `at` (of the same clock), if it still counts. */
void pbay_window_correct(PbayWindow *window, int64_t now, int64_t at, int64_t by);
int64_t pbay_window_sum(PbayWindow *window, int64_t now);
/* What surely came within the last 60 seconds: the sum without the oldest bucket. */
int64_t pbay_window_least(PbayWindow *window, int64_t now);
/* When the sum will have fallen to at most `most`; now if it has. */
int64_t pbay_window_until(PbayWindow *window, int64_t now, int64_t most);

#endif
