/* SPDX-License-Identifier: MIT */
/* Owns reading spans and moments. Own arithmetic instead of strtod and strptime, which follow
 * the locale. Pure; any thread. */
#include "lib/duration.h"

#include "lib/str.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define WHOLE_MAX INT64_C(1000000000000)

typedef struct Unit {
    const char *name;
    int64_t ms;
} Unit;

static const Unit units[] = {
    {"ms", 1},
    {"millisecond", 1},
    {"milliseconds", 1},
    {"s", SECOND_MS},
    {"sec", SECOND_MS},
    {"secs", SECOND_MS},
    {"second", SECOND_MS},
    {"seconds", SECOND_MS},
    {"m", MINUTE_MS},
    {"min", MINUTE_MS},
    {"mins", MINUTE_MS},
    {"minute", MINUTE_MS},
    {"minutes", MINUTE_MS},
    {"h", HOUR_MS},
    {"hour", HOUR_MS},
    {"hours", HOUR_MS},
    {"d", DAY_MS},
    {"day", DAY_MS},
    {"days", DAY_MS},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static pb_str skip_blanks(pb_str s)
{
    while (s.len > 0 && s.ptr[0] == ' ')
        s = pbs_skip(s, 1);
    return s;
}

/* A number with up to six decimals that count: whole and millionths. */
static bool take_number(pb_str *s, int64_t *whole, int64_t *millionths)
{
    size_t i = 0;
    int64_t scale = 100000;
    *whole = *millionths = 0;
    for (; i < s->len && is_digit(s->ptr[i]); i++) {
        if (*whole > WHOLE_MAX)
            return false;
        *whole = *whole * 10 + (s->ptr[i] - '0');
    }
    if (i == 0)
        return false;
    if (i + 1 < s->len && s->ptr[i] == '.' && is_digit(s->ptr[i + 1])) {
        for (i++; i < s->len && is_digit(s->ptr[i]); i++, scale /= 10)
            *millionths += (s->ptr[i] - '0') * scale;
    }
    *s = pbs_skip(*s, i);
    return true;
}

/* The word that follows, if it is a unit; 0 otherwise: "5 messages" are no minutes. */
static int64_t take_unit(pb_str *s)
{
    pb_str rest = skip_blanks(*s), word = {rest.ptr, 0};
    while (word.len < rest.len && is_letter(rest.ptr[word.len]))
        word.len++;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (word.len != strlen(units[i].name) || pbs_find_nocase(word, units[i].name) != 0)
            continue;
        *s = pbs_skip(rest, word.len);
        return units[i].ms;
    }
    return 0;
}

/* One number and its unit, or none: then it counts seconds. -1 if there is no number. A fraction
 * of a millisecond counts as a whole one. */
static int64_t take_span(pb_str *s, bool *has_unit)
{
    int64_t whole = 0, millionths = 0;
    if (!take_number(s, &whole, &millionths))
        return -1;
    int64_t unit = take_unit(s);
    *has_unit = unit != 0;
    if (unit == 0)
        unit = SECOND_MS;
    if (whole > INT64_MAX / 4 / unit)
        return -1;
    return whole * unit + (millionths * unit + 999999) / 1000000;
}

/* What may stand between "2 minutes" and "5 seconds". */
static pb_str skip_between(pb_str s)
{
    s = skip_blanks(s);
    if (s.len > 0 && s.ptr[0] == ',')
        s = skip_blanks(pbs_skip(s, 1));
    if (s.len > 4 && pbs_find_nocase((pb_str){s.ptr, 4}, "and ") == 0)
        s = skip_blanks(pbs_skip(s, 4));
    return s;
}

/* As many spans as follow each other; only the last one may be without a unit, and only alone. */
static int64_t take_spans(pb_str *s, bool *has_unit)
{
    int64_t total = take_span(s, has_unit);
    while (total >= 0 && *has_unit) {
        pb_str rest = skip_between(*s);
        bool more = false;
        int64_t span = take_span(&rest, &more);
        if (span < 0 || !more || total > INT64_MAX / 4)
            break;
        total += span;
        *s = rest;
    }
    return total;
}

int64_t pbs_duration(pb_str text)
{
    pb_str s = pbs_trim(text);
    bool has_unit = false;
    int64_t total = take_spans(&s, &has_unit);
    return s.len == 0 ? total : -1;
}

/* "in 30." and "after 30" are seconds; "in 3 regions", "wait 5-10 s" and "after 2026-11-22" are
 * not. */
static bool ends_as_seconds(pb_str rest)
{
    static const char ends[] = ".,;!)\"'";
    if (rest.len == 0)
        return true;
    bool is_end = memchr(ends, rest.ptr[0], sizeof ends - 1) != NULL;
    rest = pbs_skip(rest, 1);
    return is_end && (rest.len == 0 || rest.ptr[0] == ' ');
}

int64_t pbs_duration_in_text(pb_str sentence)
{
    static const char *const phrases[] = {"again in ",     "retry after ", "retry in ",
                                          "available in ", "resets in ",   "wait "};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        size_t at = pbs_find_nocase(sentence, phrases[i]);
        if (at == PBS_NONE)
            continue;
        pb_str s = skip_blanks(pbs_skip(sentence, at + strlen(phrases[i])));
        if (s.len > 0 && s.ptr[0] == '~')
            s = pbs_skip(s, 1);
        bool has_unit = false;
        int64_t total = take_spans(&s, &has_unit);
        if (total >= 0 && (has_unit || ends_as_seconds(s)))
            return total;
    }
    return -1;
}

