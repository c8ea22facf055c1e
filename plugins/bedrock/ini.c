/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of AWS's files: comments by # or ; at the head of a line or behind a blank, keys
 * without case, nested values (indented lines) passed over. Values are never copied, so a secret
 * is in one place only. Source: "Configuration and credential file settings" of the AWS SDKs.
 * Pure; any thread. */
#include "ini.h"

#include "lib/str.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Some editors begin a file with a mark of its encoding. */
static pb_str without_mark(pb_str file)
{
    const pb_str mark = PBS_STR("\xef\xbb\xbf");
    return pbs_has_prefix(file, mark) ? pbs_skip(file, mark.len) : file;
}

/* Takes the next line, without its end. */
static bool next_line(pb_str *rest, pb_str *line)
{
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->ptr, '\n', rest->len);
    *line = (pb_str){rest->ptr, end != NULL ? (size_t)(end - rest->ptr) : rest->len};
    *rest = pbs_skip(*rest, line->len + 1);
    if (line->len > 0 && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

static pb_str without_comment(pb_str line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((line.ptr[i] == '#' || line.ptr[i] == ';') && (i == 0 || is_blank(line.ptr[i - 1])))
            line.len = i;
    return line;
}

/* "[profile dev]" -> "profile dev"; false: no head of a section. */
static bool take_head(pb_str line, pb_str *head)
{
    line = pbs_trim(without_comment(line));
    if (line.len < 2 || line.ptr[0] != '[' || line.ptr[line.len - 1] != ']')
        return false;
    *head = pbs_trim((pb_str){line.ptr + 1, line.len - 2});
    return true;
}

/* "profile   dev" is "profile" and "dev". */
static bool is_section(pb_str head, const char *prefix, pb_str name)
{
    size_t n = strlen(prefix);
    if (n > 0) {
        if (!pbs_has_prefix(head, pbs_str(prefix)) || head.len <= n || !is_blank(head.ptr[n]))
            return false;
        head = pbs_trim(pbs_skip(head, n));
    }
    if (head.len >= 2 && (head.ptr[0] == '"' || head.ptr[0] == '\'') &&
        head.ptr[head.len - 1] == head.ptr[0])
        head = (pb_str){head.ptr + 1, head.len - 2};
    return pbs_eq(head, name);
}

static bool take_pair(pb_str line, const char *key, pb_str *value)
{
    if (line.len == 0 || is_blank(line.ptr[0]))
        return false;
    line = without_comment(line);
    const char *equals = line.len > 0 ? memchr(line.ptr, '=', line.len) : NULL;
    if (equals == NULL)
        return false;
    pb_str name = pbs_trim((pb_str){line.ptr, (size_t)(equals - line.ptr)});
    if (name.len != strlen(key) || pbs_find_nocase(name, key) != 0)
        return false;
    *value = pbs_trim(pbs_skip(line, (size_t)(equals - line.ptr) + 1));
    return true;
}

bool bedrock_ini_get(pb_str file, const char *prefix, pb_str name, const char *key, pb_str *value)
{
    pb_str line, head;
    bool inside = false, found = false;
    file = without_mark(file);
    while (next_line(&file, &line)) {
        if (take_head(line, &head))
            inside = is_section(head, prefix, name);
        else if (inside && take_pair(line, key, value))
            found = true;
    }
    return found;
}
