/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/drivers.h"

static void test_both_ways(void)
{
    int n = 0;
    for (int32_t kind = 0; kind < 64; kind++) {
        const char *name = pbay_kind_name(kind);
        if (name == NULL)
            continue;
        n++;
        g_assert_cmpint(pbay_kind_parse(name), ==, kind);
    }
    g_assert_cmpint(n, ==, 12);
    g_assert_cmpstr(pbay_kind_name(PB_KIND_CHAT), ==, "chat");
    g_assert_cmpint(pbay_kind_parse("count_tokens"), ==, PB_KIND_COUNT_TOKENS);
}

static void test_unknown(void)
{
    g_assert_null(pbay_kind_name(-1));
    g_assert_null(pbay_kind_name(INT32_MAX));
    g_assert_cmpint(pbay_kind_parse(""), ==, 0);
    g_assert_cmpint(pbay_kind_parse("Chat"), ==, 0);
    g_assert_cmpint(pbay_kind_parse("chat "), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/kinds/both-ways", test_both_ways);
    g_test_add_func("/drivers/kinds/unknown", test_unknown);
    return g_test_run();
}
