/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a recording through a loaded driver in memory, with the received bytes split as asked, and judges
 * what came of it. Clock and randomness are scripted, so that two runs are equal. One thread. */
#ifndef PBAY_CHECK_REPLAY_H
#define PBAY_CHECK_REPLAY_H

#include "base/error.h"
#include "check/recording.h"
#include "drivers/drivers.h"

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
    bool cut;      /* lose the connection at cut_at of the last reply's body */
    size_t cut_at;
} PbayReplaySpec;

typedef struct PbayReplayResult {
    json_object *events, *notes, *answer; /* answer NULL for a failure or a stream */
    PbayFailure *failure;                 /* NULL: done */
    unsigned ends;                        /* how often the exchange said done: must be 1 */
    GPtrArray *mistakes;                  /* char *: what was sent and should not have been, ... */
} PbayReplayResult;

/* Loads nothing: driver is a loaded one. False with error when the recording cannot be run with it (wrong
 * options). */
bool pbay_replay_run(PbayDriver *driver, const PbayRecording *recording, const PbayReplaySpec *spec,
                     PbayReplayResult *result, GError **error);
void pbay_replay_result_clear(PbayReplayResult *result);

/* Everything in which the result differs from what the recording says, a line each appended to out;
 * true when nothing does. */
bool pbay_replay_judge(const PbayRecording *recording, const PbayReplayResult *result,
                       GString *out);

#endif
