/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers on pb_str, the borrowed byte string that the driver ABI and the core share. They
 * allocate only where the name says dup. Pure; any thread. */
#ifndef PBAY_BASE_STR_H
#define PBAY_BASE_STR_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <string.h>

/* A pb_str of a string literal, without counting at run time. */
#define PBAY_STR(literal) ((pb_str){(literal), sizeof(literal) - 1})

/* A pb_str of a NUL-terminated string; NULL gives the empty string. Borrows. */
static inline pb_str pbay_str(const char *s)
{
    return s != NULL ? (pb_str){s, strlen(s)} : (pb_str){NULL, 0};
}

/* A pb_str of what a GString holds now; it dies with the next change of the GString. */
static inline pb_str pbay_str_of(const GString *s)
{
    return (pb_str){s->str, s->len};
}

static inline bool pbay_str_eq(pb_str a, pb_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool pbay_str_is(pb_str a, const char *b)
{
    return pbay_str_eq(a, pbay_str(b));
}

static inline bool pbay_str_has_prefix(pb_str s, pb_str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/* A NUL-terminated copy; the caller frees it with g_free. */
static inline char *pbay_str_dup(pb_str s)
{
    return g_strndup(s.len != 0 ? s.ptr : "", s.len);
}

static inline void pbay_str_append(GString *to, pb_str s)
{
    if (s.len != 0)
        g_string_append_len(to, s.ptr, (gssize)s.len);
}

#endif
