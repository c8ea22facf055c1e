/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of environment files, and that no message shows a value. */
#include "config/envfile.h"
#include "unit/config/fixture.h"

static char *dump(const GPtrArray *lines)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; lines != NULL && i < lines->len; i++) {
        const PbayEnvLine *line = g_ptr_array_index(lines, i);
        g_string_append_printf(out, "%s=<%s>@%d ", line->name, line->value, line->line);
    }
    return g_string_free(out, FALSE);
}

static void assert_env_len(const char *text, size_t len, const char *lines, const char *mistakes)
{
    g_autofree char *copy = g_memdup2(text, len);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(GPtrArray) found = pbay_config_scan_env("E", (pb_str){copy, len}, problems);
    g_assert_cmpint(found == NULL, ==, problems->len > 0);
    g_autofree char *shown = dump(found);
    g_assert_cmpstr(shown, ==, lines);
    fixture_assert_problems(problems, mistakes);
}

static void assert_env(const char *text, const char *lines, const char *mistakes)
{
    assert_env_len(text, strlen(text), lines, mistakes);
}

static void test_values(void)
{
    assert_env("", "", "");
    assert_env("# c\n\nA=1\n  B=two words  \n", "A=<1>@3 B=<two words>@4 ", "");
    assert_env("\xef\xbb\xbf"
               "A=1\r\nexport B=2\r\nexport\tC=3",
               "A=<1>@1 B=<2>@2 C=<3>@3 ", "");
    assert_env("A=a # c\nB=a#b\nC=#x\nD= # c\nE=\n", "A=<a>@1 B=<a#b>@2 C=<#x>@3 D=<>@4 E=<>@5 ",
               "");
    assert_env("A=$B ${C} `d`\n", "A=<$B ${C} `d`>@1 ", "");
    assert_env("export=1\nexported=2\n", "export=<1>@1 exported=<2>@2 ", "");
    assert_env("A=b=c;d\n", "A=<b=c;d>@1 ", "");
}

static void test_quotes(void)
{
    assert_env("A='a # \\n \"b\"' # c\n", "A=<a # \\n \"b\">@1 ", "");
    assert_env("A=\"a\\n\\t\\r\\\\\\\"\\$ 'b' # x\"\n", "A=<a\n\t\r\\\"$ 'b' # x>@1 ", "");
    assert_env("A=''\nB=\"\"\n", "A=<>@1 B=<>@2 ", "");
    assert_env("A=it's\n", "A=<it's>@1 ", "");
    const char *hint = "  use '...' for text with blanks, quotes or backslashes\n";
    const char *const bad[][2] = {
        {"A='canary", "E:1: the quote is not closed in this line\n"},
        {"A=\"canary\\\"", "E:1: the quote is not closed in this line\n"},
        {"A=\"", "E:1: the quote is not closed in this line\n"},
        {"A='canary'x", "E:1: text follows the closing quote\n"},
        {"A=\"canary\\q\"",
         "E:1: an unknown escape; in double quotes \\\" \\\\ \\$ \\n \\t \\r are known\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *expected = g_strconcat(bad[i][1], hint, NULL);
        assert_env(bad[i][0], "", expected);
    }
}

static void test_mistakes(void)
{
    const char *hint = "  write NAME=value without blanks around `=`; a name is "
                       "[A-Za-z_][A-Za-z0-9_]*\n";
    const char *const bad[] = {"A =1", "1A=1", "=1", "A-B=1", "export =1"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *expected =
            g_strconcat("E:1: no variable name stands before `=`\n", hint, NULL);
        assert_env(bad[i], "", expected);
    }
    assert_env("sk-canary\n", "", "E:1: this line sets no variable\n  write NAME=value\n");
    assert_env("export A\n", "", "E:1: this line sets no variable\n  write NAME=value\n");
    assert_env("A=1\n\nA=2\nB=1\nA=3\n", "",
               "E:3: A is set twice, first in line 1\n  delete one of the two lines\n"
               "E:5: A is set twice, first in line 1\n  delete one of the two lines\n");
    assert_env_len("A=1\nB=\0\n", 8, "",
                   "E:2: a NUL byte stands in this line\n"
                   "  this is not a text file; nothing of it was read\n");
    assert_env("A=\xff\n", "",
               "E:1: this line is not UTF-8\n"
               "  save the file as UTF-8; nothing of it was read\n");
}

static void test_file(void)
{
    char *dir = fixture_dir();
    g_autofree char *fill = g_strnfill(PBAY_ENV_FILE_MAX, 'x');
    g_autofree char *text = g_strconcat("A=", fill, NULL);
    g_autofree char *path = fixture_write(dir, "env", text);
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_assert_null(pbay_config_read_env_file(path, problems));
    const PbayProblem *problem = g_ptr_array_index(problems, 0);
    g_assert_cmpstr(problem->message, ==,
                    "cannot read the environment file: it is larger than the bound of 1024 KiB");
    fixture_remove(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/envfile/values", test_values);
    g_test_add_func("/envfile/quotes", test_quotes);
    g_test_add_func("/envfile/mistakes", test_mistakes);
    g_test_add_func("/envfile/file", test_file);
    return g_test_run();
}
