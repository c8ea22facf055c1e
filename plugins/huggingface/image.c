/* SPDX-License-Identifier: Apache-2.0 */
/* Owns text to image: {"inputs","parameters"} out, the bytes of a picture in. In ops. */
#include "huggingface.h"

#include "lib/params.h"

static const char *const handled[] = {"model", "prompt", "size", "n", "response_format", NULL};
static const char *const passed[] = {"negative_prompt", "guidance_scale",      "seed",
                                     "scheduler",       "num_inference_steps", NULL};
static const pbs_param refused[] = {
    {"stream", PB_NOTE_UNMET, "false", "images come whole; leave stream out"},
    {"quality", PB_NOTE_DROPPED, "\"auto\"", "this API has no such setting"},
    {"style", PB_NOTE_DROPPED, NULL, "this API has no such setting"},
    {"background", PB_NOTE_DROPPED, "\"auto\"", "this API has no such setting"},
    {"moderation", PB_NOTE_DROPPED, "\"auto\"", "this API has no such setting"},
    {"output_format", PB_NOTE_DROPPED, NULL, "the model decides on the format"},
    {"output_compression", PB_NOTE_DROPPED, NULL, "the model decides on the format"},
    {"user", PB_NOTE_DROPPED, NULL, "this API does not tell users apart"},
    {NULL, 0, NULL, NULL},
};
static const pbs_params params = {.handled = handled, .passed = passed, .refused = refused};

static void note(const pbs_ctx *ctx, int32_t note, const char *param, const char *why)
{
    ctx->api->note(ctx->x, note, pbs_str(param), pbs_str(why));
}

/* "1024x768"; "auto" is what comes anyway. */
static void write_size(const pbs_ctx *ctx, pb_str size)
{
    const char *cross = size.len > 0 ? memchr(size.ptr, 'x', size.len) : NULL;
    int64_t width = 0, height = 0;
    size_t at = cross != NULL ? (size_t)(cross - size.ptr) : size.len;
    if (size.len == 0 || pbs_is(size, "auto"))
        return;
    if (!pbs_int((pb_str){size.ptr, at}, &width) || !pbs_int(pbs_skip(size, at + 1), &height)) {
        note(ctx, PB_NOTE_DROPPED, "size", "not of the form 1024x768");
        return;
    }
    pbs_w_int(ctx, "width", width);
    pbs_w_int(ctx, "height", height);
}

pb_next hf_image_describe(const pbs_ctx *ctx, HfExchange *exchange)
{
    const pb_json *body = exchange->openai.body;
    if (!hf_begin(ctx, exchange, false, "image/*, application/json"))
        return PB_FAIL;
    pbs_params_note(ctx, &params, body);
    if (pbs_get_int(ctx, body, "n", 1) > 1)
        note(ctx, PB_NOTE_UNMET, "n", "this API makes one image a request");
    if (pbs_is(pbs_get_str(ctx, body, "response_format"), "url"))
        note(ctx, PB_NOTE_UNMET, "response_format", "this API answers with the image itself");
    pbs_w_object(ctx, NULL);
    pbs_w_value(ctx, "inputs", pbs_get(ctx, body, "prompt"));
    pbs_w_object(ctx, "parameters");
    write_size(ctx, pbs_get_str(ctx, body, "size"));
    pbs_params_write(ctx, &params, body);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    return PB_SEND;
}

pb_next hf_image_take(const pbs_ctx *ctx, HfExchange *exchange, pb_str bytes)
{
    pb_str type = ctx->api->http_reply_header(ctx->x, PBS_STR("content-type"));
    const char *more = type.len > 0 ? memchr(type.ptr, ';', type.len) : NULL;
    (void)exchange;
    if (more != NULL)
        type.len = (size_t)(more - type.ptr);
    if (!pbs_has_prefix(type, PBS_STR("image/")) || bytes.len == 0)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer is no image; is the model one for text to image?");
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_BYTES, .name = pbs_trim(type), .text = bytes};
    ctx->api->emit(ctx->x, &event);
    return 0;
}
