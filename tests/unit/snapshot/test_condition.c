/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a condition holds for the facts of a request. */
#include "snapshot/condition.h"

#include <string.h>

static bool holds(const char *text, const PbayFacts *facts)
{
    g_autofree char *why = NULL;
    PbayCondition *condition = pbay_condition_parse(text, &why);
    if (condition == NULL)
        g_error("`%s`: %s", text, why);
    bool result = pbay_condition_holds(condition, facts);
    pbay_condition_free(condition);
    return result;
}

static void assert_all(const char *const *texts, const PbayFacts *facts, bool expected)
{
    for (; *texts != NULL; texts++)
        if (holds(*texts, facts) != expected)
            g_error("`%s` should be %s", *texts, expected ? "true" : "false");
}

/* name, value, ..., NULL */
static GHashTable *labels(const char *const *pairs)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (; pairs[0] != NULL; pairs += 2)
        g_hash_table_insert(table, g_strdup(pairs[0]), g_strdup(pairs[1]));
    return table;
}

static void test_numbers(void)
{
    const PbayFacts facts = {.chars = 100,
                             .tokens = 25,
                             .turns = 2,
                             .tools = 0,
                             .images = 1,
                             .schema = true,
                             .hour = 23};
    static const char *const yes[] = {"chars",
                                      "chars <= 100",
                                      "chars >= 100",
                                      "chars == 100",
                                      "chars != 99",
                                      "chars < 101",
                                      "chars > 99",
                                      "tokens == 25",
                                      "turns > 1",
                                      "not tools",
                                      "tools == 0",
                                      "images",
                                      "schema",
                                      "schema == 1",
                                      "hour >= 22",
                                      "hour",
                                      "chars > -5",
                                      "tokens < 9000000000000000000",
                                      NULL};
    static const char *const no[] = {"chars < 100", "chars > 100", "chars != 100", "chars == 99",
                                     "tools",       "not images",  "schema == 0",  "hour < 23",
                                     "turns >= 3",  NULL};
    assert_all(yes, &facts, true);
    assert_all(no, &facts, false);
    const PbayFacts none = {0};
    static const char *const zero[] = {"not chars", "not schema", "not hour", "hour == 0", NULL};
    assert_all(zero, &none, true);
}

static void test_labels(void)
{
    static const char *const pairs[] = {
        "complexity", "creative", "priority", "10",  "padded", "007", "off",
        "false",      "empty",    "",         "two", "a b",    "big", "99999999999999999999",
        NULL};
    PbayFacts facts = {.labels = labels(pairs)};
    static const char *const yes[] = {"complexity == creative",
                                      "complexity != simple",
                                      "complexity",
                                      "priority > 9",
                                      "priority == 10",
                                      "priority <= 10",
                                      "padded == 7",
                                      "padded == \"007\"",
                                      "padded",
                                      "two == \"a b\"",
                                      "empty == \"\"",
                                      "off == false",
                                      "not off",
                                      "not empty",
                                      "absent != x",
                                      "absent != 5",
                                      "not absent",
                                      "priority == \"10\"",
                                      "big != 5",
                                      "big == 99999999999999999999",
                                      NULL};
    static const char *const no[] = {"complexity == Creative",
                                     "off",
                                     "empty",
                                     "absent",
                                     "absent == x",
                                     "absent == \"\"",
                                     "absent < 5",
                                     "absent > 5",
                                     "complexity < 5",
                                     "complexity > 5",
                                     "complexity >= 5",
                                     "padded == \"7\"",
                                     "priority < 10",
                                     "Complexity == creative",
                                     "big > 5",
                                     NULL};
    assert_all(yes, &facts, true);
    assert_all(no, &facts, false);
    pbay_facts_clear(&facts);
    g_assert_null(facts.labels);
    /* None at all is as none of that name. */
    g_assert_true(holds("complexity != x", &facts));
    g_assert_false(holds("complexity == x", &facts));
    pbay_facts_clear(&facts);
}

/* Metadata answers where labels do not. */
static void test_metadata(void)
{
    static const char *const said[] = {"team", "red", NULL};
    static const char *const written[] = {"team", "blue", "level", "3", NULL};
    PbayFacts facts = {.labels = labels(said), .metadata = labels(written)};
    g_assert_true(holds("team == red", &facts));
    g_assert_false(holds("team == blue", &facts));
    g_assert_true(holds("level > 2", &facts));
    g_assert_false(holds("other", &facts));
    pbay_facts_clear(&facts);
    g_assert_null(facts.metadata);
}

/* `and` binds closer than `or`, `not` closest. */
static void test_precedence(void)
{
    static const char *const pairs[] = {"t", "1", NULL};
    PbayFacts facts = {.labels = labels(pairs)};
    static const char *const yes[] = {"t or f and f",     "f and f or t",   "not f and t",
                                      "not (f and t)",    "t and (f or t)", "not not t",
                                      "not f == 1 and t", "t or f or f",    NULL};
    static const char *const no[] = {
        "(t or f) and f", "not t or f", "not (t or f)", "f or f and t", "t and f and t",
        "not t and t",    NULL};
    assert_all(yes, &facts, true);
    assert_all(no, &facts, false);
    pbay_facts_clear(&facts);
}

/* A word that is nearly a term is told; a label in quotes, or like none, is not. */
static void test_doubt(void)
{
    static const char *const doubts[][3] = {
        {"char < 100", "char", "chars"},
        {"chars > 5 and not (x == 1 or Hour > 3)", "Hour", "hour"},
        {"token > 5 or tool", "token", "tokens"},
        {"\"char\" < 100", NULL, NULL},
        {"complexity == char and tier == 2", NULL, NULL},
        {"chars > 1 and tools", NULL, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(doubts); i++) {
        g_autofree char *why = NULL;
        const char *meant = NULL;
        PbayCondition *condition = pbay_condition_parse(doubts[i][0], &why);
        g_assert_cmpstr(why, ==, NULL);
        g_assert_cmpstr(pbay_condition_doubt(condition, &meant), ==, doubts[i][1]);
        g_assert_cmpstr(meant, ==, doubts[i][2]);
        pbay_condition_free(condition);
    }
}

/* A quoted name is a label, whatever it is called. */
static void test_quoted_labels(void)
{
    static const char *const pairs[] = {"chars", "7", "and", "x", "two words", "1", NULL};
    static const char *const yes[] = {"\"chars\" == 7", "\"and\" == x", "\"two words\"",
                                      "chars == 0", NULL};
    PbayFacts facts = {.labels = labels(pairs)};
    assert_all(yes, &facts, true);
    pbay_facts_clear(&facts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/condition/numbers", test_numbers);
    g_test_add_func("/snapshot/condition/labels", test_labels);
    g_test_add_func("/snapshot/condition/metadata", test_metadata);
    g_test_add_func("/snapshot/condition/precedence", test_precedence);
    g_test_add_func("/snapshot/condition/doubt", test_doubt);
    g_test_add_func("/snapshot/condition/quoted_labels", test_quoted_labels);
    return g_test_run();
}
