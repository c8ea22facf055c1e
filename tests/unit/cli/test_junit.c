/* SPDX-License-Identifier: Apache-2.0 */
/* JUnit XML of results: well-formed whatever models and vendors said, with counts that add up. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

typedef struct Seen {
    unsigned cases, failures, errors, skipped;
    GString *text;
    char *message, *tests, *counted;
} Seen;

static const char *attribute(const char **names, const char **values, const char *name)
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return values[i];
    return "";
}

static void on_start(GMarkupParseContext *context, const char *element, const char **names,
                     const char **values, gpointer user, GError **error)
{
    Seen *seen = user;

    (void)context, (void)error;
    seen->cases += strcmp(element, "testcase") == 0 ? 1 : 0;
    seen->failures += strcmp(element, "failure") == 0 ? 1 : 0;
    seen->errors += strcmp(element, "error") == 0 ? 1 : 0;
    seen->skipped += strcmp(element, "skipped") == 0 ? 1 : 0;
    if (strcmp(element, "failure") == 0 || strcmp(element, "error") == 0) {
        g_free(seen->message);
        seen->message = g_strdup(attribute(names, values, "message"));
    }
    if (strcmp(element, "testsuite") == 0) {
        seen->tests = g_strdup(attribute(names, values, "tests"));
        seen->counted = g_strdup_printf("%s %s %s", attribute(names, values, "failures"),
                                        attribute(names, values, "errors"),
                                        attribute(names, values, "skipped"));
    }
}

static void on_text(GMarkupParseContext *context, const char *text, gsize len, gpointer user,
                    GError **error)
{
    (void)context, (void)error;
    g_string_append_len(((Seen *)user)->text, text, (gssize)len);
}

/* Parses; aborts when it is not well-formed. XML 1.0 has no characters below blank but three. */
static void parse(const char *xml, Seen *seen)
{
    static const GMarkupParser parser = {.start_element = on_start, .text = on_text};
    g_autoptr(GError) error = NULL;
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, seen, NULL);

    seen->text = g_string_new(NULL);
    g_assert_true(g_utf8_validate(xml, -1, NULL));
    g_assert_null(strstr(xml, "&#x"));
    for (const char *at = xml; *at != '\0'; at++)
        g_assert_true((unsigned char)*at >= 0x20 || *at == '\n' || *at == '\t');
    g_markup_parse_context_parse(context, xml, -1, &error);
    g_assert_no_error(error);
    g_markup_parse_context_end_parse(context, &error);
    g_assert_no_error(error);
}

static void seen_clear(Seen *seen)
{
    g_string_free(seen->text, TRUE);
    g_free(seen->message);
    g_free(seen->tests);
    g_free(seen->counted);
}

static void test_counts(void)
{
    CliTestCase cases[] = {
        {.model = "a/works", .fate = CLI_TEST_WORKS, .answer = "test", .job = {.ms = 12}},
        {.model = "a/odd", .fate = CLI_TEST_UNEXPECTED, .answer = "no", .detail = "it said: no"},
        {.model = "a/broken",
         .fate = CLI_TEST_ERROR,
         .detail = "timeout: late",
         .job = {.ms = 1500}},
        {.model = "a/keyless", .fate = CLI_TEST_UNCONFIGURED, .detail = "set A_KEY"},
        {.model = "a/named", .named = true, .fate = CLI_TEST_UNCONFIGURED, .detail = "set A_KEY"},
        {.model = "a/cut", .fate = CLI_TEST_INTERRUPTED}};
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_autofree char *xml = NULL;
    Seen seen = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_ptr_array_add(all, &cases[i]);
    xml = cli_junit_xml(all);
    parse(xml, &seen);
    g_assert_cmpuint(seen.cases, ==, 6);
    g_assert_cmpuint(seen.failures, ==, 1);
    g_assert_cmpuint(seen.errors, ==, 2);
    g_assert_cmpuint(seen.skipped, ==, 2);
    g_assert_cmpstr(seen.tests, ==, "6");
    g_assert_cmpstr(seen.counted, ==, "1 2 2");
    g_assert_nonnull(strstr(xml, " time=\"1.500\""));
    g_assert_nonnull(strstr(xml, "name=\"a/works\" time=\"0.012\""));
    g_assert_true(g_str_has_prefix(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    seen_clear(&seen);
}

/* Every byte a model or a vendor may say. */
static void test_escaping(void)
{
    static const char said[] = "<b a=\"1\">&amp; ]]> \x01\x08\x0b\x1b[31m \xC2\x9B \xEF\xBF\xBE "
                               "\xEF\xBF\xBF gr\xC3\xBC\xC3\x9F \xff\xfe 'end'";
    static const char shown[] = "<b a=\"1\">&amp; ]]> [31m    gr\xC3\xBC\xC3\x9F "
                                "\xEF\xBF\xBD\xEF\xBF\xBD 'end'";
    CliTestCase one = {.model = "a/<\"&'>",
                       .fate = CLI_TEST_UNEXPECTED,
                       .answer = (char *)said,
                       .detail = (char *)said};
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_autofree char *xml = NULL;
    Seen seen = {0};

    g_ptr_array_add(all, &one);
    xml = cli_junit_xml(all);
    parse(xml, &seen);
    g_assert_nonnull(strstr(seen.text->str, shown));
    g_assert_cmpstr(seen.message, ==, shown);
    seen_clear(&seen);
}

static void test_none(void)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_autofree char *xml = cli_junit_xml(all);
    Seen seen = {0};

    parse(xml, &seen);
    g_assert_cmpuint(seen.cases, ==, 0);
    g_assert_cmpstr(seen.counted, ==, "0 0 0");
    seen_clear(&seen);
}

static void test_write(void)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_autofree char *dir = g_dir_make_tmp("patchbay-junit-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "results.xml", NULL), *text = NULL;
    g_autofree char *nowhere = g_build_filename(dir, "no", "results.xml", NULL);

    g_assert_true(cli_junit_write(path, all));
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "<testsuites"));
    g_assert_false(cli_junit_write(nowhere, all));
    g_assert_cmpint(remove(path), ==, 0);
    g_assert_cmpint(remove(dir), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/junit/counts", test_counts);
    g_test_add_func("/cli/junit/escaping", test_escaping);
    g_test_add_func("/cli/junit/none", test_none);
    g_test_add_func("/cli/junit/write", test_write);
    return g_test_run();
}
