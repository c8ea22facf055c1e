/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of how a reply comes: as recorded, one byte at a time, split in two at every byte,
 * in random pieces, cut off at every byte. What is split and cut is the last reply. In the child
 * that runs the check; the first finding of a check ends it. */
#include "check/checks.h"
#include "check/same.h"

#define RANDOM_SPLITS 200

static void print_tree(GString *out, const char *name, json_object *tree)
{
    g_string_append_printf(out, "{\"%s\":%s}\n", name,
                           json_object_to_json_string_ext(
                               tree, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void print_result(PbayCheckRun *run)
{
    const PbayReplayResult *result = &run->first;
    g_autoptr(GString) out = g_string_new(NULL);

    print_tree(out, "events", result->events);
    print_tree(out, "notes", result->notes);
    if (result->answer != NULL)
        print_tree(out, "answer", result->answer);
    if (result->failure != NULL)
        g_string_append_printf(out, "failed: %s: %s\n",
                               pbay_error_class(result->failure->cls)->name,
                               result->failure->message);
    pbay_check_show(run, out->str);
}

void pbay_check_recorded(PbayCheckRun *run)
{
    g_autoptr(GString) why = g_string_new(NULL);

    pbay_check_at(run, -1, "as recorded");
    if (strcmp(run->recording->driver, run->driver->id) != 0) {
        pbay_check_found(run, "it is a recording of driver %s, this is %s", run->recording->driver,
                         run->driver->id);
        return;
    }
    if (!pbay_check_first(run))
        return;
    if (run->options->print)
        print_result(run);
    if (!pbay_replay_judge(run->recording, &run->first, why))
        pbay_check_found(run, "%s", why->str);
}

/* A reply that was cut may end in any failure; "done" only if the driver had the whole answer by
 * then. */
static void cut_well(const PbayReplayResult *first, const PbayReplayResult *result, GString *why)
{
    g_autofree char *where = NULL;

    if (result->ends != 1)
        g_string_append_printf(why, "the exchange ended %u times\n", result->ends);
    for (guint i = 0; i < result->mistakes->len; i++)
        g_string_append_printf(why, "%s\n", (char *)g_ptr_array_index(result->mistakes, i));
    if (result->failure == NULL && !pbay_compare_equal(first->events, result->events, &where))
        g_string_append_printf(why, "done, though the reply was cut: %s\n", where);
}

/* False after a finding. */
static bool run_one(PbayCheckRun *run, const PbayReplaySpec *spec)
{
    g_autoptr(GString) why = g_string_new(NULL);
    PbayReplayResult result;

    if (!pbay_check_replay(run, spec, &result))
        return false;
    if (spec->cut)
        cut_well(&run->first, &result, why);
    else
        pbay_same(&run->first, &result, why);
    pbay_replay_result_clear(&result);
    if (why->len != 0)
        pbay_check_found(run, "%s", why->str);
    return why->len == 0;
}

/* Bytes of the last reply. */
static size_t length(const PbayRecording *recording)
{
    const PbayRecordedReply *last;

    if (recording->replies->len == 0)
        return 0;
    last = g_ptr_array_index(recording->replies, recording->replies->len - 1);
    return last->bytes->len;
}

static bool split_at(PbayCheckRun *run, size_t at)
{
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_AT, .at = at};

    pbay_check_at(run, (int64_t)at, "split at byte %zu", at);
    return run_one(run, &spec);
}

static bool cut_at(PbayCheckRun *run, size_t at)
{
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_AT, .at = at, .cut = true, .cut_at = at};

    pbay_check_at(run, (int64_t)at, "cut off after byte %zu", at);
    return run_one(run, &spec);
}

/* 0 stands for one byte at a time. */
void pbay_check_split(PbayCheckRun *run)
{
    const PbayReplaySpec bytes = {.mode = PBAY_SPLIT_BYTES};
    size_t len = length(run->recording);
    g_autoptr(GString) why = g_string_new(NULL);

    if (!pbay_check_first(run))
        return;
    if (run->check->deferred && !pbay_replay_judge(run->recording, &run->first, why)) {
        pbay_check_found(run, "%s", why->str);
        return;
    }
    if (len != 0 && pbay_check_wants(run, 0)) {
        pbay_check_at(run, 0, "one byte at a time");
        if (!run_one(run, &bytes))
            return;
    }
    for (size_t at = 1; at < len; at += (size_t)run->options->stride)
        if (pbay_check_wants(run, (int64_t)at) && !split_at(run, at))
            return;
}

void pbay_check_random(PbayCheckRun *run)
{
    if (length(run->recording) == 0 || !pbay_check_first(run))
        return;
    for (int64_t seed = 1; seed <= RANDOM_SPLITS; seed += run->options->stride) {
        const PbayReplaySpec spec = {.mode = PBAY_SPLIT_RANDOM, .seed = (uint64_t)seed};

        if (!pbay_check_wants(run, seed))
            continue;
        pbay_check_at(run, seed, "split at random, seed %" G_GINT64_FORMAT, seed);
        if (!run_one(run, &spec))
            return;
    }
}

void pbay_check_cut(PbayCheckRun *run)
{
    size_t len = length(run->recording);

    if (len == 0 || !pbay_check_first(run))
        return;
    for (size_t at = 1; at < len; at += (size_t)run->options->stride)
        if (pbay_check_wants(run, (int64_t)at) && !cut_at(run, at))
            return;
    if (pbay_check_wants(run, 0) && !cut_at(run, 0))
        return;
    if (pbay_check_wants(run, (int64_t)len))
        cut_at(run, len);
}
