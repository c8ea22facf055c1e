/* SPDX-License-Identifier: Apache-2.0 */
/* Lines cut into words and delimiters, words counted, the buffer that grows. */
#include "text.h"

#include <glib.h>
#include <stdlib.h>

static void expect(const char *input, const char *words)
{
    ElizaLine line = {.words = NULL};
    g_assert_true(eliza_line_read(&line, pbs_str(input)));
    g_autoptr(GString) joined = g_string_new(NULL);
    for (size_t i = 0; i < line.n; i++)
        g_string_append_printf(joined, "%s%.*s", i > 0 ? " " : "", (int)line.words[i].len,
                               line.words[i].ptr);
    g_assert_cmpstr(joined->str, ==, words);
    eliza_line_free(&line);
}

static void test_line(void)
{
    expect("", "");
    expect(" \t ", "");
    expect("Hello, world.", "HELLO , WORLD .");
    expect("a;b:c!d?e\nf", "A , B , C . D . E F");
    expect("I can't -- 'really' (no)", "I CAN'T REALLY NO");
    expect("well-known 3/4 $5 50%", "WELL-KNOWN 3/4 $5 50%");
    expect("don\xe2\x80\x99t \xe2\x80\x9cquote\xe2\x80\x9d\xe2\x80\xa6", "DON'T QUOTE .");
    expect("na\xc3\xafve \xe2\x82\xac", "NA\xc3\xafVE \xe2\x82\xac");
    expect("\xe2\x80", "\xe2\x80");
    expect("'-'/", "");
    ElizaLine line = {.words = NULL};
    g_assert_true(eliza_line_read(&line, (pb_str){"a\0b", 3}));
    g_assert_cmpuint(line.n, ==, 2);
    eliza_line_free(&line);
}

static void test_delimiter(void)
{
    g_assert_true(eliza_line_is_delimiter(pbs_str(",")));
    g_assert_true(eliza_line_is_delimiter(pbs_str(".")));
    g_assert_true(eliza_line_is_delimiter(pbs_str("BUT")));
    g_assert_false(eliza_line_is_delimiter(pbs_str("BUTTER")));
    g_assert_false(eliza_line_is_delimiter(pbs_str("")));
}

static void test_count(void)
{
    g_assert_cmpuint(eliza_count_words(pbs_str("")), ==, 0);
    g_assert_cmpuint(eliza_count_words(pbs_str("  ")), ==, 0);
    g_assert_cmpuint(eliza_count_words(pbs_str(" one\ttwo\n three ")), ==, 3);
    g_assert_cmpuint(eliza_count_words((pb_str){NULL, 0}), ==, 0);
}

static void test_grow(void)
{
    ElizaText text = {.ptr = NULL};
    for (int i = 0; i < 10000; i++)
        eliza_text_add(&text, pbs_str("abc"));
    g_assert_false(text.failed);
    g_assert_cmpuint(text.len, ==, 30000);
    g_assert_cmpint(text.ptr[30000], ==, '\0');
    free(text.ptr);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eliza/text/line", test_line);
    g_test_add_func("/eliza/text/delimiter", test_delimiter);
    g_test_add_func("/eliza/text/count", test_count);
    g_test_add_func("/eliza/text/grow", test_grow);
    return g_test_run();
}
