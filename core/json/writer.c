/* SPDX-License-Identifier: Apache-2.0 */
/* Streams JSON text into a GString. The state is one byte a level, so that a comma too few or a key
 * too many cannot come out; after a misuse nothing more is written. One owner at a time. */
#include "json/writer.h"
#include "base/str.h"
#include "json/node.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    LEVEL_OBJECT = 1,
    LEVEL_STARTED = 2, /* the next item needs a comma; at the top: there is a value already */
};

void pbay_json_writer_init(PbayJsonWriter *w, GString *out)
{
    memset(w, 0, sizeof *w);
    w->out = out;
}

bool pbay_json_writer_ok(const PbayJsonWriter *w)
{
    return !w->failed && w->depth == 0 && !w->have_key;
}

static bool misuse(PbayJsonWriter *w)
{
    w->failed = true;
    return false;
}

static void item(PbayJsonWriter *w)
{
    if ((w->state[w->depth] & LEVEL_STARTED) != 0)
        g_string_append_c(w->out, ',');
    w->state[w->depth] |= LEVEL_STARTED;
}

/* Makes way for a value; false where none may stand. */
static bool begin_value(PbayJsonWriter *w)
{
    if (w->failed)
        return false;
    uint8_t state = w->state[w->depth];
    if ((state & LEVEL_OBJECT) != 0) {
        if (!w->have_key)
            return misuse(w);
        w->have_key = false;
        return true;
    }
    if (w->depth == 0 && (state & LEVEL_STARTED) != 0)
        return misuse(w);
    item(w);
    return true;
}

void pbay_json_open(PbayJsonWriter *w, bool object)
{
    if (w->depth == PBAY_JSON_WRITER_DEPTH) {
        misuse(w);
        return;
    }
    if (!begin_value(w))
        return;
    w->state[++w->depth] = object ? LEVEL_OBJECT : 0;
    g_string_append_c(w->out, object ? '{' : '[');
}

void pbay_json_close(PbayJsonWriter *w)
{
    if (w->failed || w->depth == 0 || w->have_key) {
        misuse(w);
        return;
    }
    g_string_append_c(w->out, (w->state[w->depth--] & LEVEL_OBJECT) != 0 ? '}' : ']');
}

static void append_escape(GString *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char named[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    gssize len = sizeof text;
    if (c >= 0x20 || named[c] != 0) {
        text[1] = c >= 0x20 ? (char)c : named[c];
        len = 2;
    }
    g_string_append_len(out, text, len);
}

/* A run without anything to escape, but perhaps not valid UTF-8. */
static void append_run(GString *out, const char *p, const char *end)
{
    while (p < end) {
        const char *bad = pbay_json_utf8_check(p, end);
        g_string_append_len(out, p, bad - p);
        if (bad == end)
            return;
        g_string_append(out, "\xef\xbf\xbd");
        p = bad - pbay_json_utf8_step(bad, end);
    }
}

/* What needs no escape, between its quotes: nearly all names, and most values. */
static void append_plain(GString *out, pb_str s)
{
    gsize len = out->len;
    if (out->allocated_len - len < s.len + 3) {
        g_string_set_size(out, len + s.len + 2);
        out->len = len;
    }
    char *at = out->str + len;
    *at++ = '"';
    memcpy(at, s.ptr, s.len);
    at += s.len;
    *at++ = '"';
    *at = '\0';
    out->len = len + s.len + 2;
}

static void append_string(GString *out, pb_str s)
{
    const char *p = s.ptr;
    const char *end = p + s.len;
    bool high = false;
    const char *stop = pbay_json_scan(p, end, &high);
    if (stop == end && !high) {
        append_plain(out, s);
        return;
    }
    g_string_append_c(out, '"');
    while (p < end) {
        if (high)
            append_run(out, p, stop);
        else
            g_string_append_len(out, p, stop - p);
        if (stop < end)
            append_escape(out, (unsigned char)*stop++);
        p = stop;
        high = false;
        stop = pbay_json_scan(p, end, &high);
    }
    g_string_append_c(out, '"');
}

void pbay_json_key(PbayJsonWriter *w, pb_str key)
{
    if (w->failed || w->have_key || (w->state[w->depth] & LEVEL_OBJECT) == 0) {
        misuse(w);
        return;
    }
    item(w);
    append_string(w->out, key.len != 0 ? key : PBAY_STR(""));
    g_string_append_c(w->out, ':');
    w->have_key = true;
}

void pbay_json_write_str(PbayJsonWriter *w, pb_str s)
{
    if (begin_value(w))
        append_string(w->out, s.len != 0 ? s : PBAY_STR(""));
}

/* By hand: printf costs a report of a call more than all the rest of its writing. */
static void append_int(GString *out, int64_t n)
{
    char text[20]; /* "-9223372036854775808" */
    size_t at = sizeof text;
    uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (n < 0)
        text[--at] = '-';
    g_string_append_len(out, text + at, (gssize)(sizeof text - at));
}

void pbay_json_write_int(PbayJsonWriter *w, int64_t n)
{
    if (begin_value(w))
        append_int(w->out, n);
}

void pbay_json_write_real(PbayJsonWriter *w, double n)
{
    if (!isfinite(n)) {
        pbay_json_write_null(w);
        return;
    }
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    /* 15 digits always survive, except below the normal range, where fewer may do. */
    int digits = fabs(n) < DBL_MIN ? 1 : 15;
    do {
        char format[8] = {'%', '.', (char)('0' + digits / 10), (char)('0' + digits % 10), 'g'};
        g_ascii_formatd(text, sizeof text, format, n);
    } while (g_ascii_strtod(text, NULL) != n && digits++ < 17);
    if (begin_value(w))
        g_string_append(w->out, text);
}

void pbay_json_write_bool(PbayJsonWriter *w, bool b)
{
    pbay_json_write_raw(w, b ? PBAY_STR("true") : PBAY_STR("false"));
}

void pbay_json_write_null(PbayJsonWriter *w)
{
    pbay_json_write_raw(w, PBAY_STR("null"));
}

void pbay_json_write_value(PbayJsonWriter *w, const pb_json *value)
{
    pbay_json_write_raw(w, pbay_json_text(value));
}

void pbay_json_write_raw(PbayJsonWriter *w, pb_str json)
{
    if (json.len == 0)
        misuse(w);
    else if (begin_value(w))
        pbay_str_append(w->out, json);
}

void pbay_json_member_str(PbayJsonWriter *w, const char *key, pb_str s)
{
    pbay_json_key(w, pbay_str(key));
    pbay_json_write_str(w, s);
}

void pbay_json_member_int(PbayJsonWriter *w, const char *key, int64_t n)
{
    pbay_json_key(w, pbay_str(key));
    pbay_json_write_int(w, n);
}

void pbay_json_member_bool(PbayJsonWriter *w, const char *key, bool b)
{
    pbay_json_key(w, pbay_str(key));
    pbay_json_write_bool(w, b);
}
