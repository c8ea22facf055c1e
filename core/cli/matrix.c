/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay drivers --matrix`: what each driver proves, as tables in Markdown, read well as they
 * are: driver by kind, then for each kind driver by feature. From the manifests' `offers`. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* The order of rows and columns; what is not listed comes behind, as the drivers name it. */
static const char *const known_kinds[] = {
    "chat",          "completion", "embedding",    "image",  "rerank", "speech",
    "transcription", "moderation", "count_tokens", "models", "probe",  NULL};
static const char *const known_features[] = {
    "stream",    "tools",     "parallel-tools", "tool-choice", "tool-results",
    "images",    "documents", "audio",          "json",        "schema",
    "reasoning", "usage",     "cached-usage",   "logprobs",    "n",
    "citations", "many",      "dimensions",     "url",         "b64",
    NULL};

static void add_name(GPtrArray *names, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, (gpointer)name);
}

/* Those of `order` that stand in `found`, then the rest of it; ends with NULL. */
static GPtrArray *in_order(const char *const *order, GPtrArray *found)
{
    GPtrArray *names = g_ptr_array_new();

    for (; *order != NULL; order++)
        if (g_ptr_array_find_with_equal_func(found, *order, g_str_equal, NULL))
            g_ptr_array_add(names, (gpointer)*order);
    for (guint i = 0; i < found->len; i++)
        add_name(names, g_ptr_array_index(found, i));
    return names;
}

static bool has_text(json_object *array, const char *text)
{
    for (size_t i = 0; array != NULL && i < json_object_array_length(array); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(array, i)), text) == 0)
            return true;
    return false;
}

static GPtrArray *kinds_of(json_object *drivers)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();

    json_object_object_foreach(drivers, id, offers)
    {
        (void)id;
        json_object_object_foreach(offers, kind, features)
        {
            (void)features;
            add_name(found, kind);
        }
    }
    return in_order(known_kinds, found);
}

static GPtrArray *features_of(json_object *drivers, const char *kind)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();

    json_object_object_foreach(drivers, id, offers)
    {
        json_object *features = json_object_object_get(offers, kind);

        (void)id;
        for (size_t i = 0; features != NULL && i < json_object_array_length(features); i++)
            add_name(found, json_object_get_string(json_object_array_get_idx(features, i)));
    }
    return in_order(known_features, found);
}

static void print_header(const char *first, int width, const GPtrArray *columns)
{
    printf("| %-*s |", width, first);
    for (guint i = 0; i < columns->len; i++)
        printf(" %s |", (const char *)g_ptr_array_index(columns, i));
    printf("\n|%.*s|", width + 2, "----------------------------------------");
    for (guint i = 0; i < columns->len; i++)
        printf("%.*s|", (int)strlen(g_ptr_array_index(columns, i)) + 2,
               "----------------------------------------");
    putchar('\n');
}

static void print_cell(bool yes, const char *column)
{
    printf(" %-*s |", (int)strlen(column), yes ? "yes" : "");
}

static int widest(json_object *drivers)
{
    size_t width = strlen("driver");

    json_object_object_foreach(drivers, id, offers)
    {
        (void)offers;
        width = MAX(width, strlen(id));
    }
    return (int)MIN(width, 38);
}

static void print_kinds(json_object *drivers, const GPtrArray *kinds)
{
    int width = widest(drivers);

    print_header("driver", width, kinds);
    json_object_object_foreach(drivers, id, offers)
    {
        printf("| %-*s |", width, id);
        for (guint i = 0; i < kinds->len; i++) {
            const char *kind = g_ptr_array_index(kinds, i);

            print_cell(json_object_object_get(offers, kind) != NULL, kind);
        }
        putchar('\n');
    }
}

static void print_features(json_object *drivers, const char *kind)
{
    g_autoptr(GPtrArray) features = features_of(drivers, kind);
    int width = widest(drivers);

    if (features->len == 0)
        return;
    putchar('\n');
    print_header(kind, width, features);
    json_object_object_foreach(drivers, id, offers)
    {
        json_object *offered = json_object_object_get(offers, kind);

        if (offered == NULL)
            continue;
        printf("| %-*s |", width, id);
        for (guint i = 0; i < features->len; i++) {
            const char *feature = g_ptr_array_index(features, i);

            print_cell(has_text(offered, feature), feature);
        }
        putchar('\n');
    }
}

/* {"openai": {"chat": ["stream", ...], ...}, ...} of the drivers that are loaded. */
static json_object *read_offers(patchbay *pb)
{
    char *text = patchbay_list_drivers(pb);
    json_object *rows = json_tokener_parse(text), *drivers = json_object_new_object();

    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        const char *id = cli_member(json_object_array_get_idx(rows, i), "id");
        char *shown = id[0] != '\0' ? patchbay_show_driver(pb, id, NULL) : NULL;
        json_object *driver = shown != NULL ? json_tokener_parse(shown) : NULL;
        json_object *offers =
            json_object_object_get(json_object_object_get(driver, "manifest"), "offers");

        if (offers != NULL)
            json_object_object_add(drivers, id, json_object_get(offers));
        json_object_put(driver);
        patchbay_free(shown);
    }
    json_object_put(rows);
    patchbay_free(text);
    return drivers;
}

int cli_drivers_matrix(patchbay *pb)
{
    json_object *drivers = read_offers(pb);
    g_autoptr(GPtrArray) kinds = kinds_of(drivers);

    if (cli_options.json) {
        cli_print_json(json_object_to_json_string_ext(drivers, JSON_C_TO_STRING_PLAIN));
    } else if (json_object_object_length(drivers) == 0) {
        fprintf(stderr, "patchbay: no driver says what it offers; 'patchbay drivers' lists them\n");
    } else {
        print_kinds(drivers, kinds);
        for (guint i = 0; i < kinds->len; i++)
            print_features(drivers, g_ptr_array_index(kinds, i));
    }
    json_object_put(drivers);
    return CLI_OK;
}
