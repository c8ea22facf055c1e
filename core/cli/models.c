/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay models [PREFIX]`: what manifests and [model] sections know; with --live each ready
 * provider is asked, one after the other, and one that fails does not hide the rest. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static void print_list(json_object *rows)
{
    static const char *const header[] = {"MODEL", "CONTEXT", "FEATURES", "NOTE", NULL};
    CliTable *table = cli_table_new(header);

    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);
        json_object *context = json_object_object_get(row, "context");
        g_autofree char *features = cli_join(json_object_object_get(row, "features"));
        const char *cells[] = {cli_member(row, "id"),
                               context != NULL ? json_object_get_string(context) : "", features,
                               cli_member(row, "note"), NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
}

/* Appends the vendor's models to rows, each id behind the provider's prefix; gives the exit code.
 */
static int ask_provider(patchbay *pb, const char *provider, json_object *rows)
{
    CliRun run = {.pb = pb};
    g_autofree char *model = g_strdup_printf("%s/", provider);
    json_object *body = json_object_new_object();
    patchbay_request *request = cli_request_new(pb, "models", body, model);
    json_object *answer, *data;
    int code = CLI_INTERNAL;

    json_object_put(body);
    if (request == NULL)
        return CLI_USAGE;
    if (cli_run(&run, request)) {
        answer = json_tokener_parse(patchbay_result_answer(run.result));
        data = json_object_object_get(answer, "data");
        for (size_t i = 0; data != NULL && i < json_object_array_length(data); i++)
            json_object_array_add(rows, json_object_get(json_object_array_get_idx(data, i)));
        json_object_put(answer);
        if (patchbay_result_error(run.result) != NULL)
            fprintf(stderr, "patchbay: provider %s could not be asked:\n", provider);
        code = cli_run_end(&run);
        patchbay_result_free(run.result);
    }
    patchbay_request_free(request);
    return code;
}

static bool lists_models(json_object *provider)
{
    json_object *kinds = json_object_object_get(provider, "kinds");

    for (size_t i = 0; kinds != NULL && i < json_object_array_length(kinds); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(kinds, i)), "models") == 0)
            return true;
    return kinds == NULL;
}

static json_object *ask_all(patchbay *pb, const char *prefix, int *code)
{
    char *json = patchbay_list_providers(pb);
    json_object *providers = json_tokener_parse(json);
    json_object *rows = json_object_new_array();
    bool found = false;

    patchbay_free(json);
    for (size_t i = 0; i < json_object_array_length(providers); i++) {
        json_object *provider = json_object_array_get_idx(providers, i);
        const char *name = cli_member(provider, "name");
        bool ready = strcmp(cli_member(provider, "state"), "ready") == 0;
        int asked;

        if (prefix != NULL ? strcmp(name, prefix) != 0 : !ready || !lists_models(provider))
            continue;
        found = true;
        asked = ask_provider(pb, name, rows);
        *code = MAX(*code, asked);
        if (*code == CLI_INTERRUPTED)
            break;
    }
    if (!found)
        *code = cli_usage("there is no %sprovider%s%s to ask; 'patchbay providers' lists them",
                          prefix == NULL ? "ready " : "", prefix != NULL ? " " : "",
                          prefix != NULL ? prefix : "");
    json_object_put(providers);
    return rows;
}

static bool is_provider(patchbay *pb, const char *name)
{
    char *json = patchbay_list_providers(pb);
    json_object *providers = json_tokener_parse(json);
    bool found = false;

    patchbay_free(json);
    for (size_t i = 0; !found && i < json_object_array_length(providers); i++)
        found = strcmp(cli_member(json_object_array_get_idx(providers, i), "name"), name) == 0;
    json_object_put(providers);
    return found;
}

int cli_models(int argc, char **argv)
{
    gboolean live = FALSE;
    const GOptionEntry entries[] = {
        {"live", 0, 0, G_OPTION_ARG_NONE, &live, "ask the vendors", NULL}, G_OPTION_ENTRY_NULL};
    json_object *rows;
    patchbay *pb;
    int code;

    if (!cli_parse(&argc, &argv, "[PREFIX]", "Lists models.", entries, true, &code))
        return code;
    if (argc > 2)
        return cli_usage("name one provider at most");
    pb = cli_open(&code);
    if (pb == NULL)
        return code;
    code = CLI_OK;
    if (live) {
        rows = ask_all(pb, argc == 2 ? argv[1] : NULL, &code);
    } else {
        char *json = patchbay_list_models(pb, argc == 2 ? argv[1] : NULL);

        rows = json_tokener_parse(json);
        patchbay_free(json);
        if (argc == 2 && json_object_array_length(rows) == 0 && !is_provider(pb, argv[1]))
            code = cli_usage("there is no provider %s; 'patchbay providers' lists them", argv[1]);
    }
    if (cli_options.json && code != CLI_USAGE)
        cli_print_json(json_object_to_json_string_ext(rows, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE));
    else if (json_object_array_length(rows) > 0 || code == CLI_OK)
        print_list(rows);
    json_object_put(rows);
    patchbay_close(pb);
    return code;
}
