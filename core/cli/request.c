/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay request`: a canonical request as it stands; prints the canonical answer, a chunk a line
 * for a stream, or the canonical error body. With --json the report comes along: in the answer, or
 * as a line behind the chunks. */
#include "cli/cli.h"

#include <stdio.h>

static bool print_chunk(void *user, const char *json, size_t len)
{
    (void)user, (void)len;
    return cli_print_line(json) && fflush(stdout) == 0;
}

static int print_end(const CliRun *run)
{
    const patchbay_error *error = patchbay_result_error(run->result);
    size_t len = 0;
    const void *bytes = patchbay_result_bytes(run->result, &len, NULL);

    if (cli_options.json && bytes == NULL)
        cli_print_answer(run->result);
    else if (error != NULL)
        cli_print_line(patchbay_error_json(error));
    else if (patchbay_result_answer(run->result)[0] != '\0')
        cli_print_json(patchbay_result_answer(run->result));
    else if (bytes != NULL)
        fwrite(bytes, 1, len, stdout);
    return cli_run_end(run);
}

/* The file's text goes out byte for byte: it is not parsed here. */
static int send_text(patchbay *pb, const char *kind, const char *text)
{
    CliRun run = {.pb = pb, .chunk = print_chunk};
    patchbay_request *request;
    int code = CLI_INTERNAL;

    request = cli_request_new_text(kind, text, cli_request_options.model);
    if (request == NULL)
        return CLI_USAGE;
    if (cli_run(&run, request)) {
        code = print_end(&run);
        patchbay_result_free(run.result);
    }
    patchbay_request_free(request);
    return code;
}

int cli_request(int argc, char **argv)
{
    g_autofree char *kind = NULL, *text = NULL;
    const GOptionEntry entries[] = {
        {"kind", 0, 0, G_OPTION_ARG_STRING, &kind,
         "chat (the default), completion, embedding, rerank, image, models ...", "KIND"},
        G_OPTION_ENTRY_NULL};
    patchbay *pb;
    int code;

    if (!cli_parse(&argc, &argv, "FILE.json|-", "Sends a canonical request as it stands.", entries,
                   true, &code))
        return code;
    if (argc != 2)
        return cli_usage("name one file with the request, or '-' for stdin");
    text = cli_read_text(argv[1]);
    if (text == NULL)
        return CLI_USAGE;
    pb = cli_open(&code);
    if (pb == NULL)
        return code;
    code = send_text(pb, kind != NULL ? kind : "chat", text);
    patchbay_close(pb);
    return code;
}
