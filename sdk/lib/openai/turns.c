/* SPDX-License-Identifier: MIT */
/* Owns the order of messages for vendors that want it strict: system messages first, then turns
 * of user and assistant that alternate, neighbours of one role merged. Nothing said is lost;
 * what stood later and moves to the front is only a system message. Where the vendor has no
 * tools either, earlier calls and their results become text. In ops. */
#include "lib/openai/parts.h"

#include "lib/json.h"

#define TEXT_MAX ((size_t)64 * 1024 * 1024)

static const pb_json *content_of(const pbs_ctx *ctx, const pb_json *message)
{
    return ctx->api->json_get(message, PBS_STR("content"));
}

static bool is_system(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message)
{
    return pbs_is(pbs_openai_message_role(ctx, openai, message), "system");
}

/* The index of the next message behind `from` that is no system message; the length at the end. */
static size_t next_turn(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                        size_t from)
{
    while (from < ctx->api->json_len(messages) &&
           is_system(ctx, openai, ctx->api->json_at(messages, from, NULL)))
        from++;
    return from;
}

static const pb_json *calls_of(const pbs_ctx *ctx, const pb_json *message)
{
    return ctx->api->json_get(message, PBS_STR("tool_calls"));
}

/* A message with more to it than its text: merged, it would lose what ties it to a tool call. */
static bool is_single(const pbs_ctx *ctx, const pb_json *message)
{
    return ctx->api->json_len(calls_of(ctx, message)) > 0 ||
           ctx->api->json_get(message, PBS_STR("tool_call_id")) != NULL;
}

/* Does a call or its result go as text? A vendor without tools knows neither. */
static bool is_told(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message)
{
    return is_single(ctx, message) && pbs_openai_list_has(ctx->api, &openai->options->params_drop,
                                                          PBS_STR("tools"), openai->known_as);
}

static bool merges(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message)
{
    return !is_single(ctx, message) || is_told(ctx, openai, message);
}

static pb_str turn_role(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message)
{
    pb_str role = pbs_openai_message_role(ctx, openai, message);
    bool result = pbs_is(role, "tool") && is_told(ctx, openai, message);
    return result ? PBS_STR("user") : role;
}

static bool belongs(const pbs_ctx *ctx, const pbs_openai *openai, pb_str role,
                    const pb_json *message)
{
    return pbs_eq(role, turn_role(ctx, openai, message)) && merges(ctx, openai, message);
}

/* The index behind the run of messages of one role that begins at `from`. */
static size_t run_end(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                      size_t from)
{
    const pb_json *first = ctx->api->json_at(messages, from, NULL);
    pb_str role = turn_role(ctx, openai, first);
    size_t n = ctx->api->json_len(messages), end = from;
    do {
        end = next_turn(ctx, openai, messages, end + 1);
    } while (end < n && merges(ctx, openai, first) &&
             belongs(ctx, openai, role, ctx->api->json_at(messages, end, NULL)));
    return end;
}

static bool all_strings(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                        size_t from, size_t end)
{
    for (size_t i = from; i < end; i = next_turn(ctx, openai, messages, i + 1))
        if (ctx->api->json_type(content_of(ctx, ctx->api->json_at(messages, i, NULL))) ==
            PB_JSON_ARRAY)
            return false;
    return true;
}

/* ---- What is said ---- */

static bool add(pbs_buf *text, const char *label, pb_str id)
{
    return pbs_buf_add(text, pbs_str(label)) && pbs_buf_add(text, id) &&
           pbs_buf_add(text, PBS_STR(": "));
}

/* "Tool call ID: NAME ARGUMENTS", a line each. */
static bool add_calls(const pbs_ctx *ctx, const pb_json *calls, pbs_buf *text)
{
    bool whole = true;
    for (size_t i = 0; whole && i < ctx->api->json_len(calls); i++) {
        const pb_json *call = ctx->api->json_at(calls, i, NULL);
        const pb_json *custom = pbs_get(ctx, call, "custom");
        const pb_json *body = custom != NULL ? custom : pbs_get(ctx, call, "function");
        whole = (i == 0 || pbs_buf_add_char(text, '\n')) &&
                add(text, "Tool call ", pbs_get_str(ctx, call, "id")) &&
                pbs_buf_add(text, pbs_get_str(ctx, body, "name")) && pbs_buf_add_char(text, ' ') &&
                pbs_buf_add(text, pbs_get_str(ctx, body, custom != NULL ? "input" : "arguments"));
    }
    return whole;
}

static bool add_gap(pbs_buf *text, size_t begin)
{
    return text->len == begin || pbs_buf_add(text, PBS_STR("\n\n"));
}

/* Content that is one string, and around it what becomes text. */
static bool add_said(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message,
                     pbs_buf *text)
{
    bool told = is_told(ctx, openai, message);
    const pb_json *calls = told ? calls_of(ctx, message) : NULL;
    pb_str id = pbs_get_str(ctx, message, "tool_call_id");
    size_t begin = text->len;
    bool whole = (!told || id.len == 0 || add(text, "Result of tool call ", id)) &&
                 pbs_buf_add(text, ctx->api->json_str(content_of(ctx, message)));
    return whole && (ctx->api->json_len(calls) == 0 ||
                     (add_gap(text, begin) && add_calls(ctx, calls, text)));
}

