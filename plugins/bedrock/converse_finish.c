/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what is told of an answer beside its content: why it ended, counts of tokens, and the
 * members that only this service has. In ops of the exchange. */
#include "converse.h"

#include "lib/error.h"

typedef struct Reason {
    const char *native, *finish;
} Reason;

static const Reason reasons[] = {
    {"end_turn", "stop"},
    {"stop_sequence", "stop"},
    {"max_tokens", "length"},
    {"model_context_window_exceeded", "length"},
    {"tool_use", "tool_calls"},
    {"guardrail_intervened", "content_filter"},
    {"content_filtered", "content_filter"},
};

pb_next converse_stop(const pbs_ctx *ctx, Exchange *exchange, pb_str reason)
{
    Converse *converse = converse_of(exchange);
    bool malformed = pbs_has_prefix(reason, PBS_STR("malformed_"));
    if (malformed && !converse->said)
        return pbs_fail(ctx, PB_ERR_UPSTREAM, reason,
                        "the model wrote something that the service could not read; try again");
    reason = pbs_cut(reason, sizeof converse->reason);
    converse->stopped = reason.len > 0;
    converse->reason_len = reason.len;
    if (reason.len > 0)
        memcpy(converse->reason, reason.ptr, reason.len);
    return 0;
}

void converse_finish(const pbs_ctx *ctx, Exchange *exchange)
{
    Converse *converse = converse_of(exchange);
    pb_str reason = {converse->reason, converse->reason_len};
    const char *finish = "stop";
    if (!converse->stopped || converse->finished)
        return;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (pbs_is(reason, reasons[i].native))
            finish = reasons[i].finish;
    if (strcmp(finish, "tool_calls") == 0 && !converse->called)
        finish = "stop"; /* the tool was the answer */
    converse->finished = true;
    bedrock_emit_finish(ctx, finish, reason);
}

/* ---- Usage ---- */

static int64_t known(int64_t count)
{
    return count > 0 ? count : 0;
}

/* `inputTokens` counts neither what was read from the cache nor what was written to it. Streams of
 * OpenAI's models are known to count what was written in both. */
void converse_take_usage(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *usage)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_USAGE};
    int64_t in = bedrock_count(ctx, usage, "inputTokens");
    int64_t out = bedrock_count(ctx, usage, "outputTokens");
    int64_t read = bedrock_count(ctx, usage, "cacheReadInputTokens");
    int64_t write = bedrock_count(ctx, usage, "cacheWriteInputTokens");
    bool twice = exchange->streamed && pbs_has_prefix(exchange->model.name, PBS_STR("openai."));
    const pb_json *details = pbs_get(ctx, usage, "cacheDetails");
    if (in >= 0) {
        event.known |= PB_USAGE_IN;
        event.tokens_in = in + known(read) + (twice ? 0 : known(write));
    }
    if (out >= 0) {
        event.known |= PB_USAGE_OUT;
        event.tokens_out = out;
    }
    if (read >= 0) {
        event.known |= PB_USAGE_CACHED;
        event.tokens_cached = read;
    }
    if (write >= 0) {
        event.known |= PB_USAGE_WRITE;
        event.tokens_cache_write = write;
    }
    if (event.known != 0)
        ctx->api->emit(ctx->x, &event);
    if (ctx->api->json_len(details) > 0)
        bedrock_emit_extra(ctx, exchange, PB_AT_USAGE, "cacheDetails",
                           ctx->api->json_text(details));
}

/* ---- The rest ---- */

void converse_take_more(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer)
{
    static const char *const members[] = {"trace", "additionalModelResponseFields",
                                          "performanceConfig"};
    size_t n = 0;
    bedrock_emit_meta(ctx, "service_tier",
                      pbs_get_str(ctx, pbs_get(ctx, answer, "serviceTier"), "type"));
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!pbs_has(ctx, answer, members[i]))
            continue;
        n++;
        pbs_w_value(ctx, members[i], pbs_get(ctx, answer, members[i]));
    }
    pbs_w_end(ctx);
    pb_str json = ctx->api->w_end(ctx->x);
    if (n > 0)
        bedrock_emit_extra(ctx, exchange, PB_AT_CHOICE, "provider_specific_fields", json);
}
