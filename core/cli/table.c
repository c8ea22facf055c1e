/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people: columns as wide as their widest cell (in characters), the last one free. */
#include "cli/cli.h"

#include <stdio.h>
#include <unistd.h>

#define CELL_MAX 120

char *cli_cell(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1), *head = NULL;

    if (g_utf8_strlen(valid, -1) <= CELL_MAX)
        return g_steal_pointer(&valid);
    head = g_utf8_substring(valid, 0, CELL_MAX - 3);
    return g_strconcat(head, "...", NULL);
}

CliTable *cli_table_new(const char *const *header)
{
    CliTable *table = g_new0(CliTable, 1);

    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    table->columns = g_strv_length((char **)header);
    cli_table_add(table, header);
    return table;
}

void cli_table_add(CliTable *table, const char *const *cells)
{
    char **row = g_new0(char *, table->columns + 1);

    for (size_t i = 0; i < table->columns; i++) {
        GString *clean = g_string_new(NULL);

        cli_clean_text(clean, cells[i], strlen(cells[i]));
        g_strdelimit(clean->str, "\n\t", ' ');
        row[i] = g_string_free(clean, FALSE);
    }
    g_ptr_array_add(table->rows, row);
}

static size_t width_of(const CliTable *table, size_t column)
{
    size_t width = 0;

    for (guint i = 0; i < table->rows->len; i++) {
        char **row = g_ptr_array_index(table->rows, i);

        width = MAX(width, (size_t)g_utf8_strlen(row[column], -1));
    }
    return width;
}

void cli_table_print_free(CliTable *table)
{
    g_autofree size_t *widths = g_new0(size_t, table->columns);

    for (size_t c = 0; c < table->columns; c++)
        widths[c] = width_of(table, c);
    for (guint i = 0; i < table->rows->len; i++) {
        char **row = g_ptr_array_index(table->rows, i);

        fputs(i == 0 ? cli_paint(STDOUT_FILENO, "\033[1m") : "", stdout);
        for (size_t c = 0; c < table->columns; c++) {
            size_t pad = widths[c] - (size_t)g_utf8_strlen(row[c], -1);

            fputs(row[c], stdout);
            if (c + 1 < table->columns)
                printf("%*s", (int)pad + 2, "");
        }
        fputs(i == 0 ? cli_paint(STDOUT_FILENO, "\033[0m") : "", stdout);
        putchar('\n');
    }
    cli_print_model_text("", 0); /* what is said of it on stderr comes behind it */
    g_ptr_array_unref(table->rows);
    g_free(table);
}
