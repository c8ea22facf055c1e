/* SPDX-License-Identifier: Apache-2.0 */
/* The day's sum: what fits, what does not, and midnight. */
#include "routing/daily_cap.h"

#include "base/error.h"

#include <string.h>

#define DAY INT64_C(86400000)
#define NOW (20000 * DAY + 3600000) /* one o'clock in the night of 2024-10-04 */

static PbayMoney dollars(const char *text)
{
    PbayMoney money;
    g_assert_true(pbay_money_parse(text, &money));
    return money;
}

static bool book(PbayDailyCap *sum, const char *amount, const char *cap, int64_t now)
{
    g_autoptr(GError) error = NULL;
    bool booked = pbay_daily_cap_book(sum, dollars(amount), dollars(cap), now, &error);
    g_assert_true(booked == (error == NULL));
    if (error != NULL)
        g_assert_error(error, PBAY_ERROR, PB_ERR_QUOTA);
    return booked;
}

static void test_exact(void)
{
    PbayDailyCap sum = {0};
    for (int i = 0; i < 10; i++)
        g_assert_true(book(&sum, "0.01", "0.1", NOW)); /* in binary fractions the tenth would not */
    g_assert_true(sum.spent == dollars("0.1"));
    g_assert_false(book(&sum, "0.000000000001", "0.1", NOW));
    g_assert_true(book(&sum, "0", "0.1", NOW));
    g_assert_true(sum.spent == dollars("0.1"));
    g_assert_true(book(&sum, "0.01", "0.11", NOW)); /* a higher cap */
    g_assert_false(book(&sum, "0.000001", "0.01", NOW));
}

static void test_midnight(void)
{
    PbayDailyCap sum = {0};
    int64_t midnight = 20001 * DAY;
    g_assert_true(book(&sum, "0.1", "0.1", midnight - 1));
    g_assert_false(book(&sum, "0.1", "0.1", midnight - 1));
    g_assert_true(book(&sum, "0.1", "0.1", midnight));
    /* Somebody whose clock was read before midnight comes later: the new day's sum stands. */
    g_assert_false(book(&sum, "0.1", "0.1", midnight - 1));
    g_assert_cmpint(sum.day, ==, 20001);
    g_assert_true(sum.spent == dollars("0.1"));
}

static void test_wrong_clock(void)
{
    PbayDailyCap sum = {.day = 30000, .spent = dollars("0.1")};
    g_assert_true(book(&sum, "0.1", "0.1", NOW)); /* it was never 2052 */
    g_assert_cmpint(sum.day, ==, 20000);
    sum = (PbayDailyCap){.day = 19999, .spent = dollars("0.1")};
    g_assert_true(book(&sum, "0.1", "0.1", NOW));
    g_assert_true(book(&sum, "0.1", "0.1", INT64_MIN));
    g_assert_cmpint(sum.day, ==, 0);
}

static void test_refusal_says(void)
{
    PbayDailyCap sum = {.day = 20000, .spent = dollars("0.0999")};
    g_autoptr(GError) error = NULL;
    static const char *const parts[] = {
        "$0.1 ", "daily-cap", "$0.0999 ", "$0.002;", "2024-10-05T00:00:00Z", "in 23 h 0 min"};
    g_assert_false(pbay_daily_cap_book(&sum, dollars("0.002"), dollars("0.1"), NOW, &error));
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strstr(error->message, parts[i]) == NULL)
            g_error("%s: not in: %s", parts[i], error->message);
}

static void test_nonsense(void)
{
    PbayDailyCap sum = {.day = 20000, .spent = dollars("1")};
    g_autoptr(GError) error = NULL;
    PbayMoney half = (PbayMoney)1 << 126, most = half - 1 + half; /* 2^127 - 1 */
    g_assert_false(pbay_daily_cap_book(&sum, -1, dollars("5"), NOW, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
    g_clear_error(&error);
    g_assert_false(pbay_daily_cap_book(&sum, most, most, NOW, &error)); /* would overflow */
    g_assert_error(error, PBAY_ERROR, PB_ERR_QUOTA);
    g_assert_true(sum.spent == dollars("1"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/daily_cap/exact", test_exact);
    g_test_add_func("/routing/daily_cap/midnight", test_midnight);
    g_test_add_func("/routing/daily_cap/wrong-clock", test_wrong_clock);
    g_test_add_func("/routing/daily_cap/refusal-says", test_refusal_says);
    g_test_add_func("/routing/daily_cap/nonsense", test_nonsense);
    return g_test_run();
}
