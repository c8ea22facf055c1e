/* SPDX-License-Identifier: MIT */
/* Owns the rule which messages make one turn. It reads a conversation in ops of the exchange and
 * keeps nothing; what becomes of a turn is the driver's business. */
#include "lib/turns.h"

#include "lib/json.h"

bool pbs_is_blank(pb_str text)
{
    return pbs_trim(text).len == 0;
}

bool pbs_message_is_system(const pbs_ctx *ctx, const pb_json *message)
{
    pb_str role = pbs_get_str(ctx, message, "role");
    return pbs_is(role, "system") || pbs_is(role, "developer");
}

bool pbs_message_is_result(const pbs_ctx *ctx, const pb_json *message)
{
    return pbs_is(pbs_get_str(ctx, message, "role"), "tool");
}

const pb_json *pbs_message_calls(const pbs_ctx *ctx, const pb_json *message)
{
    const pb_json *calls = pbs_get(ctx, message, "tool_calls");
    return pbs_is_type(ctx, calls, PB_JSON_ARRAY) ? calls : NULL;
}

static bool part_says(const pbs_ctx *ctx, const pb_json *part)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    if (pbs_is(type, "text"))
        return !pbs_is_blank(pbs_get_str(ctx, part, "text"));
    if (pbs_is(type, "refusal"))
        return !pbs_is_blank(pbs_get_str(ctx, part, "refusal"));
    return true;
}

bool pbs_message_has_content(const pbs_ctx *ctx, const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    if (!pbs_is_type(ctx, content, PB_JSON_ARRAY))
        return !pbs_is_blank(ctx->api->json_str(content));
    for (size_t i = 0; i < ctx->api->json_len(content); i++)
        if (part_says(ctx, ctx->api->json_at(content, i, NULL)))
            return true;
    return false;
}

pbs_turn_role pbs_message_turn(const pbs_ctx *ctx, const pb_json *message)
{
    if (pbs_message_is_system(ctx, message))
        return PBS_TURN_NONE;
    if (!pbs_is(pbs_get_str(ctx, message, "role"), "assistant"))
        return PBS_TURN_USER;
    bool says = ctx->api->json_len(pbs_message_calls(ctx, message)) > 0 ||
                ctx->api->json_len(pbs_get(ctx, message, "thinking_blocks")) > 0 ||
                pbs_get_str(ctx, message, "refusal").len > 0 ||
                pbs_message_has_content(ctx, message);
    return says ? PBS_TURN_ASSISTANT : PBS_TURN_NONE;
}

bool pbs_turn_next(const pbs_ctx *ctx, const pb_json *messages, pbs_turn *turn)
{
    size_t len = ctx->api->json_len(messages);
    turn->role = PBS_TURN_NONE;
    turn->from = turn->to;
    for (size_t i = turn->from; i < len; i++) {
        pbs_turn_role role = pbs_message_turn(ctx, ctx->api->json_at(messages, i, NULL));
        if (role != PBS_TURN_NONE && turn->role != PBS_TURN_NONE && role != turn->role)
            return true;
        if (role != PBS_TURN_NONE && turn->role == PBS_TURN_NONE) {
            turn->role = role;
            turn->from = i;
        }
        turn->to = i + 1;
    }
    return turn->role != PBS_TURN_NONE;
}

bool pbs_turn_answers(const pbs_ctx *ctx, const pb_json *messages, const pbs_turn *turn,
                      pb_str call_id)
{
    for (size_t i = turn->from; i < turn->to; i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (pbs_message_is_result(ctx, message) &&
            pbs_eq(pbs_get_str(ctx, message, "tool_call_id"), call_id))
            return true;
    }
    return false;
}
