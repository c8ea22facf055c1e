/* SPDX-License-Identifier: Apache-2.0 */
/* Decomposition and reassembly: the paper's own examples, anchors, lists, classes, empty parts. */
#include "pattern.h"

#include <glib.h>
#include <stdlib.h>

/* The parts joined by '|', or "no". */
static char *decompose(const char *pattern, const char *input)
{
    ElizaLine line = {.words = NULL};
    ElizaParts parts;
    g_assert_true(eliza_line_read(&line, pbs_str(input)));
    GString *joined = g_string_new(NULL);
    if (!eliza_decompose(&eliza_doctor, pattern, line.words, line.n, &parts)) {
        g_string_assign(joined, "no");
        parts.n = 0;
    }
    for (size_t i = 0; i < parts.n; i++) {
        g_string_append(joined, i > 0 ? "|" : "");
        for (size_t k = parts.from[i]; k < parts.to[i]; k++)
            g_string_append_printf(joined, "%s%.*s", k > parts.from[i] ? " " : "",
                                   (int)line.words[k].len, line.words[k].ptr);
    }
    eliza_line_free(&line);
    return g_string_free(joined, FALSE);
}

static void test_decompose(void)
{
    static const char *const rows[][3] = {
        {"0 YOU 0 ME", "it seems that you hate me", "IT SEEMS THAT|YOU|HATE|ME"},
        {"0 YOU 0 ME", "you me", "|YOU||ME"},
        {"0 YOU 0 ME", "you hate me so", "no"},
        {"0 I 0 YOU", "i saw you and you", "|I|SAW YOU AND|YOU"},
        {"0 I 0 YOU", "i", "no"},
        {"0", "", ""},
        {"0", "any thing", "ANY THING"},
        {"0 YOU (*WANT NEED) 0", "well you need it", "WELL|YOU|NEED|IT"},
        {"0 YOU (*WANT NEED) 0", "you wanted", "no"},
        {"0 YOUR 0 (/FAMILY) 0", "your old mother is here", "|YOUR|OLD|MOTHER|IS HERE"},
        {"0 YOUR 0 (/FAMILY) 0", "your old house", "no"},
        {"0 YOU 0 (/BELIEF) 0 I 0", "you do think that i am", "|YOU|DO|THINK|THAT|I|AM"},
        {"0 A A B 0", "a a a b c", "A|A|A|B|C"},
        {"YES", "yes", "YES"},
        {"YES", "oh yes", "no"},
        {"YES", "yes no", "no"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s ~ %s", rows[i][0], rows[i][1]);
        g_autofree char *parts = decompose(rows[i][0], rows[i][1]);
        g_assert_cmpstr(parts, ==, rows[i][2]);
    }
}

static void test_reassemble(void)
{
    ElizaLine line = {.words = NULL};
    ElizaParts parts;
    g_assert_true(eliza_line_read(&line, pbs_str("really you hate me")));
    g_assert_true(eliza_decompose(&eliza_doctor, "0 YOU 0 ME 0", line.words, line.n, &parts));
    static const char *const rows[][2] = {
        {"WHAT MAKES YOU THINK I 3 YOU", "WHAT MAKES YOU THINK I HATE YOU"},
        {"1", "REALLY"},
        {"5", NULL},
        {"WHY 5 NOW", "WHY NOW"},
        {"9 STAYS, 0 TOO", "9 STAYS, 0 TOO"},
        {"' 3 '", "' HATE '"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ElizaText text = {.ptr = NULL};
        eliza_reassemble(pbs_str(rows[i][0]), line.words, &parts, &text);
        g_assert_cmpstr(text.ptr, ==, rows[i][1]);
        free(text.ptr);
    }
    eliza_line_free(&line);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eliza/pattern/decompose", test_decompose);
    g_test_add_func("/eliza/pattern/reassemble", test_reassemble);
    return g_test_run();
}
