/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the bytes of a member in JSON text. */
#include "cli/cli.h"

#include <string.h>

static void finds(const char *object, const char *name, const char *wanted)
{
    const char *at = NULL;
    size_t len = 0;
    bool found = cli_json_member_span(object, strlen(object), name, &at, &len);
    g_autofree char *value = found ? g_strndup(at, len) : NULL;

    g_assert_cmpstr(value, ==, wanted);
}

static void test_values(void)
{
    static const char object[] =
        "{\"n\":-1.50e+3,\"s\":\"a\\\"}{\\\\\",\"b\":true,\"z\":null,\"o\":{\"b\":[1,{\"s\":2}]},"
        "\"e\":{},\"l\":[],\"last\":123456789012345678901234567890}";

    finds(object, "n", "-1.50e+3");
    finds(object, "s", "\"a\\\"}{\\\\\"");
    finds(object, "b", "true");
    finds(object, "z", "null");
    finds(object, "o", "{\"b\":[1,{\"s\":2}]}");
    finds(object, "e", "{}");
    finds(object, "l", "[]");
    finds(object, "last", "123456789012345678901234567890");
    finds(object, "a", NULL);
    finds(object, "", NULL);
}

static void test_blanks(void)
{
    finds(" { \"a\" : [ 1 , 2 ] , \"b\"\n:\t\"x\" } ", "a", "[ 1 , 2 ]");
    finds(" { \"a\" : [ 1 , 2 ] , \"b\"\n:\t\"x\" } ", "b", "\"x\"");
    finds("{ \"a\": 7 }", "a", "7");
}

static void test_nothing_there(void)
{
    finds("", "a", NULL);
    finds("{}", "a", NULL);
    finds("[\"a\"]", "a", NULL);
    finds("\"a\"", "a", NULL);
    finds("{\"ab\":1}", "a", NULL);
}

/* Cut anywhere it reads nothing behind the end. */
static void test_cut(void)
{
    static const char object[] = "{\"s\":\"a\\\"b\",\"o\":{\"x\":[1,2]}}";

    for (size_t len = 0; len < sizeof object - 1; len++) {
        g_autofree char *cut = g_malloc(len + 1);
        const char *at;
        size_t value_len;

        memcpy(cut, object, len);
        if (cli_json_member_span(cut, len, "o", &at, &value_len))
            g_assert_cmpuint((size_t)(at - cut) + value_len, <=, len);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/json-span/values", test_values);
    g_test_add_func("/cli/json-span/blanks", test_blanks);
    g_test_add_func("/cli/json-span/nothing-there", test_nothing_there);
    g_test_add_func("/cli/json-span/cut", test_cut);
    return g_test_run();
}
