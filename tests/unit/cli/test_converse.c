/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation's own rules beyond the terminal's (tests/e2e/test_terminal.c): system message,
 * images, empty lines. */
#include "e2e/rig.h"

static Process *converse(Rig *rig, const char *option, const char *value)
{
    Process *process =
        box_start_terminal(rig->box, "chat", "-m", "openai/parrot", option, value, NULL);

    process_await(process, "> ");
    return process;
}

static void say(Process *process, const char *line, const char *answer)
{
    process_type(process, line);
    process_await(process, answer);
    process_await(process, "> ");
}

static void end(Process *process)
{
    g_autoptr(Run) run = NULL;

    process_type(process, "\x04");
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 0);
}

/* It stands once, in front of every request. */
static void test_system(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "-s", "Be brief.");
    json_object *second;

    say(process, "one\n", "You said: one");
    say(process, "two\n", "You said: two");
    end(process);
    second = rig_sent(rig, 1);
    g_assert_cmpuint(json_object_array_length(json_at(second, "messages")), ==, 4);
    g_assert_cmpstr(json_text_at(second, "messages.0.role"), ==, "system");
    g_assert_cmpstr(json_text_at(second, "messages.0.content"), ==, "Be brief.");
    g_assert_cmpstr(json_text_at(second, "messages.3.content"), ==, "two");
    json_object_put(second);
}

/* An image belongs to the first prompt, and stays in its message. */
static void test_image_once(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "--image", "https://example.org/a.png");
    json_object *second;

    say(process, "one\n", "You said: one");
    say(process, "two\n", "You said: two");
    end(process);
    second = rig_sent(rig, 1);
    g_assert_cmpstr(json_text_at(second, "messages.0.content.1.image_url.url"), ==,
                    "https://example.org/a.png");
    g_assert_cmpstr(json_text_at(second, "messages.2.content"), ==, "two");
    json_object_put(second);
}

static void test_empty_lines(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "-s", "x");

    process_type(process, "\n");
    process_await(process, "> ");
    process_type(process, "   \n");
    process_await(process, "> ");
    say(process, "one\n", "You said: one");
    end(process);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/converse/system", test_system);
    g_test_add_func("/cli/converse/image-once", test_image_once);
    g_test_add_func("/cli/converse/empty-lines", test_empty_lines);
    return g_test_run();
}
