/* SPDX-License-Identifier: Apache-2.0 */
/* Images by InvokeModel: Titan and Nova Canvas, and Stability's models. Answers are base64 only.
 * Source: the pages of inference parameters in the Bedrock user guide. In ops of the exchange;
 * nothing is kept between them. */
#include "embed.h"

#include "emit.h"
#include "lib/error.h"
#include "lib/params.h"

static const pbs_param left_out[] = {
    {"user", PB_NOTE_DROPPED, NULL, "this vendor has no such member"},
    {"style", PB_NOTE_DROPPED, NULL, "this vendor has no such setting"},
    {"background", PB_NOTE_DROPPED, "\"auto\"", "this vendor has no such setting"},
    {"moderation", PB_NOTE_DROPPED, "\"auto\"", "this vendor has no such setting"},
    {"output_compression", PB_NOTE_DROPPED, NULL, "this vendor has no such setting"},
    {"partial_images", PB_NOTE_DROPPED, "0", "this vendor gives images when they are done"},
    {"stream", PB_NOTE_DROPPED, "false", "this vendor gives images when they are done"},
    {NULL, 0, NULL, NULL},
};

static void note_format(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_str format = pbs_get_str(ctx, exchange->request->body, "response_format");
    if (pbs_is(format, "url"))
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "response_format",
                     "this vendor gives images as b64_json");
}

/* "1024x768" */
static bool read_size(pb_str size, int64_t *width, int64_t *height)
{
    const char *x = size.len > 0 ? memchr(size.ptr, 'x', size.len) : NULL;
    if (x == NULL)
        return false;
    size_t n = (size_t)(x - size.ptr);
    return pbs_int((pb_str){size.ptr, n}, width) && pbs_int(pbs_skip(size, n + 1), height) &&
           *width > 0 && *height > 0;
}

static void note_size(const pbs_ctx *ctx, const Exchange *exchange, pb_str size)
{
    if (size.len > 0 && !pbs_is(size, "auto"))
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "size",
                     "a size is WIDTHxHEIGHT in pixels, of a shape that this model has");
}

/* ---- Titan and Nova Canvas ---- */

static void write_amazon_config(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    pb_str size = pbs_get_str(ctx, body, "size"), quality = pbs_get_str(ctx, body, "quality");
    int64_t width = 0, height = 0;
    pbs_w_object(ctx, "imageGenerationConfig");
    pbs_w_int(ctx, "numberOfImages", pbs_get_int(ctx, body, "n", 1));
    if (read_size(size, &width, &height)) {
        pbs_w_int(ctx, "width", width);
        pbs_w_int(ctx, "height", height);
    } else {
        note_size(ctx, exchange, size);
    }
    if (pbs_is(quality, "hd") || pbs_is(quality, "high") || pbs_is(quality, "premium"))
        pbs_w_str(ctx, "quality", PBS_STR("premium"));
    else if (quality.len > 0)
        pbs_w_str(ctx, "quality", PBS_STR("standard"));
    if (pbs_has(ctx, body, "cfgScale"))
        pbs_w_value(ctx, "cfgScale", pbs_get(ctx, body, "cfgScale"));
    if (pbs_has(ctx, body, "seed"))
        pbs_w_value(ctx, "seed", pbs_get(ctx, body, "seed"));
    pbs_w_end(ctx);
}

static pb_next describe_amazon(const pbs_ctx *ctx, Exchange *exchange)
{
    static const char *const handled[] = {"model",           "prompt",   "n",    "size",
                                          "quality",         "cfgScale", "seed", "negativeText",
                                          "response_format", "patchbay", NULL};
    static const char *const passed[] = {NULL};
    const pb_json *body = exchange->request->body;
    pbs_params params = {.handled = handled, .passed = passed, .refused = left_out};
    if (!exchange->quiet)
        pbs_params_note(ctx, &params, body);
    note_format(ctx, exchange);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "taskType", PBS_STR("TEXT_IMAGE"));
    pbs_w_object(ctx, "textToImageParams");
    pbs_w_str(ctx, "text", pbs_get_str(ctx, body, "prompt"));
    if (pbs_has(ctx, body, "negativeText"))
        pbs_w_value(ctx, "negativeText", pbs_get(ctx, body, "negativeText"));
    pbs_w_end(ctx);
    write_amazon_config(ctx, exchange);
    pbs_w_end(ctx);
    return 0;
}

/* ---- Stability ---- */

typedef struct Ratio {
    const char *name;
    int64_t width, height;
} Ratio;

static const Ratio ratios[] = {{"1:1", 1, 1}, {"16:9", 16, 9}, {"21:9", 21, 9},
                               {"2:3", 2, 3}, {"3:2", 3, 2},   {"4:5", 4, 5},
                               {"5:4", 5, 4}, {"9:16", 9, 16}, {"9:21", 9, 21}};

