/* SPDX-License-Identifier: MIT */
/* Owns the making of events, so that no other file fills one in by hand. In ops. */
#include "lib/anthropic/dialect.h"

/* Code points: bytes that do not continue one. */
static int64_t count_characters(pb_str text)
{
    int64_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return n;
}

void pbs_anthropic_emit_text(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_TEXT, .text = text};
    if (text.len == 0)
        return;
    exchange->characters += count_characters(text);
    ctx->api->emit(ctx->x, &event);
}

void pbs_anthropic_emit_reasoning(const pbs_ctx *ctx, const pbs_anthropic *exchange, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_REASONING, .text = text};
    if (text.len > 0 && exchange->request->kind != PB_KIND_COMPLETION)
        ctx->api->emit(ctx->x, &event);
}

void pbs_anthropic_emit_call(const pbs_ctx *ctx, bool custom, uint32_t index, pb_str id,
                             pb_str name, pb_str text)
{
    pb_event event = {.size = sizeof event,
                      .kind = custom ? PB_EV_CUSTOM_CALL : PB_EV_TOOL_CALL,
                      .index = index,
                      .id = id,
                      .name = name,
                      .text = text};
    ctx->api->emit(ctx->x, &event);
}

void pbs_anthropic_emit_meta(const pbs_ctx *ctx, const char *name, pb_str text)
{
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_META, .name = pbs_str(name), .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

void pbs_anthropic_emit_extra(const pbs_ctx *ctx, const pbs_anthropic *exchange, int32_t at,
                              const char *name, pb_str json)
{
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_EXTRA, .at = at, .name = pbs_str(name), .text = json};
    if (at != PB_AT_MESSAGE || exchange->request->kind != PB_KIND_COMPLETION)
        ctx->api->emit(ctx->x, &event);
}
