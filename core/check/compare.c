/* SPDX-License-Identifier: Apache-2.0 */
/* Compares JSON trees member by member, keeping the path. Pure; any thread. */
#include "check/compare.h"

typedef struct Walk {
    GString *path;
    bool subset;
    char **where;
} Walk;

static const char *show(json_object *value)
{
    return json_object_to_json_string_ext(value,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static bool differ(Walk *walk, const char *expected, const char *got)
{
    if (walk->where != NULL)
        *walk->where =
            g_strdup_printf("%s: expected %.300s, got %.300s", walk->path->str, expected, got);
    return false;
}

static bool is_number(json_object *value)
{
    return json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_double);
}

/* By value; whole numbers exactly, also where a double could no longer tell them apart. */
static bool same_number(json_object *expected, json_object *got)
{
    double a = json_object_get_double(expected), b = json_object_get_double(got);

    if (json_object_is_type(expected, json_type_int) && json_object_is_type(got, json_type_int))
        return json_object_equal(expected, got) != 0;
    return a <= b && a >= b;
}

static bool compare(Walk *walk, json_object *expected, json_object *got);

static bool compare_arrays(Walk *walk, json_object *expected, json_object *got)
{
    size_t n = json_object_array_length(expected), m = json_object_array_length(got);
    size_t before = walk->path->len;

    for (size_t i = 0; i < MIN(n, m); i++) {
        g_string_append_printf(walk->path, "[%zu]", i);
        if (!compare(walk, json_object_array_get_idx(expected, i),
                     json_object_array_get_idx(got, i)))
            return false;
        g_string_truncate(walk->path, before);
    }
    if (n != m) {
        g_autofree char *want = g_strdup_printf("%zu elements", n);
        g_autofree char *have = g_strdup_printf(
            "%zu: %s", m, n < m ? show(json_object_array_get_idx(got, n)) : "fewer");

        return differ(walk, want, have);
    }
    return true;
}

static bool compare_objects(Walk *walk, json_object *expected, json_object *got)
{
    size_t before = walk->path->len;

    json_object_object_foreach(expected, name, value)
    {
        json_object *other = NULL;

        g_string_append_printf(walk->path, ".%s", name);
        if (!json_object_object_get_ex(got, name, &other))
            return differ(walk, show(value), "nothing");
        if (!compare(walk, value, other))
            return false;
        g_string_truncate(walk->path, before);
    }
    if (walk->subset)
        return true;
    json_object_object_foreach(got, extra, unexpected)
    {
        if (!json_object_object_get_ex(expected, extra, NULL)) {
            g_string_append_printf(walk->path, ".%s", extra);
            return differ(walk, "nothing", show(unexpected));
        }
    }
    return true;
}

static bool compare(Walk *walk, json_object *expected, json_object *got)
{
    if (is_number(expected) && is_number(got))
        return same_number(expected, got) || differ(walk, show(expected), show(got));
    if (json_object_get_type(expected) != json_object_get_type(got))
        return differ(walk, show(expected), show(got));
    if (json_object_is_type(expected, json_type_array))
        return compare_arrays(walk, expected, got);
    if (json_object_is_type(expected, json_type_object))
        return compare_objects(walk, expected, got);
    if (!json_object_equal(expected, got))
        return differ(walk, show(expected), show(got));
    return true;
}

static bool walk_from_top(json_object *expected, json_object *got, bool subset, char **where)
{
    g_autoptr(GString) path = g_string_new("$");
    Walk walk = {.path = path, .subset = subset, .where = where};

    return compare(&walk, expected, got);
}

bool pbay_compare_equal(json_object *expected, json_object *got, char **where)
{
    return walk_from_top(expected, got, false, where);
}

bool pbay_compare_contains(json_object *expected, json_object *got, char **where)
{
    return walk_from_top(expected, got, true, where);
}
