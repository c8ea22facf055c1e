/* SPDX-License-Identifier: Apache-2.0 */
/* Money: what is an amount and what is none, exact printing, and that what was printed reads back
 * as the same. */
#include "price/price.h"

#define DOLLAR ((PbayMoney)1000000000000000000)

static void assert_text(PbayMoney money, const char *expected)
{
    g_autofree char *text = pbay_money_text(money);
    g_assert_cmpstr(text, ==, expected);
}

static void test_print(void)
{
    assert_text(0, "0");
    assert_text(1, "0.000000000000000001");
    assert_text(-1, "-0.000000000000000001");
    assert_text(DOLLAR, "1");
    assert_text(-2 * DOLLAR, "-2");
    assert_text(10 * DOLLAR, "10");
    assert_text(DOLLAR / 10, "0.1");
    assert_text(DOLLAR + DOLLAR / 1000, "1.001");
    assert_text(123 * DOLLAR / 100000, "0.00123");
    PbayMoney most = (((PbayMoney)1 << 126) - 1) * 2 + 1;
    assert_text(most, "170141183460469231731.687303715884105727");
    assert_text(-most - 1, "-170141183460469231731.687303715884105728");
}

static void test_append(void)
{
    g_autoptr(GString) out = g_string_new("cost: ");
    pbay_money_append(out, DOLLAR / 2);
    pbay_money_append(out, 0);
    g_assert_cmpstr(out->str, ==, "cost: 0.50");
}

static void test_parse(void)
{
    static const struct {
        const char *text, *printed;
    } GOOD[] = {
        {"0", "0"},
        {"00", "0"},
        {"0.0", "0"},
        {"30.00", "30"},
        {"0.005", "0.005"},
        {"007.50", "7.5"},
        {"10.10", "10.1"},
        {"0.000000000001", "0.000000000001"},
        {"123456789012", "123456789012"},
        {"999999999999.999999999999", "999999999999.999999999999"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++) {
        PbayMoney money = -1;
        g_assert_true(pbay_money_parse(GOOD[i].text, &money));
        assert_text(money, GOOD[i].printed);
    }
    static const char *const BAD[] = {
        "",    ".",    ".5",       "5.",   "-1",  "+1",  "1e3",  "1,5",           "1.2.3",
        "$5",  " 1",   "1 ",       "0x10", "nan", "inf", "1.-2", "1234567890123", "0.0000000000001",
        "1_0", "1.5a", "\xd9\xa1", NULL,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        PbayMoney money = 77;
        if (pbay_money_parse(BAD[i], &money))
            g_error("`%s` was read as money", BAD[i] != NULL ? BAD[i] : "(null)");
        g_assert_true(money == 77);
    }
}

/* Any amount of at most twelve digits before and behind the point: print, read, the same. */
static void test_round_trip(void)
{
    for (int i = 0; i < 20000; i++) {
        uint64_t whole = (uint64_t)g_test_rand_int() << 8, part = (uint64_t)g_test_rand_int() << 8;
        PbayMoney money = (PbayMoney)(whole % 1000000000000) * DOLLAR +
                          (PbayMoney)(part % 1000000000000) * 1000000;
        g_autofree char *text = pbay_money_text(money);
        PbayMoney again = -1;
        g_assert_true(pbay_money_parse(text, &again));
        g_assert_true(again == money);
        g_autofree char *twice = pbay_money_text(again);
        g_assert_cmpstr(twice, ==, text);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/money/print", test_print);
    g_test_add_func("/money/append", test_append);
    g_test_add_func("/money/parse", test_parse);
    g_test_add_func("/money/round-trip", test_round_trip);
    return g_test_run();
}
