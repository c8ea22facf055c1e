/* SPDX-License-Identifier: Apache-2.0 */
/* The command on a terminal of its own: control characters, colours, a conversation with history,
 * Ctrl-C and Ctrl-D; and signals without a terminal. Everything is awaited by what is printed or
 * arrives, nothing by time. */
#include "e2e/rig.h"

#include <signal.h>
#include <string.h>

#define CTRL_C "\x03"
#define CTRL_D "\x04"
#define RAW                                                                                        \
    "be\x07ll \x1b[31mred\x1b[0m \xC2\x9B"                                                         \
    "31m tab\tgr\xC3\xBC\xC3\x9F\x7F\r\n"
#define CLEAN "bell [31mred[0m 31m tab\tgr\xC3\xBC\xC3\x9F\n"

static void test_control_characters(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) piped = box_run(rig->box, NULL, "chat", "-m", "openai/raw", "x", NULL);
    Process *process = box_start_terminal(rig->box, "chat", "-m", "openai/raw", "x", NULL);
    g_autoptr(Run) shown = process_end(process);

    assert_run(piped, 0, RAW);
    assert_run(shown, 0, CLEAN);
}

/* JSON may hold C1 and DEL as they are: a terminal would obey them. */
static void test_control_characters_in_json(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *file = box_file(rig->box, "r.json",
                                "{\"model\":\"openai/raw\",\"stream\":true,\"messages\":[{\"role\":"
                                "\"user\",\"content\":\"x\"}]}",
                                -1);
    Process *stream = box_start_terminal(rig->box, "request", file, NULL);
    Process *whole = box_start_terminal(rig->box, "chat", "--json", "-m", "openai/raw", "x", NULL);
    g_autoptr(Run) streamed = process_end(stream);
    g_autoptr(Run) answered = process_end(whole);

    g_assert_cmpint(streamed->code, ==, 0);
    g_assert_cmpint(answered->code, ==, 0);
    assert_contains(streamed->out, "[0m 31\"");
    assert_lacks(streamed->out, "\xC2\x9B");
    assert_lacks(answered->out, "\xC2\x9B");
    assert_lacks(streamed->out, "\x7F");
    assert_lacks(answered->out, "\x7F");
    assert_lacks(answered->out, "\x1b");
}

static void test_colours(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) piped = box_run(rig->box, NULL, "chat", "-m", "openai/http-500", "x", NULL);
    g_autoptr(Run) listed = box_run(rig->box, NULL, "drivers", NULL);
    Process *process = box_start_terminal(rig->box, "chat", "-m", "openai/http-500", "x", NULL);
    g_autoptr(Run) shown = process_end(process);

    g_assert_cmpint(piped->code, ==, 4);
    assert_lacks(piped->err, "\x1b");
    assert_lacks(listed->out, "\x1b");
    g_assert_cmpint(shown->code, ==, 4);
    assert_contains(shown->out, "\x1b[31mserver_error\x1b[0m");
    box_env(rig->box, "NO_COLOR", "1");
    process = box_start_terminal(rig->box, "drivers", NULL);
    {
        g_autoptr(Run) plain = process_end(process);

        g_assert_cmpint(plain->code, ==, 0);
        assert_contains(plain->out, "eliza");
        assert_lacks(plain->out, "\x1b");
    }
}

static Process *converse(Rig *rig, const char *model)
{
    Process *process = box_start_terminal(rig->box, "chat", "-m", model, NULL);

    process_await(process, "> ");
    return process;
}

static void end_by_ctrl_d(Process *process)
{
    g_autoptr(Run) run = NULL;

    process_type(process, CTRL_D);
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 0);
}

static void test_conversation(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "openai/parrot");
    json_object *second;

    process_type(process, "first words\n");
    process_await(process, "You said: first words");
    process_await(process, "> ");
    process_type(process, "second words\n");
    process_await(process, "You said: second words");
    process_await(process, "> ");
    end_by_ctrl_d(process);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 2);
    second = rig_sent(rig, 1);
    g_assert_cmpuint(json_object_array_length(json_at(second, "messages")), ==, 3);
    g_assert_cmpstr(json_text_at(second, "messages.0.content"), ==, "first words");
    g_assert_cmpstr(json_text_at(second, "messages.1.role"), ==, "assistant");
    g_assert_cmpstr(json_text_at(second, "messages.1.content"), ==, "You said: first words");
    g_assert_cmpstr(json_text_at(second, "messages.2.content"), ==, "second words");
    json_object_put(second);
}

/* What failed is no part of the history. */
static void test_failure_goes_on(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process;
    json_object *second;

    box_conf(rig->box, "alias", "[model changing]\ntargets = openai/http-500\n");
    process = converse(rig, "changing");
    process_type(process, "one\n");
    process_await(process, "The stub answers 500");
    process_await(process, "> ");
    process_type(process, "two\n");
    process_await(process, "The stub answers 500");
    process_await(process, "> ");
    end_by_ctrl_d(process);
    second = rig_sent(rig, stub_requests(rig_stub(rig)) - 1);
    g_assert_cmpuint(json_object_array_length(json_at(second, "messages")), ==, 1);
    g_assert_cmpstr(json_text_at(second, "messages.0.content"), ==, "two");
    json_object_put(second);
}

