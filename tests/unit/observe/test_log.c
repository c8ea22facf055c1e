/* SPDX-License-Identifier: Apache-2.0 */
/* The log: levels, both formats, control characters, bounds, no secret on any way out, whole lines
 * from many threads through the real stderr, and a sink that logs itself. */
#include "observe/log.h"

#include "base/secret.h"
#include "base/str.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Lines {
    GPtrArray *lines;
    int level;
} Lines;

static void keep(void *data, int level, const char *line)
{
    Lines *lines = data;
    lines->level = level;
    g_ptr_array_add(lines->lines, g_strdup(line));
}

static Lines capture(bool json)
{
    return (Lines){.lines = (pbay_log_set_json(json), g_ptr_array_new_with_free_func(g_free))};
}

static const char *last(const Lines *lines)
{
    return g_ptr_array_index(lines->lines, lines->lines->len - 1);
}

static void release(Lines *lines)
{
    pbay_log_set_sink(NULL, NULL);
    pbay_log_set_json(false);
    pbay_log_set_level(PBAY_LOG_WARN);
    g_ptr_array_unref(lines->lines);
}

static void test_levels(void)
{
    static const struct {
        const char *name;
        PbayLogLevel level;
    } names[] = {{"debug", PBAY_LOG_DEBUG},  {"info", PBAY_LOG_INFO},   {"warn", PBAY_LOG_WARN},
                 {"warning", PBAY_LOG_WARN}, {"error", PBAY_LOG_ERROR}, {"none", PBAY_LOG_NONE}};
    PbayLogLevel level;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_true(pbay_log_level_parse(names[i].name, &level));
        g_assert_cmpint(level, ==, names[i].level);
    }
    g_assert_false(pbay_log_level_parse("loud", &level));
    g_assert_false(pbay_log_level_parse("", &level));
    g_assert_cmpint(level, ==, PBAY_LOG_NONE);
    g_assert_false(pbay_log_on(PBAY_LOG_INFO)); /* at start: warn */
    g_assert_true(pbay_log_on(PBAY_LOG_WARN));

    Lines lines = capture(false);
    pbay_log_set_sink(keep, &lines);
    pbay_log(PBAY_LOG_INFO, "test", "unseen");
    g_assert_cmpuint(lines.lines->len, ==, 0);
    pbay_log_set_level(PBAY_LOG_DEBUG);
    pbay_log(PBAY_LOG_DEBUG, "test", "seen");
    g_assert_cmpint(lines.level, ==, PBAY_LOG_DEBUG);
    pbay_log_set_level(PBAY_LOG_NONE);
    pbay_log(PBAY_LOG_ERROR, "test", "unseen");
    g_assert_cmpuint(lines.lines->len, ==, 1);
    pbay_log_set_level(PBAY_LOG_ERROR);
    pbay_log_str((PbayLogLevel)77, "test", PBAY_STR("a driver's strange level"));
    g_assert_cmpint(lines.level, ==, PBAY_LOG_ERROR);
    release(&lines);
}

static void test_text(void)
{
    Lines lines = capture(false);
    pbay_log_set_sink(keep, &lines);
    errno = EDOM;
    pbay_log(PBAY_LOG_WARN, "config",
             "line %d\nsecond\ttab\r\x1b[31m \x7f \xC2\x9B \xE2\x80\xA8 \xFF", 1);
    g_assert_cmpint(errno, ==, EDOM);
    g_assert_true(g_regex_match_simple(
        "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z warn  config: ", last(&lines), 0, 0));
    const char *message = strstr(last(&lines), "config: ");
    g_assert_cmpstr(message, ==,
                    "config: line 1\\nsecond\\ttab\\r\\x1b[31m \\x7f \\x9b \\u2028 \xEF\xBF\xBD");
    pbay_log_str(PBAY_LOG_ERROR, NULL, (pb_str){NULL, 0});
    g_assert_true(g_str_has_suffix(last(&lines), " error core: "));
    release(&lines);
}

static void test_json(void)
{
    Lines lines = capture(true);
    pbay_log_set_sink(keep, &lines);
    pbay_log(PBAY_LOG_ERROR, "ro\"om", "a \"b\" \\ \n \x01 \xFF");
    g_assert_true(g_str_has_prefix(last(&lines), "{\"time\":\"2"));
    g_assert_true(g_str_has_suffix(last(&lines),
                                   "Z\",\"level\":\"error\",\"room\":\"ro\\\"om\",\"message\":"
                                   "\"a \\\"b\\\" \\\\ \\n \\u0001 \xEF\xBF\xBD\"}"));
    release(&lines);
}

/* Messages of any size and kind stay in the bound, cut at a character and, in JSON, inside the
 * string. */
static void test_bound(void)
{
    static const char *const pieces[] = {"x", "\n", "\xE2\x82\xAC", "\xFF", "\\", "\x01"};
    for (int json = 0; json < 2; json++) {
        Lines lines = capture(json == 1);
        pbay_log_set_sink(keep, &lines);
        for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
            GString *s = g_string_new(NULL);
            while (s->len < 200000)
                g_string_append(s, pieces[i]);
            pbay_log_str(PBAY_LOG_WARN, "a-room-with-quite-a-long-name-that-is-cut",
                         pbay_str_of(s));
            g_assert_cmpuint(strlen(last(&lines)), <, 16 * 1024);
            g_assert_cmpuint(strlen(last(&lines)), >, 8 * 1024);
            g_assert_true(g_utf8_validate(last(&lines), -1, NULL));
            g_assert_true(g_str_has_suffix(last(&lines), json ? "...\"}" : "..."));
            g_string_free(s, TRUE);
        }
        release(&lines);
    }
}

