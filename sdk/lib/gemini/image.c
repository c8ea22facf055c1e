/* SPDX-License-Identifier: MIT */
/* Owns images asked for as such: Imagen by :predict, models that draw by generateContent. Both
 * answer in bytes, which become b64_json. Sizes are told as the nearest ratio of sides. In ops. */
#include "lib/gemini/internal.h"

#include "lib/error.h"
#include "lib/params.h"

static const char *const handled[] = {"model",
                                      "prompt",
                                      "n",
                                      "size",
                                      "response_format",
                                      "seed",
                                      "negativePrompt",
                                      "negative_prompt",
                                      "aspectRatio",
                                      "aspect_ratio",
                                      "personGeneration",
                                      "person_generation",
                                      "imageSize",
                                      "image_size",
                                      "output_format",
                                      "stream",
                                      NULL};
static const char *const none[] = {NULL};
static const pbs_param left_out[] = {
    {"quality", PB_NOTE_DROPPED, "\"auto\"", "this vendor has no qualities; see imageSize"},
    {"style", PB_NOTE_DROPPED, NULL, "say it in the prompt"},
    {"background", PB_NOTE_DROPPED, "\"auto\"", "say it in the prompt"},
    {"moderation", PB_NOTE_DROPPED, "\"auto\"", "this vendor has no such setting"},
    {"output_compression", PB_NOTE_DROPPED, NULL, "this vendor has no such setting"},
    {"partial_images", PB_NOTE_UNMET, "0", "this vendor sends whole images only"},
    {"user", PB_NOTE_DROPPED, NULL, "this vendor takes no name of a user"},
    {NULL, 0, NULL, NULL},
};
static const pbs_params params = {.handled = handled, .passed = none, .refused = left_out};

bool pbs_gemini_is_imagen(pb_str model)
{
    return pbs_find_nocase(model, "imagen") != PBS_NONE ||
           pbs_find_nocase(model, "imagegeneration") != PBS_NONE;
}

/* "1536x1024" as 1.5; 0: no size. */
static double ratio_of(pb_str size)
{
    int64_t width = 0, height = 0;
    const char *x = size.len > 0 ? memchr(size.ptr, 'x', size.len) : NULL;
    if (x == NULL)
        return 0;
    size_t n = (size_t)(x - size.ptr);
    if (!pbs_int((pb_str){size.ptr, n}, &width) || !pbs_int(pbs_skip(size, n + 1), &height) ||
        width < 1 || height < 1)
        return 0;
    return (double)width / (double)height;
}

static double distance(double a, double b)
{
    return a > b ? a / b : b / a;
}

static const char *nearest(double ratio)
{
    static const struct {
        const char *name;
        double ratio;
    } ratios[] = {
        {"1:1", 1}, {"3:4", 0.75}, {"4:3", 4.0 / 3}, {"9:16", 9.0 / 16}, {"16:9", 16.0 / 9}};
    size_t best = 0;
    for (size_t i = 1; i < sizeof ratios / sizeof ratios[0]; i++)
        if (distance(ratio, ratios[i].ratio) < distance(ratio, ratios[best].ratio))
            best = i;
    return ratios[best].name;
}

/* The ratio of sides that is asked for; empty: none. */
static pb_str ratio_asked(const pbs_ctx *ctx, const pb_json *body)
{
    pb_str own = ctx->api->json_str(pbs_gemini_own(ctx, body, "aspectRatio"));
    pb_str size = pbs_get_str(ctx, body, "size");
    double ratio = ratio_of(size);
    if (own.len > 0 || size.len == 0 || pbs_is(size, "auto"))
        return own;
    if (ratio <= 0) {
        ctx->api->note(ctx->x, PB_NOTE_DROPPED, PBS_STR("size"),
                       PBS_STR("a size is WIDTHxHEIGHT, of which the ratio is told"));
        return own;
    }
    ctx->api->note(ctx->x, PB_NOTE_EMULATED, PBS_STR("size"),
                   PBS_STR("sent as the nearest ratio of sides; see imageSize for how large"));
    return pbs_str(nearest(ratio));
}

