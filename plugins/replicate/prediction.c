/* SPDX-License-Identifier: Apache-2.0 */
/* Owns predictions: what a run's state means, its output so far, its end. A reply to the creation
 * and a poll have the same form. In ops. */
#include "replicate.h"

#include "lib/duration.h"
#include "lib/error.h"

#include <stdio.h>

#define ID_MAX 512u

/* ---- What is told once ---- */

static void emit_meta(const pbs_ctx *ctx, const char *name, pb_str text)
{
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_META, .name = pbs_str(name), .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

static void tell_meta(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object)
{
    int64_t created = pbs_rfc3339(pbs_get_str(ctx, object, "created_at"));
    char seconds[32];
    int n = snprintf(seconds, sizeof seconds, "%lld", (long long)(created / 1000));
    if (exchange->told_meta)
        return;
    exchange->told_meta = true;
    emit_meta(ctx, "id", pbs_str(exchange->id));
    if (created > 0)
        emit_meta(ctx, "created", (pb_str){seconds, (size_t)n});
}

static bool keep_id(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object)
{
    pb_str id = pbs_get_str(ctx, object, "id");
    if (exchange->id != NULL)
        return true;
    if (id.len == 0 || id.len > ID_MAX || memchr(id.ptr, '\0', id.len) != NULL)
        return false;
    exchange->id = ctx->api->alloc(ctx->x, id.len + 1);
    if (exchange->id == NULL)
        return false;
    memcpy(exchange->id, id.ptr, id.len);
    return true;
}

/* ---- Text ---- */

void replicate_emit_text(const pbs_ctx *ctx, Exchange *exchange, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_TEXT, .text = text};
    exchange->emitted += text.len;
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
}

static bool is_texts(const pbs_ctx *ctx, const pb_json *list)
{
    for (size_t i = 0; i < ctx->api->json_len(list); i++)
        if (!pbs_is_type(ctx, ctx->api->json_at(list, i, NULL), PB_JSON_STRING))
            return false;
    return pbs_is_type(ctx, list, PB_JSON_ARRAY);
}

/* What came behind that which is told already. */
static void emit_growth(const pbs_ctx *ctx, Exchange *exchange, const pb_json *output)
{
    size_t told = exchange->emitted;
    if (pbs_is_type(ctx, output, PB_JSON_STRING))
        replicate_emit_text(ctx, exchange, pbs_skip(ctx->api->json_str(output), told));
    if (!is_texts(ctx, output))
        return;
    for (size_t i = 0; i < ctx->api->json_len(output); i++) {
        pb_str piece = ctx->api->json_str(ctx->api->json_at(output, i, NULL));
        size_t skip = told < piece.len ? told : piece.len;
        told -= skip;
        replicate_emit_text(ctx, exchange, pbs_skip(piece, skip));
    }
}

/* Numbers of tokens are what models of language tell; seconds are what all do. */
void replicate_emit_metrics(const pbs_ctx *ctx, const pb_json *object)
{
    const pb_json *metrics = pbs_get(ctx, object, "metrics");
    int64_t in = pbs_get_int(ctx, metrics, "input_token_count", -1);
    int64_t out = pbs_get_int(ctx, metrics, "output_token_count", -1);
    pb_event usage = {.size = sizeof usage, .kind = PB_EV_USAGE};
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
    if (ctx->api->json_len(metrics) == 0)
        return;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_value(ctx, "metrics", metrics);
    pbs_w_end(ctx);
    pb_event extra = {.size = sizeof extra,
                      .kind = PB_EV_EXTRA,
                      .at = PB_AT_USAGE,
                      .name = PBS_STR("provider_specific_fields"),
                      .text = ctx->api->w_end(ctx->x)};
    ctx->api->emit(ctx->x, &extra);
}

pb_next replicate_finish(const pbs_ctx *ctx, Exchange *exchange, const char *native)
{
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_FINISH,
                      .text = PBS_STR("stop"),
                      .name = pbs_str(native)};
    exchange->over = true;
    ctx->api->emit(ctx->x, &event);
    return PB_DONE;
}

/* ---- States ---- */

static pb_next expired(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_UPSTREAM, PBS_STR("output_expired"),
                    "the run succeeded, but the vendor has removed its output already");
}

static pb_next take_success(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object,
                            pb_str text)
{
    const pb_json *output = pbs_get(ctx, object, "output");
    bool image = exchange->request->kind == PB_KIND_IMAGE;
    bool none = pbs_is_type(ctx, output, PB_JSON_NULL);
    exchange->over = true;
    if (none && ctx->api->json_bool(pbs_get(ctx, object, "data_removed"), 0) != 0)
        return expired(ctx);
    if (image) {
        replicate_emit_metrics(ctx, object);
        object = ctx->api->json_parse(ctx->x, text, PB_JSON_KEEP);
        return replicate_take_links(ctx, exchange, pbs_get(ctx, object, "output"));
    }
    if (pbs_is_type(ctx, output, PB_JSON_STRING) || is_texts(ctx, output))
        emit_growth(ctx, exchange, output);
    else if (!none && exchange->emitted == 0)
        replicate_emit_text(ctx, exchange, ctx->api->json_text(output));
    replicate_finish(ctx, exchange, "succeeded");
    replicate_emit_metrics(ctx, object);
    return PB_DONE;
}

static pb_next take_running(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object)
{
    pb_str stream = pbs_get_str(ctx, pbs_get(ctx, object, "urls"), "stream");
    size_t told = exchange->emitted;
    bool wanted = replicate_is_streamed(exchange);
    if (wanted && exchange->provider->streams && !exchange->streamed && stream.len > 0) {
        exchange->streamed = true;
        if (replicate_describe_stream(ctx, exchange, stream))
            return PB_SEND;
    }
    if (wanted)
        emit_growth(ctx, exchange, pbs_get(ctx, object, "output"));
    if (exchange->emitted > told)
        exchange->delay_ms = exchange->provider->poll_ms;
    return replicate_wait(ctx, exchange);
}

pb_next replicate_take_prediction(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object,
                                  pb_str text)
{
    pb_str status = pbs_get_str(ctx, object, "status");
    if (!keep_id(ctx, exchange, object) || status.len == 0)
        return replicate_unusable(ctx, "the answer is no prediction; is base-url the Replicate "
                                       "API's?");
    exchange->failures = 0;
    tell_meta(ctx, exchange, object);
    if (pbs_is(status, "succeeded"))
        return take_success(ctx, exchange, object, text);
    exchange->over =
        pbs_is(status, "failed") || pbs_is(status, "canceled") || pbs_is(status, "aborted");
    if (!exchange->over)
        return take_running(ctx, exchange, object);
    replicate_emit_metrics(ctx, object);
    if (!pbs_is(status, "failed"))
        return replicate_canceled(ctx);
    const pb_json *error = pbs_get(ctx, object, "error");
    bool said = pbs_is_type(ctx, error, PB_JSON_STRING);
    if (pbs_is_type(ctx, error, PB_JSON_NULL))
        return replicate_failed(ctx, (pb_str){NULL, 0});
    return replicate_failed(ctx, said ? ctx->api->json_str(error) : ctx->api->json_text(error));
}
