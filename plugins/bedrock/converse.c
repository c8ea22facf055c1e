/* SPDX-License-Identifier: Apache-2.0 */
/* The codec of Converse, ConverseStream and CountTokens: one form of conversation for all models.
 * It owns the order of the body and what is learned from a refusal; the members are written by the
 * files beside it. In ops of the exchange. */
#include "converse.h"

#include "lib/error.h"

/* A prompt is a conversation of one turn. */
static void write_prompt(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *prompt = pbs_get(ctx, exchange->request->body, "prompt");
    if (pbs_is_type(ctx, prompt, PB_JSON_ARRAY) && ctx->api->json_len(prompt) == 1)
        prompt = ctx->api->json_at(prompt, 0, NULL);
    if (!pbs_is_type(ctx, prompt, PB_JSON_STRING))
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "prompt",
                     "one prompt, as text, is what this vendor takes");
    bedrock_note(ctx, exchange, PB_NOTE_EMULATED, "prompt",
                 "sent as the one turn of a conversation");
    pb_str text = ctx->api->json_str(prompt);
    pbs_w_array(ctx, "messages");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "role", PBS_STR("user"));
    pbs_w_array(ctx, "content");
    converse_write_text(ctx, pbs_trim(text).len == 0 ? PBS_STR(".") : text);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static void start(Exchange *exchange)
{
    Converse *converse = converse_of(exchange);
    converse->marks = converse->documents = 0;
    converse->told_name = converse->told_detail = converse->told_cache = converse->told_thinking =
        false;
}

static pb_next describe_body(const pbs_ctx *ctx, Exchange *exchange)
{
    start(exchange);
    converse_decide(ctx, exchange);
    converse_note_params(ctx, exchange);
    pbs_w_object(ctx, NULL);
    if (exchange->request->kind == PB_KIND_COMPLETION) {
        write_prompt(ctx, exchange);
    } else {
        converse_write_system(ctx, exchange);
        converse_write_messages(ctx, exchange);
    }
    converse_write_params(ctx, exchange);
    if (exchange->request->kind != PB_KIND_COMPLETION)
        converse_write_tools(ctx, exchange);
    converse_write_output_config(ctx, exchange);
    converse_write_extra(ctx, exchange);
    pbs_w_end(ctx);
    return 0;
}

/* Members that this model does not take: the second try goes without. */
static bool repair(const pbs_ctx *ctx, Exchange *exchange, const Refusal *refusal)
{
    Converse *converse = converse_of(exchange);
    bool schema = pbs_find_nocase(refusal->message, "outputConfig") != PBS_NONE ||
                  pbs_find_nocase(refusal->message, "textFormat") != PBS_NONE ||
                  pbs_find_nocase(refusal->message, "output_config.format") != PBS_NONE;
    (void)ctx;
    if (refusal->status != 400)
        return false;
    if (schema && converse->format == CONVERSE_SCHEMA) {
        converse->no_schema = true;
        return true;
    }
    return false;
}

const BedrockCodec converse_codec = {
    .op_whole = "converse",
    .op_stream = "converse-stream",
    .describe_body = describe_body,
    .take_whole = converse_take_whole,
    .take_event = converse_take_event,
    .end = converse_end,
    .repair = repair,
    .clean = converse_blocks_free,
};

/* ---- CountTokens ---- */

static pb_next describe_count(const pbs_ctx *ctx, Exchange *exchange)
{
    start(exchange);
    converse_decide(ctx, exchange);
    converse_note_params(ctx, exchange);
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "input");
    pbs_w_object(ctx, "converse");
    converse_write_system(ctx, exchange);
    converse_write_messages(ctx, exchange);
    converse_write_tools(ctx, exchange);
    converse_write_extra(ctx, exchange);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    return 0;
}

static pb_next take_count(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    int64_t count = bedrock_count(ctx, answer, "inputTokens");
    (void)exchange;
    if (count < 0)
        return bedrock_unusable(ctx, "the answer holds no inputTokens");
    bedrock_emit_counts(ctx, count, -1);
    return PB_DONE;
}

const BedrockCodec converse_count_codec = {
    .op_whole = "count-tokens",
    .describe_body = describe_count,
    .take_whole = take_count,
};
