/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of what must not matter: that it ran before, on which thread its ops run, what else
 * runs on its provider, what a vendor adds to its replies, that the client leaves. In the child
 * that runs the check; the first finding of a check ends it. */
#include "check/checks.h"
#include "check/lanes.h"
#include "check/same.h"
#include "check/unknown.h"
#include "check/wrap.h"

static const PbayReplaySpec plain = {.mode = PBAY_SPLIT_RECORDED};

/* False after a finding. */
static bool as_first(PbayCheckRun *run, const PbayReplaySpec *spec)
{
    g_autoptr(GString) why = g_string_new(NULL);
    PbayReplayResult result;

    if (!pbay_check_replay(run, spec, &result))
        return false;
    if (!pbay_same(&run->first, &result, why))
        pbay_check_found(run, "%s", why->str);
    pbay_replay_result_clear(&result);
    return why->len == 0;
}

void pbay_check_twice(PbayCheckRun *run)
{
    if (!pbay_check_first(run))
        return;
    for (int64_t again = 2; again <= 3; again++) {
        if (!pbay_check_wants(run, again))
            continue;
        pbay_check_at(run, again, "run number %d in one process", (int)again);
        if (!as_first(run, &plain))
            return;
    }
}

void pbay_check_thread(PbayCheckRun *run)
{
    const PbayReplaySpec bytes = {.mode = PBAY_SPLIT_BYTES};
    PbayWrap wrap = {.threads = true};

    if (!pbay_check_first(run))
        return;
    pbay_wrap_install(run->driver, &wrap);
    pbay_check_at(run, -1, "each op on a thread of its own");
    if (as_first(run, &plain)) {
        pbay_check_at(run, -1, "each op on a thread of its own, one byte at a time");
        as_first(run, &bytes);
    }
    pbay_wrap_remove(run->driver);
}

/* ---- two at a time --------------------------------------------------------------------------- */

/* The next recording of the same provider, or NULL. */
static const PbayRecording *partner_of(const PbayCheckRun *run)
{
    const GPtrArray *all = run->recordings;
    guint self = 0;

    while (self < all->len && g_ptr_array_index(all, self) != run->recording)
        self++;
    for (guint i = 1; i < all->len; i++) {
        const PbayRecording *other = g_ptr_array_index(all, (self + i) % all->len);

        if (strcmp(other->driver, run->driver->id) == 0 && pbay_lanes_fit(run->recording, other))
            return other;
    }
    return NULL;
}

static void judge_lane(PbayCheckRun *run, const PbayRecording *recording,
                       const PbayReplayResult *got, GString *why)
{
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_RECORDED, .loop = run->loop};
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) how = g_string_new(NULL);
    PbayReplayResult alone;

    if (!pbay_replay_run(run->driver, recording, &spec, &alone, &error))
        g_string_append_printf(how, "%s\n", error->message);
    else
        pbay_same(&alone, got, how);
    pbay_replay_result_clear(&alone);
    if (how->len != 0)
        g_string_append_printf(why, "%s: %s", recording->path, how->str);
}

static bool interleave(PbayCheckRun *run, const PbayRecording *other, size_t piece)
{
    bool minted = false;
    const PbayLanesSpec spec = {.recordings = {run->recording, other},
                                .loop = run->loop,
                                .minted = &minted,
                                .piece = piece};
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) why = g_string_new(NULL);
    PbayReplayResult results[2];

    run->place->runs++;
    pbay_check_at(run, -1, "interleaved with %s in pieces of %zu bytes", other->path, piece);
    if (!pbay_lanes_run(run->driver, &spec, results, &error)) {
        g_string_append(why, error->message);
    } else if (other == run->recording || !minted) { /* two mints of one provider are one */
        judge_lane(run, run->recording, &results[0], why);
        judge_lane(run, other, &results[1], why);
    }
    pbay_replay_result_clear(&results[0]);
    pbay_replay_result_clear(&results[1]);
    if (why->len != 0)
        pbay_check_found(run, "%s", why->str);
    return why->len == 0;
}

