/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/option.h"

#include "base/error.h"

#include <string.h>

static void check(PbayOption option, const char *text, const char *json, const char *why)
{
    bool list = option.type == PBAY_OPTION_LIST || option.type == PBAY_OPTION_MAP;
    char *one[] = {(char *)text, NULL};
    g_auto(GStrv) items = list ? pbay_option_split(text) : g_strdupv(one);
    g_autoptr(GString) out = g_string_new("|");
    g_autoptr(GError) error = NULL;
    bool ok = pbay_option_to_json(&option, items, out, &error);
    if (why == NULL) {
        g_assert_no_error(error);
        g_assert_true(ok);
        g_assert_cmpstr(out->str + 1, ==, json);
    } else {
        g_assert_false(ok);
        g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
        g_assert_cmpstr(error->message, ==, why);
        g_assert_cmpstr(out->str, ==, "|");
    }
}

static void test_scalars(void)
{
    PbayOption s = {.type = PBAY_OPTION_STRING}, u = {.type = PBAY_OPTION_URL};
    PbayOption n = {.type = PBAY_OPTION_INT, .min = 1, .max = 9};
    PbayOption any = {.type = PBAY_OPTION_INT, .min = 1, .max = 0};
    PbayOption least = {.type = PBAY_OPTION_INT, .min = 0, .max = INT64_MAX};
    PbayOption most = {.type = PBAY_OPTION_INT, .min = INT64_MIN, .max = 5};
    check(s, "a \"b\" \\ \n", "\"a \\\"b\\\" \\\\ \\n\"", NULL);
    check(s, "bad \xff", NULL, "must be UTF-8 text, not \"bad \xef\xbf\xbd\"");
    check(u, "https://api.example.com/v1", "\"https://api.example.com/v1\"", NULL);
    check(u, "api.example.com", NULL,
          "must be a URL that begins with https:// or http://, not \"api.example.com\"");
    check(u, "https://", NULL,
          "must be a URL that begins with https:// or http://, not \"https://\"");
    check(u, "https://a b", NULL,
          "must be a URL that begins with https:// or http://, not \"https://a b\"");
    check(n, "9", "9", NULL);
    check(n, "10", NULL, "must be a whole number from 1 to 9, not \"10\"");
    check(n, "", NULL, "must be a whole number from 1 to 9, not \"\"");
    check(n, "3 ", NULL, "must be a whole number from 1 to 9, not \"3 \"");
    check(any, "-9223372036854775808", "-9223372036854775808", NULL);
    check(any, "9223372036854775808", NULL, "must be a whole number, not \"9223372036854775808\"");
    check(least, "-1", NULL, "must be a whole number of at least 0, not \"-1\"");
    check(most, "6", NULL, "must be a whole number of at most 5, not \"6\"");
}

static void test_quantities(void)
{
    PbayOption r = {.type = PBAY_OPTION_REAL}, b = {.type = PBAY_OPTION_BOOL};
    PbayOption d = {.type = PBAY_OPTION_DURATION}, z = {.type = PBAY_OPTION_SIZE};
    check(r, "0.5", "0.5", NULL);
    check(r, "-2", "-2", NULL);
    check(r, "nan", NULL, "must be a number, not \"nan\"");
    check(r, "inf", NULL, "must be a number, not \"inf\"");
    check(r, "1,5", NULL, "must be a number, not \"1,5\"");
    check(r, "", NULL, "must be a number, not \"\"");
    check(b, "yes", "true", NULL);
    check(b, "0", "false", NULL);
    check(b, "perhaps", NULL, "must be true, false, yes, no, 1 or 0, not \"perhaps\"");
    check(d, "20s", "20000", NULL);
    check(d, "250ms", "250", NULL);
    check(d, "soon", NULL, "must be a duration like 250ms, 20s, 5m or 1h, not \"soon\"");
    check(z, "64KiB", "65536", NULL);
    check(z, "big", NULL, "must be a size like 4096, 64KiB or 16MiB, not \"big\"");
}

static void test_lists(void)
{
    char *values[] = {(char *)"fast", (char *)"slow", NULL};
    PbayOption e = {.type = PBAY_OPTION_ENUM, .values = values};
    PbayOption l = {.type = PBAY_OPTION_LIST}, m = {.type = PBAY_OPTION_MAP};
    check(e, "slow", "\"slow\"", NULL);
    check(e, "Slow", NULL, "must be one of fast, slow, not \"Slow\"");
    check(l, "a; b ;;c\\;d;", "[\"a\",\"b\",\"c;d\"]", NULL);
    check(l, "", "[]", NULL);
    check(m, "a=b; c = d=e;", "{\"a\":\"b\",\"c\":\"d=e\"}", NULL);
    check(m, "a", NULL, "must be pairs like name=value;other=value, not \"a\"");
    check(m, "=b", NULL, "must be pairs like name=value;other=value, not \"=b\"");
    check(m, "a=1;a=2", NULL, "must be pairs that each name something else, not \"a=2\"");
}

/* A scalar that holds semicolons may come in pieces. */
static void test_rejoined(void)
{
    PbayOption s = {.type = PBAY_OPTION_STRING};
    char *items[] = {(char *)"a", (char *)"b", NULL};
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(pbay_option_to_json(&s, items, out, NULL));
    g_assert_cmpstr(out->str, ==, "\"a;b\"");
}

static void test_type_names(void)
{
    for (int i = PBAY_OPTION_STRING; i <= PBAY_OPTION_MAP; i++) {
        PbayOptionType type = PBAY_OPTION_STRING;
        g_assert_true(pbay_option_type_parse(pbay_option_type_name((PbayOptionType)i), &type));
        g_assert_cmpint((int)type, ==, i);
    }
    PbayOptionType type = PBAY_OPTION_SIZE;
    g_assert_false(pbay_option_type_parse("strng", &type));
    g_assert_cmpint((int)type, ==, PBAY_OPTION_SIZE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/option/scalars", test_scalars);
    g_test_add_func("/drivers/option/quantities", test_quantities);
    g_test_add_func("/drivers/option/lists", test_lists);
    g_test_add_func("/drivers/option/rejoined", test_rejoined);
    g_test_add_func("/drivers/option/type-names", test_type_names);
    return g_test_run();
}
