/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader. A pb_json is an opaque, immutable span of the original text, indexed and fully
 * validated once by RFC 8259 (structure, UTF-8, escapes, numbers, depth, size). Nothing is copied
 * but strings that contain escapes, and those only when asked for. The accessors are what drivers
 * get through the service table. A document belongs to the arena it was parsed into: one thread at
 * a time, unless it was parsed with PBAY_JSON_SHARED. */
#ifndef PBAY_JSON_READER_H
#define PBAY_JSON_READER_H

#include "base/arena.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

enum {
    /* Refuse an object with a member twice (a client's request); without it the last one wins in
     * pbay_json_get (a vendor's reply). */
    PBAY_JSON_UNIQUE = 1,
    /* Decode all strings now, so that accessors never write: safe for readers on many threads. */
    PBAY_JSON_SHARED = 2,
    /* Copy the text into the arena first; without it the text must outlive the value. */
    PBAY_JSON_COPY = 4
};

typedef struct PbayJsonLimits {
    size_t max_bytes; /* 0: no bound but the reader's own, 2 GiB - 1 */
    unsigned max_depth;
} PbayJsonLimits;

/* 64 MiB, 128 levels. */
extern const PbayJsonLimits pbay_json_limits_default;

/* Parses one whole text (leading and trailing JSON white space allowed; a BOM is refused). NULL
 * with error set (PBAY_ERROR, PB_ERR_INVALID) when the text is refused, which the message explains
 * with "at byte N (line L, column C)", N from 0, columns in characters; and when the arena's bound
 * is passed. A refusal leaves the arena as it was. limits NULL: the default ones. */
const pb_json *pbay_json_parse(PbayArena *arena, pb_str text, const PbayJsonLimits *limits,
                               unsigned flags, GError **error);

/* The accessors of driver.h, same contracts: NULL is taken as null, wrong types give the neutral
 * value. None allocates, none fails. pbay_json_get compares decoded names, in a large object by an
 * index. pbay_json_at: O(1) in any order; NULL past the end. pbay_json_str: decoded, valid as long
 * as the document; a \u0000 is a NUL byte that len counts. pbay_json_text: the original bytes.
 * PB_JSON_INT is a number without fraction or exponent; pbay_json_int gives one within int64, also
 * a REAL that is a whole number in range; pbay_json_real gives the nearest double of either, and
 * `otherwise` where that is not finite. pbay_json_bool: 0 or 1. pbay_json_floats: how many of the
 * array's first items were converted, at most n; it stops at one that is no number or exceeds
 * float. */
int32_t pbay_json_type(const pb_json *value);
size_t pbay_json_len(const pb_json *value);
const pb_json *pbay_json_get(const pb_json *value, pb_str key);
const pb_json *pbay_json_at(const pb_json *value, size_t i, pb_str *key_or_null);
pb_str pbay_json_str(const pb_json *value);
int64_t pbay_json_int(const pb_json *value, int64_t otherwise);
double pbay_json_real(const pb_json *value, double otherwise);
int32_t pbay_json_bool(const pb_json *value, int32_t otherwise);
size_t pbay_json_floats(const pb_json *value, float *out, size_t n);
pb_str pbay_json_text(const pb_json *value);

/* For walking members in order: first child, next sibling; key_or_null as in pbay_json_at. */
const pb_json *pbay_json_first(const pb_json *value, pb_str *key_or_null);
const pb_json *pbay_json_next(const pb_json *child, pb_str *key_or_null);

#endif
