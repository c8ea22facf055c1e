/* SPDX-License-Identifier: Apache-2.0 */
/* Reading [price] sections: what is found under which name, later values over earlier ones, tiers,
 * and the mistakes that only a whole section shows. */
#include "price/figures.h"
#include "unit/price/fixture.h"

static void test_find(void)
{
    Fixture f = fixture_prices("[price openai/gpt-4]\ninput = 30.00\noutput = 60\n"
                               "[price bedrock/anthropic.claude-v2:1]\ninput = 8\n");
    g_assert_nonnull(pbay_price_find(f.list, "openai/gpt-4"));
    g_assert_nonnull(pbay_price_find(f.list, "bedrock/anthropic.claude-v2:1"));
    g_assert_null(pbay_price_find(f.list, "openai/gpt-4-turbo"));
    g_assert_null(pbay_price_find(f.list, "gpt-4"));
    g_assert_null(pbay_price_find(f.list, "openai/GPT-4"));
    g_assert_null(pbay_price_find(f.list, ""));
    g_assert_null(pbay_price_find(NULL, "openai/gpt-4"));
    fixture_clear(&f);
    pbay_price_list_free(NULL);
}

static void test_none(void)
{
    Fixture f = fixture_prices("[defaults]\nmodel = openai/gpt-4\n");
    g_assert_null(pbay_price_find(f.list, "openai/gpt-4"));
    fixture_clear(&f);
}

/* The list keeps nothing of the configuration it was read from. */
static void test_outlives_config(void)
{
    Fixture f = fixture_prices("[price a/b]\ninput = 1.5\nabove-100.input = 3\n");
    pbay_config_unref(f.config);
    f.config = NULL;
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 1000000}, "3");
    fixture_clear(&f);
}

/* A later file changes one figure and leaves the others. */
static void test_override(void)
{
    char *dir = fixture_dir();
    g_autofree char *first = fixture_write(dir, "10.conf", "[price a/b]\ninput = 1\noutput = 2\n");
    g_autofree char *second = fixture_write(dir, "20.conf", "[price a/b]\noutput = 0.5\n");
    Fixture f = fixture_prices_in(dir, NULL);
    fixture_assert_problems(f.problems, "");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 2000000, .output = 1000000}, "2.5");
    fixture_clear(&f);
    const char *const sets[] = {"price.a/b.input", "7", NULL};
    f = fixture_prices_in(dir, sets);
    fixture_assert_problems(f.problems, "");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 2000000, .output = 1000000}, "14.5");
    fixture_clear(&f);
    fixture_remove(dir);
}

static void test_tiers_sorted(void)
{
    Fixture f = fixture_prices("[price a/b]\nabove-300.input = 3\nabove-20.input = 2\n"
                               "above-1000.output = 9\ninput = 1\noutput = 1\n"
                               "above-300.output = 8\n");
    const PbayPrice *price = pbay_price_find(f.list, "a/b");
    g_assert_cmpuint(price->tiers->len, ==, 3);
    const int64_t expected[] = {20, 300, 1000};
    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(g_array_index(price->tiers, PbayTier, i).above, ==, expected[i]);
    g_assert_true(g_array_index(price->tiers, PbayTier, 1).figures.has[PBAY_FIGURE_OUTPUT]);
    g_assert_false(g_array_index(price->tiers, PbayTier, 2).figures.has[PBAY_FIGURE_INPUT]);
    fixture_clear(&f);
}

static void test_problems(void)
{
    fixture_assert_fault("[price a/b]\noutput = 2\nabove-200.input = 3\n",
                         "FILE:3: [price a/b] `above-200.input` is a tier without a base\n"
                         "  write `input` too: what shorter requests cost\n");
    fixture_assert_fault("[price a/b]\noutput = 2\nabove-200.cached-input = 3\n",
                         "FILE:3: [price a/b] `above-200.cached-input` is a tier without a base\n"
                         "  write `input` too: what shorter requests cost\n");
    fixture_assert_fault("[price a/b]\ninput = 1\nabove-200.input = 3\nabove-0200.input = 3\n",
                         "FILE:4: [price a/b] `above-0200.input` is a second tier of one length\n"
                         "  write the same number in the same way\n");
    fixture_assert_fault("[price a/b]\ninput = 1\noutput = 1\nabove-0200.output = 3\n"
                         "above-200.input = 3\n",
                         "FILE:5: [price a/b] `above-200.input` is a second tier of one length\n"
                         "  write the same number in the same way\n");
}

/* A class whose parent has a figure has a base. */
static void test_base_of_parent(void)
{
    Fixture f = fixture_prices("[price a/b]\ninput = 1\nabove-5.cached-input = 0.5\n");
    fixture_assert_problems(f.problems, "");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.cached = 5}, "0.000005");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.cached = 6}, "0.000003");
    fixture_clear(&f);
}

/* Loading says that the variable is not set; nobody takes the figure for zero meanwhile. */
static void test_unset_variable(void)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(
        dir, "t.conf", "[price a/b]\ninput = ${env:PBAY_NOT_SET_ANYWHERE}\noutput = 1\n");
    Fixture f = fixture_prices_in(path, NULL);
    g_assert_cmpuint(f.problems->len, ==, 1);
    fixture_assert_unknown(&f, "a/b", (PbayTokens){.input = 1},
                           "its [price] section has no `input`");
    fixture_clear(&f);
    fixture_remove(dir);
}

/* Keys that loading lets pass as tiers and that are none. */
static void test_tier_forms(void)
{
    static const char *const BAD[] = {"above-x.input",   "above-.input",
                                      "above-5",         "above-5.image",
                                      "above-5.request", "above-5.inputs",
                                      "above-5k.input",  "above-5.",
                                      "above--5.input",  "above-99999999999999999999.input"};
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        char *dir = fixture_dir();
        g_autofree char *text = g_strdup_printf("[price a/b]\ninput = 1\n%s = 2\n", BAD[i]);
        g_autofree char *path = fixture_write(dir, "t.conf", text);
        Fixture f = fixture_prices_in(path, NULL);
        g_autofree char *problems = fixture_text(f.problems);
        if (strstr(problems, BAD[i]) == NULL)
            g_error("`%s` was accepted", BAD[i]);
        fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 1000000}, "1");
        fixture_clear(&f);
        fixture_remove(dir);
    }
}

static void test_keys(void)
{
    for (PbayFigure figure = 0; figure < PBAY_FIGURES; figure++) {
        g_assert_nonnull(pbay_figure_key(figure));
        PbayFigure parent = pbay_figure_parent(figure);
        g_assert_cmpint(pbay_figure_parent(parent), ==, parent);
    }
    g_assert_cmpint(pbay_figure_parent(PBAY_FIGURE_REASONING), ==, PBAY_FIGURE_OUTPUT);
    g_assert_cmpint(pbay_figure_parent(PBAY_FIGURE_CACHE_WRITE), ==, PBAY_FIGURE_INPUT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/list/find", test_find);
    g_test_add_func("/list/none", test_none);
    g_test_add_func("/list/outlives-config", test_outlives_config);
    g_test_add_func("/list/override", test_override);
    g_test_add_func("/list/tiers-sorted", test_tiers_sorted);
    g_test_add_func("/list/problems", test_problems);
    g_test_add_func("/list/base-of-parent", test_base_of_parent);
    g_test_add_func("/list/unset-variable", test_unset_variable);
    g_test_add_func("/list/tier-forms", test_tier_forms);
    g_test_add_func("/list/keys", test_keys);
    return g_test_run();
}
