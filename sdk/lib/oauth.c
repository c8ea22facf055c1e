/* SPDX-License-Identifier: MIT */
/* Owns the exchange with a token endpoint. Runs in the ops of a KIND_CREDENTIAL exchange, whose
 * memory the core wipes; it keeps no copy of a secret itself and never logs what it reads. */
#include "lib/oauth.h"

#include "lib/error.h"
#include "lib/json.h"
#include "lib/retry.h"
#include "lib/str.h"

#include <stdio.h>

#define CHUNK 192u /* bytes of a value that are encoded at a time */

static void wipe(char *bytes, size_t n)
{
    volatile char *p = bytes;
    while (n-- > 0)
        *p++ = 0;
}

void pbs_oauth_begin(const pbs_ctx *ctx, pb_str url)
{
    ctx->api->http_begin(ctx->x, PBS_STR("POST"), url, PB_HTTP_IDEMPOTENT);
    ctx->api->http_header(ctx->x, PBS_STR("content-type"),
                          PBS_STR("application/x-www-form-urlencoded"));
    ctx->api->http_header(ctx->x, PBS_STR("accept"), PBS_STR("application/json"));
}

static bool is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void pbs_oauth_field(const pbs_ctx *ctx, bool first, const char *name, pb_str value)
{
    static const char digits[] = "0123456789ABCDEF";
    char chunk[3 * CHUNK];
    if (!first)
        ctx->api->http_body(ctx->x, PBS_STR("&"));
    ctx->api->http_body(ctx->x, pbs_str(name));
    ctx->api->http_body(ctx->x, PBS_STR("="));
    for (size_t i = 0; i < value.len;) {
        size_t n = 0;
        for (size_t k = 0; k < CHUNK && i < value.len; k++, i++) {
            unsigned char c = (unsigned char)value.ptr[i];
            if (is_plain(c)) {
                chunk[n++] = (char)c;
                continue;
            }
            chunk[n++] = '%';
            chunk[n++] = digits[c >> 4];
            chunk[n++] = digits[c & 15];
        }
        ctx->api->http_body(ctx->x, (pb_str){chunk, n});
    }
    wipe(chunk, sizeof chunk);
}

/* ---- The reply ---- */

/* A number, or a number written as text, as Azure's metadata server does; -1: neither. */
static int64_t number_in(const pbs_ctx *ctx, const pb_json *object, const char *name)
{
    const pb_json *value = pbs_get(ctx, object, name);
    int64_t number = -1;
    if (ctx->api->json_type(value) == PB_JSON_STRING)
        return pbs_int(ctx->api->json_str(value), &number) ? number : -1;
    double real = ctx->api->json_real(value, -1);
    return ctx->api->json_int(value, real >= 0 && real < 1e15 ? (int64_t)real : -1);
}

/* Bounds keep the sum within 64 bits; nothing lives for more than some 300 years. */
static int64_t expiry(const pbs_ctx *ctx, const pb_json *reply)
{
    const int64_t most = INT64_C(10000000000);
    int64_t in = number_in(ctx, reply, "expires_in");
    int64_t on = number_in(ctx, reply, "expires_on");
    if (in >= 0)
        return ctx->api->now_ms(ctx->core) + (in < most ? in : most) * 1000;
    return on > 0 ? (on < most ? on : most) * 1000 : 0;
}

bool pbs_oauth_read(const pbs_ctx *ctx, const pb_json *reply, pbs_oauth_token *out)
{
    *out = (pbs_oauth_token){
        .access_token = pbs_get_str(ctx, reply, "access_token"),
        .id_token = pbs_get_str(ctx, reply, "id_token"),
        .refresh_token = pbs_get_str(ctx, reply, "refresh_token"),
        .token_type = pbs_get_str(ctx, reply, "token_type"),
        .expires_ms = expiry(ctx, reply),
    };
    return out->access_token.len > 0 || out->id_token.len > 0;
}

/* ---- Refusals ---- */

typedef struct Refusal {
    const char *code;
    int32_t cls;
} Refusal;

