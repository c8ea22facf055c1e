/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the bytes of a member in JSON that the library wrote. What would be sent is shown byte for
 * byte: a parser and writer between would change numbers, escapes and order. It must not be fed
 * invalid JSON. */
#include "cli/cli.h"

#include <string.h>

static size_t skip_space(const char *s, size_t i, size_t len)
{
    while (i < len && strchr(" \t\r\n", s[i]) != NULL)
        i++;
    return i;
}

/* Behind the string that begins at i. */
static size_t skip_string(const char *s, size_t i, size_t len)
{
    for (i++; i < len && s[i] != '"'; i++)
        if (s[i] == '\\')
            i++;
    return MIN(i + 1, len);
}

/* Behind the value that begins at i. */
static size_t skip_value(const char *s, size_t i, size_t len)
{
    size_t depth = 0;

    while (i < len) {
        if (depth == 0 && strchr(",}] \t\r\n", s[i]) != NULL)
            return i;
        if (s[i] == '"') {
            i = skip_string(s, i, len);
        } else {
            if (s[i] == '{' || s[i] == '[')
                depth++;
            else if (s[i] == '}' || s[i] == ']')
                depth--;
            i++;
        }
        if (depth == 0 && i < len && strchr("\"}]", s[i - 1]) != NULL)
            return i;
    }
    return i;
}

bool cli_json_member_span(const char *object, size_t len, const char *name, const char **at,
                          size_t *value_len)
{
    g_autofree char *quoted = g_strdup_printf("\"%s\"", name);
    size_t i = skip_space(object, 0, len);

    if (i >= len || object[i] != '{')
        return false;
    for (i = skip_space(object, i + 1, len); i < len && object[i] == '"';) {
        size_t key = i, key_len, from;

        i = skip_string(object, i, len);
        key_len = i - key;
        i = MIN(skip_space(object, i, len) + 1, len); /* behind the colon */
        from = skip_space(object, i, len);
        i = skip_value(object, from, len);
        if (key_len == strlen(quoted) && memcmp(object + key, quoted, key_len) == 0) {
            *at = object + from;
            *value_len = i - from;
            return true;
        }
        i = skip_space(object, i, len);
        i = i < len && object[i] == ',' ? skip_space(object, i + 1, len) : len;
    }
    return false;
}
