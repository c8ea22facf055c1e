/* SPDX-License-Identifier: Apache-2.0 */
/* The checks before anything is loaded: a driver runs with the rights of the process, so file
 * and folder must belong to root or to the effective user and be writable by nobody else. What
 * is checked is the opened descriptor, which is then what is loaded: no gap between check and
 * use. [main]. */
#include "drivers/place.h"

#include "drivers/row.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 8

char **pbay_driver_folders(void)
{
    const char *path = secure_getenv("PATCHBAY_DRIVER_PATH");
    g_autoptr(GPtrArray) folders = g_ptr_array_new();
    if (path != NULL && path[0] != '\0') {
        g_auto(GStrv) parts = g_strsplit(path, ":", -1);
        for (size_t i = 0; parts[i] != NULL; i++)
            if (parts[i][0] != '\0')
                g_ptr_array_add(folders, g_strdup(parts[i]));
    } else {
        const char *data = secure_getenv("XDG_DATA_HOME");
        const char *home = secure_getenv("HOME");
        g_ptr_array_add(folders, g_strdup(PATCHBAY_DRIVER_DIR));
        g_ptr_array_add(folders, g_strdup("/usr/local/lib/patchbay/drivers-1"));
        if (data != NULL && data[0] == '/')
            g_ptr_array_add(folders, g_build_filename(data, "patchbay/drivers-1", NULL));
        else if (home != NULL && home[0] == '/')
            g_ptr_array_add(folders,
                            g_build_filename(home, ".local/share/patchbay/drivers-1", NULL));
    }
    g_ptr_array_add(folders, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&folders), FALSE);
}

/* what: "the file", "its folder" ... */
static bool check_owner(PbayDriver *row, const char *what, const char *path, const struct stat *st)
{
    if (st->st_uid == 0 || st->st_uid == geteuid())
        return true;
    g_autofree char *shown = pbay_driver_shell_path(path);
    return pbay_driver_row_refuse(
        row,
        g_strdup_printf("%s belongs to user %u, not to root or the user who runs this", what,
                        (unsigned)st->st_uid),
        "chown %sroot %s", S_ISLNK(st->st_mode) ? "-h " : "", shown);
}

static bool check_mode(PbayDriver *row, const char *what, const char *path, const struct stat *st)
{
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    g_autofree char *shown = pbay_driver_shell_path(path);
    return pbay_driver_row_refuse(row,
                                  g_strdup_printf("%s may be written by others than its owner "
                                                  "(mode %04o)",
                                                  what, (unsigned)st->st_mode & 07777u),
                                  "chmod go-w %s", shown);
}

static bool refuse_errno(PbayDriver *row, const char *doing, const char *path, int code)
{
    g_autofree char *shown = pbay_driver_shell_path(path);
    return pbay_driver_row_refuse(row, g_strdup_printf("cannot %s: %s", doing, g_strerror(code)),
                                  "check that %s exists and may be read", shown);
}

bool pbay_driver_check_folder(PbayDriver *row, const char *folder)
{
    struct stat st;
    if (lstat(folder, &st) != 0)
        return refuse_errno(row, "look at the folder", folder, errno);
    if (S_ISLNK(st.st_mode)) {
        if (!check_owner(row, "the link to the folder", folder, &st))
            return false;
        if (stat(folder, &st) != 0)
            return refuse_errno(row, "look at the folder", folder, errno);
    }
    if (!S_ISDIR(st.st_mode))
        return pbay_driver_row_refuse(row, g_strdup("is not a folder"),
                                      "name the folder that holds the drivers");
    return check_owner(row, "the folder", folder, &st) &&
           check_mode(row, "the folder", folder, &st);
}

/* Where the link at path points, as a path of its own; NULL with errno. Caller frees. */
static char *link_target(const char *path)
{
    char text[PATH_MAX];
    ssize_t n = readlink(path, text, sizeof text - 1);
    if (n < 0)
        return NULL;
    text[n] = '\0';
    if (text[0] == '/')
        return g_strdup(text);
    g_autofree char *folder = g_path_get_dirname(path);
    return g_build_filename(folder, text, NULL);
}

/* The end of the chain of links that begins at row->path, each checked; NULL: refused. Caller
 * frees. */
static char *follow(PbayDriver *row, bool folders)
{
    g_autofree char *path = g_strdup(row->path);
    for (int hops = 0; hops <= LINKS_MAX; hops++) {
        g_autofree char *folder = g_path_get_dirname(path);
        struct stat st;
        if (folders && !pbay_driver_check_folder(row, folder))
            return NULL;
        if (lstat(path, &st) != 0) {
            if (hops == 0 || errno != ENOENT)
                refuse_errno(row, "look at the file", path, errno);
            else
                pbay_driver_row_refuse(row,
                                       g_strdup_printf("is a link to %s, which is missing", path),
                                       "remove the link, or install the file it points to");
            return NULL;
        }
        if (!S_ISLNK(st.st_mode))
            return g_steal_pointer(&path);
        if (!check_owner(row, "the link", path, &st))
            return NULL;
        char *target = link_target(path);
        if (target == NULL) {
            refuse_errno(row, "read the link", path, errno);
            return NULL;
        }
        g_free(path);
        path = target;
    }
    pbay_driver_row_refuse(row, g_strdup_printf("is a chain of more than %d links", LINKS_MAX),
                           "link straight to the file");
    return NULL;
}

/* Descriptors 0 to 2 may be closed when the program starts; a driver must not become its stdout. */
static int above_stdio(int fd)
{
    if (fd < 0 || fd > 2)
        return fd;
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return high;
}

static bool check_opened(PbayDriver *row, const char *path, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return refuse_errno(row, "look at the file", path, errno);
    if (S_ISDIR(st.st_mode))
        return pbay_driver_row_refuse(row, g_strdup("is a folder, not a file"),
                                      "rename or remove it");
    if (!S_ISREG(st.st_mode))
        return pbay_driver_row_refuse(row, g_strdup("is not a regular file"), "remove it");
    if (!check_owner(row, "the file", path, &st) || !check_mode(row, "the file", path, &st))
        return false;
    row->dev = (uint64_t)st.st_dev;
    row->ino = (uint64_t)st.st_ino;
    row->size = (uint64_t)st.st_size;
    row->mtime_ns =
        (uint64_t)st.st_mtim.tv_sec * UINT64_C(1000000000) + (uint64_t)st.st_mtim.tv_nsec;
    return true;
}

bool pbay_driver_open_file(PbayDriver *row, bool folders)
{
    g_autofree char *path = follow(row, folders);
    if (path == NULL)
        return false;
    int fd = above_stdio(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd < 0)
        return refuse_errno(row, "open the file", path, errno);
    if (!check_opened(row, path, fd)) {
        close(fd);
        return false;
    }
    row->fd = fd;
    return true;
}
