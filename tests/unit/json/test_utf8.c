/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 against GLib's validator over every code point and every short byte sequence, and the
 * length of what is replaced against the recommendation of the Unicode standard (maximal
 * subparts). */
#include "json/node.h"

#include <string.h>

static void check(const char *text, size_t len)
{
    const char *good;
    /* GLib refuses NUL, which is not this function's business. */
    g_utf8_validate_len(text, len, &good);
    g_assert_true(pbay_json_utf8_check(text, text + len) == good);
}

static void test_code_points(void)
{
    for (int32_t c = 1; c < 0x120000; c++) {
        /* By hand: g_unichar_to_utf8 also writes what must be refused. */
        char text[20] = "abcdefg";
        size_t at = (size_t)(c % 8);
        size_t n = (size_t)g_unichar_to_utf8((gunichar)c, text + at);
        bool valid = c < 0xd800 || (c > 0xdfff && c < 0x110000);
        const char *end = text + at + n;
        g_assert_true((pbay_json_utf8_check(text, end) == end) == valid);
        g_assert_cmpint(pbay_json_utf8_step(text + at, end) == (int)n, ==, valid);
        for (size_t cut = 1; cut < n; cut++)
            g_assert_true(pbay_json_utf8_check(text, text + at + cut) == text + at);
    }
}

static void test_all_short(void)
{
    static const unsigned char second[] = {0x01, 0x7f, 0x80, 0x8f, 0x90,
                                           0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    for (int first = 1; first < 256; first++) {
        for (size_t k = 0; k < 1000; k++) {
            char text[14] = {(char)first, (char)second[k % 10], (char)second[k / 10 % 10],
                             (char)second[k / 100]};
            for (size_t len = 1; len <= 4; len++)
                check(text, len);
            memcpy(text + 4, "ascii tail", 10);
            check(text, sizeof text);
        }
    }
}

static void test_long_runs(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    static const char *const pieces[] = {"a",
                                         "plain text, ",
                                         "\xc3\xa9",
                                         "\xe2\x82\xac",
                                         "\xf0\x9f\x98\x80",
                                         "\xe4\xbd\xa0\xe5\xa5\xbd",
                                         "0123456789abcdef"};
    for (int round = 0; round < 20000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (int i = g_rand_int_range(rand, 0, 12); i > 0; i--)
            g_string_append(text, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
        check(text->str, text->len);
        if (text->len == 0)
            continue;
        text->str[g_rand_int_range(rand, 0, (gint32)text->len)] =
            (char)g_rand_int_range(rand, 1, 256);
        g_autofree char *exact = g_memdup2(text->str, text->len);
        check(exact, text->len);
    }
}

static void test_maximal_subparts(void)
{
    static const struct {
        const char *text;
        int step;
    } rows[] = {{"\x80", -1},
                {"\xc0\x80", -1},
                {"\xc3", -1},
                {"\xc3(", -1},
                {"\xe0\x80\x80", -1},
                {"\xe0\xa0", -2},
                {"\xe2\x82", -2},
                {"\xe2\x82(", -2},
                {"\xed\xa0\x80", -1},
                {"\xf0\x9f\x98", -3},
                {"\xf0\x9f", -2},
                {"\xf0\x8f\x80\x80", -1},
                {"\xf1\x80\x80 ", -3},
                {"\xf4\x90\x80\x80", -1},
                {"\xf5\x80", -1},
                {"\xff", -1},
                {"A", 1},
                {"\xc3\xa9", 2},
                {"\xe2\x82\xac", 3},
                {"\xf0\x9f\x98\x80", 4}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(pbay_json_utf8_step(rows[i].text, rows[i].text + strlen(rows[i].text)), ==,
                        rows[i].step);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/utf8/code-points", test_code_points);
    g_test_add_func("/json/utf8/all-short", test_all_short);
    g_test_add_func("/json/utf8/long-runs", test_long_runs);
    g_test_add_func("/json/utf8/maximal-subparts", test_maximal_subparts);
    return g_test_run();
}
