/* SPDX-License-Identifier: Apache-2.0 */
/* From raw text to items: order of the steps, what may be missing where, and what stays after a
 * mistake. */
#include "unit/config/fixture.h"

static void test_split_before_expansion(void)
{
    g_setenv("PBT_MANY", "a;b\\s", TRUE);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config =
        fixture_load("[provider p]\napi-key=${env:PBT_MANY};x\\;y;$$1\nmatch=a-* ; b-*;\n"
                     "base-url=https://${env:PBT_NONE:-h}/v1\n",
                     NULL, NULL, problems);
    fixture_assert_problems(problems, "");
    const PbaySection *p = pbay_config_section(config, "provider", "p");
    const PbayValue *keys = pbay_section_get(p, "api-key");
    fixture_assert_items(keys->items, "[a;b\\s]|[x;y]|[$1]");
    g_assert_true(keys->expanded);
    g_assert_null(keys->missing);
    g_assert_cmpstr(keys->raw, ==, "${env:PBT_MANY};x\\;y;$$1");
    const PbayValue *match = pbay_section_get(p, "match");
    fixture_assert_items(match->items, "[a-*]|[b-*]");
    g_assert_true(match->list == match->items);
    g_assert_false(match->expanded);
    g_assert_cmpstr(pbay_section_str(p, "base-url"), ==, "https://h/v1");
    g_assert_null(pbay_section_get(p, "base-url")->list);
}

static void test_driver_keys(void)
{
    g_setenv("PBT_ONE", "v;w", TRUE);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config =
        fixture_load("[provider p]\nregion=a;b\nmap=a=b; c=${env:PBT_ONE};\nodd=a;;b\n"
                     "one=${env:PBT_ONE}\nesc=a\\;b\n",
                     NULL, NULL, problems);
    fixture_assert_problems(problems, "");
    const PbaySection *p = pbay_config_section(config, "provider", "p");
    fixture_assert_items(pbay_section_get(p, "region")->items, "[a;b]");
    fixture_assert_items(pbay_section_get(p, "region")->list, "[a]|[b]");
    fixture_assert_items(pbay_section_get(p, "map")->items, "[a=b; c=v;w;]");
    fixture_assert_items(pbay_section_get(p, "map")->list, "[a=b]|[c=v;w]");
    fixture_assert_items(pbay_section_get(p, "odd")->items, "[a;;b]");
    g_assert_null(pbay_section_get(p, "odd")->list);
    fixture_assert_items(pbay_section_get(p, "one")->list, "[v;w]");
    fixture_assert_items(pbay_section_get(p, "esc")->items, "[a;b]");
    fixture_assert_items(pbay_section_get(p, "esc")->list, "[a;b]");
    fixture_assert_items(pbay_section_list(p, "region"), "[a]|[b]");
    fixture_assert_items(pbay_section_list(p, "absent"), "");
}

static void test_comments(void)
{
    const char *hint =
        "  a comment stands on a line of its own, beginning with `#`; where the text "
        "is meant, write the blank before it as \\s\n";
    g_autofree char *expected =
        g_strdup_printf("FILE:2: `level` has ` #` in its value, which looks like a comment\n%s"
                        "FILE:4: `timeout` has ` ;` in its value, which looks like a comment\n%s"
                        "FILE:6: `match` has ` #` in its value, which looks like a comment\n%s"
                        "FILE:7: `region` has ` #` in its value, which looks like a comment\n%s",
                        hint, hint, hint, hint);
    fixture_assert_load("[log]\nlevel=info # loud\n[defaults]\ntimeout=5s ; short\n[provider p]\n"
                        "match=a;b # c\nregion=us # c\nother=a ; b\nheader.X-A=a\\s# b\n",
                        expected);
}

static void test_missing(void)
{
    g_unsetenv("PBT_NONE");
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = fixture_load(
        "[provider "
        "p]\napi-key=${env:PBT_NONE};k\nbase-url=${env:PBT_NONE}\nregion=${env:PBT_NONE}\n"
        "header.X-A=x ${file:/nonexistent/h}\nca-file=${credential:ca}\nproxy=${env:PBT_NONE:-}\n",
        NULL, NULL, problems);
    fixture_assert_problems(problems, "");
    const PbaySection *p = pbay_config_section(config, "provider", "p");
    fixture_assert_items(pbay_section_get(p, "api-key")->items, "[]|[k]");
    g_assert_cmpstr(pbay_section_get(p, "api-key")->missing, ==, "PBT_NONE");
    fixture_assert_items(pbay_section_get(p, "base-url")->items, "[]");
    g_assert_null(pbay_section_str(p, "base-url"));
    g_assert_cmpstr(pbay_section_get(p, "region")->missing, ==, "PBT_NONE");
    g_assert_cmpstr(pbay_section_get(p, "header.x-a")->missing, ==, "${file:/nonexistent/h}");
    g_assert_cmpstr(pbay_section_get(p, "ca-file")->missing, ==, "${credential:ca}");
    g_assert_cmpstr(pbay_section_str(p, "proxy"), ==, "");
}

