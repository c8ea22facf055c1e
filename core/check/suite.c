/* SPDX-License-Identifier: Apache-2.0 */
/* Queues the jobs: those of the file and the driver first and by themselves, since nothing else
 * makes sense for a driver that does not load; then each recording as it stands, and what comes
 * after only if that was right. Rows are reported in order. One thread. */
#include "check/suite.h"

#include <string.h>

typedef struct Row {
    const char *path;
    PbayRecording *recording; /* NULL: cannot be read */
    unsigned open;            /* jobs not yet over */
} Row;

typedef struct Suite {
    const PbaySuiteSpec *spec;
    PbayReport *report;
    GPtrArray *recordings; /* PbayRecording *: all that could be read */
    GArray *rows;          /* Row */
    guint printed;         /* rows reported so far */
    GQueue jobs;
    bool broken; /* "load" failed */
} Suite;

static bool is_wanted(const Suite *suite, const PbayCheck *check)
{
    const char *const *only = suite->spec->only;

    return only == NULL || only[0] == NULL || g_strv_contains(only, check->name);
}

static void queue(Suite *suite, const PbayCheck *check, guint row, bool ahead)
{
    PbayJob *job = g_new0(PbayJob, 1);
    Row *of = check->scope == PBAY_CHECK_RECORDING ? &g_array_index(suite->rows, Row, row) : NULL;

    *job = (PbayJob){.check = check, .row = row};
    if (of != NULL) {
        of->open++;
        job->recording = of->recording;
    }
    if (ahead)
        g_queue_push_head(&suite->jobs, job);
    else
        g_queue_push_tail(&suite->jobs, job);
}

/* Everything but "recorded" of a row, before what is queued. */
static void queue_rest(Suite *suite, guint row)
{
    const PbayCheck *last = pbay_checks;

    while (last->name != NULL)
        last++;
    while (last-- > pbay_checks)
        if (last->scope == PBAY_CHECK_RECORDING && last->run != pbay_check_recorded &&
            is_wanted(suite, last))
            queue(suite, last, row, true);
}

static void print_rows(Suite *suite)
{
    for (; suite->printed < suite->rows->len; suite->printed++) {
        const Row *row = &g_array_index(suite->rows, Row, suite->printed);

        if (row->open != 0)
            return;
        if (row->recording != NULL)
            pbay_report_row(suite->report, row->path);
    }
}

static void job_done(void *user, const PbayJob *job, const PbayVerdict *verdict)
{
    Suite *suite = user;
    Row *row;

    if (job->check->scope != PBAY_CHECK_RECORDING) {
        pbay_report_verdict(suite->report, NULL, job, verdict);
        if (job->check->run == pbay_check_load && verdict->findings->len != 0)
            suite->broken = true;
        return;
    }
    row = &g_array_index(suite->rows, Row, job->row);
    pbay_report_verdict(suite->report, row->path, job, verdict);
    if (job->check->run == pbay_check_recorded && verdict->findings->len == 0)
        queue_rest(suite, job->row);
    row->open--;
    print_rows(suite);
}

static void free_recording(gpointer recording)
{
    pbay_recording_free(recording);
}

static void read_recordings(Suite *suite)
{
    const GPtrArray *paths = suite->spec->paths;

    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        Row row = {.path = g_ptr_array_index(paths, i)};

        row.recording = pbay_recording_read(row.path, &error);
        if (row.recording != NULL)
            g_ptr_array_add(suite->recordings, row.recording);
        else
            pbay_report_unreadable(suite->report, row.path, error->message);
        g_array_append_val(suite->rows, row);
    }
}

static void run_queue(Suite *suite)
{
    const PbaySuiteSpec *spec = suite->spec;
    const PbayChildSpec children = {.options = &spec->options,
                                    .recordings = suite->recordings,
                                    .jobs = spec->jobs,
                                    .timeout = spec->timeout,
                                    .no_fork = spec->no_fork,
                                    .done = job_done,
                                    .user = suite};

    pbay_children_run(&children, &suite->jobs);
}

static void run_driver_checks(Suite *suite)
{
    bool any = false;

    for (const PbayCheck *check = pbay_checks; check->name != NULL; check++)
        if (check->scope != PBAY_CHECK_RECORDING && is_wanted(suite, check)) {
            queue(suite, check, 0, false);
            any = true;
        }
    run_queue(suite);
    if (any)
        pbay_report_row(suite->report, NULL);
}

static void run_recording_checks(Suite *suite)
{
    const PbayCheck *recorded = pbay_check_find("recorded");

    for (guint i = 0; i < suite->rows->len; i++) {
        if (g_array_index(suite->rows, Row, i).recording == NULL)
            continue;
        if (is_wanted(suite, recorded))
            queue(suite, recorded, i, false);
    }
    if (!is_wanted(suite, recorded))
        for (guint i = suite->rows->len; i-- > 0;)
            if (g_array_index(suite->rows, Row, i).recording != NULL)
                queue_rest(suite, i);
    run_queue(suite);
    print_rows(suite);
}

static bool wants_recordings(const Suite *suite)
{
    for (const PbayCheck *check = pbay_checks; check->name != NULL; check++)
        if (check->scope == PBAY_CHECK_RECORDING && is_wanted(suite, check))
            return true;
    return false;
}

void pbay_suite_run(const PbaySuiteSpec *spec, PbayReport *report)
{
    Suite suite = {.spec = spec,
                   .report = report,
                   .recordings = g_ptr_array_new_with_free_func(free_recording),
                   .rows = g_array_new(FALSE, FALSE, sizeof(Row))};

    g_queue_init(&suite.jobs);
    read_recordings(&suite);
    run_driver_checks(&suite);
    if (!suite.broken && wants_recordings(&suite))
        run_recording_checks(&suite);
    g_array_unref(suite.rows);
    g_ptr_array_unref(suite.recordings);
}
