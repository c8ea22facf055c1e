/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings by InvokeModel: Titan's three bodies, Nova's and Cohere's. Titan and Nova take one
 * input a request. Source: the pages of inference parameters in the Bedrock user guide. In ops of
 * the exchange; nothing is kept between them. */
#include "embed.h"

#include "emit.h"
#include "lib/embeddings.h"
#include "lib/params.h"
#include "lib/url.h"

/* ---- The request ---- */

static const char *const handled[] = {"model",           "input",    "dimensions",
                                      "encoding_format", "patchbay", NULL};
static const pbs_param left_out[] = {
    {"user", PB_NOTE_DROPPED, NULL, "this vendor has no such member"},
    {NULL, 0, NULL, NULL},
};

static void note_params(const pbs_ctx *ctx, const Exchange *exchange, const char *const *own)
{
    pbs_params params = {.handled = handled, .passed = own, .refused = left_out};
    if (!exchange->quiet)
        pbs_params_note(ctx, &params, exchange->request->body);
}

static void write_own(const pbs_ctx *ctx, const Exchange *exchange, const char *const *own)
{
    pbs_params params = {.handled = handled, .passed = own, .refused = left_out};
    pbs_params_write(ctx, &params, exchange->request->body);
}

/* The one input, or nothing where it is none that a text model takes. */
static pb_str one_input(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *input = pbs_get(ctx, exchange->request->body, "input");
    if (pbs_is_type(ctx, input, PB_JSON_ARRAY) && ctx->api->json_len(input) == 1)
        input = ctx->api->json_at(input, 0, NULL);
    return ctx->api->json_str(input);
}

static pb_next no_input(const pbs_ctx *ctx)
{
    return bedrock_unsupported(ctx, "input",
                               "this model takes texts, none of them empty, and no lists of "
                               "tokens; send the text itself");
}

static int64_t dimensions(const pbs_ctx *ctx, const Exchange *exchange)
{
    return pbs_get_int(ctx, exchange->request->body, "dimensions", 0);
}

static const char *const titan_own[] = {"normalize", "embeddingTypes", NULL};
static const char *const no_own[] = {NULL};

static pb_next describe_titan1(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_str text = one_input(ctx, exchange);
    if (text.len == 0)
        return no_input(ctx);
    note_params(ctx, exchange, no_own);
    if (dimensions(ctx, exchange) != 0)
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "dimensions", "this model has one length, 1536");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "inputText", text);
    pbs_w_end(ctx);
    return 0;
}

static pb_next describe_titan2(const pbs_ctx *ctx, Exchange *exchange)
{
    pb_str text = one_input(ctx, exchange);
    if (text.len == 0)
        return no_input(ctx);
    note_params(ctx, exchange, titan_own);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "inputText", text);
    if (dimensions(ctx, exchange) != 0)
        pbs_w_int(ctx, "dimensions", dimensions(ctx, exchange));
    write_own(ctx, exchange, titan_own);
    pbs_w_end(ctx);
    return 0;
}

/* A data: URL is an image, everything else a text. */
static pb_next describe_titan_image(const pbs_ctx *ctx, Exchange *exchange)
{
    static const char *const own[] = {"inputText", "inputImage", "embeddingConfig", NULL};
    pb_str text = one_input(ctx, exchange);
    pbs_data_url data = {0};
    if (text.len == 0)
        return no_input(ctx);
    bool image = pbs_data_url_split(text, &data) && data.base64;
    note_params(ctx, exchange, own);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, image ? "inputImage" : "inputText", image ? data.data : text);
    if (dimensions(ctx, exchange) != 0) {
        pbs_w_object(ctx, "embeddingConfig");
        pbs_w_int(ctx, "outputEmbeddingLength", dimensions(ctx, exchange));
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    return 0;
}

