/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the assertion of a service account: a JWT, signed with the account's key, that Google's
 * token endpoint takes for an access token (RFC 7523). In the ops of a mint, whose memory the core
 * wipes. Source: Google's page "Using OAuth 2.0 for Server to Server Applications". */
#include "vertex_ai.h"

#include "lib/base64.h"

#define AUDIENCE "https://oauth2.googleapis.com/token"
#define SCOPE    "https://www.googleapis.com/auth/cloud-platform"
#define LIFE_S   3600

static pb_str header_of(const pbs_ctx *ctx, const pb_json *account)
{
    pb_str id = pbs_get_str(ctx, account, "private_key_id");
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "alg", PBS_STR("RS256"));
    pbs_w_str(ctx, "typ", PBS_STR("JWT"));
    if (id.len > 0)
        pbs_w_str(ctx, "kid", id);
    pbs_w_end(ctx);
    return ctx->api->w_end(ctx->x);
}

static pb_str claims_of(const pbs_ctx *ctx, const pb_json *account)
{
    int64_t now = ctx->api->now_ms(ctx->core) / 1000;
    pb_str audience = pbs_get_str(ctx, account, "token_uri");
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "iss", pbs_get_str(ctx, account, "client_email"));
    pbs_w_str(ctx, "scope", PBS_STR(SCOPE));
    pbs_w_str(ctx, "aud", audience.len > 0 ? audience : PBS_STR(AUDIENCE));
    pbs_w_int(ctx, "exp", now + LIFE_S);
    pbs_w_int(ctx, "iat", now);
    pbs_w_end(ctx);
    return ctx->api->w_end(ctx->x);
}

/* A key pasted through one quoting too many has \n for its line ends. */
static pb_str with_lines(const pbs_ctx *ctx, pb_str pem)
{
    if (pbs_find_nocase(pem, "\\n") == PBS_NONE)
        return pem;
    char *out = ctx->api->alloc(ctx->x, pem.len);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < pem.len; i++) {
        bool end = pem.ptr[i] == '\\' && i + 1 < pem.len && pem.ptr[i + 1] == 'n';
        out[n++] = end ? '\n' : pem.ptr[i];
        i += end;
    }
    return (pb_str){out, n};
}

static pb_str refuse(const pbs_ctx *ctx, const char *why)
{
    pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0}, why);
    return (pb_str){NULL, 0};
}

pb_str vertex_assertion(const pbs_ctx *ctx, const pb_json *account)
{
    uint8_t signature[VERTEX_RSA_MAX];
    if (pbs_get_str(ctx, account, "client_email").len == 0 ||
        pbs_get_str(ctx, account, "private_key").len == 0)
        return refuse(ctx, "the service account's file lacks client_email or private_key; download "
                           "a new key (type JSON) for the account");
    pb_str header = header_of(ctx, account), claims = claims_of(ctx, account);
    size_t h = pbs_base64url_size(header.len), c = pbs_base64url_size(claims.len);
    size_t most = h + 1 + c + 1 + pbs_base64url_size(VERTEX_RSA_MAX);
    char *jwt = ctx->api->alloc(ctx->x, most);
    if (jwt == NULL)
        return refuse(ctx, "the service account's file is too large to be one");
    pbs_base64url_encode(header, jwt);
    jwt[h] = '.';
    pbs_base64url_encode(claims, jwt + h + 1);
    size_t signing = h + 1 + c;
    size_t n = vertex_rsa_sha256(with_lines(ctx, pbs_get_str(ctx, account, "private_key")),
                                 (pb_str){jwt, signing}, signature);
    if (n == 0)
        return refuse(ctx, "private_key in the service account's file is no RSA key in PEM without "
                           "a password; download a new key (type JSON) for the account");
    jwt[signing] = '.';
    pbs_base64url_encode((pb_str){(const char *)signature, n}, jwt + signing + 1);
    return (pb_str){jwt, signing + 1 + pbs_base64url_size(n)};
}