/* The model has shapes and no sizes; the nearest one stands for what was asked. */
static void write_ratio(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_str size = pbs_get_str(ctx, exchange->request->body, "size");
    int64_t width = 0, height = 0;
    const Ratio *best = &ratios[0];
    double least = 1e9;
    if (pbs_has(ctx, exchange->request->body, "aspect_ratio")) {
        pbs_w_value(ctx, "aspect_ratio", pbs_get(ctx, exchange->request->body, "aspect_ratio"));
        return;
    }
    if (!read_size(size, &width, &height)) {
        note_size(ctx, exchange, size);
        return;
    }
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++) {
        double off =
            (double)width / (double)height - (double)ratios[i].width / (double)ratios[i].height;
        off = off < 0 ? -off : off;
        if (off < least) {
            least = off;
            best = &ratios[i];
        }
    }
    bedrock_note(ctx, exchange, PB_NOTE_EMULATED, "size",
                 "this model has shapes and no sizes: the nearest aspect_ratio");
    pbs_w_str(ctx, "aspect_ratio", pbs_str(best->name));
}

static pb_next describe_stability(const pbs_ctx *ctx, Exchange *exchange)
{
    static const char *const handled[] = {"model",   "prompt",       "size",
                                          "n",       "aspect_ratio", "response_format",
                                          "quality", "patchbay",     NULL};
    static const char *const passed[] = {
        "output_format", "seed", "negative_prompt", "mode", "image", "strength", NULL};
    const pb_json *body = exchange->request->body;
    pbs_params params = {.handled = handled, .passed = passed, .refused = left_out};
    if (!exchange->quiet)
        pbs_params_note(ctx, &params, body);
    note_format(ctx, exchange);
    if (pbs_get_int(ctx, body, "n", 1) != 1)
        bedrock_note(ctx, exchange, PB_NOTE_UNMET, "n", "this model gives one image a request");
    if (pbs_has(ctx, body, "quality"))
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "quality", "this model has one quality");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "prompt", pbs_get_str(ctx, body, "prompt"));
    write_ratio(ctx, exchange);
    pbs_params_write(ctx, &params, body);
    pbs_w_end(ctx);
    return 0;
}

/* ---- The answer ---- */

/* Why the first image that was not made was not made; empty: all were. */
static pb_str refused(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *reasons = pbs_get(ctx, answer, "finish_reasons");
    pb_str error = pbs_get_str(ctx, answer, "error");
    for (size_t i = 0; error.len == 0 && i < ctx->api->json_len(reasons); i++)
        error = ctx->api->json_str(ctx->api->json_at(reasons, i, NULL));
    return pbs_is(error, "SUCCESS") ? (pb_str){NULL, 0} : error;
}

static pb_next fail_refused(const pbs_ctx *ctx, pb_str why)
{
    pb_error error = {.size = sizeof error,
                      .cls = PB_ERR_CONTENT_POLICY,
                      .http_status = 400,
                      .retry = -1,
                      .message = why};
    ctx->api->fail(ctx->x, &error);
    return PB_FAIL;
}

static pb_next take(const pbs_ctx *ctx, Exchange *exchange, const pb_json *answer)
{
    const pb_core_api *api = ctx->api;
    const pb_json *images = pbs_get(ctx, answer, "images");
    pb_str why = refused(ctx, answer);
    (void)exchange;
    if (why.len > 0)
        return fail_refused(ctx, why);
    if (api->json_len(images) == 0)
        return bedrock_unusable(ctx, "the answer holds no images");
    api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_int(ctx, "created", api->now_ms(ctx->core) / 1000);
    pbs_w_array(ctx, "data");
    for (size_t i = 0; i < api->json_len(images); i++) {
        pbs_w_object(ctx, NULL);
        pbs_w_value(ctx, "b64_json", api->json_at(images, i, NULL));
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pb_event event = {.size = sizeof event, .kind = PB_EV_JSON, .text = api->w_end(ctx->x)};
    api->emit(ctx->x, &event);
    return PB_DONE;
}

static const BedrockCodec amazon = {"invoke", NULL, describe_amazon, take, 0, 0, 0, 0};
static const BedrockCodec stability = {"invoke", NULL, describe_stability, take, 0, 0, 0, 0};

const BedrockCodec *image_codec(const pbs_ctx *ctx, const Exchange *exchange)
{
    pb_str name = exchange->model.name;
    if (pbs_has_prefix(name, PBS_STR("amazon.titan-image")) ||
        pbs_has_prefix(name, PBS_STR("amazon.nova-canvas")))
        return &amazon;
    if (pbs_has_prefix(name, PBS_STR("stability.")))
        return &stability;
    bedrock_unsupported(ctx, "model",
                        "images of this model are not known; there are amazon.titan-image-*, "
                        "amazon.nova-canvas-* and stability.*");
    return NULL;
}
