/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the failures that a script can ask for: their names, what they look like, and whether one
 * happens to this request. In ops. */
#include "mock.h"

#include <stdio.h>

struct MockError {
    const char *name, *other; /* as an option says it, and as the canonical table does */
    int32_t cls, status;
    const char *code, *text;
};

/* The first of a status is what the bare number means. */
static const MockError errors[] = {
    {"rate_limit", "rate_limit", PB_ERR_RATE_LIMIT, 429, "rate_limit_exceeded",
     "too many requests"},
    {"quota", "quota", PB_ERR_QUOTA, 429, "insufficient_quota", "the credit is used up"},
    {"overloaded", "unavailable", PB_ERR_OVERLOADED, 503, "server_is_overloaded",
     "the server is overloaded"},
    {"auth", "authentication", PB_ERR_AUTH, 401, "invalid_api_key", "the key is not valid"},
    {"permission", "forbidden", PB_ERR_FORBIDDEN, 403, "", "the key may not do this"},
    {"not_found", "model_not_found", PB_ERR_NOT_FOUND, 404, "model_not_found",
     "there is no such model"},
    {"invalid", "invalid_request", PB_ERR_INVALID, 400, "", "the request is not valid"},
    {"context_length", "context_length_exceeded", PB_ERR_CONTEXT_LENGTH, 400,
     "context_length_exceeded", "the prompt is longer than the context"},
    {"content_policy", "content_policy_violation", PB_ERR_CONTENT_POLICY, 400,
     "content_policy_violation", "the prompt was refused by a filter"},
    {"timeout", "gateway_timeout", PB_ERR_TIMEOUT, 504, "timeout", "the server took too long"},
    {"server_error", "upstream", PB_ERR_UPSTREAM, 500, "", "the server failed"},
    {"bad_gateway", "bad_gateway", PB_ERR_UPSTREAM, 502, "bad_gateway",
     "the gateway got no answer"},
    {"protocol", "protocol", PB_ERR_PROTOCOL, 0, "invalid_upstream_response",
     "the answer made no sense"},
    {"unsupported", "unsupported_parameter", PB_ERR_UNSUPPORTED, 400, "unsupported_parameter",
     "a parameter is not supported"},
};

static const char names[] = "the scripted error is none of rate_limit, quota, overloaded, auth, "
                            "permission, not_found, invalid, context_length, content_policy, "
                            "timeout, server_error, bad_gateway, protocol, unsupported, or their "
                            "HTTP status";
static const MockError unknown = {"unknown", "unknown", PB_ERR_CONFIG, 0, "", names};

const MockError *mock_error_find(pb_str name)
{
    int64_t status = 0;
    bool number = pbs_int(name, &status) && status > 0;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (pbs_is(name, errors[i].name) || pbs_is(name, errors[i].other) ||
            (number && status == errors[i].status))
            return &errors[i];
    return NULL;
}

/* One of the list, each as likely; a provider that is told to fail without saying how is
 * overloaded. */
static const MockError *choose(const pbs_ctx *ctx, MockExchange *exchange)
{
    const MockScript *script = &exchange->script;
    size_t n = ctx->api->json_len(script->errors);
    pb_str name = script->error;
    if (name.len == 0 && n > 0)
        name = ctx->api->json_str(
            ctx->api->json_at(script->errors, (size_t)(mock_next(&exchange->chance) % n), NULL));
    if (name.len == 0)
        return script->fail_first > 0 ? mock_error_find(PBS_STR("overloaded")) : NULL;
    const MockError *found = mock_error_find(name);
    return found != NULL ? found : &unknown;
}

const MockError *mock_error_draw(const pbs_ctx *ctx, MockExchange *exchange)
{
    const MockScript *script = &exchange->script;
    const MockError *error = choose(ctx, exchange);
    if (error == NULL || error == &unknown)
        return error;
    if (script->fail_first > 0)
        return atomic_fetch_add(&exchange->provider->requests, 1) < script->fail_first ? error
                                                                                       : NULL;
    double drawn = (double)(mock_next(&exchange->chance) >> 11) / 9007199254740992.0;
    return drawn < script->error_rate ? error : NULL;
}

pb_next mock_error_fail(const pbs_ctx *ctx, const MockExchange *exchange)
{
    const MockError *scripted = exchange->error;
    const MockScript *script = &exchange->script;
    char message[400];
    snprintf(message, sizeof message, "mock: %s (scripted)", scripted->text);
    if (scripted == &unknown)
        snprintf(message, sizeof message, "mock: %s", scripted->text);
    pb_error error = {.size = sizeof error,
                      .cls = scripted->cls,
                      .http_status = scripted->status,
                      .retry_after_ms = script->retry_after,
                      .code = pbs_str(scripted->code),
                      .message =
                          script->error_message.len > 0 ? script->error_message : pbs_str(message)};
    ctx->api->fail(ctx->x, &error);
    return PB_FAIL;
}
