/* SPDX-License-Identifier: MIT */
/* Owns the reading of Azure's content-filter errors. In ops; texts live as long as the exchange. */
#include "lib/azure_error.h"

#include "lib/json.h"

#include <stdio.h>

#define TEXT_MAX 1024u

/* The message with more behind it, in memory of the exchange. */
void pbs_azure_say(const pbs_ctx *ctx, pbs_error *error, pb_str more)
{
    char *text = ctx->api->alloc(ctx->x, TEXT_MAX);
    if (text == NULL || more.len == 0)
        return;
    pb_str said = pbs_cut(error->message, TEXT_MAX - 320);
    int n = snprintf(text, TEXT_MAX, "%.*s (%.*s)", (int)said.len, said.len > 0 ? said.ptr : "",
                     (int)pbs_cut(more, 300).len, more.ptr);
    if (n > 0)
        error->message = (pb_str){text, (size_t)n};
}

static const pb_json *inner_of(const pbs_ctx *ctx, const pb_json *error)
{
    const pb_json *inner = pbs_get(ctx, error, "innererror");
    return inner != NULL ? inner : pbs_get(ctx, error, "inner_error");
}

/* "hate, jailbreak": the filters that struck. */
static size_t name_filters(const pbs_ctx *ctx, const pb_json *results, char *out, size_t room)
{
    const pb_json *result = NULL;
    size_t used = 0;
    pb_str name;
    for (size_t i = 0; (result = ctx->api->json_at(results, i, &name)) != NULL; i++) {
        if (ctx->api->json_bool(pbs_get(ctx, result, "filtered"), 0) == 0)
            continue;
        int n = snprintf(out + used, room - used, "%s%.*s", used > 0 ? ", " : "",
                         (int)pbs_cut(name, 40).len, name.ptr);
        if (n < 0 || (size_t)n >= room - used)
            break;
        used += (size_t)n;
    }
    return used;
}

void pbs_azure_filters(const pbs_ctx *ctx, const pb_json *body, pbs_error *error)
{
    static const char prefix[] = "filtered: ";
    char text[280];
    const pb_json *inner = inner_of(ctx, pbs_get(ctx, body, "error"));
    const pb_json *results = pbs_get(ctx, inner, "content_filter_result");
    if (results == NULL)
        results = pbs_get(ctx, inner, "content_filter_results");
    if (pbs_is(pbs_get_str(ctx, inner, "code"), "ResponsibleAIPolicyViolation")) {
        if (!pbs_is(error->code, "content_policy_violation"))
            error->code = PBS_STR("content_filter"); /* it may be "400", or nothing */
        error->cls = PB_ERR_CONTENT_POLICY;
    }
    memcpy(text, prefix, sizeof prefix - 1);
    size_t n = name_filters(ctx, results, text + sizeof prefix - 1, sizeof text - sizeof prefix);
    if (n > 0)
        pbs_azure_say(ctx, error, (pb_str){text, sizeof prefix - 1 + n});
}
