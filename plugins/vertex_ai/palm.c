/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the first generation of models: chat-bison with messages, text-bison with a prompt, both by
 * :predict and in one piece, also where a stream was asked for. Tools and images have no form
 * there. In ops. Source: Google's reference pages "PaLM 2 for Chat" and "PaLM 2 for Text". */
#include "vertex_ai.h"

#include "lib/error.h"
#include "lib/params.h"
#include "lib/prompt.h"
#include "lib/turns.h"

#define TEXT_MAX ((size_t)16 * 1024 * 1024)

static const char *const handled[] = {
    "model", "messages", "prompt", "max_tokens", "max_completion_tokens", "temperature", "top_p",
    "top_k", "n",        "stop",   "stream",     "stream_options",        "examples",    NULL};
static const char *const none[] = {NULL};

static const pbs_param left_out[] = {
    {"tools", PB_NOTE_UNMET, "[]", "this model calls no tools"},
    {"tool_choice", PB_NOTE_DROPPED, "\"none\"", "this model calls no tools"},
    {"parallel_tool_calls", PB_NOTE_DROPPED, NULL, "this model calls no tools"},
    {"response_format", PB_NOTE_UNMET, "{\"type\":\"text\"}", "this model writes text only"},
    {"logprobs", PB_NOTE_UNMET, "false", "this model tells no token probabilities here"},
    {"top_logprobs", PB_NOTE_UNMET, "0", "this model tells no token probabilities here"},
    {"logit_bias", PB_NOTE_UNMET, "{}", "this model takes no biases"},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", "this model writes text only"},
    {"audio", PB_NOTE_UNMET, NULL, "this model writes text only"},
    {"web_search_options", PB_NOTE_UNMET, NULL, "this model does not search"},
    {"best_of", PB_NOTE_UNMET, "1", "this model gives what n asks for"},
    {"echo", PB_NOTE_UNMET, "false", "this model does not repeat the prompt"},
    {"suffix", PB_NOTE_UNMET, "\"\"", "this model does not fill in the middle"},
    {NULL, 0, NULL, NULL},
};
static const pbs_params params = {.handled = handled, .passed = none, .refused = left_out};

static const pb_json *get(const pbs_ctx *ctx, const Exchange *exchange, const char *name)
{
    return pbs_get(ctx, exchange->asked->body, name);
}

/* ---- The instance ---- */

static void write_turn(const pbs_ctx *ctx, const Exchange *exchange, const pbs_turn *turn)
{
    const pb_json *messages = get(ctx, exchange, "messages");
    pbs_buf text;
    pbs_buf_init(&text, TEXT_MAX);
    for (size_t i = turn->from; i < turn->to; i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        const pb_json *content = pbs_get(ctx, message, "content");
        if (pbs_message_is_system(ctx, message))
            continue;
        if (pbs_message_is_result(ctx, message) || pbs_message_calls(ctx, message) != NULL)
            ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("messages"),
                           PBS_STR("this model reads no calls of tools"));
        if (text.len > 0)
            pbs_buf_add_char(&text, '\n');
        pbs_buf_add(&text, ctx->api->json_str(content));
        for (size_t j = 0;
             pbs_is_type(ctx, content, PB_JSON_ARRAY) && j < ctx->api->json_len(content); j++) {
            const pb_json *part = ctx->api->json_at(content, j, NULL);
            if (pbs_is(pbs_get_str(ctx, part, "type"), "text"))
                pbs_buf_add(&text, pbs_get_str(ctx, part, "text"));
            else
                ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("messages"),
                               PBS_STR("this model reads text only"));
        }
    }
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "author", turn->role == PBS_TURN_USER ? PBS_STR("user") : PBS_STR("bot"));
    pbs_w_str(ctx, "content", text.len > 0 ? pbs_buf_str(&text) : PBS_STR("."));
    pbs_w_end(ctx);
    pbs_buf_free(&text);
}

static void write_dot(const pbs_ctx *ctx)
{
    ctx->api->note(ctx->x, PB_NOTE_EMULATED, PBS_STR("messages"),
                   PBS_STR("this model wants turns that begin and end with the user"));
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "author", PBS_STR("user"));
    pbs_w_str(ctx, "content", PBS_STR("."));
    pbs_w_end(ctx);
}

