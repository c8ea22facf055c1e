/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the grammar of environment files (--env-file). Runs on the thread that loads configuration.
 * It expands nothing and runs nothing, and no message shows a value. */
#include "config/envfile.h"

#include "base/secret.h"
#include "base/str.h"
#include "config/expand.h"
#include "config/readfile.h"
#include "config/scanner.h"

typedef struct Reader {
    PbayOrigin at;
    PbayProblems *problems;
    GPtrArray *lines;
    GHashTable *seen; /* name -> PbayEnvLine * */
} Reader;

static void line_free(gpointer data)
{
    PbayEnvLine *line = data;
    pbay_wipe(line->value, strlen(line->value));
    g_free(line->value);
    g_free(line->name);
    g_free(line);
}

static char double_quoted(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case '"':
    case '\\':
    case '$':
        return c;
    default:
        return '\0';
    }
}

/* text begins with a quote. NULL with *why on a mistake. */
static char *take_quoted(pb_str text, const char **why)
{
    char quote = text.ptr[0];
    g_autoptr(GString) value = g_string_sized_new(text.len + 1);
    size_t i = 1;
    for (; i < text.len && text.ptr[i] != quote; i++) {
        char c = text.ptr[i];
        if (quote == '"' && c == '\\' && i + 1 < text.len) {
            c = double_quoted(text.ptr[++i]);
            if (c == '\0') {
                *why = "an unknown escape; in double quotes \\\" \\\\ \\$ \\n \\t \\r are known";
                return NULL;
            }
        }
        g_string_append_c(value, c);
    }
    if (i >= text.len) {
        *why = "the quote is not closed in this line";
        return NULL;
    }
    pb_str behind = pbay_config_trim((pb_str){text.ptr + i + 1, text.len - i - 1});
    if (behind.len > 0 && behind.ptr[0] != '#') {
        *why = "text follows the closing quote";
        return NULL;
    }
    return g_string_free(g_steal_pointer(&value), FALSE);
}

/* Up to a blank followed by `#`, or the end. */
static char *take_bare(pb_str text)
{
    size_t end = 0;
    while (end < text.len) {
        bool behind_blank = end > 0 && (text.ptr[end - 1] == ' ' || text.ptr[end - 1] == '\t');
        if (behind_blank && text.ptr[end] == '#')
            break;
        end++;
    }
    return pbay_str_dup(pbay_config_trim((pb_str){text.ptr, end}));
}

static void complain(Reader *r, const char *hint, const char *message)
{
    pbay_problems_add(r->problems, r->at, NULL, NULL, hint, "%s", message);
}

static void add_line(Reader *r, pb_str name, char *value)
{
    g_autofree char *text = pbay_str_dup(name);
    const PbayEnvLine *first = g_hash_table_lookup(r->seen, text);
    if (first != NULL)
        pbay_problems_add(r->problems, r->at, NULL, NULL, "delete one of the two lines",
                          "%s is set twice, first in line %d", text, first->line);
    PbayEnvLine *line = g_new0(PbayEnvLine, 1);
    line->name = g_steal_pointer(&text);
    line->value = value;
    line->line = r->at.line;
    g_ptr_array_add(r->lines, line);
    if (first == NULL)
        g_hash_table_insert(r->seen, line->name, line);
}

static pb_str skip_export(pb_str line)
{
    if (line.len > 7 && memcmp(line.ptr, "export", 6) == 0 &&
        (line.ptr[6] == ' ' || line.ptr[6] == '\t'))
        return pbay_config_trim((pb_str){line.ptr + 6, line.len - 6});
    return line;
}

static void scan_line(Reader *r, pb_str line)
{
    if (line.len == 0 || line.ptr[0] == '#')
        return;
    line = skip_export(line);
    const char *equals = memchr(line.ptr, '=', line.len);
    if (equals == NULL) {
        complain(r, "write NAME=value", "this line sets no variable");
        return;
    }
    size_t at = (size_t)(equals - line.ptr);
    pb_str name = {line.ptr, at};
    if (!pbay_config_is_env_name(name)) {
        complain(r, "write NAME=value without blanks around `=`; a name is [A-Za-z_][A-Za-z0-9_]*",
                 "no variable name stands before `=`");
        return;
    }
    pb_str rest = {equals + 1, line.len - at - 1};
    bool quoted = rest.len > 0 && (rest.ptr[0] == '"' || rest.ptr[0] == '\'');
    const char *why = NULL;
    char *value = quoted ? take_quoted(rest, &why) : take_bare(rest);
    if (value == NULL)
        complain(r, "use '...' for text with blanks, quotes or backslashes", why);
    else
        add_line(r, name, value);
}

GPtrArray *pbay_config_scan_env(const char *file, pb_str text, PbayProblems *problems)
{
    guint before = problems->len;
    Reader r = {.at = {file, 0}, .problems = problems};
    if (!pbay_config_text_ok(file, text, problems))
        return NULL;
    r.lines = g_ptr_array_new_with_free_func(line_free);
    r.seen = g_hash_table_new(g_str_hash, g_str_equal);
    pb_str rest = pbay_config_skip_bom(text), line;
    while (pbay_config_next_line(&rest, &line)) {
        r.at.line++;
        scan_line(&r, pbay_config_trim(line));
    }
    g_hash_table_unref(r.seen);
    if (problems->len == before)
        return r.lines;
    g_ptr_array_unref(r.lines);
    return NULL;
}

GPtrArray *pbay_config_read_env_file(const char *path, PbayProblems *problems)
{
    GString *text = g_string_new(NULL);
    g_autofree char *why = NULL;
    GPtrArray *lines = NULL;
    if (pbay_config_read_file(path, PBAY_ENV_FILE_MAX, true, text, &why) == 0)
        lines = pbay_config_scan_env(path, pbay_str_of(text), problems);
    else
        pbay_problems_add(problems, (PbayOrigin){path, 0}, NULL, NULL, NULL,
                          "cannot read the environment file: %s", why);
    pbay_wipe(text->str, text->allocated_len);
    g_string_free(text, TRUE);
    return lines;
}
