/* SPDX-License-Identifier: Apache-2.0 */
/* Compares JSON trees and says where they differ first. Pure. */
#ifndef PBAY_CHECK_COMPARE_H
#define PBAY_CHECK_COMPARE_H

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

/* Objects as sets of members, arrays in order, numbers by value. On a difference *where gets a
 * line such as "$.tools[0].name: expected \"a\", got \"b\"" (g_free). */
bool pbay_compare_equal(json_object *expected, json_object *got, char **where);

/* As equal, but members of objects in `got` that `expected` does not name are let be. */
bool pbay_compare_contains(json_object *expected, json_object *got, char **where);

#endif
