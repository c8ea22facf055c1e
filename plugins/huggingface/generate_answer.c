/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the answers of TGI's own API, whole and token by token: special tokens are skipped, a stop
 * sequence that stands at the end is taken off, counts and reasons are read from the details. In
 * ops. */
#include "huggingface.h"

static void emit_text(const pbs_ctx *ctx, uint32_t choice, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_TEXT, .choice = choice, .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

static void emit_finish(const pbs_ctx *ctx, uint32_t choice, pb_str reason)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_FINISH, .choice = choice, .name = reason};
    event.text = pbs_is(reason, "length") ? PBS_STR("length") : PBS_STR("stop");
    ctx->api->emit(ctx->x, &event);
}

/* Without the details of a stream, only the tokens of the prompt that were asked for are known. */
static void emit_usage(const pbs_ctx *ctx, const pb_json *details, int64_t out)
{
    int64_t in = pbs_get_int(ctx, details, "input_length", -1);
    size_t prefill = ctx->api->json_len(pbs_get(ctx, details, "prefill"));
    pb_event usage = {.size = sizeof usage, .kind = PB_EV_USAGE};
    if (in < 0 && prefill > 0)
        in = (int64_t)prefill;
    if (in >= 0) {
        usage.known |= PB_USAGE_IN;
        usage.tokens_in = in;
    }
    if (out >= 0) {
        usage.known |= PB_USAGE_OUT;
        usage.tokens_out = out;
    }
    if (usage.known != 0)
        ctx->api->emit(ctx->x, &usage);
}

/* ---- Probabilities ---- */

static void write_token(const pbs_ctx *ctx, const pb_json *token)
{
    pbs_w_str(ctx, "token", pbs_get_str(ctx, token, "text"));
    pbs_w_value(ctx, "logprob", pbs_get(ctx, token, "logprob"));
    pbs_w_value(ctx, "bytes", NULL);
}

static void write_entry(const pbs_ctx *ctx, const pb_json *token, const pb_json *others)
{
    const pb_json *one = NULL;
    pbs_w_object(ctx, NULL);
    write_token(ctx, token);
    pbs_w_array(ctx, "top_logprobs");
    for (size_t i = 0; (one = ctx->api->json_at(others, i, NULL)) != NULL; i++) {
        pbs_w_object(ctx, NULL);
        write_token(ctx, one);
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static bool is_special(const pbs_ctx *ctx, const pb_json *token)
{
    return ctx->api->json_bool(pbs_get(ctx, token, "special"), 0) != 0;
}

/* `tokens` is one token, or an array with the alternatives of each in `tops`. */
static void emit_logprobs(const pbs_ctx *ctx, uint32_t choice, const pb_json *tokens,
                          const pb_json *tops)
{
    const pb_json *token = NULL;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "content");
    if (pbs_is_type(ctx, tokens, PB_JSON_OBJECT))
        write_entry(ctx, tokens, tops);
    else
        for (size_t i = 0; (token = ctx->api->json_at(tokens, i, NULL)) != NULL; i++)
            if (!is_special(ctx, token))
                write_entry(ctx, token, ctx->api->json_at(tops, i, NULL));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_EXTRA,
                      .at = PB_AT_CHOICE,
                      .choice = choice,
                      .name = PBS_STR("logprobs"),
                      .text = ctx->api->w_end(ctx->x)};
    ctx->api->emit(ctx->x, &event);
}

/* ---- A whole answer ---- */

static pb_str without_stop(const HfExchange *exchange, pb_str text)
{
    for (size_t i = 0; i < exchange->n_stops; i++) {
        pb_str stop = exchange->stops[i];
        if (text.len >= stop.len && pbs_eq(pbs_skip(text, text.len - stop.len), stop))
            return (pb_str){text.ptr, text.len - stop.len};
    }
    return text;
}

