/* SPDX-License-Identifier: MIT */
/* Owns the description of a request: URL, headers, body. The body is written member by member in
 * the order of the client; what needs no change goes out byte for byte. It must be repeatable:
 * after a repair it runs again. In ops. */
#include "lib/openai/parts.h"

#include "lib/str.h"
#include "lib/url.h"

pb_str pbs_openai_path(pb_kind kind)
{
    switch (kind) {
    case PB_KIND_CHAT:
        return PBS_STR("/chat/completions");
    case PB_KIND_COMPLETION:
        return PBS_STR("/completions");
    case PB_KIND_EMBEDDING:
        return PBS_STR("/embeddings");
    case PB_KIND_IMAGE:
        return PBS_STR("/images/generations");
    default:
        return PBS_STR("/models");
    }
}

static bool is_listing(pb_kind kind)
{
    return kind == PB_KIND_MODELS || kind == PB_KIND_PROBE;
}

/* Does the base URL end in the path prefix already? */
static bool has_suffix(pb_str base, pb_str suffix)
{
    while (base.len > 0 && base.ptr[base.len - 1] == '/')
        base.len--;
    return suffix.len > 0 && base.len >= suffix.len &&
           pbs_eq(pbs_skip(base, base.len - suffix.len), suffix);
}

bool pbs_openai_url(const pbs_openai *openai, pbs_buf *url)
{
    const pbs_openai_options *options = openai->options;
    pb_kind kind = openai->request->kind;
    if (is_listing(kind) && options->models_url.len > 0)
        return pbs_buf_add(url, options->models_url);
    pb_str prefix = options->path_prefix;
    if (has_suffix(options->base_url, prefix))
        prefix = (pb_str){NULL, 0};
    return pbs_url_join(url, options->base_url, prefix) && pbs_buf_add(url, pbs_openai_path(kind));
}

/* ---- The body ---- */

/* A prefix that the name already has, or whose first segment it has, is not put before it. */
static void write_model(const pbs_ctx *ctx, const pbs_openai *openai)
{
    pb_str model = openai->model, prefix = openai->options->model_prefix;
    pb_str to = pbs_openai_map_get(ctx->api, &openai->options->model_rename, model);
    const char *slash = prefix.len > 0 ? memchr(prefix.ptr, '/', prefix.len) : NULL;
    pb_str segment = {prefix.ptr, slash != NULL ? (size_t)(slash - prefix.ptr) + 1 : prefix.len};
    ctx->api->w_key(ctx->x, PBS_STR("model"));
    if (to.len > 0 || prefix.len == 0 || pbs_has_prefix(model, segment)) {
        ctx->api->w_str(ctx->x, to.len > 0 ? to : model);
        return;
    }
    pbs_buf name;
    pbs_buf_init(&name, PBS_OPENAI_URL_MAX);
    if (pbs_buf_add(&name, prefix) && pbs_buf_add(&name, model))
        ctx->api->w_str(ctx->x, pbs_buf_str(&name));
    else
        ctx->api->w_str(ctx->x, model);
    pbs_buf_free(&name);
}

static bool is_repaired(const pbs_openai *openai, const char *name)
{
    for (size_t i = 0; i < openai->n_repairs; i++)
        if (pbs_is(openai->repairs[i].from, name))
            return true;
    return false;
}

