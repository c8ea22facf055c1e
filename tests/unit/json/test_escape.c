/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes: each simple one, every \u unit alone and in pairs, and decoding within the room
 * reserved. */
#include "base/str.h"
#include "json/node.h"

#include <string.h>

/* The length of an escape that is good, 0 of one that is refused. */
static size_t checked(const char *text, size_t len)
{
    PbayJsonFault fault = {0};
    const char *end = pbay_json_escape_check(text, text + len, &fault);
    g_assert_cmpint(end == NULL, ==, fault.what != NULL);
    return end != NULL ? (size_t)(end - text) : 0;
}

static void test_simple(void)
{
    for (int c = 0; c < 256; c++) {
        char text[2] = {'\\', (char)c};
        const char *known = c != 0 ? strchr("\"\\/bfnrt", c) : NULL;
        g_assert_cmpuint(checked(text, 2), ==, known != NULL ? 2 : 0);
        g_assert_cmpuint(checked(text, 1), ==, 0);
        if (known == NULL)
            continue;
        char out;
        g_assert_cmpuint(pbay_json_unescape(&out, text, 2), ==, 1);
        g_assert_cmpint(out, ==, "\"\\/\b\f\n\r\t"[known - "\"\\/bfnrt"]);
    }
}

static void test_units(void)
{
    for (unsigned unit = 0; unit < 0x10000; unit++) {
        char text[7], out[6], expected[6];
        g_snprintf(text, sizeof text, unit % 2 != 0 ? "\\u%04x" : "\\u%04X", unit);
        bool surrogate = unit >= 0xd800 && unit <= 0xdfff;
        g_assert_cmpuint(checked(text, 6), ==, surrogate ? 0 : 6);
        g_assert_cmpuint(checked(text, 5), ==, 0);
        if (surrogate)
            continue;
        size_t n = unit != 0 ? (size_t)g_unichar_to_utf8(unit, expected) : 1;
        if (unit == 0)
            expected[0] = '\0';
        g_assert_cmpuint(pbay_json_unescape(out, text, 6), ==, n);
        g_assert_cmpint(memcmp(out, expected, n), ==, 0);
    }
}

static void test_pairs(void)
{
    for (unsigned c = 0x10000; c < 0x110000; c += 13) {
        char text[13], out[12], expected[6];
        g_snprintf(text, sizeof text, "\\u%04x\\u%04X", 0xd800 + ((c - 0x10000) >> 10),
                   0xdc00 + (c & 0x3ff));
        g_assert_cmpuint(checked(text, 12), ==, 12);
        g_assert_cmpuint(checked(text, 11), ==, 0);
        g_assert_cmpuint(pbay_json_unescape(out, text, 12), ==, 4);
        g_unichar_to_utf8(c, expected);
        g_assert_cmpint(memcmp(out, expected, 4), ==, 0);
    }
}

static void test_run(void)
{
    pb_str text = PBAY_STR("a\\n\\n\\\\n\\u0041\\u00e9\xc3\xa9 tail\\\"");
    char out[64];
    size_t n = pbay_json_unescape(out, text.ptr, text.len);
    g_assert_true(pbay_str_eq((pb_str){out, n}, PBAY_STR("a\n\n\\nA\xc3\xa9\xc3\xa9 tail\"")));
    g_assert_cmpuint(pbay_json_unescape(out, text.ptr, 0), ==, 0);
}

/* Many strings in one document: each decoding lies in its own room, in whatever order they are
 * asked. */
static void test_room(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    g_autoptr(GString) text = g_string_new("[\"\\n\"");
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(text, ",\"\\t%d\\ud83d\\ude00\"", i);
    g_string_append_c(text, ']');
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *root = pbay_json_parse(arena, pbay_str_of(text), NULL, 0, NULL);
    for (int i = 0; i < 5000; i++) {
        int at = g_rand_int_range(rand, 0, 1000);
        g_autofree char *expected = g_strdup_printf("\t%d\xf0\x9f\x98\x80", at);
        g_assert_true(
            pbay_str_is(pbay_json_str(pbay_json_at(root, (size_t)at + 1, NULL)), expected));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/escape/simple", test_simple);
    g_test_add_func("/json/escape/units", test_units);
    g_test_add_func("/json/escape/pairs", test_pairs);
    g_test_add_func("/json/escape/run", test_run);
    g_test_add_func("/json/escape/room", test_room);
    return g_test_run();
}
