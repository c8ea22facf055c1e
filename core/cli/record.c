/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay record`: makes a live call and writes the recording of it, which patchbay-drivercheck
 * replays. Secrets are the library's to replace; this file sees to it that nothing is overwritten
 * by mistake, and says so before the call is paid for. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct RecordOptions {
    char *kind, *file;
    gboolean stream, force;
} RecordOptions;

static bool to_stdout(const RecordOptions *options)
{
    return options->file == NULL || strcmp(options->file, "-") == 0;
}

static bool check_file(const RecordOptions *options)
{
    struct stat st;

    if (to_stdout(options))
        return true;
    if (!options->force && lstat(options->file, &st) == 0 && !S_ISDIR(st.st_mode)) {
        cli_usage("%s is there already; --force replaces it", options->file);
        return false;
    }
    return cli_check_output(options->file);
}

/* The text with "stream": true, all else byte for byte; what is no object stays as it is, for the
 * library to refuse. g_free. */
static char *with_stream(const char *text)
{
    json_object *tree = json_tokener_parse(text);
    bool object = json_object_is_type(tree, json_type_object);
    bool empty = object && json_object_object_length(tree) == 0;
    size_t before = strspn(text, " \t\r\n"), len;
    const char *at;

    json_object_put(tree);
    if (!object || text[before] != '{')
        return g_strdup(text);
    if (cli_json_member_span(text, strlen(text), "stream", &at, &len))
        return g_strdup_printf("%.*strue%s", (int)(at - text), text, at + len);
    return g_strdup_printf("{\"stream\":true%s%s", empty ? "" : ",", text + before + 1);
}

static int save(const RecordOptions *options, const char *recording)
{
    bool written = to_stdout(options) ? cli_print_model_text(recording, strlen(recording))
                                      : cli_write_file(options->file, recording, strlen(recording));

    if (!written)
        return CLI_INTERNAL;
    fprintf(stderr,
            "patchbay: recorded with made-up secrets; the texts of the conversation, URLs and ids "
            "are in it as they were: read it before you publish it, and name the vendor's page as "
            "its \"source\"\n");
    return CLI_OK;
}

/* A failed call is recorded too: its error is told, and the recording is what was asked for. */
static int end(const RecordOptions *options, const CliRun *run)
{
    const char *why = NULL;
    const char *recording = patchbay_result_recording(run->result, &why);
    const patchbay_error *error = patchbay_result_error(run->result);

    if (recording == NULL && error == NULL && !run->interrupted) {
        fprintf(stderr, "patchbay: no recording was written: %s\n", why != NULL ? why : "unknown");
        return CLI_INTERNAL;
    }
    if (recording == NULL || run->interrupted) {
        int code = cli_run_end(run);
        bool more = error != NULL && why != NULL && strcmp(why, patchbay_error_message(error)) != 0;

        fprintf(stderr, "patchbay: no recording was written%s%s\n", more ? ": " : "",
                more ? why : "");
        return code;
    }
    cli_run_end(run);
    return save(options, recording);
}

static int record(patchbay *pb, const RecordOptions *options, const char *text)
{
    g_autofree char *streamed = options->stream ? with_stream(text) : NULL;
    CliRun run = {.pb = pb};
    patchbay_request *request =
        cli_request_new_text(options->kind != NULL ? options->kind : "chat",
                             streamed != NULL ? streamed : text, cli_request_options.model);
    int code = CLI_INTERNAL;

    if (request == NULL)
        return CLI_USAGE;
    patchbay_request_record(request, 1);
    if (cli_run(&run, request)) {
        code = end(options, &run);
        patchbay_result_free(run.result);
    }
    patchbay_request_free(request);
    return code;
}

int cli_record(int argc, char **argv)
{
    static RecordOptions options;
    const GOptionEntry entries[] = {
        {"kind", 0, 0, G_OPTION_ARG_STRING, &options.kind,
         "chat (the default), completion, embedding, rerank, image, models ...", "KIND"},
        {"stream", 0, 0, G_OPTION_ARG_NONE, &options.stream, "ask for a stream", NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.file,
         "write the recording here; '-' is standard output (the default)", "FILE.jsonl"},
        {"force", 0, 0, G_OPTION_ARG_NONE, &options.force, "replace a file that is there", NULL},
        G_OPTION_ENTRY_NULL};
    g_autofree char *text = NULL;
    patchbay *pb;
    int code;

    if (!cli_parse(&argc, &argv, "FILE.json|-",
                   "Makes a live call and writes a recording of it, all secrets replaced.", entries,
                   true, &code))
        return code;
    if (argc != 2)
        return cli_usage("name one file with the request, or '-' for stdin");
    if (!check_file(&options))
        return CLI_USAGE;
    text = cli_read_text(argv[1]);
    if (text == NULL)
        return CLI_USAGE;
    pb = cli_open(&code);
    if (pb == NULL)
        return code;
    code = record(pb, &options, text);
    patchbay_close(pb);
    return code;
}
