/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way from the text of a conf.d file to groups and keys with line numbers. Runs on the
 * thread that loads configuration. It must not know any section, key, escape or expansion, and must
 * not quote a value in a message: it may be a secret. */
#include "config/scanner.h"

#include "base/str.h"

typedef struct Scanner {
    PbayOrigin at;
    PbayProblems *problems;
    GPtrArray *groups;
    GHashTable *by_name;
    PbayScanGroup *group; /* NULL before the first header */
    bool skipping;        /* behind a header that could not be read */
} Scanner;

static void key_free(gpointer data)
{
    PbayScanKey *key = data;
    g_free(key->name);
    if (key->raw != NULL)
        explicit_bzero(key->raw, strlen(key->raw));
    g_free(key->raw);
    g_free(key);
}

static void group_free(gpointer data)
{
    PbayScanGroup *group = data;
    g_hash_table_unref(group->by_name);
    g_ptr_array_unref(group->keys);
    g_free(group->name);
    g_free(group);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

pb_str pbay_config_trim(pb_str text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

pb_str pbay_config_skip_bom(pb_str text)
{
    if (pbay_str_has_prefix(text, PBAY_STR("\xef\xbb\xbf")))
        return (pb_str){text.ptr + 3, text.len - 3};
    return text;
}

bool pbay_config_next_line(pb_str *text, pb_str *line)
{
    if (text->len == 0)
        return false;
    const char *end = memchr(text->ptr, '\n', text->len);
    size_t len = end != NULL ? (size_t)(end - text->ptr) : text->len;
    *line = (pb_str){text->ptr, len};
    size_t taken = end != NULL ? len + 1 : len;
    text->ptr += taken;
    text->len -= taken;
    if (line->len > 0 && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

static int line_of(pb_str text, const char *at)
{
    int line = 1;
    for (const char *p = text.ptr; p < at; p++)
        line += *p == '\n';
    return line;
}

bool pbay_config_text_ok(const char *file, pb_str text, PbayProblems *problems)
{
    if (text.len == 0)
        return true;
    if (pbay_str_has_prefix(text, PBAY_STR("\xff\xfe")) ||
        pbay_str_has_prefix(text, PBAY_STR("\xfe\xff"))) {
        pbay_problems_add(problems, (PbayOrigin){file, 1}, NULL, NULL, "save the file as UTF-8",
                          "the text is UTF-16, not UTF-8");
        return false;
    }
    const char *nul = memchr(text.ptr, '\0', text.len);
    const char *end = NULL;
    bool utf8 = g_utf8_validate_len(text.ptr, text.len, &end);
    if (nul != NULL && nul <= end) {
        pbay_problems_add(problems, (PbayOrigin){file, line_of(text, nul)}, NULL, NULL,
                          "this is not a text file; nothing of it was read",
                          "a NUL byte stands in this line");
        return false;
    }
    if (!utf8)
        pbay_problems_add(problems, (PbayOrigin){file, line_of(text, end)}, NULL, NULL,
                          "save the file as UTF-8; nothing of it was read",
                          "this line is not UTF-8");
    return utf8;
}

static void complain(Scanner *s, const char *key, const char *hint, const char *message)
{
    pbay_problems_add(s->problems, s->at, s->group != NULL ? s->group->name : NULL, key, hint, "%s",
                      message);
}

static bool has_control(pb_str line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static void open_group(Scanner *s, pb_str name)
{
    g_autofree char *text = pbay_str_dup(name);
    PbayScanGroup *group = g_hash_table_lookup(s->by_name, text);
    if (group != NULL) {
        pbay_problems_add(s->problems, s->at, text, NULL,
                          "put the keys of both under one header; to override, use another file",
                          "[%s] stands twice in this file, first in line %d", text, group->line);
        s->group = group;
        return;
    }
    group = g_new0(PbayScanGroup, 1);
    group->name = g_steal_pointer(&text);
    group->line = s->at.line;
    group->keys = g_ptr_array_new_with_free_func(key_free);
    group->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    g_ptr_array_add(s->groups, group);
    g_hash_table_insert(s->by_name, group->name, group);
    s->group = group;
}

static void scan_header(Scanner *s, pb_str line)
{
    s->group = NULL;
    s->skipping = true;
    const char *close = memchr(line.ptr, ']', line.len);
    if (close == NULL) {
        complain(s, NULL, "a section header looks like [provider groq]",
                 "the section header has no closing bracket; its keys were not read");
        return;
    }
    size_t inner = (size_t)(close - line.ptr) - 1;
    pb_str name = {line.ptr + 1, inner};
    if (inner + 2 != line.len) {
        complain(s, NULL, "a comment stands on a line of its own; names hold no brackets",
                 "text follows the closing bracket of the section header; its keys were not read");
        return;
    }
    if (inner == 0 || memchr(name.ptr, '[', name.len) != NULL) {
        complain(s, NULL, "a section header looks like [provider groq]",
                 inner == 0 ? "the section header is empty; its keys were not read"
                            : "a section name holds no brackets; its keys were not read");
        return;
    }
    if (pbay_config_trim(name).len != name.len) {
        complain(s, NULL, "a section header looks like [provider groq]",
                 "a blank stands at an end of the section name; its keys were not read");
        return;
    }
    s->skipping = false;
    open_group(s, name);
}

/* NULL, or what is wrong with a key's name. */
static const char *key_fault(pb_str name)
{
    if (name.len == 0)
        return "no key stands before `=`";
    if (memchr(name.ptr, '[', name.len) != NULL || memchr(name.ptr, ']', name.len) != NULL)
        return "a key holds no brackets; there are no [locale] keys";
    if (memchr(name.ptr, ' ', name.len) != NULL || memchr(name.ptr, '\t', name.len) != NULL)
        return "a key holds no blanks";
    return NULL;
}

static void add_key(Scanner *s, pb_str name, pb_str raw)
{
    g_autofree char *text = pbay_str_dup(name);
    const PbayScanKey *first = g_hash_table_lookup(s->group->by_name, text);
    if (first != NULL) {
        pbay_problems_add(s->problems, s->at, s->group->name, text, "delete one of the two lines",
                          "key `%s` stands twice in [%s], first in line %d", text, s->group->name,
                          first->line);
        return;
    }
    PbayScanKey *key = g_new0(PbayScanKey, 1);
    key->name = g_steal_pointer(&text);
    key->raw = pbay_str_dup(raw);
    key->line = s->at.line;
    g_ptr_array_add(s->group->keys, key);
    g_hash_table_insert(s->group->by_name, key->name, key);
}

static void scan_key(Scanner *s, pb_str line)
{
    const char *equals = memchr(line.ptr, '=', line.len);
    if (equals == NULL) {
        complain(s, NULL,
                 line.ptr[0] == ';' ? "comments begin with `#`"
                                    : "write KEY = VALUE; there are no continuation lines",
                 "this line is no section, key or comment");
        return;
    }
    size_t at = (size_t)(equals - line.ptr);
    pb_str name = pbay_config_trim((pb_str){line.ptr, at});
    pb_str raw = pbay_config_trim((pb_str){equals + 1, line.len - at - 1});
    const char *fault = key_fault(name);
    if (fault != NULL) {
        complain(s, NULL, "write KEY = VALUE", fault);
        return;
    }
    if (s->skipping)
        return;
    if (s->group == NULL) {
        complain(s, NULL, "begin with a header such as [defaults] or [provider groq]",
                 "a key stands before the first section");
        return;
    }
    add_key(s, name, raw);
}

static void scan_line(Scanner *s, pb_str line)
{
    if (line.len == 0 || line.ptr[0] == '#')
        return;
    if (has_control(line))
        complain(s, NULL, "write \\n, \\t or \\r where a value needs one",
                 "a control character stands in this line, which was not read");
    else if (line.ptr[0] == '[')
        scan_header(s, line);
    else
        scan_key(s, line);
}

GPtrArray *pbay_config_scan(const char *file, pb_str text, PbayProblems *problems)
{
    Scanner s = {.at = {file, 0}, .problems = problems};
    s.groups = g_ptr_array_new_with_free_func(group_free);
    if (!pbay_config_text_ok(file, text, problems))
        return s.groups;
    s.by_name = g_hash_table_new(g_str_hash, g_str_equal);
    pb_str rest = pbay_config_skip_bom(text), line;
    while (pbay_config_next_line(&rest, &line)) {
        s.at.line++;
        scan_line(&s, pbay_config_trim(line));
    }
    g_hash_table_unref(s.by_name);
    return s.groups;
}
