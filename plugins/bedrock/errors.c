/* SPDX-License-Identifier: Apache-2.0 */
/* Owns refusals: reading one, its class, and whether the driver can do better at once: with fresh
 * credentials, with the service's clock, or with a request that its codec repaired. In ops. */
#include "bedrock.h"

#include "credentials.h"
#include "lib/duration.h"
#include "lib/error.h"
#include "lib/retry.h"

#include <stdio.h>

#define MESSAGE_MAX   1024u
#define SKEW_LEAST_MS INT64_C(60000)

/* ---- Classes ---- */

typedef struct Type {
    const char *name; /* without Exception at its end */
    int32_t cls, retry;
} Type;

static const Type types[] = {
    {"Validation", PB_ERR_INVALID, -1},
    {"ServiceQuotaExceeded", PB_ERR_QUOTA, -1},
    {"AccessDenied", PB_ERR_FORBIDDEN, -1},
    {"UnrecognizedClient", PB_ERR_AUTH, -1},
    {"InvalidSignature", PB_ERR_AUTH, -1},
    {"SignatureDoesNotMatch", PB_ERR_AUTH, -1},
    {"ExpiredToken", PB_ERR_AUTH, -1},
    {"InvalidClientTokenId", PB_ERR_AUTH, -1},
    {"MissingAuthenticationToken", PB_ERR_AUTH, -1},
    {"IncompleteSignature", PB_ERR_AUTH, -1},
    {"RequestTimeTooSkewed", PB_ERR_AUTH, -1},
    {"RequestExpired", PB_ERR_AUTH, -1},
    {"OptInRequired", PB_ERR_FORBIDDEN, -1},
    {"InvalidIdentityToken", PB_ERR_AUTH, -1},
    {"IDPRejectedClaim", PB_ERR_AUTH, -1},
    {"ResourceNotFound", PB_ERR_NOT_FOUND, -1},
    {"UnknownOperation", PB_ERR_NOT_FOUND, -1},
    {"Conflict", PB_ERR_INVALID, 1},
    {"ModelTimeout", PB_ERR_TIMEOUT, 1},
    {"ModelNotReady", PB_ERR_OVERLOADED, 1},
    {"Throttling", PB_ERR_RATE_LIMIT, 1},
    {"Throttled", PB_ERR_RATE_LIMIT, 1},
    {"TooManyRequests", PB_ERR_RATE_LIMIT, 1},
    {"InternalServer", PB_ERR_UPSTREAM, 1},
    {"InternalFailure", PB_ERR_UPSTREAM, 1},
    {"InternalError", PB_ERR_UPSTREAM, 1},
    {"ServiceUnavailable", PB_ERR_OVERLOADED, 1},
};

/* What a ValidationException says beyond that. */
static const Type phrases[] = {
    {"input is too long", PB_ERR_CONTEXT_LENGTH, -1},
    {"prompt is too long", PB_ERR_CONTEXT_LENGTH, -1},
    {"too many input tokens", PB_ERR_CONTEXT_LENGTH, -1},
    {"too many tokens", PB_ERR_CONTEXT_LENGTH, -1},
    {"expected maxLength:", PB_ERR_CONTEXT_LENGTH, -1},
    {"on-demand throughput isn", PB_ERR_NOT_FOUND, -1},
    {"model identifier is invalid", PB_ERR_NOT_FOUND, -1},
    {"content filtering policy", PB_ERR_CONTENT_POLICY, -1},
};

/* In a stream names begin with a small letter; some services leave "Exception" out. */
static bool is_type(pb_str type, const char *name)
{
    size_t n = strlen(name);
    pb_str head = {type.ptr, type.len < n ? type.len : n}, tail = pbs_skip(type, n);
    return type.len >= n && pbs_find_nocase(head, name) == 0 &&
           (tail.len == 0 || pbs_is(tail, "Exception") || pbs_is(tail, "Error"));
}

static const Type *find_type(pb_str type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (is_type(type, types[i].name))
            return &types[i];
    return NULL;
}

