/* SPDX-License-Identifier: Apache-2.0 */
/* Where a member nobody knows goes in, and that it comes out of events again. */
#include "check/unknown.h"

#include <string.h>

#define M "\"patchbay_unknown_member\":{\"a\":[1,null,{\"b\":\"}{\"}],\"c\":-1.5e3}"

static void inserted(const char *body, const char *expected)
{
    g_autoptr(GByteArray) in = g_byte_array_new(), out = NULL;

    g_byte_array_append(in, (const guint8 *)body, (guint)strlen(body));
    out = pbay_unknown_insert(in);
    g_byte_array_append(out, (const guint8 *)"", 1);
    g_assert_cmpstr((const char *)out->data, ==, expected);
}

static void test_insert(void)
{
    inserted("", "");
    inserted("{}", "{" M "}");
    inserted("{ \n}", "{" M " \n}");
    inserted("{\"a\":{\"b\":\"{\\\"{\"}}", "{" M ",\"a\":{" M ",\"b\":\"{\\\"{\"}}");
    inserted("[{\"a\":1},2]", "[{" M ",\"a\":1},2]");
    inserted("event: x\ndata: {\"a\":1}\n\ndata: [DONE]\n\n",
             "event: x\ndata: {" M ",\"a\":1}\n\ndata: [DONE]\n\n");
    inserted("{\"a\":1}\r\n{\"b\":2}\n{\"c\"", "{" M ",\"a\":1}\r\n{" M ",\"b\":2}\n{\"c\"");
    inserted("<style>p {x}</style>", "<style>p {x}</style>");
}

/* The model wrote them, no vendor. */
static void test_arguments(void)
{
    inserted("{\"input\":{\"x\":{}},\"y\":{\"z\":1}}",
             "{" M ",\"input\":{\"x\":{}},\"y\":{" M ",\"z\":1}}");
    inserted("{\"args\":{},\"input\":[{\"a\":1}]}",
             "{" M ",\"args\":{},\"input\":[{" M ",\"a\":1}]}");
}

static void stripped(const char *events, const char *expected, const char *want)
{
    json_object *in = json_tokener_parse(events), *first = json_tokener_parse(expected);
    json_object *out = pbay_unknown_strip(in, first);

    g_assert_cmpstr(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN), ==, want);
    json_object_put(in);
    json_object_put(first);
    json_object_put(out);
}

static void test_strip(void)
{
    stripped("[{\"kind\":\"text\",\"text\":\"a\"},3,null]", "[]",
             "[{\"kind\":\"text\",\"text\":\"a\"},3,null]");
    stripped("[{\"kind\":\"json\",\"json\":{\"a\":[{" M "}]}}]", "[]",
             "[{\"kind\":\"json\",\"json\":{\"a\":[{}]}}]");
    /* handed on as it was, and expected so; and one that came for the member's sake */
    stripped("[{\"kind\":\"extra\",\"name\":\"x\",\"json\":{\"a\":1," M "}}]",
             "[{\"kind\":\"extra\",\"name\":\"x\",\"json\":{\"a\":1}}]",
             "[{\"kind\":\"extra\",\"name\":\"x\",\"json\":{\"a\":1}}]");
    stripped("[{\"kind\":\"extra\",\"name\":\"patchbay_unknown_member\",\"json\":1}]", "[]", "[]");
    stripped("[{\"kind\":\"extra\",\"name\":\"x\",\"json\":{" M "}}]", "[]", "[]");
    stripped("[{\"kind\":\"tool_call\",\"index\":0,\"id\":\"a\",\"name\":\"f\",\"text\":\"{\"},"
             "{\"kind\":\"extra\",\"name\":\"x\",\"json\":{" M "}},"
             "{\"kind\":\"tool_call\",\"index\":0,\"text\":\"}\"},"
             "{\"kind\":\"tool_call\",\"index\":1,\"text\":\"\"}]",
             "[]",
             "[{\"kind\":\"tool_call\",\"index\":0,\"id\":\"a\",\"name\":\"f\",\"text\":\"{}\"},"
             "{\"kind\":\"tool_call\",\"index\":1,\"text\":\"\"}]");
    stripped("[{\"kind\":\"extra\",\"name\":\"x\",\"json\":1}]", "[]",
             "[{\"kind\":\"extra\",\"name\":\"x\",\"json\":1}]");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/unknown/insert", test_insert);
    g_test_add_func("/check/unknown/arguments", test_arguments);
    g_test_add_func("/check/unknown/strip", test_strip);
    return g_test_run();
}
