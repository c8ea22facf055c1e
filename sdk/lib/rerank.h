/* SPDX-License-Identifier: MIT */
/* Rankings in Cohere's shape, as Cohere and clouds that serve its models speak it: texts that are
 * ordered by how much they have to do with a query. In ops of the exchange. */
#ifndef PATCHBAY_LIB_RERANK_H
#define PATCHBAY_LIB_RERANK_H

#include "lib/ctx.h"

/* Writes what a canonical request `body` asks into the object that is open, behind `model`. What
 * the vendor does not take is told. */
void pbs_rerank_write(const pbs_ctx *ctx, const pb_json *body);

/* Emits the ranking in a good answer to it: PB_DONE, or PB_FAIL with fail() called. */
pb_next pbs_rerank_take(const pbs_ctx *ctx, const pb_json *body, const pb_json *answer);

#endif
