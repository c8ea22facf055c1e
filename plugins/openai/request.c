/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the description of a request: URL, headers, body. The body is written member by member in
 * the order of the client; what needs no change goes out byte for byte. It must be repeatable:
 * after a repair it runs again. In ops. */
#include "exchange.h"

#include "lib/str.h"
#include "lib/url.h"

#define URL_MAX ((size_t)8192)

static const char *path_of(pb_kind kind)
{
    switch (kind) {
    case PB_KIND_CHAT:
        return "/chat/completions";
    case PB_KIND_COMPLETION:
        return "/completions";
    case PB_KIND_EMBEDDING:
        return "/embeddings";
    case PB_KIND_IMAGE:
        return "/images/generations";
    default:
        return "/models";
    }
}

static bool is_listing(pb_kind kind)
{
    return kind == PB_KIND_MODELS || kind == PB_KIND_PROBE;
}

static bool is_streamed(const Exchange *exchange)
{
    bool can =
        exchange->request->kind == PB_KIND_CHAT || exchange->request->kind == PB_KIND_COMPLETION;
    return can && (exchange->request->flags & PB_REQ_STREAM) != 0;
}

/* Does the base URL end in the path prefix already? */
static bool has_suffix(pb_str base, pb_str suffix)
{
    while (base.len > 0 && base.ptr[base.len - 1] == '/')
        base.len--;
    return suffix.len > 0 && base.len >= suffix.len &&
           pbs_eq(pbs_skip(base, base.len - suffix.len), suffix);
}

static bool make_url(const Exchange *exchange, pbs_buf *url)
{
    const Options *options = exchange->options;
    pb_kind kind = exchange->request->kind;
    if (is_listing(kind) && options->models_url.len > 0)
        return pbs_buf_add(url, options->models_url);
    pb_str prefix = options->path_prefix;
    if (has_suffix(options->base_url, prefix))
        prefix = (pb_str){NULL, 0};
    return pbs_url_join(url, options->base_url, prefix) && pbs_buf_add(url, pbs_str(path_of(kind)));
}

/* ---- The body ---- */

/* A prefix that the name already has, or whose first segment it has, is not put before it. */
static void write_model(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_str model = exchange->request->model, prefix = exchange->options->model_prefix;
    pb_str to = ctx->api->json_str(ctx->api->json_get(exchange->options->model_rename, model));
    const char *slash = prefix.len > 0 ? memchr(prefix.ptr, '/', prefix.len) : NULL;
    pb_str segment = {prefix.ptr, slash != NULL ? (size_t)(slash - prefix.ptr) + 1 : prefix.len};
    ctx->api->w_key(ctx->x, PBS_STR("model"));
    if (to.len > 0 || prefix.len == 0 || pbs_has_prefix(model, segment)) {
        ctx->api->w_str(ctx->x, to.len > 0 ? to : model);
        return;
    }
    pbs_buf name;
    pbs_buf_init(&name, URL_MAX);
    if (pbs_buf_add(&name, prefix) && pbs_buf_add(&name, model))
        ctx->api->w_str(ctx->x, pbs_buf_str(&name));
    else
        ctx->api->w_str(ctx->x, model);
    pbs_buf_free(&name);
}

static bool is_repaired(const Exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->n_repairs; i++)
        if (pbs_is(exchange->repairs[i].from, name))
            return true;
    return false;
}

/* The client's own stream_options with include_usage set, unless the vendor does not take it. */
static void write_stream(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_core_api *api = ctx->api;
    if (!is_streamed(exchange))
        return;
    api->w_key(ctx->x, PBS_STR("stream"));
    api->w_bool(ctx->x, 1);
    if (!exchange->options->stream_usage || is_repaired(exchange, "stream_options"))
        return;
    const pb_json *given = api->json_get(exchange->request->body, PBS_STR("stream_options"));
    const pb_json *value = NULL;
    pb_str key;
    api->w_key(ctx->x, PBS_STR("stream_options"));
    api->w_open(ctx->x, 1);
    for (size_t i = 0; (value = api->json_at(given, i, &key)) != NULL; i++) {
        if (pbs_is(key, "include_usage") || api->json_type(value) == PB_JSON_NULL)
            continue;
        api->w_key(ctx->x, key);
        api->w_value(ctx->x, value);
    }
    api->w_key(ctx->x, PBS_STR("include_usage"));
    api->w_bool(ctx->x, 1);
    api->w_close(ctx->x);
}

