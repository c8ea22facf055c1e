/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: the state of one exchange and their functions. Drivers
 * include anthropic.h instead. All of it runs in ops, one at a time for an exchange. */
#ifndef PATCHBAY_LIB_ANTHROPIC_DIALECT_H
#define PATCHBAY_LIB_ANTHROPIC_DIALECT_H

#include "lib/anthropic/anthropic.h"
#include "lib/anthropic/models.h"
#include "lib/buffer.h"
#include "lib/json.h"
#include "lib/sse.h"
#include "lib/turns.h"

/* The tool that stands for a JSON answer on models without one of their own. */
#define JSON_TOOL "json_tool_call"

#define BREAKPOINTS_MAX 4u

/* How the model is asked to think. */
typedef enum Thinking {
    THINKING_NONE,     /* nothing is said               */
    THINKING_OFF,      /* disabled                      */
    THINKING_BUDGET,   /* enabled, with a budget        */
    THINKING_ADAPTIVE, /* adaptive, with an effort      */
    THINKING_GIVEN     /* the client's own `thinking`   */
} Thinking;

/* How JSON is asked for. */
typedef enum Format {
    FORMAT_TEXT,
    FORMAT_SCHEMA, /* output_config.format   */
    FORMAT_TOOL    /* the tool JSON_TOOL     */
} Format;

/* What was learned from a refusal, for the second try. */
typedef struct Repairs {
    bool sampling;      /* leave temperature, top_p and top_k out */
    bool top_p;         /* leave top_p out                        */
    bool adaptive;      /* no budget: let the model decide        */
    bool no_schema;     /* output_config.format is not taken      */
    bool no_effort;     /* output_config.effort is not taken      */
    int64_t max_tokens; /* what the context leaves; 0: not known */
    bool done;          /* there is one second try only           */
} Repairs;

typedef enum BlockKind {
    BLOCK_IGNORED,
    BLOCK_TEXT,
    BLOCK_THINKING,
    BLOCK_REDACTED,
    BLOCK_TOOL,
    BLOCK_CUSTOM,
    BLOCK_JSON,
    BLOCK_SERVER
} BlockKind;

/* A content block that has begun and not ended. Kept for reuse when it ends. */
typedef struct Block {
    struct Block *next;
    int64_t index; /* the vendor's */
    BlockKind kind;
    bool open;
    bool seen;     /* a delta came                                 */
    bool passing;  /* BLOCK_JSON: what comes goes on at once       */
    uint32_t call; /* the number of the tool call                  */
    int64_t from;  /* BLOCK_TEXT: characters of text before it     */
    pbs_buf text;  /* thinking; the input of a tool                */
    pbs_buf extra; /* signature; citations as elements of an array */
    pbs_buf head;  /* the block as it began                        */
} Block;

typedef enum Mode { MODE_WHOLE, MODE_EVENTS, MODE_ERROR } Mode;

/* The latest counts; -1: not told. */
typedef struct Counts {
    int64_t in, write, read, out, thinking;
} Counts;

struct pbs_anthropic {
    const pbs_anthropic_platform *platform;
    const pb_request *request;
    const pbs_claude *model;
    bool quiet; /* a second description: what is dropped was told before */
    /* what was decided for this request */
    Thinking thinking;
    int64_t budget, max_tokens;
    Format format;
    unsigned breakpoints;
    bool needs_files_beta;
    bool told_name, told_detail, told_cache;
    Repairs repairs;
    /* the reply */
    Mode mode;
    int32_t status;
    bool began, finished, stopped;
    bool called; /* a tool of the client's was called */
    uint32_t calls;
    int64_t characters; /* of text so far */
    Counts counts;
    pbs_sse sse;
    Block *blocks;
};

/* beta.c: the betas as a member of the body that is open. */
void pbs_anthropic_write_beta_member(const pbs_ctx *ctx, const pbs_anthropic *exchange);

/* params.c: notes; decisions before the body is written; the parameters. */
/* Does the platform refuse this member? */
bool pbs_anthropic_is_without(const pbs_anthropic *exchange, pb_str name);
void pbs_anthropic_note(const pbs_ctx *ctx, const pbs_anthropic *exchange, int32_t note,
                        const char *param, const char *why);
void pbs_anthropic_write_params(const pbs_ctx *ctx, const pbs_anthropic *exchange);
void pbs_anthropic_note_params(const pbs_ctx *ctx, const pbs_anthropic *exchange);
int64_t pbs_anthropic_max_tokens(const pbs_ctx *ctx, const pbs_anthropic *exchange);
/* stop as an array under that name; whitespace-only ones are left out. */
void pbs_anthropic_write_stop(const pbs_ctx *ctx, const pbs_anthropic *exchange, const char *name);
void pbs_anthropic_write_metadata(const pbs_ctx *ctx, const pbs_anthropic *exchange);
void pbs_anthropic_write_sampling(const pbs_ctx *ctx, const pbs_anthropic *exchange);

