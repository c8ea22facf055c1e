/* SPDX-License-Identifier: Apache-2.0 */
/* json-c as oracle: strict, with UTF-8 checked. It is the lenient one of the two: what the reader
 * accepts it accepts with the same values. Loaded as a module; one thread. */
#include "fuzz/json_oracle.h"

#include <json-c/json.h>
#include <json-c/json_object_iterator.h>

#define DEPTH 4096

static void dump_value(Dump *d, json_object *value);

static void dump_object(Dump *d, json_object *value)
{
    dump_text(d, "{");
    struct json_object_iterator end = json_object_iter_end(value);
    for (struct json_object_iterator at = json_object_iter_begin(value);
         !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const char *key = json_object_iter_peek_name(&at);
        dump_string(d, key, strlen(key));
        dump_text(d, ":");
        dump_value(d, json_object_iter_peek_value(&at));
        dump_text(d, ",");
    }
    dump_text(d, "}");
}

static void dump_array(Dump *d, json_object *value)
{
    dump_text(d, "[");
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        dump_value(d, json_object_array_get_idx(value, i));
        dump_text(d, ",");
    }
    dump_text(d, "]");
}

static void dump_value(Dump *d, json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        dump_text(d, "null");
        break;
    case json_type_boolean:
        dump_text(d, json_object_get_boolean(value) ? "true" : "false");
        break;
    case json_type_int:
        dump_int(d, json_object_get_int64(value)); /* beyond int64: the nearest one */
        break;
    case json_type_double:
        dump_real(d, json_object_get_double(value));
        break;
    case json_type_string:
        dump_string(d, json_object_get_string(value), (size_t)json_object_get_string_len(value));
        break;
    case json_type_array:
        dump_array(d, value);
        break;
    case json_type_object:
        dump_object(d, value);
        break;
    }
}

__attribute__((visibility("default"))) char *json_oracle_dump(const char *text, size_t len,
                                                              char *why, size_t why_size)
{
    json_tokener *tokener = json_tokener_new_ex(DEPTH);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* With the NUL behind the text, which ends a number at the top. */
    json_object *root = json_tokener_parse_ex(tokener, text, (int)len + 1);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    Dump dump = {0};
    if (error == json_tokener_success)
        dump_value(&dump, root);
    else
        snprintf(why, why_size, "%s at %zu", json_tokener_error_desc(error),
                 json_tokener_get_parse_end(tokener));
    json_object_put(root);
    json_tokener_free(tokener);
    return dump.text;
}
