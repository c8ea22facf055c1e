/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay tokens`: how many tokens a prompt is to a model, as its provider counts, with system
 * message, images and tools as `patchbay chat` would send them. The number alone, or the canonical
 * answer. */
#include "cli/cli.h"

#include <string.h>

static void print_count(const char *answer)
{
    json_object *tree = json_tokener_parse(answer);
    json_object *count = json_object_object_get(tree, "input_tokens");

    if (count != NULL)
        cli_print_line(json_object_get_string(count));
    json_object_put(tree);
}

static int run_tokens(patchbay *pb, json_object *body)
{
    CliRun run = {.pb = pb};
    patchbay_request *request =
        cli_request_new(pb, "count_tokens", body, cli_request_options.model);
    int code = CLI_INTERNAL;

    if (request == NULL)
        return CLI_USAGE;
    if (cli_run(&run, request)) {
        const char *answer = patchbay_result_answer(run.result);

        if (answer[0] != '\0' && cli_options.json)
            cli_print_answer(run.result);
        else if (answer[0] != '\0')
            print_count(answer);
        code = cli_run_end(&run);
        patchbay_result_free(run.result);
    }
    patchbay_request_free(request);
    return code;
}

int cli_tokens(int argc, char **argv)
{
    static CliChatOptions options; /* keeps what it points to */
    g_autofree char *prompt = NULL;
    const GOptionEntry entries[] = {
        {"system", 's', 0, G_OPTION_ARG_STRING, &options.system, "the system message", "TEXT"},
        {"image", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.images,
         "an image beside the prompt (repeatable)", "FILE|URL"},
        {"tool", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.tools,
         "a tool, or an array of tools (repeatable)", "FILE.json"},
        {"file", 'f', 0, G_OPTION_ARG_FILENAME, &options.file,
         "the prompt, or what stands behind it", "FILE"},
        G_OPTION_ENTRY_NULL};
    json_object *body;
    patchbay *pb;
    int code;

    if (!cli_parse(&argc, &argv, "[PROMPT|-]", "Counts the tokens of a prompt.", entries, true,
                   &code))
        return code;
    if (cli_request_options.model == NULL)
        return cli_usage("name a model with -m, such as anthropic/claude-sonnet-4-5: each counts "
                         "in its own way");
    prompt = cli_prompt_read(&options, argc, argv);
    if (prompt == NULL)
        return CLI_USAGE;
    if (prompt[0] == '\0')
        return cli_usage("the prompt is empty; write it behind the options, or '-' to read stdin");
    body = cli_prompt_body(&options, prompt);
    if (body == NULL)
        return CLI_USAGE;
    if ((pb = cli_open(&code)) != NULL) {
        code = run_tokens(pb, body);
        patchbay_close(pb);
    }
    json_object_put(body);
    return code;
}