/* Turns alternate; the user has the first and the last. */
static void write_messages(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *messages = get(ctx, exchange, "messages");
    pbs_turn turn = {PBS_TURN_NONE, 0, 0};
    pbs_turn_role last = PBS_TURN_NONE;
    pbs_w_array(ctx, "messages");
    while (pbs_turn_next(ctx, messages, &turn)) {
        if (last == PBS_TURN_NONE && turn.role == PBS_TURN_ASSISTANT)
            write_dot(ctx);
        write_turn(ctx, exchange, &turn);
        last = turn.role;
    }
    if (last != PBS_TURN_USER)
        write_dot(ctx);
    pbs_w_end(ctx);
}

static void write_chat(const pbs_ctx *ctx, const Exchange *exchange)
{
    bool code = pbs_has_prefix(exchange->route.model, PBS_STR("code"));
    const pb_json *messages = get(ctx, exchange, "messages");
    pbs_buf system;
    pbs_buf_init(&system, TEXT_MAX);
    pbs_prompt_system(ctx, messages, &system);
    if (system.len > 0 && code)
        ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("messages"),
                       PBS_STR("this model takes no system prompt"));
    else if (system.len > 0)
        pbs_w_str(ctx, "context", pbs_buf_str(&system));
    pbs_buf_free(&system);
    if (pbs_has(ctx, exchange->asked->body, "examples"))
        pbs_w_value(ctx, "examples", get(ctx, exchange, "examples"));
    write_messages(ctx, exchange);
}

static void write_prompt(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pbs_prompt roles = {.form = PBS_PROMPT_ROLES};
    const pb_json *prompt = get(ctx, exchange, "prompt");
    pbs_buf text;
    pbs_buf_init(&text, TEXT_MAX);
    if (pbs_is_type(ctx, prompt, PB_JSON_ARRAY) && ctx->api->json_len(prompt) == 1)
        prompt = ctx->api->json_at(prompt, 0, NULL);
    if (exchange->asked->kind == PB_KIND_CHAT)
        pbs_prompt_write(ctx, &roles, get(ctx, exchange, "messages"), &text);
    else if (pbs_is_type(ctx, prompt, PB_JSON_STRING))
        pbs_buf_add(&text, ctx->api->json_str(prompt));
    else
        ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("prompt"),
                       PBS_STR("one prompt, as text, is what this model takes"));
    if (exchange->asked->kind == PB_KIND_CHAT)
        ctx->api->note(ctx->x, PB_NOTE_EMULATED, PBS_STR("messages"),
                       PBS_STR("this model takes a prompt: the conversation is written out"));
    pbs_w_str(ctx, "prompt", pbs_buf_str(&text));
    pbs_buf_free(&text);
}

/* ---- The parameters ---- */

static void write_renamed(const pbs_ctx *ctx, const Exchange *exchange, const char *from,
                          const char *to)
{
    if (pbs_has(ctx, exchange->asked->body, from))
        pbs_w_value(ctx, to, get(ctx, exchange, from));
}

static void write_stop(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *stop = get(ctx, exchange, "stop");
    if (pbs_is_type(ctx, stop, PB_JSON_NULL))
        return;
    if (pbs_is_type(ctx, stop, PB_JSON_ARRAY)) {
        pbs_w_value(ctx, "stopSequences", stop);
        return;
    }
    pbs_w_array(ctx, "stopSequences");
    ctx->api->w_value(ctx->x, stop);
    pbs_w_end(ctx);
}

static int64_t max_tokens(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->asked->body;
    return pbs_get_int(ctx, body, "max_completion_tokens", pbs_get_int(ctx, body, "max_tokens", 0));
}

static void write_parameters(const pbs_ctx *ctx, const Exchange *exchange)
{
    int64_t most = max_tokens(ctx, exchange);
    const pb_json *temperature = get(ctx, exchange, "temperature");
    pbs_w_object(ctx, "parameters");
    if (ctx->api->json_real(temperature, 0) > 1) {
        ctx->api->note(ctx->x, PB_NOTE_CLAMPED, PBS_STR("temperature"),
                       PBS_STR("this model's highest is 1"));
        pbs_w_int(ctx, "temperature", 1);
    } else {
        write_renamed(ctx, exchange, "temperature", "temperature");
    }
    if (most > 0)
        pbs_w_int(ctx, "maxOutputTokens", most);
    write_renamed(ctx, exchange, "top_p", "topP");
    write_renamed(ctx, exchange, "top_k", "topK");
    write_renamed(ctx, exchange, "n", "candidateCount");
    write_stop(ctx, exchange);
    pbs_w_end(ctx);
}

