/* SPDX-License-Identifier: MIT */
/* Owns the turns of a conversation. The vendor has two roles that alternate, wants results of
 * tools first in the turn after the calls, all of them, and no empty text; histories come in any
 * form. Messages of one role are one turn here, and what is missing is made up and told. In ops. */
#include "lib/anthropic/dialect.h"

typedef struct History {
    const pbs_ctx *ctx;
    pbs_anthropic *exchange;
    const pb_json *messages;
    size_t len;
    pbs_turn before; /* the turn written last */
} History;

static const pb_json *message_at(const History *h, size_t i)
{
    return h->ctx->api->json_at(h->messages, i, NULL);
}

/* How many parts become blocks; content that is a text is one part. */
static size_t count_parts(const History *h, const pb_json *content)
{
    const pb_core_api *api = h->ctx->api;
    size_t n = 0;
    if (pbs_is_type(h->ctx, content, PB_JSON_STRING))
        return pbs_is_blank(api->json_str(content)) ? 0 : 1;
    for (size_t i = 0; pbs_is_type(h->ctx, content, PB_JSON_ARRAY) && i < api->json_len(content);
         i++)
        n += pbs_anthropic_part_goes(h->ctx, api->json_at(content, i, NULL));
    return n;
}

static pbs_turn_role role_of(const History *h, const pb_json *message)
{
    return pbs_message_turn(h->ctx, message);
}

static bool next_turn(const History *h, pbs_turn *turn)
{
    return pbs_turn_next(h->ctx, h->messages, turn);
}

static void open_turn(const History *h, const char *role)
{
    pbs_w_object(h->ctx, NULL);
    pbs_w_str(h->ctx, "role", pbs_str(role));
}

/* ---- Parts ---- */

/* All parts of a message as blocks; `mark` carries the message's cache mark for the last one. */
static size_t write_parts(const History *h, const pb_json *content, const pb_json *mark)
{
    const pb_core_api *api = h->ctx->api;
    size_t n = count_parts(h, content), written = 0;
    if (n > 0 && pbs_is_type(h->ctx, content, PB_JSON_STRING)) {
        pbs_anthropic_write_text(h->ctx, h->exchange, api->json_str(content), NULL, mark);
        return 1;
    }
    for (size_t i = 0; written < n; i++) {
        const pb_json *part = api->json_at(content, i, NULL);
        if (!pbs_anthropic_part_goes(h->ctx, part))
            continue;
        written++;
        pbs_anthropic_write_part(h->ctx, h->exchange, part, written == n ? mark : NULL);
    }
    return n;
}

/* Parts of a kind that no block exists for. */
static void note_parts(const History *h, const pb_json *message)
{
    const pb_json *content = pbs_get(h->ctx, message, "content");
    for (size_t i = 0;
         pbs_is_type(h->ctx, content, PB_JSON_ARRAY) && i < h->ctx->api->json_len(content); i++) {
        const pb_json *part = h->ctx->api->json_at(content, i, NULL);
        pb_str type = pbs_get_str(h->ctx, part, "type");
        if (!pbs_anthropic_part_goes(h->ctx, part) && type.len > 0 && !pbs_is(type, "text") &&
            !pbs_is(type, "refusal"))
            pbs_anthropic_note(h->ctx, h->exchange, PB_NOTE_UNMET,
                               pbs_is(type, "input_audio") ? "input_audio" : "messages",
                               "this vendor reads text, images and documents");
    }
}

static void note_name(const History *h, const pb_json *message)
{
    if (pbs_message_is_result(h->ctx, message) || h->exchange->told_name ||
        pbs_get_str(h->ctx, message, "name").len == 0)
        return;
    h->exchange->told_name = true;
    pbs_anthropic_note(h->ctx, h->exchange, PB_NOTE_DROPPED, "name",
                       "this vendor's turns carry no names");
}

/* ---- The user's turn ---- */

