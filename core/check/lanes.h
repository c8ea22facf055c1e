/* SPDX-License-Identifier: Apache-2.0 */
/* One or two exchanges at a time on one provider, their replies handed out piece by piece in
 * turns: each exchange has a clock and a chance of its own, so that it must give what it gives
 * alone. One thread. */
#ifndef PBAY_CHECK_LANES_H
#define PBAY_CHECK_LANES_H

#include "check/replay.h"
#include "check/wrap.h"

typedef struct PbayLanesSpec {
    const PbayRecording *recordings[2]; /* of one provider; the second may be NULL */
    PbayLoop *loop;
    size_t piece;        /* bytes that an exchange gets in its turn */
    bool *minted;        /* set if a credential was fetched on the way; or NULL */
    PbayWrap *calls;     /* filled with what was called, or NULL */
    size_t cancel_after; /* the client of the first leaves after so many turns; 0: it stays */
} PbayLanesSpec;

/* Fills a result for each recording; each wants pbay_replay_result_clear, also after false with
 * error: it could not be run. */
bool pbay_lanes_run(PbayDriver *driver, const PbayLanesSpec *spec, PbayReplayResult results[2],
                    GError **error);

/* May both run on one provider? */
bool pbay_lanes_fit(const PbayRecording *a, const PbayRecording *b);

#endif
