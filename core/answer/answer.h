/* SPDX-License-Identifier: Apache-2.0 */
/* From events to answers: checks the stream grammar, folds events into one canonical JSON answer,
 * or writes each as a chunk of a stream. One answer belongs to one call, on its worker's thread. It
 * never touches the network. Shapes: OpenAI chat.completion, chat.completion.chunk,
 * text_completion, embedding list, image, model list. */
#ifndef PBAY_ANSWER_ANSWER_H
#define PBAY_ANSWER_ANSWER_H

#include "base/error.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct PbayAnswer PbayAnswer;

typedef struct PbayAnswerSpec {
    int32_t kind;       /* PB_KIND_*                                                   */
    bool stream;        /* write chunks as events come                                 */
    bool include_usage; /* stream_options.include_usage                                */
    bool base64;        /* embeddings: encoding_format base64                          */
    unsigned choices;   /* n asked for, at least 1                                     */
    pb_str model;       /* asked for; used when the vendor echoes none. Copied         */
    pb_str prefix;      /* MODELS: put before each id with a slash; else empty. Copied */
    int64_t created;    /* unix seconds, used when the vendor gives none               */
    const char *random; /* 24 base62 characters for ids the vendor left out. Copied; NULL: made */
    size_t inputs;      /* EMBEDDING: how many inputs there are; 0: unknown                     */
    /* Streams: one chunk's JSON text, borrowed for the call. NULL otherwise. Only chat and
     * completion stream; other kinds are folded whatever `stream` says. */
    void (*chunk)(void *user, pb_str json);
    void *user;
} PbayAnswerSpec;

PbayAnswer *pbay_answer_new(const PbayAnswerSpec *spec);
void pbay_answer_free(PbayAnswer *answer);

/* Takes one event. False with error (PB_ERR_PROTOCOL; message says which rule of the grammar broke,
 * code invalid_upstream_response): the exchange is then to be cancelled. Bounded: 64 MiB folded. */
bool pbay_answer_event(PbayAnswer *answer, const pb_event *event, GError **error);

/* The exchange is done: checks completeness (every choice has its FINISH, embeddings have no hole,
 * ...) and in a stream writes the last chunks (finish, usage). False with error
 * (PB_ERR_PROTOCOL). */
bool pbay_answer_complete(PbayAnswer *answer, GError **error);

/* The error code of what event or complete refused: "invalid_upstream_response" or
 * "stream_truncated"; NULL when nothing was refused. Static. */
const char *pbay_answer_fault(const PbayAnswer *answer);

/* What event or complete refused as a failure with that code; the caller unrefs it. */
PbayFailure *pbay_answer_failure(const PbayAnswer *answer, const GError *error);

/* Does it write chunks? */
bool pbay_answer_streams(const PbayAnswer *answer);

/* After complete: the whole canonical answer appended as JSON; nothing for raw bytes that have no
 * JSON shape (speech). False, with nothing appended, for a stream, whose fold is not kept, and
 * before complete. */
bool pbay_answer_write(PbayAnswer *answer, GString *out);

/* Bytes of a raw answer (speech, a raw image) with their media type; len 0 when there are none. */
pb_str pbay_answer_bytes(const PbayAnswer *answer, pb_str *media_type);

/* The commit point: content, reasoning, a tool call or the like has passed. Empty pieces, names,
 * usage and what a vendor adds beside an answer are none; chunks written before it (a role) may
 * still be thrown away. */
bool pbay_answer_committed(const PbayAnswer *answer);

/* For estimates where a vendor counts nothing: bytes of text, reasoning and arguments so far; and
 * of an image answer how many images it holds. */
size_t pbay_answer_text_bytes(const PbayAnswer *answer);
int64_t pbay_answer_images(const PbayAnswer *answer);

/* Usage so far: known = PB_USAGE_* bits. */
typedef struct PbayUsage {
    uint32_t known;
    int64_t in, out, cached, cache_write, reasoning;
} PbayUsage;
PbayUsage pbay_answer_usage(const PbayAnswer *answer);

#endif