static int32_t class_of_status(int status)
{
    return status == 429 || status == 425   ? PB_ERR_RATE_LIMIT
           : status == 401                  ? PB_ERR_AUTH
           : status == 403                  ? PB_ERR_FORBIDDEN
           : status == 404                  ? PB_ERR_NOT_FOUND
           : status == 408 || status == 504 ? PB_ERR_TIMEOUT
           : status == 503 || status == 529 ? PB_ERR_OVERLOADED
           : status >= 400 && status < 500  ? PB_ERR_INVALID
                                            : PB_ERR_UPSTREAM;
}

/* A model's own failure: its status where it says one, else the service's fault. */
static void class_of_model(const Refusal *refusal, pb_error *error)
{
    int status = refusal->original;
    error->cls = status >= 400 ? class_of_status(status) : PB_ERR_UPSTREAM;
    bool for_ever = status >= 400 && status < 500 && error->cls != PB_ERR_RATE_LIMIT &&
                    error->cls != PB_ERR_TIMEOUT;
    error->retry = for_ever ? -1 : 1;
}

static void classify(const Refusal *refusal, pb_error *error)
{
    const Type *type = find_type(refusal->type);
    bool by_text = type != NULL && type->cls == PB_ERR_INVALID;
    if (is_type(refusal->type, "ModelError") || is_type(refusal->type, "ModelStreamError"))
        class_of_model(refusal, error);
    else if (type != NULL)
        error->cls = type->cls, error->retry = type->retry;
    else if (refusal->status == 0)
        error->cls = PB_ERR_UPSTREAM;
    for (size_t i = 0; by_text && i < sizeof phrases / sizeof phrases[0]; i++)
        if (pbs_find_nocase(refusal->message, phrases[i].name) != PBS_NONE)
            error->cls = phrases[i].cls;
    if (is_type(refusal->type, "AccessDenied") &&
        pbs_find_nocase(refusal->message, "authentication failed") != PBS_NONE)
        error->cls = PB_ERR_AUTH; /* what an API key that is none gets */
}

static pb_str code_of(int32_t cls, pb_str type)
{
    switch (cls) {
    case PB_ERR_CONTEXT_LENGTH:
        return PBS_STR("context_length_exceeded");
    case PB_ERR_CONTENT_POLICY:
        return PBS_STR("content_policy_violation");
    case PB_ERR_QUOTA:
        return PBS_STR("insufficient_quota");
    default:
        return type;
    }
}

pb_next bedrock_fail(const pbs_ctx *ctx, const Refusal *refusal)
{
    char text[MESSAGE_MAX];
    pb_error error = {.size = sizeof error, .http_status = refusal->status};
    classify(refusal, &error);
    error.code = code_of(error.cls, refusal->type);
    error.message = refusal->message;
    if (error.cls == PB_ERR_CONTEXT_LENGTH)
        error.param = PBS_STR("messages");
    if (refusal->message.len == 0) {
        int n = refusal->type.len > 0
                    ? snprintf(text, sizeof text, "Amazon Bedrock answered with %.*s and no more",
                               (int)pbs_cut(refusal->type, 200).len, refusal->type.ptr)
                    : snprintf(text, sizeof text,
                               "Amazon Bedrock answered with status %d and "
                               "no reason",
                               refusal->status);
        error.message = (pb_str){text, (size_t)n};
    }
    pbs_retry hint = pbs_retry_read(ctx, refusal->message, -1);
    error.retry = hint.retry != 0 ? hint.retry : error.retry;
    error.retry_after_ms = hint.after_ms;
    ctx->api->fail(ctx->x, &error);
    return PB_FAIL;
}

pb_next bedrock_unusable(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

pb_next bedrock_truncated(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("stream_truncated"),
                    "the stream ended before the answer was finished; the connection or a proxy "
                    "cut it, try again");
}

pb_next bedrock_unsupported(const pbs_ctx *ctx, const char *param, const char *message)
{
    pb_error error = {.size = sizeof error,
                      .cls = PB_ERR_UNSUPPORTED,
                      .retry = -1,
                      .code = PBS_STR("unsupported_parameter"),
                      .message = pbs_str(message),
                      .param = pbs_str(param)};
    ctx->api->fail(ctx->x, &error);
    return PB_FAIL;
}

