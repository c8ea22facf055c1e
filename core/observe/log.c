/* SPDX-License-Identifier: Apache-2.0 */
/* The log: makes one line of a message and hands it to the sink, stderr or a function of the
 * program. Any thread; one lock keeps lines apart. The last thing done to a line on every way out
 * is to take the known secrets from it. It never fails a caller and leaves errno as it was. */
#include "observe/log.h"

#include "base/secret.h"
#include "base/str.h"
#include "base/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES ((size_t)16 * 1024)
/* Left for time, level, room and the JSON around the message. */
#define MESSAGE_MAX (LINE_MAX_BYTES - 256)
#define ROOM_MAX    32

static atomic_int least = PBAY_LOG_WARN;
static atomic_bool as_json;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the sink and its use */
static PbayLogSink sink;
static void *sink_data;
static _Thread_local bool in_sink; /* a sink that logs itself goes to stderr */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

bool pbay_log_level_parse(const char *name, PbayLogLevel *level)
{
    for (size_t i = 0; i < G_N_ELEMENTS(level_names); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (PbayLogLevel)i;
            return true;
        }
    }
    bool none = strcmp(name, "none") == 0;
    if (none || strcmp(name, "warning") == 0) {
        *level = none ? PBAY_LOG_NONE : PBAY_LOG_WARN;
        return true;
    }
    return false;
}

void pbay_log_set_level(PbayLogLevel level)
{
    atomic_store_explicit(&least, (int)level, memory_order_relaxed);
}

void pbay_log_set_json(bool json)
{
    atomic_store_explicit(&as_json, json, memory_order_relaxed);
}

void pbay_log_set_sink(PbayLogSink new_sink, void *data)
{
    pthread_mutex_lock(&lock);
    sink = new_sink;
    sink_data = data;
    pthread_mutex_unlock(&lock);
}

bool pbay_log_on(PbayLogLevel level)
{
    return (int)level >= atomic_load_explicit(&least, memory_order_relaxed);
}

/* UTC with milliseconds, RFC 3339. */
static void append_time(GString *line)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    g_string_append_printf(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                           parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                           parts.tm_sec, (int)(now.tv_nsec / 1000000));
}

/* Appends valid UTF-8 for a line of text: controls (C0, DEL, C1) and the line and paragraph
 * separators escaped, so that no message makes a second line or moves a terminal. */
static void append_shown(GString *out, pb_str s)
{
    for (const char *at = s.ptr; at < s.ptr + s.len; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == '\n')
            g_string_append(out, "\\n");
        else if (c == '\t')
            g_string_append(out, "\\t");
        else if (c == '\r')
            g_string_append(out, "\\r");
        else if (c < 0x20 || (c >= 0x7F && c < 0xA0))
            g_string_append_printf(out, "\\x%02x", c);
        else if (c == 0x2028 || c == 0x2029)
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_len(out, at, (gssize)(g_utf8_next_char(at) - at));
    }
}

static void append_quoted(GString *out, pb_str s)
{
    pbay_text_append_json(out, s);
}

/* Appends as much of s as `append` brings into `room` bytes, with "..." behind it if that is not
 * all. */
static void append_cut(GString *out, pb_str s, size_t room, void (*append)(GString *, pb_str))
{
    size_t start = out->len;
    append(out, s);
    if (out->len - start <= room)
        return;
    /* An escape is at most six times as long as what it stands for: halve until it fits. */
    pb_str part = {s.ptr, MIN(s.len, room - 8)};
    GString *cut = g_string_new(NULL);
    while (out->len - start > room) {
        g_string_truncate(out, start);
        while (part.len != 0 && ((unsigned char)s.ptr[part.len] & 0xC0) == 0x80)
            part.len--;
        g_string_truncate(cut, 0);
        pbay_str_append(cut, part);
        g_string_append(cut, "...");
        append(out, pbay_str_of(cut));
        part.len -= part.len / 4;
    }
    g_string_free(cut, TRUE);
}

/* The message as valid UTF-8 without secrets. It is redacted here already, because the cut that
 * follows could leave half a secret that the last look would not know. */
static GString *clean(pb_str message)
{
    GString *bytes = g_string_sized_new(message.len);
    pbay_str_append(bytes, message);
    pbay_redact(bytes);
    GString *text = g_string_sized_new(bytes->len);
    pbay_text_append_utf8(text, pbay_str_of(bytes));
    g_string_free(bytes, TRUE);
    pbay_redact(text);
    return text;
}

static GString *make_line(PbayLogLevel level, const char *room, pb_str message)
{
    GString *text = clean(message);
    GString *line = g_string_sized_new(text->len + 128);
    g_autofree char *from = g_strndup(room != NULL ? room : "core", ROOM_MAX);
    if (atomic_load_explicit(&as_json, memory_order_relaxed)) {
        g_string_append(line, "{\"time\":\"");
        append_time(line);
        g_string_append_printf(line, "\",\"level\":\"%s\",\"room\":", level_names[level]);
        pbay_text_append_json(line, pbay_str(from));
        g_string_append(line, ",\"message\":");
        append_cut(line, pbay_str_of(text), MESSAGE_MAX, append_quoted);
        g_string_append_c(line, '}');
    } else {
        append_time(line);
        g_string_append_printf(line, " %-5s %s: ", level_names[level], from);
        append_cut(line, pbay_str_of(text), MESSAGE_MAX, append_shown);
    }
    g_string_free(text, TRUE);
    pbay_redact(line);
    return line;
}

/* One write for the whole line. What a full or closed stderr does not take is lost: there is no
 * place left to say so. */
static void write_stderr(GString *line)
{
    g_string_append_c(line, '\n');
    size_t done = 0;
    while (done < line->len) {
        ssize_t n = write(STDERR_FILENO, line->str + done, line->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        done += (size_t)n;
    }
}

static void put_line(int level, GString *line)
{
    if (in_sink) {
        write_stderr(line);
        return;
    }
    pthread_mutex_lock(&lock);
    if (sink != NULL) {
        in_sink = true;
        sink(sink_data, level, line->str);
        in_sink = false;
    } else {
        write_stderr(line);
    }
    pthread_mutex_unlock(&lock);
}

void pbay_log_str(PbayLogLevel level, const char *room, pb_str message)
{
    int saved = errno;
    if (!pbay_log_on(level))
        return;
    level = CLAMP(level, PBAY_LOG_DEBUG, PBAY_LOG_ERROR);
    GString *line = make_line(level, room, message);
    put_line((int)level, line);
    g_string_free(line, TRUE);
    errno = saved;
}

void pbay_log(PbayLogLevel level, const char *room, const char *format, ...)
{
    if (!pbay_log_on(level))
        return;
    int saved = errno;
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    pbay_log_str(level, room, pbay_str(message));
    errno = saved;
}
