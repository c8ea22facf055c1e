/* SPDX-License-Identifier: Apache-2.0 */
/* What a row comes to from what is known alone: statuses, texts, exit codes. Rows that were probed
 * are in test_health.c, over HTTP. */
#include "cli/cli.h"
#include "e2e/command.h"

#include <string.h>

static CliHealthRow row_of(const char *known)
{
    json_object *tree = json_tokener_parse(known);

    g_assert_nonnull(tree);
    return (CliHealthRow){.known = tree};
}

static void is_row(const char *known, CliHealthStatus status, const char *error)
{
    CliHealthRow row = row_of(known);
    g_autofree char *got = cli_health_error(&row, false);

    g_assert_cmpint(cli_health_status(&row, false), ==, status);
    g_assert_cmpstr(got, ==, error);
    json_object_put(row.known);
}

#define LAST_OK "\"last\":{\"ok\":true,\"ago_ms\":3000,\"ms\":40}"
#define LAST_BAD                                                                                   \
    "\"last\":{\"ok\":false,\"class\":\"overloaded\",\"message\":\"busy\",\"ago_ms\":1}"

static void test_status(void)
{
    is_row("{\"target\":\"a/b\",\"state\":\"ready\"}", CLI_HEALTH_UNKNOWN, "");
    is_row("{\"target\":\"a/b\",\"state\":\"ready\"," LAST_OK "}", CLI_HEALTH_OK, "");
    is_row("{\"target\":\"a/b\",\"state\":\"ready\"," LAST_BAD "}", CLI_HEALTH_FAILED,
           "overloaded: busy");
    is_row("{\"target\":\"a/b\",\"state\":\"unconfigured\",\"why\":\"set A_KEY\"," LAST_OK "}",
           CLI_HEALTH_UNCONFIGURED, "set A_KEY");
    is_row("{\"target\":\"a/b\",\"state\":\"masked\"}", CLI_HEALTH_UNCONFIGURED, "");
    is_row("{\"target\":\"a/b\",\"state\":\"unavailable\",\"why\":\"no driver\"}",
           CLI_HEALTH_UNAVAILABLE, "no driver");
    is_row("{\"target\":\"a/b\",\"state\":\"ready\",\"breaker\":\"open\",\"reason\":\"3 "
           "failures\"," LAST_OK "}",
           CLI_HEALTH_FAILED, "3 failures");
    is_row("{\"target\":\"a/b\",\"state\":\"ready\",\"breaker\":\"half-open\"," LAST_BAD "}",
           CLI_HEALTH_FAILED, "overloaded: busy");
}

/* One that cannot be asked for nothing says how it can be asked. */
static void test_billed_hint(void)
{
    CliHealthRow row = row_of("{\"target\":\"a/b\",\"state\":\"ready\",\"probe\":\"billed\"}");
    g_autofree char *text = cli_health_error(&row, false);

    CliHealthRow whole = row_of("{\"target\":\"a\",\"state\":\"ready\",\"probe\":\"billed\"}");
    g_autofree char *other = cli_health_error(&whole, false);

    g_assert_nonnull(strstr(text, "--billed asks"));
    g_assert_nonnull(strstr(other, "name one of its models"));
    json_object_put(row.known);
    json_object_put(whole.known);
}

static void is_code(int code, bool interrupted, ...)
{
    GPtrArray *rows = cli_health_rows_new();
    const char *known;
    va_list args;

    va_start(args, interrupted);
    while ((known = va_arg(args, const char *)) != NULL) {
        CliHealthRow *row = g_new0(CliHealthRow, 1);

        *row = row_of(known);
        g_ptr_array_add(rows, row);
    }
    va_end(args);
    g_assert_cmpint(cli_health_exit_code(rows, interrupted), ==, code);
    g_ptr_array_unref(rows);
}

static void test_exit_codes(void)
{
    const char *well = "{\"target\":\"a/b\",\"state\":\"ready\"," LAST_OK "}";
    const char *ill = "{\"target\":\"a/c\",\"state\":\"ready\"," LAST_BAD "}";
    const char *unasked = "{\"target\":\"a/d\",\"state\":\"ready\"}";
    const char *keyless = "{\"target\":\"k\",\"state\":\"unconfigured\"}";
    const char *gone = "{\"target\":\"g\",\"state\":\"unavailable\"}";

    is_code(0, false, well, NULL);
    is_code(0, false, well, keyless, gone, unasked, NULL);
    is_code(0, false, unasked, NULL);
    is_code(4, false, well, ill, keyless, NULL);
    is_code(2, false, keyless, gone, NULL);
    is_code(2, false, NULL);
    is_code(5, true, well, ill, NULL);
}

static void test_times(void)
{
    static const struct {
        gint64 ms;
        const char *text;
    } times[] = {{0, "0 ms"},      {999, "999 ms"},   {1000, "1.0 s"},   {9949, "9.9 s"},
                 {10000, "10 s"},  {119999, "119 s"}, {120000, "2 min"}, {7199999, "119 min"},
                 {7200000, "2 h"}, {G_MAXINT64, NULL}};

    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autofree char *got = cli_time_text(times[i].ms);

        if (times[i].text != NULL)
            g_assert_cmpstr(got, ==, times[i].text);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/health-show/status", test_status);
    g_test_add_func("/cli/health-show/billed-hint", test_billed_hint);
    g_test_add_func("/cli/health-show/exit-codes", test_exit_codes);
    g_test_add_func("/cli/health-show/times", test_times);
    return g_test_run();
}