static void write_nova_image(const pbs_ctx *ctx, const pbs_data_url *data)
{
    bool jpeg = pbs_find_nocase(data->media_type, "image/jp") == 0;
    pb_str kind = pbs_skip(data->media_type, strlen("image/"));
    pbs_w_object(ctx, "image");
    pbs_w_str(ctx, "format", jpeg ? PBS_STR("jpeg") : kind);
    pbs_w_str(ctx, "detailLevel", PBS_STR("STANDARD_IMAGE"));
    pbs_w_object(ctx, "source");
    pbs_w_str(ctx, "bytes", data->data);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static pb_next describe_nova(const pbs_ctx *ctx, Exchange *exchange)
{
    static const char *const own[] = {"embeddingPurpose", NULL};
    pb_str text = one_input(ctx, exchange);
    pb_str purpose = pbs_get_str(ctx, exchange->request->body, "embeddingPurpose");
    pbs_data_url data = {0};
    if (text.len == 0)
        return no_input(ctx);
    note_params(ctx, exchange, own);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "taskType", PBS_STR("SINGLE_EMBEDDING"));
    pbs_w_object(ctx, "singleEmbeddingParams");
    pbs_w_str(ctx, "embeddingPurpose", purpose.len > 0 ? purpose : PBS_STR("GENERIC_INDEX"));
    if (dimensions(ctx, exchange) != 0)
        pbs_w_int(ctx, "embeddingDimension", dimensions(ctx, exchange));
    if (pbs_data_url_split(text, &data) && data.base64) {
        write_nova_image(ctx, &data);
    } else {
        pbs_w_object(ctx, "text");
        pbs_w_str(ctx, "truncationMode", PBS_STR("END"));
        pbs_w_str(ctx, "value", text);
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    return 0;
}

static pb_next describe_cohere(const pbs_ctx *ctx, Exchange *exchange)
{
    static const char *const own[] = {"input_type", "truncate", "embedding_types", "images", NULL};
    const pb_json *body = exchange->request->body, *input = pbs_get(ctx, body, "input");
    bool fourth = pbs_find_nocase(exchange->model.name, "v4") != PBS_NONE;
    bool text = pbs_is_type(ctx, input, PB_JSON_STRING);
    const pb_json *first = ctx->api->json_at(input, 0, NULL);
    if (!text && !pbs_is_type(ctx, first, PB_JSON_STRING))
        return no_input(ctx);
    note_params(ctx, exchange, own);
    if (dimensions(ctx, exchange) != 0 && !fourth)
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "dimensions", "this model has one length, 1024");
    pbs_w_object(ctx, NULL);
    if (text) {
        pbs_w_array(ctx, "texts");
        ctx->api->w_value(ctx->x, input);
        pbs_w_end(ctx);
    } else {
        pbs_w_value(ctx, "texts", input);
    }
    if (!pbs_has(ctx, body, "input_type"))
        pbs_w_str(ctx, "input_type", PBS_STR("search_document"));
    if (dimensions(ctx, exchange) != 0 && fourth)
        pbs_w_int(ctx, "output_dimension", dimensions(ctx, exchange));
    write_own(ctx, exchange, own);
    pbs_w_end(ctx);
    return 0;
}

/* ---- The answer ---- */

static pb_next no_vectors(const pbs_ctx *ctx)
{
    return bedrock_unusable(ctx, "the answer holds no embeddings as numbers");
}

static pb_next take_titan(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    const pb_json *vector = pbs_get(ctx, answer, "embedding");
    (void)exchange;
    if (vector == NULL)
        vector = pbs_get(ctx, pbs_get(ctx, answer, "embeddingsByType"), "float");
    if (!pbs_embedding_emit(ctx, 0, vector))
        return no_vectors(ctx);
    bedrock_emit_counts(ctx, bedrock_count(ctx, answer, "inputTextTokenCount"), -1);
    return PB_DONE;
}

static pb_next take_nova(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    const pb_json *list = pbs_get(ctx, answer, "embeddings");
    (void)exchange;
    if (!pbs_embedding_emit(ctx, 0, pbs_get(ctx, ctx->api->json_at(list, 0, NULL), "embedding")))
        return no_vectors(ctx);
    bedrock_emit_header_usage(ctx);
    return PB_DONE;
}

/* A list of vectors, or an object with one for each type. */
static pb_next take_cohere(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    const pb_json *list = pbs_get(ctx, answer, "embeddings");
    (void)exchange;
    if (pbs_is_type(ctx, list, PB_JSON_OBJECT))
        list = pbs_get(ctx, list, "float");
    if (ctx->api->json_len(list) == 0)
        return no_vectors(ctx);
    for (size_t i = 0; i < ctx->api->json_len(list); i++)
        if (!pbs_embedding_emit(ctx, (uint32_t)i, ctx->api->json_at(list, i, NULL)))
            return no_vectors(ctx);
    bedrock_emit_header_usage(ctx);
    return PB_DONE;
}

typedef struct Embedder {
    const char *pattern;
    BedrockCodec codec;
} Embedder;

static const Embedder embedders[] = {
    {"amazon.titan-embed-text-v1*", {"invoke", NULL, describe_titan1, take_titan, 0, 0, 0, 0}},
    {"amazon.titan-embed-g1-text*", {"invoke", NULL, describe_titan1, take_titan, 0, 0, 0, 0}},
    {"amazon.titan-embed-image*", {"invoke", NULL, describe_titan_image, take_titan, 0, 0, 0, 0}},
    {"amazon.titan-embed*", {"invoke", NULL, describe_titan2, take_titan, 0, 0, 0, 0}},
    {"amazon.nova*embed*", {"invoke", NULL, describe_nova, take_nova, 0, 0, 0, 0}},
    {"cohere.embed*", {"invoke", NULL, describe_cohere, take_cohere, 0, 0, 0, 0}},
};

const BedrockCodec *embed_codec(const pbs_ctx *ctx, const Exchange *exchange)
{
    for (size_t i = 0; i < sizeof embedders / sizeof embedders[0]; i++)
        if (pbs_glob(pbs_str(embedders[i].pattern), exchange->model.name))
            return &embedders[i].codec;
    bedrock_unsupported(ctx, "model",
                        "embeddings of this model are not known; there are amazon.titan-embed-*, "
                        "amazon.nova-2-multimodal-embeddings-* and cohere.embed-*");
    return NULL;
}
