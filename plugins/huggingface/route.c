/* SPDX-License-Identifier: Apache-2.0 */
/* Owns where a request goes: the router or an endpoint, which API there, which of the names in
 * "PROVIDER/ORG/MODEL" and "ORG/MODEL:PROVIDER" is whose. In ops. */
#include "huggingface.h"

#include "lib/url.h"

#include <stdio.h>

/* ---- Names ---- */

static size_t count(pb_str s, char c)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == c;
    return n;
}

static bool is_policy(pb_str serving)
{
    return pbs_is(serving, "fastest") || pbs_is(serving, "cheapest") ||
           pbs_is(serving, "preferred");
}

/* The router itself takes ORG/MODEL:PROVIDER; LiteLLM's PROVIDER/ORG/MODEL becomes that. */
static void split_name(const pbs_ctx *ctx, HfExchange *exchange)
{
    pb_str name = exchange->openai.model;
    exchange->model = name;
    if (count(name, '/') == 2) {
        size_t at = (size_t)((const char *)memchr(name.ptr, '/', name.len) - name.ptr);
        char *joined = ctx->api->alloc(ctx->x, name.len + 1);
        exchange->serving = (pb_str){name.ptr, at};
        exchange->model = pbs_skip(name, at + 1);
        if (joined == NULL)
            return;
        int n = snprintf(joined, name.len + 1, "%.*s:%.*s", (int)exchange->model.len,
                         exchange->model.ptr, (int)at, name.ptr);
        exchange->openai.model = (pb_str){joined, (size_t)n};
        return;
    }
    for (size_t i = name.len; i > 0 && name.ptr[i - 1] != '/'; i--) {
        if (name.ptr[i - 1] != ':')
            continue;
        exchange->model.len = i - 1;
        exchange->serving = pbs_skip(name, i);
        return;
    }
}

/* ---- The form ---- */

static bool is_versioned(const HfProvider *provider)
{
    pb_str base = provider->options.base_url;
    return base.len >= 3 && memcmp(base.ptr + base.len - 3, "/v1", 3) == 0;
}

void hf_route(const pbs_ctx *ctx, HfExchange *exchange)
{
    const HfProvider *provider = exchange->provider;
    pb_kind kind = exchange->openai.request->kind;
    exchange->model = exchange->openai.model;
    exchange->way = HF_OPENAI;
    if (provider->is_router)
        split_name(ctx, exchange);
    if (kind == PB_KIND_IMAGE)
        exchange->way = HF_IMAGE;
    else if (kind == PB_KIND_EMBEDDING && (provider->is_router || provider->is_features))
        exchange->way = HF_FEATURES;
    else if (kind == PB_KIND_EMBEDDING && !is_versioned(provider))
        exchange->way = HF_EMBED;
    else if (kind != PB_KIND_EMBEDDING && provider->is_generate)
        exchange->way = kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION ? HF_GENERATE : HF_INFO;
}

/* base-url without the version of the messages API. */
static pb_str root_of(const HfProvider *provider)
{
    pb_str base = provider->options.base_url;
    if (is_versioned(provider))
        base.len -= 3;
    return base;
}

static bool add_task(const HfExchange *exchange, pbs_buf *url)
{
    const HfProvider *provider = exchange->provider;
    if (!provider->is_router)
        return pbs_buf_add(url, provider->options.base_url);
    return pbs_url_join(url, root_of(provider), PBS_STR("/hf-inference/models/")) &&
           pbs_url_encode(url, exchange->model, "/") &&
           (exchange->way == HF_IMAGE || pbs_buf_add(url, PBS_STR("/pipeline/feature-extraction")));
}

bool hf_url(const HfExchange *exchange, pbs_buf *url)
{
    pb_str root = root_of(exchange->provider);
    switch (exchange->way) {
    case HF_GENERATE:
        return pbs_url_join(url, root,
                            exchange->openai.stream ? PBS_STR("/generate_stream")
                                                    : PBS_STR("/generate"));
    case HF_INFO:
        return pbs_url_join(url, root, PBS_STR("/info"));
    case HF_EMBED:
        return pbs_url_join(url, root, PBS_STR("/embed"));
    default:
        return add_task(exchange, url);
    }
}

/* Tasks are served by hf-inference; the other providers have no common form for them. */
static bool is_served(const HfExchange *exchange)
{
    bool task = exchange->way == HF_FEATURES || exchange->way == HF_IMAGE;
    return !task || !exchange->provider->is_router || exchange->serving.len == 0 ||
           is_policy(exchange->serving) || pbs_is(exchange->serving, "hf-inference");
}

bool hf_begin(const pbs_ctx *ctx, const HfExchange *exchange, bool streamed, const char *accept)
{
    bool get = exchange->way == HF_INFO;
    pbs_buf url;
    if (!is_served(exchange)) {
        pbs_fail(ctx, PB_ERR_UNSUPPORTED, (pb_str){NULL, 0},
                 "embeddings and images go through the provider hf-inference alone; leave the "
                 "provider out of the model's name");
        return false;
    }
    pbs_buf_init(&url, PBS_OPENAI_URL_MAX);
    bool fits = hf_url(exchange, &url);
    if (fits)
        ctx->api->http_begin(ctx->x, get ? PBS_STR("GET") : PBS_STR("POST"), pbs_buf_str(&url),
                             get        ? PB_HTTP_IDEMPOTENT
                             : streamed ? PB_HTTP_STREAM
                                        : 0);
    pbs_buf_free(&url);
    if (!fits) {
        pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                 "the URL made of base-url and the model is longer than 8192 bytes");
        return false;
    }
    ctx->api->http_header(ctx->x, PBS_STR("accept"), pbs_str(accept));
    if (!get)
        ctx->api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    if (exchange->provider->bill_to.len > 0)
        ctx->api->http_header(ctx->x, PBS_STR("x-hf-bill-to"), exchange->provider->bill_to);
    return true;
}
