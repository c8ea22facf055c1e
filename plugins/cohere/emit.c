/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the events that whole answers and streams share: text, thinking and plans, calls of tools,
 * citations, token probabilities, the end. The answer to a prompt has no message, so that what
 * would stand in one is left out there. In ops. */
#include "cohere.h"

#include "lib/error.h"

static bool is_chat(const Exchange *exchange)
{
    return exchange->request->kind == PB_KIND_CHAT;
}

static void emit_text(const pbs_ctx *ctx, int32_t kind, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = kind, .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

static void emit_extra(const pbs_ctx *ctx, int32_t at, const char *name, pb_str json)
{
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_EXTRA, .at = at, .name = pbs_str(name), .text = json};
    ctx->api->emit(ctx->x, &event);
}

void cohere_emit_id(const pbs_ctx *ctx, pb_str id)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_META, .name = PBS_STR("id"), .text = id};
    if (id.len > 0)
        ctx->api->emit(ctx->x, &event);
}

void cohere_emit_content(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *part)
{
    if (is_chat(exchange))
        emit_text(ctx, PB_EV_REASONING, pbs_get_str(ctx, part, "thinking"));
    emit_text(ctx, PB_EV_TEXT, pbs_get_str(ctx, part, "text"));
}

void cohere_emit_plan(const pbs_ctx *ctx, const Exchange *exchange, pb_str plan)
{
    if (is_chat(exchange))
        emit_text(ctx, PB_EV_REASONING, plan);
}

/* The call that the vendor counts as `index`: the latest with that number, else a new one. An entry
 * with a name begins a call. */
bool cohere_emit_call(const pbs_ctx *ctx, Exchange *exchange, int64_t index, const pb_json *call)
{
    const pb_json *function = pbs_get(ctx, call, "function");
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_TOOL_CALL,
                      .name = pbs_get_str(ctx, function, "name"),
                      .text = pbs_get_str(ctx, function, "arguments")};
    uint32_t at = exchange->n_calls;
    if (!is_chat(exchange))
        return true;
    if (event.name.len > 0) {
        if (at == COHERE_CALLS_MAX)
            return false;
        exchange->calls[exchange->n_calls++] = index;
        event.id = pbs_get_str(ctx, call, "id");
        event.index = at;
    } else {
        while (at > 0 && exchange->calls[at - 1] != index)
            at--;
        if (at == 0 || event.text.len == 0)
            return event.text.len == 0;
        event.index = at - 1;
    }
    ctx->api->emit(ctx->x, &event);
    return true;
}

/* A list, or in streams one. */
void cohere_emit_citations(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *list)
{
    size_t n = ctx->api->json_len(list);
    if (!is_chat(exchange) || n == 0)
        return;
    if (pbs_is_type(ctx, list, PB_JSON_ARRAY)) {
        emit_extra(ctx, PB_AT_MESSAGE, "citations", ctx->api->json_text(list));
        return;
    }
    ctx->api->w_begin(ctx->x);
    ctx->api->w_open(ctx->x, 0);
    ctx->api->w_value(ctx->x, list);
    ctx->api->w_close(ctx->x);
    emit_extra(ctx, PB_AT_MESSAGE, "citations", ctx->api->w_end(ctx->x));
}

/* The vendor tells pieces of text, each with the probabilities of the tokens that it is made of:
 * the piece is as probable as all of them together. */
static void write_piece(const pbs_ctx *ctx, const pb_json *piece)
{
    const pb_json *numbers = pbs_get(ctx, piece, "logprobs");
    double sum = 0;
    for (size_t i = 0; i < ctx->api->json_len(numbers); i++)
        sum += ctx->api->json_real(ctx->api->json_at(numbers, i, NULL), 0);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "token", pbs_get_str(ctx, piece, "text"));
    pbs_w_key(ctx, "logprob");
    ctx->api->w_real(ctx->x, sum);
    pbs_w_value(ctx, "bytes", NULL);
    pbs_w_array(ctx, "top_logprobs");
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

