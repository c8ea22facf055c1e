/* SPDX-License-Identifier: Apache-2.0 */
/* What the codecs of InvokeModel remember of one exchange: bodies and answers are those of the
 * model's own vendor. All of it runs in ops, one at a time for an exchange. */
#ifndef BEDROCK_INVOKE_H
#define BEDROCK_INVOKE_H

#include "emit.h"
#include "families.h"

#include "lib/anthropic/anthropic.h"
#include "lib/chat.h"
#include "lib/prompt.h"

#define PROMPT_MAX ((size_t)64 * 1024 * 1024)

typedef struct Invoke Invoke;

/* A body of a vendor. */
typedef struct Vendor {
    pb_next (*describe)(const pbs_ctx *, Exchange *);
    /* One object: a whole answer, or one of a stream. 0, PB_DONE or PB_FAIL. */
    pb_next (*take)(const pbs_ctx *, Exchange *, const pb_json *, bool whole);
    /* The stream is complete: PB_DONE or PB_FAIL. */
    pb_next (*end)(const pbs_ctx *, Exchange *);
} Vendor;

struct Invoke {
    const Family *family;
    const Vendor *vendor;
    bool named, began, finished;
    bool counted; /* the vendor told its tokens itself              */
    int64_t in;   /* tokens of the prompt, as a stream told them; -1: not told */
    pbs_anthropic_platform platform;
    pbs_anthropic *claude;
    pbs_chat chat;
    bool has_chat;
};

extern const BedrockCodec invoke_codec, invoke_whole_codec;

static inline Invoke *invoke_of(const Exchange *exchange)
{
    return exchange->codec_state;
}

/* invoke.c: false: no body of this model's vendor is known. */
bool invoke_start(Exchange *exchange, Invoke *invoke, const Family *family);

/* invoke_claude.c, invoke_text.c, invoke_jamba.c */
extern const Vendor invoke_claude, invoke_text, invoke_jamba;

/* invoke_params.c: the fates of parameters where a vendor takes a text prompt; headers for what
 * the service takes beside every body. */
void invoke_note_params(const pbs_ctx *ctx, const Exchange *exchange, const char *const *own);
void invoke_write_headers(const pbs_ctx *ctx, const Exchange *exchange);

/* invoke_prompt.c: the prompt that a chat becomes, or that was given. */
bool invoke_write_prompt(const pbs_ctx *ctx, const Exchange *exchange, pbs_prompt_form form,
                         pbs_buf *out);
/* Is it one text of the user and nothing else? Some models take that as it stands. */
bool invoke_is_single(const pbs_ctx *ctx, const Exchange *exchange);

/* invoke_answer.c: the answers of the text models. */
pb_next invoke_take_text(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object, bool whole);
pb_next invoke_end_text(const pbs_ctx *ctx, Exchange *exchange);

#endif
