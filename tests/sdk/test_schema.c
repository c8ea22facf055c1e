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

static void check_ref(const char *ref, const char *expected)
{
    g_autoptr(Host) host = host_new();
    const pb_json *root =
        host_json(host, "{\"$defs\":{\"A\":1,\"a/b~\":2},\"anyOf\":[3,{\"x\":4}],\"\":5}");
    const pb_json *target = pbs_schema_ref(&host->ctx, root, pbs_str(ref));
    if (expected == NULL) {
        g_assert_null(target);
        return;
    }
    g_autofree char *text = pbay_str_dup(pbay_json_text(target));
    g_assert_cmpstr(text, ==, expected);
}

static void test_ref(void)
{
    check_ref("#/$defs/A", "1");
    check_ref("#/$defs/a~1b~0", "2");
    check_ref("#/anyOf/0", "3");
    check_ref("#/anyOf/1/x", "4");
    check_ref("#/", "5");
    check_ref("#/$defs/none", NULL);
    check_ref("#/$defs/A/x", NULL);
    check_ref("#/anyOf/2", NULL);
    check_ref("#/anyOf/-1", NULL);
    check_ref("#/anyOf/x", NULL);
    check_ref("#A", NULL);
    check_ref("", NULL);
    check_ref("other.json#/a", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/schema/levels", test_levels);
    g_test_add_func("/sdk/schema/names-and-values", test_names_and_values_stay);
    g_test_add_func("/sdk/schema/bytes", test_bytes_stay);
    g_test_add_func("/sdk/schema/ref", test_ref);
    return g_test_run();
}
