/* SPDX-License-Identifier: Apache-2.0 */
/* Takes known secrets out of a text. It reads the text as it stands and also as what it would mean
 * if it were JSON, percent-encoded or form-encoded, so that an escaped secret is found however it
 * was escaped; what is found in any reading is blotted out together. Any thread; it never logs. */
#include "base/known.h"
#include "base/secret.h"
#include "base/str.h"

#include <string.h>

static const char BLOT[] = "***"; /* shorter than any known string */

/* One reading of the text: decoded bytes, and where in the text each came from. */
typedef struct View {
    char *bytes;
    size_t *from; /* len + 1 of them; NULL: the text itself */
    size_t len;
} View;

/* What to blot out: one byte a byte of the text, NULL as long as nothing was found. */
typedef struct Mask {
    char *marks;
    size_t len;
    const size_t *from; /* of the view being read */
    size_t done;        /* in this view all before this place is marked as it should be */
} Mask;

static void mark(void *data, size_t i, size_t len)
{
    Mask *mask = data;
    size_t first = mask->from != NULL ? mask->from[i] : i;
    size_t end = mask->from != NULL ? mask->from[i + len] : i + len;
    if (mask->marks == NULL)
        mask->marks = g_malloc0(mask->len);
    first = MAX(first, mask->done);
    if (first < end)
        memset(mask->marks + first, 1, end - first);
    mask->done = MAX(mask->done, end);
}

/* Reads `digits` hexadecimal digits at s; -1 if they are not all there. */
static int hex(pb_str s, size_t digits)
{
    if (s.len < digits)
        return -1;
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = g_ascii_xdigit_value(s.ptr[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static pb_str behind(pb_str s, size_t n)
{
    return (pb_str){s.ptr + n, s.len - n};
}

/* A decoder reads one unit at the start of s, which is not empty, writes what it means to `to` (at
 * most 4 bytes, their number in *n) and gives the bytes it read. What is no escape means itself.
 * */
typedef size_t (*Decoder)(pb_str s, char *to, size_t *n);

static size_t decode_percent(pb_str s, char *to, size_t *n)
{
    int value = s.ptr[0] == '%' ? hex(behind(s, 1), 2) : -1;
    *n = 1;
    *to = value >= 0 ? (char)value : s.ptr[0];
    return value >= 0 ? 3 : 1;
}

static size_t decode_form(pb_str s, char *to, size_t *n)
{
    size_t read = decode_percent(s, to, n);
    if (read == 1 && *to == '+')
        *to = ' ';
    return read;
}

/* A \u escape, or two of them that make one character. */
static size_t decode_json_unit(pb_str s, char *to, size_t *n)
{
    int unit = hex(behind(s, 2), 4);
    if (unit < 0) {
        *n = 1;
        *to = '\\';
        return 1;
    }
    if ((unit & 0xFC00) == 0xD800 && s.len >= 12 && s.ptr[6] == '\\' && s.ptr[7] == 'u') {
        int low = hex(behind(s, 8), 4);
        if (low >= 0 && (low & 0xFC00) == 0xDC00) {
            gunichar c = 0x10000u + (((gunichar)unit & 0x3FF) << 10) + ((gunichar)low & 0x3FF);
            *n = (size_t)g_unichar_to_utf8(c, to);
            return 12;
        }
    }
    *n = (size_t)g_unichar_to_utf8((gunichar)unit, to);
    return 6;
}

static size_t decode_json(pb_str s, char *to, size_t *n)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    *n = 1;
    *to = s.ptr[0];
    if (s.ptr[0] != '\\' || s.len < 2)
        return 1;
    if (s.ptr[1] == 'u')
        return decode_json_unit(s, to, n);
    const char *letter = memchr(letters, s.ptr[1], sizeof letters - 1);
    if (letter == NULL)
        return 1;
    *to = means[letter - letters];
    return 2;
}

/* No decoder writes more bytes than it reads, so the view is never longer than the text. */
static View view_new(pb_str text, Decoder decode)
{
    View view = {.bytes = g_malloc(text.len + 4), .from = g_new(size_t, text.len + 1)};
    for (size_t at = 0; at < text.len;) {
        size_t n = 0, read = decode(behind(text, at), view.bytes + view.len, &n);
        for (size_t i = 0; i < n; i++)
            view.from[view.len++] = at;
        at += read;
    }
    view.from[view.len] = text.len;
    return view;
}

static void view_free(View view)
{
    pbay_wipe(view.bytes, view.len);
    g_free(view.bytes);
    g_free(view.from);
}

static void scan_view(pb_str text, Decoder decode, Mask *mask)
{
    View view = view_new(text, decode);
    mask->from = view.from;
    mask->done = 0;
    pbay_known_scan((pb_str){view.bytes, view.len}, mark, mask);
    view_free(view);
}

/* Puts one blot in the place of each marked run. Runs are longer than a blot, so this goes in
 * place. */
static void blot_out(GString *text, const char *marks)
{
    size_t to = 0;
    for (size_t i = 0; i < text->len; i++) {
        if (!marks[i]) {
            text->str[to++] = text->str[i];
        } else if (i == 0 || !marks[i - 1]) {
            memcpy(text->str + to, BLOT, sizeof BLOT - 1);
            to += sizeof BLOT - 1;
        }
    }
    pbay_wipe(text->str + to, text->len - to);
    g_string_truncate(text, to);
}

static const struct {
    char sign; /* no text without it reads otherwise than it stands */
    Decoder decode;
} encodings[] = {{'\\', decode_json}, {'%', decode_percent}, {'+', decode_form}};

static bool holds_form(const PbaySecret *secret, pb_str text)
{
    size_t n;
    const pb_str *forms = pbay_secret_forms(secret, &n);
    for (size_t i = 0; i < n && text.len != 0; i++)
        if (forms[i].len != 0 && memmem(text.ptr, text.len, forms[i].ptr, forms[i].len) != NULL)
            return true;
    return false;
}

bool pbay_secret_shows(const PbaySecret *secret, pb_str text)
{
    bool shows = holds_form(secret, text);
    for (size_t i = 0; i < G_N_ELEMENTS(encodings) && !shows && text.len != 0; i++) {
        if (memchr(text.ptr, encodings[i].sign, text.len) == NULL)
            continue;
        View view = view_new(text, encodings[i].decode);
        shows = holds_form(secret, (pb_str){view.bytes, view.len});
        view_free(view);
    }
    return shows;
}

bool pbay_redact(GString *text)
{
    if (text->len < PBAY_KNOWN_MIN || pbay_known_none())
        return false;
    pb_str s = pbay_str_of(text);
    Mask mask = {.len = text->len};
    pbay_known_scan(s, mark, &mask);
    for (size_t i = 0; i < G_N_ELEMENTS(encodings); i++)
        if (memchr(s.ptr, encodings[i].sign, s.len) != NULL)
            scan_view(s, encodings[i].decode, &mask);
    if (mask.marks == NULL)
        return false;
    blot_out(text, mask.marks);
    g_free(mask.marks);
    return true;
}
