/* SPDX-License-Identifier: Apache-2.0 */
/* The codecs of embeddings and of images: InvokeModel with the bodies of each vendor, one input a
 * request where the model takes one (the manifest's batch makes the core split). In ops. */
#ifndef BEDROCK_EMBED_H
#define BEDROCK_EMBED_H

#include "bedrock.h"

/* NULL after fail(): no body of this model is known. */
const BedrockCodec *embed_codec(const pbs_ctx *ctx, const Exchange *exchange);
const BedrockCodec *image_codec(const pbs_ctx *ctx, const Exchange *exchange);

#endif