static void test_ctrl_c_ends_the_answer(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "openai/stall");
    json_object *second;

    process_type(process, "go\n");
    process_await(process, "The first piece");
    process_type(process, CTRL_C);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
    process_await(process, "> ");
    process_type(process, "again\n");
    process_await(process, "The first piece");
    process_type(process, CTRL_C);
    process_await(process, "> ");
    end_by_ctrl_d(process);
    second = rig_sent(rig, 1);
    g_assert_cmpuint(json_object_array_length(json_at(second, "messages")), ==, 3);
    g_assert_cmpstr(json_text_at(second, "messages.1.content"), ==, "The first piece");
    json_object_put(second);
}

/* Before the first byte: nothing was said, and the question is taken back. */
static void test_ctrl_c_before_the_answer(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "openai/silent");

    process_type(process, "go\n");
    g_assert_true(stub_wait_requests(rig_stub(rig), 1));
    process_type(process, CTRL_C);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
    process_await(process, "> ");
    end_by_ctrl_d(process);
}

static void test_ctrl_c_clears_the_line(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "openai/parrot");

    process_type(process, "half a li");
    process_await(process, "half a li");
    process_type(process, CTRL_C);
    process_await(process, "> ");
    process_type(process, "whole\n");
    process_await(process, "You said: whole");
    process_await(process, "> ");
    end_by_ctrl_d(process);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
}

static void test_line_editing(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "openai/parrot");

    process_type(process, "wrld\x1b[D\x1b[D\x1b[Do\n"); /* three to the left, then the letter */
    process_await(process, "You said: world");
    process_await(process, "> ");
    process_type(process, "\x1b[A\n"); /* the line before */
    process_await(process, "You said: world");
    process_await(process, "> ");
    end_by_ctrl_d(process);
}

static void test_terminate_at_the_prompt(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "openai/parrot");
    g_autoptr(Run) run = NULL;

    process_signal(process, SIGTERM);
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 5);
}

static void test_terminate_during_an_answer(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = converse(rig, "openai/stall");
    g_autoptr(Run) run = NULL;

    process_type(process, "go\n");
    process_await(process, "The first piece");
    process_signal(process, SIGTERM);
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 5);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
}

static void test_conversation_names_the_default(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process;

    box_conf(rig->box, "default", "[defaults]\nmodel = openai/parrot\n");
    process = box_start_terminal(rig->box, "chat", NULL);
    process_await(process, "patchbay: model openai/parrot");
    process_await(process, "> ");
    process_type(process, "hello\n");
    process_await(process, "You said: hello");
    process_await(process, "> ");
    end_by_ctrl_d(process);
}

static void test_tools_in_a_conversation(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *tool = box_file(rig->box, "t.json", "{\"name\":\"get_weather\"}", -1);
    Process *process =
        box_start_terminal(rig->box, "chat", "-m", "openai/tools", "--tool", tool, NULL);
    json_object *second;

    process_await(process, "> ");
    process_type(process, "weather?\n");
    process_await(process, "\"get_weather\"");
    process_await(process, "> ");
    process_type(process, "and now?\n");
    process_await(process, "\"get_weather\"");
    process_await(process, "> ");
    end_by_ctrl_d(process);
    second = rig_sent(rig, 1);
    g_assert_null(json_at(second, "messages.1.tool_calls"));
    g_assert_cmpuint(json_object_array_length(json_at(second, "messages")), ==, 1);
    json_object_put(second);
}

static void one_shot_signal(const char *model, int signo)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = box_start(rig->box, "chat", "-m", model, "x", NULL);
    g_autoptr(Run) run = NULL;

    if (strcmp(model, "openai/stall") == 0)
        process_await(process, "The first piece");
    else
        g_assert_true(stub_wait_requests(rig_stub(rig), 1));
    process_signal(process, signo);
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 5);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
}

static void test_one_shot_signals(void)
{
    one_shot_signal("openai/stall", SIGINT);
    one_shot_signal("openai/stall", SIGTERM);
    one_shot_signal("openai/silent", SIGINT);
}

/* Ctrl-C while a prompt is typed for `chat -` ends the program as it would any other. */
static void test_ctrl_c_while_reading(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = box_start_terminal(rig->box, "chat", "-m", "openai/parrot", "-", NULL);
    g_autoptr(Run) run = NULL;

    process_type(process, "half a prompt");
    process_await(process, "half a prompt"); /* the terminal's echo: it is there */
    process_type(process, CTRL_C);
    run = process_end(process);
    g_assert_true(run->code == 1000 + SIGINT || run->code == 5);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/terminal/control-characters", test_control_characters);
    g_test_add_func("/terminal/control-characters-in-json", test_control_characters_in_json);
    g_test_add_func("/terminal/colours", test_colours);
    g_test_add_func("/terminal/conversation", test_conversation);
    g_test_add_func("/terminal/failure-goes-on", test_failure_goes_on);
    g_test_add_func("/terminal/ctrl-c-ends-the-answer", test_ctrl_c_ends_the_answer);
    g_test_add_func("/terminal/ctrl-c-before-the-answer", test_ctrl_c_before_the_answer);
    g_test_add_func("/terminal/ctrl-c-clears-the-line", test_ctrl_c_clears_the_line);
    g_test_add_func("/terminal/line-editing", test_line_editing);
    g_test_add_func("/terminal/terminate-at-the-prompt", test_terminate_at_the_prompt);
    g_test_add_func("/terminal/terminate-during-an-answer", test_terminate_during_an_answer);
    g_test_add_func("/terminal/default-model", test_conversation_names_the_default);
    g_test_add_func("/terminal/tools", test_tools_in_a_conversation);
    g_test_add_func("/terminal/one-shot-signals", test_one_shot_signals);
    g_test_add_func("/terminal/ctrl-c-while-reading", test_ctrl_c_while_reading);
    return g_test_run();
}
