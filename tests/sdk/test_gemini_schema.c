/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas in the subset that older models take: references inlined, null as nullable, what is
 * outside left out and told, and schemas without end that end. */
#include "lib/gemini/internal.h"

#include "sdk/host.h"

static void check(const char *schema, const char *expected, bool whole)
{
    g_autoptr(Host) host = host_new();
    const pb_json *value = host_json(host, schema);
    g_assert_cmpint(pbs_gemini_write_schema(&host->ctx, value), ==, whole);
    g_assert_true(pbay_json_writer_ok(&host->x.w));
    g_assert_cmpstr(host->x.body->str, ==, expected);
}

static void test_references(void)
{
    check("{\"$defs\":{\"A\":{\"type\":\"string\",\"description\":\"a\"}},\"type\":\"object\","
          "\"properties\":{\"x\":{\"$ref\":\"#/$defs/A\"},\"y\":{\"$ref\":\"#/$defs/A\","
          "\"description\":\"b\"}}}",
          "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"string\",\"description\":\"a\"},"
          "\"y\":{\"type\":\"string\",\"description\":\"b\"}}}",
          true);
    check("{\"$ref\":\"#/nowhere\"}", "{\"type\":\"object\"}", false);
    check("{\"$ref\":\"https://elsewhere.example/a\"}", "{\"type\":\"object\"}", false);
}

static void test_null(void)
{
    check("{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}]}",
          "{\"type\":\"integer\",\"nullable\":true}", true);
    check("{\"type\":[\"string\",\"null\"]}", "{\"type\":\"string\",\"nullable\":true}", true);
    check("{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"},{\"type\":\"number\"}]}",
          "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"number\"}],\"nullable\":true}", true);
}

static void test_values(void)
{
    check("{\"const\":\"a\"}", "{\"type\":\"string\",\"enum\":[\"a\"]}", true);
    check("{\"type\":\"integer\",\"enum\":[1,2]}", "{\"type\":\"integer\"}", false);
    check("{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}",
          "{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", true);
    check("{\"type\":\"array\"}", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", true);
    check("{\"type\":\"number\",\"multipleOf\":2}", "{\"type\":\"number\"}", false);
}

static void test_all_of(void)
{
    check("{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"number\"}},"
          "\"required\":[\"a\"]},{\"properties\":{\"a\":{\"type\":\"integer\"},\"c\":{\"type\":"
          "\"boolean\"}},\"required\":[\"c\"]}]}",
          "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":"
          "\"number\"},\"c\":{\"type\":\"boolean\"}},\"required\":[\"a\",\"c\"]}",
          true);
}

/* Each ends, in bounded text. */
static void test_without_end(void)
{
    static const char *const schemas[] = {
        "{\"type\":\"object\",\"properties\":{\"l\":{\"$ref\":\"#\"},\"r\":{\"$ref\":\"#\"}}}",
        "{\"$ref\":\"#\"}",
        "{\"allOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}",
        "{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"},{\"type\":\"null\"}]}",
        "{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]}",
        "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(schemas); i++) {
        g_autoptr(Host) host = host_new();
        g_assert_false(pbs_gemini_write_schema(&host->ctx, host_json(host, schemas[i])));
        g_assert_true(pbay_json_writer_ok(&host->x.w));
        g_assert_cmpuint(host->x.body->len, <, 1024 * 1024);
    }
}

static void test_plain(void)
{
    static const struct {
        const char *schema;
        bool plain;
    } cases[] = {
        {"{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"}},\"required\":["
         "\"type\"]}",
         true},
        {"{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"a\"]}}", true},
        {"{\"type\":\"string\",\"format\":\"date-time\"}", true},
        {"{\"type\":\"string\",\"format\":\"email\"}", false},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\"}}}", false},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]}}}", false},
        {"{\"type\":\"object\",\"additionalProperties\":false}", false},
        {"{\"type\":\"integer\",\"enum\":[1]}", false},
        {"{}", false},
        {"true", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Host) host = host_new();
        g_assert_cmpint(pbs_gemini_schema_is_plain(&host->ctx, host_json(host, cases[i].schema)),
                        ==, cases[i].plain);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/gemini/schema/references", test_references);
    g_test_add_func("/sdk/gemini/schema/null", test_null);
    g_test_add_func("/sdk/gemini/schema/values", test_values);
    g_test_add_func("/sdk/gemini/schema/all-of", test_all_of);
    g_test_add_func("/sdk/gemini/schema/without-end", test_without_end);
    g_test_add_func("/sdk/gemini/schema/plain", test_plain);
    return g_test_run();
}
