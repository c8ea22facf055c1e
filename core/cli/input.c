/* SPDX-License-Identifier: Apache-2.0 */
/* Files and operands: read whole with a bound, JSON with the place of a mistake, images as data
 * URLs, and output files that are there whole or not at all. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX  (64u << 20)
#define IMAGE_MAX (20u << 20)

static int open_input(const char *path)
{
    struct stat st;
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        cli_usage("cannot read %s: %s", path, g_strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        cli_usage("cannot read %s: it is a directory, a file is needed", path);
        close(fd);
        return -1;
    }
    return fd;
}

char *cli_read_file(const char *path, size_t max, size_t *len)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[16384];
    ssize_t n;
    int fd = open_input(path);

    if (fd < 0)
        return NULL;
    while ((n = read(fd, buffer, sizeof buffer)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || text->len + (size_t)n > max)
            break;
        g_string_append_len(text, buffer, n);
    }
    if (n < 0)
        cli_usage("cannot read %s: %s", path, g_strerror(errno));
    else if (n > 0)
        cli_usage("%s is larger than %zu MiB, which is the most that is read", path, max >> 20);
    close(fd);
    if (n != 0)
        return NULL;
    if (len != NULL)
        *len = text->len;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *cli_read_text(const char *path)
{
    size_t len = 0;
    char *text = cli_read_file(path, TEXT_MAX, &len);

    if (text != NULL && strlen(text) != len) {
        cli_usage("%s holds a NUL byte at byte %zu: a text is needed",
                  strcmp(path, "-") == 0 ? "standard input" : path, strlen(text) + 1);
        g_clear_pointer(&text, g_free);
    }
    return text;
}

bool cli_check_utf8(const char *text, const char *what)
{
    const char *end;

    if (g_utf8_validate(text, -1, &end))
        return true;
    cli_usage("%s is not valid UTF-8 text (byte %zu); convert it, for instance with iconv", what,
              (size_t)(end - text) + 1);
    return false;
}

json_object *cli_read_json(const char *path)
{
    g_autofree char *text = cli_read_text(path);
    json_tokener *tokener;
    json_object *tree;

    if (text == NULL)
        return NULL;
    tokener = json_tokener_new_ex(128);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    tree = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
    if (tree == NULL && json_tokener_get_error(tokener) == json_tokener_success)
        cli_usage("%s holds null; an object is needed", path);
    else if (tree == NULL)
        cli_usage("%s is no JSON: %s at byte %zu", path,
                  json_tokener_error_desc(json_tokener_get_error(tokener)),
                  json_tokener_get_parse_end(tokener) + 1);
    json_tokener_free(tokener);
    return tree;
}

static const char *image_type(const char *bytes, size_t len)
{
    if (len >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
        return "image/png";
    if (len >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0)
        return "image/jpeg";
    if (len >= 6 && (memcmp(bytes, "GIF87a", 6) == 0 || memcmp(bytes, "GIF89a", 6) == 0))
        return "image/gif";
    if (len >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0)
        return "image/webp";
    return NULL;
}

char *cli_image_url(const char *path_or_url)
{
    size_t len = 0;
    g_autofree char *bytes = NULL, *base64 = NULL;
    const char *type;

    if (g_str_has_prefix(path_or_url, "https://") || g_str_has_prefix(path_or_url, "http://") ||
        g_str_has_prefix(path_or_url, "data:"))
        return g_strdup(path_or_url);
    bytes = cli_read_file(path_or_url, IMAGE_MAX, &len);
    if (bytes == NULL)
        return NULL;
    type = image_type(bytes, len);
    if (type == NULL) {
        cli_usage("%s is no PNG, JPEG, GIF or WebP image", path_or_url);
        return NULL;
    }
    base64 = g_base64_encode((const guchar *)bytes, len);
    return g_strdup_printf("data:%s;base64,%s", type, base64);
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

bool cli_check_output(const char *path)
{
    g_autofree char *dir = g_path_get_dirname(path);
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        cli_usage("cannot write %s: it is a directory; name a file", path);
    else if (stat(dir, &st) != 0)
        cli_usage("cannot write %s: the folder %s: %s", path, dir, g_strerror(errno));
    else if (access(path, F_OK) == 0 ? access(path, W_OK) != 0 : access(dir, W_OK) != 0)
        cli_usage("cannot write %s: %s", path, g_strerror(errno));
    else
        return true;
    return false;
}

/* A device or a pipe cannot be renamed over. */
static bool write_in_place(const char *path, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write_all(fd, bytes, len);

    if (!written)
        fprintf(stderr, "patchbay: cannot write %s: %s\n", path, g_strerror(errno));
    if (fd >= 0 && close(fd) != 0 && written) {
        fprintf(stderr, "patchbay: cannot write %s: %s\n", path, g_strerror(errno));
        written = false;
    }
    return written;
}

bool cli_write_file(const char *path, const void *bytes, size_t len)
{
    g_autofree char *beside = g_strdup_printf("%s.XXXXXX", path);
    struct stat st;
    bool written;
    int fd;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return write_in_place(path, bytes, len);
    fd = g_mkstemp_full(beside, O_RDWR | O_CLOEXEC, 0644);
    if (fd < 0) {
        fprintf(stderr, "patchbay: cannot write %s: %s\n", path, g_strerror(errno));
        return false;
    }
    written = write_all(fd, bytes, len) && fsync(fd) == 0;
    if (close(fd) != 0 || !written || rename(beside, path) != 0) {
        fprintf(stderr, "patchbay: cannot write %s: %s\n", path, g_strerror(errno));
        unlink(beside);
        return false;
    }
    return true;
}
