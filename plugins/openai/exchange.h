/* SPDX-License-Identifier: Apache-2.0 */
/* What one exchange of the openai driver remembers between its ops, and the functions of its
 * files. All of it runs in ops of the exchange, one at a time. */
#ifndef OPENAI_EXCHANGE_H
#define OPENAI_EXCHANGE_H

#include "family.h"
#include "lib/chat.h"
#include "lib/ctx.h"
#include "lib/error.h"
#include "lib/setup.h"
#include "lib/sse.h"
#include "options.h"

#define OPENAI_REPAIRS_MAX 4

typedef struct Provider {
    pbs_provider base; /* first: what pbs_op() reads */
    Options options;
} Provider;

/* A parameter as it was sent, and what to send instead; `to` empty: leave it out. */
typedef struct Repair {
    pb_str from, to;
} Repair;

/* What is told once a request, however often it occurs. */
typedef struct Told {
    bool cache_control, name, merged;
} Told;

typedef enum Mode {
    MODE_WHOLE,  /* one JSON text                */
    MODE_EVENTS, /* server-sent events           */
    MODE_ERROR   /* a reply that is a refusal    */
} Mode;

typedef struct Exchange {
    const Options *options;
    const pb_request *request;
    Family family;
    bool cache; /* the model takes cache_control */
    bool quiet; /* a second description: what is dropped was told before */
    Told *told;
    bool resend; /* the reply named a parameter that a repair takes care of */
    Repair repairs[OPENAI_REPAIRS_MAX];
    size_t n_repairs;
    Mode mode;
    int32_t status;
    bool decoded; /* a whole answer was taken   */
    bool events;  /* an event of a stream came  */
    pbs_sse sse;
    pbs_buf raw; /* the beginning of a stream that has had no event yet */
    pbs_chat chat;
} Exchange;

/* request.c: describes the request for what is asked; gives PB_SEND or PB_FAIL. */
pb_next openai_describe(const pbs_ctx *ctx, Exchange *exchange);

/* params.c: what becomes of a top-level member of the body. Gives the name it goes under;
 * {NULL,0}: it does not go, and that was told. */
pb_str openai_param_name(const pbs_ctx *ctx, const Exchange *exchange, pb_str name,
                         const pb_json *value);
/* The vendor's word for a text value of a parameter, or the value itself. */
pb_str openai_param_value(const pbs_ctx *ctx, const Exchange *exchange, pb_str name, pb_str value);
/* Would its loss change what was asked for? (n, stop, logprobs, tools ...) */
bool openai_param_is_essential(pb_str name);
void openai_note(const pbs_ctx *ctx, const Exchange *exchange, int32_t note, pb_str param,
                 const char *why);
/* The same, but only the first time `*told` is false. */
void openai_note_once(const pbs_ctx *ctx, const Exchange *exchange, bool *told, int32_t note,
                      pb_str param, const char *why);

/* content.c: writes the content of a message; `cache` is the message's own mark, or NULL. */
void openai_write_content(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *content,
                          const pb_json *cache);
void openai_write_part(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *part);
bool openai_content_changes(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *content);
/* Tells of a mark on a part or a message that goes without it. */
void openai_tell_mark(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *object);
/* Is there content on which a mark of what to cache can be put? */
bool openai_content_takes_cache(const pbs_ctx *ctx, const Exchange *exchange,
                                const pb_json *message);

/* messages.c and turns.c: write the value of `messages`. */
void openai_write_messages(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *messages);
void openai_write_message(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *message);
/* Told once a request: a member that the client may have wanted to matter. */
void openai_tell_left_out(const pbs_ctx *ctx, const Exchange *exchange, pb_str key);
bool openai_message_is_empty(const pbs_ctx *ctx, const pb_json *message);
void openai_write_turns(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *messages);
pb_str openai_message_role(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *message);

/* tools.c: write the value of `tools` and `tool_choice`; does an object have a null member? */
void openai_write_tools(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *tools);
void openai_write_tool_choice(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *choice);
bool openai_has_null(const pbs_ctx *ctx, const pb_json *object);
void openai_note_tools(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *tools);
bool openai_has_tools(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *tools);

/* repair.c: does this refusal name a parameter that can be sent otherwise or left out? Remembers
 * the repair. */
bool openai_repair(const pbs_ctx *ctx, Exchange *exchange, pb_str body);

/* response.c: the ops that take the reply. */
pb_next openai_on_head(void *prov, pb_xchg *x, void *state, int32_t status);
pb_next openai_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes);
pb_next openai_on_end(void *prov, pb_xchg *x, void *state);

#endif
