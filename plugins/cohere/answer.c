/* SPDX-License-Identifier: Apache-2.0 */
/* Owns whole answers of chats and prompts. In ops. */
#include "cohere.h"

pb_next cohere_take_answer(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    const pb_json *message = pbs_get(ctx, answer, "message");
    const pb_json *content = pbs_get(ctx, message, "content");
    const pb_json *calls = pbs_get(ctx, message, "tool_calls");
    bool usable = true;
    if (pbs_is_type(ctx, message, PB_JSON_STRING))
        return cohere_refused(ctx, exchange->status, ctx->api->json_text(answer));
    if (!pbs_is_type(ctx, message, PB_JSON_OBJECT))
        return cohere_unusable(ctx, "the answer holds no message; is base-url the Cohere API's?");
    cohere_emit_id(ctx, pbs_get_str(ctx, answer, "id"));
    cohere_emit_plan(ctx, exchange, pbs_get_str(ctx, message, "tool_plan"));
    for (size_t i = 0; pbs_is_type(ctx, content, PB_JSON_ARRAY) && i < ctx->api->json_len(content);
         i++)
        cohere_emit_content(ctx, exchange, ctx->api->json_at(content, i, NULL));
    for (size_t i = 0; usable && i < ctx->api->json_len(calls); i++) {
        const pb_json *call = ctx->api->json_at(calls, i, NULL);
        bool named = pbs_get_str(ctx, pbs_get(ctx, call, "function"), "name").len > 0;
        usable = named && cohere_emit_call(ctx, exchange, (int64_t)i, call);
    }
    if (!usable)
        return cohere_unusable(ctx, "the answer holds a tool call without the tool's name, or more "
                                    "than 128 calls");
    cohere_emit_citations(ctx, exchange, pbs_get(ctx, message, "citations"));
    cohere_emit_logprobs(ctx, exchange, pbs_get(ctx, answer, "logprobs"));
    return cohere_emit_end(ctx, pbs_get_str(ctx, answer, "finish_reason"),
                           pbs_get(ctx, answer, "usage"), (pb_str){NULL, 0});
}
