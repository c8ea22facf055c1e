/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal: all bytes there and back, both cases, what is refused. */
#include "lib/hex.h"

#include "lib/str.h"

#include "sdk/bytes.h"

#include <glib.h>

static void test_all_bytes(void)
{
    char bytes[256], text[512];
    uint8_t back[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    pbs_hex_encode((pb_str){bytes, 256}, text);
    for (int i = 0; i < 256; i++) {
        g_autofree char *expected = g_strdup_printf("%02x", i);
        assert_bytes(text + 2 * i, 2, expected, 2);
    }
    g_assert_true(pbs_hex_decode((pb_str){text, 512}, back));
    assert_bytes(back, 256, bytes, 256);
}

static void test_decode(void)
{
    uint8_t out[4];
    g_assert_true(pbs_hex_decode(PBS_STR("aBCd"), out));
    assert_bytes(out, 2, "\xab\xcd", 2);
    g_assert_true(pbs_hex_decode(PBS_STR(""), out));
    g_assert_false(pbs_hex_decode(PBS_STR("abc"), out));
    g_assert_false(pbs_hex_decode(PBS_STR("0g"), out));
    g_assert_false(pbs_hex_decode(PBS_STR(" 1"), out));
    g_assert_cmpint(pbs_hex_digit('@'), ==, -1);
    g_assert_cmpint(pbs_hex_digit('G'), ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/hex/all-bytes", test_all_bytes);
    g_test_add_func("/sdk/hex/decode", test_decode);
    return g_test_run();
}
