/* SPDX-License-Identifier: Apache-2.0 */
/* What class a vendor means, one row a kind of refusal; and that text never overrules a clear
 * status. */
#include "lib/error_class.h"

#include "lib/str.h"

#include <glib.h>

typedef struct Case {
    int status, inner;
    const char *code, *type, *message;
    int32_t cls;
} Case;

static const Case cases[] = {
    /* the status alone: the core maps it */
    {400, 0, "", "invalid_request_error", "Bad", 0},
    {401, 0, "", "invalid_request_error", "No", 0},
    {404, 404, "", "", "", 0},
    {429, 429, "", "requests", "Slow down", 0},
    {500, 0, "", "server_error", "", 0},
    /* codes and types */
    {400, 0, "context_length_exceeded", "", "", PB_ERR_CONTEXT_LENGTH},
    {429, 0, "insufficient_quota", "insufficient_quota", "", PB_ERR_QUOTA},
    {429, 0, "", "insufficient_quota", "", PB_ERR_QUOTA},
    {400, 0, "invalid_api_key", "", "", PB_ERR_AUTH},
    {403, 0, "unsupported_country_region_territory", "request_forbidden", "", PB_ERR_FORBIDDEN},
    {400, 0, "model_not_found", "", "", PB_ERR_NOT_FOUND},
    {400, 0, "unknown_model", "", "", PB_ERR_NOT_FOUND},
    {400, 0, "content_filter", "", "", PB_ERR_CONTENT_POLICY},
    {498, 0, "capacity_exceeded", "", "", PB_ERR_RATE_LIMIT},
    {529, 0, "", "overloaded_error", "", PB_ERR_OVERLOADED},
    {402, 402, "payment_required", "", "", PB_ERR_QUOTA},
    /* text on an open status */
    {400, 0, "", "", "This model's maximum context length is 4097 tokens", PB_ERR_CONTEXT_LENGTH},
    {422, 0, "", "validation", "`inputs` tokens + `max_new_tokens` must be <= 4096",
     PB_ERR_CONTEXT_LENGTH},
    {400, 0, "", "", "Prompt is too long: 200001 tokens", PB_ERR_CONTEXT_LENGTH},
    {400, 0, "", "", "current length is 9 while limit is 8", PB_ERR_CONTEXT_LENGTH},
    {400, 0, "", "", "Your request was rejected as a result of our SAFETY system",
     PB_ERR_CONTENT_POLICY},
    {400, 0, "", "", "Incorrect API key provided: sk", PB_ERR_AUTH},
    {429, 0, "", "", "Service tier capacity exceeded for this model.", PB_ERR_RATE_LIMIT},
    /* ... but not against a status, a code, or a number in it */
    {400, 0, "string_above_max_length", "", "string too long, too many tokens", 0},
    {429, 0, "", "", "Too many tokens, please wait before trying again.", 0},
    {401, 0, "", "", "maximum context length is secret", 0},
    {404, 0, "", "", "prompt is too long", 0},
    {500, 0, "", "", "maximum context length is", 0},
    {400, 0, "", "", "error 429 in your prompt", 0},
    {413, 0, "rate_limit_exceeded", "tokens", "Request too large", 0},
    {413, 0, "rate_limit_exceeded", "tokens", "maximum context length is 5", PB_ERR_CONTEXT_LENGTH},
    /* inside a reply that began well */
    {200, 0, "", "", "The service is currently unavailable", PB_ERR_OVERLOADED},
    {200, 0, "", "", "Rate limit reached", PB_ERR_RATE_LIMIT},
    {200, 0, "", "", "maximum context length is 5", PB_ERR_CONTEXT_LENGTH},
    {200, 400, "tool_use_failed", "invalid_request_error", "x", PB_ERR_INVALID},
    {200, 401, "", "", "", PB_ERR_AUTH},
    {200, 402, "", "", "", PB_ERR_QUOTA},
    {200, 408, "", "", "", PB_ERR_TIMEOUT},
    {200, 429, "", "", "", PB_ERR_RATE_LIMIT},
    {200, 502, "", "", "", PB_ERR_UPSTREAM},
    {200, 503, "", "", "", PB_ERR_OVERLOADED},
    {200, 0, "", "server_error", "", PB_ERR_UPSTREAM},
    {200, 0, "", "invalid_request_error", "x", PB_ERR_INVALID},
    {200, 0, "", "tokens", "", PB_ERR_RATE_LIMIT},
    {200, 0, "", "", "", PB_ERR_UPSTREAM},
    {0, 0, "", "", "Something", PB_ERR_UPSTREAM},
};

static void test_table(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case *c = &cases[i];
        g_test_message("%d %s %s %s", c->status, c->code, c->type, c->message);
        g_assert_cmpint(pbs_error_class(c->status, c->inner, pbs_str(c->code), pbs_str(c->type),
                                        pbs_str(c->message)),
                        ==, c->cls);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/error-class/table", test_table);
    return g_test_run();
}
