/* SPDX-License-Identifier: Apache-2.0 */
/* Typed members of a json-c tree. Owns nothing but the wording of the errors, which always name
 * the member and what it should have been. Any thread; a tree is read by one thread while it is
 * parsed. */
#include "drivers/jsonc.h"

#include "base/error.h"
#include "base/str.h"
#include "json/reader.h"

#include <patchbay/driver.h>
#include <string.h>

#define DEPTH 32

json_object *pbay_jsonc_parse(const char *text, GError **error)
{
    static const PbayJsonLimits limits = {.max_bytes = (size_t)16 << 20, .max_depth = DEPTH};
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) problem = NULL;
    /* json-c takes NaN, control characters and more for JSON; the core's reader does not. */
    if (pbay_json_parse(arena, pbay_str(text), &limits, 0, &problem) == NULL) {
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "%s", problem->message);
        return NULL;
    }
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH + 1);
    /* The NUL is part of what is parsed: it ends a top-level number. */
    json_object *root = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
    enum json_tokener_error code = json_tokener_get_error(tokener);
    json_tokener_free(tokener);
    if (code == json_tokener_success)
        return root;
    g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "not valid JSON: %s",
                json_tokener_error_desc(code));
    json_object_put(root);
    return NULL;
}

/* The member, or NULL when absent or null. */
static json_object *member(json_object *parent, const char *key)
{
    json_object *value = NULL;
    return json_object_object_get_ex(parent, key, &value) ? value : NULL;
}

static bool wrong(const char *where, const char *key, const char *wanted, GError **error)
{
    g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "%s%s%s must be %s", where,
                where[0] != '\0' ? "." : "", key, wanted);
    return false;
}

bool pbay_jsonc_string(json_object *parent, const char *where, const char *key, char **out,
                       GError **error)
{
    json_object *value = member(parent, key);
    if (value == NULL)
        return true;
    const char *text = json_object_get_string(value);
    if (!json_object_is_type(value, json_type_string) ||
        strlen(text) != (size_t)json_object_get_string_len(value))
        return wrong(where, key, "a string", error);
    g_free(*out);
    *out = g_strdup(text);
    return true;
}

bool pbay_jsonc_strv(json_object *parent, const char *where, const char *key, char ***out,
                     GError **error)
{
    json_object *list = NULL;
    if (!pbay_jsonc_array(parent, where, key, &list, error))
        return false;
    if (list == NULL)
        return true;
    g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *item = json_object_array_get_idx(list, i);
        if (!json_object_is_type(item, json_type_string) || json_object_get_string_len(item) == 0)
            return wrong(where, key, "an array of strings that are not empty", error);
        g_ptr_array_add(strings, g_strdup(json_object_get_string(item)));
    }
    g_ptr_array_add(strings, NULL);
    g_strfreev(*out);
    *out = (char **)g_ptr_array_free(g_steal_pointer(&strings), FALSE);
    return true;
}

bool pbay_jsonc_bool(json_object *parent, const char *where, const char *key, bool *out,
                     GError **error)
{
    json_object *value = member(parent, key);
    if (value == NULL)
        return true;
    if (!json_object_is_type(value, json_type_boolean))
        return wrong(where, key, "true or false", error);
    *out = json_object_get_boolean(value);
    return true;
}

bool pbay_jsonc_int(json_object *parent, const char *where, const char *key, int64_t *out,
                    GError **error)
{
    json_object *value = member(parent, key);
    if (value == NULL)
        return true;
    if (!json_object_is_type(value, json_type_int))
        return wrong(where, key, "a whole number", error);
    *out = json_object_get_int64(value);
    return true;
}

bool pbay_jsonc_object(json_object *parent, const char *where, const char *key, json_object **out,
                       GError **error)
{
    json_object *value = member(parent, key);
    if (value == NULL)
        return true;
    if (!json_object_is_type(value, json_type_object))
        return wrong(where, key, "an object", error);
    *out = value;
    return true;
}

bool pbay_jsonc_array(json_object *parent, const char *where, const char *key, json_object **out,
                      GError **error)
{
    json_object *value = member(parent, key);
    if (value == NULL)
        return true;
    if (!json_object_is_type(value, json_type_array))
        return wrong(where, key, "an array", error);
    *out = value;
    return true;
}
