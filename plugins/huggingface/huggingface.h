/* SPDX-License-Identifier: Apache-2.0 */
/* What the huggingface driver remembers, of a provider and of one exchange, and the functions of
 * its files. All of it runs in ops, one at a time for an exchange; a provider is read-only once
 * it is open. */
#ifndef HUGGINGFACE_H
#define HUGGINGFACE_H

#include "lib/json.h"
#include "lib/openai/openai.h"
#include "lib/setup.h"

#define HF_STOPS_MAX   16u
#define HF_STOPS_TAKEN 4u /* what TGI takes unless it is set up otherwise */

/* The forms of a request. */
typedef enum HfWay {
    HF_OPENAI,   /* the router, or an endpoint with the messages API */
    HF_GENERATE, /* TGI's own: /generate, /generate_stream           */
    HF_FEATURES, /* feature extraction                               */
    HF_EMBED,    /* TEI's own: /embed                                */
    HF_IMAGE,    /* text to image: the bytes of a picture            */
    HF_INFO      /* TGI's own: /info                                 */
} HfWay;

typedef struct HfProvider {
    pbs_provider base;          /* first: what pbs_op() reads */
    pbs_openai_options options; /* base_url without a path of TGI's own */
    pb_str bill_to, form;
    bool is_router, is_generate, is_features; /* features: base-url is the task's own address */
} HfProvider;

typedef struct HfExchange {
    pbs_openai openai; /* first: what the hooks cast back */
    const HfProvider *provider;
    HfWay way;
    pb_str model;   /* without the provider that serves it */
    pb_str serving; /* that provider, or empty             */
    /* ---- TGI's own and the tasks ---- */
    bool whole, taken, finished, logprobs;
    size_t inputs;
    pb_str stops[HF_STOPS_MAX];
    size_t n_stops;
    pbs_buf held; /* text that may be the beginning of a stop sequence */
} HfExchange;

/* route.c: which form a request takes, and its URL. */
void hf_route(const pbs_ctx *ctx, HfExchange *exchange);
bool hf_url(const HfExchange *exchange, pbs_buf *url);
/* http_begin() and the headers all forms have; false: fail() was called. */
bool hf_begin(const pbs_ctx *ctx, const HfExchange *exchange, bool streamed, const char *accept);

/* generate.c */
pb_next hf_generate_describe(const pbs_ctx *ctx, HfExchange *exchange);

/* generate_params.c: writes the member `parameters`. */
void hf_generate_write_params(const pbs_ctx *ctx, HfExchange *exchange);
void hf_generate_note_params(const pbs_ctx *ctx, const HfExchange *exchange);

/* generate_answer.c: a whole answer; one event of a stream. 0, or PB_FAIL with fail() called. */
pb_next hf_generate_take(const pbs_ctx *ctx, HfExchange *exchange, const pb_json *answer);
pb_next hf_generate_take_event(const pbs_ctx *ctx, HfExchange *exchange, const pb_json *event);

/* vectors.c */
pb_next hf_vectors_describe(const pbs_ctx *ctx, HfExchange *exchange);
pb_next hf_vectors_take(const pbs_ctx *ctx, HfExchange *exchange, const pb_json *answer);

/* image.c */
pb_next hf_image_describe(const pbs_ctx *ctx, HfExchange *exchange);
pb_next hf_image_take(const pbs_ctx *ctx, HfExchange *exchange, pb_str bytes);

/* errors.c: the vendor's own words for what went wrong. */
void hf_error(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body, pbs_error *error);

/* response.c: the ops that take the reply of all forms but OpenAI's. */
pb_next hf_on_head(const pbs_ctx *ctx, HfExchange *exchange, int32_t status);
pb_next hf_on_body(const pbs_ctx *ctx, HfExchange *exchange, pb_str bytes);
pb_next hf_on_end(const pbs_ctx *ctx, HfExchange *exchange);

#endif
