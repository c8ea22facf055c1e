/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the description of a request: URL and headers; its body is the dialect's. It must be
 * repeatable: after a repair it runs again. In ops. */
#include "anthropic.h"

#include "lib/error.h"
#include "lib/url.h"

#define URL_MAX ((size_t)8192)

/* base-url with or without the /v1 that all paths begin with. */
static bool make_url(const Exchange *exchange, pb_str path, pbs_buf *url)
{
    pb_str base = pbs_str(exchange->provider->base_url);
    while (base.len > 0 && base.ptr[base.len - 1] == '/')
        base.len--;
    if (base.len >= 3 && pbs_is(pbs_skip(base, base.len - 3), "/v1"))
        base.len -= 3;
    return pbs_url_join(url, base, path);
}

bool anthropic_begin_http(const pbs_ctx *ctx, const Exchange *exchange, const char *method,
                          pb_str path, uint32_t flags)
{
    const pb_core_api *api = ctx->api;
    bool streamed = pbs_anthropic_is_streamed(exchange->dialect);
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    if (!make_url(exchange, path, &url)) {
        pbs_buf_free(&url);
        pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                 "the URL made of base-url is longer than 8192 bytes; shorten base-url");
        return false;
    }
    api->http_begin(ctx->x, pbs_str(method), pbs_buf_str(&url), flags);
    pbs_buf_free(&url);
    api->http_header(ctx->x, PBS_STR("anthropic-version"), pbs_str(exchange->provider->version));
    api->http_header(ctx->x, PBS_STR("accept"),
                     streamed ? PBS_STR("text/event-stream, application/json")
                              : PBS_STR("application/json"));
    if (strcmp(method, "GET") != 0)
        api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    return true;
}

static pb_str path_of(const Exchange *exchange)
{
    if (pbs_anthropic_is_legacy(exchange->dialect))
        return PBS_STR("/v1/complete");
    return exchange->request->kind == PB_KIND_COUNT_TOKENS ? PBS_STR("/v1/messages/count_tokens")
                                                           : PBS_STR("/v1/messages");
}

pb_next anthropic_describe(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    bool counts = kind == PB_KIND_COUNT_TOKENS;
    if (kind == PB_KIND_MODELS || kind == PB_KIND_PROBE)
        return anthropic_describe_models(ctx, exchange, (pb_str){NULL, 0});
    if (counts && pbs_anthropic_is_legacy(exchange->dialect))
        return pbs_fail(ctx, PB_ERR_UNSUPPORTED, (pb_str){NULL, 0},
                        "the vendor counts no tokens for models of /v1/complete; ask a newer one");
    uint32_t flags = counts                                         ? PB_HTTP_IDEMPOTENT
                     : pbs_anthropic_is_streamed(exchange->dialect) ? PB_HTTP_STREAM
                                                                    : 0;
    if (!anthropic_begin_http(ctx, exchange, "POST", path_of(exchange), flags))
        return PB_FAIL;
    pbs_anthropic_write(ctx, exchange->dialect);
    return PB_SEND;
}
