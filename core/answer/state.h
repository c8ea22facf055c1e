/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the answer room share: the state of one answer and their steps. Private: no
 * other room includes it. Events that reach these functions have passed the grammar. */
#ifndef PBAY_ANSWER_STATE_H
#define PBAY_ANSWER_STATE_H

#include "answer/answer.h"
#include "answer/extra.h"
#include "answer/grammar.h"
#include "answer/usage.h"
#include "json/writer.h"

/* What one answer may keep in memory. */
#define PBAY_ANSWER_MAX ((size_t)64 * 1024 * 1024)

/* Length of an id's random part. */
#define PBAY_RANDOM_LEN 24

typedef struct PbayToolCall {
    char *id, *name;
    bool custom, has_arguments;
    GString *arguments; /* NULL in a stream */
    PbayExtras extras;
} PbayToolCall;

typedef struct PbayChoice {
    bool started;                        /* stream: the chunk with the role was written */
    bool has_text;                       /* a TEXT event came, be it an empty one       */
    GString *text, *reasoning, *refusal; /* NULL until needed, and in a stream */
    GPtrArray *calls;                    /* PbayToolCall *, or NULL            */
    PbayExtras message, choice;
    const char *finish; /* static, or NULL */
} PbayChoice;

typedef struct PbayVector {
    float *values;
    size_t n;
} PbayVector;

typedef struct PbayModelRow {
    char *id, *name, *details; /* name, details: or NULL */
} PbayModelRow;

struct PbayAnswer {
    PbayAnswerSpec spec; /* strings are the answer's own */
    char *model, *prefix;
    char random[PBAY_RANDOM_LEN + 1];
    bool stream;
    PbayGrammar *grammar;
    const char *fault; /* error code of what event or complete refused, or NULL */
    size_t kept;       /* bytes, of PBAY_ANSWER_MAX */
    size_t text_bytes; /* of texts, reasoning, refusals and arguments */
    bool committed, complete;

    char *id, *vendor_model; /* first META of the name, or NULL */
    int64_t created;         /* 0: none given                   */
    PbayExtras top, usage_extras;
    PbayUsage usage;

    GPtrArray *choices; /* PbayChoice *, NULL where none came yet */
    GArray *vectors;    /* PbayVector by input                     */
    GPtrArray *models;  /* PbayModelRow *                          */
    GString *whole;     /* PB_EV_JSON                              */
    GString *bytes;     /* PB_EV_BYTES                             */
    char *media_type;

    GString *line; /* stream: the chunk being written */
};

/* answer.c */
PbayChoice *pbay_answer_choice(PbayAnswer *answer, uint32_t number);
PbayToolCall *pbay_answer_call(PbayAnswer *answer, const pb_event *event); /* made if it is new */

/* ident.c: ids that the vendor left out. Each is the same whenever asked for. Caller frees. */
void pbay_answer_random(char out[PBAY_RANDOM_LEN + 1]);
char *pbay_answer_make_id(const PbayAnswer *answer);
char *pbay_answer_make_call_id(const PbayAnswer *answer, uint32_t choice, uint32_t index);

/* ident.c: id, object, created, model - the head of each completion and chunk. */
void pbay_answer_write_head(const PbayAnswer *answer, const char *object, PbayJsonWriter *w);

/* fold_chat.c, completion.c: events of a choice when nothing is streamed; the finished shapes. */
void pbay_answer_fold(PbayAnswer *answer, const pb_event *event);
void pbay_answer_write_chat(PbayAnswer *answer, PbayJsonWriter *w);
void pbay_answer_write_completion(PbayAnswer *answer, PbayJsonWriter *w);
void pbay_answer_write_choice_end(const PbayChoice *choice, PbayJsonWriter *w);
void pbay_answer_write_tail(PbayAnswer *answer, PbayJsonWriter *w); /* usage and top-level extras */

/* chunk.c: the same events as chunks; in the end finish reasons and usage. */
void pbay_answer_chunk(PbayAnswer *answer, const pb_event *event);
void pbay_answer_last_chunks(PbayAnswer *answer);

/* embedding.c, models.c, image.c */
void pbay_answer_add_vector(PbayAnswer *answer, const pb_event *event);
void pbay_answer_write_embeddings(PbayAnswer *answer, PbayJsonWriter *w);
void pbay_answer_add_model(PbayAnswer *answer, const pb_event *event);
void pbay_answer_write_models(PbayAnswer *answer, PbayJsonWriter *w);
void pbay_answer_add_whole(PbayAnswer *answer, const pb_event *event);
void pbay_answer_write_whole(PbayAnswer *answer, GString *out);

#endif