static void write_joined(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                         size_t from, size_t end)
{
    pbs_buf text, said;
    pbs_buf_init(&text, TEXT_MAX);
    pbs_buf_init(&said, TEXT_MAX);
    bool whole = true;
    for (size_t i = from; i < end && whole; i = next_turn(ctx, openai, messages, i + 1)) {
        pbs_buf_clear(&said);
        whole = add_said(ctx, openai, ctx->api->json_at(messages, i, NULL), &said) &&
                (said.len == 0 || add_gap(&text, 0)) && pbs_buf_add(&text, pbs_buf_str(&said));
    }
    if (!whole)
        ctx->api->log(ctx->core, ctx->x, PB_LOG_WARN,
                      PBS_STR("messages of one role are longer than 64 MiB together: cut"));
    ctx->api->w_str(ctx->x, pbs_buf_str(&text));
    pbs_buf_free(&said);
    pbs_buf_free(&text);
}

static void write_text_part(const pbs_ctx *ctx, pb_str text)
{
    ctx->api->w_open(ctx->x, 1);
    ctx->api->w_key(ctx->x, PBS_STR("type"));
    ctx->api->w_str(ctx->x, PBS_STR("text"));
    ctx->api->w_key(ctx->x, PBS_STR("text"));
    ctx->api->w_str(ctx->x, text);
    ctx->api->w_close(ctx->x);
}

/* A message among parts: what becomes text stands before parts that answer and behind others. */
static void write_message_parts(const pbs_ctx *ctx, const pbs_openai *openai,
                                const pb_json *message)
{
    const pb_json *content = content_of(ctx, message);
    bool answers = ctx->api->json_get(message, PBS_STR("tool_call_id")) != NULL;
    pbs_buf text;
    pbs_buf_init(&text, TEXT_MAX);
    if (!add_said(ctx, openai, message, &text))
        ctx->api->log(ctx->core, ctx->x, PB_LOG_WARN,
                      PBS_STR("a message is longer than 64 MiB: cut"));
    if (text.len > 0 && answers)
        write_text_part(ctx, pbs_buf_str(&text));
    for (size_t j = 0; j < ctx->api->json_len(content); j++)
        pbs_openai_write_part(ctx, openai, ctx->api->json_at(content, j, NULL));
    if (text.len > 0 && !answers)
        write_text_part(ctx, pbs_buf_str(&text));
    pbs_buf_free(&text);
}

static void write_parts(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                        size_t from, size_t end)
{
    ctx->api->w_open(ctx->x, 0);
    for (size_t i = from; i < end; i = next_turn(ctx, openai, messages, i + 1))
        write_message_parts(ctx, openai, ctx->api->json_at(messages, i, NULL));
    ctx->api->w_close(ctx->x);
}

/* What a merged turn has no place for. */
static void tell_lost(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *message)
{
    pbs_openai_tell_mark(ctx, openai, message);
    if (pbs_get_str(ctx, message, "name").len > 0)
        pbs_openai_tell_left_out(ctx, openai, PBS_STR("name"));
}

static void write_merged(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                         size_t from, size_t end)
{
    pb_str role = turn_role(ctx, openai, ctx->api->json_at(messages, from, NULL));
    ctx->api->w_open(ctx->x, 1);
    ctx->api->w_key(ctx->x, PBS_STR("role"));
    ctx->api->w_str(ctx->x, role);
    ctx->api->w_key(ctx->x, PBS_STR("content"));
    if (all_strings(ctx, openai, messages, from, end))
        write_joined(ctx, openai, messages, from, end);
    else
        write_parts(ctx, openai, messages, from, end);
    ctx->api->w_close(ctx->x);
    for (size_t i = from; i < end; i = next_turn(ctx, openai, messages, i + 1))
        tell_lost(ctx, openai, ctx->api->json_at(messages, i, NULL));
    pbs_openai_note_once(
        ctx, openai, &openai->told->merged, PB_NOTE_EMULATED, PBS_STR("messages"),
        "this vendor wants roles to alternate: neighbouring messages were merged, and "
        "where it has no tools, calls and results became text");
}

void pbs_openai_write_turns(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages)
{
    size_t n = ctx->api->json_len(messages);
    ctx->api->w_open(ctx->x, 0);
    for (size_t i = 0; i < n; i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (is_system(ctx, openai, message))
            pbs_openai_write_message(ctx, openai, message);
    }
    for (size_t i = next_turn(ctx, openai, messages, 0); i < n;) {
        size_t end = run_end(ctx, openai, messages, i);
        bool alone = next_turn(ctx, openai, messages, i + 1) >= end;
        if (!alone || is_told(ctx, openai, ctx->api->json_at(messages, i, NULL)))
            write_merged(ctx, openai, messages, i, end);
        else
            pbs_openai_write_message(ctx, openai, ctx->api->json_at(messages, i, NULL));
        i = end;
    }
    ctx->api->w_close(ctx->x);
}
