/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers: grammar, exact integers, and doubles bit for bit as the C library's correctly rounded
 * conversion gives them, also under a locale with a decimal comma. */
#include "base/str.h"
#include "json/node.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static void test_ints(void)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"-0.000e99", true, 0},
        {"7", true, 7},
        {"-12", true, -12},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", false, 0},
        {"18446744073709551615", false, 0},
        {"18446744073709551616", false, 0},
        {"99999999999999999999999999", false, 0},
        {"1.0", true, 1},
        {"1.5", false, 0},
        {"1e3", true, 1000},
        {"1E+3", true, 1000},
        {"1e-1", false, 0},
        {"10e-1", true, 1},
        {"12300e-2", true, 123},
        {"12345e-2", false, 0},
        {"1.25e2", true, 125},
        {"1.25e1", false, 0},
        {"9007199254740993.0", true, 9007199254740993},
        {"9223372036854775.807e3", true, INT64_MAX},
        {"9223372036854775.808e3", false, 0},
        {"-9223372036854775.808e3", true, INT64_MIN},
        {"1e18", true, 1000000000000000000},
        {"1e19", false, 0},
        {"0e999999999999999999999", true, 0},
        {"1e999999999999999999999", false, 0},
        {"1e-999999999999999999999", false, 0},
        {"1000000000000000000000000000000e-30", true, 1},
        {"0.000000000000000000000000000001e30", true, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t value = 0;
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(pbay_json_number_int(pbay_str(rows[i].text), &value), ==, rows[i].ok);
        if (rows[i].ok)
            g_assert_cmpint(value, ==, rows[i].value);
    }
}

static void check_real(const char *text)
{
    double value = 0;
    double expected = g_ascii_strtod(text, NULL);
    g_assert_cmpint(pbay_json_number_real(pbay_str(text), &value), ==, isfinite(expected) != 0);
    if (isfinite(expected) && memcmp(&value, &expected, sizeof value) != 0)
        g_error("%s: %a, expected %a", text, value, expected);
}

static void test_reals(void)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "-0.0",
        "0.1",
        "-0.1",
        "1e22",
        "1e23",
        "-1e-22",
        "1e-23",
        "1e27",
        "1e28",
        "1e-27",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "9007199254740994",
        "9007199254740993.0000000000000001",
        "18446744073709551615",
        "18446744073709551616",
        "9223372036854775807",
        "9223372036854775808",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e308",
        "1e309",
        "-1e999",
        "1e-999",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "0.500000000000000166533453693773481063544750213623046875",
        "3.518437208883201171875e13",
        "62.5364939768271845828",
        "8.10109172351e-10",
        "1.50000000000000011102230246251565",
        "6929495644600919.5",
        "3.7455744005952583e15",
        "2.2250738585072012e-308",
        "1090544144181609348671888949248",
        "1090544144181609348835077142190",
        "123456789012345678901234567890123456789012345678901e-40",
        "-0.006929283495992422",
        "0.01234567890123456789",
        "1e0000000000000000000001",
        "0.00000000000000000000000000000000000000000000000000000000000000000000000000000000001"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        check_real(texts[i]);
    g_autofree char *zeros = g_strnfill(100000, '0');
    g_autofree char *tiny = g_strdup_printf("0.%s1e100001", zeros);
    g_autofree char *vast = g_strdup_printf("1%se-100000", zeros);
    double value;
    g_assert_true(pbay_json_number_real(pbay_str(tiny), &value) && value == 1);
    g_assert_true(pbay_json_number_real(pbay_str(vast), &value) && value == 1);
}

/* Random digits and exponents, doubles printed at full length, and the middles between two doubles,
 * where rounding twice goes wrong. */
static void test_random_reals(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(4711);
    char text[64];
    for (int i = 0; i < 100000; i++) {
        uint64_t digits =
            ((uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand)) >> g_rand_int_range(rand, 0, 64);
        g_snprintf(text, sizeof text, "%" G_GUINT64_FORMAT "e%d", digits,
                   g_rand_int_range(rand, -40, 40));
        check_real(text);
        uint64_t bits = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
        double n;
        memcpy(&n, &bits, sizeof n);
        if (!isfinite(n))
            continue;
        g_ascii_formatd(text, sizeof text, "%.17g", n);
        check_real(text);
        g_ascii_formatd(text, sizeof text, "%.10g", n);
        check_real(text);
        int64_t odd = (int64_t)(bits >> 10 | 1); /* 54 bits: the middle between two doubles */
        g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT ".0", odd);
        check_real(text);
        g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT "e1", odd / 10);
        check_real(text);
    }
}

static void test_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"};
    bool found = false;
    for (size_t i = 0; i < G_N_ELEMENTS(names) && !found; i++)
        found = setlocale(LC_NUMERIC, names[i]) != NULL;
    if (!found) {
        g_test_skip("no locale with a decimal comma is installed");
        return;
    }
    double value;
    g_assert_true(pbay_json_number_real(PBAY_STR("1.5"), &value) && value == 1.5);
    g_assert_true(pbay_json_number_real(PBAY_STR("1.5e-40"), &value) && value == 1.5e-40);
    setlocale(LC_NUMERIC, "C");
}

/* The bytes that the grammar takes from the front; -1 for a refusal. */
static void test_grammar(void)
{
    static const struct {
        const char *text;
        int taken;
        bool real;
    } rows[] = {{"0", 1, false},         {"-0", 2, false},  {"10", 2, false},   {"0.0", 3, true},
                {"-1.25e+07x", 9, true}, {"1E5]", 3, true}, {"1-2", 1, false},  {"01", -1, false},
                {"-", -1, false},        {"1.", -1, true},  {"1.e3", -1, true}, {"1e", -1, true},
                {"1e+", -1, true},       {"-a", -1, false}, {"-.1", -1, false}, {"-00", -1, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        PbayJsonFault fault = {0};
        bool real;
        size_t len = strlen(rows[i].text);
        g_autofree char *text = g_memdup2(rows[i].text, len);
        const char *end = pbay_json_number_end(text, text + len, &real, &fault);
        g_assert_cmpint(end != NULL ? (int)(end - text) : -1, ==, rows[i].taken);
        g_assert_cmpint(end == NULL, ==, fault.what != NULL);
        if (end != NULL)
            g_assert_cmpint(real, ==, rows[i].real);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/number/grammar", test_grammar);
    g_test_add_func("/json/number/ints", test_ints);
    g_test_add_func("/json/number/reals", test_reals);
    g_test_add_func("/json/number/random-reals", test_random_reals);
    g_test_add_func("/json/number/locale", test_locale);
    return g_test_run();
}
