/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to stdout and stderr: model text made safe for a terminal, JSON, errors, and the end of
 * output (a full disk is said, a closed pipe is not). */
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cli_colour(int fd)
{
    const char *term = g_getenv("TERM");

    return isatty(fd) && g_getenv("NO_COLOR") == NULL && term != NULL && strcmp(term, "dumb") != 0;
}

const char *cli_paint(int fd, const char *code)
{
    return cli_colour(fd) ? code : "";
}

void cli_clean_text(GString *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == 0xC2 && i + 1 < len && (unsigned char)text[i + 1] >= 0x80 &&
            (unsigned char)text[i + 1] <= 0x9F)
            i++; /* C1, as UTF-8 */
        else if (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7F))
            g_string_append_c(out, (char)c);
    }
}

/* Why the first write failed: errno itself has long been something else when the output is
 * finished. */
static int output_errno;

static bool remember(bool written)
{
    if (!written && output_errno == 0)
        output_errno = errno;
    return written;
}

static bool line_open; /* what was written last did not end a line */

/* One terminal, or one pipe or file, as after 2>&1. */
static bool is_one_place(void)
{
    struct stat out, err;

    if (isatty(STDOUT_FILENO) && isatty(STDERR_FILENO))
        return true;
    return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
           out.st_dev == err.st_dev && out.st_ino == err.st_ino && !S_ISCHR(out.st_mode);
}

bool cli_output_is_mid_line(void)
{
    return line_open && is_one_place();
}

/* To a terminal without control characters. */
static bool write_out(const char *text, size_t len)
{
    g_autoptr(GString) clean = NULL;

    if (len > 0)
        line_open = text[len - 1] != '\n';
    if (!isatty(STDOUT_FILENO))
        return remember(fwrite(text, 1, len, stdout) == len);
    clean = g_string_new(NULL);
    cli_clean_text(clean, text, len);
    return remember(fwrite(clean->str, 1, clean->len, stdout) == clean->len);
}

bool cli_print_model_text(const char *text, size_t len)
{
    return write_out(text, len) && remember(fflush(stdout) == 0);
}

bool cli_print_line(const char *text)
{
    bool written = write_out(text, strlen(text)) && remember(putchar('\n') != EOF);

    line_open = false;
    return written;
}

bool cli_print_json(const char *json)
{
    json_object *tree = isatty(STDOUT_FILENO) ? json_tokener_parse(json) : NULL;
    bool printed;

    /* json-c would drop precision of numbers: only for eyes. */
    printed =
        cli_print_line(tree != NULL ? json_object_to_json_string_ext(
                                          tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                    JSON_C_TO_STRING_NOSLASHESCAPE)
                                    : json);
    json_object_put(tree);
    return remember(fflush(stdout) == 0) && printed;
}

/* A write failed that nobody looked at: of more than a buffer, the end may go well again. */
static int unseen_error(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    if (!ferror(stdout))
        return 0;
    return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLNVAL)) != 0 ? EPIPE : EIO;
}

int cli_finish_output(int code)
{
    remember(fflush(stdout) == 0);
    if (output_errno == 0)
        output_errno = unseen_error();
    if (output_errno == 0 || output_errno == EPIPE || output_errno == EBADF)
        return code; /* all is written, or the reader has seen enough */
    fprintf(stderr, "patchbay: cannot write to standard output: %s\n", g_strerror(output_errno));
    return code != CLI_OK ? code : CLI_INTERNAL;
}

char *cli_safe_text(const char *text)
{
    GString *clean = g_string_new(NULL);

    cli_clean_text(clean, text, strlen(text));
    return g_string_free(clean, FALSE);
}

int cli_print_error(const patchbay_error *error)
{
    g_autofree char *message = cli_safe_text(patchbay_error_message(error)), *status = NULL;
    const char *request_id = patchbay_error_request_id(error);
    int64_t retry = patchbay_error_retry_after_ms(error);

    if (patchbay_error_status(error) != 0)
        status = g_strdup_printf(" (HTTP %d)", patchbay_error_status(error));
    fprintf(stderr, "patchbay: %s%s%s%s: %s\n", cli_paint(STDERR_FILENO, "\033[31m"),
            patchbay_error_class_name(error), cli_paint(STDERR_FILENO, "\033[0m"),
            status != NULL ? status : "", message);
    if (retry > 0)
        fprintf(stderr, "  the provider asks to wait %.1f s before trying again\n",
                (double)retry / 1000.0);
    if (request_id != NULL) {
        g_autofree char *id = cli_safe_text(request_id);

        fprintf(stderr, "  the provider's request id: %s\n", id);
    }
    return patchbay_error_exit_code(error);
}

const char *cli_member(json_object *object, const char *name)
{
    json_object *member = json_object_object_get(object, name);

    return member != NULL && json_object_is_type(member, json_type_string)
               ? json_object_get_string(member)
               : "";
}

char *cli_join(json_object *array)
{
    GString *out = g_string_new(NULL);
    size_t n = json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
                               json_object_get_string(json_object_array_get_idx(array, i)));
    return g_string_free(out, FALSE);
}
