/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the notation of a single value: unescaping, splitting a list, spotting a comment behind a
 * value, and the way back. Pure; any thread. It must not expand, and must not quote a value in a
 * message. */
#include "config/value.h"

#include "base/str.h"
#include "config/scanner.h"

static char unescape_char(char c)
{
    switch (c) {
    case 's':
        return ' ';
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case '\\':
        return '\\';
    default:
        return '\0';
    }
}

static char *unescape(pb_str text, bool semicolon, char **why)
{
    GString *out = g_string_sized_new(text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\\') {
            g_string_append_c(out, text.ptr[i]);
            continue;
        }
        char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';
        char plain = semicolon && next == ';' ? ';' : unescape_char(next);
        if (plain == '\0') {
            *why = next == '\0' ? g_strdup("ends in a lone backslash (there are no continuation "
                                           "lines; a backslash is written \\\\)")
                   : next == ';'
                       ? g_strdup("takes one value, not a list: write `;` without a "
                                  "backslash")
                       : g_strdup("holds an unknown escape; known are \\s \\n \\t \\r \\\\ "
                                  "and, in lists, \\;");
            explicit_bzero(out->str, out->len);
            g_string_free(out, TRUE);
            return NULL;
        }
        g_string_append_c(out, plain);
        i++;
    }
    return g_string_free(out, FALSE);
}

/* Where the item that begins at text ends: the next `;` without a backslash, or the end. */
static size_t item_len(pb_str text)
{
    size_t i = 0;
    while (i < text.len && text.ptr[i] != ';')
        i += text.ptr[i] == '\\' && i + 1 < text.len ? 2 : 1;
    return i;
}

static bool split_list(pb_str rest, GPtrArray *items, char **why)
{
    while (rest.len > 0) {
        size_t len = item_len(rest);
        pb_str item = pbay_config_trim((pb_str){rest.ptr, len});
        size_t taken = len < rest.len ? len + 1 : len;
        rest = pbay_config_trim((pb_str){rest.ptr + taken, rest.len - taken});
        if (item.len == 0) {
            *why = g_strdup("has an empty item");
            return false;
        }
        char *plain = unescape(item, true, why);
        if (plain == NULL)
            return false;
        g_ptr_array_add(items, plain);
    }
    return true;
}

char **pbay_config_split(const char *raw, PbayValueForm form, char **why)
{
    *why = NULL;
    pb_str text = pbay_config_trim(pbay_str(raw));
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    if (form == PBAY_FORM_LIST) {
        if (!split_list(text, items, why))
            return NULL;
    } else {
        char *plain = unescape(text, form == PBAY_FORM_OPEN, why);
        if (plain == NULL)
            return NULL;
        g_ptr_array_add(items, plain);
    }
    g_ptr_array_add(items, NULL);
    g_ptr_array_set_free_func(items, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&items), FALSE);
}

char **pbay_config_split_literal(const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value, ";", -1);
    GPtrArray *items = g_ptr_array_new();
    for (char **part = parts; *part != NULL; part++) {
        pb_str item = pbay_config_trim(pbay_str(*part));
        if (item.len > 0)
            g_ptr_array_add(items, pbay_str_dup(item));
    }
    g_ptr_array_add(items, NULL);
    return (char **)g_ptr_array_free(items, FALSE);
}

static bool is_blank_or_end(char c)
{
    return c == ' ' || c == '\t' || c == '\0';
}

const char *pbay_config_comment_like(const char *raw, PbayValueForm form)
{
    bool semicolon = form == PBAY_FORM_SCALAR;
    if (raw[0] == '#' && is_blank_or_end(raw[1]))
        return "#";
    if (semicolon && raw[0] == ';' && is_blank_or_end(raw[1]))
        return ";";
    for (const char *p = raw; *p != '\0'; p++) {
        if (*p != ' ' && *p != '\t')
            continue;
        if (p[1] == '#')
            return " #";
        if (semicolon && p[1] == ';')
            return " ;";
    }
    return NULL;
}

char *pbay_config_escape(const char *literal)
{
    GString *out = g_string_new(NULL);
    size_t len = strlen(literal);
    for (size_t i = 0; i < len; i++) {
        char c = literal[i];
        bool outer = i == 0 || i + 1 == len;
        bool before_mark = literal[i + 1] == '#' || literal[i + 1] == ';';
        if (c == '\\')
            g_string_append(out, "\\\\");
        else if (c == '\n')
            g_string_append(out, "\\n");
        else if (c == '\r')
            g_string_append(out, "\\r");
        else if (c == '\t')
            g_string_append(out, "\\t");
        else if (c == '$')
            g_string_append(out, "$$");
        else if (c == ' ' && (outer || before_mark))
            g_string_append(out, "\\s");
        else
            g_string_append_c(out, c);
    }
    return g_string_free(out, FALSE);
}
