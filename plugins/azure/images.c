/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the images of the API of 2023: the request is answered by 202 and an address to ask, until
 * the job has succeeded or failed. The key goes there too, so the address must be on the server
 * that was asked. In ops. */
#include "azure.h"

#include "lib/duration.h"
#include "lib/json.h"
#include "lib/listing.h"

#define WAIT_MS     INT64_C(1000)
#define WAIT_MIN_MS INT64_C(100)
#define WAIT_MAX_MS INT64_C(10000)

/* How long to wait, as the reply says; a second where it says nothing. */
static int64_t wait_of(const pbs_ctx *ctx)
{
    int64_t ms = pbs_duration(ctx->api->http_reply_header(ctx->x, PBS_STR("retry-after")));
    if (ms < 0)
        return WAIT_MS;
    return ms < WAIT_MIN_MS ? WAIT_MIN_MS : ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms;
}

static pb_next start(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_str job = ctx->api->http_reply_header(ctx->x, PBS_STR("operation-location"));
    if (job.len == 0)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the image is to come later, and the reply does not say where from");
    if (!azure_is_same_origin(job, exchange->provider->root))
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the image is to be fetched from another server than base-url's, where "
                        "the key does not go");
    exchange->job = ctx->api->alloc(ctx->x, job.len + 1);
    if (exchange->job == NULL)
        return pbs_fail(ctx, PB_ERR_INTERNAL, (pb_str){NULL, 0}, "no memory for the job's address");
    memcpy(exchange->job, job.ptr, job.len);
    exchange->polling = true;
    return PB_READ;
}

bool azure_images_on_head(const pbs_ctx *ctx, Exchange *exchange, int32_t status, pb_next *next)
{
    *next = PB_READ;
    exchange->wait_ms = wait_of(ctx);
    if (exchange->polling && status == 200)
        return true;
    if (status != 202 || exchange->openai.request->kind != PB_KIND_IMAGE) {
        exchange->polling = false;
        return false;
    }
    if (!exchange->polling)
        *next = start(ctx, exchange);
    return true;
}

static pb_next take_result(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    const pb_json *result = pbs_get(ctx, answer, "result");
    exchange->image_taken = true;
    return pbs_images_take(ctx, result != NULL ? result : answer);
}

pb_next azure_images_on_body(const pbs_ctx *ctx, Exchange *exchange, pb_str bytes)
{
    if (exchange->status == 202)
        return PB_READ; /* {"id":...,"status":"notRunning"} */
    const pb_json *answer = ctx->api->json_parse(ctx->x, pbs_trim(bytes), 0);
    pb_str status = pbs_get_str(ctx, answer, "status");
    if (pbs_is(status, "succeeded"))
        return take_result(ctx, exchange, answer) == PB_FAIL ? PB_FAIL : PB_READ;
    if (pbs_is(status, "notRunning") || pbs_is(status, "running"))
        return PB_READ;
    pbs_error error;
    pbs_openai_error_read(ctx, &exchange->openai, bytes, &error);
    if (answer == NULL || error.cls == 0)
        error.cls =
            pbs_is(error.code, "content_policy_violation") || pbs_is(error.code, "contentFilter")
                ? PB_ERR_CONTENT_POLICY
                : PB_ERR_UPSTREAM;
    return pbs_error_fail(ctx, exchange->status, &error);
}

pb_next azure_images_on_end(const pbs_ctx *ctx, Exchange *exchange)
{
    if (exchange->image_taken)
        return PB_DONE;
    ctx->api->wait(ctx->x, exchange->wait_ms);
    return PB_WAIT;
}

pb_next azure_images_on_timer(const pbs_ctx *ctx, Exchange *exchange)
{
    ctx->api->http_begin(ctx->x, PBS_STR("GET"), pbs_str(exchange->job), PB_HTTP_IDEMPOTENT);
    ctx->api->http_header(ctx->x, PBS_STR("accept"), PBS_STR("application/json"));
    return PB_SEND;
}