/* RFC 6749 4.1.2.1 and 5.2, RFC 8628 3.5, and the words of the clouds. */
static const Refusal refusals[] = {
    {"invalid_client", PB_ERR_AUTH},
    {"invalid_grant", PB_ERR_AUTH},
    {"unauthorized_client", PB_ERR_AUTH},
    {"invalid_token", PB_ERR_AUTH},
    {"interaction_required", PB_ERR_AUTH},
    {"access_denied", PB_ERR_FORBIDDEN},
    {"invalid_scope", PB_ERR_CONFIG},
    {"invalid_resource", PB_ERR_CONFIG},
    {"invalid_request", PB_ERR_CONFIG},
    {"unsupported_grant_type", PB_ERR_CONFIG},
    {"temporarily_unavailable", PB_ERR_OVERLOADED},
    {"server_error", PB_ERR_UPSTREAM},
    {"slow_down", PB_ERR_RATE_LIMIT},
};

static int32_t class_of(int status, pb_str code)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (pbs_is(code, refusals[i].code))
            return refusals[i].cls;
    switch (status) {
    case 401:
        return PB_ERR_AUTH;
    case 400:
    case 404:
        return PB_ERR_CONFIG; /* a wrong address, tenant or identity */
    default:
        return 0;
    }
}

pb_next pbs_oauth_fail(const pbs_ctx *ctx, int status, pb_str body, const char *whom,
                       const char *help)
{
    char message[1024];
    pbs_error error;
    const pb_json *json = pbs_error_read_body(ctx, body, &error);
    const pb_json *word = pbs_get(ctx, json, "error");
    pb_str code = ctx->api->json_str(word), said = pbs_get_str(ctx, json, "error_description");
    if (said.len == 0)
        said = error.message;
    said = pbs_cut(pbs_trim(said), 600);
    while (said.len > 0 && said.ptr[said.len - 1] == '.')
        said.len--; /* a sentence of ours follows */
    if (code.len == 0)
        code = error.code;
    snprintf(message, sizeof message, "%.80s gave no token: %.*s%s%.240s", whom, (int)said.len,
             said.len > 0 ? said.ptr : "", said.len > 0 ? ". " : "", help);
    pbs_retry retry = pbs_retry_read(ctx, said, error.hint_ms);
    pb_error out = {.size = sizeof out,
                    .cls = class_of(status, code),
                    .http_status = status >= 400 ? status : 0,
                    .retry = retry.retry,
                    .retry_after_ms = retry.after_ms,
                    .code = code,
                    .message = pbs_str(message)};
    if (out.cls == 0 && out.http_status == 0)
        out.cls = PB_ERR_PROTOCOL;
    ctx->api->fail(ctx->x, &out);
    return PB_FAIL;
}

/* What a header can carry: a token is visible ASCII, RFC 6750 2.1. */
static bool is_token(pb_str token)
{
    bool good = token.len > 0;
    for (size_t i = 0; good && i < token.len; i++)
        good = token.ptr[i] > ' ' && token.ptr[i] < 0x7f;
    return good;
}

static pb_next put(const pbs_ctx *ctx, const pbs_oauth_token *token, const char *whom)
{
    char message[256];
    int64_t now = ctx->api->now_ms(ctx->core);
    int64_t expires = token->expires_ms != 0 ? token->expires_ms : now + PBS_OAUTH_LIFE_MS;
    const char *wrong = !is_token(token->access_token) ? "a token with bytes that no token has"
                        : expires <= now
                            ? "a token that has expired already. Is this machine's clock right?"
                            : NULL;
    if (wrong == NULL) {
        ctx->api->credential_put(ctx->x, PBS_STR("token"), token->access_token, 0, expires);
        return PB_DONE;
    }
    snprintf(message, sizeof message, "%.80s gave %s", whom, wrong);
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

pb_next pbs_oauth_take(const pbs_ctx *ctx, int status, pb_str body, const char *whom,
                       const char *help)
{
    const pb_json *reply = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    pbs_oauth_token token;
    bool good = status >= 200 && status < 300;
    if (!good || !pbs_oauth_read(ctx, reply, &token) || token.access_token.len == 0) {
        /* A good reply without a token may hold anything: its text is not repeated. */
        pb_str shown = good && !pbs_has(ctx, reply, "error")
                           ? PBS_STR("its reply holds no access_token")
                           : body;
        return pbs_oauth_fail(ctx, good ? 0 : status, shown, whom, help);
    }
    return put(ctx, &token, whom);
}