/* ---- Moments ---- */

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    if (month <= 2)
        year--;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t moment(const int64_t date[3], const int64_t time[3])
{
    static const int64_t longest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date[0] < 1970 || date[1] < 1 || date[1] > 12 || date[2] < 1 ||
        date[2] > longest[date[1] - 1])
        return -1;
    if (time[0] > 23 || time[1] > 59 || time[2] > 60)
        return -1;
    return days_of(date[0], date[1], date[2]) * DAY_MS + time[0] * HOUR_MS + time[1] * MINUTE_MS +
           time[2] * SECOND_MS;
}

static bool take_digits(pb_str *s, size_t n, int64_t *out)
{
    if (s->len < n)
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(s->ptr[i]))
            return false;
        *out = *out * 10 + (s->ptr[i] - '0');
    }
    *s = pbs_skip(*s, n);
    return true;
}

static bool take_char(pb_str *s, const char *any_of)
{
    if (s->len == 0 || strchr(any_of, s->ptr[0]) == NULL)
        return false;
    *s = pbs_skip(*s, 1);
    return true;
}

static bool take_time(pb_str *s, int64_t time[3])
{
    return take_digits(s, 2, &time[0]) && take_char(s, ":") && take_digits(s, 2, &time[1]) &&
           take_char(s, ":") && take_digits(s, 2, &time[2]);
}

static bool take_month(pb_str *s, int64_t *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int64_t i = 0; i < 12; i++) {
        if (s->len < 3 || memcmp(s->ptr, names + i * 3, 3) != 0)
            continue;
        *month = i + 1;
        *s = pbs_skip(*s, 3);
        return true;
    }
    return false;
}

/* "22 Nov 2026 09:30:00 GMT", or with dashes and a year of two digits. */
static int64_t dated(pb_str s)
{
    int64_t date[3], time[3];
    if (!take_digits(&s, 2, &date[2]) || !take_char(&s, " -") || !take_month(&s, &date[1]) ||
        !take_char(&s, " -"))
        return -1;
    pb_str four = s;
    if (take_digits(&four, 4, &date[0]))
        s = four;
    else if (take_digits(&s, 2, &date[0]))
        date[0] += date[0] < 70 ? 2000 : 1900;
    else
        return -1;
    if (!take_char(&s, " ") || !take_time(&s, time) || !pbs_is(s, " GMT"))
        return -1;
    return moment(date, time);
}

/* asctime: "Nov 22 09:30:00 2026", the day may be " 2". */
static int64_t asctime_of(pb_str s)
{
    int64_t date[3], time[3];
    if (!take_month(&s, &date[1]) || !take_char(&s, " "))
        return -1;
    bool padded = take_char(&s, " ");
    if (!take_digits(&s, padded ? 1 : 2, &date[2]) || !take_char(&s, " ") || !take_time(&s, time) ||
        !take_char(&s, " ") || !take_digits(&s, 4, &date[0]) || s.len != 0)
        return -1;
    return moment(date, time);
}

int64_t pbs_http_date(pb_str text)
{
    pb_str s = pbs_trim(text);
    const char *comma = s.len > 0 ? memchr(s.ptr, ',', s.len) : NULL;
    if (comma != NULL) {
        s = pbs_skip(s, (size_t)(comma - s.ptr) + 1);
        return take_char(&s, " ") ? dated(s) : -1;
    }
    return s.len > 4 && s.ptr[3] == ' ' ? asctime_of(pbs_skip(s, 4)) : -1;
}

/* "Z", "+02:00"; minutes to subtract. */
static bool take_offset(pb_str *s, int64_t *minutes)
{
    *minutes = 0;
    if (take_char(s, "Zz"))
        return true;
    bool west = s->len > 0 && s->ptr[0] == '-';
    int64_t hours = 0, rest = 0;
    if (!take_char(s, "+-") || !take_digits(s, 2, &hours) || !take_char(s, ":") ||
        !take_digits(s, 2, &rest) || hours > 23 || rest > 59)
        return false;
    *minutes = west ? -(hours * 60 + rest) : hours * 60 + rest;
    return true;
}

int64_t pbs_rfc3339(pb_str text)
{
    pb_str s = pbs_trim(text);
    int64_t date[3], time[3], minutes = 0, fraction_ms = 0;
    if (!take_digits(&s, 4, &date[0]) || !take_char(&s, "-") || !take_digits(&s, 2, &date[1]) ||
        !take_char(&s, "-") || !take_digits(&s, 2, &date[2]) || !take_char(&s, "Tt ") ||
        !take_time(&s, time))
        return -1;
    if (take_char(&s, ".")) {
        int64_t scale = 100;
        for (; s.len > 0 && is_digit(s.ptr[0]); s = pbs_skip(s, 1), scale /= 10)
            fraction_ms += (s.ptr[0] - '0') * scale;
    }
    int64_t at = moment(date, time);
    if (at < 0 || !take_offset(&s, &minutes) || s.len != 0)
        return -1;
    return at + fraction_ms - minutes * MINUTE_MS;
}

int64_t pbs_until(pb_str text, int64_t now_ms)
{
    int64_t span = pbs_duration(text);
    if (span >= 0)
        return span;
    int64_t at = pbs_http_date(text);
    if (at < 0)
        at = pbs_rfc3339(text);
    if (at < 0)
        return -1;
    return at > now_ms ? at - now_ms : 0;
}