void pbay_check_interleaved(PbayCheckRun *run)
{
    const PbayRecording *other = partner_of(run);

    if (!interleave(run, run->recording, 7) || !interleave(run, run->recording, 1))
        return;
    if (other != NULL)
        interleave(run, other, 11);
}

/* ---- what a vendor may add ------------------------------------------------------------------- */

void pbay_check_unknown(PbayCheckRun *run)
{
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_AT, .unknown = true};
    g_autoptr(GString) why = g_string_new(NULL);
    PbayReplayResult result;
    json_object *with;

    if (!pbay_check_first(run))
        return;
    pbay_check_at(run, -1, "with a member nobody knows in every object of the replies");
    if (!pbay_check_replay(run, &spec, &result))
        return;
    with = result.events;
    result.events = pbay_unknown_strip(with, run->first.events);
    json_object_put(with);
    if (!pbay_same(&run->first, &result, why))
        pbay_check_found(run, "%s", why->str);
    pbay_replay_result_clear(&result);
}

/* ---- begin, end, close ----------------------------------------------------------------------- */

static void judge_calls(PbayCheckRun *run, const PbayWrap *wrap)
{
    if (wrap->begins != wrap->ends || wrap->strays != 0)
        pbay_check_found(run, "begin of %u exchanges, end of %u, %u of them of none", wrap->begins,
                         wrap->ends, wrap->strays);
    if (wrap->opens != wrap->closes && run->driver->ops->provider_close != NULL)
        pbay_check_found(run, "provider_open %u times, provider_close %u times", wrap->opens,
                         wrap->closes);
    if (wrap->bad_cancel)
        pbay_check_found(run, "on_cancel: expected PB_SEND, PB_DONE or PB_FAIL, got another value");
}

static size_t last_turn(const PbayRecording *recording, size_t piece)
{
    size_t turns = 2;

    for (guint i = 0; i < recording->replies->len; i++) {
        const PbayRecordedReply *reply = g_ptr_array_index(recording->replies, i);

        turns += reply->bytes->len / piece + 2;
    }
    return turns;
}

/* The client leaves after so many pieces. False after a finding. */
static bool leave_after(PbayCheckRun *run, size_t turn, size_t piece)
{
    PbayWrap calls;
    const PbayLanesSpec spec = {.recordings = {run->recording, NULL},
                                .loop = run->loop,
                                .calls = &calls,
                                .piece = piece,
                                .cancel_after = turn};
    g_autoptr(GError) error = NULL;
    PbayReplayResult results[2] = {0};

    run->place->runs++;
    pbay_check_at(run, (int64_t)turn, "the client leaves after %zu pieces of %zu bytes", turn,
                  piece);
    if (!pbay_lanes_run(run->driver, &spec, results, &error))
        pbay_check_found(run, "%s", error->message);
    else if (results[0].ends != 1)
        pbay_check_found(run, "the exchange ended %u times", results[0].ends);
    else
        judge_calls(run, &calls);
    pbay_replay_result_clear(&results[0]);
    return run->found == 0;
}

void pbay_check_lifecycle(PbayCheckRun *run)
{
    size_t piece = 32, last = last_turn(run->recording, piece);
    PbayWrap wrap = {0};
    PbayReplayResult result;

    pbay_wrap_install(run->driver, &wrap);
    pbay_check_at(run, 0, "counting the calls of a run");
    if (pbay_check_replay(run, &plain, &result))
        pbay_replay_result_clear(&result);
    judge_calls(run, &wrap);
    pbay_wrap_remove(run->driver);
    for (size_t turn = 1; turn <= last && run->found == 0; turn++)
        if (pbay_check_wants(run, (int64_t)turn))
            leave_after(run, turn, piece);
}
