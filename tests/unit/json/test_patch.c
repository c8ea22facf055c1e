/* SPDX-License-Identifier: Apache-2.0 */
/* Changing a member in place: every byte outside the change stays. */
#include "base/str.h"
#include "json/reader.h"
#include "json/writer.h"

typedef struct Row {
    const char *text, *key, *with, *expected; /* with NULL: remove */
} Row;

static const Row rows[] = {
    {"{\"model\":\"a\",\"n\":1}", "model", "\"b\"", "{\"model\":\"b\",\"n\":1}"},
    {"{\"n\":1,\"model\":\"a\"}", "model", "{\"x\":[]}", "{\"n\":1,\"model\":{\"x\":[]}}"},
    {"{ \"n\" : 1.0e+0 ,\n \"model\"\t:\r\n\"a\" }", "model", "2",
     "{ \"n\" : 1.0e+0 ,\n \"model\"\t:\r\n2 }"},
    {"{\"mod\\u0065l\":[1,{\"model\":3}],\"z\":0}", "model", "\"b\"",
     "{\"mod\\u0065l\":\"b\",\"z\":0}"},
    {"{\"a\":{\"model\":1}}", "model", "2", "{\"a\":{\"model\":1},\"model\":2}"},
    {"{\"a\":1 }", "b", "2", "{\"a\":1,\"b\":2 }"},
    {"{}", "b", "2", "{\"b\":2}"},
    {"{ }", "b", "2", "{\"b\":2 }"},
    {"{}", "q\"\n\xc3\xa9", "2", "{\"q\\\"\\n\xc3\xa9\":2}"},
    {"{\"a\":1}", "", "2", "{\"a\":1,\"\":2}"},
    {"{\"a\":1,\"b\":2,\"c\":3}", "a", NULL, "{\"b\":2,\"c\":3}"},
    {"{\"a\":1,\"b\":2,\"c\":3}", "b", NULL, "{\"a\":1,\"c\":3}"},
    {"{\"a\":1,\"b\":2,\"c\":3}", "c", NULL, "{\"a\":1,\"b\":2}"},
    {"{\"a\":1,\"b\":2,\"c\":3}", "d", NULL, "{\"a\":1,\"b\":2,\"c\":3}"},
    {"{ \"a\" : 1 , \"b\" : 2 }", "a", NULL, "{ \"b\" : 2 }"},
    {"{ \"a\" : 1 , \"b\" : 2 }", "b", NULL, "{ \"a\" : 1 }"},
    {"{ \"a\" : 1 }", "a", NULL, "{  }"},
    {"{\"a\":1}", "a", NULL, "{}"},
    {"{\"a\":1,\"b\":2,\"a\":3}", "a", "9", "{\"a\":9,\"b\":2,\"a\":9}"},
    {"{\"a\":1,\"b\":2,\"a\":3}", "a", NULL, "{\"b\":2}"},
    {"{\"a\":1,\"\\u0061\":2,\"a\":3}", "a", NULL, "{}"},
    {"{\"a\":1, \"a\":2, \"b\":3, \"a\":4, \"c\":5}", "a", NULL, "{\"b\":3, \"c\":5}"},
    {"{\"b\":3,\"a\":1,\"a\":2,\"c\":5,\"d\":6}", "a", NULL, "{\"b\":3,\"c\":5,\"d\":6}"},
    {"{\"s\":\"},{\\\",\",\"a\":1}", "a", NULL, "{\"s\":\"},{\\\",\"}"},
    {" {\"a\":1} \n", "a", "2", "{\"a\":2}"},
    {"[1,2]", "a", "2", "[1,2]"},
    {"\"x\"", "a", NULL, "\"x\""},
};

static void check(const Row *row, unsigned flags)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GString) out = g_string_new("before");
    g_autofree char *expected = g_strconcat("before", row->expected, NULL);
    const pb_json *root = pbay_json_parse(arena, pbay_str(row->text), NULL, flags, NULL);
    g_assert_nonnull(root);
    pbay_json_patch(out, root, pbay_str(row->key), pbay_str(row->with));
    g_assert_cmpstr(out->str, ==, expected);
    g_assert_nonnull(pbay_json_parse(arena, pbay_str(row->expected), NULL, 0, NULL));
}

static void test_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        check(&rows[i], 0);
        check(&rows[i], PBAY_JSON_SHARED | PBAY_JSON_COPY);
    }
}

static void test_inner_and_null(void)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GString) out = g_string_new(NULL);
    const pb_json *root = pbay_json_parse(arena, PBAY_STR("[0,{\"a\":1}]"), NULL, 0, NULL);
    pbay_json_patch(out, pbay_json_at(root, 1, NULL), PBAY_STR("a"), PBAY_STR("true"));
    g_assert_cmpstr(out->str, ==, "{\"a\":true}");
    g_string_truncate(out, 0);
    pbay_json_patch(out, NULL, PBAY_STR("a"), PBAY_STR("1"));
    g_assert_cmpstr(out->str, ==, "null");
}

/* Many members, each in turn changed and removed. */
static void test_many(void)
{
    for (int at = 0; at < 60; at++) {
        g_autoptr(GString) text = g_string_new("{");
        g_autoptr(GString) changed = g_string_new("{");
        g_autoptr(GString) removed = g_string_new("{");
        for (int i = 0; i < 60; i++) {
            const char *comma = i != 0 ? "," : "";
            g_string_append_printf(text, "%s\"%d\":[%d]", comma, i, i);
            g_string_append_printf(changed, i == at ? "%s\"%d\":0" : "%s\"%d\":[%d]", comma, i, i);
            if (i != at)
                g_string_append_printf(removed, "%s\"%d\":[%d]", removed->len > 1 ? "," : "", i, i);
        }
        g_string_append_c(text, '}');
        g_string_append_c(changed, '}');
        g_string_append_c(removed, '}');
        g_autofree char *key = g_strdup_printf("%d", at);
        check(&(Row){text->str, key, "0", changed->str}, PBAY_JSON_UNIQUE);
        check(&(Row){text->str, key, NULL, removed->str}, PBAY_JSON_UNIQUE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/patch/rows", test_rows);
    g_test_add_func("/json/patch/inner-and-null", test_inner_and_null);
    g_test_add_func("/json/patch/many", test_many);
    return g_test_run();
}
