/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the choice of what signs a request: a Bedrock API key, keys that were given, or keys that
 * were minted. It runs before every send and keeps no secret. */
#include "bedrock.h"

#include "credentials.h"
#include "lib/bearer.h"
#include "lib/error.h"
#include "lib/sigv4.h"

static pb_str secret(const pbs_ctx *ctx, const char *name)
{
    return ctx->api->secret(ctx->x, pbs_str(name));
}

static pb_next no_keys(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                    "there are no AWS keys for this address; if base-url is right, put its origin "
                    "into `origins` of the provider's section");
}

static pb_next sign_minted(const pbs_ctx *ctx, Exchange *exchange, int64_t now_ms)
{
    const pb_core_api *api = ctx->api;
    const pb_str name = PBS_STR(CREDENTIAL_AWS);
    const pbs_sigv4_key key = {api->credential(ctx->x, name, PBS_STR("access-key-id")),
                               api->credential(ctx->x, name, PBS_STR("secret-access-key")),
                               api->credential(ctx->x, name, PBS_STR("session-token"))};
    exchange->minted = true;
    if (key.id.len > 0)
        return pbs_sigv4(ctx, &key, exchange->region, PBS_STR("bedrock"), now_ms);
    if (exchange->asked++ > 0 && !exchange->renewed)
        return no_keys(ctx);
    api->credential_need(ctx->x, name);
    return PB_NEED_CREDENTIAL;
}

pb_next bedrock_sign(void *prov, pb_xchg *x, void *state)
{
    pbs_ctx ctx = pbs_op(prov, x);
    const Provider *provider = prov;
    Exchange *exchange = state;
    int64_t now_ms = ctx.api->now_ms(ctx.core) + exchange->skew_ms;
    if (exchange->request->kind == PB_KIND_CREDENTIAL)
        return bedrock_mint_sign(&ctx, exchange, now_ms);
    if (secret(&ctx, "api-key").len > 0)
        return pbs_bearer(&ctx, "api-key");
    const pbs_sigv4_key key = {secret(&ctx, "access-key-id"), secret(&ctx, "secret-access-key"),
                               secret(&ctx, "session-token")};
    bool given = key.id.len > 0 && key.secret.len > 0;
    if (given && provider->role_arn[0] == '\0' && provider->profile[0] == '\0')
        return pbs_sigv4(&ctx, &key, exchange->region, PBS_STR("bedrock"), now_ms);
    return sign_minted(&ctx, exchange, now_ms);
}
