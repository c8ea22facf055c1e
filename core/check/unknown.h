/* SPDX-License-Identifier: Apache-2.0 */
/* Members that nobody knows, in every object of a vendor's reply: JSON, server-sent events with
 * JSON in them, JSON lines. A driver must survive them, since vendors add members every week.
 * Pure. */
#ifndef PBAY_CHECK_UNKNOWN_H
#define PBAY_CHECK_UNKNOWN_H

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

/* A copy of the body with one more member in each object; a body that holds no JSON is the same.
 * g_byte_array_unref. */
GByteArray *pbay_unknown_insert(const GByteArray *body);

/* A copy of events without the member, wherever a driver rightly handed on the vendor's JSON as
 * it was; an extra that came for the member's sake alone, and is none of those expected, is left
 * out. json_object_put. */
json_object *pbay_unknown_strip(json_object *events, json_object *expected);

#endif
