/* SPDX-License-Identifier: Apache-2.0 */
/* Reading typed members of a json-c tree with errors that name the place ("options.region.env").
 * Used for manifests alone; never on the way of a request. Pure; any thread. */
#ifndef PBAY_DRIVERS_JSONC_H
#define PBAY_DRIVERS_JSONC_H

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* Parses a whole text strictly (RFC 8259, valid UTF-8, at most 32 levels and 16 MiB). NULL with
 * error (PBAY_ERROR, PB_ERR_CONFIG, with the place). The caller puts it with json_object_put. */
json_object *pbay_jsonc_parse(const char *text, GError **error);

/* Each reads member `key` of `parent`; `where` is the path of parent for messages, "" at the
 * top. An absent or null member leaves *out as it was and is no error; a member of the wrong
 * type is one (PBAY_ERROR, PB_ERR_CONFIG). string and strv give copies that the caller frees and
 * replace (free) an old value; object and array are borrowed from parent. */
bool pbay_jsonc_string(json_object *parent, const char *where, const char *key, char **out,
                       GError **error);
bool pbay_jsonc_strv(json_object *parent, const char *where, const char *key, char ***out,
                     GError **error);
bool pbay_jsonc_bool(json_object *parent, const char *where, const char *key, bool *out,
                     GError **error);
bool pbay_jsonc_int(json_object *parent, const char *where, const char *key, int64_t *out,
                    GError **error);
bool pbay_jsonc_object(json_object *parent, const char *where, const char *key, json_object **out,
                       GError **error);
bool pbay_jsonc_array(json_object *parent, const char *where, const char *key, json_object **out,
                      GError **error);

#endif
