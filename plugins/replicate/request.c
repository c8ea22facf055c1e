/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the description of requests: the creation of a prediction, polls, the stream, the cancel,
 * the fetch of an image. Polls and cancels go to URLs made of base-url and the prediction's id, so
 * that no reply can send a key elsewhere; links are followed by the rules of origin.c. In ops. */
#include "replicate.h"

#include "lib/error.h"
#include "lib/url.h"
#include "origin.h"
#include "target.h"

#include <stdio.h>

#define URL_MAX ((size_t)8192)

bool replicate_is_streamed(const Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    bool can = kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION;
    return can && (exchange->request->flags & PB_REQ_STREAM) != 0;
}

bool replicate_wants_usage(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *options = pbs_get(ctx, exchange->request->body, "stream_options");
    return ctx->api->json_bool(pbs_get(ctx, options, "include_usage"), 0) != 0;
}

/* Begins a request to base-url and the path in `path`, which is freed. */
static pb_next begin_http(const pbs_ctx *ctx, const Exchange *exchange, const char *method,
                          pbs_buf *path, uint32_t flags)
{
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool fits = path->len > 0 &&
                pbs_url_join(&url, pbs_str(exchange->provider->base_url), pbs_buf_str(path));
    if (fits) {
        ctx->api->http_begin(ctx->x, pbs_str(method), pbs_buf_str(&url), flags);
        ctx->api->http_header(ctx->x, PBS_STR("accept"), PBS_STR("application/json"));
    }
    pbs_buf_free(&url);
    pbs_buf_free(path);
    return fits ? PB_SEND
                : pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                           "the URL made of base-url and the model is longer than 8192 bytes");
}

static void add_segment(pbs_buf *path, const char *before, pb_str segment)
{
    bool fits = pbs_buf_add(path, pbs_str(before)) && pbs_url_encode(path, segment, NULL);
    if (!fits)
        pbs_buf_clear(path);
}

static void add_path(const Target *target, pbs_buf *path)
{
    if (target->kind == TARGET_VERSION) {
        pbs_buf_add(path, PBS_STR("/predictions"));
        return;
    }
    add_segment(path, target->kind == TARGET_MODEL ? "/models/" : "/deployments/", target->owner);
    add_segment(path, "/", target->name);
    if (path->len > 0)
        pbs_buf_add(path, PBS_STR("/predictions"));
}

/* A stream is to begin at once; all else may be waited for. */
static void write_headers(const pbs_ctx *ctx, const Exchange *exchange)
{
    const Provider *provider = exchange->provider;
    char text[48];
    int n = snprintf(text, sizeof text, "wait=%lld", (long long)provider->wait_s);
    if (provider->wait_s > 0 && !replicate_is_streamed(exchange))
        ctx->api->http_header(ctx->x, PBS_STR("prefer"), (pb_str){text, (size_t)n});
    n = snprintf(text, sizeof text, "%llds", (long long)provider->cancel_after_s);
    if (provider->cancel_after_s > 0)
        ctx->api->http_header(ctx->x, PBS_STR("cancel-after"), (pb_str){text, (size_t)n});
    ctx->api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
}

/* Is there a later member of that name? */
static bool comes_again(const pbs_ctx *ctx, const pb_json *object, size_t i, pb_str name)
{
    pb_str key;
    while (ctx->api->json_at(object, ++i, &key) != NULL)
        if (pbs_eq(key, name))
            return true;
    return false;
}

