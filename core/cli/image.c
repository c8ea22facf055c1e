/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay image`: makes an image and writes it to a file. A vendor that gives a link instead of
 * bytes has its link printed: the command fetches nothing by itself. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* The first image of the answer as bytes, g_free; or NULL with *url set when there is only a link.
 */
static guchar *first_image(json_object *answer, gsize *len, const char **url)
{
    json_object *data = json_object_object_get(answer, "data"), *entry;
    const char *base64;

    *url = NULL;
    if (data == NULL || json_object_array_length(data) == 0)
        return NULL;
    entry = json_object_array_get_idx(data, 0);
    base64 = cli_member(entry, "b64_json");
    if (base64[0] != '\0')
        return g_base64_decode(base64, len);
    *url = cli_member(entry, "url");
    return NULL;
}

/* Writes what came; gives the exit code. */
static int save(const patchbay_result *result, const char *file)
{
    size_t len = 0;
    const void *bytes = patchbay_result_bytes(result, &len, NULL);
    json_object *answer = json_tokener_parse(patchbay_result_answer(result));
    const char *url = NULL;
    gsize decoded_len = 0;
    g_autofree guchar *decoded = bytes == NULL ? first_image(answer, &decoded_len, &url) : NULL;
    int code = CLI_OK;

    if (bytes != NULL) {
        code = cli_write_file(file, bytes, len) ? CLI_OK : CLI_INTERNAL;
    } else if (decoded != NULL && decoded_len != 0) {
        code = cli_write_file(file, decoded, decoded_len) ? CLI_OK : CLI_INTERNAL;
    } else if (url != NULL && url[0] != '\0') {
        fprintf(stderr, "patchbay: the provider gave a link instead of the image; fetch it soon, "
                        "it expires:\n");
        cli_print_line(url);
        code = CLI_NETWORK;
    } else {
        fprintf(stderr, "patchbay: the answer holds no image\n");
        code = CLI_NETWORK;
    }
    json_object_put(answer);
    return code;
}

static int run_image(patchbay *pb, json_object *body, const char *file)
{
    CliRun run = {.pb = pb};
    patchbay_request *request = cli_request_new(pb, "image", body, cli_request_options.model);
    int code = CLI_INTERNAL;

    if (request == NULL)
        return CLI_USAGE;
    if (cli_run(&run, request)) {
        code = cli_run_end(&run);
        if (code == CLI_OK && cli_options.json)
            cli_print_answer(run.result);
        if (code == CLI_OK && file != NULL)
            code = save(run.result, file);
        patchbay_result_free(run.result);
    }
    patchbay_request_free(request);
    return code;
}

int cli_image(int argc, char **argv)
{
    static CliChatOptions options; /* keeps what it points to */
    g_autofree char *file = NULL, *size = NULL, *quality = NULL, *prompt = NULL;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &file, "write the image here", "FILE"},
        {"size", 0, 0, G_OPTION_ARG_STRING, &size, "such as 1024x1024", "SIZE"},
        {"quality", 0, 0, G_OPTION_ARG_STRING, &quality, "as the model names it", "QUALITY"},
        G_OPTION_ENTRY_NULL};
    json_object *body;
    patchbay *pb;
    int code;

    if (!cli_parse(&argc, &argv, "PROMPT|-", "Makes an image.", entries, true, &code))
        return code;
    if (file == NULL && !cli_options.json)
        return cli_usage("say with -o FILE where the image goes, or ask for --json");
    if (cli_request_options.model == NULL)
        return cli_usage("name an image model with -m, such as openai/gpt-image-1");
    if (file != NULL && !cli_check_output(file))
        return CLI_USAGE;
    prompt = cli_prompt_read(&options, argc, argv);
    if (prompt == NULL)
        return CLI_USAGE;
    if (prompt[0] == '\0')
        return cli_usage("the prompt is empty; write it behind the options");
    pb = cli_open(&code);
    if (pb == NULL)
        return code;
    body = json_object_new_object();
    json_object_object_add(body, "prompt", json_object_new_string(prompt));
    if (size != NULL)
        json_object_object_add(body, "size", json_object_new_string(size));
    if (quality != NULL)
        json_object_object_add(body, "quality", json_object_new_string(quality));
    if (strstr(cli_request_options.model, "dall-e") != NULL)
        json_object_object_add(body, "response_format", json_object_new_string("b64_json"));
    code = run_image(pb, body, file);
    json_object_put(body);
    patchbay_close(pb);
    return code;
}
