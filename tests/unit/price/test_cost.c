/* SPDX-License-Identifier: Apache-2.0 */
/* Costs: each class by its figure or its parent's, tiers over the whole request, what is unknown
 * has a reason, and any sum equals one computed digit by digit on paper's rules. */
#include "unit/price/fixture.h"

#include <inttypes.h>

#define MILLION 1000000

static void test_classes(void)
{
    Fixture f = fixture_prices("[price a/b]\ninput = 1\noutput = 20\ncached-input = 300\n"
                               "cache-write = 4000\nreasoning = 50000\nimage = 0.6\n"
                               "request = 0.07\n");
    fixture_assert_cost(&f, "a/b", (PbayTokens){0}, "0");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = MILLION}, "1");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.output = MILLION}, "20");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.cached = MILLION}, "300");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.cache_write = MILLION}, "4000");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.reasoning = MILLION}, "50000");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.images = 3}, "1.8");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.requests = 2}, "0.14");
    PbayTokens all = {MILLION, MILLION, MILLION, MILLION, MILLION, 1, 1, true};
    fixture_assert_cost(&f, "a/b", all, "54321.67");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 1}, "0.000001");
    fixture_clear(&f);
}

static void test_parents(void)
{
    Fixture f = fixture_prices("[price a/b]\ninput = 2\noutput = 10\n");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.cached = MILLION}, "2");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.cache_write = MILLION}, "2");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.reasoning = MILLION}, "10");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.requests = 5}, "0");
    fixture_clear(&f);
}

static void test_unknown(void)
{
    Fixture f = fixture_prices("[price a/in]\ninput = 2\n[price a/out]\noutput = 2\n"
                               "[price a/cached]\ncached-input = 1\n[price a/empty]\n"
                               "[price a/paint]\ninput = 5\noutput = 40\nimage = 0\n"
                               "[price a/gift]\nimage = 0\noutput = 0\n");
    const char *none = "there is no [price] section for it";
    const char *no_input = "its [price] section has no `input`";
    const char *no_output = "its [price] section has no `output`";
    fixture_assert_unknown(&f, "a/b", (PbayTokens){.input = 1}, none);
    fixture_assert_unknown(&f, "a/b", (PbayTokens){0}, none);
    fixture_assert_unknown(&f, "a/in", (PbayTokens){.output = 1}, no_output);
    fixture_assert_unknown(&f, "a/in", (PbayTokens){.reasoning = 1}, no_output);
    fixture_assert_unknown(&f, "a/in", (PbayTokens){.images = 1},
                           "its [price] section has no `image`");
    /* Tokens pay for the images: how many is not known before, or when the vendor is silent. */
    fixture_assert_cost(&f, "a/paint", (PbayTokens){.input = 5, .images = 2, .output = 1000},
                        "0.040025");
    fixture_assert_unknown(
        &f, "a/paint", (PbayTokens){.input = 5, .images = 2},
        "its images are paid for by the tokens written, whose number is not known");
    fixture_assert_cost(&f, "a/paint", (PbayTokens){.input = 5}, "0.000025");
    fixture_assert_cost(&f, "a/gift", (PbayTokens){.images = 2}, "0");
    fixture_assert_unknown(&f, "a/out", (PbayTokens){.input = 1, .output = 1}, no_input);
    fixture_assert_unknown(&f, "a/out", (PbayTokens){.cached = 1}, no_input);
    fixture_assert_unknown(&f, "a/out", (PbayTokens){.cache_write = 1}, no_input);
    fixture_assert_unknown(&f, "a/empty", (PbayTokens){.input = 1}, no_input);
    /* A figure that nobody needs may be missing. */
    fixture_assert_cost(&f, "a/in", (PbayTokens){.input = MILLION}, "2");
    fixture_assert_cost(&f, "a/cached", (PbayTokens){.cached = MILLION}, "1");
    fixture_assert_cost(&f, "a/empty", (PbayTokens){.requests = 1}, "0");
    fixture_clear(&f);
}

static void test_free(void)
{
    Fixture f = fixture_prices("[price a/b]\ninput = 0\noutput = 0\n");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = INT64_MAX, .output = INT64_MAX}, "0");
    fixture_clear(&f);
}

