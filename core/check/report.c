/* SPDX-License-Identifier: Apache-2.0 */
/* Collects a row's verdicts until the row is over, then prints them: "ok PATH (N runs)", or
 * "FAILED PATH" with what was done, what came and the command that does it again. With JSON it
 * keeps everything for one document at the end. One thread. */
#include "check/report.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

typedef struct Row {
    GString *lines, *show;
    GPtrArray *skipped; /* char * */
    uint64_t runs;
    unsigned checks, findings;
} Row;

struct PbayReport {
    char *file;
    bool json;
    GHashTable *rows; /* path or "" -> Row * */
    json_object *checks, *findings, *skips;
    unsigned passed, failed;
};

static void row_free(gpointer data)
{
    Row *row = data;

    g_string_free(row->lines, TRUE);
    g_string_free(row->show, TRUE);
    g_ptr_array_unref(row->skipped);
    g_free(row);
}

PbayReport *pbay_report_new(const char *file, bool json)
{
    PbayReport *report = g_new0(PbayReport, 1);

    report->file = g_strdup(file);
    report->json = json;
    report->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, row_free);
    report->checks = json_object_new_array();
    report->findings = json_object_new_array();
    report->skips = json_object_new_array();
    return report;
}

static Row *row_of(PbayReport *report, const char *path)
{
    const char *key = path != NULL ? path : "";
    Row *row = g_hash_table_lookup(report->rows, key);

    if (row != NULL)
        return row;
    row = g_new0(Row, 1);
    row->lines = g_string_new(NULL);
    row->show = g_string_new(NULL);
    row->skipped = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(report->rows, g_strdup(key), row);
    return row;
}

/* The command that makes this finding again; g_free. */
static char *repeat(const PbayReport *report, const char *path, const char *check, int64_t at)
{
    g_autofree char *file = g_shell_quote(report->file);
    g_autofree char *recording = path != NULL ? g_shell_quote(path) : NULL;
    GString *line = g_string_new("patchbay-drivercheck ");

    g_string_append_printf(line, "%s --only %s", file, check);
    if (recording != NULL)
        g_string_append_printf(line, " --recording %s", recording);
    if (at >= 0)
        g_string_append_printf(line, " --at %" G_GINT64_FORMAT, at);
    return g_string_free(line, FALSE);
}

/* Each line of the text two columns in. */
static void append_indented(GString *out, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++)
        if (lines[i][0] != '\0')
            g_string_append_printf(out, "  %s\n", lines[i]);
}

static void add_string(json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, text != NULL ? json_object_new_string(text) : NULL);
}

static void add_finding(PbayReport *report, Row *row, const char *path, const char *check,
                        const PbayFinding *finding)
{
    g_autofree char *again = repeat(report, path, check, finding->at);
    json_object *object = json_object_new_object();

    row->findings++;
    g_string_append_printf(row->lines, "FAILED %s: %s (%s):\n", path != NULL ? path : report->file,
                           check, finding->doing);
    append_indented(row->lines, finding->found);
    g_string_append_printf(row->lines, "  again: %s\n", again);
    add_string(object, "check", check);
    add_string(object, "recording", path);
    add_string(object, "done", finding->doing);
    json_object_object_add(object, "at",
                           finding->at >= 0 ? json_object_new_int64(finding->at) : NULL);
    add_string(object, "found", finding->found);
    add_string(object, "again", again);
    json_object_array_add(report->findings, object);
}

static void add_check(PbayReport *report, const char *path, const PbayJob *job,
                      const PbayVerdict *verdict)
{
    json_object *object = json_object_new_object();

    add_string(object, "check", job->check->name);
    add_string(object, "recording", path);
    add_string(object, "result",
               verdict->findings->len != 0  ? "failed"
               : verdict->skipped->len != 0 ? "skipped"
                                            : "passed");
    json_object_object_add(object, "runs", json_object_new_int64((int64_t)verdict->runs));
    json_object_array_add(report->checks, object);
}

