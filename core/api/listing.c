/* SPDX-License-Identifier: Apache-2.0 */
/* What is there, as JSON text: drivers, providers, models, and the configuration checked or
 * shown. Any thread; each works on the snapshot in force when it was called. */
#include "api/internal.h"

typedef void (*ListFn)(const PbaySnapshot *snapshot, GString *out);

static char *list(patchbay *pb, ListFn fn)
{
    PbaySnapshot *snapshot = pbay_api_snapshot(pb);
    GString *out = g_string_new(NULL);

    fn(snapshot, out);
    pbay_snapshot_unref(snapshot);
    return g_string_free(out, FALSE);
}

char *patchbay_list_drivers(patchbay *pb)
{
    return list(pb, pbay_snapshot_list_drivers);
}

char *patchbay_list_providers(patchbay *pb)
{
    return list(pb, pbay_snapshot_list_providers);
}

char *patchbay_list_models(patchbay *pb, const char *prefix)
{
    PbaySnapshot *snapshot = pbay_api_snapshot(pb);
    GString *out = g_string_new(NULL);

    pbay_snapshot_list_models(snapshot, prefix, out);
    pbay_snapshot_unref(snapshot);
    return g_string_free(out, FALSE);
}

char *patchbay_show_driver(patchbay *pb, const char *id, patchbay_error **error)
{
    PbaySnapshot *snapshot = pbay_api_snapshot(pb);
    GString *out = g_string_new(NULL);
    GError *gerror = NULL;
    bool found = pbay_snapshot_show_driver(snapshot, id, out, &gerror);

    pbay_snapshot_unref(snapshot);
    if (!found)
        pbay_api_error_take(error, gerror);
    return g_string_free(out, !found);
}

char *patchbay_default_model(patchbay *pb, char **reason)
{
    PbaySnapshot *snapshot = pbay_api_snapshot(pb);
    char *why = NULL;
    char *model = pbay_snapshot_default_model(snapshot, &why);

    pbay_snapshot_unref(snapshot);
    if (reason != NULL)
        *reason = why;
    else
        g_free(why);
    return model;
}

/* Configuration, drivers and what they make together, without a worker. */
typedef struct Reading {
    patchbay_opts *opts;
    PbayProblems *problems;
    PbayEnv *env;
    PbayConfig *config;
    PbayDriverSet *drivers;
    PbaySnapshot *snapshot; /* NULL when there are mistakes */
} Reading;

static void read_all(Reading *reading, const patchbay_opts *opts)
{
    reading->opts = pbay_api_opts_copy(opts);
    reading->problems = pbay_problems_new();
    reading->env = pbay_api_opts_env(reading->opts, reading->problems);
    reading->config = pbay_api_opts_config(reading->opts, reading->env, reading->problems);
    reading->drivers = pbay_api_opts_drivers(reading->opts, NULL);
    reading->snapshot =
        pbay_snapshot_build(reading->config, reading->drivers, reading->env, reading->problems);
}

static void reading_clear(Reading *reading)
{
    if (reading->snapshot != NULL)
        pbay_snapshot_unref(reading->snapshot);
    pbay_driver_set_unref(reading->drivers);
    pbay_config_unref(reading->config);
    pbay_env_unref(reading->env);
    g_ptr_array_unref(reading->problems);
    patchbay_opts_free(reading->opts);
}

patchbay_error *patchbay_config_check(const patchbay_opts *opts)
{
    Reading reading = {0};
    patchbay_error *error = NULL;

    read_all(&reading, opts);
    if (reading.problems->len != 0)
        error = pbay_api_error_from_problems(reading.problems);
    reading_clear(&reading);
    return error;
}

char *patchbay_config_show(const patchbay_opts *opts, int origin, int json, patchbay_error **error)
{
    Reading reading = {0};
    GString *out = g_string_new(NULL);

    read_all(&reading, opts);
    pbay_config_show(reading.config, origin != 0, json != 0, pbay_snapshot_is_secret,
                     reading.snapshot, out);
    if (reading.problems->len != 0)
        pbay_api_error_set(error, pbay_api_error_from_problems(reading.problems));
    reading_clear(&reading);
    pbay_redact(out);
    return g_string_free(out, FALSE);
}
