/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay-drivercheck FILE.so [RECORDING|FOLDER...]`: the command line, the recordings it
 * names, and the exit status. What is checked is the suite's. Main thread, the only one. */
#include "check/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PASSED = 0, FOUND = 1, USAGE = 2 };

#define TIMEOUT 120

typedef struct Options {
    gboolean print, json, list, no_fork;
    int stride, jobs, timeout;
    gint64 at;
    char **only, **recordings;
} Options;

static gint compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A folder stands for the recordings in it, one at least. */
static void add_paths(GPtrArray *paths, const char *path, bool *folder, PbayReport *report)
{
    guint before = paths->len;
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (dir == NULL) {
        g_ptr_array_add(paths, g_strdup(path));
        return;
    }
    *folder = true;
    while ((name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".jsonl"))
            g_ptr_array_add(paths, g_build_filename(path, name, NULL));
    if (paths->len == before) {
        g_autofree char *why =
            g_strdup_printf("%s: no recording (*.jsonl) is in this folder", path);

        pbay_report_unreadable(report, path, why);
    }
}

static int usage(const char *why)
{
    fprintf(stderr, "patchbay-drivercheck: %s\nTry patchbay-drivercheck --help\n", why);
    return USAGE;
}

/* What is wrong with the options, or NULL; g_free. */
static char *options_fault(const Options *options, int files)
{
    if (files < 1)
        return g_strdup("name a driver, and its recordings");
    if (options->stride < 1 || options->jobs < 1 || options->timeout < 1)
        return g_strdup("--stride, --jobs and --timeout are at least 1");
    for (char **name = options->only; name != NULL && *name != NULL; name++)
        if (pbay_check_find(*name) == NULL)
            return g_strdup_printf("there is no check \"%s\"; --list names them", *name);
    return NULL;
}

static int run(const Options *options, char **names)
{
    PbayReport *report = pbay_report_new(names[0], options->json);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    PbaySuiteSpec spec = {.options = {.file = names[0],
                                      .print = options->print,
                                      .stride = options->stride,
                                      .at = options->at},
                          .only = (const char *const *)options->only,
                          .paths = paths,
                          .jobs = (unsigned)options->jobs,
                          .timeout = options->timeout,
                          .no_fork = options->no_fork};

    for (char **name = names + 1; *name != NULL; name++)
        add_paths(paths, *name, &spec.options.folder, report);
    for (char **name = options->recordings; name != NULL && *name != NULL; name++)
        add_paths(paths, *name, &spec.options.folder, report);
    g_ptr_array_sort(paths, compare_paths);
    pbay_suite_run(&spec, report);
    return pbay_report_end(report) != 0 ? FOUND : PASSED;
}

static const char description[] =
    "Each check runs in a process of its own: a crash or a hang of the driver is a finding.\n"
    "Without recordings the file and the loaded driver alone are checked.\n\n"
    "Exit status: 0 all passed, 1 something was found, 2 the command line was not understood.";

int main(int argc, char **argv)
{
    Options options = {
        .stride = 1, .jobs = (int)g_get_num_processors(), .timeout = TIMEOUT, .at = -1};
    const GOptionEntry entries[] = {
        {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.only,
         "make this check alone (again: "
         "and this one)",
         "CHECK"},
        {"recording", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.recordings,
         "a recording, as one named after the driver", "FILE"},
        {"at", 0, 0, G_OPTION_ARG_INT64, &options.at,
         "only this position, seed or round of a check", "N"},
        {"stride", 0, 0, G_OPTION_ARG_INT, &options.stride, "split and cut at every Nth byte", "N"},
        {"jobs", 0, 0, G_OPTION_ARG_INT, &options.jobs, "checks at a time (the processors)", "N"},
        {"timeout", 0, 0, G_OPTION_ARG_INT, &options.timeout, "seconds a check may take (120)",
         "S"},
        {"no-fork", 0, 0, G_OPTION_ARG_NONE, &options.no_fork,
         "in this process and without a limit, for debuggers", NULL},
        {"print", 0, 0, G_OPTION_ARG_NONE, &options.print, "show what came", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "one JSON document", NULL},
        {"list", 0, 0, G_OPTION_ARG_NONE, &options.list, "list the checks", NULL},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("FILE.so [RECORDING|FOLDER...]");
    g_autoptr(GError) error = NULL;
    g_autofree char *fault = NULL;
    int status;

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(context, description);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return usage(error->message);
    if (options.list) {
        pbay_report_list(options.json);
        return PASSED;
    }
    fault = options_fault(&options, argc - 1);
    status = fault != NULL ? usage(fault) : run(&options, argv + 1);
    g_strfreev(options.only);
    g_strfreev(options.recordings);
    return status;
}
