/* SPDX-License-Identifier: Apache-2.0 */
/* The retry budget of a provider over two windows. Of first requests only those count that surely
 * came within the last 60 seconds, of extra ones all that may have, so that rounding never lets one
 * through. No clock, no lock. */
#include "routing/retry_budget.h"

void pbay_retry_budget_first(PbayRetryBudget *budget, int64_t now)
{
    pbay_window_add(&budget->first, now, 1);
}

bool pbay_retry_budget_allows(PbayRetryBudget *budget, int64_t now)
{
    int64_t share = pbay_window_least(&budget->first, now) / 100 * PBAY_RETRY_PERCENT +
                    pbay_window_least(&budget->first, now) % 100 * PBAY_RETRY_PERCENT / 100;
    return pbay_window_sum(&budget->extra, now) < PBAY_RETRY_FREE + share;
}

void pbay_retry_budget_extra(PbayRetryBudget *budget, int64_t now)
{
    pbay_window_add(&budget->extra, now, 1);
}
