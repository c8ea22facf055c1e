/* SPDX-License-Identifier: MIT */
/* The Anthropic Messages dialect, as Anthropic and the clouds that host its models speak it: a
 * canonical request written as a body, and answers, whole or event by event, turned into events of
 * the core. The older text interface (/v1/complete) is chosen by the model's name. A driver brings
 * the URL, the signature and what its platform does otherwise. In ops of one exchange, one at a
 * time.
 *
 *   static const pbs_anthropic_platform platform = {...};
 *   begin:    a = pbs_anthropic_new(ctx, &platform, request); http_begin(...);
 *             pbs_anthropic_write(ctx, a); return PB_SEND;
 *   on_head:  return pbs_anthropic_on_head(ctx, a, status);
 *   on_body:  next = pbs_anthropic_on_body(ctx, a, bytes); PB_SEND: describe the request again
 *   on_end:   the same with pbs_anthropic_on_end(ctx, a)
 *   end:      pbs_anthropic_free(a);
 *
 * Where the bytes come in another framing than SSE, the driver calls pbs_anthropic_take_event() for
 * each JSON event, or pbs_anthropic_take_answer() for a whole one, and pbs_anthropic_refused() for
 * a refusal. */
#ifndef PATCHBAY_LIB_ANTHROPIC_H
#define PATCHBAY_LIB_ANTHROPIC_H

#include "lib/ctx.h"

#include <stdbool.h>

/* What a platform does its own way. Constant, or of the provider: it is read until the exchange
 * ends. */
typedef struct pbs_anthropic_platform {
    bool model_in_body;  /* `model` is a member of the body; else it stands in the URL        */
    bool stream_in_body; /* `stream` is a member of the body; else the URL says it            */
    bool beta_in_body;   /* betas as member anthropic_beta; else as header anthropic-beta     */
    bool links;          /* images and documents may be http(s) links                         */
    bool files;          /* documents may be a file_id of the Files API                       */
    bool drops_sampling; /* temperature, top_p and top_k are refused by the API version       */
    const char *version; /* the member anthropic_version of the body; NULL: none              */
    const char *beta;    /* betas that every request gets, comma-separated; may be NULL       */
    int64_t max_tokens;  /* for requests that give none; 0: the model's own maximum           */
    /* Members the platform refuses though Anthropic takes them: service_tier, container,
     * context_management, inference_geo, mcp_servers, speed, web_search_options. Told and left
     * out. Ends with NULL; may be NULL. */
    const char *const *without;
    /* Members that the driver sends itself in another place, as headers: neither written into the
     * body nor told. May be NULL. metadata.user_id goes into the body all the same. */
    bool (*handles)(pb_str name);
} pbs_anthropic_platform;

/* One exchange. Opaque. */
typedef struct pbs_anthropic pbs_anthropic;

/* NULL: the exchange has no memory left; return PB_FAIL. */
pbs_anthropic *pbs_anthropic_new(const pbs_ctx *ctx, const pbs_anthropic_platform *platform,
                                 const pb_request *request);

/* Frees what the exchange does not free itself. NULL is allowed. */
void pbs_anthropic_free(pbs_anthropic *exchange);

/* Is the model one of the text interface (/v1/complete)? Such a model counts no tokens. */
bool pbs_anthropic_is_legacy(const pbs_anthropic *exchange);

/* Is the answer to this request asked for as a stream? */
bool pbs_anthropic_is_streamed(const pbs_anthropic *exchange);

/* Writes the body of a CHAT, COMPLETION or COUNT_TOKENS request behind http_begin(), tells every
 * parameter that does not go as it stands, and sets anthropic-beta where betas are a header. Called
 * again for the second try it tells nothing twice. */
void pbs_anthropic_write(const pbs_ctx *ctx, pbs_anthropic *exchange);

/* The betas as a header, for a request without a body. */
void pbs_anthropic_write_betas(const pbs_ctx *ctx, const pbs_anthropic *exchange);

/* ---- A reply over HTTP: JSON, or SSE by its Content-Type ---- */

pb_next pbs_anthropic_on_head(const pbs_ctx *ctx, pbs_anthropic *exchange, int32_t status);
/* PB_READ, PB_DONE, PB_FAIL, or PB_SEND: the refusal was understood; describe the request again,
 * with pbs_anthropic_write() for its body, and return PB_SEND. */
pb_next pbs_anthropic_on_body(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str bytes);
pb_next pbs_anthropic_on_end(const pbs_ctx *ctx, pbs_anthropic *exchange);

/* ---- The same without HTTP's framing ---- */

/* One event of a stream. 0, PB_DONE or PB_FAIL. Types that are not known are passed over. */
pb_next pbs_anthropic_take_event(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *event);
/* A whole answer: PB_DONE or PB_FAIL. */
pb_next pbs_anthropic_take_answer(const pbs_ctx *ctx, pbs_anthropic *exchange,
                                  const pb_json *answer);
/* The stream is over: PB_DONE, or PB_FAIL when it ended before the answer did. */
pb_next pbs_anthropic_stream_end(const pbs_ctx *ctx, pbs_anthropic *exchange);
/* A refusal, whatever its body is: PB_FAIL, or PB_SEND as above. */
pb_next pbs_anthropic_refused(const pbs_ctx *ctx, pbs_anthropic *exchange, int32_t status,
                              pb_str body);

/* ---- Parts that other dialects of this model family share ---- */

/* Writes a JSON Schema as the vendor's structured answers take it: every object closed, and bounds
 * that it does not enforce told in words. schema.c */
void pbs_anthropic_write_schema(const pbs_ctx *ctx, const pb_json *schema);

#endif
