/* SPDX-License-Identifier: Apache-2.0 */
/* What tests with fake drivers share: a folder of their own, fakes copied into it, the log
 * caught. */
#ifndef FAKE_SUPPORT_H
#define FAKE_SUPPORT_H

#include "fakes/core_api.h"
#include "fakes/fake_driver.h"
#include "observe/log.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The built fake, such as ".../fakes/good.so". g_free. */
G_GNUC_UNUSED static char *fake_path(const char *name)
{
    const char *build = g_getenv("PBAY_BUILD_DIR");
    g_assert_nonnull(build);
    g_autofree char *file = g_strconcat(name, ".so", NULL);
    return g_build_filename(build, "fakes", file, NULL);
}

/* An empty folder that only its owner may write. g_free, after fake_remove. */
G_GNUC_UNUSED static char *fake_folder(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("pbay-XXXXXX", &error);
    g_assert_no_error(error);
    return folder;
}

G_GNUC_UNUSED static void fake_write(const char *folder, const char *file, const char *text)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autoptr(GError) error = NULL;
    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_chmod(path, 0644), ==, 0);
}

/* A copy of fake `name` as folder/file, a new inode each time. */
G_GNUC_UNUSED static void fake_install(const char *folder, const char *name, const char *file)
{
    g_autofree char *from = fake_path(name);
    g_autofree char *to = g_build_filename(folder, file, NULL);
    g_autofree char *bytes = NULL;
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(from, &bytes, &len, &error);
    g_assert_no_error(error);
    g_file_set_contents(to, bytes, (gssize)len, &error); /* writes beside and renames */
    g_assert_no_error(error);
    g_assert_cmpint(g_chmod(to, 0755), ==, 0);
}

/* Removes a folder and what is in it. */
G_GNUC_UNUSED static void fake_remove(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
         name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        GStatBuf st;
        if (g_lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
            fake_remove(path);
        else
            g_unlink(path);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* ---- the log --------------------------------------------------------------------------------- */

static GString *fake_log;

static void fake_log_sink(void *data, int level, const char *line)
{
    (void)data, (void)level;
    g_string_append(fake_log, line);
    g_string_append_c(fake_log, '\n');
}

/* From here lines go to fake_log, which is emptied. */
G_GNUC_UNUSED static void fake_log_catch(void)
{
    if (fake_log == NULL)
        fake_log = g_string_new(NULL);
    g_string_truncate(fake_log, 0);
    pbay_log_set_sink(fake_log_sink, NULL);
}

/* How many lines hold the text. */
G_GNUC_UNUSED static int fake_log_count(const char *text)
{
    int n = 0;
    for (const char *p = strstr(fake_log->str, text); p != NULL; p = strstr(p + 1, text))
        n++;
    return n;
}

/* ---- scans ----------------------------------------------------------------------------------- */

G_GNUC_UNUSED static PbayDriverSet *fake_scan(const char *folder, const PbayDriverSet *before)
{
    const char *const folders[] = {folder, NULL};
    return pbay_drivers_scan(
        &(PbayDriverSearch){.folders = folders, .before = before, .api = &core_api});
}

/* The row of a file name; fails when there is none. */
G_GNUC_UNUSED static PbayDriver *fake_row(const PbayDriverSet *set, const char *file)
{
    for (guint i = 0; i < set->rows->len; i++) {
        PbayDriver *row = g_ptr_array_index(set->rows, i);
        if (strcmp(row->file, file) == 0)
            return row;
    }
    g_error("no row for %s", file);
}

G_GNUC_UNUSED static FakeControl *fake_control(const PbayDriver *row)
{
    return (FakeControl *)row->ops->extension(row->drv, FAKE_CONTROL);
}

#endif
