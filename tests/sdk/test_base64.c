/* SPDX-License-Identifier: Apache-2.0 */
/* Base64: the vectors of RFC 4648, GLib as oracle on random bytes, what the decoder takes and
 * refuses. */
#include "lib/base64.h"

#include "lib/str.h"

#include "sdk/bytes.h"

#include <glib.h>

static void test_vectors(void)
{
    static const char *const vectors[][3] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xFB\xFF", "+/8=", "-_8"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        char out[32];
        uint8_t back[32];
        size_t n = 99;
        pb_str bytes = pbs_str(vectors[i][0]);
        pbs_base64_encode(bytes, out);
        assert_bytes(out, pbs_base64_size(bytes.len), vectors[i][1], strlen(vectors[i][1]));
        pbs_base64url_encode(bytes, out);
        assert_bytes(out, pbs_base64url_size(bytes.len), vectors[i][2], strlen(vectors[i][2]));
        for (size_t form = 1; form < 3; form++) {
            g_assert_true(pbs_base64_decode(pbs_str(vectors[i][form]), back, &n));
            assert_bytes(back, n, bytes.ptr, bytes.len);
        }
    }
}

static void test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    for (size_t len = 0; len < 300; len++) {
        g_autofree guint8 *bytes = g_malloc(len + 1);
        g_autofree char *out = g_malloc(pbs_base64_size(len) + 1);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (guint8)g_rand_int(rand);
        g_autofree char *expected = g_base64_encode(bytes, len);
        pbs_base64_encode((pb_str){(char *)bytes, len}, out);
        assert_bytes(out, pbs_base64_size(len), expected, strlen(expected));
        g_autofree uint8_t *back = g_malloc(strlen(expected) / 4 * 3 + 3);
        size_t n = 0;
        g_assert_true(pbs_base64_decode(pbs_str(expected), back, &n));
        assert_bytes(back, n, bytes, len);
    }
}

static void test_decode(void)
{
    static const char *const refused[] = {
        "Z", "Zg=", "Zg===", "=", "Zm9v=", "Zg==Zg==", "Zm9v!", "Z\xC3\xBC==", "Zm=v"};
    uint8_t out[64];
    size_t n = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
        g_assert_false(pbs_base64_decode(pbs_str(refused[i]), out, &n));
    g_assert_true(pbs_base64_decode(PBS_STR(" Zm9v\r\n\tYm\nE=\n"), out, &n));
    assert_bytes(out, n, "fooba", 5);
    g_assert_true(pbs_base64_decode(PBS_STR(" \n"), out, &n));
    g_assert_cmpuint(n, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/base64/vectors", test_vectors);
    g_test_add_func("/sdk/base64/random", test_random);
    g_test_add_func("/sdk/base64/decode", test_decode);
    return g_test_run();
}
