/* SPDX-License-Identifier: Apache-2.0 */
/* The growing buffer: growth, bound, dropping from the front, reuse. */
#include "lib/buffer.h"

#include "lib/str.h"

#include <glib.h>

static void test_growth(void)
{
    pbs_buf buf;
    pbs_buf_init(&buf, 100000);
    g_assert_cmpuint(buf.cap, ==, 0);
    for (unsigned i = 0; i < 100000; i++)
        g_assert_true(pbs_buf_add_char(&buf, (char)('a' + i % 26)));
    g_assert_cmpuint(buf.len, ==, 100000);
    for (unsigned i = 0; i < 100000; i += 997)
        g_assert_cmpint(buf.ptr[i], ==, 'a' + (int)(i % 26));
    g_assert_cmpuint(buf.cap, <=, 100000);
    pbs_buf_free(&buf);
}

static void test_bound(void)
{
    pbs_buf buf;
    pbs_buf_init(&buf, 5);
    g_assert_true(pbs_buf_add(&buf, PBS_STR("abc")));
    g_assert_false(pbs_buf_add(&buf, PBS_STR("def")));
    g_assert_true(pbs_is(pbs_buf_str(&buf), "abc"));
    g_assert_true(pbs_buf_add(&buf, PBS_STR("de")));
    g_assert_false(pbs_buf_add_char(&buf, 'f'));
    g_assert_false(pbs_buf_add(&buf, (pb_str){"x", SIZE_MAX}));
    g_assert_true(pbs_buf_add(&buf, (pb_str){NULL, 0}));
    g_assert_true(pbs_is(pbs_buf_str(&buf), "abcde"));
    pbs_buf_free(&buf);
    g_assert_true(pbs_buf_add(&buf, PBS_STR("again")));
    pbs_buf_free(&buf);

    pbs_buf none = {0};
    g_assert_false(pbs_buf_add(&none, PBS_STR("a")));
    pbs_buf_free(&none);
}

static void test_drop(void)
{
    pbs_buf buf;
    pbs_buf_init(&buf, 100);
    pbs_buf_add(&buf, PBS_STR("abcdef"));
    pbs_buf_drop(&buf, 2);
    g_assert_true(pbs_is(pbs_buf_str(&buf), "cdef"));
    pbs_buf_drop(&buf, 0);
    pbs_buf_drop(&buf, 99);
    g_assert_cmpuint(buf.len, ==, 0);
    pbs_buf_free(&buf);
}

static void test_clear_gives_back_much(void)
{
    pbs_buf buf;
    pbs_buf_init(&buf, 1000000);
    pbs_buf_add(&buf, PBS_STR("small"));
    pbs_buf_clear(&buf);
    g_assert_cmpuint(buf.cap, >, 0);
    g_autofree char *much = g_malloc0(500000);
    g_assert_true(pbs_buf_add(&buf, (pb_str){much, 500000}));
    pbs_buf_clear(&buf);
    g_assert_cmpuint(buf.cap, ==, 0);
    g_assert_cmpuint(buf.max, ==, 1000000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/buffer/growth", test_growth);
    g_test_add_func("/sdk/buffer/bound", test_bound);
    g_test_add_func("/sdk/buffer/drop", test_drop);
    g_test_add_func("/sdk/buffer/clear", test_clear_gives_back_much);
    return g_test_run();
}