/* What a client gives in the model's own names stands behind what is made of OpenAI's, and wins. */
static void write_once(const pbs_ctx *ctx, pb_str text)
{
    const pb_json *object = ctx->api->json_parse(ctx->x, text, 0), *value = NULL;
    pb_str key;
    pbs_w_object(ctx, "input");
    for (size_t i = 0; (value = ctx->api->json_at(object, i, &key)) != NULL; i++) {
        if (comes_again(ctx, object, i, key))
            continue;
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
    pbs_w_end(ctx);
}

static bool write_input(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    bool good = true;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    if (kind == PB_KIND_CHAT)
        good = replicate_write_conversation(ctx, exchange);
    else if (kind == PB_KIND_COMPLETION)
        good = replicate_write_prompt(ctx, exchange);
    else
        replicate_write_image(ctx, exchange);
    if (good)
        replicate_write_params(ctx, exchange);
    pbs_w_end(ctx);
    write_once(ctx, ctx->api->w_end(ctx->x));
    return good;
}

static pb_next describe_create(const pbs_ctx *ctx, Exchange *exchange)
{
    Target target;
    pbs_buf path;
    if (!replicate_target(exchange->request->model, &target)) {
        pb_error error = {.size = sizeof error,
                          .cls = PB_ERR_INVALID,
                          .param = PBS_STR("model"),
                          .message = PBS_STR("models of this vendor are named OWNER/NAME, "
                                             "OWNER/NAME:VERSION or deployments/OWNER/NAME")};
        ctx->api->fail(ctx->x, &error);
        return PB_FAIL;
    }
    pbs_buf_init(&path, URL_MAX);
    add_path(&target, &path);
    /* not idempotent: a reply that was lost may have begun a run that costs */
    pb_next next = begin_http(ctx, exchange, "POST", &path, 0);
    if (next != PB_SEND)
        return next;
    exchange->phase = PHASE_CREATE;
    write_headers(ctx, exchange);
    pbs_w_object(ctx, NULL);
    if (target.kind == TARGET_VERSION)
        pbs_w_str(ctx, "version", target.version);
    bool good = write_input(ctx, exchange);
    replicate_write_outside(ctx, exchange);
    pbs_w_end(ctx);
    return good ? PB_SEND : PB_FAIL;
}

pb_next replicate_describe(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    pbs_buf path;
    if (kind != PB_KIND_MODELS && kind != PB_KIND_PROBE)
        return describe_create(ctx, exchange);
    pbs_buf_init(&path, URL_MAX);
    if (kind == PB_KIND_PROBE)
        pbs_buf_add(&path, PBS_STR("/account"));
    else
        add_segment(&path, "/collections/", pbs_str(exchange->provider->collection));
    exchange->phase = PHASE_LIST;
    return begin_http(ctx, exchange, "GET", &path, PB_HTTP_IDEMPOTENT);
}

static pb_next describe_own(const pbs_ctx *ctx, const Exchange *exchange, const char *method,
                            const char *tail, uint32_t flags)
{
    pbs_buf path;
    pbs_buf_init(&path, URL_MAX);
    add_segment(&path, "/predictions/", pbs_str(exchange->id));
    if (path.len > 0)
        pbs_buf_add(&path, pbs_str(tail));
    return begin_http(ctx, exchange, method, &path, flags);
}

pb_next replicate_describe_poll(const pbs_ctx *ctx, Exchange *exchange)
{
    exchange->phase = PHASE_POLL;
    return describe_own(ctx, exchange, "GET", "", PB_HTTP_IDEMPOTENT);
}

/* The key and base-url's origin as for a poll; its answer adds nothing but counts. */
pb_next replicate_describe_metrics(const pbs_ctx *ctx, Exchange *exchange)
{
    exchange->phase = PHASE_METRICS;
    return describe_own(ctx, exchange, "GET", "", PB_HTTP_IDEMPOTENT);
}

pb_next replicate_describe_cancel(const pbs_ctx *ctx, const Exchange *exchange)
{
    return describe_own(ctx, exchange, "POST", "/cancel", 0);
}

/* The key goes along where the operator said so: to base-url's origin, or to stream-origin. */
bool replicate_describe_stream(const pbs_ctx *ctx, Exchange *exchange, pb_str url)
{
    pb_str base = pbs_str(exchange->provider->base_url);
    bool own = replicate_same_origin(base, url) ||
               replicate_same_origin(pbs_str(exchange->provider->stream_origin), url);
    uint32_t flags = PB_HTTP_STREAM | PB_HTTP_IDEMPOTENT;
    if (!own && !replicate_same_site(base, url)) {
        ctx->api->log(ctx->core, ctx->x, PB_LOG_WARN,
                      PBS_STR("the stream that the reply offers is at another site than base-url "
                              "and was not opened; set stream-origin if it is right"));
        return false;
    }
    exchange->phase = PHASE_STREAM;
    ctx->api->http_begin(ctx->x, PBS_STR("GET"), url, own ? flags : flags | PB_HTTP_FOREIGN);
    ctx->api->http_header(ctx->x, PBS_STR("accept"), PBS_STR("text/event-stream"));
    ctx->api->http_header(ctx->x, PBS_STR("cache-control"), PBS_STR("no-store"));
    return true;
}

void replicate_describe_image(const pbs_ctx *ctx, Exchange *exchange, pb_str url)
{
    exchange->phase = PHASE_IMAGE;
    ctx->api->http_begin(ctx->x, PBS_STR("GET"), url, PB_HTTP_FOREIGN | PB_HTTP_IDEMPOTENT);
}
