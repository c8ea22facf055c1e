/* SPDX-License-Identifier: MIT */
/* Owns the decoding of model lists and image answers. An entry without a name is left out, never
 * invented. */
#include "lib/listing.h"

#include "lib/error.h"
#include "lib/str.h"
#include "lib/usage.h"

static pb_str get_str(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    return ctx->api->json_str(ctx->api->json_get(object, pbs_str(name)));
}

static const pb_json *list_in(const pbs_ctx *ctx, const pb_json *answer)
{
    if (ctx->api->json_type(answer) == PB_JSON_ARRAY)
        return answer;
    const pb_json *data = ctx->api->json_get(answer, PBS_STR("data"));
    if (ctx->api->json_type(data) != PB_JSON_ARRAY)
        data = ctx->api->json_get(answer, PBS_STR("models"));
    return ctx->api->json_type(data) == PB_JSON_ARRAY ? data : NULL;
}

pb_next pbs_models_take(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *list = list_in(ctx, answer);
    if (list == NULL)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer to the request for models holds no list of models");
    for (size_t i = 0; i < ctx->api->json_len(list); i++) {
        const pb_json *model = ctx->api->json_at(list, i, NULL);
        pb_str id = get_str(ctx, model, "id"), name = get_str(ctx, model, "name");
        pb_event event = {.size = sizeof event,
                          .kind = PB_EV_MODEL,
                          .id = id.len > 0 ? id : name,
                          .name = name,
                          .text = ctx->api->json_text(model)};
        if (event.id.len > 0)
            ctx->api->emit(ctx->x, &event);
    }
    return 0;
}

pb_next pbs_images_take(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *data = ctx->api->json_get(answer, PBS_STR("data"));
    const pb_json *first = ctx->api->json_at(data, 0, NULL);
    if (ctx->api->json_type(data) != PB_JSON_ARRAY ||
        (get_str(ctx, first, "url").len == 0 && get_str(ctx, first, "b64_json").len == 0))
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer holds no image, neither as url nor as b64_json");
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_JSON, .text = ctx->api->json_text(answer)};
    ctx->api->emit(ctx->x, &event);
    pbs_usage_emit(ctx, ctx->api->json_get(answer, PBS_STR("usage")));
    return 0;
}
