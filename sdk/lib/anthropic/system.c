/* SPDX-License-Identifier: MIT */
/* Owns the one system prompt that the vendor has: all system and developer messages in their
 * order, as a text, or as blocks where one carries a cache mark. In ops. */
#include "lib/anthropic/dialect.h"

#define SYSTEM_MAX ((size_t)64 * 1024 * 1024)

typedef struct System {
    const pbs_ctx *ctx;
    pbs_anthropic *exchange;
    pbs_buf *text; /* NULL: blocks are written */
    size_t blocks;
    bool marked;
} System;

typedef void (*TextFn)(System *, pb_str text, const pb_json *part, const pb_json *message);

static void each_part(System *system, const pb_json *message, TextFn fn)
{
    const pbs_ctx *ctx = system->ctx;
    const pb_json *content = pbs_get(ctx, message, "content");
    if (pbs_is_type(ctx, content, PB_JSON_STRING))
        fn(system, ctx->api->json_str(content), NULL, message);
    for (size_t i = 0; pbs_is_type(ctx, content, PB_JSON_ARRAY) && i < ctx->api->json_len(content);
         i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        bool last = i + 1 == ctx->api->json_len(content);
        fn(system, pbs_get_str(ctx, part, "text"), part, last ? message : NULL);
    }
}

static void each_text(System *system, TextFn fn)
{
    const pbs_ctx *ctx = system->ctx;
    const pb_json *messages = pbs_get(ctx, system->exchange->request->body, "messages");
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (pbs_message_is_system(ctx, message))
            each_part(system, message, fn);
    }
}

static bool has_mark(const pbs_ctx *ctx, const pb_json *object)
{
    return pbs_has(ctx, object, "cache_control") || pbs_has(ctx, object, "prompt_cache_breakpoint");
}

static void look(System *system, pb_str text, const pb_json *part, const pb_json *message)
{
    pb_str type = pbs_get_str(system->ctx, part, "type");
    if (part != NULL && !pbs_is(type, "text"))
        pbs_anthropic_note(system->ctx, system->exchange, PB_NOTE_UNMET, "messages",
                           "this vendor's system prompt is text only");
    if (pbs_is_blank(text))
        return;
    system->blocks++;
    system->marked =
        system->marked || has_mark(system->ctx, part) || has_mark(system->ctx, message);
}

static void write(System *system, pb_str text, const pb_json *part, const pb_json *message)
{
    if (pbs_is_blank(text))
        return;
    if (system->text == NULL) {
        pbs_anthropic_write_text(system->ctx, system->exchange, text, part, message);
        return;
    }
    if (system->text->len > 0)
        pbs_buf_add_char(system->text, '\n');
    pbs_buf_add(system->text, text);
}

void pbs_anthropic_write_system(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    System system = {.ctx = ctx, .exchange = exchange};
    pbs_buf text;
    each_text(&system, look);
    if (system.blocks == 0)
        return;
    if (system.marked) {
        pbs_w_array(ctx, "system");
        each_text(&system, write);
        pbs_w_end(ctx);
        return;
    }
    pbs_buf_init(&text, SYSTEM_MAX);
    system.text = &text;
    each_text(&system, write);
    pbs_w_str(ctx, "system", pbs_buf_str(&text));
    pbs_buf_free(&text);
}
