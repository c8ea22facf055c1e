/* SPDX-License-Identifier: Apache-2.0 */
/* Owns who asks: how a token is minted from a service account's key, a user's refresh token or the
 * machine's metadata server, and how a request is signed with it. Secrets live in the memory of a
 * mint, which the core wipes, and on the stack of sign(). In ops. */
#include "vertex_ai.h"

#include "lib/bearer.h"
#include "lib/error.h"
#include "lib/oauth.h"

#include <stdio.h>

#define TOKEN_URL "https://oauth2.googleapis.com/token"
#define WHOM      "Google"

static pb_next refuse(const pbs_ctx *ctx, const char *why)
{
    return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0}, why);
}

/* ---- Signing ---- */

static void set_quota_project(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_str name = pbs_str(exchange->provider->quota_project);
    if (name.len == 0 && exchange->minted)
        name = ctx->api->credential(ctx->x, PBS_STR(CREDENTIAL), PBS_STR(PART_QUOTA));
    if (name.len > 0)
        ctx->api->http_header(ctx->x, PBS_STR("x-goog-user-project"), name);
}

pb_next vertex_sign(const pbs_ctx *ctx, Exchange *exchange)
{
    if (exchange->provider->express) {
        pb_str key = ctx->api->secret(ctx->x, PBS_STR("api-key"));
        if (key.len > 0)
            ctx->api->http_header(ctx->x, PBS_STR("x-goog-api-key"), key);
        return PB_SEND;
    }
    exchange->minted = ctx->api->secret(ctx->x, PBS_STR("access-token")).len == 0;
    if (!exchange->minted) {
        set_quota_project(ctx, exchange);
        return pbs_bearer(ctx, "access-token");
    }
    pb_str token = ctx->api->credential(ctx->x, PBS_STR(CREDENTIAL), PBS_STR(PART_TOKEN));
    if (token.len == 0) {
        ctx->api->credential_need(ctx->x, PBS_STR(CREDENTIAL));
        return PB_NEED_CREDENTIAL;
    }
    set_quota_project(ctx, exchange);
    return pbs_bearer_key(ctx, token, "the access token");
}

/* ---- Minting ---- */

static void put_public(const pbs_ctx *ctx, const char *part, pb_str value)
{
    if (value.len > 0)
        ctx->api->credential_put(ctx->x, pbs_str(part), value, PB_CRED_PUBLIC, 0);
}

/* The option, else what the file says, else Google's own. */
static pb_str token_url(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *file)
{
    pb_str own = pbs_str(exchange->provider->token_url);
    pb_str said = pbs_get_str(ctx, file, "token_uri");
    return own.len > 0 ? own : said.len > 0 ? said : PBS_STR(TOKEN_URL);
}

static pb_next ask_for_account(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *file)
{
    pb_str assertion = vertex_assertion(ctx, file);
    if (assertion.len == 0)
        return PB_FAIL;
    pbs_oauth_begin(ctx, token_url(ctx, exchange, file));
    pbs_oauth_field(ctx, true, "grant_type",
                    PBS_STR("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    pbs_oauth_field(ctx, false, "assertion", assertion);
    return PB_SEND;
}

static pb_next ask_for_user(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *file)
{
    static const char *const names[] = {"client_id", "client_secret", "refresh_token"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pbs_get_str(ctx, file, names[i]).len == 0)
            return refuse(ctx, "the user's credentials lack client_id, client_secret or "
                               "refresh_token; make them anew with `gcloud auth "
                               "application-default login`");
    pbs_oauth_begin(ctx, token_url(ctx, exchange, file));
    pbs_oauth_field(ctx, true, "grant_type", PBS_STR("refresh_token"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        pbs_oauth_field(ctx, false, names[i], pbs_get_str(ctx, file, names[i]));
    return PB_SEND;
}

static pb_next refuse_type(const pbs_ctx *ctx, pb_str type)
{
    char message[400];
    if (type.len == 0)
        return refuse(ctx, "the credentials are no JSON object with a `type`; give the path of a "
                           "service account's key file, or of what `gcloud auth "
                           "application-default login` made");
    snprintf(message, sizeof message,
             "credentials of type %.*s are not supported; use a service account's key "
             "(service_account), a user's (authorized_user), metadata = yes on Google Cloud, or "
             "access-token with a token from `gcloud auth print-access-token`",
             (int)(type.len < 60 ? type.len : 60), type.ptr);
    return refuse(ctx, message);
}

static pb_next ask_metadata(const pbs_ctx *ctx, const Exchange *exchange, const char *path)
{
    char url[512];
    const char *host = exchange->provider->metadata_host;
    bool complete = pbs_has_prefix(pbs_str(host), PBS_STR("http://"));
    int n = snprintf(url, sizeof url, "%s%s/computeMetadata/v1/%s", complete ? "" : "http://", host,
                     path);
    if (n < 0 || (size_t)n >= sizeof url)
        return refuse(ctx, "metadata-host is longer than a host's name can be");
    ctx->api->http_begin(ctx->x, PBS_STR("GET"), pbs_str(url), PB_HTTP_IDEMPOTENT);
    ctx->api->http_header(ctx->x, PBS_STR("metadata-flavor"), PBS_STR("Google"));
    return PB_SEND;
}

/* Some editors begin a file with a mark of its encoding. */
static pb_str without_mark(pb_str file)
{
    const pb_str mark = PBS_STR("\xef\xbb\xbf");
    return pbs_has_prefix(file, mark) ? pbs_skip(file, mark.len) : file;
}

pb_next vertex_begin_credential(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_str text = without_mark(ctx->api->secret(ctx->x, PBS_STR("credentials")));
    if (text.len == 0 && exchange->provider->metadata)
        return ask_metadata(ctx, exchange, "instance/service-accounts/default/token");
    if (text.len == 0)
        return refuse(ctx, "there are no credentials to mint a token from; set project beside "
                           "access-token, or give credentials");
    const pb_json *file = ctx->api->json_parse(ctx->x, pbs_trim(text), 0);
    pb_str type = pbs_get_str(ctx, file, "type");
    put_public(ctx, PART_PROJECT, pbs_get_str(ctx, file, "project_id"));
    put_public(ctx, PART_QUOTA, pbs_get_str(ctx, file, "quota_project_id"));
    if (pbs_is(type, "service_account"))
        return ask_for_account(ctx, exchange, file);
    if (pbs_is(type, "authorized_user"))
        return ask_for_user(ctx, exchange, file);
    return refuse_type(ctx, type);
}

/* "demo-project-1", "example.com:demo" */
static bool is_project(pb_str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != ':')
            return false;
    }
    return id.len > 0 && id.len <= 100;
}

pb_next vertex_take_credential(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    bool well = exchange->status >= 200 && exchange->status <= 299;
    if (exchange->asked_project) { /* a machine without a project has none to tell */
        if (well && is_project(pbs_trim(body)))
            put_public(ctx, PART_PROJECT, pbs_trim(body));
        return PB_DONE;
    }
    bool metadata = ctx->api->secret(ctx->x, PBS_STR("credentials")).len == 0;
    pb_next next = metadata
                       ? pbs_oauth_take(ctx, exchange->status, body, "the metadata server",
                                        "Does this machine run on Google Cloud, with a service "
                                        "account? Elsewhere give credentials")
                       : pbs_oauth_take(ctx, exchange->status, body, WHOM,
                                        "Check the account, its key and this machine's clock");
    if (next != PB_DONE || !metadata || exchange->provider->project[0] != '\0')
        return next;
    exchange->asked_project = true;
    return ask_metadata(ctx, exchange, "project/project-id");
}
