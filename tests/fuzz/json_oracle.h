/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical dump in which readers of JSON are compared, and the one function that each oracle's
 * module exports. json-c and jansson export functions of the same name, so that each lives in a
 * module of its own, loaded with RTLD_LOCAL. */
#ifndef PBAY_FUZZ_JSON_ORACLE_H
#define PBAY_FUZZ_JSON_ORACLE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parses text (len bytes, and a NUL behind them). The dump, to be freed by the caller, or NULL when
 * the text is refused, with the reason in why[why_size]. */
typedef char *(*JsonOracle)(const char *text, size_t len, char *why, size_t why_size);
#define JSON_ORACLE_SYMBOL "json_oracle_dump"

typedef struct Dump {
    char *text;
    size_t len, room;
} Dump;

static inline void dump_bytes(Dump *d, const void *bytes, size_t n)
{
    if (d->room - d->len <= n) {
        d->room = (d->room + n) * 2 + 64;
        d->text = realloc(d->text, d->room);
        if (d->text == NULL)
            abort();
    }
    memcpy(d->text + d->len, bytes, n);
    d->len += n;
    d->text[d->len] = '\0';
}

static inline void dump_text(Dump *d, const char *text)
{
    dump_bytes(d, text, strlen(text));
}

/* Length, then the bytes in hexadecimal: NUL and all else stays visible. */
static inline void dump_string(Dump *d, const char *s, size_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%zu'", n);
    dump_text(d, text);
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "%02x", (unsigned char)s[i]);
        dump_text(d, text);
    }
}

static inline void dump_int(Dump *d, int64_t n)
{
    char text[32];
    snprintf(text, sizeof text, "i%lld", (long long)n);
    dump_text(d, text);
}

/* The bits, since readers must agree to the last one. */
static inline void dump_real(Dump *d, double n)
{
    char text[64];
    uint64_t bits;
    memcpy(&bits, &n, sizeof bits);
    snprintf(text, sizeof text, "r%016llx", (unsigned long long)bits);
    dump_text(d, text);
}

#endif
