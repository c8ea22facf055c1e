/* SPDX-License-Identifier: Apache-2.0 */
/* What a provider of the azure driver knows, what one of its exchanges remembers, and the
 * functions of its files. A provider is read-only once made; the rest runs in ops. */
#ifndef AZURE_AZURE_H
#define AZURE_AZURE_H

#include "lib/entra.h"
#include "lib/openai/openai.h"
#include "lib/setup.h"

typedef struct Provider {
    pbs_provider base;
    pbs_openai_options options;
    pbs_entra entra;
    pb_str root;    /* where the API begins; see place.c                       */
    pb_str query;   /* of base-url, without its question mark                  */
    pb_str version; /* api-version; empty: none is sent                        */
    bool v1;        /* the v1 API; else deployment URLs                        */
    bool fixed;     /* root ends with the name of a deployment                 */
    pbs_openai_map deployments;
    pbs_openai_list params_send; /* these go whatever the version              */
    pb_str base_model;
} Provider;

typedef struct Exchange {
    pbs_openai openai; /* first: hooks cast */
    const Provider *provider;
    pb_str deployment;
    pbs_entra_way way;
    bool minting; /* the exchange gets a token          */
    bool renewed; /* a refused token was thrown away    */
    int32_t status;
    bool polling;     /* an image is being made; job is where to ask */
    bool image_taken; /* ... and it came */
    char *job;
    int64_t wait_ms;
} Exchange;

/* place.c: reads where the API is from base-url and the options beside it. */
void azure_place_read(const pb_core_api *api, const pb_json *config, Provider *provider);
/* The URL of what is asked; a hook. */
bool azure_url(const pbs_ctx *ctx, const pbs_openai *openai, pbs_buf *url);
/* Do both URLs lead to one server? */
bool azure_is_same_origin(pb_str url, pb_str other);
/* Images by the API of 2023, which answers later. */
bool azure_submits_images(const Provider *provider);

/* version.c: is the version of deployment URLs that date ("2024-09-01") or later? */
bool azure_is_since(const Provider *provider, const char *date);
/* What becomes of a member that this version does not take; a hook. */
bool azure_member(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key, const pb_json *value);

/* errors.c: what Azure says beyond OpenAI; a hook. */
void azure_error(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body,
                 pbs_error *error);

/* images.c: an image that comes later. on_head: true, the reply is one of these. */
bool azure_images_on_head(const pbs_ctx *ctx, Exchange *exchange, int32_t status, pb_next *next);
pb_next azure_images_on_body(const pbs_ctx *ctx, Exchange *exchange, pb_str bytes);
pb_next azure_images_on_end(const pbs_ctx *ctx, Exchange *exchange);
pb_next azure_images_on_timer(const pbs_ctx *ctx, Exchange *exchange);

#endif
