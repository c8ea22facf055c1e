/* SPDX-License-Identifier: Apache-2.0 */
/* jansson as oracle: the strict one of the two. What the reader refuses it refuses too, save that
 * it also refuses integers beyond 64 bit, doubles that are not finite and names with NUL. Loaded as
 * a module; one thread. */
#include "fuzz/json_oracle.h"

#include <jansson.h>

static void dump_value(Dump *d, json_t *value);

static void dump_object(Dump *d, json_t *value)
{
    const char *key;
    json_t *member;
    dump_text(d, "{");
    json_object_foreach(value, key, member)
    {
        dump_string(d, key, strlen(key));
        dump_text(d, ":");
        dump_value(d, member);
        dump_text(d, ",");
    }
    dump_text(d, "}");
}

static void dump_array(Dump *d, json_t *value)
{
    dump_text(d, "[");
    for (size_t i = 0; i < json_array_size(value); i++) {
        dump_value(d, json_array_get(value, i));
        dump_text(d, ",");
    }
    dump_text(d, "]");
}

static void dump_value(Dump *d, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
        dump_text(d, "null");
        break;
    case JSON_TRUE:
        dump_text(d, "true");
        break;
    case JSON_FALSE:
        dump_text(d, "false");
        break;
    case JSON_INTEGER:
        dump_int(d, json_integer_value(value));
        break;
    case JSON_REAL:
        dump_real(d, json_real_value(value));
        break;
    case JSON_STRING:
        dump_string(d, json_string_value(value), json_string_length(value));
        break;
    case JSON_ARRAY:
        dump_array(d, value);
        break;
    case JSON_OBJECT:
        dump_object(d, value);
        break;
    }
}

__attribute__((visibility("default"))) char *json_oracle_dump(const char *text, size_t len,
                                                              char *why, size_t why_size)
{
    json_error_t error;
    json_t *root = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    Dump dump = {0};
    if (root != NULL)
        dump_value(&dump, root);
    else
        snprintf(why, why_size, "%s", error.text);
    json_decref(root);
    return dump.text;
}
