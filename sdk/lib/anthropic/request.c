/* SPDX-License-Identifier: MIT */
/* Owns the body of a request and the order of its members. It must be repeatable: after a repair
 * it is written again and tells nothing a second time. In ops. */
#include "lib/anthropic/dialect.h"

bool pbs_anthropic_is_streamed(const pbs_anthropic *exchange)
{
    pb_kind kind = exchange->request->kind;
    bool can = kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION;
    return can && (exchange->request->flags & PB_REQ_STREAM) != 0;
}

/* A prompt is a conversation of one turn. */
static void write_prompt(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *prompt = pbs_get(ctx, exchange->request->body, "prompt");
    if (pbs_is_type(ctx, prompt, PB_JSON_ARRAY) && ctx->api->json_len(prompt) == 1)
        prompt = ctx->api->json_at(prompt, 0, NULL);
    if (!pbs_is_type(ctx, prompt, PB_JSON_STRING))
        pbs_anthropic_note(ctx, exchange, PB_NOTE_UNMET, "prompt",
                           "one prompt, as text, is what this vendor takes");
    pbs_anthropic_note(ctx, exchange, PB_NOTE_EMULATED, "prompt",
                       "sent as the one turn of a conversation");
    pb_str text = ctx->api->json_str(prompt);
    pbs_w_array(ctx, "messages");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "role", PBS_STR("user"));
    pbs_w_str(ctx, "content", pbs_is_blank(text) ? PBS_STR(".") : text);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static void write_messages_body(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    bool counts = exchange->request->kind == PB_KIND_COUNT_TOKENS;
    exchange->breakpoints = pbs_has(ctx, exchange->request->body, "cache_control") ? 1 : 0;
    pbs_w_object(ctx, NULL);
    if (exchange->platform->version != NULL)
        pbs_w_str(ctx, "anthropic_version", pbs_str(exchange->platform->version));
    if (exchange->platform->model_in_body)
        pbs_w_str(ctx, "model", exchange->request->model);
    if (!counts)
        pbs_w_int(ctx, "max_tokens", exchange->max_tokens);
    if (exchange->request->kind == PB_KIND_COMPLETION) {
        write_prompt(ctx, exchange);
    } else {
        pbs_anthropic_write_tools(ctx, exchange);
        pbs_anthropic_write_tool_choice(ctx, exchange);
        pbs_anthropic_write_system(ctx, exchange);
        pbs_anthropic_write_messages(ctx, exchange);
    }
    pbs_anthropic_write_thinking(ctx, exchange);
    pbs_anthropic_write_output_config(ctx, exchange);
    if (!counts) {
        pbs_anthropic_write_sampling(ctx, exchange);
        pbs_anthropic_write_stop(ctx, exchange, "stop_sequences");
        pbs_anthropic_write_metadata(ctx, exchange);
        pbs_anthropic_write_params(ctx, exchange);
    }
    if (exchange->platform->stream_in_body && pbs_anthropic_is_streamed(exchange))
        pbs_w_bool(ctx, "stream", true);
    pbs_anthropic_write_beta_member(ctx, exchange);
    pbs_w_end(ctx);
}

void pbs_anthropic_write(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    if (pbs_anthropic_is_legacy(exchange)) {
        pbs_anthropic_note_params(ctx, exchange);
        pbs_anthropic_write_legacy(ctx, exchange);
        return;
    }
    pbs_anthropic_decide(ctx, exchange);
    pbs_anthropic_note_params(ctx, exchange);
    write_messages_body(ctx, exchange);
    if (!exchange->platform->beta_in_body)
        pbs_anthropic_write_betas(ctx, exchange);
}
