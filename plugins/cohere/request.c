/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the description of a request: URL, headers and the order of the body. Chats, prompts,
 * embeddings and rankings are of the API's version 2, the list of models is of version 1, where
 * the vendor keeps it. In ops. */
#include "cohere.h"

#include "lib/error.h"
#include "lib/rerank.h"
#include "lib/url.h"

#define URL_MAX ((size_t)8192)

bool cohere_is_streamed(const Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    bool can = kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION;
    return can && (exchange->request->flags & PB_REQ_STREAM) != 0;
}

static pb_next too_long(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                    "the URL made of base-url is longer than 8192 bytes; shorten base-url");
}

static bool begin_http(const pbs_ctx *ctx, const Exchange *exchange, const char *method,
                       pb_str path, uint32_t flags)
{
    const pb_core_api *api = ctx->api;
    pb_str client = pbs_str(exchange->provider->client_name);
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool fits = pbs_url_join(&url, pbs_str(exchange->provider->base_url), path);
    if (fits)
        api->http_begin(ctx->x, pbs_str(method), pbs_buf_str(&url), flags);
    pbs_buf_free(&url);
    if (!fits)
        return false;
    api->http_header(ctx->x, PBS_STR("accept"),
                     cohere_is_streamed(exchange) ? PBS_STR("text/event-stream, application/json")
                                                  : PBS_STR("application/json"));
    if (strcmp(method, "GET") != 0)
        api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    if (client.len > 0)
        api->http_header(ctx->x, PBS_STR("x-client-name"), client);
    return true;
}

pb_next cohere_describe_models(const pbs_ctx *ctx, const Exchange *exchange, pb_str token)
{
    bool probe = exchange->request->kind == PB_KIND_PROBE;
    pbs_buf path;
    pbs_buf_init(&path, URL_MAX);
    bool fits = pbs_buf_add(&path, probe ? PBS_STR("/v1/models?page_size=1")
                                         : PBS_STR("/v1/models?page_size=1000"));
    if (token.len > 0)
        fits = fits && pbs_buf_add(&path, PBS_STR("&page_token=")) &&
               pbs_url_encode(&path, token, NULL);
    fits = fits && begin_http(ctx, exchange, "GET", pbs_buf_str(&path), PB_HTTP_IDEMPOTENT);
    pbs_buf_free(&path);
    return fits ? PB_SEND : too_long(ctx);
}

static void write_body(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "model", exchange->request->model);
    if (kind == PB_KIND_EMBEDDING) {
        cohere_write_embed(ctx, exchange);
    } else if (kind == PB_KIND_RERANK) {
        pbs_rerank_write(ctx, exchange->request->body);
    } else {
        if (kind == PB_KIND_CHAT) {
            cohere_write_messages(ctx, exchange);
            cohere_write_tools(ctx, exchange);
        } else {
            cohere_write_prompt(ctx, exchange);
        }
        cohere_write_format(ctx, exchange);
        cohere_write_thinking(ctx, exchange);
        cohere_write_params(ctx, exchange);
        pbs_w_bool(ctx, "stream", cohere_is_streamed(exchange));
    }
    pbs_w_end(ctx);
}

pb_next cohere_describe(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    pb_str path = kind == PB_KIND_EMBEDDING ? PBS_STR("/v2/embed")
                  : kind == PB_KIND_RERANK  ? PBS_STR("/v2/rerank")
                                            : PBS_STR("/v2/chat");
    bool again = kind == PB_KIND_EMBEDDING || kind == PB_KIND_RERANK;
    uint32_t flags = again ? PB_HTTP_IDEMPOTENT : cohere_is_streamed(exchange) ? PB_HTTP_STREAM : 0;
    if (kind == PB_KIND_MODELS || kind == PB_KIND_PROBE)
        return cohere_describe_models(ctx, exchange, (pb_str){NULL, 0});
    if (!begin_http(ctx, exchange, "POST", path, flags))
        return too_long(ctx);
    write_body(ctx, exchange);
    return PB_SEND;
}
