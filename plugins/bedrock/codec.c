/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the choice of the codec: by what is asked, by what the head of the model's name says, and by
 * the family of the model. Converse is the rule; models that take a text prompt go by InvokeModel.
 * In ops of the exchange. */
#include "converse.h"
#include "embed.h"
#include "invoke.h"

static const BedrockCodec *choose_converse(const pbs_ctx *ctx, Exchange *exchange,
                                           const Family *family)
{
    Converse *converse = ctx->api->alloc(ctx->x, sizeof *converse);
    if (converse == NULL)
        return NULL;
    converse->family = family;
    exchange->codec_state = converse;
    exchange->api = API_CONVERSE;
    return exchange->request->kind == PB_KIND_COUNT_TOKENS ? &converse_count_codec
                                                           : &converse_codec;
}

static const BedrockCodec *choose_invoke(const pbs_ctx *ctx, Exchange *exchange,
                                         const Family *family)
{
    Invoke *invoke = ctx->api->alloc(ctx->x, sizeof *invoke);
    if (invoke == NULL)
        return NULL;
    exchange->api = API_INVOKE;
    if (invoke_start(exchange, invoke, family))
        return family->body == BODY_JURASSIC ? &invoke_whole_codec : &invoke_codec;
    bedrock_unsupported(ctx, "model",
                        "the body that InvokeModel takes for this model is not known; leave "
                        "invoke/ out and it goes by Converse");
    return NULL;
}

/* A prompt goes as it stands to a model that takes prompts. */
static bool takes_prompts(const Family *family)
{
    return family->body != BODY_NONE && family->body != BODY_JAMBA &&
           (family->body != BODY_CLAUDE || (family->traits & FAMILY_LEGACY) != 0);
}

const BedrockCodec *bedrock_codec(const pbs_ctx *ctx, Exchange *exchange)
{
    const Family *family = bedrock_family(&exchange->model);
    bool invoke = exchange->model.route == ROUTE_INVOKE;
    switch (exchange->request->kind) {
    case PB_KIND_CHAT:
        if (exchange->model.route == ROUTE_FREE)
            invoke = (family->traits & FAMILY_LEGACY) != 0;
        break;
    case PB_KIND_COMPLETION:
        if (exchange->model.route == ROUTE_FREE)
            invoke = takes_prompts(family);
        break;
    case PB_KIND_COUNT_TOKENS:
        invoke = false;
        break;
    case PB_KIND_EMBEDDING:
        exchange->api = API_EMBED;
        return embed_codec(ctx, exchange);
    case PB_KIND_IMAGE:
        exchange->api = API_IMAGE;
        return image_codec(ctx, exchange);
    default:
        bedrock_unsupported(ctx, "model", "this service is not asked for that by this driver");
        return NULL;
    }
    return invoke ? choose_invoke(ctx, exchange, family) : choose_converse(ctx, exchange, family);
}
