/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the conversation: system texts, and turns of two roles that alternate, the first of them the
 * user's, with results of tools first in the turn after the calls, all of them, and no empty text.
 * Histories come in any form; what is missing is made up and told. In ops of the exchange. */
#include "converse.h"

#include "lib/turns.h"

typedef struct History {
    const pbs_ctx *ctx;
    Exchange *exchange;
    const pb_json *messages;
    pbs_turn before; /* the turn written last */
} History;

static const pb_json *message_at(const History *h, size_t i)
{
    return h->ctx->api->json_at(h->messages, i, NULL);
}

static void open_turn(const History *h, const char *role)
{
    pbs_w_object(h->ctx, NULL);
    pbs_w_str(h->ctx, "role", pbs_str(role));
    pbs_w_array(h->ctx, "content");
}

static void close_turn(const History *h)
{
    pbs_w_end(h->ctx);
    pbs_w_end(h->ctx);
}

static void write_id(const History *h, const char *key, pb_str id)
{
    char out[PBS_NAME_MAX + 1];
    pbs_w_str(h->ctx, key, pbs_name_clean(id, CONVERSE_NAME_MAX, out));
}

/* ---- System ---- */

static bool folds_system(const Exchange *exchange)
{
    return (converse_of(exchange)->family->traits & FAMILY_NO_SYSTEM) != 0;
}

static size_t write_system_blocks(const pbs_ctx *ctx, Exchange *exchange, bool write)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    ConverseCount count = {0};
    size_t n = 0;
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (!pbs_message_is_system(ctx, message) || !pbs_message_has_content(ctx, message))
            continue;
        n++;
        if (write)
            converse_write_content(ctx, exchange, message, false, &count);
    }
    return n;
}

void converse_write_system(const pbs_ctx *ctx, Exchange *exchange)
{
    if (folds_system(exchange) || write_system_blocks(ctx, exchange, false) == 0)
        return;
    pbs_w_array(ctx, "system");
    write_system_blocks(ctx, exchange, true);
    pbs_w_end(ctx);
}

/* ---- The user's turn ---- */

/* An object goes as JSON, everything else as text. */
static void write_result_content(const History *h, const pb_json *message)
{
    const pb_json *content = pbs_get(h->ctx, message, "content");
    pb_str text = pbs_trim(h->ctx->api->json_str(content));
    const pb_json *object = NULL;
    ConverseCount count = {0};
    if (text.len > 0 && text.ptr[0] == '{')
        object = h->ctx->api->json_parse(h->ctx->x, text, 0);
    if (pbs_is_type(h->ctx, object, PB_JSON_OBJECT)) {
        pbs_w_object(h->ctx, NULL);
        pbs_w_value(h->ctx, "json", object);
        pbs_w_end(h->ctx);
        return;
    }
    converse_write_content(h->ctx, h->exchange, message, true, &count);
    if (count.blocks == 0)
        converse_write_text(h->ctx, PBS_STR("."));
}

static void write_result(const History *h, const pb_json *message)
{
    pbs_w_object(h->ctx, NULL);
    pbs_w_object(h->ctx, "toolResult");
    write_id(h, "toolUseId", pbs_get_str(h->ctx, message, "tool_call_id"));
    pbs_w_array(h->ctx, "content");
    write_result_content(h, message);
    pbs_w_end(h->ctx);
    if (h->ctx->api->json_bool(pbs_get(h->ctx, message, "is_error"), 0) != 0)
        pbs_w_str(h->ctx, "status", PBS_STR("error"));
    pbs_w_end(h->ctx);
    pbs_w_end(h->ctx);
    converse_write_mark(h->ctx, h->exchange, message);
}

static void write_missing_result(const History *h, pb_str id)
{
    bedrock_note(h->ctx, h->exchange, PB_NOTE_EMULATED, "messages",
                 "a tool call without a result gets one that says so");
    pbs_w_object(h->ctx, NULL);
    pbs_w_object(h->ctx, "toolResult");
    write_id(h, "toolUseId", id);
    pbs_w_array(h->ctx, "content");
    converse_write_text(h->ctx, PBS_STR("No result was given for this call."));
    pbs_w_end(h->ctx);
    pbs_w_str(h->ctx, "status", PBS_STR("error"));
    pbs_w_end(h->ctx);
    pbs_w_end(h->ctx);
}

