/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay complete`: continues a text through the legacy completions API, streamed. */
#include "cli/cli.h"

#include <string.h>

static bool print_text(json_object *answer)
{
    json_object *choices = json_object_object_get(answer, "choices");
    json_object *text;

    if (choices == NULL || json_object_array_length(choices) == 0)
        return true;
    text = json_object_object_get(json_object_array_get_idx(choices, 0), "text");
    return text == NULL || cli_print_model_text(json_object_get_string(text),
                                                (size_t)json_object_get_string_len(text));
}

static bool on_chunk(void *user, const char *json, size_t len)
{
    json_object *chunk = json_tokener_parse(json);
    bool going = print_text(chunk);

    (void)user, (void)len;
    json_object_put(chunk);
    return going;
}

static int run_complete(patchbay *pb, json_object *body)
{
    CliRun run = {.pb = pb, .chunk = on_chunk};
    patchbay_request *request = cli_request_new(pb, "completion", body, cli_request_options.model);
    int code = CLI_INTERNAL;

    if (request == NULL)
        return CLI_USAGE;
    if (cli_run(&run, request)) {
        const char *answer = patchbay_result_answer(run.result);

        if (cli_options.json && answer[0] != '\0')
            cli_print_answer(run.result);
        else if (answer[0] != '\0')
            on_chunk(NULL, answer, strlen(answer));
        if (!cli_options.json && patchbay_result_error(run.result) == NULL)
            cli_print_line("");
        code = cli_run_end(&run);
        patchbay_result_free(run.result);
    }
    patchbay_request_free(request);
    return code;
}

int cli_complete(int argc, char **argv)
{
    static CliChatOptions options; /* keeps what it points to */
    gboolean no_stream = FALSE;
    int code;
    g_autofree char *max_tokens = NULL, *prompt = NULL;
    const GOptionEntry entries[] = {
        {"max-tokens", 0, 0, G_OPTION_ARG_STRING, &max_tokens, "the longest answer, in tokens",
         "N"},
        {"no-stream", 0, 0, G_OPTION_ARG_NONE, &no_stream, "wait for the whole answer", NULL},
        {"file", 'f', 0, G_OPTION_ARG_FILENAME, &options.file, "the prompt", "FILE"},
        G_OPTION_ENTRY_NULL};
    json_object *body;
    patchbay *pb;

    if (!cli_parse(&argc, &argv, "[PROMPT|-]", "Continues a text.", entries, true, &code))
        return code;
    prompt = cli_prompt_read(&options, argc, argv);
    if (prompt == NULL)
        return CLI_USAGE;
    if (prompt[0] == '\0')
        return cli_usage("the prompt is empty; write it behind the options, or '-' to read stdin");
    body = json_object_new_object();
    json_object_object_add(body, "prompt", json_object_new_string(prompt));
    if (!no_stream && !cli_options.json)
        json_object_object_add(body, "stream", json_object_new_boolean(true));
    if (!cli_add_count(body, "max_tokens", "--max-tokens", max_tokens))
        code = CLI_USAGE;
    else if ((pb = cli_open(&code)) != NULL) {
        code = run_complete(pb, body);
        patchbay_close(pb);
    }
    json_object_put(body);
    return code;
}
