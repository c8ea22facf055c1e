/* SPDX-License-Identifier: Apache-2.0 */
/* Owns profiles: which file says what, keys that stand in them, and roles that they assume with
 * another profile's keys or a source of the environment. What would run a program or a browser is
 * refused. In ops of a KIND_CREDENTIAL exchange. */
#include "credentials.h"

#include "ini.h"

#define REREAD_MS INT64_C(600000) /* keys with a session token are renewed by somebody */

pb_str bedrock_profile_name(const Provider *provider)
{
    if (provider->profile[0] != '\0')
        return pbs_str(provider->profile);
    return provider->default_profile[0] != '\0' ? pbs_str(provider->default_profile)
                                                : PBS_STR("default");
}

static pb_str file(const pbs_ctx *ctx, const char *name)
{
    return ctx->api->secret(ctx->x, pbs_str(name));
}

/* In the config file all but the default are called "profile NAME"; that one may be. */
static bool get_config(pb_str config, pb_str name, const char *key, pb_str *value)
{
    return bedrock_ini_get(config, "profile", name, key, value) ||
           (pbs_is(name, "default") && bedrock_ini_get(config, "", name, key, value));
}

bool bedrock_profile_get(const pbs_ctx *ctx, pb_str name, const char *key, pb_str *value)
{
    return bedrock_ini_get(file(ctx, "credentials-file"), "", name, key, value) ||
           get_config(file(ctx, "config-file"), name, key, value);
}

bool bedrock_profile_exists(const pbs_ctx *ctx, pb_str name)
{
    static const char *const keys[] = {"aws_access_key_id", "role_arn", "credential_process",
                                       "sso_session", "sso_start_url"};
    pb_str value;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (bedrock_profile_get(ctx, name, keys[i], &value))
            return true;
    return false;
}

static bool keys_in(const pbs_ctx *ctx, pb_str name, bool config, pb_str *id, pb_str *secret,
                    pb_str *token)
{
    pb_str text = file(ctx, config ? "config-file" : "credentials-file");
    bool (*get)(pb_str, pb_str, const char *, pb_str *) = get_config;
    *token = (pb_str){NULL, 0};
    if (config) {
        get(text, name, "aws_session_token", token);
        return get(text, name, "aws_access_key_id", id) &&
               get(text, name, "aws_secret_access_key", secret) && id->len > 0;
    }
    bedrock_ini_get(text, "", name, "aws_session_token", token);
    return bedrock_ini_get(text, "", name, "aws_access_key_id", id) &&
           bedrock_ini_get(text, "", name, "aws_secret_access_key", secret) && id->len > 0;
}

bool bedrock_profile_keys(const pbs_ctx *ctx, pb_str name, pb_str *id, pb_str *secret,
                          pb_str *token)
{
    return keys_in(ctx, name, false, id, secret, token) ||
           keys_in(ctx, name, true, id, secret, token);
}

/* ---- Roles ---- */

static pb_next unusable_source(const pbs_ctx *ctx, pb_str name, const char *what)
{
    return bedrock_mint_fail(ctx, PB_ERR_CONFIG, "profile %.*s of ~/.aws/config %s",
                             (int)pbs_cut(name, 100).len, name.ptr, what);
}

static pb_str joined(const pbs_ctx *ctx, const char *head, pb_str tail)
{
    size_t n = strlen(head);
    char *text = ctx->api->alloc(ctx->x, n + tail.len);
    if (text == NULL)
        return (pb_str){NULL, 0};
    memcpy(text, head, n);
    memcpy(text + n, tail.ptr, tail.len);
    return (pb_str){text, n + tail.len};
}

static bool named_source(const pbs_ctx *ctx, pb_str name, pb_str source, Base *base)
{
    pb_str id, secret, token;
    if (pbs_eq(source, name) || bedrock_profile_keys(ctx, source, &id, &secret, &token))
        *base = (Base){BASE_PROFILE, bedrock_keep(ctx, source)};
    else
        *base = (Base){BASE_CREDENTIAL, joined(ctx, CREDENTIAL_PROFILE, source)};
    return base->name.len > 0;
}

static bool kind_of_source(pb_str source, Base *base)
{
    if (pbs_is(source, "Environment"))
        *base = (Base){BASE_SECRETS, {NULL, 0}};
    else if (pbs_is(source, "EcsContainer"))
        *base = (Base){BASE_CREDENTIAL, PBS_STR(CREDENTIAL_CONTAINER)};
    else if (pbs_is(source, "Ec2InstanceMetadata"))
        *base = (Base){BASE_CREDENTIAL, PBS_STR(CREDENTIAL_INSTANCE)};
    else
        return false;
    return true;
}

static pb_next assume(const pbs_ctx *ctx, Exchange *exchange, pb_str name, pb_str role)
{
    Assume what = {.role = role};
    pb_str source;
    bool known = true;
    if (bedrock_profile_get(ctx, name, "web_identity_token_file", &source))
        return unusable_source(ctx, name,
                               "names a web_identity_token_file, which is not read from there; set "
                               "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN instead");
    if (bedrock_profile_get(ctx, name, "source_profile", &source))
        known = named_source(ctx, name, source, &exchange->mint->base);
    else if (bedrock_profile_get(ctx, name, "credential_source", &source))
        known = kind_of_source(source, &exchange->mint->base);
    else
        known = false;
    if (!known)
        return unusable_source(
            ctx, name,
            "has a role_arn and neither a source_profile nor a credential_source "
            "that is known (Environment, EcsContainer, Ec2InstanceMetadata)");
    bedrock_profile_get(ctx, name, "external_id", &what.external_id);
    bedrock_profile_get(ctx, name, "role_session_name", &what.session);
    bedrock_profile_get(ctx, name, "duration_seconds", &what.duration);
    return bedrock_assume(ctx, exchange, &what);
}

/* ---- A profile ---- */

pb_next bedrock_profile(const pbs_ctx *ctx, Exchange *exchange, pb_str name)
{
    pb_str id, secret, token, value;
    if (bedrock_profile_get(ctx, name, "role_arn", &value))
        return assume(ctx, exchange, name, value);
    if (bedrock_profile_keys(ctx, name, &id, &secret, &token))
        return bedrock_put(ctx, id, secret, token,
                           token.len > 0 ? ctx->api->now_ms(ctx->core) + REREAD_MS : 0);
    if (bedrock_profile_get(ctx, name, "credential_process", &value))
        return unusable_source(ctx, name,
                               "uses credential_process, and no program is run for keys; run it "
                               "yourself and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
                               "AWS_SESSION_TOKEN, or use a Bedrock API key");
    if (bedrock_profile_get(ctx, name, "sso_session", &value) ||
        bedrock_profile_get(ctx, name, "sso_start_url", &value))
        return unusable_source(ctx, name,
                               "uses single sign-on, which is not supported; run 'aws configure "
                               "export-credentials --format env' and set what it prints, or use a "
                               "Bedrock API key");
    return unusable_source(ctx, name,
                           "and of ~/.aws/credentials is not there or holds no keys; check the "
                           "name, and AWS_PROFILE");
}
