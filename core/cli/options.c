/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing of options with GOption, the options that every command has, and what they mean for the
 * library. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

CliOptions cli_options;

static gboolean count_verbose(const char *option, const char *value, gpointer data, GError **error)
{
    (void)option, (void)value, (void)data, (void)error;
    cli_options.verbose++;
    return TRUE;
}

/* GOption wants the function as a data pointer. */
static gpointer as_data(GOptionArgFunc fn)
{
    gpointer data;

    memcpy(&data, &fn, sizeof data);
    return data;
}

static const GOptionEntry global_entries[] = {
    {"config", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &cli_options.config,
     "read this file or folder after the others (repeatable)", "PATH"},
    {"env-file", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &cli_options.env_files,
     "variables that the environment does not set (repeatable)", "FILE"},
    {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &cli_options.sets,
     "a configuration value above all files: provider.openai.base-url=URL", "NAME=VALUE"},
    {"json", 0, 0, G_OPTION_ARG_NONE, &cli_options.json, "print JSON", NULL},
    {"log-json", 0, 0, G_OPTION_ARG_NONE, &cli_options.log_json, "log lines as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

int cli_usage(const char *format, ...)
{
    va_list args;
    g_autofree char *text = NULL;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "patchbay: %s\n", text);
    return CLI_USAGE;
}

/* GOption leaves the "--" that parts options from operands where one of those begins with a dash.
 */
static void drop_dashes(int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--") != 0)
            continue;
        memmove(argv + i, argv + i + 1, sizeof(char *) * (size_t)(*argc - i));
        (*argc)--;
        return;
    }
}

bool cli_parse(int *argc, char ***argv, const char *synopsis, const char *summary,
               const GOptionEntry *entries, bool request, int *exit_code)
{
    g_autoptr(GOptionContext) context = g_option_context_new(synopsis);
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strdup_printf("patchbay %s", (*argv)[0]);
    gboolean help = FALSE;
    const GOptionEntry help_entries[] = {
        {"verbose", 'v', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, as_data(count_verbose),
         "say on stderr what is tried and what it costs; twice: everything", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "show this", NULL},
        G_OPTION_ENTRY_NULL};

    g_set_prgname(name);
    g_option_context_set_summary(context, summary);
    g_option_context_set_help_enabled(context, FALSE);
    if (entries != NULL)
        g_option_context_add_main_entries(context, entries, NULL);
    if (request)
        g_option_context_add_main_entries(context, cli_request_entries, NULL);
    g_option_context_add_main_entries(context, global_entries, NULL);
    g_option_context_add_main_entries(context, help_entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        *exit_code = cli_usage("%s; '%s --help' tells the options", error->message, name);
        return false;
    }
    if (help) {
        g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);

        fputs(text, stdout);
        *exit_code = CLI_OK;
        return false;
    }
    drop_dashes(argc, *argv);
    return true;
}

/* --config names something that is there: a typo must not pass for an empty folder. */
static bool add_config_paths(patchbay_opts *opts)
{
    for (char **path = cli_options.config; path != NULL && *path != NULL; path++) {
        if (!g_file_test(*path, G_FILE_TEST_EXISTS)) {
            fprintf(stderr, "patchbay: --config %s: there is no such file or folder\n", *path);
            return false;
        }
        patchbay_opts_conf_add(opts, *path);
    }
    return true;
}

static bool add_sets(patchbay_opts *opts)
{
    for (char **set = cli_options.sets; set != NULL && *set != NULL; set++) {
        g_auto(GStrv) parts = g_strsplit(*set, "=", 2);

        if (parts[0] == NULL || parts[1] == NULL || patchbay_set(opts, parts[0], parts[1]) != 0) {
            fprintf(stderr,
                    "patchbay: --set %s: write KIND.NAME.KEY=VALUE, as in "
                    "provider.openai.base-url=http://localhost:8000/v1\n",
                    parts[0] != NULL ? parts[0] : "");
            return false;
        }
    }
    return true;
}

patchbay_opts *cli_library_options(void)
{
    patchbay_opts *opts = patchbay_opts_new();

    if (!add_config_paths(opts) || !add_sets(opts)) {
        patchbay_opts_free(opts);
        return NULL;
    }
    for (char **file = cli_options.env_files; file != NULL && *file != NULL; file++)
        patchbay_opts_env_file(opts, *file);
    patchbay_opts_embed(opts, 1);
    /* -v tells the attempts (attempts.c), -vv all that the log has. */
    patchbay_opts_log(opts, cli_options.verbose > 1 ? 0 : -1, cli_options.log_json ? 1 : -1);
    return opts;
}

/* Processes of one user share what they learn of targets, unless PATCHBAY_STATE names another file
 * or none. */
static void share_state(patchbay_opts *opts)
{
    const char *state = g_getenv("PATCHBAY_STATE");

    if (g_strcmp0(state, "none") != 0)
        patchbay_opts_state(opts, state != NULL ? state : "");
}

patchbay *cli_open(int *exit_code)
{
    patchbay_opts *opts = cli_library_options();
    patchbay_error *error = NULL;
    patchbay *pb;

    if (opts == NULL) {
        *exit_code = CLI_USAGE;
        return NULL;
    }
    share_state(opts);
    cli_signals_init();
    pb = patchbay_open(opts, &error);
    patchbay_opts_free(opts);
    if (pb == NULL) {
        *exit_code = cli_print_error(error);
        patchbay_error_free(error);
    }
    return pb;
}