/* thinking.c: reasoning_effort, response_format and what follows from them. */
void pbs_anthropic_decide(const pbs_ctx *ctx, pbs_anthropic *exchange);
bool pbs_anthropic_thinks(const pbs_ctx *ctx, const pbs_anthropic *exchange);
void pbs_anthropic_write_thinking(const pbs_ctx *ctx, const pbs_anthropic *exchange);
void pbs_anthropic_write_output_config(const pbs_ctx *ctx, const pbs_anthropic *exchange);

/* messages.c and system.c: write the members `system` and `messages`. */
void pbs_anthropic_write_system(const pbs_ctx *ctx, pbs_anthropic *exchange);
void pbs_anthropic_write_messages(const pbs_ctx *ctx, pbs_anthropic *exchange);

/* parts.c: one content part as a content block. last: also take the message's cache_control. */
void pbs_anthropic_write_text(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str text,
                              const pb_json *part, const pb_json *message);
void pbs_anthropic_write_part(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *part,
                              const pb_json *message);
/* Does this part become a block? */
bool pbs_anthropic_part_goes(const pbs_ctx *ctx, const pb_json *part);
/* cache_control of the first of them that has one, while there are breakpoints left. */
void pbs_anthropic_write_cache_control(const pbs_ctx *ctx, pbs_anthropic *exchange,
                                       const pb_json *part, const pb_json *message);

/* media.c: image_url and file parts. */
void pbs_anthropic_write_image(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *part,
                               const pb_json *message);
void pbs_anthropic_write_file(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *part,
                              const pb_json *message);

/* tools.c: write the members `tools` and `tool_choice`. */
void pbs_anthropic_write_tools(const pbs_ctx *ctx, pbs_anthropic *exchange);
void pbs_anthropic_write_tool_choice(const pbs_ctx *ctx, const pbs_anthropic *exchange);
bool pbs_anthropic_forces_tool(const pbs_ctx *ctx, const pbs_anthropic *exchange);

/* names.c: names and ids as the vendor takes them. Written as JSON strings. */
void pbs_anthropic_write_id(const pbs_ctx *ctx, pb_str id);
void pbs_anthropic_write_name(const pbs_ctx *ctx, pb_str name);
/* The client's name for a tool that the model called; *custom: it is a tool of type custom. */
pb_str pbs_anthropic_tool_name(const pbs_ctx *ctx, const pbs_anthropic *exchange, pb_str name,
                               bool *custom);

/* blocks.c: content blocks as they come. */
void pbs_anthropic_block_start(const pbs_ctx *ctx, pbs_anthropic *exchange, int64_t index,
                               const pb_json *block);
bool pbs_anthropic_block_delta(const pbs_ctx *ctx, pbs_anthropic *exchange, int64_t index,
                               const pb_json *delta);
void pbs_anthropic_block_stop(const pbs_ctx *ctx, pbs_anthropic *exchange, int64_t index);
/* A block of a whole answer. */
void pbs_anthropic_block_whole(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *block);
void pbs_anthropic_blocks_free(pbs_anthropic *exchange);

/* json_answer.c: the input of JSON_TOOL as text. */
bool pbs_anthropic_json_more(const pbs_ctx *ctx, pbs_anthropic *exchange, Block *block,
                             pb_str more);
void pbs_anthropic_json_end(const pbs_ctx *ctx, pbs_anthropic *exchange, Block *block);

/* finish.c: ids, usage and the end of an answer. */
void pbs_anthropic_take_message(const pbs_ctx *ctx, pbs_anthropic *exchange,
                                const pb_json *message);
void pbs_anthropic_take_usage(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *usage);
void pbs_anthropic_take_stop(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *delta);

/* emit.c: the events. */
void pbs_anthropic_emit_text(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str text);
void pbs_anthropic_emit_reasoning(const pbs_ctx *ctx, const pbs_anthropic *exchange, pb_str text);
void pbs_anthropic_emit_call(const pbs_ctx *ctx, bool custom, uint32_t index, pb_str id,
                             pb_str name, pb_str text);
void pbs_anthropic_emit_meta(const pbs_ctx *ctx, const char *name, pb_str text);
/* The answer to a prompt has no message: what would stand in it is left out there. */
void pbs_anthropic_emit_extra(const pbs_ctx *ctx, const pbs_anthropic *exchange, int32_t at,
                              const char *name, pb_str json);

/* errors.c: an error object in a reply that had begun well. */
pb_next pbs_anthropic_failed(const pbs_ctx *ctx, int32_t status, const pb_json *object);

/* legacy.c: the text interface. */
void pbs_anthropic_write_legacy(const pbs_ctx *ctx, const pbs_anthropic *exchange);
pb_next pbs_anthropic_take_legacy(const pbs_ctx *ctx, pbs_anthropic *exchange,
                                  const pb_json *object, bool whole);

#endif
