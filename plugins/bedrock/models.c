/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of models, which the control plane gives. In ops. Source: ListFoundationModels. */
#include "bedrock.h"

static void emit_model(const pbs_ctx *ctx, const pb_json *summary)
{
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_MODEL,
                      .id = pbs_get_str(ctx, summary, "modelId"),
                      .name = pbs_get_str(ctx, summary, "modelName"),
                      .text = ctx->api->json_text(summary)};
    if (event.id.len > 0)
        ctx->api->emit(ctx->x, &event);
}

pb_next bedrock_take_models(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer)
{
    const pb_json *list = pbs_get(ctx, answer, "modelSummaries");
    if (!pbs_is_type(ctx, list, PB_JSON_ARRAY))
        return bedrock_unusable(ctx, "the answer holds no list of models; is models-url right?");
    for (size_t i = 0; exchange->request->kind == PB_KIND_MODELS && i < ctx->api->json_len(list);
         i++)
        emit_model(ctx, ctx->api->json_at(list, i, NULL));
    return PB_DONE;
}
