/* SPDX-License-Identifier: Apache-2.0 */
/* Text helpers: UTF-8 cleaning, JSON strings, typo hints, quantities with units, globs. Pure
 * functions on their arguments; any thread. They read no locale and keep nothing. */
#include "base/text.h"

#include "base/str.h"

#include <string.h>

/* Bytes of the longest start of s that is part of some well-formed sequence (the Unicode standard's
 * "maximal subpart"), at least 1: that much one U+FFFD stands for. s begins with a fault. */
static size_t faulty_run(const unsigned char *s, size_t n)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t want;
    if (s[0] >= 0xC2 && s[0] <= 0xDF) {
        want = 2;
    } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        want = 3;
        low = s[0] == 0xE0 ? 0xA0 : low;
        high = s[0] == 0xED ? 0x9F : high;
    } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        want = 4;
        low = s[0] == 0xF0 ? 0x90 : low;
        high = s[0] == 0xF4 ? 0x8F : high;
    } else {
        return 1;
    }
    size_t i = 1;
    while (i < want && i < n && s[i] >= low && s[i] <= high) {
        low = 0x80;
        high = 0xBF;
        i++;
    }
    return i;
}

void pbay_text_append_utf8(GString *out, pb_str s)
{
    const char *at = s.ptr;
    size_t left = s.len;
    while (left != 0) {
        const char *stop = at;
        g_utf8_validate_len(at, left, &stop);
        size_t good = (size_t)(stop - at);
        g_string_append_len(out, at, (gssize)good);
        at += good;
        left -= good;
        if (left == 0)
            break;
        size_t bad = 1;
        if (*at != '\0') {
            bad = faulty_run((const unsigned char *)at, left);
            g_string_append(out, "\xEF\xBF\xBD");
        }
        at += bad;
        left -= bad;
    }
}

/* Appends c, a control character, as JSON writes it. */
static void append_json_control(GString *out, unsigned c)
{
    static const char shorts[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (c < sizeof shorts && shorts[c] != 0)
        g_string_append_printf(out, "\\%c", shorts[c]);
    else
        g_string_append_printf(out, "\\u%04x", c);
}

/* Appends valid UTF-8 without quotes. DEL and the C1 controls (U+0080 to U+009F, C2 80 to C2 9F)
 * are escaped too, which JSON allows and terminals are glad of. */
static void append_json_body(GString *out, const char *s, size_t n)
{
    size_t run = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        bool c1 = c == 0xC2 && i + 1 < n && (unsigned char)s[i + 1] < 0xA0;
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && !c1)
            continue;
        g_string_append_len(out, s + run, (gssize)(i - run));
        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", c);
        else if (c1)
            append_json_control(out, (unsigned char)s[++i]);
        else
            append_json_control(out, c);
        run = i + 1;
    }
    g_string_append_len(out, s + run, (gssize)(n - run));
}

void pbay_text_append_json(GString *out, pb_str s)
{
    g_string_append_c(out, '"');
    if (s.len != 0 && g_utf8_validate_len(s.ptr, s.len, NULL)) {
        append_json_body(out, s.ptr, s.len);
    } else if (s.len != 0) {
        GString *clean = g_string_sized_new(s.len);
        pbay_text_append_utf8(clean, s);
        append_json_body(out, clean->str, clean->len);
        g_string_free(clean, TRUE);
    }
    g_string_append_c(out, '"');
}

/* The nearest name. Longer names than this are nobody's typo. */
#define NAME_MAX_LEN 128

/* Damerau-Levenshtein distance with adjacent swaps (optimal string alignment), letters A-Z and a-z
 * being the same. Both at most NAME_MAX_LEN long. */
static unsigned edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][NAME_MAX_LEN + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++) {
        last[j] = (unsigned)j;
        before[j] = 0; /* read from the second row on only, then set */
    }
    for (size_t i = 1; i <= a_len; i++) {
        char x = g_ascii_tolower(a[i - 1]);
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            char y = g_ascii_tolower(b[j - 1]);
            unsigned best = MIN(last[j], row[j - 1]) + 1;
            best = MIN(best, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && g_ascii_tolower(a[i - 2]) == y)
                best = MIN(best, before[j - 2] + 1);
            row[j] = best;
        }
        unsigned *freed = before;
        before = last;
        last = row;
        row = freed;
    }
    return last[b_len];
}

const char *pbay_text_nearest(const char *name, const char *const *known)
{
    size_t len = strlen(name);
    if (len > NAME_MAX_LEN)
        return NULL;
    unsigned best = (unsigned)MIN(len / 3, 3) + 1;
    const char *nearest = NULL;
    for (; *known != NULL && best != 0; known++) {
        size_t other = strlen(*known);
        if (other > NAME_MAX_LEN)
            continue;
        unsigned distance = edits(name, len, *known, other);
        if (distance < best) {
            best = distance;
            nearest = *known;
        }
    }
    return nearest;
}

/* Quantities: decimal digits, then one of the units or, where `bare` is not 0, none. */
typedef struct Unit {
    const char *name;
    int64_t factor;
} Unit;

static bool quantity(const char *text, const Unit *units, int64_t bare, int64_t max, int64_t *out)
{
    int64_t value = 0;
    const char *at = text;
    for (; g_ascii_isdigit(*at); at++) {
        int digit = *at - '0';
        if (value > (INT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (at == text)
        return false;
    int64_t factor = *at == '\0' ? bare : 0;
    for (; factor == 0 && units->name != NULL; units++)
        if (strcmp(at, units->name) == 0)
            factor = units->factor;
    if (factor == 0 || value > max / factor)
        return false;
    *out = value * factor;
    return true;
}

bool pbay_text_duration(const char *text, int64_t *ms)
{
    static const Unit units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {NULL, 0}};
    return quantity(text, units, 1000, INT64_C(30) * 24 * 60 * 60 * 1000, ms);
}

bool pbay_text_size(const char *text, int64_t *bytes)
{
    static const Unit units[] = {{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0}};
    return quantity(text, units, 1, INT64_MAX, bytes);
}

bool pbay_text_bool(const char *text, bool *value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "0", "1"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *value = i % 2 == 1;
            return true;
        }
    }
    return false;
}

/* Bytes of the character at s: its sequence if it is well-formed, else one. */
static size_t char_len(const char *s, size_t n)
{
    gunichar c = g_utf8_get_char_validated(s, (gssize)n);
    return c == (gunichar)-1 || c == (gunichar)-2 ? 1 : (size_t)(g_utf8_next_char(s) - s);
}

bool pbay_text_glob(const char *pattern, pb_str text)
{
    const char *star = NULL; /* behind the last `*` */
    size_t i = 0, star_at = 0;
    while (i < text.len) {
        if (*pattern == '*') {
            star = ++pattern;
            star_at = i;
        } else if (*pattern == '?') {
            pattern++;
            i += char_len(text.ptr + i, text.len - i);
        } else if (*pattern != '\0' && *pattern == text.ptr[i]) {
            pattern++;
            i++;
        } else if (star != NULL) {
            pattern = star; /* let the last `*` take one character more */
            star_at += char_len(text.ptr + star_at, text.len - star_at);
            i = star_at;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

char *pbay_text_show_url(const char *url)
{
    const char *slashes = strstr(url, "://");
    size_t n = slashes != NULL ? strcspn(slashes + 3, "/?#") : 0;
    const char *at = n > 0 ? g_strrstr_len(slashes + 3, (gssize)n, "@") : NULL;
    if (at == NULL)
        return g_strdup(url);
    return g_strdup_printf("%.*s***%s", (int)(slashes + 3 - url), url, at);
}