/* The members of the first levels only: deeper down lies the client's schema. */
static void write_without_nulls(const pbs_ctx *ctx, const pb_json *object, int levels)
{
    const pb_core_api *api = ctx->api;
    const pb_json *value = NULL;
    pb_str key;
    if (levels == 0 || api->json_type(object) != PB_JSON_OBJECT) {
        api->w_value(ctx->x, object);
        return;
    }
    api->w_open(ctx->x, 1);
    for (size_t i = 0; (value = api->json_at(object, i, &key)) != NULL; i++) {
        if (api->json_type(value) == PB_JSON_NULL)
            continue;
        api->w_key(ctx->x, key);
        write_without_nulls(ctx, value, pbs_is(key, "schema") ? 0 : levels - 1);
    }
    api->w_close(ctx->x);
}

/* {"type":"json_schema","schema":{...}}, as some clients write it, gets its envelope. */
static void write_response_format(const pbs_ctx *ctx, const pb_json *format)
{
    const pb_core_api *api = ctx->api;
    const pb_json *schema = api->json_get(format, PBS_STR("schema"));
    bool bare = pbs_is(api->json_str(api->json_get(format, PBS_STR("type"))), "json_schema") &&
                api->json_get(format, PBS_STR("json_schema")) == NULL && schema != NULL;
    if (!bare) {
        write_without_nulls(ctx, format, 2);
        return;
    }
    api->w_open(ctx->x, 1);
    api->w_key(ctx->x, PBS_STR("type"));
    api->w_str(ctx->x, PBS_STR("json_schema"));
    api->w_key(ctx->x, PBS_STR("json_schema"));
    api->w_open(ctx->x, 1);
    api->w_key(ctx->x, PBS_STR("name"));
    api->w_str(ctx->x, PBS_STR("response"));
    api->w_key(ctx->x, PBS_STR("schema"));
    api->w_value(ctx->x, schema);
    api->w_close(ctx->x);
    api->w_close(ctx->x);
}

static void write_value(const pbs_ctx *ctx, const Exchange *exchange, pb_str name,
                        const pb_json *value)
{
    const pb_core_api *api = ctx->api;
    bool text = api->json_type(value) == PB_JSON_STRING;
    bool listed = text && pbs_is(name, "stop") && exchange->options->stop_array;
    if (listed)
        api->w_open(ctx->x, 0);
    if (text) {
        pb_str given = api->json_str(value);
        pb_str word = openai_param_value(ctx, exchange, name, given);
        if (word.ptr != given.ptr && pbs_is(name, "service_tier"))
            openai_note(ctx, exchange, PB_NOTE_DROPPED, name, "this vendor has no such tier");
        if (word.ptr != given.ptr)
            api->w_str(ctx->x, word);
        else
            api->w_value(ctx->x, value);
    } else if (pbs_is(name, "response_format")) {
        write_response_format(ctx, value);
    } else {
        api->w_value(ctx->x, value);
    }
    if (listed)
        api->w_close(ctx->x);
}

/* reasoning_effort as vendors with a switch take it. */
static void write_thinking(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *effort)
{
    const pb_core_api *api = ctx->api;
    bool off = pbs_is(api->json_str(effort), "none");
    if (api->json_get(exchange->request->body, PBS_STR("thinking")) != NULL)
        return;
    openai_note(ctx, exchange, PB_NOTE_EMULATED, PBS_STR("reasoning_effort"),
                "this vendor knows thinking only as on or off");
    api->w_key(ctx->x, PBS_STR("thinking"));
    api->w_open(ctx->x, 1);
    api->w_key(ctx->x, PBS_STR("type"));
    api->w_str(ctx->x, off ? PBS_STR("disabled") : PBS_STR("enabled"));
    api->w_close(ctx->x);
}

/* A client's own thinking, without the budget that such vendors do not know. */
static void write_switch(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *thinking)
{
    const pb_core_api *api = ctx->api;
    const pb_json *type = api->json_get(thinking, PBS_STR("type"));
    api->w_key(ctx->x, PBS_STR("thinking"));
    if (api->json_type(type) != PB_JSON_STRING) {
        api->w_value(ctx->x, thinking);
        return;
    }
    if (api->json_len(thinking) > 1)
        openai_note(ctx, exchange, PB_NOTE_DROPPED, PBS_STR("thinking.budget_tokens"),
                    "this vendor knows thinking only as on or off");
    api->w_open(ctx->x, 1);
    api->w_key(ctx->x, PBS_STR("type"));
    api->w_value(ctx->x, type);
    api->w_close(ctx->x);
}

static bool is_ours(pb_str name)
{
    return pbs_is(name, "model") || pbs_is(name, "stream") || pbs_is(name, "stream_options") ||
           pbs_is(name, "patchbay");
}

