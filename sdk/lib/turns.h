/* SPDX-License-Identifier: MIT */
/* The turns of a conversation, for vendors whose two roles alternate: messages of one role that
 * follow each other are one turn, results of tools belong to the user, system messages and an
 * assistant that says nothing to none. Pure reading; in an op of the exchange. */
#ifndef PATCHBAY_LIB_TURNS_H
#define PATCHBAY_LIB_TURNS_H

#include "lib/ctx.h"

#include <stdbool.h>

typedef enum pbs_turn_role { PBS_TURN_NONE, PBS_TURN_USER, PBS_TURN_ASSISTANT } pbs_turn_role;

/* Messages from..to-1; those whose own role is PBS_TURN_NONE do not count. */
typedef struct pbs_turn {
    pbs_turn_role role;
    size_t from, to;
} pbs_turn;

/* system or developer? */
bool pbs_message_is_system(const pbs_ctx *ctx, const pb_json *message);

/* A result of a tool? */
bool pbs_message_is_result(const pbs_ctx *ctx, const pb_json *message);

/* Its tool_calls where they are an array, else NULL. */
const pb_json *pbs_message_calls(const pbs_ctx *ctx, const pb_json *message);

/* Does its content hold anything: a text that is not white space alone, or a part of another
 * kind? */
bool pbs_message_has_content(const pbs_ctx *ctx, const pb_json *message);

pbs_turn_role pbs_message_turn(const pbs_ctx *ctx, const pb_json *message);

/* The turn behind *turn; begin with a zeroed one. False: there is none. */
bool pbs_turn_next(const pbs_ctx *ctx, const pb_json *messages, pbs_turn *turn);

/* Does a message of this turn hold the result of that call? */
bool pbs_turn_answers(const pbs_ctx *ctx, const pb_json *messages, const pbs_turn *turn,
                      pb_str call_id);

/* White space alone, or nothing? */
bool pbs_is_blank(pb_str text);

#endif
