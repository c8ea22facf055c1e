/* SPDX-License-Identifier: Apache-2.0 */
/* What the gemini driver remembers, of a provider and of one exchange, and the functions of its
 * files. All of it runs in ops, one at a time for an exchange; a provider is read-only once it is
 * open. */
#ifndef GEMINI_H
#define GEMINI_H

#include "lib/gemini/gemini.h"
#include "lib/json.h"
#include "lib/setup.h"

#include <stdatomic.h>

typedef struct Provider {
    pbs_provider base; /* first: what pbs_op() reads */
    char *base_url, *api_version, *safety;
    pbs_gemini_platform platform;
    bool sign_ids;    /* signatures stand in the ids of calls, too        */
    bool palm;        /* opened under the name of the API that is no more */
    atomic_bool told; /* the one member that exchanges change             */
} Provider;

typedef struct Exchange {
    const Provider *provider;
    const pb_request *request;
    pbs_gemini gemini;
} Exchange;

/* request.c: describes the request; PB_SEND or PB_FAIL. Also for a second try. */
pb_next gemini_describe(const pbs_ctx *ctx, void *exchange);
/* The next page of the models; `page` empty: the first. */
pb_next gemini_describe_models(const pbs_ctx *ctx, const Exchange *exchange, pb_str page);

/* response.c: the ops that take the reply. */
pb_next gemini_on_head(void *prov, pb_xchg *x, void *state, int32_t status);
pb_next gemini_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes);
pb_next gemini_on_end(void *prov, pb_xchg *x, void *state);

/* models.c: the list of models. PB_DONE, PB_SEND or PB_FAIL. */
pb_next gemini_take_models(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer);

/* palm.c: the names of models that the vendor has shut down, and what is said to who asks. */
bool gemini_is_retired(pb_str model);
pb_next gemini_fail_retired(const pbs_ctx *ctx, pb_str model);

#endif
