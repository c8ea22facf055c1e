/* SPDX-License-Identifier: Apache-2.0 */
/* Owns time: tells the segments piece by piece, waits between them, fails or stops short where
 * the script says so. A wait of the core is 100 ms at least, so that for a shorter distance
 * several pieces are told at once, and the rate stays what was asked. In ops. */
#include "mock.h"

#define WAIT_MIN ((int64_t)100)
#define FRAGMENT 12 /* bytes of a call's arguments in one token */

static size_t piece_end(const MockExchange *exchange, const MockSegment *segment)
{
    bool call = segment->kind == PB_EV_TOOL_CALL || segment->kind == PB_EV_CUSTOM_CALL;
    size_t at = exchange->offset;
    for (int64_t i = 0; i < exchange->script.chunk && at < segment->text.len; i++) {
        pb_str rest = pbs_skip(segment->text, at);
        at = call ? at + pbs_cut(rest, FRAGMENT).len : mock_token_end(segment->text, at);
    }
    return exchange->script.chunk > 0 ? at : segment->text.len;
}

/* One event. True: the segment is told. */
static bool tell(const pbs_ctx *ctx, MockExchange *exchange)
{
    const MockSegment *segment = &exchange->segments[exchange->at];
    bool first = exchange->offset == 0;
    size_t end = piece_end(exchange, segment);
    pb_event event = {.size = sizeof event,
                      .kind = segment->kind,
                      .choice = segment->choice,
                      .index = segment->index,
                      .text = {segment->text.ptr + exchange->offset, end - exchange->offset}};
    if (first) {
        event.id = segment->id;
        event.name = segment->name;
    }
    if (segment->kind == PB_EV_FINISH)
        event.text = segment->text;
    ctx->api->emit(ctx->x, &event);
    exchange->offset = end;
    if (end < segment->text.len && segment->kind != PB_EV_FINISH)
        return false;
    exchange->offset = 0;
    exchange->at++;
    return true;
}

static void tell_usage(const pbs_ctx *ctx, MockExchange *exchange)
{
    const MockScript *script = &exchange->script;
    int64_t reasoning = script->usage_reasoning;
    if (reasoning < 0 && exchange->reasoning_tokens > 0)
        reasoning = exchange->reasoning_tokens;
    pb_event usage = {
        .size = sizeof usage, .kind = PB_EV_USAGE, .known = PB_USAGE_IN | PB_USAGE_OUT};
    usage.tokens_in = script->usage_in >= 0 ? script->usage_in : mock_input_count(ctx, exchange);
    usage.tokens_out = script->usage_out >= 0 ? script->usage_out : exchange->tokens_out;
    if (script->usage_cached >= 0) {
        usage.known |= PB_USAGE_CACHED;
        usage.tokens_cached = script->usage_cached;
    }
    if (reasoning >= 0) {
        usage.known |= PB_USAGE_REASON;
        usage.tokens_reasoning = reasoning;
    }
    ctx->api->emit(ctx->x, &usage);
}

/* How many pieces one wait stands for. */
static int64_t burst(const MockScript *script)
{
    if (script->token_delay <= 0)
        return MOCK_COUNT_MAX;
    return (WAIT_MIN + script->token_delay - 1) / script->token_delay;
}

pb_next mock_play(const pbs_ctx *ctx, MockExchange *exchange)
{
    const MockScript *script = &exchange->script;
    int64_t left = burst(script);
    pb_kind kind = exchange->request->kind;
    if (kind != PB_KIND_CHAT && kind != PB_KIND_COMPLETION)
        return exchange->error != NULL ? mock_error_fail(ctx, exchange)
                                       : mock_answer_other(ctx, exchange);
    while (exchange->at < exchange->n_segments) {
        bool ends = exchange->segments[exchange->at].kind == PB_EV_FINISH;
        if (exchange->error != NULL && (ends || exchange->told >= script->error_after))
            return mock_error_fail(ctx, exchange);
        if (script->cut_after >= 0 && (ends || exchange->told >= script->cut_after))
            return PB_DONE; /* without a finish, which the core calls a truncated stream */
        if (!ends && left-- == 0) {
            ctx->api->wait(ctx->x, burst(script) * script->token_delay);
            return PB_WAIT;
        }
        tell(ctx, exchange);
        exchange->told += ends ? 0 : 1;
    }
    tell_usage(ctx, exchange);
    return PB_DONE;
}
