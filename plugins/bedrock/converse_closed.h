/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of an answer as Claude holds itself to it. In ops of the exchange. */
#ifndef BEDROCK_CONVERSE_CLOSED_H
#define BEDROCK_CONVERSE_CLOSED_H

#include "lib/ctx.h"

/* Writes it with every object closed and bounds told in words. */
void converse_write_closed_schema(const pbs_ctx *ctx, const pb_json *schema);

#endif
