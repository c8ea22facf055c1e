/* SPDX-License-Identifier: Apache-2.0 */
/* The differential case as an ordinary test: generated texts and mutations of a seed corpus, the
 * same ones in every run. Counts of valid and refused cases are checked, so that the generator
 * cannot go stale unnoticed. */
#include "fuzz/json_target.h"

#include <glib.h>
#include <string.h>

enum { MUTATED = 150000, GENERATED = 50000, MUTANT_MAX = 4096 };

static const char *const corpus[] = {
    "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\\n\\\"there\\\"\"}],"
    "\"temperature\":0.7,\"stream\":true,\"n\":1,\"stop\":null}",
    "{\"a\":1,\"a\":{\"b\":[2]},\"\\u0061\":-0.0,\"A\":[]}",
    "[0,-0,-0.0,1e5,1E-5,0.1e+22,123456789012345678901234567890,9223372036854775808,"
    "-9223372036854775808,1e400,1e-400,2.2250738585072011e-308,9007199254740993.0]",
    "[\"\\u0000\",\"\\ud83d\\ude00\",\"\\uFFFF\",\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\",\"\\\\\\/"
    "\\b\\f\\r\\t\"]",
    "[[[[[[[[[[]]]]]]]]]]",
    "{\"\":{\"\":{\"\":{}}}}",
    "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]",
    "{\"a\":0,\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5,\"g\":6,\"h\":7,\"i\":8,\"j\":9,\"k\":10,"
    "\"l\":11,"
    "\"m\":12,\"n\":13,\"o\":14,\"p\":15,\"q\":16,\"r\":17,\"a\":18}",
    " \t\r\n{ \"k\" : [ true , false , null ] } \n",
    "\"0123456789abcdef0123456789abcdef0123456789abcdef\\u00e9\"",
    "-12.5e+3",
    "true",
    "{\"data\":[{\"embedding\":[-0.006929283495992422,-0.005336422007530928,1.2345678e-05],"
    "\"index\":0}]}",
};

/* Pieces that grammars break on. */
static const char *const pieces[] = {"\"",
                                     "\\",
                                     "\\u",
                                     "\\ud800",
                                     "\\udc00",
                                     "\\u0000",
                                     "\\n",
                                     "{",
                                     "}",
                                     "[",
                                     "]",
                                     ",",
                                     ":",
                                     "null",
                                     "true",
                                     "false",
                                     "0",
                                     "-",
                                     "-0",
                                     "01",
                                     "1.",
                                     ".5",
                                     "e",
                                     "E+",
                                     "1e9",
                                     "NaN",
                                     "Infinity",
                                     " ",
                                     "\n",
                                     "\t",
                                     "\v",
                                     "\x80",
                                     "\xc3",
                                     "\xe2\x82",
                                     "\xed\xa0\x80",
                                     "\xf4\x90\x80\x80",
                                     "\xf0\x9f\x98\x80",
                                     "\xef\xbb\xbf",
                                     "//",
                                     "/*",
                                     "'",
                                     "\"a\":",
                                     "{}",
                                     "[]",
                                     "99999999999999999999",
                                     "1e999",
                                     "\x7f",
                                     "\x01"};

static void insert_piece(GRand *rand, GString *text)
{
    const char *piece = pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))];
    g_string_insert(text, g_rand_int_range(rand, 0, (gint32)text->len + 1), piece);
}

static void move_slice(GRand *rand, GString *text)
{
    gsize from = (gsize)g_rand_int_range(rand, 0, (gint32)text->len);
    gsize n = (gsize)g_rand_int_range(rand, 0, 24);
    n = MIN(n, text->len - from);
    g_autofree char *slice = g_memdup2(text->str + from, n + 1);
    g_string_insert_len(text, g_rand_int_range(rand, 0, (gint32)text->len + 1), slice, (gssize)n);
}

static void mutate(GRand *rand, GString *text)
{
    gint32 some = g_rand_int_range(rand, 1, 9);
    gint32 at = text->len != 0 ? g_rand_int_range(rand, 0, (gint32)text->len) : 0;
    switch (text->len != 0 ? g_rand_int_range(rand, 0, 8) : 0) {
    case 0:
    case 1:
        insert_piece(rand, text);
        break;
    case 2:
        text->str[at] = (char)g_rand_int_range(rand, 0, 256);
        break;
    case 3:
        text->str[at] = (char)(text->str[at] ^ (1 << g_rand_int_range(rand, 0, 8)));
        break;
    case 4:
        g_string_erase(text, at, MIN(some, (gint32)text->len - at));
        break;
    case 5:
        g_string_truncate(text, (gsize)at);
        break;
    case 6:
        g_string_insert_len(text, at, "\0", 1);
        break;
    default:
        move_slice(rand, text);
        break;
    }
}

static void space(GRand *rand, GString *text)
{
    if (g_rand_int_range(rand, 0, 6) == 0)
        g_string_append_c(text, " \t\r\n"[g_rand_int_range(rand, 0, 4)]);
}

