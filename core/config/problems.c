/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of mistakes: adding one, and writing all as text or JSON. Runs on the thread that
 * loads configuration. A message never shows a known secret, and never a raw control character. */
#include "base/secret.h"
#include "base/str.h"
#include "base/text.h"
#include "config/config.h"
#include "json/writer.h"

static void problem_free(gpointer data)
{
    PbayProblem *problem = data;
    g_free(problem->file);
    g_free(problem->section);
    g_free(problem->key);
    g_free(problem->message);
    g_free(problem->hint);
    g_free(problem);
}

/* UTF-8, without secrets; NULL stays NULL. */
static char *clean(const char *text)
{
    if (text == NULL)
        return NULL;
    GString *out = g_string_new(NULL);
    pbay_text_append_utf8(out, pbay_str(text));
    pbay_redact(out);
    return g_string_free(out, FALSE);
}

PbayProblems *pbay_problems_new(void)
{
    return g_ptr_array_new_with_free_func(problem_free);
}

void pbay_problems_add(PbayProblems *problems, PbayOrigin origin, const char *section,
                       const char *key, const char *hint_or_null, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    PbayProblem *problem = g_new0(PbayProblem, 1);
    problem->file = clean(origin.file != NULL ? origin.file : "(configuration)");
    problem->line = origin.line;
    problem->section = clean(section);
    problem->key = clean(key);
    problem->message = clean(message);
    problem->hint = clean(hint_or_null);
    g_ptr_array_add(problems, problem);
}

/* Control characters as \xNN, so that a file name cannot drive a terminal. */
static void append_visible(GString *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7f)
            g_string_append_printf(out, "\\x%02x", c);
        else
            g_string_append_c(out, *p);
    }
}

/* ---- in order -------------------------------------------------------------------------------- */

typedef struct Place {
    guint file; /* files in the order in which they first had a mistake */
    const PbayProblem *problem;
} Place;

static gint by_place(gconstpointer a, gconstpointer b)
{
    const Place *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->problem->line > y->problem->line) - (x->problem->line < y->problem->line);
}

/* File by file, from top to bottom: whoever mends them reads it so. They were found in another
 * order. Place; g_array_unref. */
static GArray *in_order(const PbayProblems *problems)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(Place));
    g_autoptr(GHashTable) files = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < problems->len; i++) {
        const PbayProblem *problem = g_ptr_array_index(problems, i);
        if (!g_hash_table_contains(files, problem->file))
            g_hash_table_insert(files, problem->file, GUINT_TO_POINTER(g_hash_table_size(files)));
        Place place = {GPOINTER_TO_UINT(g_hash_table_lookup(files, problem->file)), problem};
        g_array_append_val(places, place);
    }
    g_array_sort(places, by_place); /* stable */
    return places;
}

/* ---- writing --------------------------------------------------------------------------------- */

void pbay_problems_write_text(const PbayProblems *problems, GString *out)
{
    g_autoptr(GArray) places = in_order(problems);
    for (guint i = 0; i < places->len; i++) {
        const PbayProblem *problem = g_array_index(places, Place, i).problem;
        append_visible(out, problem->file);
        if (problem->line > 0)
            g_string_append_printf(out, ":%d", problem->line);
        g_string_append(out, ": ");
        append_visible(out, problem->message);
        g_string_append_c(out, '\n');
        if (problem->hint == NULL)
            continue;
        g_string_append(out, "  ");
        append_visible(out, problem->hint);
        g_string_append_c(out, '\n');
    }
}

static void member_or_null(PbayJsonWriter *w, const char *key, const char *text)
{
    pbay_json_key(w, pbay_str(key));
    if (text == NULL)
        pbay_json_write_null(w);
    else
        pbay_json_write_str(w, pbay_str(text));
}

void pbay_problems_write_json(const PbayProblems *problems, GString *out)
{
    g_autoptr(GArray) places = in_order(problems);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, false);
    for (guint i = 0; i < places->len; i++) {
        const PbayProblem *problem = g_array_index(places, Place, i).problem;
        pbay_json_open(&w, true);
        pbay_json_member_str(&w, "file", pbay_str(problem->file));
        pbay_json_member_int(&w, "line", problem->line);
        member_or_null(&w, "section", problem->section);
        member_or_null(&w, "key", problem->key);
        pbay_json_member_str(&w, "message", pbay_str(problem->message));
        member_or_null(&w, "hint", problem->hint);
        pbay_json_close(&w);
    }
    pbay_json_close(&w);
}
