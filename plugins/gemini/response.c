/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ops that take a reply: conversations and refusals go to the dialect's codec, the other
 * kinds are one JSON object each. In ops. */
#include "gemini.h"

#include "lib/error.h"

static bool is_codecs(const Exchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    return kind == PB_KIND_CHAT || kind == PB_KIND_COUNT_TOKENS ||
           exchange->gemini.mode == PBS_GEMINI_ERROR;
}

static pb_next unusable(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

static pb_next take_whole(const pbs_ctx *ctx, const Exchange *exchange, pb_str body)
{
    const pb_json *answer = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    if (!pbs_is_type(ctx, answer, PB_JSON_OBJECT))
        return pbs_fail_unusable(ctx, "the answer is no JSON object", body,
                                 "; is base-url the Gemini API's?");
    if (pbs_error_is_in(ctx, answer))
        return pbs_gemini_fail_json(ctx, exchange->gemini.status, answer);
    switch (exchange->request->kind) {
    case PB_KIND_EMBEDDING:
        return pbs_gemini_take_embed(ctx, answer);
    case PB_KIND_IMAGE:
        return pbs_gemini_take_image(ctx, answer);
    case PB_KIND_MODELS:
        return gemini_take_models(ctx, exchange, answer);
    default:
        return PB_DONE; /* a probe */
    }
}

pb_next gemini_on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    return pbs_gemini_on_head(&ctx, &exchange->gemini, status);
}

pb_next gemini_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (is_codecs(exchange))
        return pbs_gemini_on_body(&ctx, &exchange->gemini, bytes);
    return take_whole(&ctx, exchange, bytes);
}

pb_next gemini_on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (is_codecs(exchange))
        return pbs_gemini_on_end(&ctx, &exchange->gemini);
    return unusable(&ctx, "the answer is empty");
}
