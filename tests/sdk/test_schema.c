/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaning schemas: keywords go at every level, names and values of the author stay. */
#include "lib/schema.h"

#include "lib/str.h"
#include "sdk/host.h"

static bool drop(void *user, pb_str keyword)
{
    (void)user;
    return pbs_is(keyword, "strict") || pbs_is(keyword, "additionalProperties");
}

static void check(const char *schema, const char *expected, bool changes)
{
    g_autoptr(Host) host = host_new();
    const pb_json *value = host_json(host, schema);
    g_assert_cmpint(pbs_schema_changes(&host->ctx, value, drop, NULL), ==, changes);
    pbs_schema_write(&host->ctx, value, drop, NULL);
    g_assert_true(pbay_json_writer_ok(&host->x.w));
    g_assert_cmpstr(host->x.body->str, ==, expected);
}

static void test_levels(void)
{
    check("{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"a\":{\"type\":"
          "\"array\","
          "\"items\":{\"type\":\"object\",\"additionalProperties\":{\"strict\":1}}}}}",
          "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"type\":"
          "\"object\"}}}}",
          true);
    check("{\"anyOf\":[{\"strict\":true},{\"x\":1}],\"$defs\":{\"strict\":{\"strict\":1}}}",
          "{\"anyOf\":[{},{\"x\":1}],\"$defs\":{\"strict\":{}}}", true);
}

static void test_names_and_values_stay(void)
{
    const char *kept =
        "{\"properties\": {\"strict\":{\"type\":\"boolean\"},\"additionalProperties\":{}},"
        "\"required\":[\"strict\"],\"default\":{\"strict\":1},\"const\":{\"strict\":1},"
        "\"enum\":[{\"strict\":1}], \"examples\":[{\"strict\":1}]}";
    check(kept, kept, false);
}

static void test_bytes_stay(void)
{
    check("{ \"x\" : 1.50 }", "{ \"x\" : 1.50 }", false);
    check("true", "true", false);
    check("null", "null", false);
    check("{\"strict\":1}", "{}", true);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/schema/levels", test_levels);
    g_test_add_func("/sdk/schema/names-and-values", test_names_and_values_stay);
    g_test_add_func("/sdk/schema/bytes", test_bytes_stay);
    return g_test_run();
}
