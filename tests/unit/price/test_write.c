/* SPDX-License-Identifier: Apache-2.0 */
/* A price as JSON: only figures that are known, exact, with tiers and where it stands. */
#include "unit/price/fixture.h"

static void assert_json(const char *text, const char *expected)
{
    Fixture f = fixture_prices(text);
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_price_write(pbay_price_find(f.list, "a/b"), out);
    char *file = strstr(out->str, "\"file\":\"");
    g_assert_nonnull(file);
    fixture_assert_has(file, "t.conf");
    g_autofree char *head = g_strndup(out->str, (gsize)(file - out->str));
    const char *line = strstr(file, "\",\"line\"");
    g_assert_nonnull(line);
    g_autofree char *whole = g_strconcat(head, line + 2, NULL);
    g_assert_cmpstr(whole, ==, expected);
    fixture_clear(&f);
}

static void test_figures(void)
{
    assert_json("[price a/b]\ninput = 30.00\noutput = 60\n",
                "{\"input\":\"30\",\"output\":\"60\",\"line\":1}");
    assert_json("# one\n[price a/b]\nrequest = 0.005\nreasoning = 1\nimage = 0\n"
                "cached-input = 0.10\ncache-write = 0.000000000001\n",
                "{\"cached-input\":\"0.1\",\"cache-write\":\"0.000000000001\","
                "\"reasoning\":\"1\",\"image\":\"0\",\"request\":\"0.005\",\"line\":2}");
    assert_json("[price a/b]\n", "{\"line\":1}");
}

static void test_tiers(void)
{
    assert_json("[price a/b]\ninput = 1\nabove-200000.input = 2\nabove-1000.input = 1.5\n"
                "output = 3\nabove-1000.output = 4\n",
                "{\"input\":\"1\",\"output\":\"3\",\"tiers\":["
                "{\"above\":1000,\"input\":\"1.5\",\"output\":\"4\"},"
                "{\"above\":200000,\"input\":\"2\"}],\"line\":1}");
}

/* What a program set has no line. */
static void test_set(void)
{
    const char *const sets[] = {"price.a/b.input", "2", NULL};
    char *dir = fixture_dir();
    Fixture f = fixture_prices_in(dir, sets);
    fixture_assert_problems(f.problems, "");
    g_autoptr(GString) out = g_string_new("x");
    pbay_price_write(pbay_price_find(f.list, "a/b"), out);
    g_assert_cmpstr(out->str, ==, "x{\"input\":\"2\",\"file\":\"(set by program)\"}");
    fixture_clear(&f);
    fixture_remove(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/write/figures", test_figures);
    g_test_add_func("/write/tiers", test_tiers);
    g_test_add_func("/write/set", test_set);
    return g_test_run();
}
