/* SPDX-License-Identifier: Apache-2.0 */
/* Spans and moments: tables of what vendors write, GDateTime as oracle for dates, what is
 * refused. */
#include "lib/duration.h"

#include "lib/str.h"

#include <glib.h>

typedef struct Case {
    const char *text;
    int64_t ms;
} Case;

static void test_spans(void)
{
    static const Case cases[] = {
        {"20", 20000},
        {"0", 0},
        {"1.5", 1500},
        {"12ms", 12},
        {"850ms", 850},
        {"1s", 1000},
        {"6m0s", 360000},
        {"1m2.5s", 62500},
        {"7.66s", 7660},
        {"1h2m3s", 3723000},
        {"2d", 172800000},
        {"2 minutes", 120000},
        {"1 second", 1000},
        {"38s", 38000},
        {"0.0004s", 1},
        {"1.000009ms", 2},
        {" 3s ", 3000},
        {"5 MIN", 300000},
        {"1h 2m 3s", 3723000},
        {"2 minutes and 5 seconds", 125000},
        {"1 hour, 30 minutes", 5400000},
        {"3 secs", 3000},
        {"1m 5", -1},
        {"5 messages", -1},
        {"", -1},
        {"s", -1},
        {"-5", -1},
        {"abc", -1},
        {"5x", -1},
        {"5s later", -1},
        {"1.", -1},
        {".5", -1},
        {"99999999999999999999", -1},
        {"999999999999h", -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(pbs_duration(pbs_str(cases[i].text)), ==, cases[i].ms);
    }
}

static void test_sentences(void)
{
    static const Case cases[] = {
        {"Please try again in 7.66s. Visit ...", 7660},
        {"Please try again in 1m2.5s", 62500},
        {"Please try again in 850ms.", 850},
        {"Please retry after 12 seconds", 12000},
        {"Expected available in 5 second(s)", 5000},
        {"TRY AGAIN IN 2 minutes", 120000},
        {"You may retry in 30", 30000},
        {"retry after 30. More here", 30000},
        {"Your rate limit resets in ~9s.", 9000},
        {"Try your request again in 1 hour 5 minutes", 3900000},
        {"Please wait 40 seconds before retrying", 40000},
        {"available in 3 regions", -1},
        {"available in 3 days", 259200000},
        {"wait 5 more requests", -1},
        {"wait 5 messages", -1},
        {"wait 5-10 seconds", -1},
        {"retry after 2026-11-22T10:31:00Z", -1},
        {"retry after 10:31", -1},
        {"retry in 1.5.2", -1},
        {"retry in 7\xc3\xa9", -1},
        {"retry in ", -1},
        {"retry in ~", -1},
        {"try again later", -1},
        {"limit 20, used 20", -1},
        {"try again in a moment, or retry after 3s", 3000},
        {"", -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(pbs_duration_in_text(pbs_str(cases[i].text)), ==, cases[i].ms);
}

static void test_http_dates(void)
{
    static const Case cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", INT64_C(784111777000)},
        {"Sunday, 06-Nov-94 08:49:37 GMT", INT64_C(784111777000)},
        {"Sun Nov  6 08:49:37 1994", INT64_C(784111777000)},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Sun, 06 Nov 1994 08:49:37 UTC", -1},
        {"Sun, 06 Nov 1994 25:49:37 GMT", -1},
        {"Sun, 31 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Xyz 1994 08:49:37 GMT", -1},
        {"Sun, 6 Nov 1994 08:49:37 GMT", -1},
        {"Sun", -1},
        {"", -1},
        {",", -1},
        {"Sun, ", -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(pbs_http_date(pbs_str(cases[i].text)), ==, cases[i].ms);
    }
}

static void test_dates_against_glib(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(9);
    for (int i = 0; i < 2000; i++) {
        gint64 seconds = g_rand_int_range(rand, 0, G_MAXINT32);
        g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(seconds);
        g_autofree char *http = g_date_time_format(at, "%a, %d %b %Y %H:%M:%S GMT");
        g_autofree char *rfc3339 = g_date_time_format(at, "%Y-%m-%dT%H:%M:%SZ");
        g_assert_cmpint(pbs_http_date(pbs_str(http)), ==, seconds * 1000);
        g_assert_cmpint(pbs_rfc3339(pbs_str(rfc3339)), ==, seconds * 1000);
    }
}

static void test_rfc3339(void)
{
    static const Case cases[] = {
        {"1970-01-01T00:00:01Z", 1000},
        {"1970-01-01T00:00:01.25Z", 1250},
        {"1970-01-01T02:00:00+02:00", 0},
        {"1970-01-01T00:00:00.123456789-00:30", 1800123},
        {"2026-11-22t10:30:00z", INT64_C(1795343400000)},
        {"2026-13-01T00:00:00Z", -1},
        {"2026-11-22", -1},
        {"2026-11-22T10:30:00", -1},
        {"2026-11-22T10:30:00Zx", -1},
        {"2026-11-22T10:30:00+2:00", -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(pbs_rfc3339(pbs_str(cases[i].text)), ==, cases[i].ms);
    }
}

static void test_until(void)
{
    g_assert_cmpint(pbs_until(PBS_STR("20"), 5), ==, 20000);
    g_assert_cmpint(pbs_until(PBS_STR("1970-01-01T00:00:10Z"), 4000), ==, 6000);
    g_assert_cmpint(pbs_until(PBS_STR("1970-01-01T00:00:10Z"), 40000), ==, 0);
    g_assert_cmpint(pbs_until(PBS_STR("Thu, 01 Jan 1970 00:00:10 GMT"), 4000), ==, 6000);
    g_assert_cmpint(pbs_until(PBS_STR("soon"), 4000), ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/duration/spans", test_spans);
    g_test_add_func("/sdk/duration/sentences", test_sentences);
    g_test_add_func("/sdk/duration/http-dates", test_http_dates);
    g_test_add_func("/sdk/duration/against-glib", test_dates_against_glib);
    g_test_add_func("/sdk/duration/rfc3339", test_rfc3339);
    g_test_add_func("/sdk/duration/until", test_until);
    return g_test_run();
}
