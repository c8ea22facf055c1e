/* SPDX-License-Identifier: Apache-2.0 */
/* The prompt of a chat: read from operands, files or stdin, and made the messages of a request. */
#include "cli/cli.h"

#include <string.h>
#include <unistd.h>

/* Behind what is there and an empty line. */
static bool append_text(GString *prompt, const char *path)
{
    g_autofree char *text = cli_read_text(path);

    if (text == NULL)
        return false;
    g_string_append_printf(prompt, "%s%s", prompt->len != 0 ? "\n\n" : "", text);
    return true;
}

/* The prompt: operands, --file, or stdin when it is no terminal. "" means there is none; NULL:
 * message. */
char *cli_prompt_read(const CliChatOptions *options, int argc, char **argv)
{
    g_autoptr(GString) prompt = g_string_new(NULL);
    bool from_stdin = argc == 2 && strcmp(argv[1], "-") == 0;

    if (argc < 2 && options->file == NULL && !isatty(STDIN_FILENO))
        from_stdin = true;
    if (from_stdin && !append_text(prompt, "-"))
        return NULL;
    for (int i = 1; !from_stdin && i < argc; i++)
        g_string_append_printf(prompt, "%s%s", i > 1 ? " " : "", argv[i]);
    if (options->file != NULL && !append_text(prompt, options->file))
        return NULL;
    if (!cli_check_utf8(prompt->str, "the prompt") ||
        (options->system != NULL && !cli_check_utf8(options->system, "the system message")))
        return NULL;
    return g_string_free(g_steal_pointer(&prompt), FALSE);
}

json_object *cli_system_message(const char *text)
{
    json_object *message = json_object_new_object();

    json_object_object_add(message, "role", json_object_new_string("system"));
    json_object_object_add(message, "content", json_object_new_string(text));
    return message;
}

/* Body and messages for one prompt; NULL after a message. */
json_object *cli_prompt_body(const CliChatOptions *options, const char *prompt)
{
    json_object *body = cli_chat_body(options), *messages, *user;

    if (body == NULL)
        return NULL;
    user = cli_user_message(options, prompt);
    if (user == NULL) {
        json_object_put(body);
        return NULL;
    }
    messages = json_object_new_array();
    if (options->system != NULL)
        json_object_array_add(messages, cli_system_message(options->system));
    json_object_array_add(messages, user);
    json_object_object_add(body, "messages", messages);
    return body;
}
