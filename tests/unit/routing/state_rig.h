/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the state file share: a folder of their own, records, the log caught, children. */
#ifndef STATE_RIG_H
#define STATE_RIG_H

#include "observe/log.h"
#include "routing/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)
#define WALL   INT64_C(1800000000000) /* a moment: wall ms */

typedef struct Rig {
    char *dir, *path; /* path: dir/state.json */
} Rig;

static pthread_mutex_t rig_log_lock = PTHREAD_MUTEX_INITIALIZER;
static GString *rig_log;
static unsigned rig_warnings;

G_GNUC_UNUSED static void rig_sink(void *data, int level, const char *line)
{
    (void)data;
    pthread_mutex_lock(&rig_log_lock);
    g_string_append(rig_log, line);
    g_string_append_c(rig_log, '\n');
    rig_warnings += level >= PBAY_LOG_WARN ? 1 : 0;
    pthread_mutex_unlock(&rig_log_lock);
}

G_GNUC_UNUSED static unsigned rig_count_warnings(void)
{
    pthread_mutex_lock(&rig_log_lock);
    unsigned n = rig_warnings;
    pthread_mutex_unlock(&rig_log_lock);
    return n;
}

G_GNUC_UNUSED static void set_up(Rig *rig, gconstpointer data)
{
    (void)data;
    rig->dir = g_dir_make_tmp("pbay-state-XXXXXX", NULL);
    g_assert_nonnull(rig->dir);
    rig->path = g_build_filename(rig->dir, "state.json", NULL);
    rig_log = g_string_new(NULL);
    rig_warnings = 0;
    pbay_log_set_sink(rig_sink, NULL);
    pbay_log_set_level(PBAY_LOG_INFO);
}

G_GNUC_UNUSED static void rig_remove(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        rig_remove(inner);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_remove(path);
}

G_GNUC_UNUSED static void tear_down(Rig *rig, gconstpointer data)
{
    (void)data;
    pbay_log_set_sink(NULL, NULL);
    g_string_free(rig_log, TRUE);
    rig_remove(rig->dir);
    g_free(rig->dir);
    g_free(rig->path);
}

G_GNUC_UNUSED static void rig_assert_log(const char *part)
{
    if (strstr(rig_log->str, part) == NULL)
        g_error("expected `%s` in the log: %s", part, rig_log->str);
}

G_GNUC_UNUSED static void rig_write(const Rig *rig, const char *text)
{
    g_assert_true(g_file_set_contents(rig->path, text, -1, NULL));
}

/* g_free */
G_GNUC_UNUSED static char *rig_text(const Rig *rig)
{
    char *text = NULL;
    g_assert_true(g_file_get_contents(rig->path, &text, NULL, NULL));
    return text;
}

G_GNUC_UNUSED static unsigned rig_files(const Rig *rig)
{
    GDir *dir = g_dir_open(rig->dir, 0, NULL);
    unsigned n = 0;
    while (g_dir_read_name(dir) != NULL)
        n++;
    g_dir_close(dir);
    return n;
}

/* ---- Records ---- */

G_GNUC_UNUSED static GArray *records_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(PbayTargetRecord));
}

#define RECORD(records, i) g_array_index(records, PbayTargetRecord, i)

G_GNUC_UNUSED static PbayTargetRecord *records_add(GArray *records, const char *name,
                                                   int64_t changed)
{
    PbayTargetRecord record;
    memset(&record, 0, sizeof record); /* also what lies between its members */
    record.changed = changed;
    record.first_ms = -1;
    record.last_ms = -1;
    g_strlcpy(record.name, name, sizeof record.name);
    g_array_append_val(records, record);
    return &RECORD(records, records->len - 1);
}

G_GNUC_UNUSED static const PbayTargetRecord *records_find(const GArray *records, const char *name)
{
    for (guint i = 0; i < records->len; i++)
        if (strcmp(RECORD(records, i).name, name) == 0)
            return &RECORD(records, i);
    return NULL;
}

/* What the file holds now; it must be readable. */
G_GNUC_UNUSED static GArray *rig_records(const Rig *rig)
{
    GArray *records = records_new();
    g_autoptr(GError) error = NULL;
    pbay_state_file_read(rig->path, records, &error);
    g_assert_no_error(error);
    return records;
}

/* ---- Children ---- */

typedef void (*ChildFn)(const Rig *rig, int number, int tell);

/* Runs fn in a process of its own, which may write to `tell`; *told is where that is read. */
G_GNUC_UNUSED static pid_t child_start(const Rig *rig, ChildFn fn, int number, int *told)
{
    int ends[2];
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* none outlives a test that failed */
        close(ends[0]);
        fn(rig, number, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    if (told != NULL)
        *told = ends[0];
    else
        close(ends[0]);
    return pid;
}

G_GNUC_UNUSED static void child_wait(pid_t pid)
{
    int status;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        g_error("a child ended with status %#x", (unsigned)status);
}

G_GNUC_UNUSED static void child_say(int tell)
{
    g_assert_cmpint(write(tell, "x", 1), ==, 1);
}

G_GNUC_UNUSED static void child_hear(int told)
{
    char c;
    g_assert_cmpint(read(told, &c, 1), ==, 1);
}

/* Somebody without root's rights over every file; root may do all. */
G_GNUC_UNUSED static void child_drop_rights(void)
{
    if (geteuid() == 0)
        g_assert_cmpint(setresuid(65534, 65534, 65534), ==, 0);
}

#endif