void cohere_emit_logprobs(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *list)
{
    bool one = pbs_is_type(ctx, list, PB_JSON_OBJECT);
    if (!is_chat(exchange) || ctx->api->json_len(list) == 0)
        return;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "content");
    if (one)
        write_piece(ctx, list);
    for (size_t i = 0; !one && i < ctx->api->json_len(list); i++)
        write_piece(ctx, ctx->api->json_at(list, i, NULL));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    emit_extra(ctx, PB_AT_CHOICE, "logprobs", ctx->api->w_end(ctx->x));
}

/* ---- The end ---- */

/* Counts come as numbers with a point, too. */
static bool read_count(const pbs_ctx *ctx, const pb_json *object, const char *name, int64_t *out)
{
    double n = ctx->api->json_real(pbs_get(ctx, object, name), -1);
    bool good = n >= 0 && n < 9e15;
    if (good)
        *out = (int64_t)n;
    return good;
}

/* `tokens` counts what the model read and wrote; `billed_units`, which is less, what is charged. */
static void emit_usage(const pbs_ctx *ctx, const pb_json *usage)
{
    const pb_json *billed = pbs_get(ctx, usage, "billed_units");
    const pb_json *tokens = pbs_get(ctx, usage, "tokens");
    pb_event event = {.size = sizeof event, .kind = PB_EV_USAGE};
    if (tokens == NULL)
        tokens = billed;
    if (read_count(ctx, tokens, "input_tokens", &event.tokens_in))
        event.known |= PB_USAGE_IN;
    if (read_count(ctx, tokens, "output_tokens", &event.tokens_out))
        event.known |= PB_USAGE_OUT;
    if (read_count(ctx, usage, "cached_tokens", &event.tokens_cached))
        event.known |= PB_USAGE_CACHED;
    if (event.known != 0)
        ctx->api->emit(ctx->x, &event);
    if (ctx->api->json_len(billed) == 0)
        return;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_value(ctx, "billed_units", billed);
    pbs_w_end(ctx);
    emit_extra(ctx, PB_AT_USAGE, "provider_specific_fields", ctx->api->w_end(ctx->x));
}

typedef struct Reason {
    const char *native, *finish;
} Reason;

static const Reason reasons[] = {
    {"COMPLETE", "stop"},        {"STOP_SEQUENCE", "stop"},         {"MAX_TOKENS", "length"},
    {"TOOL_CALL", "tool_calls"}, {"ERROR_TOXIC", "content_filter"},
};

static const char *finish_of(pb_str native)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (pbs_is(native, reasons[i].native))
            return reasons[i].finish;
    return "stop";
}

static pb_next fail_with(const pbs_ctx *ctx, int32_t cls, pb_str message, const char *otherwise)
{
    pb_error error = {.size = sizeof error,
                      .cls = cls,
                      .message = message.len > 0 ? message : pbs_str(otherwise)};
    ctx->api->fail(ctx->x, &error);
    return PB_FAIL;
}

pb_next cohere_emit_end(const pbs_ctx *ctx, pb_str reason, const pb_json *usage, pb_str error)
{
    pb_event finish = {.size = sizeof finish,
                       .kind = PB_EV_FINISH,
                       .text = pbs_str(finish_of(reason)),
                       .name = reason};
    bool timeout = pbs_is(reason, "TIMEOUT");
    if (timeout || pbs_is(reason, "ERROR") || error.len > 0) {
        emit_usage(ctx, usage);
        return fail_with(ctx, timeout ? PB_ERR_TIMEOUT : PB_ERR_UPSTREAM, error,
                         timeout ? "the vendor broke the answer off: it took longer than allowed"
                                 : "the vendor broke the answer off with an error of its own");
    }
    if (reason.len == 0)
        return cohere_unusable(ctx, "the answer does not say why it ended");
    ctx->api->emit(ctx->x, &finish);
    emit_usage(ctx, usage);
    return PB_DONE;
}
