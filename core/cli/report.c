/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says to people (parameters dropped or changed, tokens by class, cost) and the
 * answer as --json prints it: canonical, with the report as its member `patchbay`. Money stays the
 * decimal text that the library gives; nothing here computes with it. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static void print_notes(json_object *notes)
{
    size_t n = notes != NULL ? json_object_array_length(notes) : 0;

    for (size_t i = 0; i < n; i++) {
        json_object *note = json_object_array_get_idx(notes, i);
        g_autofree char *why = cli_safe_text(cli_member(note, "why"));
        g_autofree char *param = cli_safe_text(cli_member(note, "param"));

        fprintf(stderr, "patchbay: %s %s%s%s\n", param, cli_member(note, "note"),
                why[0] != '\0' ? ": " : "", why);
    }
}

char *cli_tokens_text(json_object *tokens)
{
    static const char *const classes[] = {"input",     "cached", "cache_write", "output",
                                          "reasoning", "images", NULL};
    GString *out = g_string_new(NULL);

    for (const char *const *class = classes; *class != NULL; class ++) {
        int64_t n = json_object_get_int64(json_object_object_get(tokens, *class));

        if (n != 0)
            g_string_append_printf(out, "%s%" G_GINT64_FORMAT " %s", out->len != 0 ? ", " : "",
                                   (gint64)n, *class);
    }
    if (out->len == 0)
        g_string_append(out, "none");
    if (json_object_get_boolean(json_object_object_get(tokens, "estimated")))
        g_string_append(out, " (estimated counts)");
    return g_string_free(out, FALSE);
}

char *cli_cost_text(json_object *cost)
{
    const char *usd = cli_member(cost, "usd");
    bool estimated = json_object_get_boolean(json_object_object_get(cost, "estimated"));

    if (usd[0] != '\0')
        return g_strdup_printf("%s USD%s", usd, estimated ? " (estimated counts)" : "");
    if (cli_member(cost, "unknown")[0] != '\0')
        return g_strdup_printf("unknown: %s", cli_member(cost, "unknown"));
    return g_strdup("");
}

/* What choosing had to say, such as an estimate over the budget. */
static void print_choice_notes(json_object *notes)
{
    size_t n = notes != NULL ? json_object_array_length(notes) : 0;

    for (size_t i = 0; i < n; i++) {
        g_autofree char *note =
            cli_safe_text(json_object_get_string(json_object_array_get_idx(notes, i)));

        fprintf(stderr, "patchbay: %s\n", note);
    }
}

/* With -v: who served it, what it took, what it cost. */
static void print_account(json_object *report)
{
    json_object *usage = json_object_object_get(report, "usage");
    json_object *tokens = json_object_object_get(report, "tokens");
    g_autofree char *cost = cli_cost_text(json_object_object_get(report, "cost"));
    g_autofree char *target = cli_safe_text(cli_member(report, "target"));
    g_autofree char *clean_cost = cli_safe_text(cost);

    if (target[0] != '\0')
        fprintf(stderr, "patchbay: target %s, driver %s %s\n", target, cli_member(report, "driver"),
                cli_member(report, "driver_version"));
    if (usage != NULL)
        fprintf(stderr, "patchbay: usage %s\n", json_object_to_json_string(usage));
    if (tokens != NULL) {
        g_autofree char *text = cli_tokens_text(tokens);

        fprintf(stderr, "patchbay: tokens %s\n", text);
    }
    if (clean_cost[0] != '\0')
        fprintf(stderr, "patchbay: cost %s\n", clean_cost);
}

void cli_print_report(const char *report)
{
    json_object *tree = json_tokener_parse(report);

    cli_tell_held();
    if (tree == NULL)
        return;
    print_notes(json_object_object_get(tree, "notes"));
    print_choice_notes(json_object_object_get(tree, "choice_notes"));
    if (cli_options.verbose > 0)
        print_account(tree);
    json_object_put(tree);
}

char *cli_with_report(const char *json, const char *report)
{
    size_t len = strlen(json);
    json_object *tree = json_tokener_parse(json);
    bool object = json_object_is_type(tree, json_type_object);
    bool empty = object && json_object_object_length(tree) == 0;

    json_object_put(tree);
    while (len > 0 && json[len - 1] != '}')
        len--;
    if (!object || len == 0 || report[0] != '{')
        return g_strdup(json);
    return g_strdup_printf("%.*s%s\"patchbay\":%s}", (int)(len - 1), json, empty ? "" : ",",
                           report);
}

bool cli_print_answer(const patchbay_result *result)
{
    const char *answer = patchbay_result_answer(result);
    const patchbay_error *error = patchbay_result_error(result);
    g_autofree char *json = NULL;

    if (answer[0] == '\0')
        answer = error != NULL ? patchbay_error_json(error) : "{}";
    json = cli_with_report(answer, patchbay_result_report(result));
    return cli_print_json(json);
}
