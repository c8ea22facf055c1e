/* SPDX-License-Identifier: Apache-2.0 */
/* Owns reading a file whole with a bound, for configuration, environment files and secrets. Runs on
 * the thread that loads configuration. It must not block on a pipe found in a folder, and it says
 * in words why a file could not be read. */
#include "config/readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(char **why, int code, const char *text)
{
    *why = g_strdup(text != NULL ? text : g_strerror(code));
    return code;
}

static int judge(const struct stat *st, bool any, char **why)
{
    if (S_ISDIR(st->st_mode))
        return fail(why, EISDIR, "it is a directory, a file is expected");
    if (!any && !S_ISREG(st->st_mode))
        return fail(why, EINVAL, "it is not a regular file");
    return 0;
}

static int read_all(int fd, size_t max, GString *out, char **why)
{
    char buffer[16384];
    size_t total = 0;
    int code = 0;
    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            code = fail(why, errno, NULL);
        if (got <= 0)
            break;
        total += (size_t)got;
        if (total > max) {
            g_autofree char *text =
                g_strdup_printf("it is larger than the bound of %zu KiB", max / 1024);
            code = fail(why, EFBIG, text);
            break;
        }
        g_string_append_len(out, buffer, got);
    }
    explicit_bzero(buffer, sizeof buffer);
    return code;
}

int pbay_config_read_file(const char *path, size_t max, bool any, GString *out, char **why)
{
    *why = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (any ? 0 : O_NONBLOCK));
    if (fd < 0)
        return fail(why, errno, NULL);
    struct stat st;
    int code = fstat(fd, &st) != 0 ? fail(why, errno, NULL) : judge(&st, any, why);
    if (code == 0)
        code = read_all(fd, max, out, why);
    close(fd);
    return code;
}
