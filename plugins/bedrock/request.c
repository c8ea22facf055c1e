/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the request line and what all requests have: the region, the address, the path with its
 * model id encoded exactly once, and the headers. Bodies are the codecs'. In ops. */
#include "bedrock.h"

#include "credentials.h"
#include "lib/error.h"
#include "lib/url.h"

#include <stdio.h>

#define URL_MAX ((size_t)16384)

/* ---- Where ---- */

static pb_str china(pb_str region)
{
    return pbs_has_prefix(region, PBS_STR("cn-")) ? PBS_STR(".cn") : (pb_str){NULL, 0};
}

bool bedrock_endpoint(const Provider *provider, const char *given, const char *service,
                      pb_str region, pbs_buf *out)
{
    if (given[0] != '\0')
        return pbs_url_join(out, pbs_str(given), (pb_str){NULL, 0});
    return pbs_buf_add(out, PBS_STR("https://")) && pbs_buf_add(out, pbs_str(service)) &&
           (!provider->fips || pbs_buf_add(out, PBS_STR("-fips"))) && pbs_buf_add_char(out, '.') &&
           pbs_buf_add(out, region) && pbs_buf_add(out, PBS_STR(".amazonaws.com")) &&
           pbs_buf_add(out, china(region));
}

/* It becomes a part of a host's name. */
static bool is_region(pb_str region)
{
    for (size_t i = 0; i < region.len; i++) {
        char c = region.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return region.len <= 63;
}

static pb_next bad_region(const pbs_ctx *ctx, pb_str region)
{
    char text[256];
    snprintf(text, sizeof text,
             "\"%.*s\" is no AWS region: one is written like eu-central-1; check AWS_REGION, "
             "`region` in the provider's section, and region in ~/.aws/config",
             (int)pbs_cut(region, 60).len, region.ptr);
    return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0}, text);
}

pb_next bedrock_region(const pbs_ctx *ctx, Exchange *exchange)
{
    const pb_core_api *api = ctx->api;
    const Provider *provider = exchange->provider;
    pb_str found = exchange->model.region;
    if (exchange->region.len > 0)
        return 0;
    if (found.len == 0)
        found = pbs_str(provider->region);
    if (found.len == 0)
        found = api->credential(ctx->x, PBS_STR(CREDENTIAL_REGION), PBS_STR("region"));
    if (found.len == 0) {
        api->credential_need(ctx->x, PBS_STR(CREDENTIAL_REGION));
        return PB_NEED_CREDENTIAL;
    }
    if (!is_region(found))
        return bad_region(ctx, found);
    char *copy = api->alloc(ctx->x, found.len);
    if (copy == NULL)
        return PB_FAIL;
    memcpy(copy, found.ptr, found.len);
    exchange->region = (pb_str){copy, found.len};
    return 0;
}

/* ---- The request ---- */

static void set(const pbs_ctx *ctx, const char *name, const char *value)
{
    ctx->api->http_header(ctx->x, pbs_str(name), pbs_str(value));
}

static bool add_url(const Exchange *exchange, pbs_buf *url)
{
    const Provider *provider = exchange->provider;
    bool lists = exchange->codec == NULL;
    const char *op = lists                ? "/foundation-models"
                     : exchange->streamed ? exchange->codec->op_stream
                                          : exchange->codec->op_whole;
    const char *given =
        lists && provider->models_url[0] != '\0' ? provider->models_url : provider->base_url;
    return bedrock_endpoint(provider, given, lists ? "bedrock" : "bedrock-runtime",
                            exchange->region, url) &&
           (lists ||
            (pbs_buf_add(url, PBS_STR("/model/")) &&
             pbs_url_encode(url, exchange->model.id, NULL) && pbs_buf_add_char(url, '/'))) &&
           pbs_buf_add(url, pbs_str(op));
}

static bool begin_http(const pbs_ctx *ctx, const Exchange *exchange)
{
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool lists = exchange->codec == NULL, ok = add_url(exchange, &url);
    if (ok)
        ctx->api->http_begin(ctx->x, lists ? PBS_STR("GET") : PBS_STR("POST"), pbs_buf_str(&url),
                             (exchange->streamed ? PB_HTTP_STREAM : 0u) |
                                 (lists ? PB_HTTP_IDEMPOTENT : 0u));
    pbs_buf_free(&url);
    if (!ok)
        pbs_fail(ctx, PB_ERR_INVALID, (pb_str){NULL, 0},
                 "the name of the model is too long for a URL; check it");
    return ok;
}

pb_next bedrock_describe(const pbs_ctx *ctx, Exchange *exchange)
{
    bool lists = exchange->codec == NULL;
    pb_next next = bedrock_region(ctx, exchange);
    if (next != 0)
        return next;
    if (!begin_http(ctx, exchange))
        return PB_FAIL;
    if (lists) {
        set(ctx, "accept", "application/json");
        return PB_SEND;
    }
    set(ctx, "content-type", "application/json");
    set(ctx, "accept",
        exchange->streamed ? "application/vnd.amazon.eventstream" : "application/json");
    next = exchange->codec->describe_body(ctx, exchange);
    exchange->quiet = true;
    return next != 0 ? next : PB_SEND;
}
