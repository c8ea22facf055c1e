/* SPDX-License-Identifier: MIT */
/* Owns the order of messages for vendors that want it strict: system messages first, then turns
 * of user and assistant that alternate, neighbours of one role merged. Nothing said is lost;
 * what stood later and moves to the front is only a system message. In ops. */
#include "lib/openai/parts.h"

#include "lib/str.h"

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

/* A message with more to it than its text: merged, it would lose what ties it to a tool call. */
static bool is_single(const pbs_ctx *ctx, const pb_json *message)
{
    return ctx->api->json_len(ctx->api->json_get(message, PBS_STR("tool_calls"))) > 0 ||
           ctx->api->json_get(message, PBS_STR("tool_call_id")) != NULL;
}

static bool belongs(const pbs_ctx *ctx, const pbs_openai *openai, pb_str role,
                    const pb_json *message)
{
    return pbs_eq(role, pbs_openai_message_role(ctx, openai, message)) && !is_single(ctx, message);
}

/* The index behind the run of messages of one role that begins at `from`. */
static size_t run_end(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                      size_t from)
{
    const pb_json *first = ctx->api->json_at(messages, from, NULL);
    pb_str role = pbs_openai_message_role(ctx, openai, first);
    size_t n = ctx->api->json_len(messages), end = from;
    do {
        end = next_turn(ctx, openai, messages, end + 1);
    } while (end < n && !is_single(ctx, first) &&
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

static void write_joined(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                         size_t from, size_t end)
{
    pbs_buf text;
    pbs_buf_init(&text, (size_t)64 * 1024 * 1024);
    bool whole = true;
    for (size_t i = from; i < end && whole; i = next_turn(ctx, openai, messages, i + 1)) {
        pb_str part = ctx->api->json_str(content_of(ctx, ctx->api->json_at(messages, i, NULL)));
        whole = (text.len == 0 || part.len == 0 || pbs_buf_add(&text, PBS_STR("\n\n"))) &&
                pbs_buf_add(&text, part);
    }
    if (!whole)
        ctx->api->log(ctx->core, ctx->x, PB_LOG_WARN,
                      PBS_STR("messages of one role are longer than 64 MiB together: cut"));
    ctx->api->w_str(ctx->x, pbs_buf_str(&text));
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

static void write_parts(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                        size_t from, size_t end)
{
    ctx->api->w_open(ctx->x, 0);
    for (size_t i = from; i < end; i = next_turn(ctx, openai, messages, i + 1)) {
        const pb_json *content = content_of(ctx, ctx->api->json_at(messages, i, NULL));
        pb_str text = ctx->api->json_str(content);
        if (text.len > 0)
            write_text_part(ctx, text);
        for (size_t j = 0; text.len == 0 && j < ctx->api->json_len(content); j++)
            pbs_openai_write_part(ctx, openai, ctx->api->json_at(content, j, NULL));
    }
    ctx->api->w_close(ctx->x);
}

static void write_merged(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages,
                         size_t from, size_t end)
{
    pb_str role = pbs_openai_message_role(ctx, openai, ctx->api->json_at(messages, from, NULL));
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
        pbs_openai_tell_mark(ctx, openai, ctx->api->json_at(messages, i, NULL));
    pbs_openai_note_once(
        ctx, openai, &openai->told->merged, PB_NOTE_EMULATED, PBS_STR("messages"),
        "neighbouring messages of one role were merged: this vendor wants them to alternate");
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
        if (next_turn(ctx, openai, messages, i + 1) < end)
            write_merged(ctx, openai, messages, i, end);
        else
            pbs_openai_write_message(ctx, openai, ctx->api->json_at(messages, i, NULL));
        i = end;
    }
    ctx->api->w_close(ctx->x);
}