static void test_may_not_miss(void)
{
    fixture_assert_load(
        "[log]\nlevel=${env:PBT_NONE}\n[provider p]\ntimeout=${env:PBT_NONE}\n[egress]\n"
        "allow=${file:/nonexistent/n}\n[defaults]\nmodel=${env:PBT_NONE:-a/b}\n",
        "FILE:2: `level` takes the variable PBT_NONE, which is not set\n"
        "  set it, or give a default: ${env:PBT_NONE:-default}\n"
        "FILE:4: `timeout` takes the variable PBT_NONE, which is not set\n"
        "  set it, or give a default: ${env:PBT_NONE:-default}\n"
        "FILE:6: `allow` takes ${file:/nonexistent/n}, which cannot be had\n"
        "  create it, or make it readable\n");
}

static void test_mistakes(void)
{
    fixture_assert_load(
        "[provider p]\napi-key=a\\\nbase-url=${env:X\nmatch=a;;b\nregion=x$y\ntimeout=\n"
        "origins=https://a;b;https://c/d\n",
        "FILE:2: `api-key` ends in a lone backslash (there are no continuation lines; a backslash "
        "is written \\\\)\n"
        "FILE:3: `base-url` holds a `${` that is not closed\n"
        "  close it with `}`; in a list, write `\\;` inside a reference\n"
        "FILE:4: `match` has an empty item\n"
        "FILE:5: `region` holds a lone `$`\n"
        "  write $$ for a dollar sign, ${env:NAME} for a variable\n"
        "FILE:6: `timeout` is no duration: write 250ms, 20s, 5m or 1h (at most 30 days)\n"
        "FILE:7: item 2 of `origins` is no origin: write http:// or https:// and a host, without a "
        "path\n"
        "FILE:7: item 3 of `origins` is no origin: write http:// or https:// and a host, without a "
        "path\n");
}

/* A value with a mistake is empty, never NULL, so that whoever shows the rest does not stumble. */
static void test_after_mistake(void)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config =
        fixture_load("[log]\nlevel=loud\n[provider p]\napi-key=a\\q\nregion=a;${\nmatch=a;;\n",
                     NULL, NULL, problems);
    g_assert_cmpuint(problems->len, ==, 4);
    const PbaySection *log = pbay_config_section(config, "log", "");
    g_assert_null(pbay_section_str(log, "level"));
    fixture_assert_items(pbay_section_get(log, "level")->items, "");
    g_assert_nonnull(pbay_section_get(log, "level")->items);
    const PbaySection *p = pbay_config_section(config, "provider", "p");
    for (guint i = 0; i < p->values->len; i++) {
        const PbayValue *value = g_ptr_array_index(p->values, i);
        g_assert_nonnull(value->items);
        g_assert_null(value->items[0]);
    }
}

static void test_control_characters(void)
{
    g_setenv("PBT_NL", "sk-canary\n", TRUE);
    fixture_assert_load("[provider p]\napi-key=${env:PBT_NL}\nheader.X-A=a${env:PBT_NL}\n"
                        "header.X-B=a\\r\\nX-C: d\nregion=${env:PBT_NL}\n",
                        "FILE:2: `api-key` holds a control character (0x0a as byte 10)\n"
                        "FILE:3: `header.X-A` holds a control character (0x0a as byte 11)\n"
                        "FILE:4: `header.X-B` holds a control character (0x0d as byte 2)\n");
    g_unsetenv("PBT_NL");
}

static void test_literals(void)
{
    const char *const sets[] = {"provider.p.api-key",
                                " a\\s;${env:HOME};",
                                "provider.p.region",
                                " x;y # $z ",
                                "provider.p.match",
                                "",
                                "log.level",
                                "loud",
                                "provider.p.driver",
                                "open\xff",
                                NULL};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = fixture_load("", NULL, sets, problems);
    fixture_assert_problems(
        problems, "(set by program): `driver` was set to a text that is not UTF-8\n"
                  "(set by program): `level` is none of debug, info, warn, error, none\n");
    const PbaySection *p = pbay_config_section(config, "provider", "p");
    fixture_assert_items(pbay_section_get(p, "api-key")->items, "[a\\s]|[${env:HOME}]");
    fixture_assert_items(pbay_section_get(p, "region")->items, "[ x;y # $z ]");
    fixture_assert_items(pbay_section_get(p, "region")->list, "[x]|[y # $z]");
    fixture_assert_items(pbay_section_get(p, "match")->items, "");
    g_assert_false(pbay_section_get(p, "api-key")->expanded);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("PBT_NONE");
    g_unsetenv("CREDENTIALS_DIRECTORY");
    g_test_add_func("/resolve/split-before-expansion", test_split_before_expansion);
    g_test_add_func("/resolve/driver-keys", test_driver_keys);
    g_test_add_func("/resolve/comments", test_comments);
    g_test_add_func("/resolve/missing", test_missing);
    g_test_add_func("/resolve/may-not-miss", test_may_not_miss);
    g_test_add_func("/resolve/mistakes", test_mistakes);
    g_test_add_func("/resolve/after-mistake", test_after_mistake);
    g_test_add_func("/resolve/control-characters", test_control_characters);
    g_test_add_func("/resolve/literals", test_literals);
    return g_test_run();
}
