/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the replies of the older APIs: one JSON text each, whatever was asked. In ops. */
#include "ai21.h"

#include "lib/embeddings.h"
#include "lib/jurassic.h"

static pb_next protocol_error(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

/* {"id","results":[{"embedding":[...]}]} */
static pb_next take_vectors(const pbs_ctx *ctx, const Ai21Exchange *exchange, const pb_json *answer)
{
    const pb_json *results = pbs_get(ctx, answer, "results");
    bool usable = ctx->api->json_len(results) == exchange->inputs;
    for (size_t i = 0; usable && i < exchange->inputs; i++) {
        const pb_json *result = ctx->api->json_at(results, i, NULL);
        usable = pbs_embedding_emit(ctx, (uint32_t)i, pbs_get(ctx, result, "embedding"));
    }
    return usable ? 0 : protocol_error(ctx, "the answer does not hold one vector for each input");
}

static pb_next refuse(const pbs_ctx *ctx, const Ai21Exchange *exchange, pb_str body)
{
    pbs_error error;
    pbs_openai_error_read(ctx, &exchange->openai, body, &error);
    return pbs_error_fail(ctx, exchange->openai.status, &error);
}

static bool is_good(const Ai21Exchange *exchange)
{
    return exchange->openai.status >= 200 && exchange->openai.status < 300;
}

pb_next ai21_legacy_on_body(const pbs_ctx *ctx, Ai21Exchange *exchange, pb_str bytes)
{
    pb_next taken = 0;
    if (!is_good(exchange))
        return refuse(ctx, exchange, bytes);
    const pb_json *answer = ctx->api->json_parse(ctx->x, pbs_trim(bytes), 0);
    exchange->taken = true;
    if (pbs_error_is_in(ctx, answer))
        return refuse(ctx, exchange, bytes);
    if (answer == NULL)
        return protocol_error(ctx, "the answer is not JSON; does base-url lead to AI21's API?");
    if (exchange->openai.request->kind == PB_KIND_EMBEDDING)
        taken = take_vectors(ctx, exchange, answer);
    else
        taken = pbs_jurassic_take(ctx, answer, exchange->openai.request->kind == PB_KIND_CHAT);
    return taken == PB_FAIL ? PB_FAIL : PB_READ;
}

pb_next ai21_legacy_on_end(const pbs_ctx *ctx, Ai21Exchange *exchange)
{
    if (!is_good(exchange))
        return refuse(ctx, exchange, (pb_str){NULL, 0});
    return exchange->taken ? PB_DONE : protocol_error(ctx, "the answer is empty");
}
