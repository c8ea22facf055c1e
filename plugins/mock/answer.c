/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the script of a chat or a completion: what each choice says, as segments that are told
 * later, with the limits of the request (max_tokens, stop, response_format) kept. In begin(). */
#include "mock.h"

#include "lib/error.h"

#define CHOICES_MAX 128

bool mock_add(const pbs_ctx *ctx, MockExchange *exchange, const MockSegment *segment)
{
    if (exchange->n_segments == exchange->capacity) {
        size_t capacity = exchange->capacity > 0 ? exchange->capacity * 2 : 16;
        MockSegment *grown = ctx->api->alloc(ctx->x, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        if (exchange->n_segments > 0)
            memcpy(grown, exchange->segments, exchange->n_segments * sizeof *grown);
        exchange->segments = grown;
        exchange->capacity = capacity;
    }
    exchange->segments[exchange->n_segments++] = *segment;
    return true;
}

/* ---- Limits ---- */

static pb_str stop_at(const pbs_ctx *ctx, const MockExchange *exchange, pb_str text)
{
    const pb_json *stop = pbs_get(ctx, exchange->request->body, "stop"), *one = stop;
    bool many = pbs_is_type(ctx, stop, PB_JSON_ARRAY);
    for (size_t i = 0; many ? (one = ctx->api->json_at(stop, i, NULL)) != NULL : i == 0; i++) {
        pb_str sequence = ctx->api->json_str(one);
        for (size_t at = 0; sequence.len > 0 && at + sequence.len <= text.len; at++)
            if (memcmp(text.ptr + at, sequence.ptr, sequence.len) == 0)
                text.len = at;
    }
    return text;
}

/* True: it was cut. */
static bool limit(const pbs_ctx *ctx, const MockExchange *exchange, pb_str *text)
{
    const pb_json *body = exchange->request->body;
    int64_t max = pbs_get_int(ctx, body, "max_tokens", INT64_MAX);
    max = pbs_get_int(ctx, body, "max_completion_tokens", max);
    size_t at = 0;
    for (int64_t n = 0; n < max && at < text->len; n++)
        at = mock_token_end(*text, at);
    bool cut = at < text->len;
    text->len = at;
    return cut;
}

/* ---- What is said ---- */

/* {"type":"json_object"} or a schema; without either the script may want JSON by itself. */
static bool as_json(const pbs_ctx *ctx, MockExchange *exchange, pb_str *text)
{
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    pb_str type = pbs_get_str(ctx, format, "type");
    const pb_json *schema = pbs_get(ctx, pbs_get(ctx, format, "json_schema"), "schema");
    bool asked = pbs_is(type, "json_object") || pbs_is(type, "json_schema");
    if ((!asked && !exchange->script.json) || exchange->script.text_wins)
        return false;
    ctx->api->w_begin(ctx->x);
    if (schema != NULL) {
        mock_sample_write(ctx, schema, *text);
    } else {
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "answer", *text);
        pbs_w_end(ctx);
    }
    *text = mock_keep(ctx, exchange, ctx->api->w_end(ctx->x));
    return true;
}

static bool add_text(const pbs_ctx *ctx, MockExchange *exchange, int32_t kind, uint32_t choice,
                     pb_str text)
{
    MockSegment segment = {.kind = kind, .choice = choice, .text = text};
    int64_t n = mock_token_count(text);
    exchange->tokens_out += n;
    if (kind == PB_EV_REASONING)
        exchange->reasoning_tokens += n;
    return text.len == 0 || mock_add(ctx, exchange, &segment);
}

static bool add_finish(const pbs_ctx *ctx, MockExchange *exchange, uint32_t choice, bool cut)
{
    MockSegment finish = {.kind = PB_EV_FINISH, .choice = choice};
    pb_str scripted = exchange->script.finish;
    finish.text = cut ? PBS_STR("length") : PBS_STR("stop");
    if (pbs_is(scripted, "length") || pbs_is(scripted, "content_filter"))
        finish.text = scripted;
    return mock_add(ctx, exchange, &finish);
}

static bool add_choice(const pbs_ctx *ctx, MockExchange *exchange, uint32_t choice, pb_str input)
{
    const MockScript *script = &exchange->script;
    bool chat = exchange->request->kind == PB_KIND_CHAT, cut = false;
    if (chat && !add_text(ctx, exchange, PB_EV_REASONING, choice, script->reasoning))
        return false;
    if (chat && mock_tools_wanted(ctx, exchange))
        return mock_tools_add(ctx, exchange, choice) && add_finish(ctx, exchange, choice, false);
    if (chat && script->refusal.len > 0)
        return add_text(ctx, exchange, PB_EV_REFUSAL, choice, script->refusal) &&
               add_finish(ctx, exchange, choice, false);
    pb_str text = mock_fill(ctx, exchange, script->text, input);
    if (!chat || !as_json(ctx, exchange, &text))
        text = stop_at(ctx, exchange, text);
    cut = limit(ctx, exchange, &text);
    return add_text(ctx, exchange, PB_EV_TEXT, choice, text) &&
           add_finish(ctx, exchange, choice, cut);
}

/* Each prompt of a completion gets n answers, in order. */
static bool add_choices(const pbs_ctx *ctx, MockExchange *exchange, uint32_t n)
{
    const pb_json *prompt = pbs_get(ctx, exchange->request->body, "prompt");
    bool many = pbs_is_type(ctx, prompt, PB_JSON_ARRAY) &&
                !pbs_is_type(ctx, ctx->api->json_at(prompt, 0, NULL), PB_JSON_INT);
    size_t prompts = many ? ctx->api->json_len(prompt) : 1;
    if (prompts == 0 || prompts > CHOICES_MAX / n)
        return false;
    pb_str input = {NULL, 0};
    if (exchange->request->kind == PB_KIND_CHAT)
        input = mock_input_last(ctx, exchange);
    for (uint32_t i = 0; i < (uint32_t)prompts * n; i++) {
        if (exchange->request->kind == PB_KIND_COMPLETION)
            input = ctx->api->json_str(many ? ctx->api->json_at(prompt, i / n, NULL) : prompt);
        if (!add_choice(ctx, exchange, i, input))
            return false;
    }
    return true;
}

bool mock_answer_prepare(const pbs_ctx *ctx, MockExchange *exchange)
{
    int64_t n = pbs_get_int(ctx, exchange->request->body, "n", 1);
    if (n < 1 || n > CHOICES_MAX) {
        pbs_fail(ctx, PB_ERR_INVALID, (pb_str){NULL, 0}, "n must be from 1 to 128");
        return false;
    }
    if (add_choices(ctx, exchange, (uint32_t)n) && !exchange->failed)
        return true;
    pbs_fail(ctx, PB_ERR_INVALID, (pb_str){NULL, 0},
             "more answers than 128, or more text than 16 MiB, were asked for at once");
    return false;
}
