/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay embed`: embeddings of texts, one JSON array of numbers a line, or the canonical answer.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* A line a vector, in order of the inputs. */
static void print_vectors(const char *answer)
{
    json_object *tree = json_tokener_parse(answer);
    json_object *data = json_object_object_get(tree, "data");

    for (size_t i = 0; data != NULL && i < json_object_array_length(data); i++) {
        json_object *row = json_object_array_get_idx(data, i);

        cli_print_line(json_object_to_json_string_ext(json_object_object_get(row, "embedding"),
                                                      JSON_C_TO_STRING_PLAIN));
    }
    json_object_put(tree);
}

static int run_embed(patchbay *pb, json_object *body)
{
    CliRun run = {.pb = pb};
    patchbay_request *request = cli_request_new(pb, "embedding", body, cli_request_options.model);
    int code = CLI_INTERNAL;

    if (request == NULL)
        return CLI_USAGE;
    if (cli_run(&run, request)) {
        const char *answer = patchbay_result_answer(run.result);

        if (answer[0] != '\0' && cli_options.json)
            cli_print_answer(run.result);
        else if (answer[0] != '\0')
            print_vectors(answer);
        code = cli_run_end(&run);
        patchbay_result_free(run.result);
    }
    patchbay_request_free(request);
    return code;
}

static json_object *embed_body(int argc, char **argv, const char *dimensions)
{
    json_object *body, *input = json_object_new_array();

    for (int i = 1; i < argc; i++) {
        g_autofree char *read = NULL;

        if (strcmp(argv[i], "-") == 0)
            read = cli_read_text("-");
        else
            read = g_strdup(argv[i]);
        if (read == NULL || !cli_check_utf8(read, "the text")) {
            json_object_put(input);
            return NULL;
        }
        json_object_array_add(input, json_object_new_string(read));
    }
    body = json_object_new_object();
    json_object_object_add(body, "input", input);
    if (!cli_add_count(body, "dimensions", "--dimensions", dimensions)) {
        json_object_put(body);
        return NULL;
    }
    return body;
}

int cli_embed(int argc, char **argv)
{
    g_autofree char *dimensions = NULL;
    int code;
    const GOptionEntry entries[] = {
        {"dimensions", 0, 0, G_OPTION_ARG_STRING, &dimensions, "length of the vectors", "N"},
        G_OPTION_ENTRY_NULL};
    json_object *body;
    patchbay *pb;

    if (!cli_parse(&argc, &argv, "TEXT|- ...", "Makes embeddings of texts.", entries, true, &code))
        return code;
    if (argc < 2)
        return cli_usage("name one text or more, or '-' to read one from stdin");
    if (cli_request_options.model == NULL)
        return cli_usage("name an embedding model with -m, such as openai/text-embedding-3-small");
    body = embed_body(argc, argv, dimensions);
    if (body == NULL)
        return CLI_USAGE;
    pb = cli_open(&code);
    if (pb != NULL) {
        code = run_embed(pb, body);
        patchbay_close(pb);
    }
    json_object_put(body);
    return code;
}
