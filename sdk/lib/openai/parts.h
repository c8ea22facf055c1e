/* SPDX-License-Identifier: MIT */
/* What the files of the dialect use of each other; a driver includes openai.h. All of it runs in
 * ops of the exchange, one at a time. */
#ifndef PATCHBAY_LIB_OPENAI_PARTS_H
#define PATCHBAY_LIB_OPENAI_PARTS_H

#include "lib/openai/openai.h"

/* params.c: what becomes of a top-level member of the body. Gives the name it goes under;
 * {NULL,0}: it does not go, and that was told. */
pb_str pbs_openai_param_name(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name,
                             const pb_json *value);
/* The vendor's word for a text value of a parameter, or the value itself. */
pb_str pbs_openai_param_value(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name,
                              pb_str value);
/* pbs_openai_note(), but only the first time `*told` is false. */
void pbs_openai_note_once(const pbs_ctx *ctx, const pbs_openai *openai, bool *told, int32_t note,
                          pb_str param, const char *why);

/* content.c: writes the content of a message; `cache` is the message's own mark, or NULL. */
void pbs_openai_write_content(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *content,
                              const pb_json *cache);
void pbs_openai_write_part(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *part);
bool pbs_openai_content_changes(const pbs_ctx *ctx, const pbs_openai *openai,
                                const pb_json *content);
/* Tells of a mark on a part or a message that goes without it. */
void pbs_openai_tell_mark(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *object);
/* Is there content on which a mark of what to cache can be put? */
bool pbs_openai_content_takes_cache(const pbs_ctx *ctx, const pbs_openai *openai,
                                    const pb_json *message);

/* messages.c and turns.c: write the value of `messages`. */
void pbs_openai_write_messages(const pbs_ctx *ctx, const pbs_openai *openai,
                               const pb_json *messages);
void pbs_openai_write_message(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message);
/* Told once a request: a member that the client may have wanted to matter. */
void pbs_openai_tell_left_out(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key);
bool pbs_openai_message_is_empty(const pbs_ctx *ctx, const pb_json *message);
void pbs_openai_write_turns(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages);
pb_str pbs_openai_message_role(const pbs_ctx *ctx, const pbs_openai *openai,
                               const pb_json *message);

/* tools.c: write the value of `tools` and `tool_choice`; does an object have a null member? */
void pbs_openai_write_tools(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *tools);
void pbs_openai_write_tool_choice(const pbs_ctx *ctx, const pbs_openai *openai,
                                  const pb_json *choice);
bool pbs_openai_has_null(const pbs_ctx *ctx, const pb_json *object);
void pbs_openai_note_tools(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *tools);
bool pbs_openai_has_tools(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *tools);

/* repair.c: does this refusal name a parameter that can be sent otherwise or left out? Remembers
 * the repair. */
bool pbs_openai_try_repair(const pbs_ctx *ctx, pbs_openai *openai, const pbs_error *error);

#endif
