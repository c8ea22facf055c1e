/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay drivers --matrix`: the tables are what the manifests say, no cell more or less. */
#include "e2e/rig.h"

#include <string.h>

/* The cell of a row under a column in the table whose first column is `table`; NULL: no such row
 * or column. g_free. */
static char *cell(const char *text, const char *table, const char *row, const char *column)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    int at = -1;

    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) cells = g_strsplit(*line, "|", -1);

        if (g_strv_length(cells) < 3)
            at = -1;
        else if (strcmp(g_strstrip(cells[1]), table) == 0) {
            for (int i = 2; cells[i] != NULL; i++)
                at = strcmp(g_strstrip(cells[i]), column) == 0 ? i : at;
        } else if (at > 0 && strcmp(cells[1], row) == 0) {
            return g_strdup(g_strstrip(cells[at]));
        }
    }
    return NULL;
}

static void check_cells(const char *text, json_object *drivers)
{
    unsigned yes = 0;

    json_object_object_foreach(drivers, id, offers)
    {
        json_object_object_foreach(offers, kind, features)
        {
            g_autofree char *has = cell(text, "driver", id, kind);

            g_assert_cmpstr(has, ==, "yes");
            for (size_t i = 0; i < json_object_array_length(features); i++, yes++) {
                const char *feature =
                    json_object_get_string(json_object_array_get_idx(features, i));
                g_autofree char *offered = cell(text, kind, id, feature);

                g_assert_cmpstr(offered, ==, "yes");
            }
            yes++;
        }
    }
    for (const char *at = strstr(text, "| yes "); at != NULL; at = strstr(at + 1, "| yes "))
        yes--;
    g_assert_cmpuint(yes, ==, 0);
}

static void test_tables(void)
{
    Box *box = box_new();
    g_autoptr(Run) text = box_run(box, NULL, "drivers", "--matrix", NULL);
    g_autoptr(Run) json = box_run(box, NULL, "drivers", "--matrix", "--json", NULL);
    json_object *drivers = json_tokener_parse(json->out);

    assert_run(text, 0, NULL);
    assert_run(json, 0, NULL);
    g_assert_cmpstr(json_text_at(drivers, "eliza.chat.0"), ==, "stream");
    check_cells(text->out, drivers);
    json_object_put(drivers);
    box_free(box);
}

/* README.md shows the tables as they are now. */
static void test_readme(void)
{
    static const char begin[] = "<!-- matrix -->\n", end[] = "<!-- end of matrix -->";
    Box *box = box_new();
    g_autoptr(Run) run = box_run(box, NULL, "drivers", "--matrix", NULL);
    g_autofree char *path = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "README.md", NULL);
    g_autofree char *text = NULL, *shown = NULL;
    const char *from, *to;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    from = strstr(text, begin);
    g_assert_nonnull(from);
    from += strlen(begin);
    to = strstr(from, end);
    g_assert_nonnull(to);
    shown = g_strndup(from, (gsize)(to - from));
    if (strcmp(shown, run->out) != 0)
        g_error("README.md shows other tables than the drivers give: run ./dev matrix");
    box_free(box);
}

/* A driver that says nothing has no row; none at all is said. */
static void test_none(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = NULL;

    box_env(box, "PATCHBAY_DRIVER_PATH", box_path(box, "nowhere"));
    run = box_run(box, NULL, "drivers", "--matrix", NULL);
    assert_run(run, 0, "");
    assert_contains(run->err, "no driver says what it offers");
    box_free(box);
}

static void test_usage(void)
{
    Box *box = box_new();
    g_autoptr(Run) run = box_run(box, NULL, "drivers", "--matrix", "show", "eliza", NULL);

    assert_complaint(run, 1, "drivers --matrix", NULL);
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/matrix/tables", test_tables);
    g_test_add_func("/cli/matrix/readme", test_readme);
    g_test_add_func("/cli/matrix/none", test_none);
    g_test_add_func("/cli/matrix/usage", test_usage);
    return g_test_run();
}
