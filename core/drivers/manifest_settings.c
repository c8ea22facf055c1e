/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a manifest that says what a person may set: options with their types and defaults,
 * secrets with their variables and files, and which of them must be there. A default that would
 * not pass its own option's check is a mistake of the driver and refused here. [main]. */
#include "base/error.h"
#include "drivers/jsonc.h"
#include "drivers/manifest_parts.h"
#include "drivers/option.h"

#include <patchbay/driver.h>
#include <string.h>

static bool complain(GError **error, const char *where, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
static bool complain(GError **error, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "%s %s", where, what);
    return false;
}

/* Keys of conf.d: lower case, digits, '-', '_' and '.'. */
static bool is_key(const char *name)
{
    return name[0] != '\0' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(name);
}

/* "default" in conf.d notation; a number or a boolean may also be written as such. */
static bool read_default(json_object *json, const char *where, PbayOption *option, GError **error)
{
    json_object *value = NULL;
    if (!json_object_object_get_ex(json, "default", &value) || value == NULL)
        return true;
    if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
        return complain(error, where, "default must be a string in the notation of conf.d");
    option->value = g_strdup(json_object_get_string(value));
    if (option->type == PBAY_OPTION_URL && strchr(option->value, '{') != NULL)
        return true; /* other options are filled in first */
    g_auto(GStrv) items = pbay_option_split(option->value);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) problem = NULL;
    if (!pbay_option_to_json(option, items, out, &problem))
        return complain(error, where, "default %s", problem->message);
    return true;
}

static bool read_option(json_object *json, const char *where, PbayOption *option, GError **error)
{
    g_autofree char *type = NULL;
    int64_t min = INT64_MIN, max = INT64_MAX;
    if (!pbay_jsonc_string(json, where, "type", &type, error) ||
        !pbay_jsonc_strv(json, where, "env", &option->env, error) ||
        !pbay_jsonc_string(json, where, "help", &option->help, error) ||
        !pbay_jsonc_strv(json, where, "values", &option->values, error) ||
        !pbay_jsonc_int(json, where, "min", &min, error) ||
        !pbay_jsonc_int(json, where, "max", &max, error))
        return false;
    if (type != NULL && !pbay_option_type_parse(type, &option->type))
        return complain(error, where,
                        "has the type \"%s\", which is none of string, url, int, real, bool, "
                        "duration, size, enum, list, map",
                        type);
    if (option->type == PBAY_OPTION_ENUM && (option->values == NULL || option->values[0] == NULL))
        return complain(error, where, "is an enum and needs \"values\"");
    if (min > max)
        return complain(error, where, "has a min above its max");
    bool bounded = min != INT64_MIN || max != INT64_MAX;
    option->min = bounded ? min : 1;
    option->max = bounded ? max : 0;
    return read_default(json, where, option, error);
}

bool pbay_manifest_read_options(PbayManifest *manifest, GError **error)
{
    json_object *options = NULL;
    if (!pbay_jsonc_object(manifest->root, "", "options", &options, error))
        return false;
    if (options == NULL)
        return true;
    json_object_object_foreach(options, name, json)
    {
        g_autofree char *where = g_strconcat("options.", name, NULL);
        if (!is_key(name))
            return complain(error, where, "is no name for a key: use a-z 0-9 - _ .");
        if (!json_object_is_type(json, json_type_object))
            return complain(error, where, "must be an object");
        PbayOption *option = g_new0(PbayOption, 1);
        g_ptr_array_add(manifest->options, option);
        option->name = g_strdup(name);
        option->env = g_new0(char *, 1);
        if (!read_option(json, where, option, error))
            return false;
    }
    return true;
}

bool pbay_manifest_read_secrets(PbayManifest *manifest, GError **error)
{
    json_object *secrets = NULL;
    if (!pbay_jsonc_object(manifest->root, "", "secrets", &secrets, error))
        return false;
    if (secrets == NULL)
        return true;
    json_object_object_foreach(secrets, name, json)
    {
        g_autofree char *where = g_strconcat("secrets.", name, NULL);
        if (!is_key(name))
            return complain(error, where, "is no name for a key: use a-z 0-9 - _ .");
        if (pbay_manifest_option(manifest, name) != NULL)
            return complain(error, where, "is an option too: one name, one meaning");
        if (!json_object_is_type(json, json_type_object))
            return complain(error, where, "must be an object");
        PbaySecretSpec *secret = g_new0(PbaySecretSpec, 1);
        g_ptr_array_add(manifest->secrets, secret);
        secret->name = g_strdup(name);
        secret->env = g_new0(char *, 1);
        secret->files = g_new0(char *, 1);
        if (!pbay_jsonc_strv(json, where, "env", &secret->env, error) ||
            !pbay_jsonc_strv(json, where, "file", &secret->files, error) ||
            !pbay_jsonc_bool(json, where, "content", &secret->content, error) ||
            !pbay_jsonc_bool(json, where, "reread", &secret->reread, error) ||
            !pbay_jsonc_string(json, where, "help", &secret->help, error))
            return false;
    }
    return true;
}

/* One group: names of secrets or options, or @source, which lies outside the configuration. */
static bool read_group(PbayManifest *manifest, json_object *group, GError **error)
{
    if (!json_object_is_type(group, json_type_array) || json_object_array_length(group) == 0)
        return complain(error, "require", "must be an array of arrays of names");
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < json_object_array_length(group); i++) {
        json_object *item = json_object_array_get_idx(group, i);
        if (!json_object_is_type(item, json_type_string))
            return complain(error, "require", "must be an array of arrays of names");
        const char *name = json_object_get_string(item);
        if (name[0] != '@' && pbay_manifest_secret(manifest, name) == NULL &&
            pbay_manifest_option(manifest, name) == NULL)
            return complain(error, "require", "names \"%s\", which is no secret and no option",
                            name);
        g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_add(names, NULL);
    g_ptr_array_add(manifest->require, g_ptr_array_free(g_steal_pointer(&names), FALSE));
    return true;
}

bool pbay_manifest_read_require(PbayManifest *manifest, GError **error)
{
    json_object *groups = NULL;
    if (!pbay_jsonc_array(manifest->root, "", "require", &groups, error))
        return false;
    size_t n = groups != NULL ? json_object_array_length(groups) : 0;
    for (size_t i = 0; i < n; i++)
        if (!read_group(manifest, json_object_array_get_idx(groups, i), error))
            return false;
    return true;
}
