/* SPDX-License-Identifier: Apache-2.0 */
/* A recording: one exchange of a driver as JSON lines: who is configured, what is asked, what
 * must be sent, what the vendor replies, and which events and outcome must come of it. The form
 * is described in sdk/RECORDINGS.md. Read once, immutable afterwards. */
#ifndef PBAY_CHECK_RECORDING_H
#define PBAY_CHECK_RECORDING_H

#include <glib.h>
#include <json-c/json.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <stdint.h>

/* One HTTP request that must come, and its reply. */
typedef struct PbayRecordedReply {
    json_object *send;    /* {"method","url","headers","body"|"body_text"}; borrowed from lines */
    int status;           /* 0: the connection fails before a head */
    json_object *headers; /* object, or NULL */
    GByteArray *bytes;    /* the body as it was received */
    GArray *pieces;       /* size_t: lengths of the pieces as recorded; they add up to the body */
    bool cut;             /* the connection was lost after the bytes */
} PbayRecordedReply;

typedef struct PbayRecording {
    char *path;
    char *driver, *source, *about;
    char *provider; /* name */
    char *options;  /* JSON text */
    char **secrets; /* name, value, ..., NULL */
    int64_t now_ms;
    uint64_t seed;
    int32_t kind;
    bool stream;
    char *model;
    char *body;                                     /* canonical JSON text, "" if none */
    GPtrArray *replies;                             /* PbayRecordedReply * */
    json_object *events, *notes, *outcome, *answer; /* or NULL */
    GPtrArray *lines;                               /* json_object *: what the above borrows from */
} PbayRecording;

/* NULL with error (PBAY_ERROR, PB_ERR_INVALID): "file:line: what is wrong". */
PbayRecording *pbay_recording_read(const char *path, GError **error);
void pbay_recording_free(PbayRecording *recording);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbayRecording, pbay_recording_free)

#endif
