/* SPDX-License-Identifier: Apache-2.0 */
/* What the state file says, as data and as JSON text. Pure; private to state_file.c. */
#ifndef PBAY_ROUTING_STATE_TEXT_H
#define PBAY_ROUTING_STATE_TEXT_H

#include "routing/daily_cap.h"
#include "routing/fleet.h"

#define PBAY_STATE_FORMAT 1

typedef enum PbayStateRead {
    PBAY_STATE_GOOD,
    PBAY_STATE_DAMAGED, /* no JSON, or not that of a state file              */
    PBAY_STATE_NEWER    /* of a later Patchbay: not to be read, nor replaced */
} PbayStateRead;

typedef struct PbayState {
    PbayDailyCap probes;
    unsigned dropped; /* records that could not be read */
} PbayState;

/* Appends the records to `records`. *why (g_free; NULL when all is good): what is wrong with the
 * text, or with records that were left out. */
PbayStateRead pbay_state_parse(pb_str text, PbayState *state, GArray *records, char **why);

/* Appends the text. Records go in order as long as they fit into `max` bytes; gives how many did.
 * Values out of range are brought into it, texts in invalid UTF-8 repaired. */
guint pbay_state_write(const PbayDailyCap *probes, const GArray *records, size_t max, GString *out);

#endif
