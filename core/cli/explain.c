/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay explain`: what a chat request (or any canonical request) would become: driver, provider, the
 * exact upstream request with secrets masked, and what is dropped or changed. Nothing is sent. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_headers(json_object *headers)
{
    if (headers == NULL)
        return;
    json_object_object_foreach(headers, name, value)
    {
        printf("  %s: %s\n", name, json_object_get_string(value));
    }
}

static void print_request(json_object *request)
{
    json_object *body = json_object_object_get(request, "body");

    printf("%s %s\n", cli_member(request, "method"), cli_member(request, "url"));
    print_headers(json_object_object_get(request, "headers"));
    if (body == NULL)
        return;
    putchar('\n');
    cli_print_json(json_object_is_type(body, json_type_string)
                       ? json_object_get_string(body)
                       : json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN |
                                                                  JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void print_explanation(const char *text)
{
    json_object *tree = json_tokener_parse(text);
    json_object *driver = json_object_object_get(tree, "driver");
    json_object *request = json_object_object_get(tree, "request");
    json_object *notes = json_object_object_get(tree, "notes");

    printf("target    %s (%s)\n", cli_member(tree, "target"), cli_member(tree, "reason"));
    printf("provider  %s\n", cli_member(tree, "provider"));
    printf("driver    %s %s, %s\n", cli_member(driver, "id"), cli_member(driver, "version"),
           cli_member(driver, "file"));
    for (size_t i = 0; notes != NULL && i < json_object_array_length(notes); i++) {
        json_object *note = json_object_array_get_idx(notes, i);

        printf("%-9s %s: %s\n", cli_member(note, "note"), cli_member(note, "param"),
               cli_member(note, "why"));
    }
    putchar('\n');
    if (request != NULL)
        print_request(request);
    else
        puts("answered inside this process: nothing would be sent");
    json_object_put(tree);
}

static int explain(patchbay *pb, const char *kind, json_object *body)
{
    patchbay_request *request = cli_request_new(pb, kind, body, cli_request_options.model);
    patchbay_error *error = NULL;
    char *text;
    int code = CLI_OK;

    if (request == NULL)
        return CLI_USAGE;
    text = patchbay_explain(pb, request, &error);
    if (text == NULL)
        code = cli_print_error(error);
    else if (cli_options.json)
        cli_print_json(text);
    else
        print_explanation(text);
    patchbay_free(text);
    patchbay_error_free(error);
    patchbay_request_free(request);
    return code;
}

int cli_explain(int argc, char **argv)
{
    static CliChatOptions options;
    g_autofree char *kind = NULL, *request_file = NULL, *prompt = NULL;
    g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    const GOptionEntry own[] = {
        {"kind", 0, 0, G_OPTION_ARG_STRING, &kind, "of the request in --request", "KIND"},
        {"request", 0, 0, G_OPTION_ARG_FILENAME, &request_file,
         "explain this canonical request instead of a prompt", "FILE.json"}};
    json_object *body;
    patchbay *pb;
    int code;

    g_array_append_vals(entries, own, G_N_ELEMENTS(own));
    for (const GOptionEntry *e = cli_chat_entries(&options); e->long_name != NULL; e++)
        g_array_append_vals(entries, e, 1);
    if (!cli_parse(&argc, &argv, "[PROMPT]", "Shows what would be sent, without sending.",
                   (const GOptionEntry *)(void *)entries->data, true, &code))
        return code;
    if (request_file != NULL) {
        body = cli_read_json(request_file);
    } else {
        if (argc > 1 || options.file != NULL)
            prompt = cli_prompt_read(&options, argc, argv);
        else
            prompt = g_strdup("Hello");
        body = prompt != NULL ? cli_prompt_body(&options, prompt) : NULL;
        if (body != NULL && !options.no_stream)
            json_object_object_add(body, "stream", json_object_new_boolean(true));
    }
    if (body == NULL)
        return CLI_USAGE;
    pb = cli_open(&code);
    if (pb != NULL) {
        code = explain(pb, kind != NULL ? kind : "chat", body);
        patchbay_close(pb);
    }
    json_object_put(body);
    return code;
}
