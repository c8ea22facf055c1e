/* SPDX-License-Identifier: Apache-2.0 */
/* Both scanners, the one of this machine and the portable one, against the plain definition: every
 * stop byte at every place of every length, in memory of the exact size. */
#include "json/node.h"

#include <string.h>

typedef const char *(*Scan)(const char *p, const char *end, bool *high);

static bool stops(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static void check(Scan scan, const char *text, size_t len)
{
    size_t expected = 0;
    bool expected_high = false;
    while (expected < len && !stops((unsigned char)text[expected]))
        expected_high |= (unsigned char)text[expected++] >= 0x80;
    bool high = false;
    g_assert_cmpuint((size_t)(scan(text, text + len, &high) - text), ==, expected);
    g_assert_cmpint(high, ==, expected_high);
    high = true;
    scan(text, text + len, &high);
    g_assert_true(high);
}

/* A byte of each value at each place of a text of each length up to 40. */
static void test_every_byte(gconstpointer data)
{
    Scan scan = *(const Scan *)data;
    for (size_t len = 0; len <= 40; len++) {
        g_autofree char *text = g_malloc(len != 0 ? len : 1);
        memset(text, 'a', len);
        check(scan, text, len);
        for (size_t at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                text[at] = (char)c;
                check(scan, text, len);
            }
            text[at] = 'a';
        }
    }
}

/* The first of two stops counts, and a high byte behind a stop does not. */
static void test_pairs(gconstpointer data)
{
    static const char bytes[] = {'"', '\\', '\n', '\0',       0x1f,       0x20, '!',
                                 '#', '[',  ']',  (char)0x80, (char)0xff, 0x7f};
    Scan scan = *(const Scan *)data;
    char text[35];
    for (size_t i = 0; i < sizeof text - 1; i++) {
        for (size_t j = i + 1; j < sizeof text; j++) {
            for (size_t k = 0; k < sizeof bytes * sizeof bytes; k++) {
                memset(text, 0x7e, sizeof text);
                text[i] = bytes[k / sizeof bytes];
                text[j] = bytes[k % sizeof bytes];
                check(scan, text, sizeof text);
            }
        }
    }
}

static void test_random(gconstpointer data)
{
    Scan scan = *(const Scan *)data;
    g_autoptr(GRand) rand = g_rand_new_with_seed(20240601);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)g_rand_int_range(rand, 0, 200);
        g_autofree char *text = g_malloc(len + 1);
        for (size_t i = 0; i < len; i++)
            text[i] = (char)g_rand_int_range(rand, g_rand_boolean(rand) ? 0x20 : 0x5d, 256);
        check(scan, text, len);
    }
}

typedef const char *(*Skip)(const char *p, const char *end);

static void test_skip_ascii(gconstpointer data)
{
    Skip skip = *(const Skip *)data;
    for (size_t len = 0; len <= 40; len++) {
        g_autofree char *text = g_malloc(len != 0 ? len : 1);
        memset(text, 0x7f, len);
        g_assert_true(skip(text, text + len) == text + len);
        for (size_t at = len; at-- > 0;) {
            text[at] = (char)(at % 2 != 0 ? 0x80 : 0xff);
            g_assert_true(skip(text, text + len) == text + at);
        }
    }
}

int main(int argc, char **argv)
{
    static const Scan best = pbay_json_scan;
    static const Scan portable = pbay_json_scan_portable;
    static const Skip best_skip = pbay_json_skip_ascii;
    static const Skip portable_skip = pbay_json_skip_ascii_portable;
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/json/scan/every-byte", &best, test_every_byte);
    g_test_add_data_func("/json/scan/pairs", &best, test_pairs);
    g_test_add_data_func("/json/scan/random", &best, test_random);
    g_test_add_data_func("/json/scan/portable/every-byte", &portable, test_every_byte);
    g_test_add_data_func("/json/scan/portable/pairs", &portable, test_pairs);
    g_test_add_data_func("/json/scan/portable/random", &portable, test_random);
    g_test_add_data_func("/json/scan/skip-ascii", &best_skip, test_skip_ascii);
    g_test_add_data_func("/json/scan/portable/skip-ascii", &portable_skip, test_skip_ascii);
    return g_test_run();
}
