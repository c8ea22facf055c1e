/* SPDX-License-Identifier: MIT */
/* Owns the conversation: one system instruction, then turns of user and model, the results of a
 * turn's calls together in a turn of their own, in the order of the calls. Nothing that was said
 * is lost; what had to be made up is told. In ops. */
#include "lib/gemini/internal.h"
#include "lib/turns.h"

#define SYSTEM_MAX ((size_t)64 * 1024 * 1024)

/* ---- The system instruction ---- */

static void add_text(pbs_buf *text, pb_str more)
{
    if (text->len > 0 && more.len > 0)
        pbs_buf_add_char(text, '\n');
    pbs_buf_add(text, more);
}

static void add_system(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *message, pbs_buf *text)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    add_text(text, ctx->api->json_str(content));
    for (size_t i = 0; pbs_is_type(ctx, content, PB_JSON_ARRAY) && i < ctx->api->json_len(content);
         i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        if (!pbs_is(pbs_get_str(ctx, part, "type"), "text"))
            pbs_gemini_note(ctx, g, PB_NOTE_UNMET, "messages",
                            "the system instruction of this vendor is text only");
        add_text(text, pbs_get_str(ctx, part, "text"));
    }
}

/* All system messages in their order. */
static void join_system(const pbs_ctx *ctx, pbs_gemini *g, pbs_buf *text)
{
    const pb_json *messages = pbs_get(ctx, g->request->body, "messages");
    pbs_buf_init(text, SYSTEM_MAX);
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (pbs_message_is_system(ctx, message))
            add_system(ctx, g, message, text);
    }
}

void pbs_gemini_write_system(const pbs_ctx *ctx, pbs_gemini *g)
{
    pbs_buf text;
    if (g->model.gemma)
        return; /* these know no system instruction: it opens the first turn */
    join_system(ctx, g, &text);
    if (text.len > 0) {
        pbs_w_object(ctx, "systemInstruction");
        pbs_w_array(ctx, "parts");
        pbs_gemini_write_text(ctx, pbs_buf_str(&text));
        pbs_w_end(ctx);
        pbs_w_end(ctx);
    }
    pbs_buf_free(&text);
}

/* ---- Turns ---- */

static void open_turn(const pbs_ctx *ctx, const char *role)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "role", pbs_str(role));
    pbs_w_array(ctx, "parts");
}

