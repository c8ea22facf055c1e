/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay explain`: what a chat request (or any canonical request) would become: the plan
 * (explain_plan.c), driver, provider, the exact upstream request to the first target with secrets
 * masked, and what is dropped, changed or sent under another name. Nothing is sent. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_line(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void print_line(const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    cli_print_line(line);
}

static void print_headers(json_object *headers)
{
    if (headers == NULL)
        return;
    json_object_object_foreach(headers, name, value)
    {
        print_line("  %s: %s", name, json_object_get_string(value));
    }
}

/* The body byte for byte out of the explanation's text. */
static char *body_text(const char *text)
{
    const char *request, *body;
    size_t request_len, len;

    if (!cli_json_member_span(text, strlen(text), "request", &request, &request_len) ||
        !cli_json_member_span(request, request_len, "body", &body, &len))
        return NULL;
    return g_strndup(body, len);
}

static void print_request(json_object *request, const char *text)
{
    json_object *body = json_object_object_get(request, "body");
    g_autofree char *exact = body_text(text);

    print_line("%s %s", cli_member(request, "method"), cli_member(request, "url"));
    print_headers(json_object_object_get(request, "headers"));
    if (body == NULL || exact == NULL)
        return;
    cli_print_line("");
    cli_print_json(json_object_is_type(body, json_type_string) ? json_object_get_string(body)
                                                               : exact);
}

/* The member at a path with dots; NULL: there is none. */
static json_object *at_path(json_object *tree, const char *path)
{
    g_auto(GStrv) steps = g_strsplit(path, ".", -1);

    for (char **step = steps; tree != NULL && *step != NULL; step++)
        tree = json_object_is_type(tree, json_type_object) ? json_object_object_get(tree, *step)
                                                           : NULL;
    return tree;
}

/* In the body, or in an object of it that holds all parameters. */
static bool is_sent(json_object *body, const char *path)
{
    if (!json_object_is_type(body, json_type_object))
        return false;
    if (at_path(body, path) != NULL)
        return true;
    json_object_object_foreach(body, name, value)
    {
        (void)name;
        if (at_path(value, path) != NULL)
            return true;
    }
    return false;
}

/* Of what was asked for, that which the manifest renames and the body shows under that name. */
static void print_renamed(json_object *manifest, json_object *asked, json_object *body)
{
    json_object *parameters = json_object_object_get(manifest, "parameters");

    if (!json_object_is_type(asked, json_type_object) || parameters == NULL)
        return;
    json_object_object_foreach(asked, name, value)
    {
        json_object *parameter = json_object_object_get(parameters, name);
        const char *to = cli_member(parameter, "to");

        if (value != NULL && to[0] != '\0' && strcmp(to, name) != 0 && !is_sent(body, name) &&
            is_sent(body, to))
            print_line("renamed   %s: sent as %s", name, to);
    }
}

static void print_explanation(const char *text, json_object *manifest, json_object *asked)
{
    json_object *tree = json_tokener_parse(text);
    json_object *driver = json_object_object_get(tree, "driver");
    json_object *request = json_object_object_get(tree, "request");
    json_object *notes = json_object_object_get(tree, "notes");

    cli_print_plan(tree);
    print_line("target    %s (%s)", cli_member(tree, "target"), cli_member(tree, "reason"));
    print_line("provider  %s", cli_member(tree, "provider"));
    if (driver != NULL)
        print_line("driver    %s %s, %s", cli_member(driver, "id"), cli_member(driver, "version"),
                   cli_member(driver, "file"));
    for (size_t i = 0; notes != NULL && i < json_object_array_length(notes); i++) {
        json_object *note = json_object_array_get_idx(notes, i);

        print_line("%-9s %s: %s", cli_member(note, "note"), cli_member(note, "param"),
                   cli_member(note, "why"));
    }
    print_renamed(manifest, asked, json_object_object_get(request, "body"));
    if (cli_member(tree, "missing")[0] != '\0')
        print_line("missing   %s", cli_member(tree, "missing"));
    if (cli_member(tree, "refused")[0] != '\0')
        print_line("refused   %s", cli_member(tree, "refused"));
    cli_print_line("");
    if (request != NULL)
        print_request(request, text);
    else if (json_object_get_boolean(json_object_object_get(tree, "in_process")))
        print_line("answered inside this process: nothing would be sent");
    else
        print_line("nothing would be sent");
    json_object_put(tree);
}

/* With the parameter table of the driver that the explanation names. */
static void print_with_table(patchbay *pb, const char *text, json_object *asked)
{
    json_object *tree = json_tokener_parse(text);
    char *shown =
        patchbay_show_driver(pb, cli_member(json_object_object_get(tree, "driver"), "id"), NULL);
    json_object *driver = shown != NULL ? json_tokener_parse(shown) : NULL;

    print_explanation(text, json_object_object_get(driver, "manifest"), asked);
    json_object_put(driver);
    json_object_put(tree);
    patchbay_free(shown);
}

/* Takes the request over; NULL was a mistake that has been said. */
static int explain(patchbay *pb, patchbay_request *request, json_object *asked)
{
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
        print_with_table(pb, text, asked);
    patchbay_free(text);
    patchbay_error_free(error);
    patchbay_request_free(request);
    return code;
}

/* A request as it stands in a file: byte for byte, as `patchbay request` would send it. */
static int explain_file(const char *kind, const char *file)
{
    g_autofree char *text = cli_read_text(file);
    json_object *asked;
    patchbay *pb;
    int code = CLI_USAGE;

    if (text == NULL || (pb = cli_open(&code)) == NULL)
        return code;
    asked = json_tokener_parse(text);
    code = explain(pb, cli_request_new_text(kind, text, cli_request_options.model), asked);
    json_object_put(asked);
    patchbay_close(pb);
    return code;
}

static int explain_prompt(const CliChatOptions *options, int argc, char **argv)
{
    g_autofree char *prompt = NULL;
    json_object *body;
    patchbay *pb;
    int code = CLI_USAGE;

    if (argc > 1 || options->file != NULL)
        prompt = cli_prompt_read(options, argc, argv);
    else
        prompt = g_strdup("Hello");
    body = prompt != NULL ? cli_prompt_body(options, prompt) : NULL;
    if (body == NULL)
        return CLI_USAGE;
    json_object_object_add(body, "stream", json_object_new_boolean(!options->no_stream));
    if ((pb = cli_open(&code)) != NULL) {
        code = explain(pb, cli_request_new(pb, "chat", body, cli_request_options.model), body);
        patchbay_close(pb);
    }
    json_object_put(body);
    return code;
}

int cli_explain(int argc, char **argv)
{
    static CliChatOptions options;
    g_autofree char *kind = NULL, *request_file = NULL;
    g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    const GOptionEntry own[] = {
        {"kind", 0, 0, G_OPTION_ARG_STRING, &kind, "of the request in --request", "KIND"},
        {"request", 0, 0, G_OPTION_ARG_FILENAME, &request_file,
         "explain this canonical request instead of a prompt", "FILE.json"}};
    int code;

    g_array_append_vals(entries, own, G_N_ELEMENTS(own));
    for (const GOptionEntry *e = cli_chat_entries(&options); e->long_name != NULL; e++)
        g_array_append_vals(entries, e, 1);
    if (!cli_parse(&argc, &argv, "[PROMPT]", "Shows what would be sent, without sending.",
                   (const GOptionEntry *)(void *)entries->data, true, &code))
        return code;
    if (request_file != NULL && argc > 1)
        return cli_usage("--request FILE stands instead of a prompt; leave one of them out");
    if (request_file != NULL)
        return explain_file(kind != NULL ? kind : "chat", request_file);
    if (kind != NULL)
        return cli_usage("--kind goes with --request FILE.json");
    return explain_prompt(&options, argc, argv);
}
