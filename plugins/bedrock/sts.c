/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the two calls of the token service that trade one identity for the keys of a role. In ops of
 * a KIND_CREDENTIAL exchange. Source: the AWS Security Token Service API reference. */
#include "credentials.h"

#include "lib/duration.h"
#include "lib/sigv4.h"
#include "lib/url.h"
#include "xml.h"

#define FORM_MAX  ((size_t)64 * 1024)
#define URL_MAX   ((size_t)4096)
#define VALUE_MAX ((size_t)32 * 1024)

/* ---- Asking ---- */

static bool add_field(pbs_buf *form, const char *name, pb_str value)
{
    return (form->len == 0 || pbs_buf_add_char(form, '&')) && pbs_buf_add(form, pbs_str(name)) &&
           pbs_buf_add_char(form, '=') && pbs_url_encode(form, value, NULL);
}

static void begin_http(const pbs_ctx *ctx, const Exchange *exchange, const pbs_buf *form)
{
    const Provider *provider = exchange->provider;
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bedrock_endpoint(provider, provider->sts_url, "sts", exchange->region, &url);
    pbs_buf_add_char(&url, '/');
    ctx->api->http_begin(ctx->x, PBS_STR("POST"), pbs_buf_str(&url), PB_HTTP_IDEMPOTENT);
    ctx->api->http_header(ctx->x, PBS_STR("content-type"),
                          PBS_STR("application/x-www-form-urlencoded; charset=utf-8"));
    ctx->api->http_header(ctx->x, PBS_STR("accept"), PBS_STR("text/xml"));
    ctx->api->http_body(ctx->x, pbs_buf_str(form));
    pbs_buf_free(&url);
}

static void wipe_form(pbs_buf *form)
{
    volatile char *p = form->ptr;
    for (size_t i = 0; i < form->len; i++)
        p[i] = 0;
    pbs_buf_free(form);
}

static bool add_head(pbs_buf *form, const char *action, pb_str role, pb_str session)
{
    return add_field(form, "Action", pbs_str(action)) &&
           add_field(form, "Version", PBS_STR("2011-06-15")) && add_field(form, "RoleArn", role) &&
           add_field(form, "RoleSessionName", session.len > 0 ? session : PBS_STR("patchbay"));
}

static pb_next too_long(const pbs_ctx *ctx)
{
    return bedrock_mint_fail(ctx, PB_ERR_CONFIG,
                             "what AWS STS is to be told of the role is longer than 64 KiB; check "
                             "the role, the external id and the web identity token");
}

/* Are the keys there that sign the call? Else they are asked for. */
static pb_next need_base(const pbs_ctx *ctx, const Base *base)
{
    if (base->kind != BASE_CREDENTIAL ||
        ctx->api->credential(ctx->x, base->name, PBS_STR("access-key-id")).len > 0)
        return 0;
    ctx->api->credential_need(ctx->x, base->name);
    return PB_NEED_CREDENTIAL;
}

/* Every region's token service gives keys that count in all regions, so any will do. */
static void choose_region(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_str profile = bedrock_profile_name(exchange->provider);
    exchange->region = pbs_str(exchange->provider->region);
    if (exchange->region.len == 0 && bedrock_profile_get(ctx, profile, "region", &exchange->region))
        exchange->region = bedrock_keep(ctx, exchange->region);
    if (exchange->region.len == 0)
        exchange->region = PBS_STR("us-east-1");
}

pb_next bedrock_assume(const pbs_ctx *ctx, Exchange *exchange, const Assume *assume)
{
    pb_next next = need_base(ctx, &exchange->mint->base);
    if (next != 0)
        return next;
    choose_region(ctx, exchange);
    pbs_buf form;
    pbs_buf_init(&form, FORM_MAX);
    bool ok =
        add_head(&form, "AssumeRole", assume->role, assume->session) &&
        (assume->external_id.len == 0 || add_field(&form, "ExternalId", assume->external_id)) &&
        (assume->duration.len == 0 || add_field(&form, "DurationSeconds", assume->duration));
    if (ok)
        begin_http(ctx, exchange, &form);
    wipe_form(&form);
    exchange->mint->step = STEP_ROLE;
    exchange->mint->role = bedrock_keep(ctx, assume->role);
    return ok ? PB_SEND : too_long(ctx);
}

pb_next bedrock_assume_web(const pbs_ctx *ctx, Exchange *exchange, pb_str role)
{
    pb_str token = pbs_trim(ctx->api->secret(ctx->x, PBS_STR("web-identity-token")));
    if (role.len == 0)
        return bedrock_mint_fail(ctx, PB_ERR_CONFIG,
                                 "there is a web identity token and no role for it: set "
                                 "AWS_ROLE_ARN, or web-identity-role-arn in the provider's "
                                 "section");
    choose_region(ctx, exchange);
    pbs_buf form;
    pbs_buf_init(&form, FORM_MAX);
    bool ok = add_head(&form, "AssumeRoleWithWebIdentity", role,
                       pbs_str(exchange->provider->role_session)) &&
              add_field(&form, "WebIdentityToken", token);
    if (ok)
        begin_http(ctx, exchange, &form);
    wipe_form(&form);
    exchange->mint->step = STEP_WEB;
    exchange->mint->role = bedrock_keep(ctx, role);
    return ok ? PB_SEND : too_long(ctx);
}

/* ---- Signing ---- */

static pb_str part(const pbs_ctx *ctx, pb_str name, const char *which)
{
    return ctx->api->credential(ctx->x, name, pbs_str(which));
}