/* For each call of the assistant's turn before that this turn does not answer. */
static size_t write_missing_results(const History *h, const pbs_turn *turn)
{
    size_t n = 0;
    bool asked = h->before.role == PBS_TURN_ASSISTANT;
    for (size_t i = h->before.from; asked && i < h->before.to; i++) {
        const pb_json *calls = pbs_message_calls(h->ctx, message_at(h, i));
        for (size_t j = 0; j < h->ctx->api->json_len(calls); j++) {
            pb_str id = pbs_get_str(h->ctx, h->ctx->api->json_at(calls, j, NULL), "id");
            if (pbs_turn_answers(h->ctx, h->messages, turn, id))
                continue;
            n++;
            write_missing_result(h, id);
        }
    }
    return n;
}

static void note_name(const History *h, const pb_json *message)
{
    Converse *converse = converse_of(h->exchange);
    if (converse->told_name || pbs_get_str(h->ctx, message, "name").len == 0)
        return;
    converse->told_name = true;
    bedrock_note(h->ctx, h->exchange, PB_NOTE_DROPPED, "name",
                 "this vendor's turns carry no names");
}

/* A model without `system` reads those texts at the head of the first turn. */
static void write_folded_system(const History *h, ConverseCount *count)
{
    if (h->before.role != PBS_TURN_NONE || !folds_system(h->exchange))
        return;
    size_t n = write_system_blocks(h->ctx, h->exchange, true);
    if (n > 0)
        bedrock_note(h->ctx, h->exchange, PB_NOTE_EMULATED, "messages",
                     "this model has no system prompt: it stands in the first turn");
    count->blocks += n;
    count->texts += n;
}

/* A document needs a text beside it. */
static void write_user(const History *h, const pbs_turn *turn)
{
    ConverseCount count = {0};
    open_turn(h, "user");
    write_folded_system(h, &count);
    count.blocks += write_missing_results(h, turn);
    for (size_t i = turn->from; i < turn->to; i++) {
        if (!pbs_message_is_result(h->ctx, message_at(h, i)))
            continue;
        write_result(h, message_at(h, i));
        count.blocks++;
    }
    for (size_t i = turn->from; i < turn->to; i++) {
        const pb_json *message = message_at(h, i);
        if (pbs_message_is_result(h->ctx, message) ||
            pbs_message_turn(h->ctx, message) != PBS_TURN_USER)
            continue;
        note_name(h, message);
        converse_write_content(h->ctx, h->exchange, message, true, &count);
    }
    if (count.blocks == 0 || (count.documents > 0 && count.texts == 0))
        converse_write_text(h->ctx, PBS_STR("."));
    close_turn(h);
}

static void write_made_up(History *h, const char *why)
{
    ConverseCount count = {0};
    bedrock_note(h->ctx, h->exchange, PB_NOTE_EMULATED, "messages", why);
    open_turn(h, "user");
    write_folded_system(h, &count);
    converse_write_text(h->ctx, PBS_STR("."));
    close_turn(h);
}

/* ---- The assistant's turn ---- */

/* What a model wrote may be no JSON at all. */
static void write_input(const History *h, pb_str arguments)
{
    const pb_json *input = h->ctx->api->json_parse(h->ctx->x, pbs_trim(arguments), 0);
    if (pbs_is_type(h->ctx, input, PB_JSON_OBJECT)) {
        pbs_w_value(h->ctx, "input", input);
        return;
    }
    pbs_w_object(h->ctx, "input");
    if (!pbs_is_blank(arguments))
        pbs_w_str(h->ctx, "_raw", arguments);
    pbs_w_end(h->ctx);
}

static void write_call(const History *h, const pb_json *call)
{
    bool custom = pbs_is(pbs_get_str(h->ctx, call, "type"), "custom");
    const pb_json *inner = pbs_get(h->ctx, call, custom ? "custom" : "function");
    pbs_w_object(h->ctx, NULL);
    pbs_w_object(h->ctx, "toolUse");
    write_id(h, "toolUseId", pbs_get_str(h->ctx, call, "id"));
    write_id(h, "name", pbs_get_str(h->ctx, inner, "name"));
    if (custom) {
        pbs_w_object(h->ctx, "input");
        pbs_w_str(h->ctx, "input", pbs_get_str(h->ctx, inner, "input"));
        pbs_w_end(h->ctx);
    } else {
        write_input(h, pbs_get_str(h->ctx, inner, "arguments"));
    }
    pbs_w_end(h->ctx);
    pbs_w_end(h->ctx);
    converse_write_mark(h->ctx, h->exchange, call);
}

