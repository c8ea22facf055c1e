/* SPDX-License-Identifier: Apache-2.0 */
/* patchbay_opts: how to open a core, and the reading of environment, configuration and drivers
 * by those options. Owned by one thread at a time. */
#include "api/internal.h"

#include "observe/log.h"

patchbay_opts *patchbay_opts_new(void)
{
    patchbay_opts *opts = g_new0(patchbay_opts, 1);

    opts->conf = g_ptr_array_new_with_free_func(g_free);
    opts->conf_add = g_ptr_array_new_with_free_func(g_free);
    opts->env_files = g_ptr_array_new_with_free_func(g_free);
    opts->driver_dirs = g_ptr_array_new_with_free_func(g_free);
    opts->sets = g_ptr_array_new_with_free_func(pbay_api_free_wiped); /* may hold keys */
    opts->log_level = -1;
    opts->log_json = -1;
    return opts;
}

void patchbay_opts_free(patchbay_opts *opts)
{
    if (opts == NULL)
        return;
    g_ptr_array_unref(opts->conf);
    g_ptr_array_unref(opts->conf_add);
    g_ptr_array_unref(opts->env_files);
    g_ptr_array_unref(opts->driver_dirs);
    g_ptr_array_unref(opts->sets);
    g_free(opts->state);
    g_free(opts);
}

static void copy_strings(GPtrArray *to, const GPtrArray *from)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, g_strdup(g_ptr_array_index(from, i)));
}

patchbay_opts *pbay_api_opts_copy(const patchbay_opts *opts)
{
    patchbay_opts *copy = patchbay_opts_new();

    if (opts == NULL)
        return copy;
    copy_strings(copy->conf, opts->conf);
    copy_strings(copy->conf_add, opts->conf_add);
    copy_strings(copy->env_files, opts->env_files);
    copy_strings(copy->driver_dirs, opts->driver_dirs);
    copy_strings(copy->sets, opts->sets);
    copy->state = g_strdup(opts->state);
    copy->embed = opts->embed;
    copy->log_level = opts->log_level;
    copy->log_json = opts->log_json;
    copy->log_sink_set = opts->log_sink_set;
    copy->log_sink = opts->log_sink;
    copy->log_user = opts->log_user;
    return copy;
}

/* NULL would end the list for those behind it. */
static void add_path(GPtrArray *paths, const char *path)
{
    if (path != NULL)
        g_ptr_array_add(paths, g_strdup(path));
}

void patchbay_opts_conf_only(patchbay_opts *opts, const char *path)
{
    add_path(opts->conf, path);
}

void patchbay_opts_conf_add(patchbay_opts *opts, const char *path)
{
    add_path(opts->conf_add, path);
}

void patchbay_opts_env_file(patchbay_opts *opts, const char *path)
{
    add_path(opts->env_files, path);
}

void patchbay_opts_driver_dir(patchbay_opts *opts, const char *path)
{
    add_path(opts->driver_dirs, path);
}

int patchbay_set(patchbay_opts *opts, const char *name, const char *value)
{
    g_autofree char *kind = NULL, *section = NULL, *key = NULL;

    if (name == NULL || value == NULL || !pbay_config_split_name(name, &kind, &section, &key))
        return -1;
    g_ptr_array_add(opts->sets, g_strdup(name));
    g_ptr_array_add(opts->sets, g_strdup(value));
    return 0;
}

void patchbay_opts_state(patchbay_opts *opts, const char *path)
{
    g_free(opts->state);
    opts->state = g_strdup(path);
}

void patchbay_opts_embed(patchbay_opts *opts, int embed)
{
    opts->embed = embed != 0;
}

void patchbay_opts_log(patchbay_opts *opts, int level, int json)
{
    opts->log_level = level;
    opts->log_json = json;
}

void patchbay_opts_log_sink(patchbay_opts *opts,
                            void (*fn)(void *user, int level, const char *line), void *user)
{
    opts->log_sink_set = true;
    opts->log_sink = fn;
    opts->log_user = user;
}

/* The array as NULL-terminated list; NULL when empty. The caller frees the list, not the
 * strings. */
static const char **string_list(const GPtrArray *array)
{
    const char **list;

    if (array->len == 0)
        return NULL;
    list = g_new0(const char *, array->len + 1);
    for (guint i = 0; i < array->len; i++)
        list[i] = g_ptr_array_index(array, i);
    return list;
}

PbayEnv *pbay_api_opts_env(const patchbay_opts *opts, PbayProblems *problems)
{
    PbayEnv *env = pbay_env_new();

    for (guint i = 0; i < opts->env_files->len; i++)
        pbay_env_add_file(env, g_ptr_array_index(opts->env_files, i), problems);
    return env;
}

/* The level: what the program asked for, else PATCHBAY_LOG, else [log]. */
void pbay_api_opts_log(const patchbay_opts *opts, const PbayConfig *config)
{
    const PbaySection *section = pbay_config_section(config, "log", "");
    const char *from_env = g_getenv("PATCHBAY_LOG");
    const char *from_conf = section != NULL ? pbay_section_str(section, "level") : NULL;
    const char *format = section != NULL ? pbay_section_str(section, "format") : NULL;
    PbayLogLevel level = PBAY_LOG_WARN;

    if (opts->log_level >= 0)
        level = (PbayLogLevel)opts->log_level;
    else if (from_env != NULL && from_env[0] != '\0' && !pbay_log_level_parse(from_env, &level))
        pbay_log(PBAY_LOG_WARN, "api",
                 "PATCHBAY_LOG: '%s' is no level: debug, info, warn, error, none", from_env);
    else if ((from_env == NULL || from_env[0] == '\0') && from_conf != NULL)
        pbay_log_level_parse(from_conf, &level);
    pbay_log_set_level(level);
    pbay_log_set_json(opts->log_json >= 0 ? opts->log_json > 0 : g_strcmp0(format, "json") == 0);
    if (opts->log_sink_set)
        pbay_log_set_sink(opts->log_sink, opts->log_user);
}

PbayConfig *pbay_api_opts_config(const patchbay_opts *opts, PbayEnv *env, PbayProblems *problems)
{
    g_autofree const char **paths = string_list(opts->conf);
    g_autofree const char **extra = string_list(opts->conf_add);
    g_autofree const char **sets = string_list(opts->sets);
    const PbayConfigInput input = {.paths = paths, .extra = extra, .sets = sets, .env = env};
    PbayConfig *config = pbay_config_load(&input, problems);

    pbay_api_opts_log(opts, config);
    return config;
}

PbayDriverSet *pbay_api_opts_drivers(const patchbay_opts *opts, const PbayDriverSet *before)
{
    g_autofree const char **folders = string_list(opts->driver_dirs);
    const PbayDriverSearch search = {.folders = folders, .before = before, .api = pbay_services()};

    return pbay_drivers_scan(&search);
}