pb_next bedrock_sts_sign(const pbs_ctx *ctx, Exchange *exchange, int64_t now_ms)
{
    const Base *base = &exchange->mint->base;
    pbs_sigv4_key key = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    if (exchange->mint->step == STEP_WEB)
        return PB_SEND; /* the token in the body says who asks */
    if (base->kind == BASE_SECRETS)
        key = (pbs_sigv4_key){ctx->api->secret(ctx->x, PBS_STR("access-key-id")),
                              ctx->api->secret(ctx->x, PBS_STR("secret-access-key")),
                              ctx->api->secret(ctx->x, PBS_STR("session-token"))};
    else if (base->kind == BASE_PROFILE)
        bedrock_profile_keys(ctx, base->name, &key.id, &key.secret, &key.token);
    else
        key = (pbs_sigv4_key){part(ctx, base->name, "access-key-id"),
                              part(ctx, base->name, "secret-access-key"),
                              part(ctx, base->name, "session-token")};
    if (key.id.len == 0 && base->kind == BASE_CREDENTIAL) {
        ctx->api->credential_need(ctx->x, base->name);
        return PB_NEED_CREDENTIAL;
    }
    if (key.id.len == 0)
        return bedrock_mint_fail(ctx, PB_ERR_CONFIG,
                                 "there are no keys to assume the role %.*s with: the source that "
                                 "is named for it holds none",
                                 (int)pbs_cut(exchange->mint->role, 200).len,
                                 exchange->mint->role.ptr);
    return pbs_sigv4(ctx, &key, exchange->region, PBS_STR("sts"), now_ms);
}

/* ---- The reply ---- */

static pb_str get(pb_str body, const char *parent, const char *name, pbs_buf *out)
{
    pbs_buf_init(out, VALUE_MAX);
    return bedrock_xml_text(body, parent, name, out) ? pbs_buf_str(out) : (pb_str){NULL, 0};
}

static pb_next put_keys(const pbs_ctx *ctx, pb_str body)
{
    static const char *const names[] = {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                        "Expiration"};
    pbs_buf bufs[4];
    pb_str values[4];
    for (size_t i = 0; i < 4; i++)
        values[i] = pbs_trim(get(body, "Credentials", names[i], &bufs[i]));
    int64_t expires = pbs_rfc3339(values[3]);
    bool ok = values[0].len > 0 && values[1].len > 0 && values[2].len > 0 && expires >= 0;
    pb_next next =
        ok ? bedrock_put(ctx, values[0], values[1], values[2], expires)
           : bedrock_mint_fail(ctx, PB_ERR_PROTOCOL,
                               "the answer of AWS STS holds no keys that can be read; is sts-url "
                               "an address of AWS STS?");
    for (size_t i = 0; i < 4; i++)
        wipe_form(&bufs[i]);
    return next;
}

static int32_t class_of(int32_t status, pb_str code)
{
    static const char *const refused[] = {"AccessDenied", "RegionDisabledException"};
    if (pbs_is(code, refused[0]) || pbs_is(code, refused[1]))
        return PB_ERR_FORBIDDEN;
    if (pbs_find_nocase(code, "throttl") != PBS_NONE || status == 429)
        return PB_ERR_RATE_LIMIT;
    if (status >= 500)
        return status == 503 ? PB_ERR_OVERLOADED : PB_ERR_UPSTREAM;
    return pbs_is(code, "ValidationError") || pbs_is(code, "MalformedInput") ? PB_ERR_CONFIG
                                                                             : PB_ERR_AUTH;
}

static pb_next refused(const pbs_ctx *ctx, const Exchange *exchange, pb_str code, pb_str message)
{
    const Mint *mint = exchange->mint;
    pb_str role = pbs_cut(mint->role, 200);
    code = pbs_cut(code, 100);
    message = pbs_cut(message, 400);
    return bedrock_mint_fail(ctx, class_of(exchange->status, code),
                             "AWS STS does not give the keys of role %.*s (status %d%s%.*s)%s%.*s",
                             (int)role.len, role.ptr, (int)exchange->status,
                             code.len > 0 ? ", " : "", (int)code.len, code.len > 0 ? code.ptr : "",
                             message.len > 0 ? ": " : "", (int)message.len,
                             message.len > 0 ? message.ptr : "");
}

/* The keys that signed may have ended while they were cached. */
static bool renew(const pbs_ctx *ctx, const Exchange *exchange, pb_str code)
{
    Mint *mint = exchange->mint;
    bool old = mint->step == STEP_ROLE && mint->base.kind == BASE_CREDENTIAL && !mint->renewed &&
               (pbs_is(code, "ExpiredToken") || pbs_is(code, "ExpiredTokenException"));
    if (!old)
        return false;
    mint->renewed = true;
    ctx->api->credential_drop(ctx->x, mint->base.name);
    return true;
}

pb_next bedrock_sts_reply(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    if (exchange->status >= 200 && exchange->status <= 299)
        return put_keys(ctx, body);
    pbs_buf code_buf, message_buf;
    pb_str code = pbs_trim(get(body, "Error", "Code", &code_buf));
    pb_str message = pbs_trim(get(body, "Error", "Message", &message_buf));
    pb_next next = renew(ctx, exchange, code) ? PB_SEND : refused(ctx, exchange, code, message);
    pbs_buf_free(&code_buf);
    pbs_buf_free(&message_buf);
    return next;
}