static void note(const pbs_ctx *ctx, const pb_json *body)
{
    pbs_params_note(ctx, &params, body);
    if (pbs_is(pbs_get_str(ctx, body, "response_format"), "url"))
        ctx->api->note(ctx->x, PB_NOTE_EMULATED, PBS_STR("response_format"),
                       PBS_STR("this vendor answers in bytes: b64_json"));
}

static void write_own(const pbs_ctx *ctx, const pb_json *body, const char *name)
{
    const pb_json *value = pbs_gemini_own(ctx, body, name);
    if (value != NULL)
        pbs_w_value(ctx, name, value);
}

static void write_predict(const pbs_ctx *ctx, const pb_json *body)
{
    pb_str ratio = ratio_asked(ctx, body), format = pbs_get_str(ctx, body, "output_format");
    pbs_w_array(ctx, "instances");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "prompt", pbs_get_str(ctx, body, "prompt"));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_object(ctx, "parameters");
    pbs_w_int(ctx, "sampleCount", pbs_get_int(ctx, body, "n", 1));
    if (ratio.len > 0)
        pbs_w_str(ctx, "aspectRatio", ratio);
    write_own(ctx, body, "negativePrompt");
    write_own(ctx, body, "personGeneration");
    write_own(ctx, body, "seed");
    if (pbs_gemini_own(ctx, body, "imageSize") != NULL)
        pbs_w_value(ctx, "sampleImageSize", pbs_gemini_own(ctx, body, "imageSize"));
    if (pbs_is(format, "png") || pbs_is(format, "jpeg")) {
        pbs_w_object(ctx, "outputOptions");
        pbs_w_str(ctx, "mimeType",
                  pbs_is(format, "png") ? PBS_STR("image/png") : PBS_STR("image/jpeg"));
        pbs_w_end(ctx);
    } else if (format.len > 0) {
        ctx->api->note(ctx->x, PB_NOTE_DROPPED, PBS_STR("output_format"),
                       PBS_STR("this vendor has png and jpeg"));
    }
    pbs_w_end(ctx);
}

static void write_drawing(const pbs_ctx *ctx, const pb_json *body)
{
    pb_str ratio = ratio_asked(ctx, body);
    const pb_json *size = pbs_gemini_own(ctx, body, "imageSize");
    static const char *const others[] = {"negativePrompt", "personGeneration", "output_format"};
    if (pbs_get_int(ctx, body, "n", 1) != 1)
        ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("n"),
                       PBS_STR("this model draws one image a request; ask several times"));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (pbs_gemini_own(ctx, body, others[i]) != NULL)
            ctx->api->note(ctx->x, PB_NOTE_DROPPED, pbs_str(others[i]),
                           PBS_STR("this model takes none; say it in the prompt"));
    pbs_w_array(ctx, "contents");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "role", PBS_STR("user"));
    pbs_w_array(ctx, "parts");
    pbs_gemini_write_text(ctx, pbs_get_str(ctx, body, "prompt"));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_object(ctx, "generationConfig");
    pbs_w_array(ctx, "responseModalities");
    ctx->api->w_str(ctx->x, PBS_STR("TEXT"));
    ctx->api->w_str(ctx->x, PBS_STR("IMAGE"));
    pbs_w_end(ctx);
    write_own(ctx, body, "seed");
    if (ratio.len > 0 || size != NULL) {
        pbs_w_object(ctx, "imageConfig");
        if (ratio.len > 0)
            pbs_w_str(ctx, "aspectRatio", ratio);
        if (size != NULL)
            pbs_w_value(ctx, "imageSize", size);
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
}

void pbs_gemini_write_image(const pbs_ctx *ctx, const pb_request *request)
{
    note(ctx, request->body);
    pbs_w_object(ctx, NULL);
    if (pbs_gemini_is_imagen(request->model))
        write_predict(ctx, request->body);
    else
        write_drawing(ctx, request->body);
    pbs_w_end(ctx);
}
