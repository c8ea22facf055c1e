/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the words of this service's errors: its codes, a refused member named in a list, an error
 * that is text inside the message. In ops. */
#include "azure_ai.h"

#include "lib/azure_error.h"
#include "lib/json.h"

typedef struct Code {
    const char *code;
    int32_t cls;
} Code;

static const Code codes[] = {
    {"unknown_model", PB_ERR_NOT_FOUND},
    {"unauthorized", PB_ERR_AUTH},
    {"tokens_limit_reached", PB_ERR_CONTEXT_LENGTH},
    {"PermissionDenied", PB_ERR_FORBIDDEN},
    {"RateLimitReached", PB_ERR_RATE_LIMIT},
};

/* {"detail":[{"type":"extra_forbidden","loc":["body","n"]}]}: the shared repair knows the word. */
static void take_detail(const pbs_ctx *ctx, const pb_json *body, pbs_error *error)
{
    const pb_json *first = ctx->api->json_at(pbs_get(ctx, body, "detail"), 0, NULL);
    pb_str said = pbs_get_str(ctx, first, "msg");
    if (first == NULL)
        return;
    if (pbs_is(pbs_get_str(ctx, first, "type"), "extra_forbidden"))
        error->code = PBS_STR("extra_forbidden");
    if (said.len > 0)
        error->message = said;
}

void azure_ai_error(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body,
                    pbs_error *error)
{
    pb_str text = pbs_trim(error->message);
    const pb_json *inside = NULL;
    if (text.len > 1 && text.ptr[0] == '{')
        inside = ctx->api->json_parse(ctx->x, text, 0);
    if (inside != NULL && pbs_error_read(ctx, inside, error))
        body = inside;
    take_detail(ctx, body, error);
    if (error->code.len == 0)
        error->code = ctx->api->http_reply_header(ctx->x, PBS_STR("x-ms-error-code"));
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (pbs_is(error->code, codes[i].code))
            error->cls = codes[i].cls;
    if (openai->status == 424 && error->cls == 0)
        error->cls = PB_ERR_OVERLOADED;
    pbs_azure_filters(ctx, body, error);
}
