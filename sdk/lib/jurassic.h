/* SPDX-License-Identifier: MIT */
/* AI21's Jurassic-2, which several hosts serve in one form: a prompt in, completions out, never
 * streamed. In an op of the exchange. */
#ifndef PATCHBAY_LIB_JURASSIC_H
#define PATCHBAY_LIB_JURASSIC_H

#include "lib/ctx.h"

#include <stdbool.h>

/* The names of the canonical parameters that pbs_jurassic_write_params() takes care of, ending
 * with NULL, for a driver's list of what is handled. */
extern const char *const pbs_jurassic_params[];

/* Writes the members of a complete request behind `prompt` into the object that is open:
 * numResults, maxTokens, temperature, topP, stopSequences and the penalties. Members in the
 * vendor's own names (minTokens, topKReturn, countPenalty ...) go as they stand. several: this
 * host gives more than one answer; else n above 1 is told as unmet. */
void pbs_jurassic_write_params(const pbs_ctx *ctx, const pb_json *body, bool several);

/* Turns an answer into events: a text and a finish for each completion (or for each output of a
 * chat), the id, and the tokens that are listed in it as usage. The text loses one blank at its
 * beginning when `trim`. 0, or PB_FAIL with fail() called. */
pb_next pbs_jurassic_take(const pbs_ctx *ctx, const pb_json *answer, bool trim);

#endif
