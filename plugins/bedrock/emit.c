/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what every codec does alike: events, notes, token counts from headers, and the few
 * parameters that all bodies have in some name. In ops of the exchange. */
#include "emit.h"

/* More tokens than any exchange has: such a number is none, and sums never overflow. */
#define COUNT_MAX (INT64_MAX / 8)

void bedrock_note(const pbs_ctx *ctx, const Exchange *exchange, int32_t note, const char *param,
                  const char *why)
{
    if (!exchange->quiet)
        ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

/* ---- Events ---- */

void bedrock_emit_text(const pbs_ctx *ctx, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_TEXT, .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

static bool has_message(const Exchange *exchange)
{
    return exchange->request->kind == PB_KIND_CHAT;
}

void bedrock_emit_reasoning(const pbs_ctx *ctx, const Exchange *exchange, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_REASONING, .text = text};
    if (text.len > 0 && has_message(exchange))
        ctx->api->emit(ctx->x, &event);
}

void bedrock_emit_extra(const pbs_ctx *ctx, const Exchange *exchange, int32_t at, const char *name,
                        pb_str json)
{
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_EXTRA, .at = at, .name = pbs_str(name), .text = json};
    if (at != PB_AT_MESSAGE || has_message(exchange))
        ctx->api->emit(ctx->x, &event);
}

void bedrock_emit_call(const pbs_ctx *ctx, bool custom, uint32_t index, pb_str id, pb_str name,
                       pb_str text)
{
    pb_event event = {.size = sizeof event,
                      .kind = custom ? PB_EV_CUSTOM_CALL : PB_EV_TOOL_CALL,
                      .index = index,
                      .id = id,
                      .name = name,
                      .text = text};
    ctx->api->emit(ctx->x, &event);
}

void bedrock_emit_finish(const pbs_ctx *ctx, const char *finish, pb_str native)
{
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_FINISH, .text = pbs_str(finish), .name = native};
    ctx->api->emit(ctx->x, &event);
}

void bedrock_emit_meta(const pbs_ctx *ctx, const char *name, pb_str text)
{
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_META, .name = pbs_str(name), .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

/* ---- Counts ---- */

int64_t bedrock_count(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    int64_t count = pbs_get_int(ctx, object, name, -1);
    return count >= 0 && count <= COUNT_MAX ? count : -1;
}

void bedrock_emit_counts(const pbs_ctx *ctx, int64_t in, int64_t out)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_USAGE};
    if (in >= 0) {
        event.known |= PB_USAGE_IN;
        event.tokens_in = in;
    }
    if (out >= 0) {
        event.known |= PB_USAGE_OUT;
        event.tokens_out = out;
    }
    if (event.known != 0)
        ctx->api->emit(ctx->x, &event);
}

static int64_t header_count(const pbs_ctx *ctx, const char *name)
{
    int64_t count = -1;
    pb_str value = ctx->api->http_reply_header(ctx->x, pbs_str(name));
    return pbs_int(pbs_trim(value), &count) && count >= 0 && count <= COUNT_MAX ? count : -1;
}

void bedrock_emit_header_usage(const pbs_ctx *ctx)
{
    bedrock_emit_counts(ctx, header_count(ctx, "x-amzn-bedrock-input-token-count"),
                        header_count(ctx, "x-amzn-bedrock-output-token-count"));
}

void bedrock_emit_request_id(const pbs_ctx *ctx)
{
    bedrock_emit_meta(ctx, "id", ctx->api->http_reply_header(ctx->x, PBS_STR("x-amzn-requestid")));
}

/* ---- Parameters ---- */

int64_t bedrock_max_tokens(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    int64_t older = pbs_get_int(ctx, body, "max_tokens", 0);
    return pbs_get_int(ctx, body, "max_completion_tokens", older);
}

void bedrock_note_no_choice(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body, *choice = pbs_get(ctx, body, "tool_choice");
    pb_str word = ctx->api->json_str(choice);
    if (!pbs_is_type(ctx, choice, PB_JSON_NULL) && !pbs_is(word, "auto") && !pbs_is(word, "none"))
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "tool_choice", "this model takes no tools");
    if (ctx->api->json_bool(pbs_get(ctx, body, "parallel_tool_calls"), 1) == 0)
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "parallel_tool_calls",
                     "this model takes no tools");
}

static pb_str stop_at(const pbs_ctx *ctx, const pb_json *stop, size_t i)
{
    if (pbs_is_type(ctx, stop, PB_JSON_STRING))
        return i == 0 ? ctx->api->json_str(stop) : (pb_str){NULL, 0};
    return ctx->api->json_str(ctx->api->json_at(stop, i, NULL));
}

void bedrock_write_stop(const pbs_ctx *ctx, const Exchange *exchange, const char *name,
                        const char *more)
{
    const pb_json *stop = pbs_get(ctx, exchange->request->body, "stop");
    size_t n = pbs_is_type(ctx, stop, PB_JSON_STRING) ? 1 : ctx->api->json_len(stop), written = 0;
    bool blank = false;
    for (size_t i = 0; i < n; i++) {
        bool empty = pbs_trim(stop_at(ctx, stop, i)).len == 0;
        blank = blank || empty;
        written += !empty;
    }
    if (blank)
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "stop",
                     "this vendor takes no stop sequence of white space alone");
    if (written == 0 && more == NULL)
        return;
    pbs_w_array(ctx, name);
    for (size_t i = 0; i < n; i++)
        if (pbs_trim(stop_at(ctx, stop, i)).len > 0)
            ctx->api->w_str(ctx->x, stop_at(ctx, stop, i));
    if (more != NULL)
        ctx->api->w_str(ctx->x, pbs_str(more));
    pbs_w_end(ctx);
}

void bedrock_write_number(const pbs_ctx *ctx, const Exchange *exchange, const char *from,
                          const char *to, double max)
{
    const pb_json *value = pbs_get(ctx, exchange->request->body, from);
    if (pbs_is_type(ctx, value, PB_JSON_NULL))
        return;
    if (ctx->api->json_real(value, 0) > max) {
        bedrock_note(ctx, exchange, PB_NOTE_CLAMPED, from, "this vendor's highest is lower");
        pbs_w_key(ctx, to);
        ctx->api->w_real(ctx->x, max);
    } else {
        pbs_w_value(ctx, to, value);
    }
}
