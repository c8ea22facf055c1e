/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the order in which AWS keys are looked for, and the ops of the exchange that mints them. In
 * ops of a KIND_CREDENTIAL exchange. Source: "Standardized credential providers", AWS SDKs. */
#include "credentials.h"

#include "lib/error.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- What the sources share ---- */

pb_next bedrock_mint_fail(const pbs_ctx *ctx, int32_t cls, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return pbs_fail(ctx, cls, (pb_str){NULL, 0}, text);
}

pb_next bedrock_put(const pbs_ctx *ctx, pb_str id, pb_str secret, pb_str token, int64_t expires_ms)
{
    const pb_core_api *api = ctx->api;
    api->credential_put(ctx->x, PBS_STR("access-key-id"), id, 0, expires_ms);
    api->credential_put(ctx->x, PBS_STR("secret-access-key"), secret, 0, expires_ms);
    if (token.len > 0)
        api->credential_put(ctx->x, PBS_STR("session-token"), token, 0, expires_ms);
    return PB_DONE;
}

pb_str bedrock_keep(const pbs_ctx *ctx, pb_str text)
{
    char *copy = text.len > 0 ? ctx->api->alloc(ctx->x, text.len) : NULL;
    if (copy == NULL)
        return (pb_str){NULL, 0};
    memcpy(copy, text.ptr, text.len);
    return (pb_str){copy, text.len};
}

static pb_str secret(const pbs_ctx *ctx, const char *name)
{
    return ctx->api->secret(ctx->x, pbs_str(name));
}

static bool has(const pbs_ctx *ctx, const char *name)
{
    return secret(ctx, name).len > 0;
}

/* ---- The region ---- */

static pb_next mint_region(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_str region, profile = bedrock_profile_name(exchange->provider);
    if (!bedrock_profile_get(ctx, profile, "region", &region) || region.len == 0)
        return bedrock_mint_fail(
            ctx, PB_ERR_CONFIG,
            "no AWS region is configured: set AWS_REGION, `region` in the provider's section, or "
            "region in profile %.*s of ~/.aws/config",
            (int)pbs_cut(profile, 100).len, profile.ptr);
    ctx->api->credential_put(ctx->x, PBS_STR("region"), region, PB_CRED_PUBLIC, 0);
    return PB_DONE;
}

/* ---- The order ---- */

static pb_next nothing_found(const pbs_ctx *ctx, pb_str profile)
{
    if (has(ctx, "credentials-file") || has(ctx, "config-file"))
        return bedrock_mint_fail(
            ctx, PB_ERR_CONFIG,
            "no AWS credentials were found: the files of ~/.aws hold no profile %.*s that says "
            "where keys come from (it begins with [%.*s], then aws_access_key_id = ...); check "
            "them and AWS_PROFILE, or set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or metadata = yes in the provider's section for the role of an "
            "EC2 instance",
            (int)pbs_cut(profile, 60).len, profile.ptr, (int)pbs_cut(profile, 60).len, profile.ptr);
    return bedrock_mint_fail(
        ctx, PB_ERR_CONFIG,
        "no AWS credentials were found: set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials, or metadata = yes in the "
        "provider's section for the role of an EC2 instance");
}

static pb_str web_role(const Provider *provider)
{
    return pbs_str(provider->web_role_arn[0] != '\0' ? provider->web_role_arn : provider->role_arn);
}

/* Not from a profile: keys that were given are signed with as they stand and never come here, but
 * to assume a role with. */
static pb_next find_keys(const pbs_ctx *ctx, Exchange *exchange)
{
    const Provider *provider = exchange->provider;
    pb_str profile = bedrock_profile_name(provider), role;
    if (provider->profile[0] != '\0')
        return bedrock_profile(ctx, exchange, profile);
    if (has(ctx, "access-key-id") && has(ctx, "secret-access-key"))
        return bedrock_put(ctx, secret(ctx, "access-key-id"), secret(ctx, "secret-access-key"),
                           secret(ctx, "session-token"), 0);
    bool assumes = bedrock_profile_get(ctx, profile, "role_arn", &role);
    if (!assumes && has(ctx, "web-identity-token"))
        return bedrock_assume_web(ctx, exchange, web_role(provider));
    if (bedrock_profile_exists(ctx, profile))
        return bedrock_profile(ctx, exchange, profile);
    if (provider->default_profile[0] != '\0')
        return bedrock_profile(ctx, exchange, profile);
    if (provider->container_path[0] != '\0' || provider->container_url[0] != '\0')
        return bedrock_container(ctx, exchange);
    return provider->metadata ? bedrock_instance(ctx, exchange) : nothing_found(ctx, profile);
}

/* A role of the configuration is assumed with whatever else there is; web identity is one step. */
static pb_next find_aws(const pbs_ctx *ctx, Exchange *exchange)
{
    const Provider *provider = exchange->provider;
    bool web = has(ctx, "web-identity-token") && provider->profile[0] == '\0' &&
               !has(ctx, "access-key-id") && provider->web_role_arn[0] == '\0';
    if (provider->role_arn[0] == '\0' || web)
        return find_keys(ctx, exchange);
    const Assume assume = {.role = pbs_str(provider->role_arn),
                           .session = pbs_str(provider->role_session),
                           .external_id = pbs_str(provider->external_id)};
    exchange->mint->base = (Base){BASE_CREDENTIAL, PBS_STR(CREDENTIAL_SOURCE)};
    return bedrock_assume(ctx, exchange, &assume);
}

pb_next bedrock_mint(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_str name = exchange->request->model, profile = PBS_STR(CREDENTIAL_PROFILE);
    if (exchange->mint == NULL)
        exchange->mint = ctx->api->alloc(ctx->x, sizeof *exchange->mint);
    if (exchange->mint == NULL)
        return PB_FAIL;
    exchange->model = (Model){.route = ROUTE_FREE};
    if (pbs_is(name, CREDENTIAL_REGION))
        return mint_region(ctx, exchange);
    if (pbs_is(name, CREDENTIAL_CONTAINER))
        return bedrock_container(ctx, exchange);
    if (pbs_is(name, CREDENTIAL_INSTANCE))
        return bedrock_instance(ctx, exchange);
    if (pbs_has_prefix(name, profile))
        return bedrock_profile(ctx, exchange, pbs_skip(name, profile.len));
    return pbs_is(name, CREDENTIAL_AWS) ? find_aws(ctx, exchange) : find_keys(ctx, exchange);
}

pb_next bedrock_mint_sign(const pbs_ctx *ctx, Exchange *exchange, int64_t now_ms)
{
    Step step = exchange->mint->step;
    return step == STEP_ROLE || step == STEP_WEB ? bedrock_sts_sign(ctx, exchange, now_ms)
                                                 : bedrock_metadata_sign(ctx, exchange);
}

pb_next bedrock_mint_reply(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    Step step = exchange->mint->step;
    return step == STEP_ROLE || step == STEP_WEB ? bedrock_sts_reply(ctx, exchange, body)
                                                 : bedrock_metadata_reply(ctx, exchange, body);
}