static void write_result(const History *h, const pb_json *message)
{
    const pb_json *content = pbs_get(h->ctx, message, "content");
    size_t parts = count_parts(h, content);
    pbs_w_object(h->ctx, NULL);
    pbs_w_str(h->ctx, "type", PBS_STR("tool_result"));
    pbs_w_key(h->ctx, "tool_use_id");
    pbs_anthropic_write_id(h->ctx, pbs_get_str(h->ctx, message, "tool_call_id"));
    if (parts > 0 && pbs_is_type(h->ctx, content, PB_JSON_STRING)) {
        pbs_w_value(h->ctx, "content", content);
    } else if (parts > 0) {
        pbs_w_array(h->ctx, "content");
        write_parts(h, content, NULL);
        pbs_w_end(h->ctx);
    }
    if (h->ctx->api->json_bool(pbs_get(h->ctx, message, "is_error"), 0))
        pbs_w_bool(h->ctx, "is_error", true);
    pbs_anthropic_write_cache_control(h->ctx, h->exchange, message, NULL);
    pbs_w_end(h->ctx);
}

static void write_missing_result(const History *h, pb_str id)
{
    pbs_anthropic_note(h->ctx, h->exchange, PB_NOTE_EMULATED, "messages",
                       "a tool call without a result gets one that says so");
    pbs_w_object(h->ctx, NULL);
    pbs_w_str(h->ctx, "type", PBS_STR("tool_result"));
    pbs_w_key(h->ctx, "tool_use_id");
    pbs_anthropic_write_id(h->ctx, id);
    pbs_w_str(h->ctx, "content", PBS_STR("No result was given for this call."));
    pbs_w_bool(h->ctx, "is_error", true);
    pbs_w_end(h->ctx);
}

/* For each call of the assistant's turn before that this turn does not answer; gives their
 * number. write: false only counts. */
static size_t missing_results(const History *h, const pbs_turn *turn, bool write)
{
    size_t n = 0;
    for (size_t i = h->before.from; h->before.role == PBS_TURN_ASSISTANT && i < h->before.to; i++) {
        const pb_json *calls = pbs_message_calls(h->ctx, message_at(h, i));
        for (size_t j = 0; j < h->ctx->api->json_len(calls); j++) {
            pb_str id = pbs_get_str(h->ctx, h->ctx->api->json_at(calls, j, NULL), "id");
            if (pbs_turn_answers(h->ctx, h->messages, turn, id))
                continue;
            n++;
            if (write)
                write_missing_result(h, id);
        }
    }
    return n;
}

static bool has_mark(const History *h, const pb_json *message)
{
    return pbs_has(h->ctx, message, "cache_control") ||
           pbs_has(h->ctx, message, "prompt_cache_breakpoint");
}

/* A turn that is one message with a text stays a text. */
static bool is_plain(const History *h, const pbs_turn *turn)
{
    const pb_json *message = message_at(h, turn->from);
    size_t turns = 0;
    for (size_t i = turn->from; i < turn->to; i++)
        turns += role_of(h, message_at(h, i)) != PBS_TURN_NONE;
    return turns == 1 && !pbs_message_is_result(h->ctx, message) && !has_mark(h, message) &&
           h->ctx->api->json_len(pbs_message_calls(h->ctx, message)) == 0 &&
           h->ctx->api->json_len(pbs_get(h->ctx, message, "thinking_blocks")) == 0 &&
           pbs_get_str(h->ctx, message, "refusal").len == 0 &&
           pbs_is_type(h->ctx, pbs_get(h->ctx, message, "content"), PB_JSON_STRING) &&
           count_parts(h, pbs_get(h->ctx, message, "content")) == 1;
}