static void close_turn(const pbs_ctx *ctx)
{
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static void write_small_turn(const pbs_ctx *ctx, pb_str text)
{
    open_turn(ctx, "user");
    pbs_gemini_write_text(ctx, text);
    close_turn(ctx);
}

static void tell_members(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *message)
{
    if (pbs_has(ctx, message, "name") && !pbs_is(pbs_get_str(ctx, message, "role"), "tool"))
        pbs_gemini_note_once(ctx, g, &g->told_name, PB_NOTE_DROPPED, "name",
                             "this vendor's turns have no names");
    if (pbs_has(ctx, message, "cache_control"))
        pbs_gemini_note_once(ctx, g, &g->told_cache, PB_NOTE_DROPPED, "cache_control",
                             "this vendor caches by itself, or what cachedContent names");
}

/* A conversation, and the turn of the model that came last. */
typedef struct Walk {
    const pb_json *messages;
    pbs_turn model;
    pb_str before; /* what opens the first turn */
} Walk;

/* The i-th message if it counts in the turn, else NULL. */
static const pb_json *message_at(const pbs_ctx *ctx, const Walk *walk, const pbs_turn *turn,
                                 size_t i)
{
    const pb_json *message = ctx->api->json_at(walk->messages, i, NULL);
    return pbs_message_turn(ctx, message) == turn->role ? message : NULL;
}

static bool is_called(const pbs_ctx *ctx, const Walk *walk, pb_str id)
{
    for (size_t i = walk->model.from; i < walk->model.to; i++) {
        const pb_json *calls = pbs_message_calls(ctx, message_at(ctx, walk, &walk->model, i));
        for (size_t j = 0; j < ctx->api->json_len(calls); j++)
            if (pbs_eq(pbs_get_str(ctx, ctx->api->json_at(calls, j, NULL), "id"), id))
                return true;
    }
    return false;
}

/* A result of a call that nobody made goes as what the user says. */
static bool is_said(const pbs_ctx *ctx, const Walk *walk, const pb_json *message)
{
    return message != NULL && !(pbs_message_is_result(ctx, message) &&
                                is_called(ctx, walk, pbs_get_str(ctx, message, "tool_call_id")));
}

static size_t count_said(const pbs_ctx *ctx, const Walk *walk, const pbs_turn *turn)
{
    size_t n = 0;
    for (size_t i = turn->from; i < turn->to; i++)
        n += is_said(ctx, walk, message_at(ctx, walk, turn, i));
    return n;
}

static void write_said(const pbs_ctx *ctx, pbs_gemini *g, Walk *walk, const pbs_turn *turn)
{
    size_t parts = walk->before.len > 0;
    if (parts == 0 && count_said(ctx, walk, turn) == 0)
        return;
    open_turn(ctx, "user");
    if (parts > 0)
        pbs_gemini_write_text(ctx, walk->before);
    walk->before = (pb_str){NULL, 0};
    for (size_t i = turn->from; i < turn->to; i++) {
        const pb_json *message = message_at(ctx, walk, turn, i);
        if (!is_said(ctx, walk, message))
            continue;
        tell_members(ctx, g, message);
        parts += pbs_gemini_write_user_parts(ctx, g, message);
    }
    if (parts == 0)
        pbs_gemini_write_text(ctx, PBS_STR(" ")); /* the vendor refuses an empty turn */
    close_turn(ctx);
}

/* ---- Results ---- */

/* The result with that id among the messages of the turn, `before` others passed over. */
static const pb_json *find_result(const pbs_ctx *ctx, const Walk *walk, const pbs_turn *turn,
                                  pb_str id, size_t before)
{
    for (size_t i = turn->from; i < turn->to; i++) {
        const pb_json *message = message_at(ctx, walk, turn, i);
        if (message != NULL && pbs_message_is_result(ctx, message) &&
            pbs_eq(pbs_get_str(ctx, message, "tool_call_id"), id) && before-- == 0)
            return message;
    }
    return NULL;
}

/* How many calls with this id came before it in the model's turn. */
static size_t same_before(const pbs_ctx *ctx, const Walk *walk, size_t message, size_t call,
                          pb_str id)
{
    size_t same = 0;
    for (size_t i = walk->model.from; i <= message; i++) {
        const pb_json *calls = pbs_message_calls(ctx, message_at(ctx, walk, &walk->model, i));
        size_t n = i == message ? call : ctx->api->json_len(calls);
        for (size_t j = 0; j < n; j++)
            same += pbs_eq(pbs_get_str(ctx, ctx->api->json_at(calls, j, NULL), "id"), id);
    }
    return same;
}

static void write_results_of(const pbs_ctx *ctx, pbs_gemini *g, const Walk *walk,
                             const pbs_turn *turn, size_t i)
{
    const pb_json *calls = pbs_message_calls(ctx, message_at(ctx, walk, &walk->model, i));
    for (size_t j = 0; j < ctx->api->json_len(calls); j++) {
        const pb_json *call = ctx->api->json_at(calls, j, NULL);
        pb_str id = pbs_get_str(ctx, call, "id");
        const pb_json *result = find_result(ctx, walk, turn, id, same_before(ctx, walk, i, j, id));
        if (result == NULL)
            pbs_gemini_note(ctx, g, PB_NOTE_EMULATED, "messages",
                            "a call without a result was given an empty one: this vendor wants "
                            "as many results as calls");
        pbs_gemini_write_result(ctx, g, call, result);
    }
}

/* The results of the model's last turn, in the order of its calls and nothing else. */
static void write_results(const pbs_ctx *ctx, pbs_gemini *g, const Walk *walk, const pbs_turn *turn)
{
    size_t calls = 0;
    for (size_t i = walk->model.from; i < walk->model.to; i++)
        calls += ctx->api->json_len(pbs_message_calls(ctx, message_at(ctx, walk, &walk->model, i)));
    if (calls == 0)
        return;
    open_turn(ctx, "user");
    for (size_t i = walk->model.from; i < walk->model.to; i++)
        write_results_of(ctx, g, walk, turn, i);
    close_turn(ctx);
}

/* ---- All of it ---- */

static void write_model(const pbs_ctx *ctx, pbs_gemini *g, Walk *walk, const pbs_turn *turn)
{
    size_t parts = 0;
    open_turn(ctx, "model");
    for (size_t i = turn->from; i < turn->to; i++) {
        const pb_json *message = message_at(ctx, walk, turn, i);
        if (message == NULL)
            continue;
        tell_members(ctx, g, message);
        parts += pbs_gemini_write_model_parts(ctx, g, message);
    }
    if (parts == 0)
        pbs_gemini_write_text(ctx, PBS_STR(" "));
    close_turn(ctx);
    walk->model = *turn;
}

/* A first turn of the user where the conversation has none. */
static void write_first(const pbs_ctx *ctx, const pbs_gemini *g, Walk *walk)
{
    if (walk->before.len == 0)
        pbs_gemini_note(ctx, g, PB_NOTE_EMULATED, "messages",
                        "a turn of the user was put in front: this vendor begins with one");
    write_small_turn(ctx, walk->before.len > 0 ? walk->before : PBS_STR("."));
    walk->before = (pb_str){NULL, 0};
}

static void write_turns(const pbs_ctx *ctx, pbs_gemini *g, Walk *walk)
{
    pbs_turn turn = {0};
    bool any = false;
    while (pbs_turn_next(ctx, walk->messages, &turn)) {
        if (!any && turn.role == PBS_TURN_ASSISTANT)
            write_first(ctx, g, walk);
        any = true;
        if (turn.role == PBS_TURN_ASSISTANT) {
            write_model(ctx, g, walk, &turn);
        } else {
            write_results(ctx, g, walk, &turn);
            write_said(ctx, g, walk, &turn);
        }
    }
    if (!any)
        write_first(ctx, g, walk);
}

void pbs_gemini_write_contents(const pbs_ctx *ctx, pbs_gemini *g)
{
    Walk walk = {.messages = pbs_get(ctx, g->request->body, "messages")};
    pbs_buf before;
    pbs_buf_init(&before, SYSTEM_MAX);
    if (g->model.gemma)
        join_system(ctx, g, &before);
    if (before.len > 0)
        pbs_gemini_note(ctx, g, PB_NOTE_EMULATED, "messages",
                        "the system messages open the first turn: this model has no other place "
                        "for them");
    walk.before = pbs_buf_str(&before);
    pbs_w_array(ctx, "contents");
    write_turns(ctx, g, &walk);
    pbs_w_end(ctx);
    pbs_buf_free(&before);
}