static bool is_useless(const pbs_ctx *ctx, const Exchange *exchange, pb_str name)
{
    bool about_tools =
        pbs_is(name, "tools") || pbs_is(name, "tool_choice") || pbs_is(name, "parallel_tool_calls");
    const pb_json *tools = ctx->api->json_get(exchange->request->body, PBS_STR("tools"));
    if (about_tools && ctx->api->json_len(tools) > 0 && !openai_has_tools(ctx, exchange, tools))
        return true; /* none of those given can go, which was told */
    const pb_json *format = ctx->api->json_get(exchange->request->body, PBS_STR("response_format"));
    pb_str type = ctx->api->json_str(ctx->api->json_get(format, PBS_STR("type")));
    if (pbs_is(name, "response_format") && pbs_is(type, "text"))
        return true; /* text is what comes anyway, and some vendors do not know the word */
    bool image = exchange->request->kind == PB_KIND_IMAGE && exchange->options->families;
    if (!image || !pbs_is(name, "response_format") ||
        !openai_family_refuses_response_format(exchange->request->model))
        return false;
    if (!pbs_is(ctx->api->json_str(format), "b64_json"))
        openai_note(ctx, exchange, PB_NOTE_UNMET, name, "this model answers with b64_json only");
    return true;
}

static void write_member(const pbs_ctx *ctx, const Exchange *exchange, pb_str key,
                         const pb_json *value)
{
    bool chat = exchange->request->kind == PB_KIND_CHAT;
    if (is_ours(key))
        return;
    if (pbs_is(key, "messages") && chat) {
        ctx->api->w_key(ctx->x, key);
        openai_write_messages(ctx, exchange, value);
        return;
    }
    pb_str name = openai_param_name(ctx, exchange, key, value);
    if (name.len > 0 && pbs_is(key, "tools"))
        openai_note_tools(ctx, exchange, value);
    if (name.len == 0 || is_useless(ctx, exchange, key))
        return;
    if (pbs_is(key, "reasoning_effort") && exchange->options->effort_as_thinking) {
        write_thinking(ctx, exchange, value);
        return;
    }
    if (pbs_is(key, "thinking") && exchange->options->effort_as_thinking) {
        write_switch(ctx, exchange, value);
        return;
    }
    ctx->api->w_key(ctx->x, name);
    if (chat && pbs_is(key, "tools"))
        openai_write_tools(ctx, exchange, value);
    else if (chat && pbs_is(key, "tool_choice"))
        openai_write_tool_choice(ctx, exchange, value);
    else
        write_value(ctx, exchange, key, value);
}

static void write_body(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_core_api *api = ctx->api;
    const pb_json *value = NULL;
    pb_str key;
    api->w_open(ctx->x, 1);
    write_model(ctx, exchange);
    for (size_t i = 0; (value = api->json_at(exchange->request->body, i, &key)) != NULL; i++)
        write_member(ctx, exchange, key, value);
    write_stream(ctx, exchange);
    api->w_close(ctx->x);
}

/* A stream of partial images is another form of answer, which the canonical image answer does
 * not have. */
static void refuse_image_stream(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *asked = ctx->api->json_get(exchange->request->body, PBS_STR("stream"));
    bool streams = (exchange->request->flags & PB_REQ_STREAM) != 0 || ctx->api->json_bool(asked, 0);
    if (exchange->request->kind == PB_KIND_IMAGE && streams)
        openai_note(ctx, exchange, PB_NOTE_UNMET, PBS_STR("stream"),
                    "images come whole; leave stream out");
}

static void write_headers(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_core_api *api = ctx->api;
    const Options *options = exchange->options;
    if (!is_listing(exchange->request->kind))
        api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    api->http_header(ctx->x, PBS_STR("accept"),
                     is_streamed(exchange) ? PBS_STR("text/event-stream, application/json")
                                           : PBS_STR("application/json"));
    if (options->organization.len > 0)
        api->http_header(ctx->x, PBS_STR("openai-organization"), options->organization);
    if (options->project.len > 0)
        api->http_header(ctx->x, PBS_STR("openai-project"), options->project);
}

pb_next openai_describe(const pbs_ctx *ctx, Exchange *exchange)
{
    bool listing = is_listing(exchange->request->kind);
    if (exchange->request->kind == PB_KIND_EMBEDDING && !exchange->options->embeddings)
        return pbs_fail(ctx, PB_ERR_UNSUPPORTED, (pb_str){NULL, 0},
                        "this vendor offers no embeddings as numbers; ask another provider");
    uint32_t flags = listing ? PB_HTTP_IDEMPOTENT : is_streamed(exchange) ? PB_HTTP_STREAM : 0;
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    if (!make_url(exchange, &url)) {
        pbs_buf_free(&url);
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "the URL made of base-url is longer than 8192 bytes; shorten base-url");
    }
    ctx->api->http_begin(ctx->x, listing ? PBS_STR("GET") : PBS_STR("POST"), pbs_buf_str(&url),
                         flags);
    pbs_buf_free(&url);
    write_headers(ctx, exchange);
    if (!listing) {
        refuse_image_stream(ctx, exchange);
        write_body(ctx, exchange);
    }
    exchange->quiet = true;
    return PB_SEND;
}
