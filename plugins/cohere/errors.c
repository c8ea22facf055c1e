/* SPDX-License-Identifier: Apache-2.0 */
/* Owns refusals: {"id","message"}, whose status says most, and whose text the rest. Source: the
 * statuses in the vendor's API description. In ops. */
#include "cohere.h"

#include "lib/error.h"

static bool says(pb_str message, const char *words)
{
    return pbs_find_nocase(message, words) != PBS_NONE;
}

/* Statuses that mean something else to this vendor than elsewhere. */
static int32_t class_of(int32_t status, pb_str message)
{
    bool open = status == 400 || status == 413 || status == 422;
    if (status == 429 && (says(message, "/ month") || says(message, "/month") ||
                          says(message, "per month") || says(message, "monthly")))
        return PB_ERR_QUOTA; /* a trial key is used up; one call a minute too many is none */
    if (status == 498)
        return PB_ERR_FORBIDDEN; /* a word of the deny list */
    if (status == 499)
        return PB_ERR_TIMEOUT;
    if (status == 501)
        return PB_ERR_INVALID;
    if (open && says(message, "exceeds the limit of") && says(message, "token"))
        return PB_ERR_CONTEXT_LENGTH;
    return 0;
}

pb_next cohere_refused(const pbs_ctx *ctx, int32_t status, pb_str body)
{
    pbs_error error;
    const pb_json *object = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    if (object == NULL || !pbs_error_read(ctx, object, &error) || error.message.len == 0)
        return pbs_error_fail_body(ctx, status, body);
    error.cls = class_of(status, error.message);
    return pbs_error_fail(ctx, status, &error);
}
