/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a recording through a loaded driver in memory, with the received bytes split as asked,
 * and judges what came of it. Clock and randomness are scripted, so that two runs are equal. One
 * thread. */
#ifndef PBAY_CHECK_REPLAY_H
#define PBAY_CHECK_REPLAY_H

#include "check/collect.h"
#include "check/recording.h"
#include "drivers/drivers.h"
#include "loop/loop.h"
#include "snapshot/snapshot.h"

typedef enum PbaySplitMode {
    PBAY_SPLIT_RECORDED, /* the pieces of the recording       */
    PBAY_SPLIT_BYTES,    /* one byte at a time                */
    PBAY_SPLIT_AT,       /* two pieces, the first `at` long   */
    PBAY_SPLIT_RANDOM    /* pieces of 1 to 64 bytes by `seed` */
} PbaySplitMode;

typedef struct PbayReplaySpec {
    PbaySplitMode mode;
    size_t at;     /* AT: offset in the last reply's body */
    uint64_t seed; /* RANDOM */
    bool cut; /* lose the connection at cut_at of the last reply's body; requests are not judged */
    size_t cut_at;
    GString *sends; /* gets every request as it left, as text; or NULL */
    bool unknown;   /* members nobody knows in every object of the replies (unknown.h) */
    /* Where the provider stays for the next run, if all it had to do with secrets was in its
     * configuration; unref it at the end. NULL: each run opens its own. */
    PbayProvider **kept;
    PbayLoop *loop; /* to run on, or NULL: one of its own. Waits of the driver take no time */
} PbayReplaySpec;

/* The provider that a recording names, opened; NULL with error. */
PbayProvider *pbay_replay_provider(PbayDriver *driver, const PbayRecording *recording,
                                   GError **error);

/* Loads nothing: driver is a loaded one. False with error when the recording cannot be run with
 * it (wrong options). result is filled either way and wants pbay_replay_result_clear. */
bool pbay_replay_run(PbayDriver *driver, const PbayRecording *recording, const PbayReplaySpec *spec,
                     PbayReplayResult *result, GError **error);
/* Everything in which the result differs from what the recording says, a line each appended to out;
 * true when nothing does. */
bool pbay_replay_judge(const PbayRecording *recording, const PbayReplayResult *result,
                       GString *out);

#endif
