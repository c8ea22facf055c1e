/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text into a json-c tree, strictly. Pure. */
#ifndef PBAY_ANSWER_TREE_H
#define PBAY_ANSWER_TREE_H

#include <glib.h>
#include <json-c/json.h>
#include <patchbay/driver.h>
#include <stdbool.h>

/* One whole JSON text as RFC 8259 has it, no member twice in one object, at most 128 levels. The
 * tree is the caller's (json_object_put); the text `null` gives NULL and true. False with error
 * (PBAY_ERROR, PB_ERR_INVALID) that says where. Any thread. */
bool pbay_tree_parse(pb_str text, json_object **tree, GError **error);

#endif