static void test_tiers(void)
{
    Fixture f = fixture_prices("[price a/b]\ninput = 1\noutput = 10\ncached-input = 0.1\n"
                               "above-200000.input = 2\nabove-200000.output = 15\n"
                               "above-500000.input = 4\n");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 200000, .output = 1000}, "0.21");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 200001, .output = 1000}, "0.415002");
    /* What was read from the cache counts to the length; a class the tier does not name stays. */
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 100000, .cached = 100001}, "0.2100001");
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 100000, .cache_write = 100001},
                        "0.400002");
    /* The second tier names no output: the first one's holds on. */
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 500001, .output = 1000}, "2.015004");
    /* A long answer is no long request. */
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 10, .output = MILLION}, "10.00001");
    fixture_clear(&f);
}

static void test_bounds(void)
{
    Fixture f = fixture_prices("[price a/b]\ninput = 999999999999.999999999999\n"
                               "image = 999999999999\n");
    const char *too_much = "it is more than can be counted";
    fixture_assert_unknown(&f, "a/b", (PbayTokens){.input = INT64_MAX}, too_much);
    fixture_assert_unknown(&f, "a/b", (PbayTokens){.images = INT64_MAX}, too_much);
    fixture_assert_unknown(
        &f, "a/b", (PbayTokens){.input = 40000000000000, .cached = 40000000000000}, too_much);
    fixture_assert_cost(&f, "a/b", (PbayTokens){.input = 1}, "999999.999999999999999999");
    fixture_assert_unknown(&f, "a/b", (PbayTokens){.input = -1}, "a number of tokens is negative");
    fixture_assert_unknown(&f, "a/b", (PbayTokens){.requests = INT64_MIN},
                           "a number of tokens is negative");
    fixture_clear(&f);
}

/* ---- An independent computation: decimal digits in arrays, the last one first. ---- */

#define PLACES 64

typedef struct Big {
    int digit[PLACES]; /* of 10^-18 dollars upwards */
} Big;

/* text: "12.34" dollars; shift: further places to the right. */
static Big big_parse(const char *text, int shift)
{
    Big big = {{0}};
    const char *point = strchr(text, '.');
    int whole = point != NULL ? (int)(point - text) : (int)strlen(text);
    for (int i = 0; text[i] != '\0'; i++) {
        int place = 18 - shift + whole - 1 - (i < whole ? i : i - 1);
        if (i != whole)
            big.digit[place] = text[i] - '0';
    }
    return big;
}

static void big_carry(Big *big)
{
    for (int i = 0; i + 1 < PLACES; i++) {
        big->digit[i + 1] += big->digit[i] / 10;
        big->digit[i] %= 10;
    }
}

/* sum += figure * count, one digit of count at a time. */
static void big_add_times(Big *sum, const Big *figure, int64_t count)
{
    for (int place = 0; count > 0; place++, count /= 10) {
        for (int i = 0; i + place < PLACES; i++)
            sum->digit[i + place] += figure->digit[i] * (int)(count % 10);
        big_carry(sum);
    }
}

static char *big_text(const Big *big)
{
    GString *out = g_string_new(NULL);
    int top = PLACES - 1, last = 0;
    while (top > 18 && big->digit[top] == 0)
        top--;
    while (last < 18 && big->digit[last] == 0)
        last++;
    for (int i = top; i >= last; i--) {
        if (i == 17)
            g_string_append_c(out, '.');
        g_string_append_c(out, (char)('0' + big->digit[i]));
    }
    return g_string_free(out, FALSE);
}

/* ---- Random prices and tokens against it. ---- */

enum { INPUT, OUTPUT, CACHED, WRITE, REASONING, IMAGE, REQUEST, CLASSES };
static const char *const KEYS[CLASSES] = {"input",     "output", "cached-input", "cache-write",
                                          "reasoning", "image",  "request"};
static const int PARENT[CLASSES] = {INPUT, OUTPUT, INPUT, INPUT, OUTPUT, IMAGE, REQUEST};

