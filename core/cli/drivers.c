/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay drivers`: each driver file found, what it serves, and for a refused one why and what to
 * do;
 * `patchbay drivers show ID`: options, parameters and offers of one, from its manifest; --matrix is
 * in matrix.c. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static void print_list(const char *json)
{
    static const char *const header[] = {"DRIVER", "VERSION", "ABI",  "PREFIXES",
                                         "KINDS",  "STATUS",  "FILE", NULL};
    json_object *rows = json_tokener_parse(json);
    CliTable *table = cli_table_new(header);

    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);
        g_autofree char *prefixes = cli_join(json_object_object_get(row, "prefixes"));
        g_autofree char *kinds = cli_join(json_object_object_get(row, "kinds"));
        json_object *abi = json_object_object_get(row, "abi");
        const char *cells[] = {cli_member(row, "id"),
                               cli_member(row, "version"),
                               abi != NULL ? json_object_get_string(abi) : "",
                               prefixes,
                               kinds,
                               cli_member(row, "status"),
                               cli_member(row, "path"),
                               NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);

        if (cli_member(row, "reason")[0] != '\0')
            printf("\n%s: %s\n  %s\n", cli_member(row, "path"), cli_member(row, "reason"),
                   cli_member(row, "remedy"));
    }
    if (json_object_array_length(rows) == 0)
        fprintf(stderr,
                "patchbay: no drivers were found; PATCHBAY_DRIVER_PATH names other folders\n");
    json_object_put(rows);
}

static void print_settings(json_object *settings, const char *title)
{
    static const char *const header[] = {"KEY", "TYPE", "DEFAULT", "ENVIRONMENT", "HELP", NULL};
    CliTable *table;

    if (settings == NULL || json_object_object_length(settings) == 0)
        return;
    printf("\n%s\n", title);
    table = cli_table_new(header);
    json_object_object_foreach(settings, name, setting)
    {
        g_autofree char *env = cli_join(json_object_object_get(setting, "env"));
        json_object *value = json_object_object_get(setting, "default");
        const char *cells[] = {
            name, cli_member(setting, "type"), value != NULL ? json_object_get_string(value) : "",
            env,  cli_member(setting, "help"), NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
}

static void print_parameters(json_object *parameters)
{
    static const char *const header[] = {"PARAMETER", "FATE", "BECOMES", "NOTE", NULL};
    CliTable *table;

    if (parameters == NULL || json_object_object_length(parameters) == 0)
        return;
    puts("\nParameters");
    table = cli_table_new(header);
    json_object_object_foreach(parameters, name, p)
    {
        const char *cells[] = {name, cli_member(p, "fate"), cli_member(p, "to"),
                               cli_member(p, "note"), NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
}

/* What it proves by recordings, kind by kind. */
static void print_offers(json_object *offers)
{
    static const char *const header[] = {"KIND", "FEATURES", NULL};
    CliTable *table;

    if (offers == NULL || json_object_object_length(offers) == 0)
        return;
    puts("\nOffers");
    table = cli_table_new(header);
    json_object_object_foreach(offers, kind, features)
    {
        g_autofree char *joined = cli_join(features);
        const char *cells[] = {kind, joined, NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
}

static void print_driver(const char *json)
{
    json_object *driver = json_tokener_parse(json);
    json_object *manifest = json_object_object_get(driver, "manifest");
    g_autofree char *prefixes = cli_join(json_object_object_get(driver, "prefixes"));
    g_autofree char *kinds = cli_join(json_object_object_get(driver, "kinds"));

    printf("%s %s, %s, %s\n%s\nprefixes: %s\nkinds: %s\n", cli_member(driver, "id"),
           cli_member(driver, "version"), cli_member(driver, "vendor"),
           cli_member(driver, "license"), cli_member(driver, "path"), prefixes, kinds);
    if (cli_member(manifest, "note")[0] != '\0')
        printf("note: %s\n", cli_member(manifest, "note"));
    print_settings(json_object_object_get(manifest, "options"), "Options");
    print_settings(json_object_object_get(manifest, "secrets"), "Secrets");
    print_parameters(json_object_object_get(manifest, "parameters"));
    print_offers(json_object_object_get(manifest, "offers"));
    json_object_put(driver);
}

static int show(patchbay *pb, const char *id)
{
    patchbay_error *error = NULL;
    char *json = patchbay_show_driver(pb, id, &error);
    int code = CLI_OK;

    if (json == NULL)
        code = cli_usage("%s", patchbay_error_message(error));
    else if (cli_options.json)
        cli_print_json(json);
    else
        print_driver(json);
    patchbay_free(json);
    patchbay_error_free(error);
    return code;
}

int cli_drivers(int argc, char **argv)
{
    gboolean matrix = FALSE;
    const GOptionEntry entries[] = {{"matrix", 0, 0, G_OPTION_ARG_NONE, &matrix,
                                     "what each driver proves, by kind and feature", NULL},
                                    {NULL, 0, 0, 0, NULL, NULL, NULL}};
    patchbay *pb;
    int code;

    if (!cli_parse(&argc, &argv, "[show ID]", "Lists drivers, or shows one.", entries, false,
                   &code))
        return code;
    if (argc != 1 && !(argc == 3 && strcmp(argv[1], "show") == 0 && !matrix))
        return cli_usage("write 'patchbay drivers', 'patchbay drivers --matrix' or 'patchbay "
                         "drivers show ID'");
    pb = cli_open(&code);
    if (pb == NULL)
        return code;
    if (matrix) {
        code = cli_drivers_matrix(pb);
    } else if (argc == 3) {
        code = show(pb, argv[2]);
    } else {
        char *json = patchbay_list_drivers(pb);

        if (cli_options.json)
            cli_print_json(json);
        else
            print_list(json);
        patchbay_free(json);
        code = CLI_OK;
    }
    patchbay_close(pb);
    return code;
}
