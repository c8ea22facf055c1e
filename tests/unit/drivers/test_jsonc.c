/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/jsonc.h"

#include "base/error.h"

#include <string.h>

static void refuse(const char *text, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(pbay_jsonc_parse(text, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
    g_assert_nonnull(strstr(error->message, why));
}

static void test_refuses(void)
{
    refuse("", "at byte");
    refuse("{\"a\":", "at byte");
    refuse("{\"a\":1", "at byte");
    refuse("{} x", "at byte");
    refuse("{'a':1}", "at byte");
    refuse("{\"a\":1,}", "at byte");
    refuse("{\"a\":\"\xff\"}", "at byte");
    refuse("[NaN]", "at byte");
    g_autoptr(GString) deep = g_string_new(NULL);
    for (int i = 0; i < 40; i++)
        g_string_append_c(deep, '[');
    refuse(deep->str, "at byte");
}

static json_object *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    json_object *root = pbay_jsonc_parse(text, &error);
    g_assert_no_error(error);
    return root;
}

static void test_members(void)
{
    json_object *root = parse(" {\"s\":\"text\",\"l\":[\"a\",\"b\"],\"b\":true,\"i\":-7,"
                              "\"o\":{\"x\":1},\"n\":null} ");
    g_autoptr(GError) error = NULL;
    g_autofree char *s = g_strdup("old");
    g_auto(GStrv) l = NULL;
    bool b = false;
    int64_t i = 0;
    json_object *o = NULL, *a = NULL;
    g_assert_true(pbay_jsonc_string(root, "", "s", &s, &error));
    g_assert_cmpstr(s, ==, "text");
    g_assert_true(pbay_jsonc_strv(root, "", "l", &l, &error));
    g_assert_cmpstr(l[1], ==, "b");
    g_assert_true(pbay_jsonc_bool(root, "", "b", &b, &error) && b);
    g_assert_true(pbay_jsonc_int(root, "", "i", &i, &error));
    g_assert_cmpint(i, ==, -7);
    g_assert_true(pbay_jsonc_object(root, "", "o", &o, &error));
    g_assert_nonnull(o);
    g_assert_true(pbay_jsonc_array(root, "", "l", &a, &error));
    g_assert_nonnull(a);
    /* Absent and null leave what was there. */
    g_assert_true(pbay_jsonc_string(root, "", "none", &s, &error));
    g_assert_true(pbay_jsonc_string(root, "", "n", &s, &error));
    g_assert_cmpstr(s, ==, "text");
    json_object_put(root);
}

static void test_wrong_types(void)
{
    json_object *root = parse("{\"s\":1,\"l\":[1],\"e\":[\"\"],\"b\":\"yes\",\"i\":1.5,\"o\":[],"
                              "\"z\":\"a\\u0000b\"}");
    g_autofree char *s = NULL;
    g_auto(GStrv) l = NULL;
    bool b = false;
    int64_t i = 0;
    json_object *o = NULL;
    GError *error = NULL;
    g_assert_false(pbay_jsonc_string(root, "options.x", "s", &s, &error));
    g_assert_cmpstr(error->message, ==, "options.x.s must be a string");
    g_clear_error(&error);
    g_assert_false(pbay_jsonc_string(root, "", "z", &s, &error));
    g_clear_error(&error);
    g_assert_false(pbay_jsonc_strv(root, "", "l", &l, &error));
    g_clear_error(&error);
    g_assert_false(pbay_jsonc_strv(root, "", "e", &l, &error));
    g_assert_cmpstr(error->message, ==, "e must be an array of strings that are not empty");
    g_clear_error(&error);
    g_assert_false(pbay_jsonc_bool(root, "", "b", &b, &error));
    g_clear_error(&error);
    g_assert_false(pbay_jsonc_int(root, "", "i", &i, &error));
    g_assert_cmpstr(error->message, ==, "i must be a whole number");
    g_clear_error(&error);
    g_assert_false(pbay_jsonc_object(root, "", "o", &o, &error));
    g_clear_error(&error);
    g_assert_false(pbay_jsonc_array(root, "", "s", &o, &error));
    g_clear_error(&error);
    json_object_put(root);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/jsonc/refuses", test_refuses);
    g_test_add_func("/drivers/jsonc/members", test_members);
    g_test_add_func("/drivers/jsonc/wrong-types", test_wrong_types);
    return g_test_run();
}
