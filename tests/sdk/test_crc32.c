/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32: the check value of the catalogue, neighbours, and the same in pieces. */
#include "lib/crc32.h"

#include "lib/str.h"

#include <glib.h>

static void test_values(void)
{
    g_assert_cmphex(pbs_crc32(0, (pb_str){NULL, 0}), ==, 0);
    g_assert_cmphex(pbs_crc32(0, PBS_STR("123456789")), ==, 0xcbf43926);
    g_assert_cmphex(pbs_crc32(0, PBS_STR("a")), ==, 0xe8b7be43);
    g_assert_cmphex(pbs_crc32(0, PBS_STR("\0\0\0\0")), ==, 0x2144df1c);
    g_assert_cmphex(pbs_crc32(0, PBS_STR("\xff\xff\xff\xff")), ==, 0xffffffff);
    g_assert_cmphex(pbs_crc32(0, PBS_STR("The quick brown fox jumps over the lazy dog")), ==,
                    0x414fa339);
}

/* The polynomial by definition, a bit at a time. */
static uint32_t slow(const unsigned char *bytes, size_t n)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void test_all_bytes_in_pieces(void)
{
    unsigned char bytes[512];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        pb_str head = {(const char *)bytes, cut}, tail = {(const char *)bytes + cut, 512 - cut};
        g_assert_cmphex(pbs_crc32(0, head), ==, slow(bytes, cut));
        g_assert_cmphex(pbs_crc32(pbs_crc32(0, head), tail), ==, slow(bytes, sizeof bytes));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/crc32/values", test_values);
    g_test_add_func("/sdk/crc32/pieces", test_all_bytes_in_pieces);
    return g_test_run();
}
