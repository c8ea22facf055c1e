/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the description of a request: URL, headers and the order of the body. Chats go to
 * /api/chat whatever prefix they came under, since /api/generate knows no tools. It must be
 * repeatable: after a repair it runs again and tells nothing a second time. In ops. */
#include "ollama.h"

#include "lib/error.h"
#include "lib/url.h"

#define URL_MAX ((size_t)8400)

static const char *path_of(pb_kind kind)
{
    switch (kind) {
    case PB_KIND_CHAT:
        return "/api/chat";
    case PB_KIND_COMPLETION:
        return "/api/generate";
    case PB_KIND_EMBEDDING:
        return "/api/embed";
    default:
        return "/api/tags";
    }
}

static bool is_listing(pb_kind kind)
{
    return kind == PB_KIND_MODELS || kind == PB_KIND_PROBE;
}

static bool is_streamed(const Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    bool can = kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION;
    return can && (exchange->request->flags & PB_REQ_STREAM) != 0;
}

static bool begin_http(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_core_api *api = ctx->api;
    pb_kind kind = exchange->request->kind;
    bool listing = is_listing(kind), streamed = is_streamed(exchange);
    bool again = listing || kind == PB_KIND_EMBEDDING;
    uint32_t flags = again ? PB_HTTP_IDEMPOTENT : streamed ? PB_HTTP_STREAM : 0;
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool fits = pbs_url_join(&url, pbs_str(exchange->provider->base_url), pbs_str(path_of(kind)));
    if (fits)
        api->http_begin(ctx->x, listing ? PBS_STR("GET") : PBS_STR("POST"), pbs_buf_str(&url),
                        flags);
    pbs_buf_free(&url);
    if (!fits)
        return false;
    api->http_header(ctx->x, PBS_STR("accept"),
                     streamed ? PBS_STR("application/x-ndjson, application/json")
                              : PBS_STR("application/json"));
    if (!listing)
        api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    return true;
}

/* ---- The body ---- */

/* One text, or an array of one. */
static void write_prompt(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *prompt = pbs_get(ctx, exchange->request->body, "prompt");
    if (pbs_is_type(ctx, prompt, PB_JSON_ARRAY) && ctx->api->json_len(prompt) == 1)
        prompt = ctx->api->json_at(prompt, 0, NULL);
    if (!pbs_is_type(ctx, prompt, PB_JSON_STRING))
        ollama_note(ctx, exchange, PB_NOTE_UNMET, "prompt",
                    "one prompt, as text, is what this vendor takes");
    pbs_w_str(ctx, "prompt", ctx->api->json_str(prompt));
    if (pbs_get_str(ctx, exchange->request->body, "suffix").len > 0)
        pbs_w_value(ctx, "suffix", pbs_get(ctx, exchange->request->body, "suffix"));
}

static bool is_texts(const pbs_ctx *ctx, const pb_json *input)
{
    if (pbs_is_type(ctx, input, PB_JSON_STRING))
        return true;
    return pbs_is_type(ctx, ctx->api->json_at(input, 0, NULL), PB_JSON_STRING);
}

static void write_input(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *input = pbs_get(ctx, exchange->request->body, "input");
    const pb_json *dimensions = pbs_get(ctx, exchange->request->body, "dimensions");
    if (!is_texts(ctx, input))
        ollama_note(ctx, exchange, PB_NOTE_UNMET, "input",
                    "this vendor takes text, not numbers of tokens");
    pbs_w_value(ctx, "input", input);
    if (!pbs_is_type(ctx, dimensions, PB_JSON_NULL))
        pbs_w_value(ctx, "dimensions", dimensions);
}

static void write_body(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "model", exchange->request->model);
    if (kind == PB_KIND_CHAT) {
        ollama_write_messages(ctx, exchange);
        ollama_write_tools(ctx, exchange);
    } else if (kind == PB_KIND_COMPLETION) {
        write_prompt(ctx, exchange);
    } else {
        write_input(ctx, exchange);
    }
    ollama_write_params(ctx, exchange);
    ollama_write_options(ctx, exchange);
    if (kind != PB_KIND_EMBEDDING) {
        ollama_write_think(ctx, exchange);
        pbs_w_bool(ctx, "stream", is_streamed(exchange)); /* the server's default is to stream */
    }
    pbs_w_end(ctx);
}

pb_next ollama_describe(const pbs_ctx *ctx, Exchange *exchange)
{
    if (!begin_http(ctx, exchange))
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "the URL made of base-url is longer than 8400 bytes; shorten base-url");
    if (is_listing(exchange->request->kind))
        return PB_SEND;
    ollama_note_params(ctx, exchange);
    write_body(ctx, exchange);
    return PB_SEND;
}
