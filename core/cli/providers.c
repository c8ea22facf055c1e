/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay providers`: who can be asked, and what the others lack. */
#include "cli/cli.h"

static void print_list(const char *json)
{
    static const char *const header[] = {"PROVIDER", "DRIVER", "STATE", "BASE URL", "WHY", NULL};
    json_object *rows = json_tokener_parse(json);
    CliTable *table = cli_table_new(header);

    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);
        const char *cells[] = {cli_member(row, "name"),  cli_member(row, "driver"),
                               cli_member(row, "state"), cli_member(row, "base_url"),
                               cli_member(row, "why"),   NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
    json_object_put(rows);
}

int cli_providers(int argc, char **argv)
{
    patchbay *pb;
    char *json;
    int code;

    if (!cli_parse(&argc, &argv, "", "Lists providers and what they lack.", NULL, false, &code))
        return code;
    if (argc != 1)
        return cli_usage("'patchbay providers' takes no operand");
    pb = cli_open(&code);
    if (pb == NULL)
        return code;
    json = patchbay_list_providers(pb);
    if (cli_options.json)
        cli_print_json(json);
    else
        print_list(json);
    patchbay_free(json);
    patchbay_close(pb);
    return CLI_OK;
}
