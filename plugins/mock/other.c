/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the kinds that are answered at once: a list of models, a count, an image of one pixel, a
 * probe. In ops. */
#include "mock.h"

#include "lib/error.h"

/* A PNG of one grey pixel. */
#define PIXEL                                                                                      \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAC"                         \
    "hwGA60e6kgAAAABJRU5ErkJggg=="

typedef struct Listed {
    const char *id, *note;
} Listed;

static const Listed listed[] = {
    {"text", "the text of the option `text`"},
    {"echo", "the last text of the user"},
    {"tool", "calls the first tool; tool-2 calls two"},
    {"reasoning", "reasons, then answers"},
    {"refusal", "refuses"},
    {"json", "an object with the text"},
    {"slow", "2 s before the first token, 200 ms between"},
    {"length", "ends with finish_reason length"},
    {"content_filter", "ends with finish_reason content_filter"},
    {"cut", "breaks off after 2 tokens"},
    {"error-429", "fails; also by class: error-quota, and later: error-500-after-3"},
};

static void emit_model(const pbs_ctx *ctx, pb_str id, const char *note)
{
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "owned_by", PBS_STR("patchbay"));
    pbs_w_str(ctx, "note", pbs_str(note));
    pbs_w_end(ctx);
    pb_event model = {
        .size = sizeof model, .kind = PB_EV_MODEL, .id = id, .text = ctx->api->w_end(ctx->x)};
    ctx->api->emit(ctx->x, &model);
}

static pb_next list_models(const pbs_ctx *ctx, const MockExchange *exchange)
{
    const pb_json *models = exchange->script.models, *name = NULL;
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++)
        emit_model(ctx, pbs_str(listed[i].id), listed[i].note);
    for (size_t i = 0; (name = ctx->api->json_at(models, i, NULL)) != NULL; i++) {
        pb_str id = ctx->api->json_str(name);
        if (id.len > 0 && memchr(id.ptr, '*', id.len) == NULL)
            emit_model(ctx, id, "named by the option `models`");
    }
    return PB_DONE;
}

static pb_next count(const pbs_ctx *ctx, MockExchange *exchange)
{
    int64_t in = exchange->script.usage_in;
    pb_event usage = {.size = sizeof usage, .kind = PB_EV_USAGE, .known = PB_USAGE_IN};
    usage.tokens_in = in >= 0 ? in : mock_input_count(ctx, exchange);
    ctx->api->emit(ctx->x, &usage);
    return PB_DONE;
}

static pb_next draw(const pbs_ctx *ctx, const MockExchange *exchange)
{
    const pb_json *body = exchange->request->body;
    bool link = pbs_is(pbs_get_str(ctx, body, "response_format"), "url");
    int64_t n = pbs_get_int(ctx, body, "n", 1);
    if (n < 1 || n > 10)
        return pbs_fail(ctx, PB_ERR_INVALID, (pb_str){NULL, 0}, "n must be from 1 to 10");
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_int(ctx, "created", ctx->api->now_ms(ctx->core) / 1000);
    pbs_w_array(ctx, "data");
    for (int64_t i = 0; i < n; i++) {
        pbs_w_object(ctx, NULL);
        if (link)
            pbs_w_str(ctx, "url", PBS_STR("data:image/png;base64," PIXEL));
        else
            pbs_w_str(ctx, "b64_json", PBS_STR(PIXEL));
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pb_event event = {.size = sizeof event, .kind = PB_EV_JSON, .text = ctx->api->w_end(ctx->x)};
    ctx->api->emit(ctx->x, &event);
    return PB_DONE;
}

pb_next mock_answer_other(const pbs_ctx *ctx, MockExchange *exchange)
{
    switch (exchange->request->kind) {
    case PB_KIND_EMBEDDING:
        return mock_embed(ctx, exchange);
    case PB_KIND_RERANK:
        return mock_rerank(ctx, exchange);
    case PB_KIND_IMAGE:
        return draw(ctx, exchange);
    case PB_KIND_COUNT_TOKENS:
        return count(ctx, exchange);
    case PB_KIND_MODELS:
        return list_models(ctx, exchange);
    default:
        return PB_DONE; /* a probe, and no error was drawn */
    }
}
