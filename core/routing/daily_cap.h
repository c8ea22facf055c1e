/* SPDX-License-Identifier: Apache-2.0 */
/* The day's sum of billed probes and its cap: a day is one of UTC, a new one starts at nothing.
 * Pure data, no clock, no lock; kept by the state file, or by a core that has none. */
#ifndef PBAY_ROUTING_DAILY_CAP_H
#define PBAY_ROUTING_DAILY_CAP_H

#include "price/price.h"

typedef struct PbayDailyCap {
    int64_t day; /* since 1970 */
    PbayMoney spent;
} PbayDailyCap;

/* Books `amount` if the day's sum then is at most `cap`. False with error (PB_ERR_QUOTA: the cap,
 * what is spent, when it starts anew; PB_ERR_INVALID: a negative amount); the sum then stands as it
 * was, but on the right day. wall_now: ms since 1970. */
bool pbay_daily_cap_book(PbayDailyCap *sum, PbayMoney amount, PbayMoney cap, int64_t wall_now,
                         GError **error);

#endif
