/* SPDX-License-Identifier: MIT */
/* Small helpers on pb_str, the borrowed byte string of the driver ABI. They allocate nothing,
 * know no locale and treat bytes beyond ASCII as themselves. Pure; any thread. */
#ifndef PATCHBAY_LIB_STR_H
#define PATCHBAY_LIB_STR_H

#include <patchbay/driver.h>
#include <stdbool.h>
#include <string.h>

/* A pb_str of a string literal. */
#define PBS_STR(literal) ((pb_str){(literal), sizeof(literal) - 1})

/* What pbs_find_nocase gives when there is nothing to find. */
#define PBS_NONE ((size_t)-1)

/* A pb_str of a NUL-terminated string; NULL gives the empty string. */
static inline pb_str pbs_str(const char *s)
{
    return s != NULL ? (pb_str){s, strlen(s)} : (pb_str){NULL, 0};
}

static inline bool pbs_eq(pb_str a, pb_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool pbs_is(pb_str a, const char *b)
{
    return pbs_eq(a, pbs_str(b));
}

static inline bool pbs_has_prefix(pb_str s, pb_str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/* s without its first n bytes; n beyond the end gives the empty string. */
static inline pb_str pbs_skip(pb_str s, size_t n)
{
    return n < s.len ? (pb_str){s.ptr + n, s.len - n} : (pb_str){NULL, 0};
}

/* At most the first n bytes of s, never ending inside a UTF-8 sequence. */
pb_str pbs_cut(pb_str s, size_t n);

/* Without blanks, tabs and line ends at both ends. */
pb_str pbs_trim(pb_str s);

/* Where needle begins in s, ASCII letters compared without case; PBS_NONE if nowhere. */
size_t pbs_find_nocase(pb_str s, const char *needle);

/* Does s match a pattern in which * stands for any run of bytes? All else is itself. */
bool pbs_glob(pb_str pattern, pb_str s);

/* A decimal integer, sign allowed, nothing else around it. False: not one, or out of range. */
bool pbs_int(pb_str s, int64_t *out);

#endif
