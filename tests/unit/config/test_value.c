/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes, lists, comments behind values, and the way back; GKeyFile as oracle of lists. */
#include "config/expand.h"
#include "config/value.h"
#include "unit/config/fixture.h"

static void assert_split(const char *raw, PbayValueForm form, const char *items)
{
    g_autofree char *why = NULL;
    g_auto(GStrv) got = pbay_config_split(raw, form, &why);
    g_assert_cmpstr(why, ==, NULL);
    fixture_assert_items(got, items);
}

static void assert_bad(const char *raw, PbayValueForm form, const char *start)
{
    g_autofree char *why = NULL;
    g_auto(GStrv) got = pbay_config_split(raw, form, &why);
    g_assert_null(got);
    g_assert_true(g_str_has_prefix(why, start));
}

static void test_scalar(void)
{
    assert_split("", PBAY_FORM_SCALAR, "[]");
    assert_split("a;b ;c", PBAY_FORM_SCALAR, "[a;b ;c]");
    assert_split("\\sa\\n\\t\\r\\\\b\\s", PBAY_FORM_SCALAR, "[ a\n\t\r\\b ]");
    assert_split("\"q\"", PBAY_FORM_SCALAR, "[\"q\"]");
    assert_bad("a\\", PBAY_FORM_SCALAR, "ends in a lone backslash");
    assert_bad("a\\x41", PBAY_FORM_SCALAR, "holds an unknown escape");
    assert_bad("a\\ b", PBAY_FORM_SCALAR, "holds an unknown escape");
    assert_bad("a\\;b", PBAY_FORM_SCALAR, "takes one value");
    assert_split("a\\;b;c", PBAY_FORM_OPEN, "[a;b;c]");
}

static void test_list(void)
{
    assert_split("", PBAY_FORM_LIST, "");
    assert_split("a", PBAY_FORM_LIST, "[a]");
    assert_split("a;b;", PBAY_FORM_LIST, "[a]|[b]");
    assert_split("  a b ;\tc\t; ", PBAY_FORM_LIST, "[a b]|[c]");
    assert_split("a\\;b;c\\\\;d", PBAY_FORM_LIST, "[a;b]|[c\\]|[d]");
    assert_split("\\sa\\s;b", PBAY_FORM_LIST, "[ a ]|[b]");
    assert_bad("a;;b", PBAY_FORM_LIST, "has an empty item");
    assert_bad(";", PBAY_FORM_LIST, "has an empty item");
    assert_bad("a; ;", PBAY_FORM_LIST, "has an empty item");
    assert_bad("a;b\\", PBAY_FORM_LIST, "ends in a lone backslash");
    assert_bad("a\\q;b", PBAY_FORM_LIST, "holds an unknown escape");
}

static void test_list_oracle(void)
{
    static const char *const PARTS[] = {"a", "bc", "\\;", "\\\\", "\\s", "\\n", ";", "x y", "\\q"};
    GRand *rand = g_rand_new_with_seed(7);
    int same = 0, refused = 0;
    for (int i = 0; i < 20000; i++) {
        g_autoptr(GString) raw = g_string_new(NULL);
        int parts = g_rand_int_range(rand, 1, 8);
        for (int k = 0; k < parts; k++)
            g_string_append(raw, PARTS[g_rand_int_range(rand, 0, G_N_ELEMENTS(PARTS))]);
        if (raw->str[0] == ';' || strstr(raw->str, ";;") != NULL)
            continue; /* empty items: ours alone refuses them */
        g_autoptr(GKeyFile) oracle = g_key_file_new();
        g_key_file_set_value(oracle, "g", "k", raw->str);
        g_auto(GStrv) theirs = g_key_file_get_string_list(oracle, "g", "k", NULL, NULL);
        g_autofree char *why = NULL;
        g_auto(GStrv) ours = pbay_config_split(raw->str, PBAY_FORM_LIST, &why);
        if ((theirs == NULL) != (ours == NULL))
            g_error("one of the two refuses `%s` (%s)", raw->str, why);
        refused += ours == NULL;
        if (ours == NULL)
            continue;
        g_autofree char *expected = fixture_join(theirs);
        fixture_assert_items(ours, expected);
        same++;
    }
    g_rand_free(rand);
    g_assert_cmpint(same, >, 1000);
    g_assert_cmpint(refused, >, 1000);
}

static void test_comment_like(void)
{
    g_assert_cmpstr(pbay_config_comment_like("a # b", PBAY_FORM_SCALAR), ==, " #");
    g_assert_cmpstr(pbay_config_comment_like("a\t#b", PBAY_FORM_LIST), ==, " #");
    g_assert_cmpstr(pbay_config_comment_like("a ; b", PBAY_FORM_SCALAR), ==, " ;");
    g_assert_cmpstr(pbay_config_comment_like("# b", PBAY_FORM_OPEN), ==, "#");
    g_assert_cmpstr(pbay_config_comment_like("; b", PBAY_FORM_SCALAR), ==, ";");
    g_assert_cmpstr(pbay_config_comment_like("#", PBAY_FORM_SCALAR), ==, "#");
    g_assert_null(pbay_config_comment_like("a ; b", PBAY_FORM_LIST));
    g_assert_null(pbay_config_comment_like("a ; b", PBAY_FORM_OPEN));
    g_assert_null(pbay_config_comment_like("a#b;c; d", PBAY_FORM_SCALAR));
    g_assert_null(pbay_config_comment_like("#fff", PBAY_FORM_SCALAR));
    g_assert_null(pbay_config_comment_like("a\\s# b", PBAY_FORM_SCALAR));
    g_assert_null(pbay_config_comment_like("", PBAY_FORM_SCALAR));
}

static void test_literal(void)
{
    g_auto(GStrv) items = pbay_config_split_literal(" a ;b\\;;c d; ");
    fixture_assert_items(items, "[a]|[b\\]|[c d]");
    g_auto(GStrv) none = pbay_config_split_literal("");
    fixture_assert_items(none, "");
}

/* What escape writes, split and expand read back. */
static void test_round_trip(void)
{
    const char *const texts[] = {"",         "a",     " a ",           "a # b", "a ; b", "# b",
                                 "a\nb\t\r", "\\s\\", "${env:X} $$ $", "\\;",   " ",     "  # "};
    PbayEnv *env = pbay_env_new();
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *raw = pbay_config_escape(texts[i]);
        g_autofree char *why = NULL;
        g_auto(GStrv) items = pbay_config_split(raw, PBAY_FORM_SCALAR, &why);
        g_assert_nonnull(items);
        g_auto(PbayExpansion) out = {0};
        g_assert_true(pbay_config_expand(env, items[0], &out));
        g_assert_cmpstr(out.text, ==, texts[i]);
        g_assert_false(out.expanded);
        if (texts[i][0] != '#')
            g_assert_null(pbay_config_comment_like(raw, PBAY_FORM_SCALAR));
    }
    pbay_env_unref(env);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/value/scalar", test_scalar);
    g_test_add_func("/value/list", test_list);
    g_test_add_func("/value/list-oracle", test_list_oracle);
    g_test_add_func("/value/comment-like", test_comment_like);
    g_test_add_func("/value/literal", test_literal);
    g_test_add_func("/value/round-trip", test_round_trip);
    return g_test_run();
}
