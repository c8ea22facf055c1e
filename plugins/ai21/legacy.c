/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests of the older APIs: Jurassic's complete and chat, which have the model in the
 * URL and never stream, and embeddings. In begin(). */
#include "ai21.h"

#include "lib/embeddings.h"
#include "lib/jurassic.h"
#include "lib/params.h"
#include "lib/prompt.h"
#include "lib/url.h"

bool ai21_is_jurassic(pb_str model)
{
    return pbs_has_prefix(model, PBS_STR("j2-"));
}

/* ---- Parameters ---- */

static const char only_text[] = "these models answer in text only";

static const char *const handled[] = {"model",          "messages", "prompt",
                                      "stream",         "input",    "encoding_format",
                                      "stream_options", "type",     NULL};
static const char *const passed[] = {NULL};
static const pbs_param refused[] = {
    {"tools", PB_NOTE_UNMET, "[]", "Jurassic models call no tools"},
    {"tool_choice", PB_NOTE_UNMET, "\"auto\"", "Jurassic models call no tools"},
    {"parallel_tool_calls", PB_NOTE_DROPPED, "true", "Jurassic models call no tools"},
    {"response_format", PB_NOTE_UNMET, "{\"type\":\"text\"}", only_text},
    {"logprobs", PB_NOTE_UNMET, "false", "not told by this API"},
    {"top_logprobs", PB_NOTE_UNMET, "0", "not told by this API"},
    {"logit_bias", PB_NOTE_UNMET, "{}", "this API has other numbers of tokens: see logitBias"},
    {"audio", PB_NOTE_UNMET, NULL, only_text},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", only_text},
    {"web_search_options", PB_NOTE_UNMET, NULL, "these models do not search"},
    {"echo", PB_NOTE_UNMET, "false", "this API does not repeat the prompt"},
    {"suffix", PB_NOTE_UNMET, "\"\"", "this API goes on with a text, it does not fill in"},
    {"best_of", PB_NOTE_UNMET, "1", "ask for n answers"},
    {"dimensions", PB_NOTE_UNMET, NULL, "these vectors have the length their model has"},
    {NULL, 0, NULL, NULL},
};

static bool is_jurassic_param(pb_str name)
{
    for (size_t i = 0; pbs_jurassic_params[i] != NULL; i++)
        if (pbs_is(name, pbs_jurassic_params[i]))
            return true;
    return false;
}

static const pbs_params params = {
    .handled = handled, .passed = passed, .handles = is_jurassic_param, .refused = refused};

/* ---- Bodies ---- */

static bool write_chat(const pbs_ctx *ctx, const pb_json *body)
{
    const pb_json *messages = pbs_get(ctx, body, "messages");
    bool tools = false, parts = false;
    pbs_buf text;
    pbs_buf_init(&text, AI21_TEXT_MAX);
    bool fits = pbs_prompt_system(ctx, messages, &text);
    if (text.len > 0)
        pbs_w_str(ctx, "system", pbs_buf_str(&text));
    pbs_w_array(ctx, "messages");
    for (size_t i = 0; fits && i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        pb_str role = pbs_get_str(ctx, message, "role");
        if (pbs_is(role, "system") || pbs_is(role, "developer"))
            continue;
        const pb_json *content = pbs_get(ctx, message, "content"), *part = NULL;
        bool list = pbs_is_type(ctx, content, PB_JSON_ARRAY);
        for (size_t p = 0; list && (part = ctx->api->json_at(content, p, NULL)) != NULL; p++)
            parts = parts || !pbs_is(pbs_get_str(ctx, part, "type"), "text");
        tools = tools || pbs_is(role, "tool") || pbs_has(ctx, message, "tool_calls");
        pbs_buf_clear(&text);
        fits = ai21_add_content(ctx, content, &text);
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "text", pbs_buf_str(&text));
        pbs_w_str(ctx, "role", pbs_is(role, "assistant") ? role : PBS_STR("user"));
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_buf_free(&text);
    if (tools)
        ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("messages"),
                       PBS_STR("Jurassic models know neither tool calls nor their results"));
    if (parts)
        ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("messages"),
                       PBS_STR("this vendor's models read text only"));
    return fits;
}

