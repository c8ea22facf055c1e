/* SPDX-License-Identifier: Apache-2.0 */
/* Owns refusals ({"title","detail","status"}) and runs that failed, whose only word is a text. A
 * request that creates a run is to be sent again only after 429: any other reply may mean that a
 * run is under way, which costs. In ops. */
#include "replicate.h"

#include "lib/error.h"
#include "lib/error_class.h"
#include "lib/retry.h"

typedef struct Phrase {
    const char *says;
    int32_t cls;
} Phrase;

static const Phrase refusals[] = {{"invalid version or not permitted", PB_ERR_NOT_FOUND},
                                  {"specified version does not exist", PB_ERR_NOT_FOUND}};

static const Phrase failures[] = {{"nsfw", PB_ERR_CONTENT_POLICY},
                                  {"flagged as sensitive", PB_ERR_CONTENT_POLICY},
                                  {"sensitive content", PB_ERR_CONTENT_POLICY}};

static int32_t find(const Phrase *phrases, size_t n, pb_str text)
{
    for (size_t i = 0; i < n; i++)
        if (pbs_find_nocase(text, phrases[i].says) != PBS_NONE)
            return phrases[i].cls;
    return 0;
}

pb_next replicate_refused(const pbs_ctx *ctx, const Exchange *exchange, pb_str body)
{
    const pb_json *object = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    const pb_json *field = ctx->api->json_at(pbs_get(ctx, object, "invalid_fields"), 0, NULL);
    bool create = exchange->phase == PHASE_CREATE;
    int32_t status = exchange->status;
    pbs_error error;
    if (object == NULL || !pbs_error_read(ctx, object, &error) || error.message.len == 0) {
        if (!create || status == 429)
            return pbs_error_fail_body(ctx, status, body);
        error = (pbs_error){.hint_ms = -1, .message = pbs_cut(pbs_trim(body), 300)};
        if (error.message.len > 0 && error.message.ptr[0] == '<')
            error.message = PBS_STR("the server answered with an HTML page instead of JSON");
    }
    if (pbs_get_str(ctx, object, "detail").len == 0 && pbs_has(ctx, object, "title"))
        error.message = pbs_get_str(ctx, object, "title");
    pbs_retry retry = pbs_retry_read(ctx, error.message, error.hint_ms);
    pb_error out = {.size = sizeof out,
                    .http_status = status >= 400 ? status : 0,
                    .retry = create && status != 429 ? -1 : retry.retry,
                    .retry_after_ms = retry.after_ms,
                    .message = error.message,
                    .param = pbs_get_str(ctx, field, "field")};
    if (status == 400 || status == 422)
        out.cls = find(refusals, sizeof refusals / sizeof refusals[0], error.message);
    if (out.cls == 0)
        out.cls = pbs_error_class(status, 0, error.code, (pb_str){NULL, 0}, error.message);
    ctx->api->fail(ctx->x, &out);
    return PB_FAIL;
}

pb_next replicate_failed(const pbs_ctx *ctx, pb_str message)
{
    pb_error out = {.size = sizeof out, .message = pbs_cut(message, 2000)};
    out.cls = find(failures, sizeof failures / sizeof failures[0], message);
    if (out.cls == 0)
        out.cls = pbs_error_class(200, 0, (pb_str){NULL, 0}, (pb_str){NULL, 0}, message);
    if (message.len == 0)
        out.message = PBS_STR("the run failed, and the vendor does not say why");
    ctx->api->fail(ctx->x, &out);
    return PB_FAIL;
}

pb_next replicate_canceled(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_TIMEOUT, (pb_str){NULL, 0},
                    "the run was canceled at the vendor, by somebody else or because its time was "
                    "up (option cancel-after)");
}