static void write_user_blocks(const History *h, const pbs_turn *turn)
{
    size_t blocks = missing_results(h, turn, true);
    for (size_t i = turn->from; i < turn->to; i++) {
        if (!pbs_message_is_result(h->ctx, message_at(h, i)))
            continue;
        write_result(h, message_at(h, i));
        blocks++;
    }
    for (size_t i = turn->from; i < turn->to; i++) {
        const pb_json *message = message_at(h, i);
        if (pbs_message_is_result(h->ctx, message) || role_of(h, message) != PBS_TURN_USER)
            continue;
        blocks += write_parts(h, pbs_get(h->ctx, message, "content"), message);
    }
    if (blocks == 0)
        pbs_anthropic_write_text(h->ctx, h->exchange, PBS_STR("."), NULL, NULL);
}

static void write_user(const History *h, const pbs_turn *turn)
{
    for (size_t i = turn->from; i < turn->to; i++) {
        if (role_of(h, message_at(h, i)) != PBS_TURN_USER)
            continue;
        note_parts(h, message_at(h, i));
        note_name(h, message_at(h, i));
    }
    open_turn(h, "user");
    if (turn->from < turn->to && is_plain(h, turn) && missing_results(h, turn, false) == 0) {
        pbs_w_value(h->ctx, "content", pbs_get(h->ctx, message_at(h, turn->from), "content"));
    } else {
        pbs_w_array(h->ctx, "content");
        write_user_blocks(h, turn);
        pbs_w_end(h->ctx);
    }
    pbs_w_end(h->ctx);
}

