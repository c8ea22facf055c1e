/* SPDX-License-Identifier: Apache-2.0 */
/* How many extra requests a provider may get: at most a fifth of the first ones of the last minute,
 * and a few that are always free so that a lone call may be retried. No storm of retries. Pure
 * data, no lock. */
#ifndef PBAY_ROUTING_RETRY_BUDGET_H
#define PBAY_ROUTING_RETRY_BUDGET_H

#include "routing/window.h"

#include <stdbool.h>

#define PBAY_RETRY_PERCENT 20
#define PBAY_RETRY_FREE    10 /* a minute, whatever the traffic */

typedef struct PbayRetryBudget {
    PbayWindow first, extra;
} PbayRetryBudget;

void pbay_retry_budget_first(PbayRetryBudget *budget, int64_t now);
bool pbay_retry_budget_allows(PbayRetryBudget *budget, int64_t now);
void pbay_retry_budget_extra(PbayRetryBudget *budget, int64_t now);

#endif
