/* SPDX-License-Identifier: Apache-2.0 */
/* Waits between attempts. Decorrelated jitter spreads callers that failed together; a hint is the
 * vendor's word and only ever made longer. Pure: chance comes from the caller. */
#include "routing/backoff.h"

#include <glib.h>

static double fraction(double chance)
{
    return chance >= 0 ? MIN(chance, 1.0) : 0.0; /* what is no number is 0 too */
}

int64_t pbay_backoff_next(int64_t last_ms, double chance)
{
    int64_t last = CLAMP(last_ms, PBAY_BACKOFF_BASE, PBAY_BACKOFF_CAP);
    int64_t spread = 3 * last - PBAY_BACKOFF_BASE;
    int64_t wait = PBAY_BACKOFF_BASE + (int64_t)((double)spread * fraction(chance));
    return MIN(wait, PBAY_BACKOFF_CAP);
}

bool pbay_backoff_after(const PbayFailure *failure, int64_t last_ms, double chance,
                        int64_t *wait_ms)
{
    int64_t hint = failure->retry_after_ms;
    if (!failure->retryable || hint > PBAY_HINT_MAX)
        return false;
    if (hint > 0)
        *wait_ms = hint + (int64_t)((double)hint / 10 * fraction(chance));
    else
        *wait_ms = pbay_backoff_next(last_ms, chance);
    return true;
}
