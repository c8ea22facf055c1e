/* SPDX-License-Identifier: Apache-2.0 */
/* Dotted names of values set by a program. */
#include "unit/config/fixture.h"

static void assert_name(const char *dotted, const char *kind, const char *name, const char *key)
{
    g_autofree char *k = NULL, *n = NULL, *v = NULL;
    g_assert_true(pbay_config_split_name(dotted, &k, &n, &v));
    g_assert_cmpstr(k, ==, kind);
    g_assert_cmpstr(n, ==, name);
    g_assert_cmpstr(v, ==, key);
}

static void test_good(void)
{
    assert_name("defaults.model", "defaults", "", "model");
    assert_name("log.level", "log", "", "level");
    assert_name("provider.openai.api-key", "provider", "openai", "api-key");
    assert_name("provider.openai.header.X-Title", "provider", "openai", "header.X-Title");
    assert_name("provider.openai.header.a.b", "provider", "openai", "header.a.b");
    assert_name("provider.p.some.option", "provider", "p", "some.option");
    assert_name("model.gpt-3.5.targets", "model", "gpt-3.5", "targets");
    assert_name("model.gpt-3.5.rule.1", "model", "gpt-3.5", "rule.1");
    assert_name("model.high quality.strategy", "model", "high quality", "strategy");
    assert_name("price.openai/gpt-3.5.input", "price", "openai/gpt-3.5", "input");
    assert_name("price.openai/gpt-3.5.above-200000.input", "price", "openai/gpt-3.5",
                "above-200000.input");
    assert_name("limits.openai.rpm", "limits", "openai", "rpm");
    assert_name("limits.a/b.c.d.rpm", "limits", "a/b.c.d", "rpm");
    assert_name("driver.openai.critical", "driver", "openai", "critical");
    assert_name("defualts.model", "defualts", "", "model");
    assert_name("provdr.groq.api-key", "provdr", "groq", "api-key");
}

static void test_bad(void)
{
    const char *const bad[] = {"",           "defaults",       "defaults.",       ".model",
                               "provider.x", "provider..key",  "provider.x.",     "model.targets",
                               "model..",    "model..targets", "price.openai/gpt"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        char *k = (char *)"x", *n = (char *)"x", *v = (char *)"x";
        if (pbay_config_split_name(bad[i], &k, &n, &v))
            g_error("`%s` was split into `%s` `%s` `%s`", bad[i], k, n, v);
        g_assert_true(k == NULL && n == NULL && v == NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/name/good", test_good);
    g_test_add_func("/name/bad", test_bad);
    return g_test_run();
}