/* Only thinking that is signed is taken back. */
static size_t write_thinking(const History *h, const pb_json *block)
{
    Converse *converse = converse_of(h->exchange);
    pb_str signature = pbs_get_str(h->ctx, block, "signature");
    pb_str data = pbs_get_str(h->ctx, block, "data");
    if (signature.len == 0 && data.len == 0) {
        if (!converse->told_thinking)
            bedrock_note(h->ctx, h->exchange, PB_NOTE_DROPPED, "thinking_blocks",
                         "this vendor takes back only thinking that is signed");
        converse->told_thinking = true;
        return 0;
    }
    pbs_w_object(h->ctx, NULL);
    pbs_w_object(h->ctx, "reasoningContent");
    if (signature.len > 0) {
        pbs_w_object(h->ctx, "reasoningText");
        pbs_w_str(h->ctx, "text", pbs_get_str(h->ctx, block, "thinking"));
        pbs_w_str(h->ctx, "signature", signature);
        pbs_w_end(h->ctx);
    } else {
        pbs_w_str(h->ctx, "redactedContent", data);
    }
    pbs_w_end(h->ctx);
    pbs_w_end(h->ctx);
    return 1;
}

static void write_assistant(const History *h, const pbs_turn *turn)
{
    pbs_turn after = *turn;
    ConverseCount count = {.open = !pbs_turn_next(h->ctx, h->messages, &after)};
    open_turn(h, "assistant");
    for (size_t i = turn->from; i < turn->to; i++) {
        const pb_json *message = message_at(h, i), *calls = pbs_message_calls(h->ctx, message);
        const pb_json *thoughts = pbs_get(h->ctx, message, "thinking_blocks");
        pb_str refusal = pbs_get_str(h->ctx, message, "refusal");
        if (pbs_message_turn(h->ctx, message) != PBS_TURN_ASSISTANT)
            continue;
        note_name(h, message);
        for (size_t j = 0; j < h->ctx->api->json_len(thoughts); j++)
            count.blocks += write_thinking(h, h->ctx->api->json_at(thoughts, j, NULL));
        converse_write_content(h->ctx, h->exchange, message, false, &count);
        if (!pbs_is_blank(refusal)) {
            converse_write_text(h->ctx, refusal);
            count.blocks++;
        }
        for (size_t j = 0; j < h->ctx->api->json_len(calls); j++, count.blocks++)
            write_call(h, h->ctx->api->json_at(calls, j, NULL));
    }
    if (count.blocks == 0)
        converse_write_text(h->ctx, PBS_STR("."));
    close_turn(h);
}

/* ---- All turns ---- */

void converse_write_messages(const pbs_ctx *ctx, Exchange *exchange)
{
    History h = {.ctx = ctx, .exchange = exchange};
    pbs_turn turn = {PBS_TURN_NONE, 0, 0};
    h.messages = pbs_get(ctx, exchange->request->body, "messages");
    pbs_w_array(ctx, "messages");
    while (pbs_turn_next(ctx, h.messages, &turn)) {
        if (turn.role == PBS_TURN_ASSISTANT && h.before.role == PBS_TURN_NONE)
            write_made_up(&h, "this vendor wants the user to speak first");
        if (turn.role == PBS_TURN_USER)
            write_user(&h, &turn);
        else
            write_assistant(&h, &turn);
        h.before = turn;
    }
    if (h.before.role == PBS_TURN_NONE)
        write_made_up(&h, "this vendor wants a turn of the user");
    pbs_turn none = {PBS_TURN_USER, 0, 0};
    if (h.before.role == PBS_TURN_ASSISTANT &&
        ctx->api->json_len(pbs_message_calls(ctx, message_at(&h, h.before.to - 1))) > 0)
        write_user(&h, &none);
    pbs_w_end(ctx);
}
