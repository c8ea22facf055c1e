/* SPDX-License-Identifier: Apache-2.0 */
/* Trees that are equal, trees that are not, and whether the line about it names the place. */
#include "check/compare.h"

#include "answer/tree.h"
#include "base/str.h"

#include <string.h>

typedef struct Pair {
    const char *expected, *got, *where; /* where NULL: equal */
} Pair;

static json_object *tree_of(const char *text)
{
    json_object *tree = NULL;

    g_assert_true(pbay_tree_parse(pbay_str(text), &tree, NULL));
    return tree;
}

static void check(const Pair *pair, bool (*compare)(json_object *, json_object *, char **))
{
    json_object *expected = tree_of(pair->expected), *got = tree_of(pair->got);
    g_autofree char *where = NULL;

    g_assert_cmpint(compare(expected, got, &where), ==, pair->where == NULL);
    g_assert_cmpint(compare(expected, got, NULL), ==, pair->where == NULL);
    g_assert_cmpstr(where, ==, pair->where);
    json_object_put(expected);
    json_object_put(got);
}

static void test_equal(void)
{
    const Pair pairs[] = {
        {"{\"a\":1,\"b\":[1,2]}", "{\"b\":[1,2],\"a\":1}", NULL},
        {"1", "1.0", NULL},
        {"1e2", "100", NULL},
        {"\"/\"", "\"\\/\"", NULL},
        {"null", "null", NULL},
        {"{\"a\":null}", "{\"a\":null}", NULL},
        {"9007199254740993", "9007199254740993", NULL},
        {"{}", "[]", "$: expected {}, got []"},
        {"1", "\"1\"", "$: expected 1, got \"1\""},
        {"true", "1", "$: expected true, got 1"},
        {"9007199254740993", "9007199254740992",
         "$: expected 9007199254740993, got 9007199254740992"},
        {"0.1", "0.2", "$: expected 0.1, got 0.2"},
        {"{\"a\":null}", "{}", "$.a: expected null, got nothing"},
        {"{\"a\":1}", "{\"a\":null}", "$.a: expected 1, got null"},
        {"{}", "{\"a\":null}", "$.a: expected nothing, got null"},
        {"{\"t\":[{\"n\":\"a\"}]}", "{\"t\":[{\"n\":\"b\"}]}",
         "$.t[0].n: expected \"a\", got \"b\""},
        {"[1,2]", "[2,1]", "$[0]: expected 1, got 2"},
        {"[1,2]", "[1]", "$: expected 2 elements, got 1: fewer"},
        {"[1]", "[1,2]", "$: expected 1 elements, got 2: 2"},
        {"{\"a\":{\"b\":1},\"c\":2}", "{\"a\":{\"b\":1},\"c\":3}", "$.c: expected 2, got 3"},
        {"\"a\\u0000b\"", "\"a\\u0000c\"", "$: expected \"a\\u0000b\", got \"a\\u0000c\""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        check(&pairs[i], pbay_compare_equal);
}

static void test_contains(void)
{
    const Pair pairs[] = {
        {"{}", "{\"a\":1}", NULL},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1,\"c\":2},\"d\":3}", NULL},
        {"[{\"a\":1}]", "[{\"a\":1,\"b\":2}]", NULL},
        {"[]", "[1]", "$: expected 0 elements, got 1: 1"},
        {"{\"a\":1}", "{\"b\":1}", "$.a: expected 1, got nothing"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}", "$.a.b: expected 1, got 2"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        check(&pairs[i], pbay_compare_contains);
}

/* Not a number is equal to nothing. */
static void test_nan(void)
{
    json_object *nan = json_object_new_double(g_ascii_strtod("nan", NULL));
    json_object *one = json_object_new_int(1);

    g_assert_false(pbay_compare_equal(one, nan, NULL));
    g_assert_false(pbay_compare_equal(nan, one, NULL));
    json_object_put(nan);
    json_object_put(one);
}

/* A giant value does not make a giant line. */
static void test_bounded(void)
{
    g_autofree char *text = g_strnfill(100000, 'x');
    json_object *giant = json_object_new_string(text), *none = json_object_new_string("");
    g_autofree char *where = NULL;

    g_assert_false(pbay_compare_equal(giant, none, &where));
    g_assert_cmpuint(strlen(where), <, 1000);
    json_object_put(giant);
    json_object_put(none);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/compare/equal", test_equal);
    g_test_add_func("/check/compare/contains", test_contains);
    g_test_add_func("/check/compare/nan", test_nan);
    g_test_add_func("/check/compare/bounded", test_bounded);
    return g_test_run();
}
