/* SPDX-License-Identifier: Apache-2.0 */
/* The helpers on pb_str: edges of cutting, trimming, finding, globbing and reading integers. */
#include "lib/str.h"

#include "sdk/bytes.h"

#include <glib.h>

static void check(pb_str s, const char *expected)
{
    assert_bytes(s.ptr, s.len, expected, strlen(expected));
}

static void test_basics(void)
{
    g_assert_true(pbs_eq((pb_str){NULL, 0}, PBS_STR("")));
    g_assert_false(pbs_eq(PBS_STR("a"), PBS_STR("A")));
    g_assert_false(pbs_is(PBS_STR("ab"), "a"));
    g_assert_cmpuint(pbs_str(NULL).len, ==, 0);
    g_assert_true(pbs_has_prefix(PBS_STR("a"), (pb_str){NULL, 0}));
    g_assert_false(pbs_has_prefix(PBS_STR("a"), PBS_STR("ab")));
    check(pbs_skip(PBS_STR("abc"), 1), "bc");
    check(pbs_skip(PBS_STR("abc"), 3), "");
    check(pbs_skip(PBS_STR("abc"), 99), "");
}

static void test_cut(void)
{
    check(pbs_cut(PBS_STR("abc"), 3), "abc");
    check(pbs_cut(PBS_STR("abc"), 2), "ab");
    check(pbs_cut(PBS_STR("a\xC3\xBC"), 2), "a");        /* u umlaut */
    check(pbs_cut(PBS_STR("\xF0\x9F\x91\x8B!"), 3), ""); /* a hand */
    check(pbs_cut(PBS_STR("\xF0\x9F\x91\x8B!"), 4), "\xF0\x9F\x91\x8B");
    check(pbs_cut(PBS_STR("\x80\x80\x80"), 2), "");
}

static void test_trim(void)
{
    check(pbs_trim(PBS_STR(" \t\r\n a b \n")), "a b");
    check(pbs_trim(PBS_STR(" \n ")), "");
    check(pbs_trim((pb_str){NULL, 0}), "");
}

static void test_find(void)
{
    g_assert_cmpuint(pbs_find_nocase(PBS_STR("Hello World"), "WORLD"), ==, 6);
    g_assert_cmpuint(pbs_find_nocase(PBS_STR("aab"), "ab"), ==, 1);
    g_assert_cmpuint(pbs_find_nocase((pb_str){NULL, 0}, ""), ==, 0);
    g_assert_cmpuint(pbs_find_nocase(PBS_STR("ab"), "abc"), ==, PBS_NONE);
    g_assert_cmpuint(pbs_find_nocase((pb_str){NULL, 0}, "a"), ==, PBS_NONE);
    g_assert_cmpuint(pbs_find_nocase(PBS_STR("[`{"), "{[@"), ==, PBS_NONE); /* only letters fold */
}

static void test_glob(void)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"grok-4*", "grok-4", true},
        {"grok-4*", "grok-4-fast", true},
        {"grok-4*", "xgrok-4", false},
        {"*", "", true},
        {"", "", true},
        {"", "a", false},
        {"a*b*c", "aXbYbZc", true},
        {"a*b*c", "aXbYbZ", false},
        {"*.x", "a.x.x", true},
        {"a?c", "abc", false},
        {"**a**", "bab", true},
        {"a*a", "a", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(pbs_glob(pbs_str(cases[i].pattern), pbs_str(cases[i].text)), ==,
                        cases[i].matches);
}

static void test_int(void)
{
    int64_t n = 7;
    g_assert_true(pbs_int(PBS_STR("-12"), &n));
    g_assert_cmpint(n, ==, -12);
    g_assert_true(pbs_int(PBS_STR("9223372036854775807"), &n));
    g_assert_cmpint(n, ==, INT64_MAX);
    g_assert_false(pbs_int(PBS_STR("9223372036854775808"), &n));
    g_assert_cmpint(n, ==, INT64_MAX); /* untouched */
    g_assert_false(pbs_int(PBS_STR(""), &n));
    g_assert_false(pbs_int(PBS_STR("-"), &n));
    g_assert_false(pbs_int(PBS_STR("1 "), &n));
    g_assert_false(pbs_int(PBS_STR("1.5"), &n));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/str/basics", test_basics);
    g_test_add_func("/sdk/str/cut", test_cut);
    g_test_add_func("/sdk/str/trim", test_trim);
    g_test_add_func("/sdk/str/find", test_find);
    g_test_add_func("/sdk/str/glob", test_glob);
    g_test_add_func("/sdk/str/int", test_int);
    return g_test_run();
}
