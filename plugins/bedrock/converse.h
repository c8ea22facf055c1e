/* SPDX-License-Identifier: Apache-2.0 */
/* What the codec of Converse and ConverseStream remembers of one exchange, and the functions of
 * its files. All of it runs in ops, one at a time for an exchange. */
#ifndef BEDROCK_CONVERSE_H
#define BEDROCK_CONVERSE_H

#include "emit.h"
#include "families.h"
#include "lib/names.h"
#include "lib/schema.h"

/* Bytes of a tool's name and of a call's id. */
#define CONVERSE_NAME_MAX 64u

/* Bytes kept of a reason why an answer ended. */
#define CONVERSE_REASON_MAX 64u

/* The tool that stands for a JSON answer on models without one of their own. */
#define CONVERSE_JSON_TOOL "json_tool_call"

typedef enum ConverseFormat {
    CONVERSE_TEXT,
    CONVERSE_SCHEMA, /* outputConfig.textFormat    */
    CONVERSE_TOOL    /* the tool of the name above */
} ConverseFormat;

typedef enum ConverseThinking {
    CONVERSE_THINKS_UNSAID,
    CONVERSE_THINKS_NOT,      /* thinking: disabled                        */
    CONVERSE_THINKS_BUDGET,   /* thinking: enabled, with a budget          */
    CONVERSE_THINKS_FREELY,   /* thinking: adaptive, output_config.effort  */
    CONVERSE_THINKS_GIVEN,    /* the client's own `thinking`               */
    CONVERSE_THINKS_EFFORT,   /* reasoning_effort, as gpt-oss takes it     */
    CONVERSE_THINKS_REASONING /* reasoningConfig, as Nova takes it        */
} ConverseThinking;

typedef enum ConverseBlockKind {
    CONVERSE_BLOCK_OTHER,
    CONVERSE_BLOCK_TOOL,
    CONVERSE_BLOCK_CUSTOM,
    CONVERSE_BLOCK_JSON,
    CONVERSE_BLOCK_THINKING
} ConverseBlockKind;

/* A content block that has begun and not ended. Used again when it ends. */
typedef struct ConverseBlock {
    struct ConverseBlock *next;
    int64_t index; /* the vendor's */
    ConverseBlockKind kind;
    bool open;
    uint32_t call;     /* the number of the tool call     */
    pbs_buf text;      /* thinking; the input of a custom tool */
    pbs_buf signature; /* of the thinking                 */
} ConverseBlock;

typedef struct Converse {
    const Family *family;
    /* what was decided for this request */
    ConverseFormat format;
    ConverseThinking thinking;
    int64_t max_tokens; /* 0: the model's own */
    int64_t budget;
    const char *effort;
    unsigned marks, documents;
    bool told_name, told_detail, told_cache, told_thinking;
    /* learned from a refusal */
    bool no_schema, no_sampling;
    /* the answer */
    bool said;                      /* anything of content */
    bool called, stopped, finished; /* stopped: the reason is known, the finish not yet told */
    char reason[CONVERSE_REASON_MAX];
    size_t reason_len;
    uint32_t calls;
    ConverseBlock *blocks;
} Converse;

extern const BedrockCodec converse_codec, converse_count_codec;

static inline Converse *converse_of(const Exchange *exchange)
{
    return exchange->codec_state;
}

/* converse_params.c: decisions before anything is written; parameters beside the conversation. */
void converse_decide(const pbs_ctx *ctx, Exchange *exchange);
void converse_write_params(const pbs_ctx *ctx, Exchange *exchange);
void converse_note_params(const pbs_ctx *ctx, const Exchange *exchange);

/* converse_extra.c: additionalModelRequestFields, what is the model's own. */
void converse_write_extra(const pbs_ctx *ctx, const Exchange *exchange);
/* Does anything read a member of that name? Those are the members Converse itself knows. */
bool converse_is_known(pb_str name);

/* converse_thinking.c: how much the model thinks. */
void converse_decide_thinking(const pbs_ctx *ctx, Exchange *exchange);
bool converse_thinks(const pbs_ctx *ctx, const Exchange *exchange);
/* The members of additionalModelRequestFields that say so. */
void converse_write_thinking(const pbs_ctx *ctx, const Exchange *exchange);

/* converse_format.c: answers in JSON, and the schema of a tool's input: an object at the top,
 * without the keywords that only name the schema. */
void converse_write_input_schema(const pbs_ctx *ctx, const pb_json *schema);
void converse_decide_format(const pbs_ctx *ctx, Exchange *exchange);
void converse_write_output_config(const pbs_ctx *ctx, const Exchange *exchange);

/* converse_messages.c: the members `system` and `messages`. */
void converse_write_system(const pbs_ctx *ctx, Exchange *exchange);
void converse_write_messages(const pbs_ctx *ctx, Exchange *exchange);

/* converse_parts.c: content as blocks. */
typedef struct ConverseCount {
    size_t blocks, texts, documents;
    bool open; /* the model goes on here: no white space at the end of a text */
} ConverseCount;
void converse_write_text(const pbs_ctx *ctx, pb_str text);
/* All content of a message; what is no text is told where `media` is false. */
void converse_write_content(const pbs_ctx *ctx, Exchange *exchange, const pb_json *message,
                            bool media, ConverseCount *count);
/* A cachePoint behind what carries a mark. */
void converse_write_mark(const pbs_ctx *ctx, Exchange *exchange, const pb_json *marked);

/* converse_media.c: an image, file or sound. False: it cannot be sent, which was told. */
bool converse_write_media(const pbs_ctx *ctx, Exchange *exchange, const pb_json *part,
                          ConverseCount *count);

/* converse_tools.c: the member toolConfig. */
void converse_write_tools(const pbs_ctx *ctx, Exchange *exchange);
/* "auto", "any", "tool", or NULL: no choice is sent; *name: of the tool. */
const char *converse_choice(const pbs_ctx *ctx, const Exchange *exchange, pb_str *name);
bool converse_one_call(const pbs_ctx *ctx, const Exchange *exchange);

/* converse_answer.c: the answer. */
pb_next converse_take_whole(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer);
pb_next converse_take_event(const pbs_ctx *ctx, Exchange *exchange, pb_str type, pb_str payload);
pb_next converse_end(const pbs_ctx *ctx, Exchange *exchange);

/* converse_blocks.c: one content block, whole or in pieces. */
void converse_block_start(const pbs_ctx *ctx, Exchange *exchange, int64_t index,
                          const pb_json *start);
bool converse_block_delta(const pbs_ctx *ctx, Exchange *exchange, int64_t index,
                          const pb_json *delta);
void converse_block_stop(const pbs_ctx *ctx, Exchange *exchange, int64_t index);
bool converse_block_whole(const pbs_ctx *ctx, Exchange *exchange, const pb_json *block);
void converse_blocks_free(Exchange *exchange);

/* converse_finish.c: why it ended, what it cost, what else was said. */
/* The reason is kept, since more may be told of the answer behind it; converse_finish() tells. */
pb_next converse_stop(const pbs_ctx *ctx, Exchange *exchange, pb_str reason);
void converse_finish(const pbs_ctx *ctx, Exchange *exchange);
void converse_take_usage(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *usage);
void converse_take_more(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer);

#endif