static void write_dot(const History *h, const char *why)
{
    pbs_anthropic_note(h->ctx, h->exchange, PB_NOTE_EMULATED, "messages", why);
    open_turn(h, "user");
    pbs_w_str(h->ctx, "content", PBS_STR("."));
    pbs_w_end(h->ctx);
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

static void write_call(const History *h, const pb_json *call, const pb_json *mark)
{
    bool custom = pbs_is(pbs_get_str(h->ctx, call, "type"), "custom");
    const pb_json *inner = pbs_get(h->ctx, call, custom ? "custom" : "function");
    pbs_w_object(h->ctx, NULL);
    pbs_w_str(h->ctx, "type", PBS_STR("tool_use"));
    pbs_w_key(h->ctx, "id");
    pbs_anthropic_write_id(h->ctx, pbs_get_str(h->ctx, call, "id"));
    pbs_w_key(h->ctx, "name");
    pbs_anthropic_write_name(h->ctx, pbs_get_str(h->ctx, inner, "name"));
    if (custom) {
        pbs_w_object(h->ctx, "input");
        pbs_w_str(h->ctx, "input", pbs_get_str(h->ctx, inner, "input"));
        pbs_w_end(h->ctx);
    } else {
        write_input(h, pbs_get_str(h->ctx, inner, "arguments"));
    }
    pbs_anthropic_write_cache_control(h->ctx, h->exchange, call, mark);
    pbs_w_end(h->ctx);
}

static pb_str trim_end(pb_str text)
{
    while (text.len > 0 && memchr(" \t\r\n", text.ptr[text.len - 1], 4) != NULL)
        text.len--;
    return text;
}

/* The text that the answer is to continue must not end in white space. */
static void write_prefill(const History *h, const pb_json *message)
{
    const pb_json *content = pbs_get(h->ctx, message, "content");
    size_t n = h->ctx->api->json_len(content);
    if (pbs_is_type(h->ctx, content, PB_JSON_STRING)) {
        if (count_parts(h, content) > 0)
            pbs_anthropic_write_text(h->ctx, h->exchange, trim_end(h->ctx->api->json_str(content)),
                                     NULL, message);
        return;
    }
    for (size_t i = 0; pbs_is_type(h->ctx, content, PB_JSON_ARRAY) && i < n; i++) {
        const pb_json *part = h->ctx->api->json_at(content, i, NULL);
        pb_str text = pbs_get_str(h->ctx, part, "text");
        if (!pbs_anthropic_part_goes(h->ctx, part))
            continue;
        if (i + 1 == n && text.len > 0)
            pbs_anthropic_write_text(h->ctx, h->exchange, trim_end(text), part, message);
        else
            pbs_anthropic_write_part(h->ctx, h->exchange, part, i + 1 == n ? message : NULL);
    }
}

static void write_assistant_message(const History *h, const pb_json *message, bool last)
{
    const pb_json *blocks = pbs_get(h->ctx, message, "thinking_blocks");
    const pb_json *calls = pbs_message_calls(h->ctx, message);
    size_t n = h->ctx->api->json_len(calls);
    pb_str refusal = pbs_get_str(h->ctx, message, "refusal");
    for (size_t i = 0; i < h->ctx->api->json_len(blocks); i++)
        h->ctx->api->w_value(h->ctx->x, h->ctx->api->json_at(blocks, i, NULL));
    if (last && n == 0)
        write_prefill(h, message);
    else
        write_parts(h, pbs_get(h->ctx, message, "content"), n == 0 ? message : NULL);
    if (!pbs_is_blank(refusal))
        pbs_anthropic_write_text(h->ctx, h->exchange, refusal, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        write_call(h, h->ctx->api->json_at(calls, i, NULL), i + 1 == n ? message : NULL);
}

/* Its parts may all be of kinds that no block exists for. */
static bool has_blocks(const History *h, const pb_json *message)
{
    return h->ctx->api->json_len(pbs_message_calls(h->ctx, message)) > 0 ||
           h->ctx->api->json_len(pbs_get(h->ctx, message, "thinking_blocks")) > 0 ||
           !pbs_is_blank(pbs_get_str(h->ctx, message, "refusal")) ||
           count_parts(h, pbs_get(h->ctx, message, "content")) > 0;
}

static void write_assistant(const History *h, const pbs_turn *turn, bool last)
{
    open_turn(h, "assistant");
    if (is_plain(h, turn)) {
        const pb_json *content = pbs_get(h->ctx, message_at(h, turn->from), "content");
        pb_str text = h->ctx->api->json_str(content);
        if (last)
            pbs_w_str(h->ctx, "content", trim_end(text));
        else
            pbs_w_value(h->ctx, "content", content);
        pbs_w_end(h->ctx);
        return;
    }
    pbs_w_array(h->ctx, "content");
    for (size_t i = turn->from; i < turn->to; i++) {
        const pb_json *message = message_at(h, i);
        if (role_of(h, message) != PBS_TURN_ASSISTANT)
            continue;
        note_parts(h, message);
        if (has_blocks(h, message))
            write_assistant_message(h, message, last && i + 1 == turn->to);
        else
            pbs_anthropic_write_text(h->ctx, h->exchange, PBS_STR("."), NULL, NULL);
    }
    pbs_w_end(h->ctx);
    pbs_w_end(h->ctx);
}

/* ---- All turns ---- */

void pbs_anthropic_write_messages(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    History h = {.ctx = ctx, .exchange = exchange};
    pbs_turn turn = {PBS_TURN_NONE, 0, 0};
    h.messages = pbs_get(ctx, exchange->request->body, "messages");
    h.len = ctx->api->json_len(h.messages);
    pbs_w_array(ctx, "messages");
    while (next_turn(&h, &turn)) {
        if (turn.role == PBS_TURN_ASSISTANT && h.before.role == PBS_TURN_NONE)
            write_dot(&h, "this vendor wants the user to speak first");
        pbs_turn rest = turn;
        if (turn.role == PBS_TURN_USER)
            write_user(&h, &turn);
        else
            write_assistant(&h, &turn, !next_turn(&h, &rest));
        h.before = turn;
    }
    turn.from = turn.to = h.len;
    if (h.before.role == PBS_TURN_NONE)
        write_dot(&h, "this vendor wants at least one turn of the user");
    else if (missing_results(&h, &turn, false) > 0)
        write_user(&h, &turn);
    pbs_w_end(ctx);
}
