/* SPDX-License-Identifier: MIT */
/* Model lists and image answers in OpenAI's shape. In an op of the exchange. */
#ifndef PATCHBAY_LIB_LISTING_H
#define PATCHBAY_LIB_LISTING_H

#include "lib/ctx.h"

/* {"data":[{"id",...}]}, {"models":[...]} or a bare array, each with `id` or `name`: one MODEL
 * event each, with all the vendor says of it as details. 0, or PB_FAIL with fail() called. */
pb_next pbs_models_take(const pbs_ctx *ctx, const pb_json *answer);

/* {"data":[{"url" or "b64_json"}],...}: one JSON event with the answer as it stands, and its
 * usage. 0, or PB_FAIL with fail() called. */
pb_next pbs_images_take(const pbs_ctx *ctx, const pb_json *answer);

#endif