static void write_prompt(const pbs_ctx *ctx, const pb_json *body)
{
    const pb_json *prompt = pbs_get(ctx, body, "prompt");
    if (pbs_is_type(ctx, prompt, PB_JSON_ARRAY) && ctx->api->json_len(prompt) == 1)
        prompt = ctx->api->json_at(prompt, 0, NULL);
    if (!pbs_is_type(ctx, prompt, PB_JSON_STRING))
        ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("prompt"),
                       PBS_STR("one prompt, as text, is what this API takes"));
    pbs_w_str(ctx, "prompt", ctx->api->json_str(prompt));
}

static void write_texts(const pbs_ctx *ctx, Ai21Exchange *exchange)
{
    const pb_json *body = exchange->openai.body, *input = pbs_get(ctx, body, "input");
    bool one = !pbs_is_type(ctx, input, PB_JSON_ARRAY);
    exchange->inputs = one ? 1 : ctx->api->json_len(input);
    if (one)
        pbs_w_array(ctx, "texts");
    else
        pbs_w_key(ctx, "texts");
    ctx->api->w_value(ctx->x, input);
    if (one)
        pbs_w_end(ctx);
    pb_str type = pbs_get_str(ctx, body, "type");
    pbs_w_str(ctx, "type", type.len > 0 ? type : PBS_STR("segment"));
}

/* ---- The request ---- */

static bool make_url(const Ai21Exchange *exchange, pbs_buf *url)
{
    pb_str base = exchange->openai.options->base_url;
    pb_kind kind = exchange->openai.request->kind;
    if (kind == PB_KIND_EMBEDDING)
        return pbs_url_join(url, base, PBS_STR("/embed"));
    return pbs_url_join(url, base, PBS_STR("/")) &&
           pbs_url_encode(url, exchange->openai.model, NULL) &&
           pbs_buf_add(url, kind == PB_KIND_CHAT ? PBS_STR("/chat") : PBS_STR("/complete"));
}

static bool begin_http(const pbs_ctx *ctx, const Ai21Exchange *exchange)
{
    pbs_buf url;
    pbs_buf_init(&url, PBS_OPENAI_URL_MAX);
    bool fits = make_url(exchange, &url);
    if (fits)
        ctx->api->http_begin(ctx->x, PBS_STR("POST"), pbs_buf_str(&url), 0);
    pbs_buf_free(&url);
    ctx->api->http_header(ctx->x, PBS_STR("content-type"), PBS_STR("application/json"));
    ctx->api->http_header(ctx->x, PBS_STR("accept"), PBS_STR("application/json"));
    return fits;
}

pb_next ai21_legacy_describe(const pbs_ctx *ctx, Ai21Exchange *exchange)
{
    const pb_json *body = exchange->openai.body;
    pb_kind kind = exchange->openai.request->kind;
    bool fits = true;
    if (kind == PB_KIND_EMBEDDING && !pbs_embedding_is_texts(ctx, pbs_get(ctx, body, "input")))
        return pbs_fail(ctx, PB_ERR_UNSUPPORTED, PBS_STR("unsupported_parameter"),
                        "input must be text: this API takes no numbers of tokens");
    if (!begin_http(ctx, exchange))
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "the URL made of base-url and the model is longer than 8192 bytes");
    pbs_params_note(ctx, &params, body);
    pbs_w_object(ctx, NULL);
    if (kind == PB_KIND_EMBEDDING)
        write_texts(ctx, exchange);
    else if (kind == PB_KIND_CHAT)
        fits = write_chat(ctx, body);
    else
        write_prompt(ctx, body);
    if (kind != PB_KIND_EMBEDDING)
        pbs_jurassic_write_params(ctx, body, true);
    pbs_w_end(ctx);
    return fits ? PB_SEND
                : pbs_fail(ctx, PB_ERR_INVALID, (pb_str){NULL, 0},
                           "a message is longer than 16 MiB");
}