void pbay_report_verdict(PbayReport *report, const char *path, const PbayJob *job,
                         const PbayVerdict *verdict)
{
    Row *row = row_of(report, path);

    row->checks++;
    row->runs += verdict->runs;
    g_string_append(row->show, verdict->show->str);
    add_check(report, path, job, verdict);
    for (guint i = 0; i < verdict->findings->len; i++)
        add_finding(report, row, path, job->check->name, g_ptr_array_index(verdict->findings, i));
    for (guint i = 0; i < verdict->skipped->len; i++) {
        const char *why = g_ptr_array_index(verdict->skipped, i);
        json_object *object = json_object_new_object();

        g_ptr_array_add(row->skipped, g_strdup_printf("skipped %s: %s", job->check->name, why));
        add_string(object, "check", job->check->name);
        add_string(object, "recording", path);
        add_string(object, "why", why);
        json_object_array_add(report->skips, object);
    }
}

void pbay_report_unreadable(PbayReport *report, const char *path, const char *why)
{
    json_object *object = json_object_new_object();

    report->failed++;
    add_string(object, "check", "read");
    add_string(object, "recording", path);
    add_string(object, "found", why);
    json_object_array_add(report->findings, object);
    if (!report->json)
        printf("FAILED %s\n", why);
}

static void print_row(const PbayReport *report, const char *path, const Row *row)
{
    fputs(row->show->str, stdout);
    for (guint i = 0; i < row->skipped->len; i++)
        printf("%s\n", (const char *)g_ptr_array_index(row->skipped, i));
    if (row->findings != 0)
        fputs(row->lines->str, stdout);
    else if (path != NULL)
        printf("ok %s (%" G_GUINT64_FORMAT " runs)\n", path, (guint64)row->runs);
    else
        printf("ok %s (%u checks)\n", report->file, row->checks);
    fflush(stdout);
}

void pbay_report_row(PbayReport *report, const char *path)
{
    const Row *row = row_of(report, path);

    if (!report->json)
        print_row(report, path, row);
    if (row->findings != 0)
        report->failed++;
    else
        report->passed++;
    g_hash_table_remove(report->rows, path != NULL ? path : "");
}

static void print_document(const PbayReport *report)
{
    json_object *document = json_object_new_object();

    add_string(document, "file", report->file);
    json_object_object_add(document, "checks", json_object_get(report->checks));
    json_object_object_add(document, "findings", json_object_get(report->findings));
    json_object_object_add(document, "skipped", json_object_get(report->skips));
    json_object_object_add(document, "passed", json_object_new_int64(report->passed));
    json_object_object_add(document, "failed", json_object_new_int64(report->failed));
    printf("%s\n", json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(document);
}

unsigned pbay_report_end(PbayReport *report)
{
    unsigned failed = report->failed;

    if (report->json)
        print_document(report);
    else
        printf("%u passed, %u failed\n", report->passed, report->failed);
    json_object_put(report->checks);
    json_object_put(report->findings);
    json_object_put(report->skips);
    g_hash_table_unref(report->rows);
    g_free(report->file);
    g_free(report);
    return failed;
}

void pbay_report_list(bool json)
{
    static const char *const scopes[] = {[PBAY_CHECK_FILE] = "file",
                                         [PBAY_CHECK_DRIVER] = "driver",
                                         [PBAY_CHECK_RECORDING] = "recording"};
    json_object *list = json_object_new_array();

    for (const PbayCheck *check = pbay_checks; check->name != NULL; check++) {
        json_object *object = json_object_new_object();

        add_string(object, "check", check->name);
        add_string(object, "of", scopes[check->scope]);
        add_string(object, "what", check->what);
        json_object_array_add(list, object);
        if (!json)
            printf("%-16s %-10s %s\n", check->name, scopes[check->scope], check->what);
    }
    if (json)
        printf("%s\n", json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN));
    json_object_put(list);
}
