/* SPDX-License-Identifier: Apache-2.0 */
/* One checker a type of option: text in, JSON out, or a sentence that says what the value must
 * be. It reads no environment and no configuration; it only judges what it is given. Any thread. */
#include "drivers/option.h"

#include "base/error.h"
#include "base/str.h"
#include "base/text.h"

#include <math.h>
#include <patchbay/driver.h>
#include <string.h>

static const char *const type_names[] = {
    [PBAY_OPTION_STRING] = "string", [PBAY_OPTION_URL] = "url",
    [PBAY_OPTION_INT] = "int",       [PBAY_OPTION_REAL] = "real",
    [PBAY_OPTION_BOOL] = "bool",     [PBAY_OPTION_DURATION] = "duration",
    [PBAY_OPTION_SIZE] = "size",     [PBAY_OPTION_ENUM] = "enum",
    [PBAY_OPTION_LIST] = "list",     [PBAY_OPTION_MAP] = "map",
};

bool pbay_option_type_parse(const char *name, PbayOptionType *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(type_names); i++) {
        if (strcmp(type_names[i], name) == 0) {
            *type = (PbayOptionType)i;
            return true;
        }
    }
    return false;
}

const char *pbay_option_type_name(PbayOptionType type)
{
    return type_names[type];
}

/* Adds the item to the list unless it is blank; empties it. */
static void end_item(GPtrArray *items, GString *item)
{
    char *text = g_strstrip(g_strndup(item->str, item->len));
    if (text[0] != '\0')
        g_ptr_array_add(items, text);
    else
        g_free(text);
    g_string_truncate(item, 0);
}

char **pbay_option_split(const char *text)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) item = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p++) {
        bool escaped = p[0] == '\\' && p[1] == ';';
        if (escaped)
            p++;
        if (*p == ';' && !escaped)
            end_item(items, item);
        else
            g_string_append_c(item, *p);
    }
    end_item(items, item);
    g_ptr_array_add(items, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&items), FALSE);
}

static bool must_be(const char *text, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool must_be(const char *text, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *wanted = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *shown = g_utf8_make_valid(text, -1);
    g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "must be %s, not \"%s\"", wanted, shown);
    return false;
}

/* http or https, a host, no white space or control bytes: what goes onto the wire byte for byte. */
static bool is_url(const char *text)
{
    const char *host = g_str_has_prefix(text, "https://")  ? text + 8
                       : g_str_has_prefix(text, "http://") ? text + 7
                                                           : NULL;
    if (host == NULL || *host == '\0' || strchr("/?#:@", *host) != NULL)
        return false;
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
        if (*p <= ' ' || *p == 0x7f)
            return false;
    return true;
}

static bool int_to_json(const PbayOption *option, const char *text, GString *out, GError **error)
{
    bool bounded = option->min <= option->max;
    gint64 n = 0;
    if (g_ascii_string_to_signed(text, 10, bounded ? option->min : G_MININT64,
                                 bounded ? option->max : G_MAXINT64, &n, NULL)) {
        g_string_append_printf(out, "%" G_GINT64_FORMAT, n);
        return true;
    }
    if (!bounded || (option->min == G_MININT64 && option->max == G_MAXINT64))
        return must_be(text, error, "a whole number");
    if (option->max == G_MAXINT64)
        return must_be(text, error, "a whole number of at least %" G_GINT64_FORMAT, option->min);
    if (option->min == G_MININT64)
        return must_be(text, error, "a whole number of at most %" G_GINT64_FORMAT, option->max);
    return must_be(text, error, "a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                   option->min, option->max);
}

static bool real_to_json(const char *text, GString *out, GError **error)
{
    char *end = NULL;
    double n = g_ascii_strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(n) || g_ascii_isspace(text[0]))
        return must_be(text, error, "a number");
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(out, g_ascii_dtostr(buffer, sizeof buffer, n));
    return true;
}

static bool enum_to_json(const PbayOption *option, const char *text, GString *out, GError **error)
{
    if (g_strv_contains((const char *const *)option->values, text)) {
        pbay_text_append_json(out, pbay_str(text));
        return true;
    }
    g_autofree char *known = g_strjoinv(", ", option->values);
    return must_be(text, error, "one of %s", known);
}

static bool list_to_json(char *const *items, GString *out)
{
    g_string_append_c(out, '[');
    for (size_t i = 0; items[i] != NULL; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        pbay_text_append_json(out, pbay_str(items[i]));
    }
    g_string_append_c(out, ']');
    return true;
}

static bool map_to_json(char *const *items, GString *out, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) json = g_string_new("{");
    for (size_t i = 0; items[i] != NULL; i++) {
        const char *equals = strchr(items[i], '=');
        if (equals == NULL || equals == items[i])
            return must_be(items[i], error, "pairs like name=value;other=value");
        char *key = g_strstrip(g_strndup(items[i], (size_t)(equals - items[i])));
        g_autofree char *value = g_strstrip(g_strdup(equals + 1));
        if (i > 0)
            g_string_append_c(json, ',');
        pbay_text_append_json(json, pbay_str(key));
        g_string_append_c(json, ':');
        pbay_text_append_json(json, pbay_str(value));
        if (!g_hash_table_add(seen, key)) /* frees key when it is there already */
            return must_be(items[i], error, "pairs that each name something else");
    }
    g_string_append_c(json, '}');
    pbay_str_append(out, pbay_str_of(json));
    return true;
}

static bool scalar_to_json(const PbayOption *option, const char *text, GString *out, GError **error)
{
    int64_t n = 0;
    bool flag = false;
    switch (option->type) {
    case PBAY_OPTION_INT:
        return int_to_json(option, text, out, error);
    case PBAY_OPTION_REAL:
        return real_to_json(text, out, error);
    case PBAY_OPTION_ENUM:
        return enum_to_json(option, text, out, error);
    case PBAY_OPTION_BOOL:
        if (!pbay_text_bool(text, &flag))
            return must_be(text, error, "true, false, yes, no, 1 or 0");
        g_string_append(out, flag ? "true" : "false");
        return true;
    case PBAY_OPTION_DURATION:
        if (!pbay_text_duration(text, &n))
            return must_be(text, error, "a duration like 250ms, 20s, 5m or 1h");
        g_string_append_printf(out, "%" G_GINT64_FORMAT, n);
        return true;
    case PBAY_OPTION_SIZE:
        if (!pbay_text_size(text, &n))
            return must_be(text, error, "a size like 4096, 64KiB or 16MiB");
        g_string_append_printf(out, "%" G_GINT64_FORMAT, n);
        return true;
    case PBAY_OPTION_URL:
        if (!is_url(text))
            return must_be(text, error, "a URL that begins with https:// or http://");
        break;
    default:
        break;
    }
    pbay_text_append_json(out, pbay_str(text));
    return true;
}

bool pbay_option_to_json(const PbayOption *option, char *const *items, GString *out, GError **error)
{
    g_autofree char *text = g_strjoinv(";", (char **)items);
    if (!g_utf8_validate(text, -1, NULL))
        return must_be(text, error, "UTF-8 text");
    if (option->type == PBAY_OPTION_LIST)
        return list_to_json(items, out);
    if (option->type == PBAY_OPTION_MAP)
        return map_to_json(items, out, error);
    return scalar_to_json(option, text, out, error);
}
