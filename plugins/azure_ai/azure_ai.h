/* SPDX-License-Identifier: Apache-2.0 */
/* What a provider of the azure_ai driver knows, what one of its exchanges remembers, and the
 * functions of its files. A provider is read-only once made; the rest runs in ops. */
#ifndef AZURE_AI_AZURE_AI_H
#define AZURE_AI_AZURE_AI_H

#include "lib/anthropic/anthropic.h"
#include "lib/entra.h"
#include "lib/openai/openai.h"
#include "lib/setup.h"

typedef enum Surface {
    SURFACE_MODELS,   /* model inference: /models, serverless and managed endpoints */
    SURFACE_V1,       /* OpenAI's v1 API, and GitHub Models                         */
    SURFACE_ANTHROPIC /* Claude                                                     */
} Surface;

typedef struct Provider {
    pbs_provider base;
    pbs_openai_options options, mistral; /* the second for models with Mistral's rules */
    pbs_anthropic_platform claude;
    pbs_entra entra;
    pb_str root;       /* base-url without its query and the path of a kind        */
    pb_str query;      /* of base-url                                              */
    pb_str version;    /* api-version; empty: none                                 */
    pb_str deployment; /* of a managed endpoint                                    */
    bool foundry;      /* a resource: Claude is beside the other models            */
    bool github;       /* GitHub Models                                            */
    bool rerank_v1;    /* base-url named the older API of rankings                 */
    bool score;        /* root is the scoring path of an endpoint, taken as it is  */
    bool api_key;      /* the key goes as api-key, else as bearer                  */
    Surface surface;
    bool pass_all, pass_none; /* extra-parameters = pass-through, drop             */
} Provider;

typedef struct Exchange {
    pbs_openai openai; /* first: hooks cast */
    const Provider *provider;
    const pb_request *request;
    pbs_anthropic *claude; /* or NULL */
    pbs_entra_way way;
    bool minting, renewed;
    int32_t status;
} Exchange;

/* place.c */
void azure_ai_place_read(const pb_core_api *api, const pb_json *config, Provider *provider);
bool azure_ai_url(const pbs_ctx *ctx, const pbs_openai *openai, pbs_buf *url);
bool azure_ai_claude_url(const Provider *provider, pbs_buf *url);
bool azure_ai_rerank_url(const Provider *provider, pbs_buf *url);
/* Does this model speak Anthropic's dialect here? */
bool azure_ai_is_claude(const Provider *provider, pb_str model);

/* params.c: hooks, and the options that this service needs. */
void azure_ai_options(Provider *provider);
bool azure_ai_member(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key,
                     const pb_json *value);
void azure_ai_headers(const pbs_ctx *ctx, const pbs_openai *openai);

/* errors.c: a hook. */
void azure_ai_error(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body,
                    pbs_error *error);

#endif
