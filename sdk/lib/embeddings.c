/* SPDX-License-Identifier: MIT */
/* Owns the decoding of embedding lists. Vectors are decoded into memory of its own, one at a
 * time, and given to the core, which copies them. */
#include "lib/embeddings.h"

#include "lib/base64.h"
#include "lib/error.h"
#include "lib/str.h"
#include "lib/usage.h"

#include <stdlib.h>

static void emit_vector(const pbs_ctx *ctx, uint32_t index, const float *vector, size_t n)
{
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_VECTOR,
                      .index = index,
                      .vector = vector,
                      .vector_len = n};
    ctx->api->emit(ctx->x, &event);
}

static bool emit_numbers(const pbs_ctx *ctx, uint32_t index, const pb_json *value)
{
    size_t n = ctx->api->json_len(value);
    float *vector = n > 0 ? malloc(n * sizeof *vector) : NULL;
    bool usable = vector != NULL && ctx->api->json_floats(value, vector, n) == n;
    if (usable)
        emit_vector(ctx, index, vector, n);
    free(vector);
    return usable;
}

/* Little-endian IEEE 754, on any machine. */
static void to_floats(const uint8_t *bytes, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *b = bytes + 4 * i;
        uint32_t bits =
            (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        memcpy(&out[i], &bits, sizeof bits);
    }
}

static bool emit_base64(const pbs_ctx *ctx, uint32_t index, pb_str text)
{
    size_t n = 0;
    uint8_t *bytes = malloc(text.len / 4 * 3 + 3);
    float *vector = malloc(text.len / 4 * 3 + 3 + sizeof *vector);
    bool usable = bytes != NULL && vector != NULL && pbs_base64_decode(text, bytes, &n) && n > 0 &&
                  n % sizeof *vector == 0;
    if (usable) {
        to_floats(bytes, n / sizeof *vector, vector);
        emit_vector(ctx, index, vector, n / sizeof *vector);
    }
    free(bytes);
    free(vector);
    return usable;
}

bool pbs_embedding_emit(const pbs_ctx *ctx, uint32_t index, const pb_json *value)
{
    int32_t type = ctx->api->json_type(value);
    if (type == PB_JSON_STRING)
        return emit_base64(ctx, index, ctx->api->json_str(value));
    return type == PB_JSON_ARRAY && emit_numbers(ctx, index, value);
}

pb_next pbs_embeddings_take(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_core_api *api = ctx->api;
    const pb_json *data = api->json_get(answer, PBS_STR("data"));
    bool usable = api->json_type(data) == PB_JSON_ARRAY;
    for (size_t i = 0; usable && i < api->json_len(data); i++) {
        const pb_json *item = api->json_at(data, i, NULL);
        int64_t index = api->json_int(api->json_get(item, PBS_STR("index")), (int64_t)i);
        usable =
            index >= 0 && index <= UINT32_MAX &&
            pbs_embedding_emit(ctx, (uint32_t)index, api->json_get(item, PBS_STR("embedding")));
    }
    if (!usable)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer holds no embeddings as numbers or as base64 of float32");
    pb_str model = api->json_str(api->json_get(answer, PBS_STR("model")));
    pb_event meta = {
        .size = sizeof meta, .kind = PB_EV_META, .name = PBS_STR("model"), .text = model};
    if (model.len > 0)
        api->emit(ctx->x, &meta);
    pbs_usage_emit(ctx, api->json_get(answer, PBS_STR("usage")));
    return 0;
}

bool pbs_embedding_is_texts(const pbs_ctx *ctx, const pb_json *input)
{
    size_t n = ctx->api->json_len(input), texts = 0;
    if (ctx->api->json_type(input) == PB_JSON_STRING)
        return true;
    for (size_t i = 0; i < n; i++)
        texts += ctx->api->json_type(ctx->api->json_at(input, i, NULL)) == PB_JSON_STRING;
    return ctx->api->json_type(input) == PB_JSON_ARRAY && n > 0 && texts == n;
}
