/* SPDX-License-Identifier: Apache-2.0 */
/* Booking on the day's sum, and the words of a refusal. Nothing here rounds: money is exact. */
#include "routing/daily_cap.h"

#include "base/error.h"

#define DAY_MS 86400000

/* A sum of tomorrow is one that another process began at midnight a moment ago; further ahead the
 * clock was wrong once. */
static void turn_day(PbayDailyCap *sum, int64_t wall_now)
{
    int64_t today = MAX(wall_now, 0) / DAY_MS;

    if (sum->day == today || sum->day == today + 1)
        return;
    sum->day = today;
    sum->spent = 0;
}

static GError *refusal(const PbayDailyCap *sum, PbayMoney amount, PbayMoney cap, int64_t wall_now)
{
    g_autofree char *cap_text = pbay_money_text(cap);
    g_autofree char *spent_text = pbay_money_text(sum->spent);
    g_autofree char *amount_text = pbay_money_text(amount);
    g_autoptr(GDateTime) reset = g_date_time_new_from_unix_utc((sum->day + 1) * (DAY_MS / 1000));
    g_autofree char *when = g_date_time_format(
        reset, "%Y-%m-%dT%H:%M:%SZ"); /* at most tomorrow's midnight: is a date */
    int64_t minutes = ((sum->day + 1) * DAY_MS - MAX(wall_now, 0) + 59999) / 60000;

    return g_error_new(PBAY_ERROR, PB_ERR_QUOTA,
                       "the day's billed probes have a cap of $%s ([health] daily-cap): $%s are "
                       "spent and this one is estimated at $%s; the sum starts anew at %s (in "
                       "%" G_GINT64_FORMAT " h %" G_GINT64_FORMAT
                       " min), or set a higher daily-cap",
                       cap_text, spent_text, amount_text, when, minutes / 60, minutes % 60);
}

bool pbay_daily_cap_book(PbayDailyCap *sum, PbayMoney amount, PbayMoney cap, int64_t wall_now,
                         GError **error)
{
    PbayMoney after;

    if (amount < 0) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID,
                    "a billed probe cannot cost less than nothing");
        return false;
    }
    turn_day(sum, wall_now);
    if (__builtin_add_overflow(sum->spent, amount, &after) || after > cap) {
        g_propagate_error(error, refusal(sum, amount, cap, wall_now));
        return false;
    }
    sum->spent = after;
    return true;
}