typedef struct Made {
    char *base[CLASSES];
    char *tier[2][CLASSES]; /* NULL: not there */
    int64_t above[2];
} Made;

static char *any_amount(void)
{
    g_autofree char *fraction = g_strdup_printf("%d%06d", g_test_rand_int_range(0, 1000000),
                                                g_test_rand_int_range(0, 1000000));
    fraction[g_test_rand_int_range(1, (gint)MIN(strlen(fraction), 12) + 1)] = '\0';
    return g_strdup_printf("%d.%s", g_test_rand_int_range(0, 200000), fraction);
}

static char *made_text(Made *made)
{
    GString *out = g_string_new("[price a/b]\n");
    made->above[0] = g_test_rand_int_range(1, 1000);
    made->above[1] = made->above[0] + g_test_rand_int_range(1, 1000);
    for (int c = 0; c < CLASSES; c++) {
        bool must = PARENT[c] == c && c != REQUEST;
        if (must || g_test_rand_bit()) {
            made->base[c] = any_amount();
            g_string_append_printf(out, "%s = %s\n", KEYS[c], made->base[c]);
        }
        for (int t = 0; t < 2 && c < IMAGE; t++) {
            if (g_test_rand_bit())
                continue;
            made->tier[t][c] = any_amount();
            g_string_append_printf(out, "above-%" PRId64 ".%s = %s\n", made->above[t], KEYS[c],
                                   made->tier[t][c]);
        }
    }
    return g_string_free(out, FALSE);
}

static const char *made_own(const Made *made, int64_t read, int c)
{
    if (read > made->above[1] && made->tier[1][c] != NULL)
        return made->tier[1][c];
    if (read > made->above[0] && made->tier[0][c] != NULL)
        return made->tier[0][c];
    return made->base[c];
}

static char *made_cost(const Made *made, const int64_t counts[CLASSES])
{
    Big sum = {{0}};
    int64_t read = counts[INPUT] + counts[CACHED] + counts[WRITE];
    for (int c = 0; c < CLASSES; c++) {
        const char *figure = made_own(made, read, c);
        figure = figure != NULL ? figure : made_own(made, read, PARENT[c]);
        Big big = big_parse(figure != NULL ? figure : "0", c < IMAGE ? 6 : 0);
        big_add_times(&sum, &big, counts[c]);
    }
    return big_text(&sum);
}

static void made_clear(Made *made)
{
    for (int c = 0; c < CLASSES; c++) {
        g_free(made->base[c]);
        g_free(made->tier[0][c]);
        g_free(made->tier[1][c]);
    }
}

static int64_t any_count(int64_t most)
{
    return g_test_rand_bit() ? 0 : (int64_t)((uint32_t)g_test_rand_int() * UINT64_C(3)) % most;
}

static void test_independent(void)
{
    for (int i = 0; i < 60; i++) {
        Made made = {.above = {0}};
        g_autofree char *text = made_text(&made);
        Fixture f = fixture_prices(text);
        fixture_assert_problems(f.problems, "");
        for (int j = 0; j < 100; j++) {
            int64_t most = j % 10 == 0 ? INT64_C(8000000000) : 1000, counts[CLASSES];
            for (int c = 0; c < CLASSES; c++)
                counts[c] = any_count(most);
            PbayTokens tokens = {.input = counts[INPUT],
                                 .cached = counts[CACHED],
                                 .cache_write = counts[WRITE],
                                 .output = counts[OUTPUT],
                                 .reasoning = counts[REASONING],
                                 .images = counts[IMAGE],
                                 .requests = counts[REQUEST]};
            g_autofree char *expected = made_cost(&made, counts);
            fixture_assert_cost(&f, "a/b", tokens, expected);
        }
        fixture_clear(&f);
        made_clear(&made);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cost/classes", test_classes);
    g_test_add_func("/cost/parents", test_parents);
    g_test_add_func("/cost/unknown", test_unknown);
    g_test_add_func("/cost/free", test_free);
    g_test_add_func("/cost/tiers", test_tiers);
    g_test_add_func("/cost/bounds", test_bounds);
    g_test_add_func("/cost/independent", test_independent);
    return g_test_run();
}
