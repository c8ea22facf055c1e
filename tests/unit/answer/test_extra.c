/* SPDX-License-Identifier: Apache-2.0 */
/* Merging of EXTRA members: what appends, what merges, what is replaced, and the bounds. */
#include "answer/extra.h"

#include "base/error.h"
#include "base/str.h"

static char *folded(const char *const *values)
{
    PbayExtras extras = {NULL};
    for (; *values != NULL; values++)
        g_assert_true(pbay_extras_merge(&extras, PBAY_STR("x"), pbay_str(*values), NULL));
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    g_assert_true(pbay_extras_write_value(&extras, &w, "x"));
    g_assert_true(pbay_json_writer_ok(&w));
    pbay_extras_clear(&extras);
    return g_strdup(out->str);
}

static void test_folding(void)
{
    static const struct {
        const char *values[5];
        const char *result;
    } rows[] = {
        {{"1"}, "1"},
        {{" 1 "}, "1"},
        {{"1", "2"}, "2"},
        {{"\"a\"", "\"b\""}, "\"b\""},
        {{"[1]", "[2,3]"}, "[1,2,3]"},
        {{"[ ]", "[]", "[ 1 ]", "[]"}, "[1]"},
        {{"[]"}, "[]"},
        {{"[]", "[]"}, "[]"},
        {{"[ 1,\n2 ]", "[3]"}, "[1,\n2,3]"},
        {{"{\"a\":1}", "{\"b\":2}"}, "{\"a\":1,\"b\":2}"},
        {{"{\"a\":1}", "{\"a\":2}"}, "{\"a\":2}"},
        {{"{}", "{}"}, "{}"},
        {{"{\"content\":[1],\"refusal\":null}", "{\"content\":[2]}", "{\"content\":[3]}"},
         "{\"content\":[1,2,3],\"refusal\":null}"},
        {{"{\"a\":{\"b\":[1]}}", "{\"a\":{\"b\":[2],\"c\":3}}"}, "{\"a\":{\"b\":[1,2],\"c\":3}}"},
        {{"{\"a\":[1]}", "{\"a\":null}"}, "{\"a\":[1]}"},
        {{"[1]", "null"}, "[1]"},
        {{"null", "[1]", "[2]"}, "[1,2]"},
        {{"1", "null"}, "null"},
        {{"[1]", "{\"a\":1}"}, "{\"a\":1}"},
        {{"{\"a\":1}", "{\"b\":1}", "[1]", "[2]"}, "[1,2]"},
        {{"[1]", "[2]", "true"}, "true"},
        {{"12345678901234567890123", "[1e400]", "[0.10]"}, "[1e400,0.10]"},
        {{"{\"a\\u0062\":1}", "{\"ab\":2}"}, "{\"ab\":2}"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *result = folded(rows[i].values);
        g_assert_cmpstr(result, ==, rows[i].result);
    }
}

static void test_order_and_except(void)
{
    PbayExtras extras = {NULL};
    g_assert_true(pbay_extras_empty(&extras));
    g_assert_false(pbay_extras_has(&extras, "b"));
    const char *const names[] = {"b", "a", "c", "a"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_true(pbay_extras_merge(&extras, pbay_str(names[i]), PBAY_STR("[1]"), NULL));
    g_assert_true(pbay_extras_has(&extras, "b"));
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    const char *const except[] = {"c", NULL};
    pbay_extras_write(&extras, &w, except);
    pbay_json_close(&w);
    g_assert_true(pbay_json_writer_ok(&w));
    g_assert_cmpstr(out->str, ==, "{\"b\":[1],\"a\":[1,1]}");
    g_assert_false(pbay_extras_write_value(&extras, &w, "d"));
    pbay_extras_clear(&extras);
    pbay_extras_clear(&extras);
}

static void test_inside(void)
{
    PbayExtras extras = {NULL};
    g_assert_true(
        pbay_extras_merge(&extras, PBAY_STR("d"), PBAY_STR("{\"a\":1,\"b\":[2],\"c\":3}"), NULL));
    g_assert_true(pbay_extras_merge(&extras, PBAY_STR("n"), PBAY_STR("7"), NULL));
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    const char *const except[] = {"a", NULL};
    pbay_extras_write_inside(&extras, &w, "d", except);
    pbay_extras_write_inside(&extras, &w, "n", NULL);
    pbay_extras_write_inside(&extras, &w, "absent", NULL);
    pbay_json_close(&w);
    g_assert_cmpstr(out->str, ==, "{\"b\":[2],\"c\":3}");
    pbay_extras_clear(&extras);
}

static void test_bad_json(void)
{
    static const char *const bad[] = {"", "{", "[1,]", "nul", "1 2", "{\"a\":1}x", "\"\xff\""};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        PbayExtras extras = {NULL};
        g_autoptr(GError) error = NULL;
        g_assert_false(pbay_extras_merge(&extras, PBAY_STR("it"), pbay_str(bad[i]), &error));
        g_assert_error(error, PBAY_ERROR, PB_ERR_PROTOCOL);
        g_assert_nonnull(strstr(error->message, "\"it\""));
        pbay_extras_clear(&extras);
    }
}

static void test_bounds(void)
{
    PbayExtras extras = {NULL};
    g_autoptr(GString) deep = g_string_new(NULL);
    for (int i = 0; i < 97; i++)
        g_string_append_c(deep, '[');
    for (int i = 0; i < 97; i++)
        g_string_append_c(deep, ']');
    g_assert_false(pbay_extras_merge(&extras, PBAY_STR("deep"), pbay_str_of(deep), NULL));
    for (unsigned i = 0; i < PBAY_EXTRA_MEMBERS_MAX; i++) {
        g_autofree char *name = g_strdup_printf("m%u", i);
        g_assert_true(pbay_extras_merge(&extras, pbay_str(name), PBAY_STR("1"), NULL));
    }
    g_autoptr(GError) error = NULL;
    g_assert_false(pbay_extras_merge(&extras, PBAY_STR("more"), PBAY_STR("1"), &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_PROTOCOL);
    g_assert_true(pbay_extras_merge(&extras, PBAY_STR("m5"), PBAY_STR("2"), NULL));
    pbay_extras_clear(&extras);
}

/* Appending costs what is appended: 20,000 token probabilities within the test's time limit. */
static void test_many(void)
{
    PbayExtras extras = {NULL};
    for (int i = 0; i < 20000; i++)
        g_assert_true(pbay_extras_merge(&extras, PBAY_STR("logprobs"),
                                        PBAY_STR("{\"content\":[{\"token\":\"a\"}]}"), NULL));
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    g_assert_true(pbay_extras_write_value(&extras, &w, "logprobs"));
    g_assert_cmpuint(out->len, ==, strlen("{\"content\":[]}") + 20000 * 14 - 1);
    pbay_extras_clear(&extras);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/extra/folding", test_folding);
    g_test_add_func("/extra/order", test_order_and_except);
    g_test_add_func("/extra/inside", test_inside);
    g_test_add_func("/extra/bad-json", test_bad_json);
    g_test_add_func("/extra/bounds", test_bounds);
    g_test_add_func("/extra/many", test_many);
    return g_test_run();
}
