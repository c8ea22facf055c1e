/* SPDX-License-Identifier: Apache-2.0 */
/* The list of mistakes: text, JSON, what is cleaned on the way. */
#include "base/secret.h"
#include "base/str.h"
#include "unit/config/fixture.h"

static void test_text(void)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    pbay_problems_add(problems, (PbayOrigin){"/a.conf", 3}, "log", "level", "write info", "bad %d",
                      7);
    pbay_problems_add(problems, (PbayOrigin){"/b.conf", 0}, NULL, NULL, NULL, "gone");
    pbay_problems_add(problems, (PbayOrigin){NULL, 0}, NULL, NULL, NULL, "nowhere");
    fixture_assert_problems(problems, "/a.conf:3: bad 7\n  write info\n/b.conf: gone\n"
                                      "(configuration): nowhere\n");
    const PbayProblem *first = g_ptr_array_index(problems, 0);
    g_assert_cmpstr(first->section, ==, "log");
    g_assert_cmpstr(first->key, ==, "level");
}

/* As they are read: file by file as they first came, each from its top, equal places as found. */
static void test_order(void)
{
    static const struct {
        const char *file;
        int line;
    } found[] = {{"/b", 9}, {"/a", 2}, {"/b", 3}, {"/a", 1}, {"/b", 9}, {"/b", 0}, {"/a", 10}};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    for (int i = 0; i < (int)G_N_ELEMENTS(found); i++)
        pbay_problems_add(problems, (PbayOrigin){found[i].file, found[i].line}, NULL, NULL, NULL,
                          "%d", i);
    fixture_assert_problems(problems, "/b: 5\n/b:3: 2\n/b:9: 0\n/b:9: 4\n"
                                      "/a:1: 3\n/a:2: 1\n/a:10: 6\n");
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_problems_write_json(problems, out);
    g_assert_nonnull(strstr(out->str, "\"line\":3"));
    g_assert_true(strstr(out->str, "\"line\":3") < strstr(out->str, "\"line\":9"));
    g_assert_cmpstr(((const PbayProblem *)problems->pdata[0])->message, ==, "0");
}

static void test_json(void)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(GString) out = g_string_new("x");
    pbay_problems_write_json(problems, out);
    g_assert_cmpstr(out->str, ==, "x[]");
    pbay_problems_add(problems, (PbayOrigin){"/a\"b", 3}, "log", "level", NULL, "two\nlines");
    g_string_truncate(out, 0);
    pbay_problems_write_json(problems, out);
    g_assert_cmpstr(out->str, ==,
                    "[{\"file\":\"/a\\\"b\",\"line\":3,\"section\":\"log\",\"key\":\"level\","
                    "\"message\":\"two\\nlines\",\"hint\":null}]");
}

static void test_cleaned(void)
{
    g_autoptr(PbaySecret) secret = pbay_secret_new(PBAY_STR("sk-canary-4711"));
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    pbay_problems_add(problems, (PbayOrigin){"/\x1b[2J\xff.conf", 1}, "provider sk-canary-4711",
                      "sk-canary-4711", "not sk-canary-4711", "sk-canary-4711 and\r\x7f");
    fixture_assert_problems(problems,
                            "/\\x1b[2J\xef\xbf\xbd.conf:1: *** and\\x0d\\x7f\n  not ***\n");
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_problems_write_json(problems, out);
    fixture_assert_lacks(out->str, "canary");
    g_assert_true(g_utf8_validate(out->str, -1, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/problems/text", test_text);
    g_test_add_func("/problems/order", test_order);
    g_test_add_func("/problems/json", test_json);
    g_test_add_func("/problems/cleaned", test_cleaned);
    return g_test_run();
}