/* The client's own stream_options with include_usage set, unless the vendor does not take it. */
static void write_stream(const pbs_ctx *ctx, const pbs_openai *openai)
{
    const pb_core_api *api = ctx->api;
    if (!openai->stream)
        return;
    api->w_key(ctx->x, PBS_STR("stream"));
    api->w_bool(ctx->x, 1);
    if (!openai->options->stream_usage || is_repaired(openai, "stream_options"))
        return;
    const pb_json *given = api->json_get(openai->body, PBS_STR("stream_options"));
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

static void write_value(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name,
                        const pb_json *value)
{
    const pb_core_api *api = ctx->api;
    bool text = api->json_type(value) == PB_JSON_STRING;
    bool listed = text && pbs_is(name, "stop") && openai->options->stop_array;
    if (listed)
        api->w_open(ctx->x, 0);
    if (text) {
        pb_str given = api->json_str(value);
        pb_str word = pbs_openai_param_value(ctx, openai, name, given);
        if (word.ptr != given.ptr && pbs_is(name, "service_tier"))
            pbs_openai_note(ctx, openai, PB_NOTE_DROPPED, name, "this vendor has no such tier");
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
static void write_thinking(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *effort)
{
    const pb_core_api *api = ctx->api;
    bool off = pbs_is(api->json_str(effort), "none");
    if (api->json_get(openai->body, PBS_STR("thinking")) != NULL)
        return;
    pbs_openai_note(ctx, openai, PB_NOTE_EMULATED, PBS_STR("reasoning_effort"),
                    "this vendor knows thinking only as on or off");
    api->w_key(ctx->x, PBS_STR("thinking"));
    api->w_open(ctx->x, 1);
    api->w_key(ctx->x, PBS_STR("type"));
    api->w_str(ctx->x, off ? PBS_STR("disabled") : PBS_STR("enabled"));
    api->w_close(ctx->x);
}

/* A client's own thinking, without the budget that such vendors do not know. */
static void write_switch(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *thinking)
{
    const pb_core_api *api = ctx->api;
    const pb_json *type = api->json_get(thinking, PBS_STR("type"));
    api->w_key(ctx->x, PBS_STR("thinking"));
    if (api->json_type(type) != PB_JSON_STRING) {
        api->w_value(ctx->x, thinking);
        return;
    }
    if (api->json_len(thinking) > 1)
        pbs_openai_note(ctx, openai, PB_NOTE_DROPPED, PBS_STR("thinking.budget_tokens"),
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

static bool is_useless(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name)
{
    bool about_tools =
        pbs_is(name, "tools") || pbs_is(name, "tool_choice") || pbs_is(name, "parallel_tool_calls");
    const pb_json *tools = ctx->api->json_get(openai->body, PBS_STR("tools"));
    if (about_tools && ctx->api->json_len(tools) > 0 && !pbs_openai_has_tools(ctx, openai, tools))
        return true; /* none of those given can go, which was told */
    const pb_json *format = ctx->api->json_get(openai->body, PBS_STR("response_format"));
    pb_str type = ctx->api->json_str(ctx->api->json_get(format, PBS_STR("type")));
    if (pbs_is(name, "response_format") && pbs_is(type, "text"))
        return true; /* text is what comes anyway, and some vendors do not know the word */
    bool image = openai->request->kind == PB_KIND_IMAGE && openai->options->families;
    if (!image || !pbs_is(name, "response_format") ||
        !pbs_openai_family_refuses_response_format(openai->known_as))
        return false;
    if (!pbs_is(ctx->api->json_str(format), "b64_json"))
        pbs_openai_note(ctx, openai, PB_NOTE_UNMET, name, "this model answers with b64_json only");
    return true;
}

static void write_member(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key,
                         const pb_json *value)
{
    bool chat = openai->request->kind == PB_KIND_CHAT;
    const pbs_openai_hooks *hooks = openai->hooks;
    if (is_ours(key) ||
        (hooks != NULL && hooks->member != NULL && hooks->member(ctx, openai, key, value)))
        return;
    if (pbs_is(key, "messages") && chat) {
        ctx->api->w_key(ctx->x, key);
        pbs_openai_write_messages(ctx, openai, value);
        return;
    }
    pb_str name = pbs_openai_param_name(ctx, openai, key, value);
    if (name.len > 0 && pbs_is(key, "tools"))
        pbs_openai_note_tools(ctx, openai, value);
    if (name.len == 0 || is_useless(ctx, openai, key))
        return;
    if (pbs_is(key, "reasoning_effort") && openai->options->effort_as_thinking) {
        write_thinking(ctx, openai, value);
        return;
    }
    if (pbs_is(key, "thinking") && openai->options->effort_as_thinking) {
        write_switch(ctx, openai, value);
        return;
    }
    ctx->api->w_key(ctx->x, name);
    if (chat && pbs_is(key, "tools"))
        pbs_openai_write_tools(ctx, openai, value);
    else if (chat && pbs_is(key, "tool_choice"))
        pbs_openai_write_tool_choice(ctx, openai, value);
    else
        write_value(ctx, openai, key, value);
}

static void write_body(const pbs_ctx *ctx, const pbs_openai *openai)
{
    const pb_core_api *api = ctx->api;
    const pb_json *value = NULL;
    pb_str key;
    api->w_open(ctx->x, 1);
    if (openai->options->body_model)
        write_model(ctx, openai);
    for (size_t i = 0; (value = api->json_at(openai->body, i, &key)) != NULL; i++)
        write_member(ctx, openai, key, value);
    write_stream(ctx, openai);
    api->w_close(ctx->x);
}

/* A stream of partial images is another form of answer, which the canonical image answer does
 * not have. */
static void refuse_image_stream(const pbs_ctx *ctx, const pbs_openai *openai)
{
    const pb_json *asked = ctx->api->json_get(openai->body, PBS_STR("stream"));
    bool streams = (openai->request->flags & PB_REQ_STREAM) != 0 || ctx->api->json_bool(asked, 0);
    if (openai->request->kind == PB_KIND_IMAGE && streams)
        pbs_openai_note(ctx, openai, PB_NOTE_UNMET, PBS_STR("stream"),
                        "images come whole; leave stream out");
}

static void write_headers(const pbs_ctx *ctx, const pbs_openai *openai)
{
    const pb_core_api *api = ctx->api;
    const pbs_openai_options *options = openai->options;
    if (!is_listing(openai->request->kind))
        api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    api->http_header(ctx->x, PBS_STR("accept"),
                     openai->stream ? PBS_STR("text/event-stream, application/json")
                                    : PBS_STR("application/json"));
    if (options->organization.len > 0)
        api->http_header(ctx->x, PBS_STR("openai-organization"), options->organization);
    if (options->project.len > 0)
        api->http_header(ctx->x, PBS_STR("openai-project"), options->project);
    if (openai->hooks != NULL && openai->hooks->headers != NULL)
        openai->hooks->headers(ctx, openai);
}

static bool make_url(const pbs_ctx *ctx, const pbs_openai *openai, pbs_buf *url)
{
    return openai->hooks != NULL && openai->hooks->url != NULL
               ? openai->hooks->url(ctx, openai, url)
               : pbs_openai_url(openai, url);
}

pb_next pbs_openai_describe(const pbs_ctx *ctx, pbs_openai *openai)
{
    bool listing = is_listing(openai->request->kind);
    openai->family =
        openai->options->families ? pbs_openai_family_of(openai->known_as) : PBS_FAMILY_OTHER;
    openai->cache = pbs_openai_options_caches(ctx->api, openai->options, openai->known_as);
    if (openai->request->kind == PB_KIND_EMBEDDING && !openai->options->embeddings)
        return pbs_fail(ctx, PB_ERR_UNSUPPORTED, (pb_str){NULL, 0},
                        "this vendor offers no embeddings as numbers; ask another provider");
    uint32_t flags = listing ? PB_HTTP_IDEMPOTENT : openai->stream ? PB_HTTP_STREAM : 0;
    pbs_buf url;
    pbs_buf_init(&url, PBS_OPENAI_URL_MAX);
    if (!make_url(ctx, openai, &url)) {
        pbs_buf_free(&url);
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "the URL made of base-url is longer than 8192 bytes; shorten base-url");
    }
    ctx->api->http_begin(ctx->x, listing ? PBS_STR("GET") : PBS_STR("POST"), pbs_buf_str(&url),
                         flags);
    pbs_buf_free(&url);
    write_headers(ctx, openai);
    if (!listing) {
        refuse_image_stream(ctx, openai);
        write_body(ctx, openai);
    }
    openai->quiet = true;
    return PB_SEND;
}
