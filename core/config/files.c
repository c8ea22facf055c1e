/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of files: folders in order, `*.conf` in byte order, later folders masking earlier
 * ones, named files last. Runs on the thread that loads configuration. It reads folders, never a
 * file's text. */
#include "config/files.h"

#include "observe/log.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef PATCHBAY_CONF_DIR
#error "PATCHBAY_CONF_DIR must name the installed conf.d folder"
#endif
#define SYSTEM_CONF_DIR "/etc/patchbay/conf.d"
#define ENV_CONF_PATH   "PATCHBAY_CONF_PATH"

typedef struct Finder {
    PbayProblems *problems;
    GPtrArray *found;
    GHashTable *latest; /* name -> PbayFoundFile * of the last folder that has it */
    const char *hint;   /* who asked for these paths */
    bool optional;      /* standard folders may be absent */
} Finder;

static void found_free(gpointer data)
{
    PbayFoundFile *file = data;
    g_free((char *)file->pub.path);
    g_free((char *)file->pub.by);
    g_free(file->name);
    g_free(file);
}

static char *user_folder(void)
{
    const char *base = secure_getenv("XDG_CONFIG_HOME");
    if (base != NULL && base[0] == '/')
        return g_build_filename(base, "patchbay", "conf.d", NULL);
    const char *home = secure_getenv("HOME");
    if (home != NULL && home[0] == '/')
        return g_build_filename(home, ".config", "patchbay", "conf.d", NULL);
    return NULL;
}

/* NULL: the variable does not speak. */
static char **paths_of_environment(void)
{
    const char *text = secure_getenv(ENV_CONF_PATH);
    if (text == NULL || text[0] == '\0')
        return NULL;
    g_auto(GStrv) parts = g_strsplit(text, ":", -1);
    GStrvBuilder *builder = g_strv_builder_new();
    for (char **part = parts; *part != NULL; part++)
        if ((*part)[0] != '\0')
            g_strv_builder_add(builder, *part);
    char **paths = g_strv_builder_end(builder);
    g_strv_builder_unref(builder);
    return paths;
}

static char **standard_folders(void)
{
    g_autofree char *user = user_folder();
    const char *const folders[] = {PATCHBAY_CONF_DIR, SYSTEM_CONF_DIR, user, NULL};
    return g_strdupv((char **)folders);
}

char **pbay_config_standard_paths(void)
{
    char **paths = paths_of_environment();
    return paths != NULL ? paths : standard_folders();
}

static void complain(Finder *f, const char *path, const char *hint, const char *why)
{
    pbay_problems_add(f->problems, (PbayOrigin){path, 0}, NULL, NULL, hint, "cannot be read: %s",
                      why);
}

static PbayFoundFile *add_file(Finder *f, char *path, const char *name)
{
    PbayFoundFile *file = g_new0(PbayFoundFile, 1);
    file->pub.path = path;
    file->name = g_strdup(name);
    file->named = name == NULL;
    g_ptr_array_add(f->found, file);
    return file;
}

static bool is_dev_null(const struct stat *st)
{
    struct stat null;
    return S_ISCHR(st->st_mode) && stat("/dev/null", &null) == 0 && null.st_rdev == st->st_rdev;
}

/* A *.conf of a folder: hides its namesake of an earlier folder, whatever it is itself. */
static void add_folder_file(Finder *f, const char *folder, const char *name)
{
    PbayFoundFile *file = add_file(f, g_build_filename(folder, name, NULL), name);
    PbayFoundFile *earlier = g_hash_table_lookup(f->latest, name);
    if (earlier != NULL) {
        earlier->pub.masked = true;
        g_free((char *)earlier->pub.by);
        earlier->pub.by = g_strdup(file->pub.path);
    }
    g_hash_table_replace(f->latest, file->name, file);
    struct stat st;
    if (stat(file->pub.path, &st) == 0)
        file->pub.masked = is_dev_null(&st) || (S_ISREG(st.st_mode) && st.st_size == 0);
}

static int by_bytes(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Dot files are left out: editors put locks and copies there. */
static bool is_conf_name(const char *name)
{
    return name[0] != '.' && g_str_has_suffix(name, ".conf");
}

static void add_folder(Finder *f, const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        complain(f, folder, f->hint, g_strerror(errno));
        return;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        if (is_conf_name(entry->d_name))
            g_ptr_array_add(names, g_strdup(entry->d_name));
    closedir(dir);
    g_ptr_array_sort(names, by_bytes);
    for (guint i = 0; i < names->len; i++)
        add_folder_file(f, folder, g_ptr_array_index(names, i));
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Someone else's home is no mistake of this configuration (a daemon started with root's HOME). */
static void add_standard(Finder *f, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0)
        add_folder(f, path);
    else if (errno == EACCES)
        pbay_log(PBAY_LOG_WARN, "config", "skipped %s: %s", path, g_strerror(EACCES));
    else if (errno != ENOENT)
        complain(f, path, NULL, g_strerror(errno));
}

/* What the person named: it must exist. */
static void add_path(Finder *f, const char *path)
{
    struct stat st;
    if (f->optional)
        add_standard(f, path);
    else if (stat(path, &st) != 0)
        complain(f, path, f->hint, g_strerror(errno));
    else if (S_ISDIR(st.st_mode))
        add_folder(f, path);
    else
        add_file(f, g_strdup(path), NULL);
}

static void add_paths(Finder *f, const char *const *paths)
{
    for (; paths != NULL && *paths != NULL; paths++)
        add_path(f, *paths);
}

/* --config: folders join the others, files come last. */
static void add_extra(Finder *f, const char *const *extra)
{
    f->hint = "it was added with --config";
    f->optional = false;
    for (const char *const *path = extra; path != NULL && *path != NULL; path++)
        if (is_folder(*path))
            add_path(f, *path);
    for (const char *const *path = extra; path != NULL && *path != NULL; path++)
        if (!is_folder(*path))
            add_path(f, *path);
}

GPtrArray *pbay_config_find_files(const PbayConfigInput *input, PbayProblems *problems)
{
    Finder f = {.problems = problems};
    f.found = g_ptr_array_new_with_free_func(found_free);
    f.latest = g_hash_table_new(g_str_hash, g_str_equal);
    g_auto(GStrv) named = paths_of_environment();
    if (input->paths != NULL) {
        f.hint = "the program asked for it";
        add_paths(&f, input->paths);
    } else if (named != NULL) {
        f.hint = ENV_CONF_PATH " names it";
        add_paths(&f, (const char *const *)named);
    } else {
        g_auto(GStrv) folders = standard_folders();
        f.optional = true;
        add_paths(&f, (const char *const *)folders);
    }
    add_extra(&f, input->extra);
    g_hash_table_unref(f.latest);
    return f.found;
}
