/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of models, page by page, which is also the probe: it costs nothing. In ops. */
#include "anthropic.h"

#include "lib/error.h"
#include "lib/url.h"

pb_next anthropic_describe_models(const pbs_ctx *ctx, const Exchange *exchange, pb_str after)
{
    bool probe = exchange->request->kind == PB_KIND_PROBE;
    pbs_buf path;
    pbs_buf_init(&path, 1024);
    bool fits = pbs_buf_add(&path, probe ? PBS_STR("/v1/models?limit=1")
                                         : PBS_STR("/v1/models?limit=1000"));
    if (after.len > 0)
        fits =
            fits && pbs_buf_add(&path, PBS_STR("&after_id=")) && pbs_url_encode(&path, after, NULL);
    bool begun =
        fits && anthropic_begin_http(ctx, exchange, "GET", pbs_buf_str(&path), PB_HTTP_IDEMPOTENT);
    pbs_buf_free(&path);
    if (!fits)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the list of models continues after an id longer than 300 bytes");
    if (!begun)
        return PB_FAIL;
    pbs_anthropic_write_betas(ctx, exchange->dialect);
    return PB_SEND;
}

pb_next anthropic_take_models(const pbs_ctx *ctx, const Exchange *exchange, pb_str body)
{
    const pb_json *answer = ctx->api->json_parse(ctx->x, body, 0);
    const pb_json *data = pbs_get(ctx, answer, "data");
    if (pbs_is(pbs_get_str(ctx, answer, "type"), "error") || pbs_has(ctx, answer, "error"))
        return pbs_anthropic_refused(ctx, exchange->dialect, exchange->status, body);
    if (!pbs_is_type(ctx, data, PB_JSON_ARRAY))
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer to the request for models holds no list of models");
    for (size_t i = 0; i < ctx->api->json_len(data); i++) {
        const pb_json *model = ctx->api->json_at(data, i, NULL);
        pb_event event = {.size = sizeof event,
                          .kind = PB_EV_MODEL,
                          .id = pbs_get_str(ctx, model, "id"),
                          .name = pbs_get_str(ctx, model, "display_name"),
                          .text = ctx->api->json_text(model)};
        if (event.id.len > 0)
            ctx->api->emit(ctx->x, &event);
    }
    pb_str last = pbs_get_str(ctx, answer, "last_id");
    bool more = ctx->api->json_bool(pbs_get(ctx, answer, "has_more"), 0) != 0;
    if (!more || last.len == 0 || ctx->api->json_len(data) == 0)
        return PB_DONE;
    return anthropic_describe_models(ctx, exchange, last);
}