/* reason empty: an old server, or a task without details. */
static int64_t take_one(const pbs_ctx *ctx, const HfExchange *exchange, uint32_t choice,
                        const pb_json *text, const pb_json *details)
{
    pb_str reason = pbs_get_str(ctx, details, "finish_reason"), said = ctx->api->json_str(text);
    if (exchange->logprobs)
        emit_logprobs(ctx, choice, pbs_get(ctx, details, "tokens"),
                      pbs_get(ctx, details, "top_tokens"));
    if (reason.len == 0 || pbs_is(reason, "stop_sequence"))
        said = without_stop(exchange, said);
    emit_text(ctx, choice, said);
    emit_finish(ctx, choice, reason);
    return pbs_get_int(ctx, details, "generated_tokens", -1);
}

static pb_next not_an_answer(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                    "the answer holds no generated_text; does base-url lead to a server with TGI's "
                    "API? For one that speaks OpenAI's, set api = messages");
}

/* /generate gives an object, / the same inside an array. */
pb_next hf_generate_take(const pbs_ctx *ctx, HfExchange *exchange, const pb_json *answer)
{
    if (pbs_is_type(ctx, answer, PB_JSON_ARRAY))
        answer = ctx->api->json_at(answer, 0, NULL);
    const pb_json *text = pbs_get(ctx, answer, "generated_text");
    const pb_json *details = pbs_get(ctx, answer, "details");
    const pb_json *others = pbs_get(ctx, details, "best_of_sequences"), *one = NULL;
    if (!pbs_is_type(ctx, text, PB_JSON_STRING))
        return not_an_answer(ctx);
    int64_t tokens = take_one(ctx, exchange, 0, text, details);
    for (size_t i = 0; (one = ctx->api->json_at(others, i, NULL)) != NULL; i++) {
        int64_t more =
            take_one(ctx, exchange, (uint32_t)i + 1, pbs_get(ctx, one, "generated_text"), one);
        tokens = tokens >= 0 && more >= 0 ? tokens + more : -1;
    }
    emit_usage(ctx, details, tokens);
    return 0;
}

/* ---- A stream ---- */

/* How much of the end of `text` may be the beginning of a stop sequence. */
static size_t held_back(const HfExchange *exchange, pb_str text)
{
    size_t most = 0;
    for (size_t i = 0; i < exchange->n_stops; i++) {
        pb_str stop = exchange->stops[i];
        for (size_t n = stop.len < text.len ? stop.len : text.len; n > most; n--)
            if (memcmp(text.ptr + text.len - n, stop.ptr, n) == 0)
                most = n;
    }
    return most;
}

static bool take_text(const pbs_ctx *ctx, HfExchange *exchange, pb_str text)
{
    if (!pbs_buf_add(&exchange->held, text))
        return false;
    pb_str all = pbs_buf_str(&exchange->held);
    size_t free = all.len - held_back(exchange, all);
    emit_text(ctx, 0, (pb_str){all.ptr, free});
    pbs_buf_drop(&exchange->held, free);
    return true;
}

static void take_details(const pbs_ctx *ctx, HfExchange *exchange, const pb_json *details)
{
    pb_str reason = pbs_get_str(ctx, details, "finish_reason");
    pb_str rest = pbs_buf_str(&exchange->held);
    if (pbs_is(reason, "stop_sequence"))
        rest = without_stop(exchange, rest);
    emit_text(ctx, 0, rest);
    emit_finish(ctx, 0, reason);
    emit_usage(ctx, details, pbs_get_int(ctx, details, "generated_tokens", -1));
    exchange->finished = true;
}

pb_next hf_generate_take_event(const pbs_ctx *ctx, HfExchange *exchange, const pb_json *event)
{
    const pb_json *token = pbs_get(ctx, event, "token"), *details = pbs_get(ctx, event, "details");
    bool said = pbs_is_type(ctx, token, PB_JSON_OBJECT) && !is_special(ctx, token);
    if (exchange->finished)
        return 0;
    if (!pbs_is_type(ctx, token, PB_JSON_OBJECT) && !pbs_has(ctx, event, "generated_text"))
        return not_an_answer(ctx);
    if (said && exchange->logprobs)
        emit_logprobs(ctx, 0, token, pbs_get(ctx, event, "top_tokens"));
    if (said && !take_text(ctx, exchange, pbs_get_str(ctx, token, "text")))
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "a token of the stream is longer than 64 KiB");
    if (pbs_is_type(ctx, details, PB_JSON_OBJECT))
        take_details(ctx, exchange, details);
    return 0;
}
