/* SPDX-License-Identifier: MIT */
/* Token counts in OpenAI's shape and its neighbours', brought to one meaning: in = all input
 * tokens, cached ones included; out = all output tokens, reasoning included. In an op of the
 * exchange. */
#ifndef PATCHBAY_LIB_USAGE_H
#define PATCHBAY_LIB_USAGE_H

#include "lib/ctx.h"

/* Fills an event of kind USAGE from a usage object; `known` 0 when it counts nothing. */
void pbs_usage_read(const pbs_ctx *ctx, const pb_json *usage, pb_event *out);

/* Emits USAGE and, as EXTRA at PB_AT_USAGE, the members that only this vendor has (cost,
 * searches). A value that is no object emits nothing. */
void pbs_usage_emit(const pbs_ctx *ctx, const pb_json *usage);

#endif
