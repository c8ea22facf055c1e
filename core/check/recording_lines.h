/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of lines of a recording: which members each may have and what it puts into the
 * recording. Used by recording.c alone, which holds their order. Pure. */
#ifndef PBAY_CHECK_RECORDING_LINES_H
#define PBAY_CHECK_RECORDING_LINES_H

#include "check/recording.h"

/* Where a line stands; recording.c says which may follow which. */
enum {
    PBAY_STAGE_RECORDING,
    PBAY_STAGE_PROVIDER,
    PBAY_STAGE_CLOCK,
    PBAY_STAGE_REQUEST,
    PBAY_STAGE_SEND,
    PBAY_STAGE_HEAD,
    PBAY_STAGE_BYTES,
    PBAY_STAGE_END,
    PBAY_STAGE_EVENTS,
    PBAY_STAGE_NOTES,
    PBAY_STAGE_OUTCOME,
    PBAY_STAGE_ANSWER
};

typedef struct PbayLineKind {
    const char *member; /* that names it */
    int stage;
    /* False with error. The recording borrows from the line, which it holds. */
    bool (*read)(PbayRecording *r, json_object *line, json_object *value, GError **error);
} PbayLineKind;

/* The kind of a line, or NULL with error (PBAY_ERROR, PB_ERR_INVALID): none, or members it may
 * not have. */
const PbayLineKind *pbay_line_kind(json_object *line, GError **error);

#endif
