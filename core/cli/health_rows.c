/* SPDX-License-Identifier: Apache-2.0 */
/* Which targets `patchbay health` looks at, and what is known of each without asking anybody: those
 * that were named, or else all of [model] sections, those called before, and each provider that
 * somebody gave a key. Providers that lack something are rows too. It asks nobody. */
#include "cli/cli.h"

#include <string.h>

static void free_row(gpointer data)
{
    CliHealthRow *row = data;

    json_object_put(row->known);
    patchbay_request_free(row->job.request);
    patchbay_result_free(row->job.result);
    g_free(row);
}

GPtrArray *cli_health_rows_new(void)
{
    return g_ptr_array_new_with_free_func(free_row);
}

bool cli_health_has(const GPtrArray *rows, const char *member, const char *value)
{
    for (guint i = 0; i < rows->len; i++)
        if (strcmp(cli_member(((CliHealthRow *)rows->pdata[i])->known, member), value) == 0)
            return true;
    return false;
}

/* Takes known over. */
static void add_row(GPtrArray *rows, json_object *known)
{
    CliHealthRow *row;

    if (cli_health_has(rows, "target", cli_member(known, "target"))) {
        json_object_put(known);
        return;
    }
    row = g_new0(CliHealthRow, 1);
    row->known = known;
    g_ptr_array_add(rows, row);
}

bool cli_health_add(GPtrArray *rows, patchbay *pb, const char *model, patchbay_error **error)
{
    char *text = patchbay_health(pb, model, error);
    json_object *known = text != NULL ? json_tokener_parse(text) : NULL;

    for (size_t i = 0; known != NULL && i < json_object_array_length(known); i++)
        add_row(rows, json_object_get(json_object_array_get_idx(known, i)));
    json_object_put(known);
    patchbay_free(text);
    return text != NULL;
}

/* Another name of a provider that stands before it: a prefix that nobody wrote a section for. */
static bool is_alias(json_object *providers, size_t n)
{
    json_object *provider = json_object_array_get_idx(providers, n);

    if (json_object_object_get(provider, "origin") != NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        json_object *other = json_object_array_get_idx(providers, i);

        if (strcmp(cli_member(other, "driver"), cli_member(provider, "driver")) == 0 &&
            strcmp(cli_member(other, "base_url"), cli_member(provider, "base_url")) == 0)
            return true;
    }
    return false;
}

static bool has_free_probe(json_object *provider)
{
    json_object *kinds = json_object_object_get(provider, "kinds");

    for (size_t i = 0; kinds != NULL && i < json_object_array_length(kinds); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(kinds, i)), "probe") == 0)
            return true;
    return false;
}

/* A row of the provider's own server: not of another one ("openai@https://host/v1/gpt-4"). */
static bool has_own_row(const GPtrArray *rows, const char *provider)
{
    for (guint i = 0; i < rows->len; i++) {
        json_object *known = ((const CliHealthRow *)rows->pdata[i])->known;
        const char *target = cli_member(known, "target");

        if (strcmp(cli_member(known, "provider"), provider) == 0 &&
            target[strcspn(target, "/@")] != '@')
            return true;
    }
    return false;
}

static void add_provider(GPtrArray *rows, patchbay *pb, json_object *provider)
{
    const char *name = cli_member(provider, "name"), *state = cli_member(provider, "state");
    const char *model = cli_member(provider, "default_model");
    g_autofree char *whole = g_strconcat(name, "/", NULL); /* no [model] is called so */
    bool ready = strcmp(state, "ready") == 0;

    if (has_own_row(rows, name))
        return;
    if (ready && !json_object_get_boolean(json_object_object_get(provider, "has_key")))
        return; /* it needs none: nobody has said that it is wanted */
    if (!ready && strcmp(state, "unconfigured") != 0 && strcmp(state, "unavailable") != 0)
        return;
    /* Only a model can be asked where no probe is free. */
    cli_health_add(rows, pb, !ready || has_free_probe(provider) || model[0] == '\0' ? whole : model,
                   NULL);
}

void cli_health_add_all(GPtrArray *rows, patchbay *pb)
{
    char *text = patchbay_list_providers(pb);
    json_object *providers = json_tokener_parse(text);

    cli_health_add(rows, pb, NULL, NULL);
    for (size_t i = 0; i < json_object_array_length(providers); i++)
        if (!is_alias(providers, i))
            add_provider(rows, pb, json_object_array_get_idx(providers, i));
    json_object_put(providers);
    patchbay_free(text);
}

static bool is_ready(const CliHealthRow *row)
{
    return strcmp(cli_member(row->known, "state"), "ready") == 0;
}

void cli_health_sort(GPtrArray *rows)
{
    g_autoptr(GPtrArray) before = g_ptr_array_new();

    for (int ready = 1; ready >= 0; ready--)
        for (guint i = 0; i < rows->len; i++)
            if (is_ready(rows->pdata[i]) == (ready == 1))
                g_ptr_array_add(before, rows->pdata[i]);
    for (guint i = 0; i < rows->len; i++)
        rows->pdata[i] = before->pdata[i];
}

void cli_health_refresh(GPtrArray *rows, patchbay *pb)
{
    for (guint i = 0; i < rows->len; i++) {
        CliHealthRow *row = rows->pdata[i];
        const char *target = cli_member(row->known, "target");
        char *text = row->job.result != NULL ? patchbay_health(pb, target, NULL) : NULL;
        json_object *now = text != NULL ? json_tokener_parse(text) : NULL;

        for (size_t k = 0; now != NULL && k < json_object_array_length(now); k++) {
            json_object *known = json_object_array_get_idx(now, k);

            if (strcmp(cli_member(known, "target"), target) != 0)
                continue;
            json_object_get(known);
            json_object_put(row->known);
            row->known = known;
            break;
        }
        json_object_put(now);
        patchbay_free(text);
    }
}