void vertex_write_palm(const pbs_ctx *ctx, const Exchange *exchange)
{
    pbs_params_note(ctx, &params, exchange->asked->body);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "instances");
    pbs_w_object(ctx, NULL);
    if (exchange->route.api == API_PALM_CHAT && exchange->asked->kind == PB_KIND_CHAT)
        write_chat(ctx, exchange);
    else if (exchange->route.api == API_PALM_TEXT)
        write_prompt(ctx, exchange);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    write_parameters(ctx, exchange);
    pbs_w_end(ctx);
}

/* ---- The reply ---- */

static int64_t take_usage(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *counts = pbs_get(ctx, pbs_get(ctx, answer, "metadata"), "tokenMetadata");
    pb_event event = {.size = sizeof event, .kind = PB_EV_USAGE};
    event.tokens_in = pbs_get_int(ctx, pbs_get(ctx, counts, "inputTokenCount"), "totalTokens", -1);
    event.tokens_out =
        pbs_get_int(ctx, pbs_get(ctx, counts, "outputTokenCount"), "totalTokens", -1);
    event.known =
        (event.tokens_in >= 0 ? PB_USAGE_IN : 0u) | (event.tokens_out >= 0 ? PB_USAGE_OUT : 0u);
    int64_t out = event.tokens_out;
    if (event.tokens_in < 0)
        event.tokens_in = 0;
    if (event.tokens_out < 0)
        event.tokens_out = 0;
    if (event.known != 0)
        ctx->api->emit(ctx->x, &event);
    return out;
}

static void emit_answer(const pbs_ctx *ctx, uint32_t choice, pb_str text, const pb_json *safety,
                        bool cut)
{
    bool blocked = ctx->api->json_bool(pbs_get(ctx, safety, "blocked"), 0) != 0;
    pb_event said = {.size = sizeof said, .kind = PB_EV_TEXT, .choice = choice, .text = text};
    pb_event finish = {.size = sizeof finish,
                       .kind = PB_EV_FINISH,
                       .choice = choice,
                       .text = blocked ? PBS_STR("content_filter")
                               : cut   ? PBS_STR("length")
                                       : PBS_STR("stop"),
                       .name = blocked ? PBS_STR("blocked") : (pb_str){NULL, 0}};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &said);
    ctx->api->emit(ctx->x, &finish);
}

static pb_next no_text(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                    "the answer holds a prediction without text");
}

/* Why it ended is not told: an answer as long as allowed was cut. */
pb_next vertex_take_palm(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer)
{
    const pb_json *predictions = pbs_get(ctx, answer, "predictions");
    const pb_json *first = ctx->api->json_at(predictions, 0, NULL);
    bool chat = exchange->route.api == API_PALM_CHAT;
    const pb_json *list = chat ? pbs_get(ctx, first, "candidates") : predictions;
    int64_t most = max_tokens(ctx, exchange), out = take_usage(ctx, answer);
    size_t n = ctx->api->json_len(list);
    bool cut = n == 1 && most > 0 && out >= most;
    for (size_t i = 0; i < n; i++) {
        const pb_json *one = ctx->api->json_at(list, i, NULL);
        const pb_json *safety = pbs_get(ctx, chat ? first : one, "safetyAttributes");
        if (pbs_is_type(ctx, safety, PB_JSON_ARRAY))
            safety = ctx->api->json_at(safety, i, NULL);
        if (!pbs_is_type(ctx, pbs_get(ctx, one, "content"), PB_JSON_STRING))
            return no_text(ctx);
        emit_answer(ctx, (uint32_t)i, pbs_get_str(ctx, one, "content"), safety, cut);
    }
    if (n > 0)
        return PB_DONE;
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                    "the answer holds no prediction");
}
