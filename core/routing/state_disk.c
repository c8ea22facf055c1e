/* SPDX-License-Identifier: Apache-2.0 */
/* Lock, read, replace. A lock is tried again and again rather than waited for, since a process that
 * was stopped with it in hand would stop all others. Links are not followed and files of other
 * users not used, so that a path in a folder that others may write leads nowhere else. */
#include "routing/state_disk.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* us between two tries. Short, so that one who waits finds the gap even of several that take the
 * lock again and again. */
#define LOCK_PAUSE 500

/* errno as an error: what could not be done to which file. */
static bool complain(GError **error, int number, const char *what, const char *path)
{
    const char *hint = "";

    if (number == EACCES || number == EPERM || number == EROFS)
        hint = "; choose another file, or none";
    else if (number == ENOSPC || number == EDQUOT || number == EFBIG)
        hint = "; make room there, or choose another file";
    else if (number == ELOOP)
        hint = "; it is a symbolic link, which is not followed: name the file it leads to";
    g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "cannot %s the state file %s: %s%s", what, path,
                g_strerror(number), hint);
    return false;
}

/* Is what was opened a file of ours? */
static bool is_ours(int fd, const char *path, struct stat *found, GError **error)
{
    if (fstat(fd, found) != 0)
        return complain(error, errno, "look at", path);
    if (!S_ISREG(found->st_mode)) {
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG,
                    "the state file %s is no regular file; choose another", path);
        return false;
    }
    if (found->st_uid != geteuid()) {
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG,
                    "the state file %s belongs to another user (%u); choose another file, or run "
                    "as that user",
                    path, (unsigned)found->st_uid);
        return false;
    }
    return true;
}

/* ---- The lock ---- */

static bool make_folder(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);

    return g_mkdir_with_parents(folder, 0700) == 0 ||
           complain(error, errno, "make the folder of", path);
}

static int open_lock(const char *path, GError **error)
{
    g_autofree char *name = g_strconcat(path, ".lock", NULL);
    struct stat found;
    int fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

    if (fd < 0) {
        complain(error, errno, "lock", name);
        return -1;
    }
    if (is_ours(fd, name, &found, error))
        return fd;
    close(fd);
    return -1;
}

int pbay_state_lock(const char *path, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)PBAY_STATE_LOCK_WAIT * 1000;
    int fd = make_folder(path, error) ? open_lock(path, error) : -1;

    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int number = errno;

        if (number == EINTR)
            continue;
        if (number != EWOULDBLOCK || g_get_monotonic_time() >= deadline) {
            if (number == EWOULDBLOCK)
                g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG,
                            "the state file %s is locked by another process for more than %d s; is "
                            "one stopped?",
                            path, PBAY_STATE_LOCK_WAIT / 1000);
            else
                complain(error, number, "lock", path);
            close(fd);
            return -1;
        }
        g_usleep(LOCK_PAUSE);
    }
    return fd;
}

/* Unlocked by name, since a child that was forked meanwhile may hold the same lock. */
void pbay_state_unlock(int lock)
{
    if (lock < 0)
        return;
    flock(lock, LOCK_UN);
    close(lock);
}

/* ---- Reading ---- */

static bool read_all(int fd, size_t max, GString *bytes)
{
    char buffer[16384];
    size_t all = 0;

    while (all <= max) {
        ssize_t n = read(fd, buffer, MIN(sizeof buffer, max + 1 - all));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            return true;
        g_string_append_len(bytes, buffer, (gssize)n);
        all += (size_t)n;
    }
    return true;
}

bool pbay_state_load(const char *path, size_t max, GString *bytes, struct stat *found,
                     GError **error)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool good;

    memset(found, 0, sizeof *found);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0)
        return complain(error, errno, "open", path);
    good = is_ours(fd, path, found, error);
    if (good && !read_all(fd, max, bytes))
        good = complain(error, errno, "read", path);
    close(fd);
    return good;
}

/* ---- Replacing ---- */

static bool write_all(int fd, const GString *bytes)
{
    size_t done = 0;

    while (done < bytes->len) {
        ssize_t n = write(fd, bytes->str + done, bytes->len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        done += (size_t)n;
    }
    return fsync(fd) == 0;
}

/* What was left there by one that died is removed, never written to. */
static bool write_beside(const char *beside, const GString *bytes, GError **error)
{
    int fd, number = 0;

    unlink(beside);
    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return complain(error, errno, "write", beside);
    if (fchmod(fd, 0600) != 0 || !write_all(fd, bytes))
        number = errno;
    if (close(fd) != 0 && number == 0)
        number = errno;
    if (number == 0)
        return true;
    unlink(beside);
    return complain(error, number, "write", beside);
}

/* So that the new name lasts, too. Some file systems cannot, and say EINVAL. */
static bool sync_folder(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd < 0 || fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP;

    if (!good)
        complain(error, errno, "sync the folder of", path);
    if (fd >= 0)
        close(fd);
    return good;
}

bool pbay_state_replace(const char *path, const GString *bytes, GError **error)
{
    g_autofree char *beside = g_strconcat(path, ".new", NULL);

    if (!write_beside(beside, bytes, error))
        return false;
    if (rename(beside, path) != 0) {
        int number = errno;

        unlink(beside);
        return complain(error, number, "replace", path);
    }
    return sync_folder(path, error);
}

bool pbay_state_put_aside(const char *path, GError **error)
{
    g_autofree char *aside = g_strconcat(path, ".damaged", NULL);

    return rename(path, aside) == 0 || complain(error, errno, "put aside", path);
}
