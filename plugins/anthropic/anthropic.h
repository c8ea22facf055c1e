/* SPDX-License-Identifier: Apache-2.0 */
/* What the anthropic driver remembers, of a provider and of one exchange, and the functions of
 * its files. All of it runs in ops, one at a time for an exchange; a provider is read-only once it
 * is open. */
#ifndef ANTHROPIC_H
#define ANTHROPIC_H

#include "lib/anthropic/anthropic.h"
#include "lib/json.h"
#include "lib/setup.h"

typedef struct Provider {
    pbs_provider base; /* first: what pbs_op() reads */
    char *base_url, *version;
    char *beta; /* names, comma-separated; may be empty */
    pbs_anthropic_platform platform;
} Provider;

typedef struct Exchange {
    const Provider *provider;
    const pb_request *request;
    pbs_anthropic *dialect;
    int32_t status;
} Exchange;

/* request.c: describes the request; PB_SEND or PB_FAIL. Also for the second try. */
pb_next anthropic_describe(const pbs_ctx *ctx, const Exchange *exchange);

/* models.c: the list of models, page by page. */
pb_next anthropic_describe_models(const pbs_ctx *ctx, const Exchange *exchange, pb_str after);
pb_next anthropic_take_models(const pbs_ctx *ctx, const Exchange *exchange, pb_str body);

/* request.c: begins a request to base-url + path with the headers that all have. False: fail()
 * was called. */
bool anthropic_begin_http(const pbs_ctx *ctx, const Exchange *exchange, const char *method,
                          pb_str path, uint32_t flags);

#endif
