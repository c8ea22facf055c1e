/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before the next attempt: the vendor's hint, else decorrelated jitter. Pure. */
#ifndef PBAY_ROUTING_BACKOFF_H
#define PBAY_ROUTING_BACKOFF_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define PBAY_BACKOFF_BASE 500   /* ms */
#define PBAY_BACKOFF_CAP  8000  /* ms */
#define PBAY_HINT_MAX     60000 /* ms: a longer hint is no wait, the target is left */

/* Decorrelated jitter: between BASE and three times the last wait (0: none yet), at most CAP.
 * chance: 0 to 1. */
int64_t pbay_backoff_next(int64_t last_ms, double chance);

/* May the same target be asked again after this failure, and when? False: not retryable, or the
 * hint is longer than PBAY_HINT_MAX. *wait_ms: the hint (with up to a tenth on top by chance, never
 * less), else backoff from last_ms. */
bool pbay_backoff_after(const PbayFailure *failure, int64_t last_ms, double chance,
                        int64_t *wait_ms);

#endif
