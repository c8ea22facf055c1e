/* SPDX-License-Identifier: Apache-2.0 */
/* What the vertex_ai driver remembers, of a provider and of one exchange, and the functions of
 * its files. All of it runs in ops, one at a time for an exchange; a provider is read-only once it
 * is open. */
#ifndef VERTEX_AI_H
#define VERTEX_AI_H

#include "lib/anthropic/anthropic.h"
#include "lib/gemini/gemini.h"
#include "lib/json.h"
#include "lib/openai/openai.h"
#include "lib/setup.h"

#include "route.h"

/* The name of the one credential and of its parts. */
#define CREDENTIAL   "google"
#define PART_TOKEN   "token"
#define PART_PROJECT "project"
#define PART_QUOTA   "quota-project"

typedef struct Provider {
    pbs_provider base; /* first: what pbs_op() reads */
    char *base_url, *project, *location, *token_url, *metadata_host, *quota_project, *version;
    char *safety;           /* a threshold, may be empty                   */
    bool express, metadata; /* an API key; the machine's own service account */
    pbs_anthropic_platform claude, claude_count;
    pbs_gemini_platform gemini;
    pbs_openai_options openai;
} Provider;

typedef struct Exchange {
    pbs_openai openai; /* first: hooks cast back from it */
    const Provider *provider;
    const pb_request *asked;
    pb_request request; /* the same with the model's own name */
    Route route;
    pb_str project;
    pbs_anthropic *claude;
    pbs_gemini *gemini;
    int32_t status;
    bool has_openai, minted, retried;
    bool asked_project; /* of a mint: the metadata server's second question */
    bool quiet;         /* described before */
} Exchange;

/* ---- credential.c: the token ---- */

pb_next vertex_begin_credential(const pbs_ctx *ctx, Exchange *exchange);
pb_next vertex_take_credential(const pbs_ctx *ctx, Exchange *exchange, pb_str body);
/* What `sign` does for all other kinds. */
pb_next vertex_sign(const pbs_ctx *ctx, Exchange *exchange);

/* assertion.c: a signed JWT for the token endpoint, good for this op; "" with fail() called. */
pb_str vertex_assertion(const pbs_ctx *ctx, const pb_json *account);

/* rsa.c: RSASSA-PKCS1-v1_5 with SHA-256 by libcrypto. The length of the signature; 0: `pem` is no
 * RSA key that can be read without a password. */
#define VERTEX_RSA_MAX 1024u
size_t vertex_rsa_sha256(pb_str pem, pb_str text, uint8_t out[VERTEX_RSA_MAX]);

/* ---- url.c ---- */

/* http_begin() with the URL of the exchange's route, and the headers that all have. method stands
 * behind the model and a colon. False: fail() was called. */
bool vertex_begin_http(const pbs_ctx *ctx, const Exchange *exchange, const char *method,
                       uint32_t flags);
/* The URL of the OpenAI-shaped endpoint, or of a partner's rawPredict. */
bool vertex_openai_url(const pbs_ctx *ctx, const pbs_openai *openai, pbs_buf *url);

/* ---- request.c: PB_SEND or PB_FAIL; again after a repair ---- */
pb_next vertex_describe(const pbs_ctx *ctx, Exchange *exchange);

/* ---- palm.c: chat-bison, text-bison and their kin ---- */
void vertex_write_palm(const pbs_ctx *ctx, const Exchange *exchange);
pb_next vertex_take_palm(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer);

/* ---- embed.c: embeddings by :predict and :embedContent ---- */
bool vertex_write_embed(const pbs_ctx *ctx, const Exchange *exchange);
pb_next vertex_take_embed(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer);

/* ---- response.c: the ops that take the reply ---- */
pb_next vertex_on_head(void *prov, pb_xchg *x, void *state, int32_t status);
pb_next vertex_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes);
pb_next vertex_on_end(void *prov, pb_xchg *x, void *state);

#endif
