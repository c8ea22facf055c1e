/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions as text: what is one, and what is told of one that cannot be read. */
#include "snapshot/condition.h"

#include <string.h>

static void test_good(void)
{
    static const char *const good[] = {
        "chars",
        "chars<100",
        "chars < 100 and complexity == simple",
        "  not  tools ",
        "not not tools",
        "not (tools or images) and schema",
        "((turns > 3))",
        "hour >= 22 or hour < 6",
        "hour < 24",
        "tokens <= 9000000000000000000",
        "chars != -1",
        "team == \"two words\"",
        "team == \"\"",
        "team == \"and\"",
        "x-team.name_1 != a/b:c",
        "grün == blau",
        "priority > 3",
        "a and b or c and not d",
        "android == 1 and order == 2 and nothing",
        "\"char\" < 100 and \"and\" == \"'x'\" and \"two words\"",
        "team == o'brien or team == AND or team == true",
        "hour <= 24",
        "a==b",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *why = NULL;
        PbayCondition *condition = pbay_condition_parse(good[i], &why);
        if (condition == NULL)
            g_error("`%s`: %s", good[i], why);
        g_assert_null(why);
        pbay_condition_free(condition);
    }
    pbay_condition_free(NULL);
}

static void assert_bad(const char *text, const char *expected)
{
    g_autofree char *why = NULL;
    g_assert_null(pbay_condition_parse(text, &why));
    g_assert_cmpstr(why, ==, expected);
}

static void test_bad(void)
{
    static const char terms[] = " stands where a term should: chars, tokens, turns, tools, images, "
                                "schema, hour or the name of a label";
    static const struct {
        const char *text, *word;
    } no_term[] = {
        {"", "the end"},          {"   ", "the end"}, {"chars and", "the end"}, {"not", "the end"},
        {"(", "the end"},         {"()", "`)`"},      {"and", "`and`"},         {"or a", "`or`"},
        {"a and and b", "`and`"}, {"< 5", "`<`"},     {"5 < chars", "`5`"},     {"\"\" == b", "``"},
        {"not or", "`or`"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(no_term); i++) {
        g_autofree char *expected = g_strconcat(no_term[i].word, terms, NULL);
        assert_bad(no_term[i].text, expected);
    }
    assert_bad("chars < many", "`chars` is a number and cannot be compared with `many`: write a "
                               "whole number");
    assert_bad("chars == \"5\"", "`chars` is a number and cannot be compared with `5`: write a "
                                 "whole number");
    assert_bad("tokens < 1.5", "`tokens` is a number and cannot be compared with `1.5`: write a "
                               "whole number");
    assert_bad("tokens < 99999999999999999999",
               "`tokens` is a number and cannot be compared with `99999999999999999999`: write a "
               "whole number");
    assert_bad("schema == yes",
               "`schema` is a number and cannot be compared with `yes`: write a whole number");
    assert_bad("hour > 25", "`hour` is 0 to 23, never 25");
    assert_bad("hour == -1", "`hour` is 0 to 23, never -1");
    assert_bad("team > red", "`>` compares numbers, and `red` is no whole number");
    assert_bad("team = red", "`=` compares nothing: write ==");
    assert_bad("!team", "`!` stands alone: write != or not");
    assert_bad("chars <", "no value stands behind `chars <`");
    assert_bad("chars < and tools", "no value stands behind `chars <`");
    assert_bad("chars < (5)", "no value stands behind `chars <`");
    assert_bad("a == \"open", "the quote before \"open is never closed");
    assert_bad("(a or b", "a `(` is never closed");
    assert_bad("(a b)", "`b` stands where `)`, `and` or `or` should");
    assert_bad("(a && b)", "`&&` is written `and`");
    assert_bad("a AND b", "`AND` is written `and`");
    assert_bad("a || b", "`||` is written `or`");
    assert_bad("a , b", "`,` is written `and`");
    assert_bad("NOT a", "`NOT` is written `not`");
    assert_bad("a and Not b", "`Not` is written `not`");
    assert_bad("a not b", "`not` stands where `and`, `or` or the end should");
    assert_bad("true", "`true` asks nothing of a request: where all others go says `default`");
    assert_bad("team == 'red'",
               "'red' begins with a quote of another kind: texts stand in \"double quotes\"");
    assert_bad("team == \u201cred\u201d", "\u201cred\u201d begins with a quote of another kind: "
                                          "texts stand in \"double quotes\"");
    assert_bad("hour == 24", "`hour` is 0 to 23, never 24");
    assert_bad("hour >= 24", "`hour` is 0 to 23, never 24");
    assert_bad("hour < 25", "`hour` is 0 to 23, never 25");
    assert_bad("a b", "`b` stands where `and`, `or` or the end should");
    assert_bad("a)", "`)` stands where `and`, `or` or the end should");
    assert_bad("1 < chars < 5", "`1` stands where a term should: chars, tokens, turns, tools, "
                                "images, schema, hour or the name of a label");
    assert_bad("chars < 5 < 6", "`<` stands where `and`, `or` or the end should");
}

/* Long is fine, deep is not. */
static void test_bounds(void)
{
    g_autoptr(GString) text = g_string_new("a");
    g_autofree char *why = NULL;
    for (int i = 0; i < 20000; i++)
        g_string_append(text, i % 2 == 0 ? " and a" : " or not b == 1");
    PbayCondition *condition = pbay_condition_parse(text->str, &why);
    g_assert_nonnull(condition);
    g_assert_true(pbay_condition_holds(condition, &(PbayFacts){0})); /* the last part alone */
    pbay_condition_free(condition);
    g_autofree char *open = g_strnfill(32, '('), *close = g_strnfill(32, ')');
    g_autofree char *fits = g_strconcat(open, "a", close, NULL);
    g_autofree char *deep = g_strconcat("(", fits, ")", NULL);
    condition = pbay_condition_parse(fits, &why);
    g_assert_nonnull(condition);
    pbay_condition_free(condition);
    assert_bad(deep, "it nests deeper than 32");
    g_string_truncate(text, 0);
    for (int i = 0; i < 100000; i++)
        g_string_append(text, "not ");
    assert_bad(text->str, "it nests deeper than 32");
}

/* Whatever the text, an answer or a reason, and nothing else. */
static void test_any_text(void)
{
    static const char *const words[] = {"(",  ")",        "and",     "or", "not", "chars", "hour",
                                        "x",  "==",       "<",       "5",  "\"",  "!",     "=",
                                        "\t", "\xc3\xa9", "\"a b\"", ">=", "-",   "\xff"};
    GRand *random = g_rand_new_with_seed(7);
    for (int i = 0; i < 20000; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *why = NULL;
        for (int n = g_rand_int_range(random, 0, 12); n > 0; n--)
            g_string_append_printf(text, "%s%s",
                                   words[g_rand_int_range(random, 0, (gint)G_N_ELEMENTS(words))],
                                   g_rand_boolean(random) ? " " : "");
        PbayCondition *condition = pbay_condition_parse(text->str, &why);
        g_assert_true((condition == NULL) == (why != NULL));
        if (condition != NULL)
            pbay_condition_holds(condition, &(PbayFacts){.chars = 7, .hour = 3});
        pbay_condition_free(condition);
    }
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/condition-parse/good", test_good);
    g_test_add_func("/snapshot/condition-parse/bad", test_bad);
    g_test_add_func("/snapshot/condition-parse/bounds", test_bounds);
    g_test_add_func("/snapshot/condition-parse/any-text", test_any_text);
    return g_test_run();
}
