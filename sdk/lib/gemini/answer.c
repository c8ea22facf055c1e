/* SPDX-License-Identifier: MIT */
/* Owns one GenerateContentResponse, a whole answer or a piece of a stream: its candidates part by
 * part, what may repeat held back until the end. An error inside it ends the exchange. In ops. */
#include "lib/gemini/internal.h"

#include "lib/duration.h"
#include "lib/error.h"

#include <stdio.h>

static void emit_meta(const pbs_ctx *ctx, pbs_gemini *g, uint32_t bit, const char *name,
                      pb_str text)
{
    if ((g->metas & bit) != 0 || text.len == 0)
        return;
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_META, .name = pbs_str(name), .text = text};
    g->metas |= bit;
    ctx->api->emit(ctx->x, &event);
}

static void take_metas(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *response)
{
    int64_t created = pbs_rfc3339(pbs_get_str(ctx, response, "createTime"));
    char number[24];
    int n = snprintf(number, sizeof number, "%lld", (long long)(created / 1000));
    emit_meta(ctx, g, 1, "id", pbs_get_str(ctx, response, "responseId"));
    emit_meta(ctx, g, 2, "model", pbs_get_str(ctx, response, "modelVersion"));
    if (created > 0)
        emit_meta(ctx, g, 4, "created", (pb_str){number, (size_t)n});
}

/* The latest that is not empty counts. */
static void hold(const pbs_ctx *ctx, pbs_buf *held, const pb_json *value)
{
    bool text = pbs_is_type(ctx, value, PB_JSON_STRING);
    if (!text && ctx->api->json_len(value) == 0)
        return;
    pbs_buf_clear(held);
    pbs_buf_add(held, ctx->api->json_text(value));
}

static void take_finish(const pbs_ctx *ctx, pbs_gemini_choice *choice, const pb_json *candidate)
{
    pb_str native = pbs_cut(pbs_get_str(ctx, candidate, "finishReason"), sizeof choice->native - 1);
    hold(ctx, &choice->message, pbs_get(ctx, candidate, "finishMessage"));
    if (native.len == 0)
        return;
    memcpy(choice->native, native.ptr, native.len);
    choice->native[native.len] = '\0';
}

static pb_next take_candidate(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *candidate,
                              size_t position)
{
    int64_t index = pbs_get_int(ctx, candidate, "index", (int64_t)position);
    if (index < 0 || index >= (int64_t)PBS_GEMINI_CHOICES_MAX)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer numbers a candidate beyond 15");
    pbs_gemini_choice *choice = &g->choices[index];
    const pb_json *parts = pbs_get(ctx, pbs_get(ctx, candidate, "content"), "parts");
    choice->seen = true;
    for (size_t i = 0; i < ctx->api->json_len(parts); i++)
        pbs_gemini_take_part(ctx, g, (uint32_t)index, ctx->api->json_at(parts, i, NULL));
    pbs_gemini_emit_logprobs(ctx, (uint32_t)index, pbs_get(ctx, candidate, "logprobsResult"));
    hold(ctx, &choice->safety, pbs_get(ctx, candidate, "safetyRatings"));
    hold(ctx, &choice->citations, pbs_get(ctx, candidate, "citationMetadata"));
    hold(ctx, &choice->grounding, pbs_get(ctx, candidate, "groundingMetadata"));
    hold(ctx, &choice->url_context, pbs_get(ctx, candidate, "urlContextMetadata"));
    take_finish(ctx, choice, candidate);
    return 0;
}

static void take_feedback(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *response)
{
    const pb_json *feedback = pbs_get(ctx, response, "promptFeedback");
    pb_str reason = pbs_get_str(ctx, feedback, "blockReason");
    if (reason.len > 0 && !pbs_is(reason, "BLOCK_REASON_UNSPECIFIED"))
        hold(ctx, &g->blocked, feedback);
}

pb_next pbs_gemini_take(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *response)
{
    const pb_json *candidates = pbs_get(ctx, response, "candidates");
    pb_next result = 0;
    if (!pbs_is_type(ctx, response, PB_JSON_OBJECT))
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer is no JSON object; is base-url the Gemini API's?");
    if (pbs_error_is_in(ctx, response))
        return pbs_gemini_fail_json(ctx, g->status, response);
    take_metas(ctx, g, response);
    take_feedback(ctx, g, response);
    for (size_t i = 0; i < ctx->api->json_len(candidates) && result == 0; i++)
        result = take_candidate(ctx, g, ctx->api->json_at(candidates, i, NULL), i);
    pbs_gemini_take_usage(ctx, g, pbs_get(ctx, response, "usageMetadata"));
    return result;
}
