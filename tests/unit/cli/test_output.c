/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaning text for terminals, members of trees, and the end of output. */
#include "cli/cli.h"
#include "e2e/rig.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void cleans_to(const char *text, size_t len, const char *wanted)
{
    g_autoptr(GString) out = g_string_new(NULL);

    cli_clean_text(out, text, len);
    g_assert_cmpstr(out->str, ==, wanted);
}

static void test_clean(void)
{
    cleans_to("", 0, "");
    cleans_to("plain\n\ttext", 11, "plain\n\ttext");
    cleans_to("a\0b", 3, "ab");
    cleans_to("\x1b]0;title\x07x", 11, "]0;titlex");
    cleans_to("a\r\nb\x7F", 5, "a\nb");
    cleans_to("\xC2\x80\xC2\x9F\xC2\xA0", 6, "\xC2\xA0"); /* C1 goes, the no-break space stays */
    cleans_to("gr\xC3\xBC\xC3\x9F", 6, "gr\xC3\xBC\xC3\x9F");
    cleans_to("\xF0\x9F\x8C\x8D", 4, "\xF0\x9F\x8C\x8D");
    cleans_to("\xC2", 1, "\xC2"); /* cut short: nothing is read behind the end */
}

static void test_clean_every_byte(void)
{
    for (int c = 0; c < 0x80; c++) {
        g_autoptr(GString) out = g_string_new(NULL);
        char byte = (char)c;
        bool kept = c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7F);

        cli_clean_text(out, &byte, 1);
        g_assert_cmpuint(out->len, ==, kept ? 1 : 0);
    }
}

/* A message tears an open line apart where both go to one place: as after 2>&1. */
static void test_mid_line(void)
{
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), one[2], other[2];
    bool open_line, ended, apart;

    fflush(stdout);
    g_assert_cmpint(pipe(one), ==, 0);
    g_assert_cmpint(pipe(other), ==, 0);
    dup2(one[1], STDOUT_FILENO);
    dup2(one[1], STDERR_FILENO);
    cli_print_model_text("half a", 6);
    open_line = cli_output_is_mid_line();
    dup2(other[1], STDERR_FILENO);
    apart = cli_output_is_mid_line();
    dup2(one[1], STDERR_FILENO);
    cli_print_model_text(" line\n", 6);
    ended = cli_output_is_mid_line();
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    g_assert_true(open_line);
    g_assert_false(apart);
    g_assert_false(ended);
    close(out);
    close(err);
    for (int i = 0; i < 2; i++) {
        close(one[i]);
        close(other[i]);
    }
}

static void test_member(void)
{
    json_object *tree = json_tokener_parse("{\"a\":\"x\",\"n\":1,\"z\":null}");

    g_assert_cmpstr(cli_member(tree, "a"), ==, "x");
    g_assert_cmpstr(cli_member(tree, "n"), ==, "");
    g_assert_cmpstr(cli_member(tree, "z"), ==, "");
    g_assert_cmpstr(cli_member(tree, "none"), ==, "");
    g_assert_cmpstr(cli_member(NULL, "a"), ==, "");
    json_object_put(tree);
}

static void test_join(void)
{
    json_object *array = json_tokener_parse("[\"a\",\"b\"]");
    g_autofree char *joined = cli_join(array), *none = cli_join(NULL);

    g_assert_cmpstr(joined, ==, "a, b");
    g_assert_cmpstr(none, ==, "");
    json_object_put(array);
}

/* Numbers and escapes of an answer reach a pipe as they came. */
static void test_json_in_a_pipe_is_exact(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "embed", "-m", "openai/e", "--json", "a", "b", NULL);

    assert_run(run, 0, NULL);
    assert_contains(run->out, "\"embedding\":[0,0.5,-2]");
    g_assert_null(strstr(run->out, "  ")); /* one line */
    g_assert_cmpint(g_strstr_len(run->out, -1, "\n") - run->out, ==, (gssize)run->out_len - 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/output/clean", test_clean);
    g_test_add_func("/cli/output/clean-every-byte", test_clean_every_byte);
    g_test_add_func("/cli/output/member", test_member);
    g_test_add_func("/cli/output/mid-line", test_mid_line);
    g_test_add_func("/cli/output/join", test_join);
    g_test_add_func("/cli/output/json-in-a-pipe", test_json_in_a_pipe_is_exact);
    return g_test_run();
}
