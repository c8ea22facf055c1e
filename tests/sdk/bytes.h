/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing bytes in tests: g_assert_cmpmem of GLib 2.74 narrows its lengths to int. */
#ifndef TESTS_SDK_BYTES_H
#define TESTS_SDK_BYTES_H

#include <glib.h>
#include <string.h>

static inline void assert_bytes(const void *got, size_t n, const void *expected, size_t m)
{
    g_assert_cmpuint(n, ==, m);
    g_assert_true(n == 0 || memcmp(got, expected, n) == 0);
}

#endif
