/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer: streams text straight into a buffer, commas and escaping its own business; a
 * misuse (key in an array, close without open, value without key) is remembered and makes
 * `pbay_json_writer_ok` false instead of writing a broken text silently: from there on nothing
 * more is written. One owner at a time. */
#ifndef PBAY_JSON_WRITER_H
#define PBAY_JSON_WRITER_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <stdint.h>

#define PBAY_JSON_WRITER_DEPTH 128u

typedef struct PbayJsonWriter {
    GString *out; /* borrowed */
    uint32_t depth;
    bool failed;
    bool have_key;                             /* a key waits for its value           */
    uint8_t state[PBAY_JSON_WRITER_DEPTH + 1]; /* per level: object or array, first or not */
} PbayJsonWriter;

void pbay_json_writer_init(PbayJsonWriter *w, GString *out);
void pbay_json_open(PbayJsonWriter *w, bool object);
void pbay_json_close(PbayJsonWriter *w);
void pbay_json_key(PbayJsonWriter *w, pb_str key);
void pbay_json_write_str(PbayJsonWriter *w, pb_str s); /* invalid UTF-8 becomes U+FFFD */
void pbay_json_write_int(PbayJsonWriter *w, int64_t n);
void pbay_json_write_bool(PbayJsonWriter *w, bool b);
void pbay_json_write_null(PbayJsonWriter *w);

/* The shortest text that reads back as n (1 for 1.0); null if n is not finite. */
void pbay_json_write_real(PbayJsonWriter *w, double n);

/* The value's original bytes; NULL gives null. */
void pbay_json_write_value(PbayJsonWriter *w, const pb_json *value);

/* A whole JSON text that the caller vouches for; an empty one is a misuse. */
void pbay_json_write_raw(PbayJsonWriter *w, pb_str json);

/* True when all that was opened is closed and nothing was misused. */
bool pbay_json_writer_ok(const PbayJsonWriter *w);

/* key + value in one call, for objects of known members. */
void pbay_json_member_str(PbayJsonWriter *w, const char *key, pb_str s);
void pbay_json_member_int(PbayJsonWriter *w, const char *key, int64_t n);
void pbay_json_member_bool(PbayJsonWriter *w, const char *key, bool b);

/* Writes object `value` with member `key` replaced by (or, absent, followed by) the JSON text
 * `with`; all other bytes between the braces as they stand. {NULL,0} removes the member. Where a
 * name stands more than once, all are changed. A value that is no object is written as it stands.
 * The way to change `model` in a request without building a tree. */
void pbay_json_patch(GString *out, const pb_json *value, pb_str key, pb_str with);

#endif
