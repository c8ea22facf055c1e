/* SPDX-License-Identifier: Apache-2.0 */
/* The set of known secret strings: a sorted array of pointers into memory that secrets own, and a
 * bitmap of how they begin, so that most places of a text cost one look. A read-write lock guards
 * both: any thread. It keeps no byte of a secret itself. */
#include "base/known.h"

#include <glib.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#define STARTS_BITS 14 /* 16384 kinds of beginnings: 2 KiB */

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pb_str *sorted; /* by bytes, a string before its extensions */
static size_t len, cap;
static uint8_t starts[(1u << STARTS_BITS) / 8];
static uint8_t firsts[256]; /* bytes with which one of them begins: most places cost no more */

/* Which beginning a string of at least PBAY_KNOWN_MIN bytes has. */
static uint32_t start_of(const char *s)
{
    uint32_t head;
    uint16_t tail;
    memcpy(&head, s, sizeof head);
    memcpy(&tail, s + sizeof head, sizeof tail);
    return ((head ^ (uint32_t)tail * 0x9E3779B1u) * 0x85EBCA77u) >> (32 - STARTS_BITS);
}

static void note_start(const char *s)
{
    uint32_t bit = start_of(s);
    starts[bit / 8] = (uint8_t)(starts[bit / 8] | 1u << bit % 8);
    firsts[(unsigned char)s[0]] = 1;
}

static bool start_known(const char *s)
{
    uint32_t bit = start_of(s);
    return (starts[bit / 8] >> bit % 8 & 1) != 0;
}

static int compare(pb_str a, pb_str b)
{
    int order = memcmp(a.ptr, b.ptr, MIN(a.len, b.len));
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* How many strings of the set are below s, or not above it. */
static size_t rank(pb_str s, bool or_equal)
{
    size_t low = 0, high = len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(sorted[middle], s);
        if (order < 0 || (or_equal && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(pb_str s)
{
    if (len == cap) {
        cap = cap != 0 ? cap * 2 : 32;
        sorted = g_renew(pb_str, sorted, cap);
    }
    size_t at = rank(s, true);
    memmove(sorted + at + 1, sorted + at, (len - at) * sizeof *sorted);
    sorted[at] = s;
    len++;
    note_start(s.ptr);
}

static void take_out(pb_str s)
{
    size_t at = rank(s, false);
    while (at < len && sorted[at].ptr != s.ptr)
        at++;
    g_return_if_fail(at < len);
    len--;
    memmove(sorted + at, sorted + at + 1, (len - at) * sizeof *sorted);
}

void pbay_known_add(const pb_str *strings, size_t n)
{
    pthread_rwlock_wrlock(&lock);
    for (size_t i = 0; i < n; i++)
        if (strings[i].len >= PBAY_KNOWN_MIN)
            insert(strings[i]);
    pthread_rwlock_unlock(&lock);
}

void pbay_known_remove(const pb_str *strings, size_t n)
{
    pthread_rwlock_wrlock(&lock);
    for (size_t i = 0; i < n; i++)
        if (strings[i].len >= PBAY_KNOWN_MIN)
            take_out(strings[i]);
    memset(starts, 0, sizeof starts);
    memset(firsts, 0, sizeof firsts);
    for (size_t i = 0; i < len; i++)
        note_start(sorted[i].ptr);
    if (len == 0) {
        g_clear_pointer(&sorted, g_free);
        cap = 0;
    }
    pthread_rwlock_unlock(&lock);
}

bool pbay_known_none(void)
{
    pthread_rwlock_rdlock(&lock);
    bool none = len == 0;
    pthread_rwlock_unlock(&lock);
    return none;
}

/* How many bytes a and b begin with in common. */
static size_t common(pb_str a, pb_str b)
{
    size_t n = MIN(a.len, b.len), i = 0;
    for (uint64_t x, y; i + sizeof x <= n; i += sizeof x) {
        memcpy(&x, a.ptr + i, sizeof x);
        memcpy(&y, b.ptr + i, sizeof y);
        if (x != y)
            break;
    }
    while (i < n && a.ptr[i] == b.ptr[i])
        i++;
    return i;
}

/* The length of the longest known string that s begins with, or 0. Such a string is not above s
 * and begins the last one that is not above s either; so if that one differs from s, only what the
 * two have in common can hold it. */
static size_t longest(pb_str s)
{
    while (s.len >= PBAY_KNOWN_MIN) {
        size_t below = rank(s, true);
        if (below == 0)
            return 0;
        size_t same = common(sorted[below - 1], s);
        if (same == sorted[below - 1].len)
            return same;
        s.len = same;
    }
    return 0;
}

void pbay_known_scan(pb_str text, PbayKnownFn found, void *data)
{
    pthread_rwlock_rdlock(&lock);
    size_t end = len != 0 && text.len >= PBAY_KNOWN_MIN ? text.len - PBAY_KNOWN_MIN + 1 : 0;
    for (size_t i = 0; i < end; i++) {
        while (i < end && firsts[(unsigned char)text.ptr[i]] == 0)
            i++;
        if (i == end || !start_known(text.ptr + i))
            continue;
        size_t n = longest((pb_str){text.ptr + i, text.len - i});
        if (n != 0)
            found(data, i, n);
    }
    pthread_rwlock_unlock(&lock);
}
