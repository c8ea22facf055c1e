/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay config check`: all mistakes with file and line; `patchbay config show [--origin]`: the
 * merged configuration with secrets masked. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* All of them; a message would hold but the first ones. */
static void print_mistakes(const char *json)
{
    json_object *all = json_tokener_parse(json);

    for (size_t i = 0; i < json_object_array_length(all); i++) {
        json_object *one = json_object_array_get_idx(all, i);
        int line = json_object_get_int(json_object_object_get(one, "line"));
        g_autofree char *place = line > 0 ? g_strdup_printf(":%d", line) : g_strdup("");
        g_autofree char *file = cli_safe_text(cli_member(one, "file"));
        g_autofree char *message = cli_safe_text(cli_member(one, "message"));
        g_autofree char *hint = cli_safe_text(cli_member(one, "hint"));

        fprintf(stderr, "%s%s: %s\n", file, place, message);
        if (hint[0] != '\0')
            fprintf(stderr, "  %s\n", hint);
    }
    json_object_put(all);
}

static int check(const patchbay_opts *opts)
{
    patchbay_error *error = patchbay_config_check(opts);
    int code;

    if (error == NULL) {
        cli_print_line(cli_options.json ? "[]" : "the configuration is sound");
        return CLI_OK;
    }
    if (cli_options.json)
        cli_print_json(patchbay_error_problems(error));
    else
        print_mistakes(patchbay_error_problems(error));
    code = patchbay_error_exit_code(error);
    patchbay_error_free(error);
    return code;
}

static int show(const patchbay_opts *opts, bool origin)
{
    patchbay_error *error = NULL;
    char *text = patchbay_config_show(opts, origin, cli_options.json, &error);
    int code = CLI_OK;

    if (cli_options.json)
        cli_print_json(text);
    else
        cli_print_model_text(text, strlen(text));
    if (error != NULL) {
        fflush(stdout);
        code = cli_print_error(error);
    }
    patchbay_free(text);
    patchbay_error_free(error);
    return code;
}

int cli_config(int argc, char **argv)
{
    gboolean origin = FALSE;
    const GOptionEntry entries[] = {{"origin", 0, 0, G_OPTION_ARG_NONE, &origin,
                                     "show: which file and line gave each value", NULL},
                                    G_OPTION_ENTRY_NULL};
    patchbay_opts *opts;
    int code;

    if (!cli_parse(&argc, &argv, "check|show", "Checks or shows the configuration.", entries, false,
                   &code))
        return code;
    if (argc != 2 || (strcmp(argv[1], "check") != 0 && strcmp(argv[1], "show") != 0))
        return cli_usage("write 'patchbay config check' or 'patchbay config show'");
    opts = cli_library_options();
    if (opts == NULL)
        return CLI_USAGE;
    code = strcmp(argv[1], "check") == 0 ? check(opts) : show(opts, origin);
    patchbay_opts_free(opts);
    return code;
}
