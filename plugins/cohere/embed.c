/* SPDX-License-Identifier: Apache-2.0 */
/* Owns embeddings: what input is for must be said, images are inputs of another kind than texts,
 * and vectors come sorted by the type of their numbers. In ops. */
#include "cohere.h"

#include "lib/embeddings.h"
#include "lib/params.h"

static const char *const handled[] = {
    "model",      "input",           "dimensions",      "output_dimension",
    "input_type", "embedding_types", "encoding_format", NULL};

static const char *const passed[] = {"truncate", "max_tokens", "priority", NULL};

static const pbs_param left_out[] = {
    {"user", PB_NOTE_DROPPED, NULL, "this vendor does not tell users apart"},
    {NULL, 0, NULL, NULL},
};

static const pbs_params params = {.handled = handled, .passed = passed, .refused = left_out};

/* ---- The request ---- */

static const pb_json *input_at(const pbs_ctx *ctx, const pb_json *input, size_t i)
{
    return pbs_is_type(ctx, input, PB_JSON_STRING) ? input : ctx->api->json_at(input, i, NULL);
}

static bool is_image(const pbs_ctx *ctx, const pb_json *one)
{
    return pbs_has_prefix(ctx->api->json_str(one), PBS_STR("data:image/"));
}

/* Texts and images side by side, which the newer models take. */
static void write_mixed(const pbs_ctx *ctx, const pb_json *one)
{
    bool image = is_image(ctx, one);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "content");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", image ? PBS_STR("image_url") : PBS_STR("text"));
    if (image) {
        pbs_w_object(ctx, "image_url");
        pbs_w_value(ctx, "url", one);
        pbs_w_end(ctx);
    } else {
        pbs_w_value(ctx, "text", one);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* One image alone has a member that older models know as well. */
static bool write_input(const pbs_ctx *ctx, const pb_json *input)
{
    size_t n = pbs_is_type(ctx, input, PB_JSON_STRING) ? 1 : ctx->api->json_len(input);
    size_t images = 0, texts = 0;
    for (size_t i = 0; i < n; i++) {
        images += is_image(ctx, input_at(ctx, input, i));
        texts += pbs_is_type(ctx, input_at(ctx, input, i), PB_JSON_STRING);
    }
    if (texts < n)
        cohere_note(ctx, PB_NOTE_UNMET, "input",
                    "this vendor takes texts and images as data: URLs, not numbers of tokens");
    bool mixed = images > 0 && n > 1;
    pbs_w_array(ctx, mixed ? "inputs" : images > 0 ? "images" : "texts");
    for (size_t i = 0; i < n; i++) {
        const pb_json *one = input_at(ctx, input, i);
        if (mixed)
            write_mixed(ctx, one);
        else
            ctx->api->w_value(ctx->x, one);
    }
    pbs_w_end(ctx);
    return images > 0 && images == n;
}

/* One type of numbers: the caller's first, else floats. */
static void write_types(const pbs_ctx *ctx, const pb_json *body)
{
    const pb_json *types = pbs_get(ctx, body, "embedding_types");
    pb_str type = ctx->api->json_str(ctx->api->json_at(types, 0, NULL));
    if (ctx->api->json_len(types) > 1)
        cohere_note(ctx, PB_NOTE_DROPPED, "embedding_types",
                    "an answer holds one vector for each input: only the first type is asked for");
    pbs_w_array(ctx, "embedding_types");
    ctx->api->w_str(ctx->x, type.len > 0 ? type : PBS_STR("float"));
    pbs_w_end(ctx);
}

void cohere_write_embed(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    pb_str type = pbs_get_str(ctx, body, "input_type");
    const char *length = pbs_has(ctx, body, "output_dimension") ? "output_dimension" : "dimensions";
    pbs_params_note(ctx, &params, body);
    bool images = write_input(ctx, pbs_get(ctx, body, "input"));
    if (type.len == 0)
        type = images ? PBS_STR("image") : pbs_str(exchange->provider->input_type);
    pbs_w_str(ctx, "input_type", type);
    write_types(ctx, body);
    if (pbs_has(ctx, body, length))
        pbs_w_value(ctx, "output_dimension", pbs_get(ctx, body, length));
    pbs_params_write(ctx, &params, body);
}

/* ---- The answer ---- */

static void emit_usage(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *billed = pbs_get(ctx, pbs_get(ctx, answer, "meta"), "billed_units");
    double texts = ctx->api->json_real(pbs_get(ctx, billed, "input_tokens"), -1);
    double images = ctx->api->json_real(pbs_get(ctx, billed, "image_tokens"), -1);
    double sum = (texts > 0 ? texts : 0) + (images > 0 ? images : 0);
    pb_event event = {.size = sizeof event, .kind = PB_EV_USAGE, .known = PB_USAGE_IN};
    if ((texts < 0 && images < 0) || sum > 9e15)
        return;
    event.tokens_in = (int64_t)sum;
    ctx->api->emit(ctx->x, &event);
}

/* {"float":[[...]]}: the one list that was asked for; a bare list is what older versions give. */
static const pb_json *vectors_in(const pbs_ctx *ctx, const pb_json *embeddings)
{
    static const char *const types[] = {"float", "int8", "uint8", "binary", "ubinary", "base64"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const pb_json *list = pbs_get(ctx, embeddings, types[i]);
        if (ctx->api->json_len(list) > 0)
            return list;
    }
    return embeddings;
}

pb_next cohere_take_embed(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *list = vectors_in(ctx, pbs_get(ctx, answer, "embeddings"));
    size_t n = pbs_is_type(ctx, list, PB_JSON_ARRAY) ? ctx->api->json_len(list) : 0;
    bool good = n > 0;
    cohere_emit_id(ctx, pbs_get_str(ctx, answer, "id"));
    for (size_t i = 0; good && i < n; i++)
        good = pbs_embedding_emit(ctx, (uint32_t)i, ctx->api->json_at(list, i, NULL));
    if (!good)
        return cohere_unusable(ctx, "the answer holds no embeddings");
    emit_usage(ctx, answer);
    return PB_DONE;
}
