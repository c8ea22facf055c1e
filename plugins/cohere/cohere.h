/* SPDX-License-Identifier: Apache-2.0 */
/* What the cohere driver remembers, of a provider and of one exchange, and the functions of its
 * files. All of it runs in ops, one at a time for an exchange; a provider is read-only once it is
 * open. */
#ifndef COHERE_H
#define COHERE_H

#include "lib/buffer.h"
#include "lib/json.h"
#include "lib/setup.h"
#include "lib/sse.h"

#define COHERE_CALLS_MAX 128u

typedef struct Provider {
    pbs_provider base; /* first: what pbs_op() reads */
    char *base_url;    /* without /v1 or /v2         */
    char *client_name; /* or ""                      */
    char *input_type;  /* of embeddings              */
} Provider;

typedef enum Mode { MODE_WHOLE, MODE_EVENTS, MODE_ERROR } Mode;

typedef struct Exchange {
    const Provider *provider;
    const pb_request *request;
    Mode mode;
    int32_t status;
    bool told_name;
    bool ended;                      /* message-end came */
    int64_t calls[COHERE_CALLS_MAX]; /* the vendor's index of each call */
    uint32_t n_calls;
    pbs_sse sse;
} Exchange;

/* request.c: describes the request; PB_SEND or PB_FAIL. */
pb_next cohere_describe(const pbs_ctx *ctx, Exchange *exchange);
/* The list of models from that page token on ("": the first). */
pb_next cohere_describe_models(const pbs_ctx *ctx, const Exchange *exchange, pb_str token);
bool cohere_is_streamed(const Exchange *exchange);

/* params.c: what becomes of top-level members of a chat or a prompt. */
void cohere_note(const pbs_ctx *ctx, int32_t note, const char *param, const char *why);
void cohere_write_params(const pbs_ctx *ctx, const Exchange *exchange);

/* thinking.c: writes the members `thinking` and `response_format`. */
void cohere_write_thinking(const pbs_ctx *ctx, const Exchange *exchange);
void cohere_write_format(const pbs_ctx *ctx, const Exchange *exchange);

/* messages.c and tools.c: write the members `messages`, and `tools` with what belongs to them. */
void cohere_write_messages(const pbs_ctx *ctx, Exchange *exchange);
void cohere_write_prompt(const pbs_ctx *ctx, const Exchange *exchange);
void cohere_write_tools(const pbs_ctx *ctx, const Exchange *exchange);

/* embed.c: a request's members behind `model`, and the answer. 0 or PB_FAIL. */
void cohere_write_embed(const pbs_ctx *ctx, const Exchange *exchange);
pb_next cohere_take_embed(const pbs_ctx *ctx, const pb_json *answer);

/* response.c: the ops that take the reply. */
pb_next cohere_on_head(void *prov, pb_xchg *x, void *state, int32_t status);
pb_next cohere_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes);
pb_next cohere_on_end(void *prov, pb_xchg *x, void *state);
pb_next cohere_unusable(const pbs_ctx *ctx, const char *message);

/* stream.c: one event of a stream. answer.c: a whole answer. 0, PB_DONE or PB_FAIL. */
pb_next cohere_take_event(const pbs_ctx *ctx, Exchange *exchange, const pb_json *event);
pb_next cohere_take_answer(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer);

/* emit.c: events that whole answers and streams share. */
void cohere_emit_id(const pbs_ctx *ctx, pb_str id);
void cohere_emit_content(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *part);
void cohere_emit_plan(const pbs_ctx *ctx, const Exchange *exchange, pb_str plan);
bool cohere_emit_call(const pbs_ctx *ctx, Exchange *exchange, int64_t index, const pb_json *call);
void cohere_emit_citations(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *list);
void cohere_emit_logprobs(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *list);
/* The end: finish reason and usage. PB_DONE, or PB_FAIL where the reason is a failure. */
pb_next cohere_emit_end(const pbs_ctx *ctx, pb_str reason, const pb_json *usage, pb_str error);

/* errors.c */
pb_next cohere_refused(const pbs_ctx *ctx, int32_t status, pb_str body);

#endif
