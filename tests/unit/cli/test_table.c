/* SPDX-License-Identifier: Apache-2.0 */
/* The table: columns by characters, not bytes, cells without control characters. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a table prints when stdout is a file. */
static char *printed(CliTable *table)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("table-XXXXXX", &path, NULL), saved;
    char *text = NULL;

    g_assert_cmpint(fd, >=, 0);
    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    dup2(fd, STDOUT_FILENO);
    cli_table_print_free(table);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(fd);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    unlink(path);
    return text;
}

static void test_widths(void)
{
    static const char *const header[] = {"A", "LONGER", NULL};
    static const char *const one[] = {"grün", "x", NULL};
    static const char *const two[] = {"", "y", NULL};
    CliTable *table = cli_table_new(header);
    g_autofree char *text = NULL;

    cli_table_add(table, one);
    cli_table_add(table, two);
    text = printed(table);
    g_assert_cmpstr(text, ==, "A     LONGER\ngrün  x\n      y\n");
}

static void test_clean_cells(void)
{
    static const char *const header[] = {"A", "B", NULL};
    static const char *const evil[] = {"\x1b[31mred\nline", "tab\tbed\xC2\x9B", NULL};
    CliTable *table = cli_table_new(header);
    g_autofree char *text = NULL;

    cli_table_add(table, evil);
    text = printed(table);
    g_assert_cmpstr(text, ==, "A             B\n[31mred line  tab bed\n");
}

static void test_header_alone(void)
{
    static const char *const header[] = {"ONLY", NULL};
    g_autofree char *text = printed(cli_table_new(header));

    g_assert_cmpstr(text, ==, "ONLY\n");
}

static void test_cell(void)
{
    g_autofree char *fits = g_strnfill(120, 'x'), *same = cli_cell(fits);
    g_autoptr(GString) wide = g_string_new(NULL);
    g_autofree char *cut = NULL, *broken = cli_cell("a\xff");

    g_assert_cmpstr(same, ==, fits);
    g_assert_cmpstr(broken, ==, "a\xEF\xBF\xBD");
    for (int i = 0; i < 121; i++)
        g_string_append(wide, "ü");
    cut = cli_cell(wide->str);
    g_assert_cmpint(g_utf8_strlen(cut, -1), ==, 120);
    g_assert_true(g_str_has_suffix(cut, "ü..."));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/table/widths", test_widths);
    g_test_add_func("/cli/table/clean-cells", test_clean_cells);
    g_test_add_func("/cli/table/header-alone", test_header_alone);
    g_test_add_func("/cli/table/cell", test_cell);
    return g_test_run();
}
