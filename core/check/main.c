/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay-drivercheck FILE.so RECORDING...`: replays recordings through a driver: as recorded,
 * a byte at a time, split in two at every byte, in 200 seeded random ways, and cut off at every
 * byte. However the bytes come, the events must be the same; however they are cut, the exchange
 * must end once. */
#include "base/error.h"
#include "check/compare.h"
#include "check/recording.h"
#include "check/replay.h"
#include "exchange/exchange.h"
#include "observe/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_SPLITS 200u

typedef struct Options {
    gboolean print; /* show what came, for writing a recording */
    int stride;     /* of the positions where a reply is split or cut */
} Options;

typedef struct Check {
    PbayDriver *driver;
    const PbayRecording *recording;
    const Options *options;
    PbayReplayResult first; /* as recorded: what all other splits must equal */
    unsigned runs;
} Check;

static char *describe(const PbayReplaySpec *spec)
{
    if (spec->cut)
        return g_strdup_printf("cut off after byte %zu", spec->cut_at);
    switch (spec->mode) {
    case PBAY_SPLIT_BYTES:
        return g_strdup("one byte at a time");
    case PBAY_SPLIT_AT:
        return g_strdup_printf("split at byte %zu", spec->at);
    case PBAY_SPLIT_RANDOM:
        return g_strdup_printf("split at random, seed %" G_GUINT64_FORMAT, spec->seed);
    default:
        return g_strdup("as recorded");
    }
}

static bool complain(const Check *check, const PbayReplaySpec *spec, const char *what)
{
    g_autofree char *how = describe(spec);

    printf("FAILED %s (%s):\n%s\n", check->recording->path, how, what);
    return false;
}

static void same_tree(const char *what, json_object *first, json_object *got, GString *why)
{
    g_autofree char *where = NULL;

    if (!pbay_compare_equal(first, got, &where))
        g_string_append_printf(why, "%s differ from the unsplit run: %s\n", what, where);
}

/* In words: "done" or "rate_limit rate_limit_exceeded". g_free. */
static char *end_of(const PbayReplayResult *result)
{
    const PbayFailure *failure = result->failure;

    if (failure == NULL)
        return g_strdup("done");
    return g_strdup_printf("%s %s", pbay_error_class(failure->cls)->name,
                           failure->code != NULL ? failure->code : "");
}

/* The same events and notes and the same kind of end as the first run. */
static bool same_as_first(const Check *check, const PbayReplayResult *result, GString *why)
{
    g_autofree char *want = end_of(&check->first), *got = end_of(result);

    same_tree("events", check->first.events, result->events, why);
    same_tree("notes", check->first.notes, result->notes, why);
    if (strcmp(want, got) != 0)
        g_string_append_printf(why, "outcome differs from the unsplit run: expected %s, got %s\n",
                               want, result->failure != NULL ? result->failure->message : "done");
    if (result->ends != 1)
        g_string_append_printf(why, "the exchange ended %u times\n", result->ends);
    for (guint i = 0; i < result->mistakes->len; i++)
        g_string_append_printf(why, "%s\n", (char *)g_ptr_array_index(result->mistakes, i));
    return why->len == 0;
}

/* A reply that was cut may end in any failure; "done" only if the driver had the whole answer by
 * then. */
static bool cut_well(const Check *check, const PbayReplayResult *result, GString *why)
{
    g_autofree char *where = NULL;

    if (result->ends != 1)
        g_string_append_printf(why, "the exchange ended %u times\n", result->ends);
    if (result->failure == NULL && !pbay_compare_equal(check->first.events, result->events, &where))
        g_string_append_printf(why, "done, though the reply was cut: %s\n", where);
    return why->len == 0;
}

static bool run_split(Check *check, const PbayReplaySpec *spec)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) why = g_string_new(NULL);
    PbayReplayResult result;
    bool good;

    check->runs++;
    if (!pbay_replay_run(check->driver, check->recording, spec, &result, &error)) {
        pbay_replay_result_clear(&result);
        return complain(check, spec, error->message);
    }
    good = spec->cut ? cut_well(check, &result, why) : same_as_first(check, &result, why);
    pbay_replay_result_clear(&result);
    return good || complain(check, spec, why->str);
}

static void print_tree(const char *name, json_object *tree)
{
    printf("{\"%s\":%s}\n", name,
           json_object_to_json_string_ext(tree,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void print_result(const PbayReplayResult *result)
{
    print_tree("events", result->events);
    print_tree("notes", result->notes);
    if (result->answer != NULL)
        print_tree("answer", result->answer);
    if (result->failure != NULL)
        printf("failed: %s: %s\n", pbay_error_class(result->failure->cls)->name,
               result->failure->message);
}

static bool run_as_recorded(Check *check)
{
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_RECORDED};
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) why = g_string_new(NULL);

    check->runs++;
    if (!pbay_replay_run(check->driver, check->recording, &spec, &check->first, &error))
        return complain(check, &spec, error->message);
    if (check->options->print)
        print_result(&check->first);
    return pbay_replay_judge(check->recording, &check->first, why) ||
           complain(check, &spec, why->str);
}

/* Bytes of the last reply: what is split and cut. */
static size_t split_length(const PbayRecording *recording)
{
    const PbayRecordedReply *last;

    if (recording->replies->len == 0)
        return 0;
    last = g_ptr_array_index(recording->replies, recording->replies->len - 1);
    return last->bytes->len;
}

static bool run_cut(Check *check, size_t at)
{
    const PbayReplaySpec cut = {.mode = PBAY_SPLIT_AT, .at = at, .cut = true, .cut_at = at};

    return run_split(check, &cut);
}

static bool run_splits(Check *check)
{
    const PbayReplaySpec bytes = {.mode = PBAY_SPLIT_BYTES};
    size_t len = split_length(check->recording);
    size_t stride = (size_t)check->options->stride;

    if (len == 0)
        return true;
    if (!run_split(check, &bytes) || !run_cut(check, 0) || !run_cut(check, len))
        return false;
    for (size_t at = 1; at < len; at += stride) {
        const PbayReplaySpec split = {.mode = PBAY_SPLIT_AT, .at = at};

        if (!run_split(check, &split) || !run_cut(check, at))
            return false;
    }
    for (uint64_t seed = 1; seed <= RANDOM_SPLITS; seed += stride) {
        const PbayReplaySpec random = {.mode = PBAY_SPLIT_RANDOM, .seed = seed};

        if (!run_split(check, &random))
            return false;
    }
    return true;
}

static bool check_recording(PbayDriver *driver, const char *path, const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayRecording) recording = pbay_recording_read(path, &error);
    Check check = {.driver = driver, .recording = recording, .options = options};
    bool good;

    if (recording == NULL) {
        printf("FAILED %s\n", error->message);
        return false;
    }
    if (strcmp(recording->driver, driver->id) != 0) {
        printf("FAILED %s: it is a recording of driver %s, this is %s\n", path, recording->driver,
               driver->id);
        return false;
    }
    good = run_as_recorded(&check) && run_splits(&check);
    pbay_replay_result_clear(&check.first);
    if (good)
        printf("ok %s (%u runs)\n", path, check.runs);
    return good;
}

static gint compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A folder stands for the recordings in it, one at least. */
static bool add_paths(GPtrArray *paths, const char *path)
{
    guint before = paths->len;
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (dir == NULL) {
        g_ptr_array_add(paths, g_strdup(path));
        return true;
    }
    while ((name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".jsonl"))
            g_ptr_array_add(paths, g_build_filename(path, name, NULL));
    if (paths->len == before)
        printf("FAILED %s: no recording (*.jsonl) is in this folder\n", path);
    return paths->len != before;
}

int main(int argc, char **argv)
{
    Options options = {.stride = 1};
    const GOptionEntry entries[] = {
        {"print", 0, 0, G_OPTION_ARG_NONE, &options.print, "show what came", NULL},
        {"stride", 0, 0, G_OPTION_ARG_INT, &options.stride, "split and cut at every Nth byte", "N"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("FILE.so RECORDING|FOLDER...");
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    PbayDriver *driver;
    unsigned failed = 0, empty = 0;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc < 3 || options.stride < 1) {
        fprintf(stderr, "patchbay-drivercheck: %s\n",
                error != NULL        ? error->message
                : options.stride < 1 ? "--stride is at least 1"
                                     : "name a driver and its recordings");
        return 1;
    }
    pbay_log_set_level(PBAY_LOG_NONE);
    driver = pbay_drivers_load_file(argv[1], pbay_services());
    if (driver->status != PBAY_DRIVER_LOADED) {
        fprintf(stderr, "patchbay-drivercheck: %s: %s\n  %s\n", argv[1], driver->reason,
                driver->remedy != NULL ? driver->remedy : "");
        return 1;
    }
    for (int i = 2; i < argc; i++)
        empty += add_paths(paths, argv[i]) ? 0 : 1;
    g_ptr_array_sort(paths, compare_paths);
    for (guint i = 0; i < paths->len; i++)
        failed += check_recording(driver, g_ptr_array_index(paths, i), &options) ? 0 : 1;
    printf("%u passed, %u failed\n", paths->len - failed, failed + empty);
    return failed + empty != 0 ? 1 : 0;
}
