/* SPDX-License-Identifier: MIT */
/* Owns refusals in the form of google.rpc.Status: the class by its status word, by the reasons in
 * its details and by what it says, whichever is the more exact. In ops. */
#include "lib/gemini/internal.h"

#include "lib/error.h"
#include "lib/error_class.h"

typedef struct Status {
    const char *word;
    int32_t cls;
} Status;

static const Status statuses[] = {
    {"INVALID_ARGUMENT", PB_ERR_INVALID},
    {"OUT_OF_RANGE", PB_ERR_INVALID},
    {"FAILED_PRECONDITION", PB_ERR_FORBIDDEN},
    {"UNAUTHENTICATED", PB_ERR_AUTH},
    {"PERMISSION_DENIED", PB_ERR_FORBIDDEN},
    {"NOT_FOUND", PB_ERR_NOT_FOUND},
    {"RESOURCE_EXHAUSTED", PB_ERR_RATE_LIMIT},
    {"CANCELLED", PB_ERR_TIMEOUT},
    {"INTERNAL", PB_ERR_UPSTREAM},
    {"UNKNOWN", PB_ERR_UPSTREAM},
    {"UNAVAILABLE", PB_ERR_OVERLOADED},
    {"DEADLINE_EXCEEDED", PB_ERR_TIMEOUT},
    {"UNIMPLEMENTED", PB_ERR_INVALID},
};

static int32_t of_status(pb_str word)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (pbs_is(word, statuses[i].word))
            return statuses[i].cls;
    return 0;
}

/* The first member of that name among the details. */
static const pb_json *detail(const pbs_ctx *ctx, const pb_json *error, const char *name)
{
    const pb_json *details = pbs_get(ctx, error, "details");
    for (size_t i = 0; i < ctx->api->json_len(details); i++) {
        const pb_json *value = pbs_get(ctx, ctx->api->json_at(details, i, NULL), name);
        if (value != NULL)
            return value;
    }
    return NULL;
}

/* A quota of the day, or one of nothing at all: waiting a minute does not help. */
static bool is_used_up(const pbs_ctx *ctx, const pb_json *error, pb_str message)
{
    const pb_json *violations = detail(ctx, error, "violations");
    for (size_t i = 0; i < ctx->api->json_len(violations); i++) {
        pb_str id = pbs_get_str(ctx, ctx->api->json_at(violations, i, NULL), "quotaId");
        if (pbs_find_nocase(id, "PerDay") != PBS_NONE)
            return true;
    }
    size_t at = pbs_find_nocase(message, "limit: 0");
    pb_str behind = at != PBS_NONE ? pbs_skip(message, at + 8) : (pb_str){NULL, 0};
    return at != PBS_NONE && (behind.len == 0 || behind.ptr[0] < '0' || behind.ptr[0] > '9');
}

static int32_t class_of(const pbs_ctx *ctx, int32_t status, const pb_json *json,
                        const pbs_error *error, pb_str reason)
{
    int32_t cls = of_status(pbs_get_str(ctx, json, "status"));
    if (pbs_is(reason, "API_KEY_INVALID") ||
        pbs_find_nocase(error->message, "api key not valid") != PBS_NONE ||
        pbs_find_nocase(error->message, "api key expired") != PBS_NONE)
        return PB_ERR_AUTH;
    if (error->inner_status == 429 && (status >= 500 || cls == 0))
        cls = PB_ERR_RATE_LIMIT; /* a gateway in between answered 5xx for it */
    if (cls == PB_ERR_RATE_LIMIT && is_used_up(ctx, json, error->message))
        return PB_ERR_QUOTA;
    if (cls == 0 || cls == PB_ERR_INVALID) {
        int32_t said =
            pbs_error_class(status, error->inner_status, error->code, error->type, error->message);
        return said != 0 && !(cls == PB_ERR_INVALID && said == PB_ERR_UPSTREAM) ? said : cls;
    }
    return cls;
}

pb_next pbs_gemini_fail_json(const pbs_ctx *ctx, int32_t status, const pb_json *body)
{
    pbs_error error;
    if (!pbs_error_read(ctx, body, &error) || error.message.len == 0)
        error.message = PBS_STR("the vendor reported an error without saying which");
    if (pbs_is_type(ctx, body, PB_JSON_ARRAY))
        body = ctx->api->json_at(body, 0, NULL);
    const pb_json *json = pbs_get(ctx, body, "error");
    pb_str reason = ctx->api->json_str(detail(ctx, json, "reason"));
    const pb_json *field = ctx->api->json_at(detail(ctx, json, "fieldViolations"), 0, NULL);
    error.cls = class_of(ctx, status, json, &error, reason);
    if (error.cls == PB_ERR_FORBIDDEN && error.code.len == 0)
        error.code = reason;
    if (error.param.len == 0)
        error.param = pbs_get_str(ctx, field, "field");
    return pbs_error_fail(ctx, status, &error);
}

pb_next pbs_gemini_fail_body(const pbs_ctx *ctx, int32_t status, pb_str body)
{
    const pb_json *json = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    if (status >= 300 && status < 400)
        return pbs_fail(ctx, PB_ERR_CONFIG, (pb_str){NULL, 0},
                        "the server redirects elsewhere, which is not followed because the key "
                        "would go along; set base-url to the final address");
    bool object = pbs_is_type(ctx, json, PB_JSON_OBJECT) || pbs_is_type(ctx, json, PB_JSON_ARRAY);
    return object ? pbs_gemini_fail_json(ctx, status, json)
                  : pbs_error_fail_body(ctx, status, body);
}
