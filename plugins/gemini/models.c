/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of models, page by page. Names lose the vendor's models/ in front, so that they
 * can be asked for as they are listed. In ops. */
#include "gemini.h"

#include "lib/error.h"

static void emit_model(const pbs_ctx *ctx, const pb_json *model)
{
    pb_str name = pbs_get_str(ctx, model, "name");
    if (pbs_has_prefix(name, PBS_STR("models/")))
        name = pbs_skip(name, 7);
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_MODEL,
                      .id = name,
                      .name = pbs_get_str(ctx, model, "displayName"),
                      .text = ctx->api->json_text(model)};
    if (name.len > 0)
        ctx->api->emit(ctx->x, &event);
}

pb_next gemini_take_models(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer)
{
    const pb_json *models = pbs_get(ctx, answer, "models");
    pb_str page = pbs_get_str(ctx, answer, "nextPageToken");
    if (models != NULL && !pbs_is_type(ctx, models, PB_JSON_ARRAY))
        models = NULL;
    if (models == NULL && ctx->api->json_len(answer) > 0)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer to the request for models holds no list of models");
    for (size_t i = 0; i < ctx->api->json_len(models); i++)
        emit_model(ctx, ctx->api->json_at(models, i, NULL));
    if (page.len == 0 || ctx->api->json_len(models) == 0)
        return PB_DONE;
    return gemini_describe_models(ctx, exchange, page);
}
