/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the replies of all forms but OpenAI's: what a reply is, by status and content type, and
 * which file reads it. In ops. */
#include "huggingface.h"

#include "lib/url.h"

enum { STOP_FAILED = 1 };

typedef struct Sink {
    const pbs_ctx *ctx;
    HfExchange *exchange;
} Sink;

static bool is_type(const pbs_ctx *ctx, const char *name)
{
    pb_str type = ctx->api->http_reply_header(ctx->x, PBS_STR("content-type"));
    return pbs_find_nocase(type, name) != PBS_NONE;
}

static pb_next protocol_error(const pbs_ctx *ctx, const char *what, pb_str text)
{
    return pbs_fail_unusable(ctx, what, text, "; see base-url and api");
}

static pb_next refuse(const pbs_ctx *ctx, const HfExchange *exchange, pb_str body)
{
    pbs_error error;
    pbs_openai_error_read(ctx, &exchange->openai, body, &error);
    return pbs_error_fail(ctx, exchange->openai.status, &error);
}

/* An error behind a good status. */
static bool fails(const pbs_ctx *ctx, const HfExchange *exchange, const pb_json *json)
{
    pbs_error error;
    if (!pbs_error_is_in(ctx, json) || !pbs_error_read(ctx, json, &error))
        return false;
    hf_error(ctx, &exchange->openai, json, &error);
    pbs_error_fail(ctx, exchange->openai.status, &error);
    return true;
}

/* ---- One JSON text ---- */

static pb_next take_info(const pbs_ctx *ctx, const HfExchange *exchange, const pb_json *info)
{
    pb_event model = {.size = sizeof model,
                      .kind = PB_EV_MODEL,
                      .id = pbs_get_str(ctx, info, "model_id"),
                      .text = ctx->api->json_text(info)};
    if (model.id.len == 0)
        return protocol_error(ctx, "/info names no model_id", ctx->api->json_text(info));
    if (exchange->openai.request->kind == PB_KIND_MODELS)
        ctx->api->emit(ctx->x, &model);
    return 0;
}

static pb_next take_whole(const pbs_ctx *ctx, HfExchange *exchange, pb_str bytes)
{
    exchange->taken = true;
    if (exchange->way == HF_IMAGE && !is_type(ctx, "json"))
        return hf_image_take(ctx, exchange, bytes);
    const pb_json *json = ctx->api->json_parse(ctx->x, pbs_trim(bytes), 0);
    if (json == NULL)
        return protocol_error(ctx, "the answer is not JSON", bytes);
    if (fails(ctx, exchange, json))
        return PB_FAIL;
    switch (exchange->way) {
    case HF_GENERATE:
        return hf_generate_take(ctx, exchange, json);
    case HF_INFO:
        return take_info(ctx, exchange, json);
    case HF_IMAGE:
        return protocol_error(ctx, "the answer is no picture", bytes);
    default:
        return hf_vectors_take(ctx, exchange, json);
    }
}

/* ---- A stream of events ---- */

static int on_event(void *user, const pbs_sse_event *event)
{
    const Sink *sink = user;
    pb_str data = pbs_trim(event->data);
    if (data.len == 0 || pbs_is(data, "[DONE]"))
        return 0;
    const pb_json *json = sink->ctx->api->json_parse(sink->ctx->x, data, 0);
    if (json == NULL) {
        protocol_error(sink->ctx, "a piece of the stream is not JSON", data);
        return STOP_FAILED;
    }
    if (fails(sink->ctx, sink->exchange, json))
        return STOP_FAILED;
    return hf_generate_take_event(sink->ctx, sink->exchange, json) == PB_FAIL ? STOP_FAILED : 0;
}

static pb_next after_events(const pbs_ctx *ctx, int result)
{
    if (result == 0)
        return PB_READ;
    return result == STOP_FAILED
               ? PB_FAIL
               : pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                          "one event of the stream is longer than 16 MiB");
}

/* ---- The ops ---- */

static bool is_good(const HfExchange *exchange)
{
    return exchange->openai.status >= 200 && exchange->openai.status < 300;
}

pb_next hf_on_head(const pbs_ctx *ctx, HfExchange *exchange, int32_t status)
{
    exchange->openai.status = status;
    exchange->whole = !exchange->openai.stream || !is_good(exchange) || is_type(ctx, "json");
    if (exchange->openai.stream && exchange->whole)
        ctx->api->http_collect(ctx->x);
    return PB_READ;
}

pb_next hf_on_body(const pbs_ctx *ctx, HfExchange *exchange, pb_str bytes)
{
    Sink sink = {ctx, exchange};
    if (!is_good(exchange)) {
        exchange->taken = true;
        return refuse(ctx, exchange, bytes);
    }
    if (exchange->whole)
        return take_whole(ctx, exchange, bytes) == PB_FAIL ? PB_FAIL : PB_READ;
    return after_events(ctx, pbs_sse_push(&exchange->openai.sse, bytes, on_event, &sink));
}

pb_next hf_on_end(const pbs_ctx *ctx, HfExchange *exchange)
{
    Sink sink = {ctx, exchange};
    if (!is_good(exchange))
        return refuse(ctx, exchange, (pb_str){NULL, 0});
    if (exchange->whole)
        return exchange->taken ? PB_DONE
                               : protocol_error(ctx, "the answer is empty", (pb_str){NULL, 0});
    pb_next next = after_events(ctx, pbs_sse_end(&exchange->openai.sse, on_event, &sink));
    return next == PB_READ ? PB_DONE : next;
}
