/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the description of a request: the URL for each kind, headers, and who writes the body. It
 * must be repeatable: after a repair it runs again. In ops. */
#include "gemini.h"

#include "lib/error.h"
#include "lib/url.h"

#define URL_MAX ((size_t)8192)

/* base-url with or without the version that all paths begin with. */
static bool add_base(const Exchange *exchange, pbs_buf *url)
{
    static const char *const versions[] = {"/v1", "/v1beta", "/v1alpha"};
    pb_str base = pbs_str(exchange->provider->base_url);
    while (base.len > 0 && base.ptr[base.len - 1] == '/')
        base.len--;
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        size_t n = strlen(versions[i]);
        if (base.len > n && pbs_is(pbs_skip(base, base.len - n), versions[i]))
            return pbs_buf_add(url, base);
    }
    return pbs_buf_add(url, base) && pbs_buf_add_char(url, '/') &&
           pbs_buf_add(url, pbs_str(exchange->provider->api_version));
}

/* tunedModels/NAME stands for itself, any other name for models/NAME. */
static bool add_model(const Exchange *exchange, pbs_buf *url)
{
    pb_str model = exchange->request->model;
    bool whole =
        pbs_has_prefix(model, PBS_STR("models/")) || pbs_has_prefix(model, PBS_STR("tunedModels/"));
    return pbs_buf_add(url, whole ? PBS_STR("/") : PBS_STR("/models/")) &&
           pbs_url_encode(url, model, whole ? "/" : "");
}

static bool begin_http(const pbs_ctx *ctx, const Exchange *exchange, const char *method,
                       const pbs_buf *url, bool fits)
{
    const pb_core_api *api = ctx->api;
    bool streamed = pbs_gemini_is_streamed(&exchange->gemini);
    bool chat = exchange->request->kind == PB_KIND_CHAT || exchange->request->kind == PB_KIND_IMAGE;
    if (!fits) {
        pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                 "the URL made of base-url and the model is longer than 8192 bytes");
        return false;
    }
    api->http_begin(ctx->x, pbs_str(method), pbs_buf_str(url),
                    (streamed ? (uint32_t)PB_HTTP_STREAM : 0u) |
                        (chat ? 0u : (uint32_t)PB_HTTP_IDEMPOTENT));
    api->http_header(ctx->x, PBS_STR("accept"),
                     streamed ? PBS_STR("text/event-stream, application/json")
                              : PBS_STR("application/json"));
    if (strcmp(method, "GET") != 0)
        api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    return true;
}

/* POST .../models/MODEL:method */
static bool begin_call(const pbs_ctx *ctx, const Exchange *exchange, const char *method)
{
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool fits = add_base(exchange, &url) && add_model(exchange, &url) &&
                pbs_buf_add_char(&url, ':') && pbs_buf_add(&url, pbs_str(method));
    bool begun = begin_http(ctx, exchange, "POST", &url, fits);
    pbs_buf_free(&url);
    return begun;
}

pb_next gemini_describe_models(const pbs_ctx *ctx, const Exchange *exchange, pb_str page)
{
    bool probe = exchange->request->kind == PB_KIND_PROBE;
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool fits =
        add_base(exchange, &url) &&
        pbs_buf_add(&url, probe ? PBS_STR("/models?pageSize=1") : PBS_STR("/models?pageSize=1000"));
    if (page.len > 0)
        fits = fits && pbs_buf_add(&url, PBS_STR("&pageToken=")) && pbs_url_encode(&url, page, "");
    bool begun = begin_http(ctx, exchange, "GET", &url, fits);
    pbs_buf_free(&url);
    return begun ? PB_SEND : PB_FAIL;
}

static pb_next describe_embed(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool described = begin_call(ctx, exchange, "batchEmbedContents") &&
                     pbs_gemini_write_embed(ctx, exchange->request);
    return described ? PB_SEND : PB_FAIL;
}

static pb_next describe_image(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool imagen = pbs_gemini_is_imagen(exchange->request->model);
    if (!begin_call(ctx, exchange, imagen ? "predict" : "generateContent"))
        return PB_FAIL;
    pbs_gemini_write_image(ctx, exchange->request);
    return PB_SEND;
}

pb_next gemini_describe(const pbs_ctx *ctx, void *user)
{
    Exchange *exchange = user;
    switch (exchange->request->kind) {
    case PB_KIND_MODELS:
    case PB_KIND_PROBE:
        return gemini_describe_models(ctx, exchange, (pb_str){NULL, 0});
    case PB_KIND_EMBEDDING:
        return describe_embed(ctx, exchange);
    case PB_KIND_IMAGE:
        return describe_image(ctx, exchange);
    default:
        if (!begin_call(ctx, exchange, pbs_gemini_method(&exchange->gemini)))
            return PB_FAIL;
        pbs_gemini_write_body(ctx, &exchange->gemini);
        return PB_SEND;
    }
}
