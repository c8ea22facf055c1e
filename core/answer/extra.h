/* SPDX-License-Identifier: Apache-2.0 */
/* Members that a driver adds to an answer beyond the canonical ones (PB_EV_EXTRA), in order of
 * first appearance, merged as they come. Used by the answer room alone, on the worker's thread. */
#ifndef PBAY_ANSWER_EXTRA_H
#define PBAY_ANSWER_EXTRA_H

#include "json/writer.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

/* Distinct members that one object may gather. */
#define PBAY_EXTRA_MEMBERS_MAX 1024u

/* Zero-initialised is empty. */
typedef struct PbayExtras {
    GPtrArray *members;
} PbayExtras;

void pbay_extras_clear(PbayExtras *extras);
bool pbay_extras_empty(const PbayExtras *extras);
bool pbay_extras_has(const PbayExtras *extras, const char *name);

/* Folds one value in: arrays append, objects merge member by member, anything else replaces. A null
 * takes nothing away from an array or object that is there. `json` is copied. False with error
 * (PB_ERR_PROTOCOL) when it is no JSON of at most 96 levels, or there are too many members. */
bool pbay_extras_merge(PbayExtras *extras, pb_str name, pb_str json, GError **error);

/* Writes name and value of each member into the object that `w` has open; `except` (NULL-terminated
 * or NULL) are left out. */
void pbay_extras_write(const PbayExtras *extras, PbayJsonWriter *w, const char *const *except);

/* Writes the value alone; false, with nothing written, if there is no such member. */
bool pbay_extras_write_value(const PbayExtras *extras, PbayJsonWriter *w, const char *name);

/* Writes the members of object `name` into the object that `w` has open, without those in
 * `except`. */
void pbay_extras_write_inside(PbayExtras *extras, PbayJsonWriter *w, const char *name,
                              const char *const *except);

#endif
