/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the description of a request: URL, headers and the order of the body. It must be
 * repeatable: after a repair it runs again and tells nothing a second time. In ops. */
#include "anthropic.h"

#include "lib/error.h"
#include "lib/url.h"

#define URL_MAX   ((size_t)8192)
#define BETAS_MAX ((size_t)4096)

#define FILES_BETA "files-api-2025-04-14"

bool anthropic_is_streamed(const Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    bool can = kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION;
    return can && (exchange->request->flags & PB_REQ_STREAM) != 0;
}

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
    bool streamed = anthropic_is_streamed(exchange);
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

/* ---- anthropic-beta ---- */

static bool has_name(const pbs_buf *names, pb_str name)
{
    pb_str rest = pbs_buf_str(names);
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        size_t n = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
        if (pbs_eq((pb_str){rest.ptr, n}, name))
            return true;
        rest = pbs_skip(rest, n + 1);
    }
    return false;
}

static void add_names(pbs_buf *names, pb_str list)
{
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        size_t n = comma != NULL ? (size_t)(comma - list.ptr) : list.len;
        pb_str name = pbs_trim((pb_str){list.ptr, n});
        if (name.len > 0 && !has_name(names, name)) {
            if (names->len > 0)
                pbs_buf_add_char(names, ',');
            pbs_buf_add(names, name);
        }
        list = pbs_skip(list, n + 1);
    }
}

static void write_betas(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *asked = pbs_get(ctx, exchange->request->body, "anthropic_beta");
    if (asked == NULL)
        asked = pbs_get(ctx, exchange->request->body, "betas");
    pbs_buf names;
    pbs_buf_init(&names, BETAS_MAX);
    add_names(&names, pbs_str(exchange->provider->beta));
    add_names(&names, ctx->api->json_str(asked));
    for (size_t i = 0; i < ctx->api->json_len(asked); i++)
        add_names(&names, ctx->api->json_str(ctx->api->json_at(asked, i, NULL)));
    if (exchange->needs_files_beta)
        add_names(&names, PBS_STR(FILES_BETA));
    if (names.len > 0)
        ctx->api->http_header(ctx->x, PBS_STR("anthropic-beta"), pbs_buf_str(&names));
    pbs_buf_free(&names);
}

/* ---- The body ---- */

/* A prompt is a conversation of one turn. */
static void write_prompt(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *prompt = pbs_get(ctx, exchange->request->body, "prompt");
    if (pbs_is_type(ctx, prompt, PB_JSON_ARRAY) && ctx->api->json_len(prompt) == 1)
        prompt = ctx->api->json_at(prompt, 0, NULL);
    if (!pbs_is_type(ctx, prompt, PB_JSON_STRING))
        anthropic_note(ctx, exchange, PB_NOTE_UNMET, "prompt",
                       "one prompt, as text, is what this vendor takes");
    anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "prompt",
                   "sent as the one turn of a conversation");
    pb_str text = ctx->api->json_str(prompt);
    pbs_w_array(ctx, "messages");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "role", PBS_STR("user"));
    pbs_w_str(ctx, "content", anthropic_is_blank(text) ? PBS_STR(".") : text);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static void write_body(const pbs_ctx *ctx, Exchange *exchange)
{
    bool counts = exchange->request->kind == PB_KIND_COUNT_TOKENS;
    exchange->breakpoints = pbs_has(ctx, exchange->request->body, "cache_control") ? 1 : 0;
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "model", exchange->request->model);
    if (!counts)
        pbs_w_int(ctx, "max_tokens", exchange->max_tokens);
    if (exchange->request->kind == PB_KIND_COMPLETION) {
        write_prompt(ctx, exchange);
    } else {
        anthropic_write_tools(ctx, exchange);
        anthropic_write_tool_choice(ctx, exchange);
        anthropic_write_system(ctx, exchange);
        anthropic_write_messages(ctx, exchange);
    }
    anthropic_write_thinking(ctx, exchange);
    anthropic_write_output_config(ctx, exchange);
    if (!counts) {
        anthropic_write_sampling(ctx, exchange);
        anthropic_write_stop(ctx, exchange, "stop_sequences");
        anthropic_write_metadata(ctx, exchange);
        anthropic_write_params(ctx, exchange);
    }
    if (anthropic_is_streamed(exchange))
        pbs_w_bool(ctx, "stream", true);
    pbs_w_end(ctx);
}

pb_next anthropic_describe_models(const pbs_ctx *ctx, Exchange *exchange, pb_str after)
{
    bool probe = exchange->request->kind == PB_KIND_PROBE;
    pbs_buf path;
    pbs_buf_init(&path, 1024);
    bool fits = pbs_buf_add(&path, probe ? PBS_STR("/v1/models?limit=1")
                                         : PBS_STR("/v1/models?limit=1000"));
    if (after.len > 0)
        fits =
            fits && pbs_buf_add(&path, PBS_STR("&after_id=")) && pbs_url_encode(&path, after, NULL);
    bool begun =
        fits && anthropic_begin_http(ctx, exchange, "GET", pbs_buf_str(&path), PB_HTTP_IDEMPOTENT);
    pbs_buf_free(&path);
    if (!fits)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the list of models continues after an id longer than 300 bytes");
    if (!begun)
        return PB_FAIL;
    write_betas(ctx, exchange);
    return PB_SEND;
}

static pb_next describe_messages(const pbs_ctx *ctx, Exchange *exchange)
{
    bool counts = exchange->request->kind == PB_KIND_COUNT_TOKENS;
    pb_str path = counts ? PBS_STR("/v1/messages/count_tokens") : PBS_STR("/v1/messages");
    uint32_t flags = counts                            ? PB_HTTP_IDEMPOTENT
                     : anthropic_is_streamed(exchange) ? PB_HTTP_STREAM
                                                       : 0;
    anthropic_decide(ctx, exchange);
    if (!anthropic_begin_http(ctx, exchange, "POST", path, flags))
        return PB_FAIL;
    anthropic_note_params(ctx, exchange);
    write_body(ctx, exchange);
    write_betas(ctx, exchange);
    return PB_SEND;
}

pb_next anthropic_describe(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    if (kind == PB_KIND_MODELS || kind == PB_KIND_PROBE)
        return anthropic_describe_models(ctx, exchange, (pb_str){NULL, 0});
    bool legacy = (exchange->model->traits & MODEL_LEGACY) != 0;
    if (legacy && kind == PB_KIND_COUNT_TOKENS)
        return pbs_fail(ctx, PB_ERR_UNSUPPORTED, (pb_str){NULL, 0},
                        "the vendor counts no tokens for models of /v1/complete; ask a newer one");
    return legacy ? anthropic_describe_legacy(ctx, exchange) : describe_messages(ctx, exchange);
}
