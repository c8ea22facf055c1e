/* SPDX-License-Identifier: Apache-2.0 */
/* Owns which request is described: by the route of the model and the kind asked for. The bodies
 * are the dialects'. It must be repeatable: after a repair it runs again. In ops. */
#include "vertex_ai.h"

#include "lib/error.h"

static pb_next unsupported(const pbs_ctx *ctx, const char *why)
{
    return pbs_fail(ctx, PB_ERR_UNSUPPORTED, (pb_str){NULL, 0}, why);
}

static pb_next describe_claude(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool counts = exchange->asked->kind == PB_KIND_COUNT_TOKENS;
    bool streamed = pbs_anthropic_is_streamed(exchange->claude);
    if (pbs_anthropic_is_legacy(exchange->claude))
        return unsupported(ctx, "this platform serves Claude 3 and newer; ask one of those");
    if (!vertex_begin_http(ctx, exchange, streamed ? "streamRawPredict" : "rawPredict",
                           streamed ? PB_HTTP_STREAM
                           : counts ? PB_HTTP_IDEMPOTENT
                                    : 0))
        return PB_FAIL;
    pbs_anthropic_write(ctx, exchange->claude);
    return PB_SEND;
}

static pb_next describe_gemini(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool counts = exchange->asked->kind == PB_KIND_COUNT_TOKENS;
    bool streamed = pbs_gemini_is_streamed(exchange->gemini);
    if (!vertex_begin_http(ctx, exchange, pbs_gemini_method(exchange->gemini),
                           streamed ? PB_HTTP_STREAM
                           : counts ? PB_HTTP_IDEMPOTENT
                                    : 0))
        return PB_FAIL;
    pbs_gemini_write_body(ctx, exchange->gemini);
    return PB_SEND;
}

/* Counting one letter costs nothing and needs all that a real request needs. */
static pb_next describe_probe(const pbs_ctx *ctx, const Exchange *exchange)
{
    if (!vertex_begin_http(ctx, exchange, "countTokens", PB_HTTP_IDEMPOTENT))
        return PB_FAIL;
    ctx->api->http_body(ctx->x, PBS_STR("{\"contents\":[{\"role\":\"user\",\"parts\":"
                                        "[{\"text\":\"a\"}]}]}"));
    return PB_SEND;
}

static pb_next describe_image(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool imagen = exchange->route.api == API_IMAGEN;
    if (!vertex_begin_http(ctx, exchange, imagen ? "predict" : "generateContent", 0))
        return PB_FAIL;
    pbs_gemini_write_image(ctx, &exchange->request);
    return PB_SEND;
}

static pb_next describe_embedding(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool content = exchange->route.api == API_EMBED_CONTENT;
    if (!vertex_begin_http(ctx, exchange, content ? "embedContent" : "predict", PB_HTTP_IDEMPOTENT))
        return PB_FAIL;
    return vertex_write_embed(ctx, exchange) ? PB_SEND : PB_FAIL;
}

static pb_next describe_palm(const pbs_ctx *ctx, const Exchange *exchange)
{
    if (!vertex_begin_http(ctx, exchange, "predict", 0))
        return PB_FAIL;
    vertex_write_palm(ctx, exchange);
    return PB_SEND;
}

static pb_next describe_words(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_kind kind = exchange->asked->kind;
    switch (exchange->route.api) {
    case API_CLAUDE:
        return describe_claude(ctx, exchange);
    case API_GEMINI:
        if (kind == PB_KIND_COMPLETION)
            return unsupported(ctx, "Gemini has no legacy completions; ask it by chat");
        return describe_gemini(ctx, exchange);
    case API_MAAS:
    case API_PARTNER:
        if (kind != PB_KIND_CHAT)
            return unsupported(ctx, "this model is served for chat only");
        return pbs_openai_describe(ctx, &exchange->openai);
    case API_PALM_CHAT:
    case API_PALM_TEXT:
        if (kind == PB_KIND_COUNT_TOKENS)
            return unsupported(ctx, "tokens of this model cannot be counted");
        return describe_palm(ctx, exchange);
    default:
        return unsupported(ctx, "this model does not chat; ask it for embeddings or images");
    }
}

pb_next vertex_describe(const pbs_ctx *ctx, Exchange *exchange)
{
    Api api = exchange->route.api;
    if (exchange->provider->express && api != API_GEMINI)
        return unsupported(ctx, "express mode serves Gemini models only; give project and "
                                "credentials, without express = yes");
    switch (exchange->asked->kind) {
    case PB_KIND_PROBE:
        return describe_probe(ctx, exchange);
    case PB_KIND_EMBEDDING:
        if (api != API_EMBED_PREDICT && api != API_EMBED_CONTENT)
            return unsupported(ctx, "this model gives no embeddings here; ask one such as "
                                    "text-embedding-005 or gemini-embedding-001");
        return describe_embedding(ctx, exchange);
    case PB_KIND_IMAGE:
        if (api != API_IMAGEN && api != API_GEMINI)
            return unsupported(ctx, "this model gives no images; ask one such as imagen-4.0");
        return describe_image(ctx, exchange);
    default:
        return describe_words(ctx, exchange);
    }
}
