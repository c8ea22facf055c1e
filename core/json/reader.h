/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader. A pb_json is an opaque, immutable span of the original text, indexed and fully
 * validated once by RFC 8259 (structure, UTF-8, escapes, numbers, depth, size). Nothing is copied but
 * strings that contain escapes, and those only when asked for. The accessors are what drivers get
 * through the service table. A document belongs to the arena it was parsed into: one thread at a
 * time, unless it was parsed with PBAY_JSON_SHARED. */
#ifndef PBAY_JSON_READER_H
#define PBAY_JSON_READER_H

#include "base/arena.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

enum {
    PBAY_JSON_UNIQUE = 1, /* refuse an object with a member twice (a client's request); without it the
                             last one wins in pbay_json_get (a vendor's reply)                        */
    PBAY_JSON_SHARED = 2, /* decode all strings now, so that accessors never write: safe for readers
                             on many threads                                                          */
    PBAY_JSON_COPY = 4    /* copy the text into the arena first; without it the text must outlive the
                             value                                                                    */
};

typedef struct PbayJsonLimits {
    size_t max_bytes; /* 0: no bound */
    unsigned max_depth;
} PbayJsonLimits;

/* 64 MiB, 128 levels. */
extern const PbayJsonLimits pbay_json_limits_default;

/* Parses one whole text (leading and trailing JSON white space allowed; a BOM is refused). NULL with
 * error set (PBAY_ERROR, PB_ERR_INVALID; the message says what, and "at byte N (line L, column C)") when
 * the text is refused, and when the arena's bound is passed. limits NULL: the default ones. */
const pb_json *pbay_json_parse(PbayArena *arena, pb_str text, const PbayJsonLimits *limits,
                               unsigned flags, GError **error);

/* The accessors of driver.h, same contracts: NULL is taken as null, wrong types give the neutral
 * value. pbay_json_int: PB_JSON_INT within int64, also a REAL with an integral value in range;
 * PB_JSON_INT is a number without fraction or exponent. pbay_json_bool: 0 or 1. pbay_json_str: decoded,
 * valid as long as the document. pbay_json_text: the original bytes of the value. pbay_json_at: in order
 * O(1) (a cursor in the document, or in the call's index); NULL past the end. */
int32_t pbay_json_type(const pb_json *value);
size_t pbay_json_len(const pb_json *value);
const pb_json *pbay_json_get(const pb_json *value, pb_str key);
const pb_json *pbay_json_at(const pb_json *value, size_t i, pb_str *key_or_null);
pb_str pbay_json_str(const pb_json *value);
int64_t pbay_json_int(const pb_json *value, int64_t otherwise);
double pbay_json_real(const pb_json *value, double otherwise);
int32_t pbay_json_bool(const pb_json *value, int32_t otherwise);
size_t pbay_json_floats(const pb_json *value, float *out, size_t n); /* numbers converted, <= n */
pb_str pbay_json_text(const pb_json *value);

/* For walking members in order without an index: first child, next sibling; key_or_null as in at. */
const pb_json *pbay_json_first(const pb_json *value, pb_str *key_or_null);
const pb_json *pbay_json_next(const pb_json *child, pb_str *key_or_null);

#endif
