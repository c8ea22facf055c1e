/* SPDX-License-Identifier: MIT */
/* Embedding lists in OpenAI's shape turned into VECTOR events, whether the vendor sends numbers
 * or base64 of little-endian float32. In an op of the exchange. */
#ifndef PATCHBAY_LIB_EMBEDDINGS_H
#define PATCHBAY_LIB_EMBEDDINGS_H

#include "lib/ctx.h"

#include <stdbool.h>

/* Emits one VECTOR from a value that is an array of numbers or a base64 text. False: it is
 * neither. */
bool pbs_embedding_emit(const pbs_ctx *ctx, uint32_t index, const pb_json *value);

/* Is the input of a request a text, or an array of texts alone (no numbers of tokens)? */
bool pbs_embedding_is_texts(const pbs_ctx *ctx, const pb_json *input);

/* {"data":[{"index","embedding"}],"model","usage"}. 0, or PB_FAIL with fail() called. */
pb_next pbs_embeddings_take(const pbs_ctx *ctx, const pb_json *answer);

#endif