static void put_string(GRand *rand, GString *text)
{
    g_string_append_c(text, '"');
    for (int i = g_rand_int_range(rand, 0, 12); i > 0; i--) {
        gunichar c = (gunichar)g_rand_int_range(rand, 1, 0xd800);
        switch (g_rand_int_range(rand, 0, 8)) {
        case 0:
            g_string_append_unichar(text, MAX(c, 0x80));
            break;
        case 1:
            g_string_append_printf(text, "\\u%04x", c - 1);
            break;
        case 2:
            g_string_append_printf(text, "\\uD8%02X\\uDf%02x", c & 0xff, c >> 8 & 0xff);
            break;
        case 3:
            g_string_append_c(text, '\\');
            g_string_append_c(text, "\"\\/bfnrt"[c & 7]);
            break;
        case 4:
            g_string_append(text, "some plain text of a length");
            break;
        default:
            g_string_append_c(text, (char)('a' + c % 4));
            break;
        }
    }
    g_string_append_c(text, '"');
}

static void put_number(GRand *rand, GString *text)
{
    int digits = g_rand_int_range(rand, 1, 24);
    g_string_append(text, g_rand_boolean(rand) ? "-" : "");
    g_string_append_c(text, (char)g_rand_int_range(rand, digits > 1 ? '1' : '0', '9' + 1));
    while (--digits > 0)
        g_string_append_c(text, (char)g_rand_int_range(rand, '0', '9' + 1));
    if (g_rand_boolean(rand))
        g_string_append_printf(text, ".%d", g_rand_int_range(rand, 0, 1000000));
    if (g_rand_int_range(rand, 0, 3) == 0)
        g_string_append_printf(text, "%c%s%d", "eE"[g_rand_int_range(rand, 0, 2)],
                               g_rand_boolean(rand) ? "-" : "", g_rand_int_range(rand, 0, 330));
}

static void put_value(GRand *rand, GString *text, int depth);

static void put_container(GRand *rand, GString *text, int depth, bool object)
{
    int n = g_rand_int_range(rand, 0, g_rand_int_range(rand, 0, 16) == 0 ? 30 : 5);
    g_string_append_c(text, object ? '{' : '[');
    for (int i = 0; i < n; i++) {
        g_string_append(text, i != 0 ? "," : "");
        space(rand, text);
        if (object) {
            put_string(rand, text);
            space(rand, text);
            g_string_append_c(text, ':');
        }
        put_value(rand, text, depth - 1);
    }
    space(rand, text);
    g_string_append_c(text, object ? '}' : ']');
}

static void put_value(GRand *rand, GString *text, int depth)
{
    static const char *const words[] = {"null", "true", "false"};
    space(rand, text);
    switch (g_rand_int_range(rand, 0, depth > 0 ? 9 : 5)) {
    case 0:
        g_string_append(text, words[g_rand_int_range(rand, 0, 3)]);
        break;
    case 1:
    case 2:
        put_number(rand, text);
        break;
    case 3:
    case 4:
        put_string(rand, text);
        break;
    default:
        put_container(rand, text, depth, g_rand_boolean(rand));
        break;
    }
    space(rand, text);
}

static void test_mutated(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(8259);
    g_autoptr(GString) text = g_string_new(NULL);
    int valid = 0;
    for (int i = 0; i < MUTATED; i++) {
        /* Mostly afresh; else one more step from where the last case ended. */
        gint32 from = text->len > MUTANT_MAX ? 0 : g_rand_int_range(rand, 0, 6);
        if (from < 3)
            g_string_assign(text, corpus[g_rand_int_range(rand, 0, G_N_ELEMENTS(corpus))]);
        if (from == 3 || from == 4) {
            g_string_truncate(text, 0);
            put_value(rand, text, g_rand_int_range(rand, 0, 3));
        }
        for (int steps = g_rand_int_range(rand, 0, 3); steps >= 0; steps--)
            mutate(rand, text);
        valid += json_target_case(text->str, text->len);
    }
    g_test_message("%d of %d mutations valid", valid, MUTATED);
    g_assert_cmpint(valid, >, MUTATED / 20);
    g_assert_cmpint(valid, <, MUTATED / 2);
}

/* Texts that are valid by construction. */
static void test_generated(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7159);
    for (int i = 0; i < GENERATED; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        put_value(rand, text, g_rand_int_range(rand, 0, 4));
        g_assert_true(json_target_case(text->str, text->len));
    }
}

static void test_corpus(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(corpus); i++)
        g_assert_true(json_target_case(corpus[i], strlen(corpus[i])));
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++)
        json_target_case(pieces[i], strlen(pieces[i]));
    json_target_case("", 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fuzz/json/corpus", test_corpus);
    g_test_add_func("/fuzz/json/generated", test_generated);
    g_test_add_func("/fuzz/json/mutated", test_mutated);
    return g_test_run();
}
