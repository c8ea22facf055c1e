/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay chat`: one prompt, answered as a stream on stdout; without a prompt on a terminal, a
 * conversation (converse.c). */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a stream has shown so far, kept as the assistant's message of the conversation. */
typedef struct Turn {
    const CliChatOptions *options;
    GString *content, *reasoning;
    GPtrArray *calls;     /* json_object *: {"id","type","function":{"name","arguments"}} */
    GPtrArray *arguments; /* GString * beside each call */
    bool in_reasoning;
} Turn;

static void free_text(gpointer text)
{
    g_string_free(text, TRUE);
}

static void free_tree(gpointer tree)
{
    json_object_put(tree);
}

static void turn_init(Turn *turn, const CliChatOptions *options)
{
    turn->options = options;
    turn->content = g_string_new(NULL);
    turn->reasoning = g_string_new(NULL);
    turn->calls = g_ptr_array_new_with_free_func(free_tree);
    turn->arguments = g_ptr_array_new_with_free_func(free_text);
    turn->in_reasoning = false;
}

static void turn_clear(Turn *turn)
{
    g_string_free(turn->content, TRUE);
    g_string_free(turn->reasoning, TRUE);
    g_ptr_array_unref(turn->calls);
    g_ptr_array_unref(turn->arguments);
}

static void show_reasoning(Turn *turn, const char *text)
{
    g_autoptr(GString) clean = g_string_new(NULL);

    g_string_append(turn->reasoning, text);
    if (!turn->options->reasoning)
        return;
    cli_clean_text(clean, text, strlen(text));
    fprintf(stderr, "%s%s%s", cli_paint(STDERR_FILENO, "\033[2m"), clean->str,
            cli_paint(STDERR_FILENO, "\033[0m"));
    turn->in_reasoning = true;
}

static bool show_content(Turn *turn, json_object *text)
{
    const char *bytes = json_object_get_string(text);
    size_t len = (size_t)json_object_get_string_len(text);

    if (len == 0)
        return true;
    if (turn->in_reasoning)
        fputc('\n', stderr);
    turn->in_reasoning = false;
    g_string_append_len(turn->content, bytes, (gssize)len);
    return cli_print_model_text(bytes, len);
}

/* A call's first delta has its name; later ones append to its arguments (or input, of a custom
 * tool). */
static void add_call_delta(Turn *turn, json_object *delta)
{
    size_t index = (size_t)json_object_get_int(json_object_object_get(delta, "index"));
    json_object *function = json_object_object_get(delta, "function");

    if (function == NULL)
        function = json_object_object_get(delta, "custom");
    if (index == turn->calls->len) {
        json_object *call = NULL;

        json_object_deep_copy(delta, &call, NULL);
        json_object_object_del(call, "index");
        g_ptr_array_add(turn->calls, call);
        g_ptr_array_add(turn->arguments, g_string_new(NULL));
    }
    if (index < turn->arguments->len && function != NULL) {
        GString *arguments = g_ptr_array_index(turn->arguments, index);

        g_string_append(arguments, cli_member(function, "arguments"));
        g_string_append(arguments, cli_member(function, "input"));
    }
}

static bool take_delta(Turn *turn, json_object *delta)
{
    json_object *calls = json_object_object_get(delta, "tool_calls");
    json_object *text = json_object_object_get(delta, "content");
    json_object *refusal = json_object_object_get(delta, "refusal");
    const char *reasoning = cli_member(delta, "reasoning_content");

    if (reasoning[0] != '\0')
        show_reasoning(turn, reasoning);
    for (size_t i = 0; calls != NULL && i < json_object_array_length(calls); i++)
        add_call_delta(turn, json_object_array_get_idx(calls, i));
    if (refusal != NULL && !show_content(turn, refusal))
        return false;
    return text == NULL || show_content(turn, text);
}

static bool on_chunk(void *user, const char *json, size_t len)
{
    Turn *turn = user;
    json_object *chunk = json_tokener_parse(json);
    json_object *choices = json_object_object_get(chunk, "choices");
    bool going = true;

    (void)len;
    for (size_t i = 0; going && choices != NULL && i < json_object_array_length(choices); i++) {
        json_object *choice = json_object_array_get_idx(choices, i);
        json_object *delta = json_object_object_get(choice, "delta");

        if (delta != NULL && json_object_get_int(json_object_object_get(choice, "index")) == 0)
            going = take_delta(turn, delta);
    }
    json_object_put(chunk);
    return going;
}

/* Puts the collected arguments into their calls; prints each call as a line. */
static void finish_calls(Turn *turn)
{
    for (guint i = 0; i < turn->calls->len; i++) {
        json_object *call = g_ptr_array_index(turn->calls, i);
        const GString *arguments = g_ptr_array_index(turn->arguments, i);
        json_object *function = json_object_object_get(call, "function");
        bool custom = function == NULL;

        if (custom)
            function = json_object_object_get(call, "custom");
        if (function == NULL)
            continue;
        json_object_object_add(function, custom ? "input" : "arguments",
                               json_object_new_string(arguments->str));
        cli_print_line(json_object_to_json_string_ext(call, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE));
    }
}

/* The message of a conversation's history; NULL when nothing came that can stand there: vendors
 * refuse a call that no result follows, and nothing here runs tools. */
static json_object *turn_message(const Turn *turn)
{
    json_object *message;

    if (turn->calls->len != 0)
        fprintf(stderr, "patchbay: a conversation runs no tools; it goes on without these calls\n");
    if (turn->content->len == 0)
        return NULL;
    message = json_object_new_object();
    json_object_object_add(message, "role", json_object_new_string("assistant"));
    json_object_object_add(message, "content",
                           json_object_new_string_len(turn->content->str, (int)turn->content->len));
    return message;
}

/* The whole answer: --json prints it, otherwise its text as a stream would have shown it. */
static void take_answer(Turn *turn, const char *answer)
{
    json_object *tree = json_tokener_parse(answer);
    json_object *choices = json_object_object_get(tree, "choices");
    json_object *message = NULL, *calls;

    if (choices != NULL && json_object_array_length(choices) > 0)
        message = json_object_object_get(json_object_array_get_idx(choices, 0), "message");
    calls = json_object_object_get(message, "tool_calls");
    for (size_t i = 0; calls != NULL && i < json_object_array_length(calls); i++)
        json_object_object_add(json_object_array_get_idx(calls, i), "index",
                               json_object_new_int((int)i));
    if (message != NULL)
        take_delta(turn, message);
    json_object_put(tree);
}

int cli_chat_turn(patchbay *pb, json_object *body, const CliChatOptions *options,
                  json_object **answer, bool *ended)
{
    bool stream = !options->no_stream && !cli_options.json;
    Turn turn;
    CliRun run = {.pb = pb, .chunk = on_chunk, .user = &turn};
    patchbay_request *request;
    int code = CLI_INTERNAL;

    json_object_object_add(body, "stream", json_object_new_boolean(stream));
    request = cli_request_new(pb, "chat", body, cli_request_options.model);
    if (request == NULL)
        return CLI_USAGE;
    turn_init(&turn, options);
    if (cli_run(&run, request)) {
        if (!stream && cli_options.json)
            cli_print_answer(run.result);
        else if (!stream)
            take_answer(&turn, patchbay_result_answer(run.result));
        if (turn.in_reasoning)
            fputc('\n', stderr);
        if (turn.content->len != 0 && !g_str_has_suffix(turn.content->str, "\n"))
            cli_print_line("");
        finish_calls(&turn);
        fflush(stdout);
        code = cli_run_end(&run);
        patchbay_result_free(run.result);
    }
    if (answer != NULL) /* what an interrupt cut short was still said */
        *answer = code == CLI_OK || run.interrupted ? turn_message(&turn) : NULL;
    if (ended != NULL)
        *ended = run.terminated || run.output_closed;
    turn_clear(&turn);
    patchbay_request_free(request);
    return code;
}

static int one_shot(const CliChatOptions *options, const char *prompt)
{
    json_object *body;
    patchbay *pb;
    int code = CLI_USAGE;

    body = cli_prompt_body(options, prompt);
    if (body == NULL)
        return CLI_USAGE;
    pb = cli_open(&code);
    if (pb != NULL) {
        code = cli_chat_turn(pb, body, options, NULL, NULL);
        patchbay_close(pb);
    }
    json_object_put(body);
    return code;
}

int cli_chat(int argc, char **argv)
{
    static CliChatOptions options; /* keeps what it points to */
    g_autofree char *prompt = NULL;
    int code;

    if (!cli_parse(&argc, &argv, "[PROMPT|-]", "Talks to a model.", cli_chat_entries(&options),
                   true, &code))
        return code;
    prompt = cli_prompt_read(&options, argc, argv);
    if (prompt == NULL)
        return CLI_USAGE;
    if (prompt[0] == '\0' && argc < 2 && options.file == NULL && isatty(STDIN_FILENO)) {
        patchbay *pb = cli_open(&code);

        if (pb == NULL)
            return code;
        code = cli_converse(pb, &options);
        patchbay_close(pb);
        return code;
    }
    if (prompt[0] == '\0' && options.images == NULL)
        return cli_usage("the prompt is empty; write it behind the options, or '-' to read stdin");
    return one_shot(&options, prompt);
}
