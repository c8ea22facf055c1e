/* SPDX-License-Identifier: Apache-2.0 */
/* AI21's Jamba by InvokeModel: OpenAI's shape without a model, with contents that are texts.
 * Source: AI21's reference of Jamba and its page in the Bedrock user guide. In ops of the
 * exchange. */
#include "invoke.h"

#include "lib/error.h"
#include "lib/params.h"
#include "lib/turns.h"

static const char *const handled[] = {"model",
                                      "messages",
                                      "prompt",
                                      "max_tokens",
                                      "max_completion_tokens",
                                      "stream",
                                      "stream_options",
                                      "temperature",
                                      "top_p",
                                      "stop",
                                      "tools",
                                      "tool_choice",
                                      "response_format",
                                      "service_tier",
                                      "metadata",
                                      "patchbay",
                                      "guardrailConfig",
                                      "performanceConfig",
                                      NULL};
static const char *const passed[] = {"n", "documents", NULL};

static const pbs_param left_out[] = {
    {"logprobs", PB_NOTE_UNMET, "false", "this model tells no token probabilities"},
    {"top_logprobs", PB_NOTE_UNMET, "0", "this model tells no token probabilities"},
    {"logit_bias", PB_NOTE_UNMET, "{}", "this model takes no biases"},
    {"audio", PB_NOTE_UNMET, NULL, "this model gives no audio"},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", "this model answers in text"},
    {"web_search_options", PB_NOTE_UNMET, NULL, "this model does not search the web"},
    {NULL, 0, NULL, NULL},
};

static const pbs_params params = {.handled = handled, .passed = passed, .refused = left_out};

/* ---- Messages ---- */

static void add_text(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *message,
                     pbs_buf *out)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    bool parts = pbs_is_type(ctx, content, PB_JSON_ARRAY);
    pbs_buf_add(out, ctx->api->json_str(content));
    for (size_t i = 0; parts && i < ctx->api->json_len(content); i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        pb_str type = pbs_get_str(ctx, part, "type");
        if (!pbs_is(type, "text"))
            bedrock_note(ctx, exchange, PB_NOTE_UNMET,
                         pbs_is(type, "image_url") ? "image_url" : "messages",
                         "this model reads text only");
        pbs_buf_add(out, pbs_get_str(ctx, part, "text"));
    }
}

static void write_message(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *message)
{
    const pb_json *calls = pbs_message_calls(ctx, message);
    pb_str role = pbs_get_str(ctx, message, "role");
    pbs_buf text;
    pbs_buf_init(&text, PROMPT_MAX);
    add_text(ctx, exchange, message, &text);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "role", pbs_is(role, "developer") ? PBS_STR("system") : role);
    pbs_w_str(ctx, "content", pbs_buf_str(&text));
    if (ctx->api->json_len(calls) > 0)
        pbs_w_value(ctx, "tool_calls", calls);
    if (pbs_message_is_result(ctx, message))
        pbs_w_value(ctx, "tool_call_id", pbs_get(ctx, message, "tool_call_id"));
    pbs_w_end(ctx);
    pbs_buf_free(&text);
}

static void write_messages(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body, *messages = pbs_get(ctx, body, "messages");
    pbs_w_array(ctx, "messages");
    for (size_t i = 0; i < ctx->api->json_len(messages); i++)
        write_message(ctx, exchange, ctx->api->json_at(messages, i, NULL));
    if (exchange->request->kind == PB_KIND_COMPLETION) {
        bedrock_note(ctx, exchange, PB_NOTE_EMULATED, "prompt",
                     "sent as the one turn of a conversation");
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "role", PBS_STR("user"));
        pbs_w_str(ctx, "content", pbs_get_str(ctx, body, "prompt"));
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
}

/* ---- The rest ---- */

static void write_tools(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body, *tools = pbs_get(ctx, body, "tools");
    const pb_json *choice = pbs_get(ctx, body, "tool_choice");
    pb_str word = ctx->api->json_str(choice);
    if (ctx->api->json_len(tools) == 0 || pbs_is(word, "none"))
        return;
    if (!pbs_is_type(ctx, choice, PB_JSON_NULL) && !pbs_is(word, "auto"))
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "tool_choice",
                     "this model decides itself whether it calls a tool");
    pbs_w_value(ctx, "tools", tools);
}

static void write_format(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    pb_str type = pbs_get_str(ctx, format, "type");
    if (pbs_is(type, "json_object"))
        pbs_w_value(ctx, "response_format", format);
    else if (type.len > 0 && !pbs_is(type, "text"))
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "response_format",
                     "this model has json_object, without a schema");
}

static pb_next describe(const pbs_ctx *ctx, Exchange *exchange)
{
    Invoke *invoke = invoke_of(exchange);
    int64_t max = bedrock_max_tokens(ctx, exchange);
    if (!invoke->has_chat)
        pbs_chat_init(&invoke->chat, exchange->request->kind == PB_KIND_COMPLETION);
    invoke->has_chat = true;
    if (!exchange->quiet)
        pbs_params_note(ctx, &params, exchange->request->body);
    invoke_write_headers(ctx, exchange);
    pbs_w_object(ctx, NULL);
    write_messages(ctx, exchange);
    if (max != 0)
        pbs_w_int(ctx, "max_tokens", max);
    bedrock_write_number(ctx, exchange, "temperature", "temperature", 2);
    bedrock_write_number(ctx, exchange, "top_p", "top_p", 1);
    bedrock_write_stop(ctx, exchange, "stop", NULL);
    write_tools(ctx, exchange);
    write_format(ctx, exchange);
    pbs_params_write(ctx, &params, exchange->request->body);
    pbs_w_end(ctx);
    return 0;
}

static pb_next take(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object, bool whole)
{
    Invoke *invoke = invoke_of(exchange);
    pb_next next = pbs_chat_take(ctx, &invoke->chat, object, whole, 200);
    if (next != 0)
        return next;
    invoke->counted = invoke->counted || pbs_has(ctx, object, "usage");
    if (!whole)
        return 0;
    pbs_chat_end(ctx, &invoke->chat);
    return PB_DONE;
}

static pb_next end(const pbs_ctx *ctx, Exchange *exchange)
{
    Invoke *invoke = invoke_of(exchange);
    pbs_chat_end(ctx, &invoke->chat);
    return pbs_chat_is_finished(&invoke->chat) ? PB_DONE : bedrock_truncated(ctx);
}

const Vendor invoke_jamba = {describe, take, end};
