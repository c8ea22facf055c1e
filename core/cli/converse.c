/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation on a terminal: line editing and history by libedit, whose callback interface lets
 * one poll wait for keys and signals. Ctrl-C ends an answer or clears the line; Ctrl-D ends the
 * conversation. */
#include "cli/cli.h"

#include <editline/readline.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef enum LineState { LINE_EDITING, LINE_DONE, LINE_END, LINE_TERMINATED } LineState;

static LineState line_state;
static char *line_text;

static void on_line(char *line)
{
    rl_callback_handler_remove();
    line_state = line != NULL ? LINE_DONE : LINE_END;
    line_text = line;
}

/* Ctrl-C clears the line; SIGTERM ends the conversation. */
static void take_signal(const char *prompt)
{
    int signo = cli_signal_take();

    if (signo == 0)
        return;
    rl_callback_handler_remove();
    putchar('\n');
    if (signo == SIGTERM)
        line_state = LINE_TERMINATED;
    else
        rl_callback_handler_install(prompt, on_line);
}

/* A line without its newline, or NULL at the end of input; free() it. */
static char *read_line(const char *prompt)
{
    line_state = LINE_EDITING;
    line_text = NULL;
    rl_callback_handler_install(prompt, on_line);
    while (line_state == LINE_EDITING) {
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = cli_signal_fd(), .events = POLLIN}};

        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
        if ((fds[1].revents & POLLIN) != 0)
            take_signal(prompt);
        else if (fds[0].revents != 0)
            rl_callback_read_char();
    }
    return line_text;
}

/* One prompt of the conversation: on a failure the prompt is taken back, so that it can be tried
 * again. False: the program was told to end. */
static bool take_turn(patchbay *pb, const CliChatOptions *options, json_object *messages,
                      const char *text)
{
    json_object *body = cli_chat_body(options), *answer = NULL, *user;
    size_t before = json_object_array_length(messages);
    bool ended = false;

    user = body != NULL ? cli_user_message(options, text) : NULL;
    if (user == NULL) {
        json_object_put(body);
        return true;
    }
    json_object_array_add(messages, user);
    json_object_object_add(body, "messages", json_object_get(messages));
    cli_chat_turn(pb, body, options, &answer, &ended);
    if (answer != NULL)
        json_object_array_add(messages, answer);
    else
        json_object_array_del_idx(messages, before, 1);
    json_object_put(body);
    return !ended;
}

int cli_converse(patchbay *pb, const CliChatOptions *options)
{
    CliChatOptions turn = *options;
    json_object *messages = json_object_new_array();
    g_autofree char *model = NULL;
    bool going = true;
    char *line;

    if (cli_request_options.model == NULL) {
        g_autofree char *reason = NULL;

        model = patchbay_default_model(pb, &reason);
        cli_request_options.model = model;
        fprintf(stderr, "patchbay: model %s (%s)\n", model, reason);
    }
    if (options->system != NULL)
        json_object_array_add(messages, cli_system_message(options->system));
    using_history();
    fprintf(stderr, "patchbay: Ctrl-C ends an answer, Ctrl-D the conversation\n");
    while (going && (line = read_line("> ")) != NULL) {
        g_autofree char *text = g_strdup(line);

        free(line);
        if (g_strstrip(text)[0] == '\0')
            continue;
        add_history(text);
        if (!cli_check_utf8(text, "that line"))
            continue;
        going = take_turn(pb, &turn, messages, text);
        turn.images = NULL; /* they belong to the first prompt */
    }
    putchar('\n');
    json_object_put(messages);
    if (model != NULL)
        cli_request_options.model = NULL;
    return going && line_state == LINE_END ? CLI_OK : CLI_INTERRUPTED;
}
