/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ops that take a reply: which dialect reads it, and the second try with a new token where
 * the first was refused. In ops. */
#include "vertex_ai.h"

#include "lib/error.h"

static bool is_words(const Exchange *exchange)
{
    pb_kind kind = exchange->asked->kind;
    return kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION || kind == PB_KIND_COUNT_TOKENS;
}

static bool is_claude(const Exchange *exchange)
{
    return is_words(exchange) && exchange->claude != NULL;
}

static bool is_gemini(const Exchange *exchange)
{
    return is_words(exchange) && exchange->gemini != NULL;
}

static bool is_well(const Exchange *exchange)
{
    return exchange->status >= 200 && exchange->status <= 299;
}

pb_next vertex_on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    exchange->status = status;
    if (exchange->asked->kind == PB_KIND_CREDENTIAL)
        return PB_READ;
    if (status == 401 && exchange->minted && !exchange->retried) {
        exchange->retried = true; /* the token may have been revoked: once more with a new one */
        ctx.api->credential_drop(x, PBS_STR(CREDENTIAL));
        return PB_SEND;
    }
    if (is_claude(exchange))
        return pbs_anthropic_on_head(&ctx, exchange->claude, status);
    if (is_gemini(exchange))
        return pbs_gemini_on_head(&ctx, exchange->gemini, status);
    if (exchange->has_openai)
        return pbs_openai_on_head(&ctx, &exchange->openai, status);
    return PB_READ;
}

/* A gateway says 429 with a status of its own. */
static int32_t status_of(const pbs_ctx *ctx, const Exchange *exchange, pb_str body)
{
    const pb_json *json =
        exchange->status >= 500 ? ctx->api->json_parse(ctx->x, pbs_trim(body), 0) : NULL;
    if (pbs_is_type(ctx, json, PB_JSON_ARRAY))
        json = ctx->api->json_at(json, 0, NULL);
    bool limit = pbs_get_int(ctx, pbs_get(ctx, json, "error"), "code", 0) == 429;
    return limit ? 429 : exchange->status;
}

static pb_next take_claude(const pbs_ctx *ctx, Exchange *exchange, pb_str bytes, bool end)
{
    pb_next next = 0;
    if (!is_well(exchange))
        next = pbs_anthropic_refused(ctx, exchange->claude, status_of(ctx, exchange, bytes), bytes);
    else if (end)
        next = pbs_anthropic_on_end(ctx, exchange->claude);
    else
        next = pbs_anthropic_on_body(ctx, exchange->claude, bytes);
    return next == PB_SEND ? vertex_describe(ctx, exchange) : next;
}

static pb_next take_whole(const pbs_ctx *ctx, const Exchange *exchange, pb_str body)
{
    const pb_json *answer = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    if (!is_well(exchange))
        return pbs_gemini_fail_body(ctx, exchange->status, body);
    if (!pbs_is_type(ctx, answer, PB_JSON_OBJECT))
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer is no JSON object; does base-url lead to this vendor's API?");
    if (pbs_error_is_in(ctx, answer))
        return pbs_gemini_fail_json(ctx, exchange->status, answer);
    switch (exchange->asked->kind) {
    case PB_KIND_PROBE:
        return PB_DONE;
    case PB_KIND_EMBEDDING:
        return vertex_take_embed(ctx, exchange, answer);
    case PB_KIND_IMAGE:
        return pbs_gemini_take_image(ctx, answer);
    default:
        return vertex_take_palm(ctx, exchange, answer);
    }
}

pb_next vertex_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (exchange->asked->kind == PB_KIND_CREDENTIAL)
        return vertex_take_credential(&ctx, exchange, bytes);
    if (is_claude(exchange))
        return take_claude(&ctx, exchange, bytes, false);
    if (is_gemini(exchange))
        return pbs_gemini_on_body(&ctx, exchange->gemini, bytes);
    if (exchange->has_openai)
        return pbs_openai_on_body(&ctx, &exchange->openai, bytes);
    return take_whole(&ctx, exchange, bytes);
}

pb_next vertex_on_end(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    Exchange *exchange = state;
    if (exchange->asked->kind == PB_KIND_CREDENTIAL)
        return vertex_take_credential(&ctx, exchange, (pb_str){NULL, 0});
    if (is_claude(exchange))
        return take_claude(&ctx, exchange, (pb_str){NULL, 0}, true);
    if (is_gemini(exchange))
        return pbs_gemini_on_end(&ctx, exchange->gemini);
    if (exchange->has_openai)
        return pbs_openai_on_end(&ctx, &exchange->openai);
    return take_whole(&ctx, exchange, (pb_str){NULL, 0});
}
