/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the URLs: the host of a location and the path of a model or an endpoint. What a name or a
 * location holds is percent-encoded, so that it cannot lead elsewhere. In ops. */
#include "vertex_ai.h"

#include "lib/error.h"
#include "lib/url.h"

#define URL_MAX ((size_t)8192)

/* The global location and the multi-regions have hosts of their own form. */
static bool add_host(const Provider *provider, pbs_buf *url)
{
    pb_str location = pbs_str(provider->location);
    if (provider->base_url[0] != '\0')
        return pbs_url_join(url, pbs_str(provider->base_url), (pb_str){NULL, 0});
    if (provider->express || pbs_is(location, "global"))
        return pbs_buf_add(url, PBS_STR("https://aiplatform.googleapis.com"));
    if (pbs_is(location, "us") || pbs_is(location, "eu"))
        return pbs_buf_add(url, PBS_STR("https://aiplatform.")) && pbs_buf_add(url, location) &&
               pbs_buf_add(url, PBS_STR(".rep.googleapis.com"));
    return pbs_buf_add(url, PBS_STR("https://")) && pbs_url_encode(url, location, NULL) &&
           pbs_buf_add(url, PBS_STR("-aiplatform.googleapis.com"));
}

/* "/v1/projects/P/locations/L", in express mode "/v1". */
static bool add_place(const Exchange *exchange, pb_str version, pbs_buf *url)
{
    bool fits = add_host(exchange->provider, url) && pbs_buf_add_char(url, '/') &&
                pbs_url_encode(url, version, NULL);
    if (exchange->provider->express)
        return fits;
    return fits && pbs_buf_add(url, PBS_STR("/projects/")) &&
           pbs_url_encode(url, exchange->project, ":") &&
           pbs_buf_add(url, PBS_STR("/locations/")) &&
           pbs_url_encode(url, pbs_str(exchange->provider->location), NULL);
}

static bool add_model(const Exchange *exchange, const char *method, pbs_buf *url)
{
    const Route *route = &exchange->route;
    bool counts = exchange->asked->kind == PB_KIND_COUNT_TOKENS && route->api == API_CLAUDE;
    pb_str model = counts ? PBS_STR("count-tokens") : route->model;
    bool fits = add_place(exchange, pbs_str(exchange->provider->version), url);
    if (route->endpoint)
        fits = fits && pbs_buf_add(url, PBS_STR("/endpoints/"));
    else
        fits = fits && pbs_buf_add(url, PBS_STR("/publishers/")) &&
               pbs_buf_add(url, pbs_str(route->publisher)) && pbs_buf_add(url, PBS_STR("/models/"));
    return fits && pbs_url_encode(url, model, "@") && pbs_buf_add_char(url, ':') &&
           pbs_buf_add(url, pbs_str(method));
}

bool vertex_begin_http(const pbs_ctx *ctx, const Exchange *exchange, const char *method,
                       uint32_t flags)
{
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool fits = add_model(exchange, method, &url);
    if (!fits) {
        pbs_buf_free(&url);
        pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                 "the URL made of the model, project and location is longer than 8192 bytes");
        return false;
    }
    ctx->api->http_begin(ctx->x, PBS_STR("POST"), pbs_buf_str(&url), flags);
    pbs_buf_free(&url);
    ctx->api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    ctx->api->http_header(ctx->x, PBS_STR("accept"),
                          (flags & PB_HTTP_STREAM) != 0
                              ? PBS_STR("text/event-stream, application/json")
                              : PBS_STR("application/json"));
    return true;
}

bool vertex_openai_url(const pbs_ctx *ctx, const pbs_openai *openai, pbs_buf *url)
{
    const Exchange *exchange = (const Exchange *)openai;
    (void)ctx;
    if (exchange->route.api == API_PARTNER)
        return add_model(exchange, openai->stream ? "streamRawPredict" : "rawPredict", url);
    return add_place(exchange, PBS_STR("v1beta1"), url) &&
           pbs_buf_add(url, PBS_STR("/endpoints/openapi/chat/completions"));
}
