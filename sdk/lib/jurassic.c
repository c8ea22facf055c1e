/* SPDX-License-Identifier: MIT */
/* Owns the body and the answer of Jurassic-2. Source: AI21's reference of the legacy Complete API
 * and the page of the Jurassic models in the Bedrock user guide. It runs in ops of the exchange;
 * where the request goes and who signs it must not matter here. */
#include "lib/jurassic.h"

#include "lib/error.h"
#include "lib/json.h"

const char *const pbs_jurassic_params[] = {"n",
                                           "max_tokens",
                                           "max_completion_tokens",
                                           "temperature",
                                           "top_p",
                                           "stop",
                                           "presence_penalty",
                                           "frequency_penalty",
                                           "countPenalty",
                                           "minTokens",
                                           "topKReturn",
                                           "logitBias",
                                           NULL};

/* ---- The request ---- */

/* A penalty is an object around its number; one in the vendor's form stays. */
static void write_penalty(const pbs_ctx *ctx, const pb_json *body, const char *name,
                          const char *native)
{
    const pb_json *value = pbs_get(ctx, body, name), *own = pbs_get(ctx, body, native);
    if (pbs_is_type(ctx, own, PB_JSON_OBJECT)) {
        pbs_w_value(ctx, native, own);
    } else if (!pbs_is_type(ctx, value, PB_JSON_NULL)) {
        pbs_w_object(ctx, native);
        pbs_w_value(ctx, "scale", value);
        pbs_w_end(ctx);
    }
}

static void write_stop(const pbs_ctx *ctx, const pb_json *stop)
{
    bool text = pbs_is_type(ctx, stop, PB_JSON_STRING);
    if (!text && ctx->api->json_len(stop) == 0)
        return;
    if (!text) {
        pbs_w_value(ctx, "stopSequences", stop);
        return;
    }
    pbs_w_array(ctx, "stopSequences");
    ctx->api->w_value(ctx->x, stop);
    pbs_w_end(ctx);
}

static void write_renamed(const pbs_ctx *ctx, const pb_json *body, const char *from, const char *to)
{
    if (pbs_has(ctx, body, from))
        pbs_w_value(ctx, to, pbs_get(ctx, body, from));
}

void pbs_jurassic_write_params(const pbs_ctx *ctx, const pb_json *body, bool several)
{
    static const char *const own[] = {"minTokens", "topKReturn", "logitBias"};
    int64_t n = pbs_get_int(ctx, body, "n", 1);
    bool newer = pbs_has(ctx, body, "max_completion_tokens");
    if (several && n != 1)
        pbs_w_int(ctx, "numResults", n);
    else if (n != 1)
        ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("n"),
                       PBS_STR("one answer a request is what is given here"));
    write_renamed(ctx, body, newer ? "max_completion_tokens" : "max_tokens", "maxTokens");
    write_renamed(ctx, body, "temperature", "temperature");
    write_renamed(ctx, body, "top_p", "topP");
    write_stop(ctx, pbs_get(ctx, body, "stop"));
    write_penalty(ctx, body, "countPenalty", "countPenalty");
    write_penalty(ctx, body, "presence_penalty", "presencePenalty");
    write_penalty(ctx, body, "frequency_penalty", "frequencyPenalty");
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        write_renamed(ctx, body, own[i], own[i]);
}

/* ---- The answer ---- */

static pb_next not_an_answer(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                    "the answer holds no completions with a text and a reason why they ended");
}

/* A completion has data.text, an output of a chat has text. */
static bool take_one(const pbs_ctx *ctx, const pb_json *item, uint32_t choice, bool trim)
{
    const pb_json *data = pbs_get(ctx, item, "data");
    const pb_json *value = pbs_get(ctx, data != NULL ? data : item, "text");
    pb_str text = ctx->api->json_str(value);
    pb_str reason = pbs_get_str(ctx, pbs_get(ctx, item, "finishReason"), "reason");
    if (!pbs_is_type(ctx, value, PB_JSON_STRING) || reason.len == 0)
        return false;
    if (trim && text.len > 0 && text.ptr[0] == ' ')
        text = pbs_skip(text, 1);
    pb_event event = {.size = sizeof event, .kind = PB_EV_TEXT, .choice = choice, .text = text};
    if (text.len > 0)
        ctx->api->emit(ctx->x, &event);
    event.kind = PB_EV_FINISH;
    event.text = pbs_is(reason, "length") ? PBS_STR("length") : PBS_STR("stop");
    event.name = reason;
    ctx->api->emit(ctx->x, &event);
    return true;
}

/* The tokens are listed one by one, or not at all. */
static void take_usage(const pbs_ctx *ctx, const pb_json *answer, const pb_json *items)
{
    pb_event event = {.size = sizeof event, .kind = PB_EV_USAGE};
    size_t in = ctx->api->json_len(pbs_get(ctx, pbs_get(ctx, answer, "prompt"), "tokens")), out = 0;
    for (size_t i = 0; i < ctx->api->json_len(items); i++) {
        const pb_json *data = pbs_get(ctx, ctx->api->json_at(items, i, NULL), "data");
        out += ctx->api->json_len(pbs_get(ctx, data, "tokens"));
    }
    if (in == 0 && out == 0)
        return;
    event.known = PB_USAGE_IN | PB_USAGE_OUT;
    event.tokens_in = (int64_t)in;
    event.tokens_out = (int64_t)out;
    ctx->api->emit(ctx->x, &event);
}

/* A number or a text. */
static void take_id(const pbs_ctx *ctx, const pb_json *id)
{
    bool text = pbs_is_type(ctx, id, PB_JSON_STRING);
    pb_event event = {.size = sizeof event, .kind = PB_EV_META, .name = PBS_STR("id")};
    event.text = text ? ctx->api->json_str(id) : ctx->api->json_text(id);
    if (event.text.len > 0 && (text || pbs_is_type(ctx, id, PB_JSON_INT)))
        ctx->api->emit(ctx->x, &event);
}

pb_next pbs_jurassic_take(const pbs_ctx *ctx, const pb_json *answer, bool trim)
{
    const pb_json *items = pbs_get(ctx, answer, "completions");
    if (items == NULL)
        items = pbs_get(ctx, answer, "outputs");
    size_t n = ctx->api->json_len(items);
    if (!pbs_is_type(ctx, items, PB_JSON_ARRAY) || n == 0)
        return not_an_answer(ctx);
    take_id(ctx, pbs_get(ctx, answer, "id"));
    for (size_t i = 0; i < n; i++)
        if (!take_one(ctx, ctx->api->json_at(items, i, NULL), (uint32_t)i, trim))
            return not_an_answer(ctx);
    take_usage(ctx, answer, items);
    return 0;
}
