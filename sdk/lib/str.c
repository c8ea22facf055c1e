/* SPDX-License-Identifier: MIT */
/* Owns the helpers on pb_str that are too long for a header. Pure, no allocation, any thread. */
#include "lib/str.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

pb_str pbs_cut(pb_str s, size_t n)
{
    if (s.len <= n)
        return s;
    while (n > 0 && ((unsigned char)s.ptr[n] & 0xC0) == 0x80)
        n--;
    return (pb_str){s.ptr, n};
}

pb_str pbs_trim(pb_str s)
{
    while (s.len > 0 && is_blank(s.ptr[0]))
        s = (pb_str){s.ptr + 1, s.len - 1};
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static bool begins_nocase(pb_str s, pb_str needle)
{
    for (size_t i = 0; i < needle.len; i++)
        if (lower(s.ptr[i]) != lower(needle.ptr[i]))
            return false;
    return true;
}

size_t pbs_find_nocase(pb_str s, const char *needle)
{
    pb_str wanted = pbs_str(needle);
    for (size_t i = 0; i + wanted.len <= s.len; i++)
        if (begins_nocase(pbs_skip(s, i), wanted))
            return i;
    return PBS_NONE;
}

bool pbs_glob(pb_str pattern, pb_str s)
{
    size_t p = 0, i = 0, star = PBS_NONE, resume = 0;
    while (i < s.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            resume = i;
        } else if (p < pattern.len && pattern.ptr[p] == s.ptr[i]) {
            p++;
            i++;
        } else if (star != PBS_NONE) {
            p = star + 1;
            i = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

bool pbs_int(pb_str s, int64_t *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    size_t i = s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+') ? 1 : 0;
    int64_t value = 0;
    if (i == s.len)
        return false;
    for (; i < s.len; i++) {
        int64_t digit = s.ptr[i] - '0';
        if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? -value : value;
    return true;
}
