/* SPDX-License-Identifier: MIT */
/* Owns the answers with images: Imagen's predictions, and candidates of a model that draws, as
 * one canonical answer. An answer without an image says why. In ops. */
#include "lib/gemini/internal.h"

#include "lib/error.h"

static void write_image(const pbs_ctx *ctx, pb_str data, pb_str prompt)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "b64_json", data);
    if (prompt.len > 0)
        pbs_w_str(ctx, "revised_prompt", prompt);
    pbs_w_end(ctx);
}

static size_t write_predictions(const pbs_ctx *ctx, const pb_json *list)
{
    size_t images = 0;
    for (size_t i = 0; i < ctx->api->json_len(list); i++) {
        const pb_json *prediction = ctx->api->json_at(list, i, NULL);
        pb_str data = pbs_get_str(ctx, prediction, "bytesBase64Encoded");
        if (data.len == 0)
            continue;
        write_image(ctx, data, pbs_get_str(ctx, prediction, "prompt"));
        images++;
    }
    return images;
}

static size_t write_parts(const pbs_ctx *ctx, const pb_json *candidate)
{
    const pb_json *parts = pbs_get(ctx, pbs_get(ctx, candidate, "content"), "parts");
    size_t images = 0;
    for (size_t i = 0; i < ctx->api->json_len(parts); i++) {
        const pb_json *part = ctx->api->json_at(parts, i, NULL);
        bool thought = ctx->api->json_bool(pbs_get(ctx, part, "thought"), 0) != 0;
        pb_str data = pbs_get_str(ctx, pbs_get(ctx, part, "inlineData"), "data");
        if (thought || data.len == 0)
            continue;
        write_image(ctx, data, (pb_str){NULL, 0});
        images++;
    }
    return images;
}

/* Why there is no image, in the vendor's words where it has some. */
static pb_next fail_none(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *prediction = ctx->api->json_at(pbs_get(ctx, answer, "predictions"), 0, NULL);
    const pb_json *candidate = ctx->api->json_at(pbs_get(ctx, answer, "candidates"), 0, NULL);
    pb_str why = pbs_get_str(ctx, prediction, "raiFilteredReason");
    pb_str reason = pbs_get_str(ctx, candidate, "finishReason");
    pb_str block = pbs_get_str(ctx, pbs_get(ctx, answer, "promptFeedback"), "blockReason");
    if (why.len == 0)
        why = pbs_get_str(ctx, candidate, "finishMessage");
    if (why.len == 0)
        why = block.len > 0 ? block : PBS_STR("the vendor gave no image");
    bool filtered = prediction != NULL || block.len > 0 ||
                    (reason.len > 0 && !pbs_is(reason, "STOP") && !pbs_is(reason, "NO_IMAGE"));
    pb_error error = {.size = sizeof error,
                      .cls = filtered ? PB_ERR_CONTENT_POLICY : PB_ERR_UPSTREAM,
                      .message = why};
    ctx->api->fail(ctx->x, &error);
    return PB_FAIL;
}

static void emit_usage(const pbs_ctx *ctx, const pb_json *usage)
{
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_USAGE,
                      .known = PB_USAGE_IN | PB_USAGE_OUT,
                      .tokens_in = pbs_get_int(ctx, usage, "promptTokenCount", -1),
                      .tokens_out = pbs_get_int(ctx, usage, "candidatesTokenCount", -1)};
    if (event.tokens_in >= 0 && event.tokens_out >= 0)
        ctx->api->emit(ctx->x, &event);
}

pb_next pbs_gemini_take_image(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *candidates = pbs_get(ctx, answer, "candidates");
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "data");
    size_t images = write_predictions(ctx, pbs_get(ctx, answer, "predictions"));
    for (size_t i = 0; i < ctx->api->json_len(candidates); i++)
        images += write_parts(ctx, ctx->api->json_at(candidates, i, NULL));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pb_event event = {.size = sizeof event, .kind = PB_EV_JSON, .text = ctx->api->w_end(ctx->x)};
    if (images == 0)
        return fail_none(ctx, answer);
    ctx->api->emit(ctx->x, &event);
    emit_usage(ctx, pbs_get(ctx, answer, "usageMetadata"));
    return PB_DONE;
}
