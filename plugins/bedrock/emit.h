/* SPDX-License-Identifier: Apache-2.0 */
/* Events and notes, written once for all codecs. In ops of the exchange. */
#ifndef BEDROCK_EMIT_H
#define BEDROCK_EMIT_H

#include "bedrock.h"

/* Nothing when the request is described for the second time. */
void bedrock_note(const pbs_ctx *ctx, const Exchange *exchange, int32_t note, const char *param,
                  const char *why);
/* Empty texts are not told. */
void bedrock_emit_text(const pbs_ctx *ctx, pb_str text);
/* The answer to a prompt has no message: reasoning and what would stand in it is left out there. */
void bedrock_emit_reasoning(const pbs_ctx *ctx, const Exchange *exchange, pb_str text);
void bedrock_emit_extra(const pbs_ctx *ctx, const Exchange *exchange, int32_t at, const char *name,
                        pb_str json);
void bedrock_emit_call(const pbs_ctx *ctx, bool custom, uint32_t index, pb_str id, pb_str name,
                       pb_str text);
void bedrock_emit_finish(const pbs_ctx *ctx, const char *finish, pb_str native);
void bedrock_emit_meta(const pbs_ctx *ctx, const char *name, pb_str text);

/* What the reply's headers count: X-Amzn-Bedrock-Input-Token-Count and its like. Negative or
 * absent counts are not told. */
void bedrock_emit_header_usage(const pbs_ctx *ctx);
/* The id that the service gave the request. */
void bedrock_emit_request_id(const pbs_ctx *ctx);
/* Counts of tokens; -1: not told. */
void bedrock_emit_counts(const pbs_ctx *ctx, int64_t in, int64_t out);
/* A member that counts tokens; -1: there is none. */
int64_t bedrock_count(const pbs_ctx *ctx, const pb_json *object, const char *name);

/* tool_choice and parallel_tool_calls where the model takes no tools. */
void bedrock_note_no_choice(const pbs_ctx *ctx, const Exchange *exchange);
/* max_completion_tokens, else max_tokens; 0: not given. */
int64_t bedrock_max_tokens(const pbs_ctx *ctx, const Exchange *exchange);
/* stop as an array under that name; texts of white space alone are left out and told. `more`: one
 * that the driver adds, or NULL. */
void bedrock_write_stop(const pbs_ctx *ctx, const Exchange *exchange, const char *name,
                        const char *more);
/* A number under another name; clamped to `max` where it is higher. */
void bedrock_write_number(const pbs_ctx *ctx, const Exchange *exchange, const char *from,
                          const char *to, double max);

#endif