/* ---- A refusal ---- */

/* "com.amazon.coral#ThrottlingException:http://internal..." -> "ThrottlingException" */
static pb_str bare_type(pb_str type)
{
    const char *end = type.len > 0 ? memchr(type.ptr, ':', type.len) : NULL;
    if (end != NULL)
        type.len = (size_t)(end - type.ptr);
    const char *hash = type.len > 0 ? memchr(type.ptr, '#', type.len) : NULL;
    if (hash != NULL)
        type = pbs_skip(type, (size_t)(hash - type.ptr) + 1);
    return pbs_trim(type);
}

static Refusal read_refusal(const pbs_ctx *ctx, const Exchange *exchange, pb_str text)
{
    const pb_json *body = ctx->api->json_parse(ctx->x, text, 0);
    Refusal refusal = {.status = exchange->status};
    refusal.type = bare_type(ctx->api->http_reply_header(ctx->x, PBS_STR("x-amzn-errortype")));
    if (refusal.type.len == 0)
        refusal.type = bare_type(pbs_get_str(ctx, body, "__type"));
    if (refusal.type.len == 0)
        refusal.type = bare_type(pbs_get_str(ctx, body, "code"));
    refusal.message = pbs_get_str(ctx, body, "message");
    if (refusal.message.len == 0)
        refusal.message = pbs_get_str(ctx, body, "Message");
    if (refusal.message.len == 0)
        refusal.message = pbs_get_str(ctx, body, "originalMessage");
    refusal.original = (int)pbs_get_int(ctx, body, "originalStatusCode", 0);
    return refusal;
}

/* The service refuses what is signed five minutes off; its Date tells by how much. */
static bool learn_clock(const pbs_ctx *ctx, Exchange *exchange, const Refusal *refusal)
{
    bool late = is_type(refusal->type, "RequestTimeTooSkewed") ||
                is_type(refusal->type, "RequestExpired") ||
                (is_type(refusal->type, "InvalidSignature") &&
                 (pbs_find_nocase(refusal->message, "expired") != PBS_NONE ||
                  pbs_find_nocase(refusal->message, "not yet current") != PBS_NONE));
    int64_t there = pbs_http_date(ctx->api->http_reply_header(ctx->x, PBS_STR("date")));
    int64_t ahead = there - ctx->api->now_ms(ctx->core);
    if (!late || exchange->skewed || there < 0 || (ahead < SKEW_LEAST_MS && ahead > -SKEW_LEAST_MS))
        return false;
    exchange->skewed = true;
    exchange->skew_ms = ahead;
    return true;
}

static bool renew(const pbs_ctx *ctx, Exchange *exchange, const Refusal *refusal)
{
    if (exchange->renewed || !exchange->minted || !is_type(refusal->type, "ExpiredToken"))
        return false;
    exchange->renewed = true;
    ctx->api->credential_drop(ctx->x, PBS_STR(CREDENTIAL_AWS));
    return true;
}

static pb_next repair(const pbs_ctx *ctx, Exchange *exchange, const Refusal *refusal)
{
    const BedrockCodec *codec = exchange->codec;
    if (codec == NULL || codec->repair == NULL || exchange->repaired ||
        !codec->repair(ctx, exchange, refusal))
        return bedrock_fail(ctx, refusal);
    exchange->repaired = true;
    return bedrock_describe(ctx, exchange);
}

/* Nobody but Bedrock names a type; a body without one may be a proxy's. */
pb_next bedrock_refused(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    Refusal refusal = read_refusal(ctx, exchange, body);
    if (refusal.type.len == 0 && refusal.message.len == 0 && body.len > 0)
        return pbs_error_fail_body(ctx, exchange->status, body);
    if (renew(ctx, exchange, &refusal) || learn_clock(ctx, exchange, &refusal))
        return PB_SEND;
    return repair(ctx, exchange, &refusal);
}
