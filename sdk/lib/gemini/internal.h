/* SPDX-License-Identifier: MIT */
/* The functions of the codec's files for one another. A driver includes gemini.h alone. All of it
 * runs in ops of one exchange. */
#ifndef PATCHBAY_LIB_GEMINI_INTERNAL_H
#define PATCHBAY_LIB_GEMINI_INTERNAL_H

#include "lib/gemini/gemini.h"
#include "lib/json.h"

#define PBS_GEMINI_NAME_MAX 64u

/* model.c */
pbs_gemini_model pbs_gemini_model_of(pb_str name);
/* The model takes ordinary JSON Schema. */
bool pbs_gemini_takes_json_schema(const pbs_gemini *g);

/* params.c: note(), but only in the first description; the same once a request. */
void pbs_gemini_note(const pbs_ctx *ctx, const pbs_gemini *g, int32_t note, const char *param,
                     const char *why);
void pbs_gemini_note_once(const pbs_ctx *ctx, const pbs_gemini *g, bool *told, int32_t note,
                          const char *param, const char *why);
void pbs_gemini_note_params(const pbs_ctx *ctx, const pbs_gemini *g);
/* A member of the request under its camelCase name or, also understood, its snake_case one. */
const pb_json *pbs_gemini_own(const pbs_ctx *ctx, const pb_json *object, const char *camel);

/* names.c: names of functions as the vendor takes them, and back. */
void pbs_gemini_write_name(const pbs_ctx *ctx, pb_str name); /* as the member `name` */
void pbs_gemini_write_name_value(const pbs_ctx *ctx, pb_str name);
/* The client's name for a function that the model called; *custom: a tool of type custom. */
pb_str pbs_gemini_tool_name(const pbs_ctx *ctx, const pbs_gemini *g, pb_str name, bool *custom);

/* schema.c: a JSON Schema in the subset of OpenAPI that all models take. */
bool pbs_gemini_schema_is_plain(const pbs_ctx *ctx, const pb_json *schema);
/* False: something had to be left out. */
bool pbs_gemini_write_schema(const pbs_ctx *ctx, const pb_json *schema);

/* tools.c: the members `tools` and `toolConfig`. */
void pbs_gemini_write_tools(const pbs_ctx *ctx, pbs_gemini *g);
void pbs_gemini_write_tool_config(const pbs_ctx *ctx, const pbs_gemini *g);

/* config.c and thinking.c: the member `generationConfig` and thinkingConfig in it. */
void pbs_gemini_write_config(const pbs_ctx *ctx, pbs_gemini *g);
void pbs_gemini_write_thinking(const pbs_ctx *ctx, pbs_gemini *g);

/* contents.c: the members `systemInstruction` and `contents`. */
void pbs_gemini_write_system(const pbs_ctx *ctx, pbs_gemini *g);
void pbs_gemini_write_contents(const pbs_ctx *ctx, pbs_gemini *g);

/* parts.c: the parts of a user's content; how many were written. */
size_t pbs_gemini_write_user_parts(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *message);
void pbs_gemini_write_text(const pbs_ctx *ctx, pb_str text);
/* media.c: one part of a message that is no text; false: it was told, and nothing written. */
bool pbs_gemini_write_media(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *part, pb_str type);

/* calls.c: the parts of an answer of the model's, and of the results of its calls. */
size_t pbs_gemini_write_model_parts(const pbs_ctx *ctx, const pbs_gemini *g,
                                    const pb_json *message);
void pbs_gemini_write_result(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *call,
                             const pb_json *message_or_null);

/* answer.c: one GenerateContentResponse. 0 or PB_FAIL. */
pb_next pbs_gemini_take(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *response);
/* part.c: one part of a candidate. */
void pbs_gemini_take_part(const pbs_ctx *ctx, pbs_gemini *g, uint32_t choice, const pb_json *part);
void pbs_gemini_emit(const pbs_ctx *ctx, int32_t kind, uint32_t choice, pb_str text);
void pbs_gemini_emit_extra(const pbs_ctx *ctx, int32_t at, uint32_t choice, uint32_t index,
                           const char *name, pb_str json);
/* finish.c: what was held until nothing more can come. PB_DONE or PB_FAIL. */
pb_next pbs_gemini_finish(const pbs_ctx *ctx, pbs_gemini *g);
/* cite.c: citations as annotations; logprobs. */
void pbs_gemini_emit_annotations(const pbs_ctx *ctx, const pbs_gemini_choice *choice,
                                 uint32_t number);
void pbs_gemini_emit_logprobs(const pbs_ctx *ctx, uint32_t choice, const pb_json *result);
/* usage.c */
void pbs_gemini_take_usage(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *usage);

/* repair.c: may this refusal be met by describing the request otherwise? Remembers how. */
bool pbs_gemini_repair(const pbs_ctx *ctx, pbs_gemini *g, pb_str body);

#endif
