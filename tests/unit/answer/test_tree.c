/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind parser would let pass is refused here. */
#include "answer/tree.h"

#include "base/error.h"
#include "base/str.h"

static void test_accepts(void)
{
    const char *const texts[] = {
        "{}", "[1,2.5,\"a\",true,null]", " {\"a\":{\"a\":1}} ", "12", "\"\"", "-0.5e3"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        json_object *tree = NULL;

        g_assert_true(pbay_tree_parse(pbay_str(texts[i]), &tree, &error));
        g_assert_no_error(error);
        g_assert_nonnull(tree);
        json_object_put(tree);
    }
}

static void test_values(void)
{
    json_object *tree = NULL;

    g_assert_true(pbay_tree_parse(PBAY_STR("{\"n\":42,\"s\":\"a\\u0000b\"}"), &tree, NULL));
    g_assert_cmpint(json_object_get_int(json_object_object_get(tree, "n")), ==, 42);
    g_assert_cmpint(json_object_get_string_len(json_object_object_get(tree, "s")), ==, 3);
    json_object_put(tree);
    g_assert_true(pbay_tree_parse(PBAY_STR("12"), &tree, NULL));
    g_assert_cmpint(json_object_get_int(tree), ==, 12);
    json_object_put(tree);
}

static void test_null(void)
{
    json_object *tree = (json_object *)&tree;

    g_assert_true(pbay_tree_parse(PBAY_STR("null"), &tree, NULL));
    g_assert_null(tree);
}

/* Only the first bytes of a longer text count. */
static void test_length(void)
{
    json_object *tree = NULL;

    g_assert_true(pbay_tree_parse((pb_str){"1234", 2}, &tree, NULL));
    g_assert_cmpint(json_object_get_int(tree), ==, 12);
    json_object_put(tree);
}

static void test_refuses(void)
{
    const char *const texts[] = {"",
                                 "{",
                                 "{} x",
                                 "{}{}",
                                 "{'a':1}",
                                 "{\"a\":1,}",
                                 "[1,]",
                                 "NaN",
                                 "{\"a\":Infinity}",
                                 "/* c */ 1",
                                 "01",
                                 "\"\n\"",
                                 "\"\xff\"",
                                 "{\"a\":1,\"a\":2}",
                                 "nul"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        json_object *tree = NULL;

        g_assert_false(pbay_tree_parse(pbay_str(texts[i]), &tree, &error));
        g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
        g_assert_null(tree);
    }
}

static void test_depth(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    json_object *tree = NULL;

    for (int i = 0; i < 100; i++) {
        g_string_prepend_c(text, '[');
        g_string_append_c(text, ']');
    }
    g_assert_true(pbay_tree_parse(pbay_str_of(text), &tree, NULL));
    g_assert_nonnull(tree);
    json_object_put(tree);
    for (int i = 0; i < 100; i++) {
        g_string_prepend_c(text, '[');
        g_string_append_c(text, ']');
    }
    g_assert_false(pbay_tree_parse(pbay_str_of(text), &tree, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/tree/accepts", test_accepts);
    g_test_add_func("/check/tree/values", test_values);
    g_test_add_func("/check/tree/null", test_null);
    g_test_add_func("/check/tree/length", test_length);
    g_test_add_func("/check/tree/refuses", test_refuses);
    g_test_add_func("/check/tree/depth", test_depth);
    return g_test_run();
}
