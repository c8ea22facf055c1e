/* SPDX-License-Identifier: Apache-2.0 */
/* Holds a manifest's `parameters` against what the driver does: each canonical chat parameter is
 * sent once, and what leaves, or what the driver notes, must be what its fate says. One thread. */
#ifndef PBAY_CHECK_FATES_H
#define PBAY_CHECK_FATES_H

#include "check/recording.h"
#include "drivers/drivers.h"

/* Appends to findings (char *, g_free) a line for each parameter without an entry and for each
 * whose fate is not what happens. The request is that of chat-text.jsonl among the recordings
 * (PbayRecording *), else of the shortest chat that is not streamed and ends well; without one
 * nothing is checked. Then, for every other model and set of options of such chats, a line for
 * each parameter that is lost in silence. Gives how many were tried. */
unsigned pbay_fates_check(PbayDriver *driver, const GPtrArray *recordings, GPtrArray *findings);

#endif
