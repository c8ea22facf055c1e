/* SPDX-License-Identifier: Apache-2.0 */
/* What the replicate driver remembers, of a provider and of one exchange, and the functions of its
 * files. All of it runs in ops, one at a time for an exchange; a provider is read-only once it is
 * open. */
#ifndef REPLICATE_H
#define REPLICATE_H

#include "lib/buffer.h"
#include "lib/json.h"
#include "lib/setup.h"
#include "lib/sse.h"
#include "models.h"

typedef struct Rename {
    char *glob;      /* of the model's name, "" for all */
    char *from, *to; /* `to` "-": the model has no such input */
} Rename;

typedef struct Provider {
    pbs_provider base; /* first: what pbs_op() reads */
    char *base_url, *stream_origin, *collection, *prompt_form;
    int64_t wait_s; /* of the header Prefer; 0: none */
    int64_t poll_ms;
    int64_t cancel_after_s; /* 0: not said */
    bool streams;           /* stream URLs are used */
    Rename *renames;
    size_t n_renames;
} Provider;

/* What the reply that comes next answers. */
typedef enum Phase {
    PHASE_CREATE,
    PHASE_POLL,
    PHASE_STREAM,
    PHASE_METRICS, /* of a run whose stream told the whole answer */
    PHASE_IMAGE,
    PHASE_LIST
} Phase;

typedef struct Exchange {
    const Provider *provider;
    const pb_request *request;
    const Model *model;
    Phase phase;
    int32_t status;
    char *id;       /* of the prediction, or NULL   */
    bool over;      /* it runs no more              */
    bool told_meta; /* id and created were told     */
    bool streamed;  /* its stream URL was tried     */
    bool made;      /* the request's notes are told */
    size_t emitted; /* bytes of text so far         */
    int64_t delay_ms;
    unsigned failures; /* polls in a row that were refused */
    pbs_sse sse;
    /* images */
    const pb_json *links; /* kept: what the run gave */
    size_t n_links, link;
    pbs_buf images; /* JSON of those that are done, with commas */
} Exchange;

/* request.c: describes requests; PB_SEND or PB_FAIL. */
pb_next replicate_describe(const pbs_ctx *ctx, Exchange *exchange);
pb_next replicate_describe_poll(const pbs_ctx *ctx, Exchange *exchange);
pb_next replicate_describe_metrics(const pbs_ctx *ctx, Exchange *exchange);
pb_next replicate_describe_cancel(const pbs_ctx *ctx, const Exchange *exchange);
/* Opens a link of a prediction: a stream of the vendor's own site, or an image anywhere. False: it
 * is none that may be followed. */
bool replicate_describe_stream(const pbs_ctx *ctx, Exchange *exchange, pb_str url);
void replicate_describe_image(const pbs_ctx *ctx, Exchange *exchange, pb_str url);
bool replicate_is_streamed(const Exchange *exchange);
/* Does the client ask for usage behind a stream? */
bool replicate_wants_usage(const pbs_ctx *ctx, const Exchange *exchange);

/* params.c: what becomes of top-level members. */
void replicate_note(const pbs_ctx *ctx, int32_t note, const char *param, const char *why);
/* Writes those into the object `input` that is open. */
void replicate_write_params(const pbs_ctx *ctx, const Exchange *exchange);
/* The members beside `input`. */
void replicate_write_outside(const pbs_ctx *ctx, const Exchange *exchange);
/* The model's own name for an input, NULL: it has none. */
const char *replicate_input_name(const Exchange *exchange, const char *name);

/* prompt.c: writes the conversation, or the prompt, into `input`. False: fail() was called. */
bool replicate_write_conversation(const pbs_ctx *ctx, const Exchange *exchange);
bool replicate_write_prompt(const pbs_ctx *ctx, const Exchange *exchange);

/* image.c: an image's parameters into `input`, and the answer of links. */
void replicate_write_image(const pbs_ctx *ctx, const Exchange *exchange);
pb_next replicate_take_links(const pbs_ctx *ctx, Exchange *exchange, const pb_json *output);
pb_next replicate_take_image(const pbs_ctx *ctx, Exchange *exchange, pb_str bytes);

/* response.c: the ops that take the reply. */
pb_next replicate_on_head(void *prov, pb_xchg *x, void *state, int32_t status);
pb_next replicate_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes);
pb_next replicate_on_end(void *prov, pb_xchg *x, void *state);
pb_next replicate_on_timer(void *prov, pb_xchg *x, void *state);
pb_next replicate_unusable(const pbs_ctx *ctx, const char *message);
pb_next replicate_wait(const pbs_ctx *ctx, Exchange *exchange);

/* prediction.c: a prediction as it stands, after its creation or at a poll. */
pb_next replicate_take_prediction(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object,
                                  pb_str text);
/* What the reply tells of a run that is over and told; nothing where it is no prediction. */
void replicate_emit_metrics(const pbs_ctx *ctx, const pb_json *object);
pb_next replicate_finish(const pbs_ctx *ctx, Exchange *exchange, const char *native);
void replicate_emit_text(const pbs_ctx *ctx, Exchange *exchange, pb_str text);

/* stream.c: an event of a stream. 0, or what the op gives. */
pb_next replicate_take_event(const pbs_ctx *ctx, Exchange *exchange, const pbs_sse_event *event);

/* errors.c: a refused request, and a run that failed. */
pb_next replicate_refused(const pbs_ctx *ctx, const Exchange *exchange, pb_str body);
pb_next replicate_failed(const pbs_ctx *ctx, pb_str message);
pb_next replicate_canceled(const pbs_ctx *ctx);

#endif
