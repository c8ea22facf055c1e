/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ops that take a reply: what form it has, by its status and Content-Type rather than by
 * what was asked, the messages of an event stream, and who reads it. In ops. */
#include "bedrock.h"

#include "credentials.h"

pb_next bedrock_on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    pb_str type = ctx.api->http_reply_header(ctx.x, PBS_STR("content-type"));
    bool events = pbs_find_nocase(type, "vnd.amazon.eventstream") != PBS_NONE ||
                  (type.len == 0 && exchange->streamed);
    exchange->status = status;
    exchange->mode = status < 200 || status > 299 ? MODE_ERROR : events ? MODE_EVENTS : MODE_WHOLE;
    if (exchange->mode != MODE_EVENTS)
        ctx.api->http_collect(ctx.x);
    return PB_READ;
}

/* ---- Messages of a stream ---- */

typedef struct Taker {
    const pbs_ctx *ctx;
    Exchange *exchange;
} Taker;

static pb_next take_exception(const pbs_ctx *ctx, const pbs_event_message *message)
{
    const pb_json *body = ctx->api->json_parse(ctx->x, message->payload, 0);
    Refusal refusal = {.type = pbs_event_header_str(message->headers, ":exception-type"),
                       .message = pbs_get_str(ctx, body, "message")};
    if (refusal.message.len == 0)
        refusal.message = pbs_get_str(ctx, body, "Message");
    if (refusal.message.len == 0)
        refusal.message = pbs_get_str(ctx, body, "originalMessage");
    refusal.original = (int)pbs_get_int(ctx, body, "originalStatusCode", 0);
    return bedrock_fail(ctx, &refusal);
}

static int take_message(void *user, const pbs_event_message *message)
{
    const Taker *taker = user;
    pb_str kind = pbs_event_header_str(message->headers, ":message-type");
    pb_str type = pbs_event_header_str(message->headers, ":event-type");
    if (pbs_is(kind, "exception"))
        return take_exception(taker->ctx, message);
    if (pbs_is(kind, "error")) {
        Refusal refusal = {.type = pbs_event_header_str(message->headers, ":error-code"),
                           .message = pbs_event_header_str(message->headers, ":error-message")};
        return bedrock_fail(taker->ctx, &refusal);
    }
    if (!pbs_is(kind, "event") || type.len == 0)
        return 0;
    return taker->exchange->codec->take_event(taker->ctx, taker->exchange, type, message->payload);
}

static pb_next after_events(const pbs_ctx *ctx, int result)
{
    if (result == PBS_EVENT_STREAM_CUT)
        return bedrock_truncated(ctx);
    if (result <= PBS_EVENT_STREAM_BAD_LENGTH)
        return bedrock_unusable(ctx, pbs_event_stream_problem(result));
    return (pb_next)result;
}

/* ---- Whole answers ---- */

static pb_next take_whole(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    const pb_json *answer = ctx->api->json_parse(ctx->x, body, 0);
    if (!pbs_is_type(ctx, answer, PB_JSON_OBJECT))
        return bedrock_unusable(ctx, "the answer is no JSON object; is base-url Amazon Bedrock's?");
    if (exchange->codec == NULL)
        return bedrock_take_models(ctx, exchange, answer);
    return exchange->codec->take_whole(ctx, exchange, answer);
}

pb_next bedrock_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    Taker taker = {&ctx, exchange};
    if (exchange->request->kind == PB_KIND_CREDENTIAL)
        return bedrock_mint_reply(&ctx, exchange, bytes);
    if (exchange->mode == MODE_ERROR)
        return bedrock_refused(&ctx, exchange, bytes);
    if (exchange->mode == MODE_WHOLE)
        return take_whole(&ctx, exchange, bytes);
    if (exchange->codec == NULL || exchange->codec->take_event == NULL)
        return bedrock_unusable(&ctx, "an event stream came where none was asked for");
    return after_events(&ctx,
                        pbs_event_stream_push(&exchange->frames, bytes, take_message, &taker));
}

pb_next bedrock_on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (exchange->request->kind == PB_KIND_CREDENTIAL)
        return bedrock_mint_reply(&ctx, exchange, (pb_str){NULL, 0});
    if (exchange->mode == MODE_ERROR)
        return bedrock_refused(&ctx, exchange, (pb_str){NULL, 0});
    if (exchange->mode == MODE_WHOLE)
        return bedrock_unusable(&ctx, "the answer is empty");
    pb_next next = after_events(&ctx, pbs_event_stream_end(&exchange->frames));
    if (next != 0)
        return next;
    if (exchange->codec == NULL || exchange->codec->end == NULL)
        return bedrock_unusable(&ctx, "an event stream came where none was asked for");
    return exchange->codec->end(&ctx, exchange);
}
