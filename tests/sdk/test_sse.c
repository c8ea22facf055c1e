/* SPDX-License-Identifier: Apache-2.0 */
/* The framing of server-sent events: the grammar, every split of one stream, bounds, stopping. */
#include "lib/sse.h"

#include "lib/str.h"

#include <glib.h>

typedef struct Seen {
    GString *log;
    int stop_at, events;
} Seen;

static int on_event(void *user, const pbs_sse_event *event)
{
    Seen *seen = user;
    g_string_append_printf(seen->log, "[%.*s|%.*s|%.*s]", (int)event->event.len,
                           event->event.len ? event->event.ptr : "", (int)event->data.len,
                           event->data.len ? event->data.ptr : "", (int)event->id.len,
                           event->id.len ? event->id.ptr : "");
    return ++seen->events == seen->stop_at ? 42 : 0;
}

/* Pushes text in pieces of `step` bytes (0: at once); what came of it. */
static char *run(const char *text, size_t len, size_t step, size_t first)
{
    Seen seen = {g_string_new(NULL), -1, 0};
    pbs_sse sse;
    pbs_sse_init(&sse, PBS_SSE_MAX);
    for (size_t at = 0; at < len;) {
        size_t n = at == 0 && first > 0 ? first : step == 0 ? len - at : step;
        n = MIN(n, len - at);
        g_assert_cmpint(pbs_sse_push(&sse, (pb_str){text + at, n}, on_event, &seen), ==, 0);
        at += n;
    }
    g_assert_cmpint(pbs_sse_end(&sse, on_event, &seen), ==, 0);
    pbs_sse_free(&sse);
    return g_string_free(seen.log, FALSE);
}

static void check(const char *text, const char *expected)
{
    size_t len = strlen(text);
    for (size_t step = 0; step < 4; step++) {
        g_autofree char *got = run(text, len, step, 0);
        g_assert_cmpstr(got, ==, expected);
    }
    for (size_t first = 1; first < len; first++) {
        g_autofree char *got = run(text, len, 0, first);
        g_assert_cmpstr(got, ==, expected);
    }
}

static void test_lines(void)
{
    check("data: a\n\ndata: b\n\n", "[|a|][|b|]");
    check("data: a\r\n\r\ndata: b\r\n\r\n", "[|a|][|b|]");
    check("data: a\r\rdata: b\r\r", "[|a|][|b|]");
    check("data: a\r\n\ndata: b\n\r\n", "[|a|][|b|]");
    check("data: a\r\n\rdata: b\r\n\n", "[|a|][|b|]");
}

static void test_fields(void)
{
    check("data:a\n\n", "[|a|]");
    check("data:  a \n\n", "[| a |]");
    check("data: a\ndata: b\ndata:\n\n", "[|a\nb\n|]");
    check("data\n\n", "[||]");
    check("data:\n\n", "[||]");
    check("event: x\ndata: a\n\ndata: b\n\n", "[x|a|][|b|]");
    check("event: x\n\n", "");
    check("event: x\nevent: y\ndata: a\n\n", "[y|a|]");
    check("id: 7\ndata: a\n\ndata: b\n\n", "[|a|7][|b|7]");
    check(": comment\nretry: 5\nunknown: z\n:\ndata: a\n\n", "[|a|]");
    check("data: a:b: c\n\n", "[|a:b: c|]");
    check("Data: a\ndatax: b\n data: c\n\n", "");
}

static void test_ends(void)
{
    check("", "");
    check("\n\n\n", "");
    check("data: a\n", "[|a|]");
    check("data: a", "[|a|]");
    check("data: a\n\nevent: x\ndata: b", "[|a|][x|b|]");
    check("\xEF\xBB\xBF"
          "data: a\n\n",
          "[|a|]");
    check("\xEF\xBB\xBF\ndata: a\n\n\xEF\xBB\xBF"
          "data: b\n\n",
          "[|a|]");
    check("data: Gr\xC3\xBC\xC3\x9F"
          "e \xF0\x9F\x91\x8B\n\n",
          "[|Gr\xC3\xBC\xC3\x9F"
          "e \xF0\x9F\x91\x8B|]");
}

static void test_bound(void)
{
    Seen seen = {g_string_new(NULL), -1, 0};
    pbs_sse sse;
    pbs_sse_init(&sse, 10);
    g_assert_cmpint(pbs_sse_push(&sse, PBS_STR("data: 1234\n"), on_event, &seen), ==, 0);
    g_assert_cmpint(pbs_sse_push(&sse, PBS_STR("data: 5\n"), on_event, &seen), ==, 0);
    g_assert_cmpint(pbs_sse_push(&sse, PBS_STR("data: 67890\n"), on_event, &seen), ==,
                    PBS_SSE_TOO_LONG);
    pbs_sse_free(&sse);
    pbs_sse_init(&sse, 10);
    g_assert_cmpint(pbs_sse_push(&sse, PBS_STR("data: 12345"), on_event, &seen), ==,
                    PBS_SSE_TOO_LONG);
    pbs_sse_free(&sse);
    g_assert_cmpstr(seen.log->str, ==, "");
    g_string_free(seen.log, TRUE);
}

static void test_stop(void)
{
    Seen seen = {g_string_new(NULL), 2, 0};
    pbs_sse sse;
    pbs_sse_init(&sse, PBS_SSE_MAX);
    g_assert_cmpint(
        pbs_sse_push(&sse, PBS_STR("data: a\n\ndata: b\n\ndata: c\n\n"), on_event, &seen), ==, 42);
    g_assert_cmpstr(seen.log->str, ==, "[|a|][|b|]");
    pbs_sse_free(&sse);
    g_string_free(seen.log, TRUE);
}

/* A long stream of mixed line ends, in random pieces, gives what it gives whole. */
static void test_random_splits(void)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GRand) rand = g_rand_new_with_seed(4711);
    for (int i = 0; i < 300; i++) {
        const char *end = ends[i % 3];
        g_string_append_printf(text,
                               ": c%s"
                               "event: e%d%sdata: %d\xC3\xA9%sdata: x%s%s",
                               end, i, end, i, end, end, end);
    }
    g_autofree char *expected = run(text->str, text->len, 0, 0);
    for (int round = 0; round < 50; round++) {
        Seen seen = {g_string_new(NULL), -1, 0};
        pbs_sse sse;
        pbs_sse_init(&sse, PBS_SSE_MAX);
        for (size_t at = 0; at < text->len;) {
            size_t n = MIN((size_t)g_rand_int_range(rand, 1, 60), text->len - at);
            pbs_sse_push(&sse, (pb_str){text->str + at, n}, on_event, &seen);
            at += n;
        }
        pbs_sse_end(&sse, on_event, &seen);
        pbs_sse_free(&sse);
        g_assert_cmpstr(seen.log->str, ==, expected);
        g_assert_cmpint(seen.events, ==, 300);
        g_string_free(seen.log, TRUE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/sse/lines", test_lines);
    g_test_add_func("/sdk/sse/fields", test_fields);
    g_test_add_func("/sdk/sse/ends", test_ends);
    g_test_add_func("/sdk/sse/bound", test_bound);
    g_test_add_func("/sdk/sse/stop", test_stop);
    g_test_add_func("/sdk/sse/random-splits", test_random_splits);
    return g_test_run();
}
