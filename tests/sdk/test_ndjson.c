/* SPDX-License-Identifier: Apache-2.0 */
/* The framing of newline-delimited JSON: every split, blank lines, the last line, bounds,
 * stopping. */
#include "lib/ndjson.h"

#include "lib/str.h"

#include <glib.h>

static int stop_at;

static int on_line(void *user, pb_str line)
{
    g_string_append_printf(user, "[%.*s]", (int)line.len, line.ptr);
    return --stop_at == 0 ? 7 : 0;
}

static void check(const char *text, const char *expected)
{
    size_t len = strlen(text);
    for (size_t first = 0; first <= len; first++)
        for (size_t step = 1; step <= 2; step++) {
            g_autoptr(GString) log = g_string_new(NULL);
            pbs_ndjson ndjson;
            pbs_ndjson_init(&ndjson, 1000);
            g_assert_cmpint(pbs_ndjson_push(&ndjson, (pb_str){text, first}, on_line, log), ==, 0);
            for (size_t at = first; at < len; at += step)
                pbs_ndjson_push(&ndjson, (pb_str){text + at, MIN(step, len - at)}, on_line, log);
            g_assert_cmpint(pbs_ndjson_end(&ndjson, on_line, log), ==, 0);
            pbs_ndjson_free(&ndjson);
            g_assert_cmpstr(log->str, ==, expected);
        }
}

static void test_lines(void)
{
    check("{\"a\":1}\n{\"b\":2}\n", "[{\"a\":1}][{\"b\":2}]");
    check("{\"a\":1}\r\n\r\n\n  {\"b\":2}", "[{\"a\":1}][{\"b\":2}]");
    check("", "");
    check("\n\n", "");
    check("{\"\xC3\xBC\"}", "[{\"\xC3\xBC\"}]");
}

static void test_bound(void)
{
    g_autoptr(GString) log = g_string_new(NULL);
    pbs_ndjson ndjson;
    pbs_ndjson_init(&ndjson, 5);
    g_assert_cmpint(pbs_ndjson_push(&ndjson, PBS_STR("12345\n"), on_line, log), ==, 0);
    g_assert_cmpint(pbs_ndjson_push(&ndjson, PBS_STR("123456\n"), on_line, log), ==,
                    PBS_NDJSON_TOO_LONG);
    pbs_ndjson_free(&ndjson);
    pbs_ndjson_init(&ndjson, 5);
    g_assert_cmpint(pbs_ndjson_push(&ndjson, PBS_STR("123"), on_line, log), ==, 0);
    g_assert_cmpint(pbs_ndjson_push(&ndjson, PBS_STR("456"), on_line, log), ==,
                    PBS_NDJSON_TOO_LONG);
    pbs_ndjson_free(&ndjson);
    g_assert_cmpstr(log->str, ==, "[12345]");
}

static void test_stop(void)
{
    g_autoptr(GString) log = g_string_new(NULL);
    pbs_ndjson ndjson;
    pbs_ndjson_init(&ndjson, 100);
    stop_at = 2;
    g_assert_cmpint(pbs_ndjson_push(&ndjson, PBS_STR("1\n2\n3\n"), on_line, log), ==, 7);
    g_assert_cmpstr(log->str, ==, "[1][2]");
    pbs_ndjson_free(&ndjson);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/ndjson/lines", test_lines);
    g_test_add_func("/sdk/ndjson/bound", test_bound);
    g_test_add_func("/sdk/ndjson/stop", test_stop);
    return g_test_run();
}
