/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ops that take a reply: what form it has, by its status and Content-Type rather than
 * by what was asked, and who reads it. In ops. */
#include "ollama.h"

#include "lib/error.h"
#include "lib/listing.h"

pb_next ollama_on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    pb_str type = ctx.api->http_reply_header(ctx.x, PBS_STR("content-type"));
    bool lines =
        pbs_find_nocase(type, "ndjson") != PBS_NONE || pbs_find_nocase(type, "jsonl") != PBS_NONE;
    exchange->status = status;
    exchange->mode = status < 200 || status > 299 ? MODE_ERROR : lines ? MODE_LINES : MODE_WHOLE;
    if (exchange->mode != MODE_LINES)
        ctx.api->http_collect(ctx.x);
    return PB_READ;
}

static pb_next unusable(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

static pb_next truncated(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("stream_truncated"),
                    "the stream ended before the answer was finished; the server or a proxy cut "
                    "it, try again");
}

/* ---- Lines ---- */

typedef struct Taker {
    const pbs_ctx *ctx;
    Exchange *exchange;
} Taker;

static int take_line(void *user, pb_str line)
{
    const Taker *taker = user;
    const pb_json *object = taker->ctx->api->json_parse(taker->ctx->x, line, 0);
    if (!pbs_is_type(taker->ctx, object, PB_JSON_OBJECT))
        return unusable(taker->ctx, "a line of the stream is no JSON object");
    return ollama_take_answer(taker->ctx, taker->exchange, object);
}

static pb_next after_lines(const pbs_ctx *ctx, int result)
{
    if (result == PBS_NDJSON_TOO_LONG)
        return unusable(ctx, "a line of the stream is longer than 16 MiB");
    return (pb_next)result;
}

/* ---- Whole answers ---- */

/* Some proxies give a stream the type of a whole answer. */
static pb_next take_unmarked_lines(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    Taker taker = {ctx, exchange};
    pb_kind kind = exchange->request->kind;
    if ((kind != PB_KIND_CHAT && kind != PB_KIND_COMPLETION) ||
        memchr(body.ptr, '\n', body.len) == NULL || body.ptr[0] != '{')
        return unusable(ctx,
                        "the answer is no JSON object; check that base-url is an Ollama server's");
    pb_next next = after_lines(ctx, pbs_ndjson_push(&exchange->lines, body, take_line, &taker));
    if (next == 0)
        next = after_lines(ctx, pbs_ndjson_end(&exchange->lines, take_line, &taker));
    return next != 0 ? next : truncated(ctx);
}

static pb_next take_models(const pbs_ctx *ctx, const pb_json *answer)
{
    pb_next next = pbs_models_take(ctx, answer);
    return next != 0 ? next : PB_DONE;
}

static pb_next take_whole(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    const pb_json *answer = ctx->api->json_parse(ctx->x, body, 0);
    if (!pbs_is_type(ctx, answer, PB_JSON_OBJECT))
        return take_unmarked_lines(ctx, exchange, body);
    if (pbs_has(ctx, answer, "error"))
        return ollama_failed(ctx, exchange->status, answer);
    switch (exchange->request->kind) {
    case PB_KIND_PROBE:
        return PB_DONE;
    case PB_KIND_MODELS:
        return take_models(ctx, answer);
    case PB_KIND_EMBEDDING:
        return ollama_take_embeddings(ctx, exchange, answer);
    default:
        break;
    }
    pb_next next = ollama_take_answer(ctx, exchange, answer);
    return next != 0 ? next : truncated(ctx);
}

pb_next ollama_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    Taker taker = {&ctx, exchange};
    if (exchange->mode == MODE_ERROR)
        return ollama_refused(&ctx, exchange, bytes);
    if (exchange->mode == MODE_WHOLE)
        return take_whole(&ctx, exchange, bytes);
    return after_lines(&ctx, pbs_ndjson_push(&exchange->lines, bytes, take_line, &taker));
}

pb_next ollama_on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    Taker taker = {&ctx, exchange};
    if (exchange->mode == MODE_ERROR)
        return ollama_refused(&ctx, exchange, (pb_str){NULL, 0});
    if (exchange->mode == MODE_WHOLE)
        return unusable(&ctx, "the answer is empty");
    pb_next next = after_lines(&ctx, pbs_ndjson_end(&exchange->lines, take_line, &taker));
    return next != 0 ? next : truncated(&ctx);
}