static void test_no_secret_gets_out(void)
{
    static const char canary[] = "canary\"key/with+signs";
    g_autoptr(PbaySecret) secret = pbay_secret_new(PBAY_STR(canary));
    g_autoptr(PbaySecret) bytes = pbay_secret_new(PBAY_STR("canary\xFF\xFEno text"));
    for (int json = 0; json < 2; json++) {
        Lines lines = capture(json == 1);
        pbay_log_set_sink(keep, &lines);
        pbay_log(PBAY_LOG_WARN, "test", "key=%s", canary);
        g_assert_nonnull(strstr(last(&lines), "key=***"));
        pbay_log(PBAY_LOG_WARN, "test", "{\"k\":\"canary\\\"key\\/with+signs\"}");
        pbay_log(PBAY_LOG_WARN, "test", "?k=canary%%22key%%2fwith%%2Bsigns");
        pbay_log(PBAY_LOG_WARN, canary, "as the room");
        pbay_log_str(PBAY_LOG_WARN, "test", pbay_secret_peek(bytes)); /* cleaning would change it */
        pbay_log_str(PBAY_LOG_WARN, "test", PBAY_STR("canary\"\0key/with+signs"));
        for (size_t before = 15900; before < 16500; before += 7) { /* wherever the cut falls */
            g_autofree char *padding = g_strnfill(before, '.');
            pbay_log(PBAY_LOG_WARN, "test", "%s%s", padding, canary);
        }
        for (guint i = 0; i < lines.lines->len; i++) {
            g_assert_null(strstr(g_ptr_array_index(lines.lines, i), "canary"));
            g_assert_null(strstr(g_ptr_array_index(lines.lines, i), "signs"));
        }
        release(&lines);
    }
}

/* Stderr itself, by way of a pipe that a thread reads to the end. */
typedef struct Reader {
    int fd;
    GString *text;
} Reader;

static void *read_all(void *data)
{
    Reader *reader = data;
    char part[4096];
    for (ssize_t n; (n = read(reader->fd, part, sizeof part)) > 0;)
        g_string_append_len(reader->text, part, n);
    return NULL;
}

enum { WRITERS = 4, EACH = 200 };

static void *write_lines(void *data)
{
    g_autofree char *body =
        g_strnfill(9000, *(const char *)data); /* more than a pipe keeps whole */
    for (int i = 0; i < EACH; i++)
        pbay_log(PBAY_LOG_WARN, "test", "<%s>", body);
    return NULL;
}

static void test_whole_lines(void)
{
    int fds[2], old = dup(STDERR_FILENO);
    g_assert_cmpint(pipe(fds), ==, 0);
    dup2(fds[1], STDERR_FILENO);
    close(fds[1]);
    Reader reader = {fds[0], g_string_new(NULL)};
    pthread_t reading, threads[WRITERS];
    pthread_create(&reading, NULL, read_all, &reader);
    static char letters[WRITERS] = {'a', 'b', 'c', 'd'};
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&threads[i], NULL, write_lines, &letters[i]);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    dup2(old, STDERR_FILENO);
    close(old);
    pthread_join(reading, NULL);
    close(fds[0]);
    g_auto(GStrv) lines = g_strsplit(reader.text->str, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, WRITERS * EACH + 1);
    for (guint i = 0; i < WRITERS * EACH; i++) {
        const char *body = strchr(lines[i], '<');
        g_assert_nonnull(body);
        char letter[2] = {body[1], '\0'};
        g_assert_cmpuint(strspn(body + 1, letter), ==, 9000);
        g_assert_cmpstr(body + 9001, ==, ">");
    }
    g_string_free(reader.text, TRUE);
}

static void log_again(void *data, int level, const char *line)
{
    (void)level;
    (void)line;
    ++*(int *)data;
    pbay_log_set_level(PBAY_LOG_WARN);
    pbay_log(PBAY_LOG_WARN, "sink", "from within");
}

static void test_sink_that_logs(void)
{
    int calls = 0, fds[2], old = dup(STDERR_FILENO);
    g_assert_cmpint(pipe(fds), ==, 0);
    dup2(fds[1], STDERR_FILENO);
    close(fds[1]);
    pbay_log_set_sink(log_again, &calls);
    pbay_log(PBAY_LOG_WARN, "test", "x");
    pbay_log_set_sink(NULL, NULL);
    dup2(old, STDERR_FILENO);
    close(old);
    Reader reader = {fds[0], g_string_new(NULL)};
    read_all(&reader);
    close(fds[0]);
    g_assert_cmpint(calls, ==, 1);
    g_assert_true(g_str_has_suffix(reader.text->str, "warn  sink: from within\n"));
    g_string_free(reader.text, TRUE);
}

static void test_no_stderr(void)
{
    int old = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    errno = 0;
    pbay_log(PBAY_LOG_ERROR, "test", "nobody hears this");
    g_assert_cmpint(errno, ==, 0);
    dup2(old, STDERR_FILENO);
    close(old);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/observe/log/levels", test_levels);
    g_test_add_func("/observe/log/text", test_text);
    g_test_add_func("/observe/log/json", test_json);
    g_test_add_func("/observe/log/bound", test_bound);
    g_test_add_func("/observe/log/no-secret", test_no_secret_gets_out);
    g_test_add_func("/observe/log/whole-lines", test_whole_lines);
    g_test_add_func("/observe/log/sink-that-logs", test_sink_that_logs);
    g_test_add_func("/observe/log/no-stderr", test_no_stderr);
    return g_test_run();
}
