/* SPDX-License-Identifier: Apache-2.0 */
/* What the ollama driver remembers, of a provider and of one exchange, and the functions of its
 * files. All of it runs in ops, one at a time for an exchange; a provider is read-only once it is
 * open. */
#ifndef OLLAMA_H
#define OLLAMA_H

#include "lib/buffer.h"
#include "lib/json.h"
#include "lib/ndjson.h"
#include "lib/setup.h"

typedef struct Provider {
    pbs_provider base; /* first: what pbs_op() reads */
    char *base_url;    /* complete: scheme, host, port                   */
    bool is_given;     /* as it was configured, so the core knows its origin */
    char *keep_alive;  /* or ""                                          */
    int64_t num_ctx;   /* 0: the server's own                            */
    int truncate;      /* -1: not said                                   */
} Provider;

typedef enum Mode {
    MODE_WHOLE, /* one JSON text        */
    MODE_LINES, /* one JSON text a line */
    MODE_ERROR
} Mode;

typedef struct Exchange {
    const Provider *provider;
    const pb_request *request;
    bool quiet;    /* a second description: what is dropped was told before */
    bool no_think; /* the model refused to think                            */
    bool told_name, told_detail;
    Mode mode;
    int32_t status;
    bool began, finished;
    uint32_t calls;
    pbs_ndjson lines;
} Exchange;

/* request.c: describes the request; PB_SEND or PB_FAIL. Also for the second try. */
pb_next ollama_describe(const pbs_ctx *ctx, Exchange *exchange);

/* params.c: what becomes of top-level members. */
void ollama_note(const pbs_ctx *ctx, const Exchange *exchange, int32_t note, const char *param,
                 const char *why);
void ollama_note_params(const pbs_ctx *ctx, const Exchange *exchange);
void ollama_write_params(const pbs_ctx *ctx, const Exchange *exchange);

/* options.c: writes the member `options`. */
void ollama_write_options(const pbs_ctx *ctx, const Exchange *exchange);
bool ollama_is_option(pb_str name);

/* thinking.c: writes the member `think`. */
void ollama_write_think(const pbs_ctx *ctx, const Exchange *exchange);
bool ollama_thinks(const pbs_ctx *ctx, const Exchange *exchange);

/* messages.c and tools.c: write the members `messages` and `tools`. */
void ollama_write_messages(const pbs_ctx *ctx, Exchange *exchange);
void ollama_write_tools(const pbs_ctx *ctx, const Exchange *exchange);

/* response.c: the ops that take the reply. */
pb_next ollama_on_head(void *prov, pb_xchg *x, void *state, int32_t status);
pb_next ollama_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes);
pb_next ollama_on_end(void *prov, pb_xchg *x, void *state);

/* answer.c: one object of an answer, a line or the whole. 0, PB_DONE or PB_FAIL. */
pb_next ollama_take_answer(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object);
pb_next ollama_take_embeddings(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object);

/* errors.c */
pb_next ollama_refused(const pbs_ctx *ctx, Exchange *exchange, pb_str body);
pb_next ollama_failed(const pbs_ctx *ctx, int32_t status, const pb_json *object);

#endif
