/* SPDX-License-Identifier: Apache-2.0 */
/* The results of `patchbay test` as JUnit XML, as build servers read it. Text of models and vendors
 * is cut to what XML 1.0 can hold, then escaped. */
#include "cli/cli.h"

#include <string.h>

void cli_junit_text(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) clean = g_string_new(NULL), kept = g_string_new(NULL);
    g_autofree char *escaped = NULL;

    cli_clean_text(clean, valid, strlen(valid));
    for (const char *at = clean->str; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (c != 0xFFFE && c != 0xFFFF)
            g_string_append_unichar(kept, c);
    }
    escaped = g_markup_escape_text(kept->str, -1);
    g_string_append(out, escaped);
}

static void append_attribute(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, " %s=\"", name);
    cli_junit_text(out, value);
    g_string_append_c(out, '"');
}

static void append_seconds(GString *out, gint64 ms)
{
    g_string_append_printf(out, " time=\"%d.%03d\"", (int)(ms / 1000), (int)(ms % 1000));
}

static void append_outcome(GString *out, const char *element, const char *type,
                           const CliTestCase *test)
{
    g_string_append_printf(out, "      <%s", element);
    append_attribute(out, "message", test->detail != NULL ? test->detail : type);
    if (strcmp(element, "skipped") != 0)
        append_attribute(out, "type", type);
    g_string_append(out, "/>\n");
}

static void append_case(GString *out, const CliTestCase *test)
{
    g_string_append(out, "    <testcase classname=\"patchbay.test\"");
    append_attribute(out, "name", test->model);
    append_seconds(out, test->job.ms);
    g_string_append(out, ">\n");
    if (test->fate == CLI_TEST_UNEXPECTED)
        append_outcome(out, "failure", "unexpected answer", test);
    else if (cli_test_is_error(test))
        append_outcome(out, "error", cli_test_fate_name(test->fate), test);
    else if (test->fate != CLI_TEST_WORKS)
        append_outcome(out, "skipped", cli_test_fate_name(test->fate), test);
    if (test->answer != NULL) {
        g_string_append(out, "      <system-out>");
        cli_junit_text(out, test->answer);
        g_string_append(out, "</system-out>\n");
    }
    g_string_append(out, "    </testcase>\n");
}

static void append_counts(GString *out, const GPtrArray *cases)
{
    unsigned failures = 0, errors = 0, skipped = 0;
    gint64 ms = 0;

    for (guint i = 0; i < cases->len; i++) {
        const CliTestCase *test = cases->pdata[i];
        bool error = cli_test_is_error(test);

        failures += test->fate == CLI_TEST_UNEXPECTED ? 1 : 0;
        errors += error ? 1 : 0;
        skipped += !error && test->fate > CLI_TEST_UNEXPECTED ? 1 : 0;
        ms = MAX(ms, test->job.ms); /* they ran at once */
    }
    g_string_append_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"",
                           cases->len, failures, errors, skipped);
    append_seconds(out, ms);
}

char *cli_junit_xml(const GPtrArray *cases)
{
    GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");

    append_counts(out, cases);
    g_string_append(out, ">\n  <testsuite name=\"patchbay test\"");
    append_counts(out, cases);
    g_string_append(out, ">\n");
    for (guint i = 0; i < cases->len; i++)
        append_case(out, cases->pdata[i]);
    g_string_append(out, "  </testsuite>\n</testsuites>\n");
    return g_string_free(out, FALSE);
}

bool cli_junit_write(const char *path, const GPtrArray *cases)
{
    g_autofree char *xml = cli_junit_xml(cases);

    return cli_write_file(path, xml, strlen(xml));
}
