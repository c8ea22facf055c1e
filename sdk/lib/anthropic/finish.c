/* SPDX-License-Identifier: MIT */
/* Owns what is told of an answer beside its content: ids, counts of tokens, why it ended. Counts
 * are cumulative and come in several places; the latest of each holds. In ops. */
#include "lib/anthropic/dialect.h"

typedef struct Reason {
    const char *native, *finish;
} Reason;

static const Reason reasons[] = {
    {"end_turn", "stop"},          {"stop_sequence", "stop"},
    {"pause_turn", "stop"},        {"max_tokens", "length"},
    {"tool_use", "tool_calls"},    {"model_context_window_exceeded", "length"},
    {"refusal", "content_filter"},
};

static const char *finish_of(const pbs_anthropic *exchange, pb_str native)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (!pbs_is(native, reasons[i].native))
            continue;
        bool json = pbs_is(native, "tool_use") && !exchange->called; /* the tool was the answer */
        return json ? "stop" : reasons[i].finish;
    }
    return "stop";
}

void pbs_anthropic_take_message(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *message)
{
    exchange->began = true;
    pbs_anthropic_emit_meta(ctx, "id", pbs_get_str(ctx, message, "id"));
    pbs_anthropic_emit_meta(ctx, "model", pbs_get_str(ctx, message, "model"));
}

/* ---- Usage ---- */

static void take_count(const pbs_ctx *ctx, const pb_json *usage, const char *name, int64_t *count)
{
    int64_t given = pbs_get_int(ctx, usage, name, -1);
    if (given >= 0 && given <= INT64_MAX / 8) /* more is no count, and sums never overflow */
        *count = given;
}

static int64_t known(int64_t count)
{
    return count > 0 ? count : 0;
}

static void emit_usage(const pbs_ctx *ctx, const Counts *counts)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_USAGE};
    if (counts->in >= 0) {
        event.known |= PB_USAGE_IN;
        event.tokens_in = counts->in + known(counts->write) + known(counts->read);
    }
    if (counts->out >= 0) {
        event.known |= PB_USAGE_OUT;
        event.tokens_out = counts->out;
    }
    if (counts->read >= 0) {
        event.known |= PB_USAGE_CACHED;
        event.tokens_cached = counts->read;
    }
    if (counts->write >= 0) {
        event.known |= PB_USAGE_WRITE;
        event.tokens_cache_write = counts->write;
    }
    if (counts->thinking >= 0) {
        event.known |= PB_USAGE_REASON;
        event.tokens_reasoning = counts->thinking;
    }
    if (event.known != 0)
        ctx->api->emit(ctx->x, &event);
}

/* How often the vendor's tools ran, and how long what was cached is kept. */
static void emit_more(const pbs_ctx *ctx, const pbs_anthropic *exchange, const pb_json *usage)
{
    static const char *const members[] = {"cache_creation", "server_tool_use", "inference_geo",
                                          "speed"};
    size_t n = 0;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!pbs_has(ctx, usage, members[i]))
            continue;
        n++;
        pbs_w_value(ctx, members[i], pbs_get(ctx, usage, members[i]));
    }
    pbs_w_end(ctx);
    pb_str json = ctx->api->w_end(ctx->x);
    if (n > 0)
        pbs_anthropic_emit_extra(ctx, exchange, PB_AT_USAGE, "provider_specific_fields", json);
}

void pbs_anthropic_take_usage(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *usage)
{
    Counts *counts = &exchange->counts;
    pb_str tier = pbs_get_str(ctx, usage, "service_tier");
    if (!pbs_is_type(ctx, usage, PB_JSON_OBJECT))
        return;
    take_count(ctx, usage, "input_tokens", &counts->in);
    take_count(ctx, usage, "cache_creation_input_tokens", &counts->write);
    take_count(ctx, usage, "cache_read_input_tokens", &counts->read);
    take_count(ctx, usage, "output_tokens", &counts->out);
    take_count(ctx, pbs_get(ctx, usage, "output_tokens_details"), "thinking_tokens",
               &counts->thinking);
    pbs_anthropic_emit_meta(ctx, "service_tier",
                            pbs_is(tier, "standard") ? PBS_STR("default") : tier);
    emit_usage(ctx, counts);
    emit_more(ctx, exchange, usage);
}

/* ---- The end ---- */

static void emit_details(const pbs_ctx *ctx, const pbs_anthropic *exchange, const pb_json *delta)
{
    static const char *const members[] = {"stop_sequence", "stop_details", "container",
                                          "context_management"};
    size_t n = 0;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!pbs_has(ctx, delta, members[i]))
            continue;
        n++;
        pbs_w_value(ctx, members[i], pbs_get(ctx, delta, members[i]));
    }
    pbs_w_end(ctx);
    pb_str json = ctx->api->w_end(ctx->x);
    if (n > 0)
        pbs_anthropic_emit_extra(ctx, exchange, PB_AT_CHOICE, "provider_specific_fields", json);
}

void pbs_anthropic_take_stop(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *delta)
{
    pb_str native = pbs_get_str(ctx, delta, "stop_reason");
    if (exchange->finished || native.len == 0)
        return;
    const char *finish = finish_of(exchange, native);
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_FINISH, .text = pbs_str(finish), .name = native};
    emit_details(ctx, exchange, delta);
    exchange->finished = true;
    ctx->api->emit(ctx->x, &event);
}
