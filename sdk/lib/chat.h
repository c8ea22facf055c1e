/* SPDX-License-Identifier: MIT */
/* Answers in OpenAI's shape turned into events: chat completions whole and in chunks, and legacy
 * completions. One decoder for both, with the differences of the look-alikes read by what they
 * are rather than by who sent them. In an op of the exchange. */
#ifndef PATCHBAY_LIB_CHAT_H
#define PATCHBAY_LIB_CHAT_H

#include "lib/buffer.h"
#include "lib/error.h"
#include "lib/tool_calls.h"

#define PBS_CHOICES_MAX 128u
#define PBS_HELD_MAX    16u

typedef struct pbs_chat {
    bool completion; /* legacy completions: text, no tools */
    bool whole;      /* the object at hand is a whole answer */
    pbs_calls calls;
    uint32_t metas; /* bits of what was told: id, model, created, fingerprint */
    bool finished[PBS_CHOICES_MAX], unsaid[PBS_CHOICES_MAX];
    size_t n_choices; /* highest number seen, plus 1 */
    pbs_buf usage;    /* the last one seen, as text */
    struct {
        pbs_buf name, json;
    } held[PBS_HELD_MAX]; /* top-level members of this vendor: told once, at the end */
    size_t n_held;
    /* May be set after init: has a say on an error found in an answer before it is told. */
    void (*on_error)(void *user, const pbs_ctx *ctx, const pb_json *body, pbs_error *error);
    void *user;
} pbs_chat;

void pbs_chat_init(pbs_chat *chat, bool completion);
void pbs_chat_free(pbs_chat *chat);

/* Takes one object: a chunk, or (whole) the answer. 0, or PB_FAIL with fail() called: the object
 * holds an error, or cannot be used. status: of the reply. */
pb_next pbs_chat_take(const pbs_ctx *ctx, pbs_chat *chat, const pb_json *object, bool whole,
                      int status);

/* What was held back until nothing more can come. Call before PB_DONE. */
void pbs_chat_end(const pbs_ctx *ctx, pbs_chat *chat);

/* True when every choice seen has its finish reason, and one was seen. */
bool pbs_chat_is_finished(const pbs_chat *chat);

/* The canonical finish reason for a vendor's: "stop", "length", "tool_calls", "content_filter".
 * NULL: the vendor says that the answer failed. */
const char *pbs_chat_finish(pb_str native);

#endif
