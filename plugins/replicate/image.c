/* SPDX-License-Identifier: Apache-2.0 */
/* Owns images: what a request for them is to a model, which knows proportions rather than sizes,
 * and answers that are links, which expire within the hour. Links are fetched, as foreign ones,
 * only when the client wants the bytes. In ops. */
#include "replicate.h"

#include "lib/base64.h"
#include "lib/duration.h"
#include "lib/error.h"
#include "lib/url.h"

#include <stdio.h>
#include <stdlib.h>

#define LINKS_MAX 64u

typedef struct Ratio {
    const char *name;
    double value;
} Ratio;

static const Ratio ratios[] = {{"1:1", 1},         {"16:9", 16.0 / 9}, {"9:16", 9.0 / 16},
                               {"4:3", 4.0 / 3},   {"3:4", 3.0 / 4},   {"3:2", 3.0 / 2},
                               {"2:3", 2.0 / 3},   {"5:4", 5.0 / 4},   {"4:5", 4.0 / 5},
                               {"21:9", 21.0 / 9}, {"9:21", 9.0 / 21}};

/* ---- The request ---- */

static bool read_size(pb_str size, double *ratio)
{
    const char *x = size.len > 0 ? memchr(size.ptr, 'x', size.len) : NULL;
    int64_t width = 0, height = 0;
    if (x == NULL)
        return false;
    size_t n = (size_t)(x - size.ptr);
    if (!pbs_int((pb_str){size.ptr, n}, &width) || !pbs_int(pbs_skip(size, n + 1), &height) ||
        width < 1 || height < 1 || width > 100000 || height > 100000)
        return false;
    *ratio = (double)width / (double)height;
    return true;
}

/* How far apart two proportions are, 1 for equal ones. */
static double distance(double a, double b)
{
    return a > b ? a / b : b / a;
}

static const Ratio *nearest(double ratio)
{
    const Ratio *best = &ratios[0];
    for (size_t i = 1; i < sizeof ratios / sizeof ratios[0]; i++)
        if (distance(ratios[i].value, ratio) < distance(best->value, ratio))
            best = &ratios[i];
    return best;
}

static void write_size(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    const char *name = replicate_input_name(exchange, "aspect_ratio");
    pb_str size = pbs_get_str(ctx, body, "size");
    double ratio = 1;
    bool own = pbs_has(ctx, body, "aspect_ratio") || pbs_has(ctx, body, "width");
    if (size.len == 0 || pbs_is(size, "auto"))
        return;
    if (own || name == NULL || !read_size(size, &ratio)) {
        replicate_note(ctx, PB_NOTE_DROPPED, "size",
                       own ? "the request gives aspect_ratio or width itself"
                           : "sizes are written as 1024x1024 and become an aspect_ratio");
        return;
    }
    const Ratio *found = nearest(ratio);
    bool exact = distance(found->value, ratio) < 1.0001;
    replicate_note(ctx, exact ? PB_NOTE_EMULATED : PB_NOTE_CLAMPED, "size",
                   exact ? "models of this platform know proportions: sent as aspect_ratio"
                         : "models of this platform know certain proportions: the nearest is sent");
    pbs_w_str(ctx, name, pbs_str(found->name));
}

static void write_renamed(const pbs_ctx *ctx, const Exchange *exchange, const char *from,
                          const char *to)
{
    const pb_json *value = pbs_get(ctx, exchange->request->body, from);
    const char *name = replicate_input_name(exchange, to);
    if (pbs_is_type(ctx, value, PB_JSON_NULL))
        return;
    if (name == NULL)
        replicate_note(ctx, PB_NOTE_DROPPED, from,
                       "input-rename says that this model has no such input");
    else if (pbs_is(ctx->api->json_str(value), "jpeg"))
        pbs_w_str(ctx, name, PBS_STR("jpg"));
    else
        pbs_w_value(ctx, name, value);
}

/* One image is what all models give; not all have an input for more. */
void replicate_write_image(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    int64_t n = pbs_get_int(ctx, body, "n", 1);
    const char *name = replicate_input_name(exchange, "num_outputs");
    pbs_w_value(ctx, "prompt", pbs_get(ctx, body, "prompt"));
    if (n > 1 && name == NULL)
        replicate_note(ctx, PB_NOTE_UNMET, "n", "input-rename says that this model gives one");
    else if (n > 1)
        pbs_w_int(ctx, name, n);
    write_size(ctx, exchange);
    write_renamed(ctx, exchange, "output_format", "output_format");
    write_renamed(ctx, exchange, "output_compression", "output_quality");
}

/* ---- The answer ---- */

static pb_str link_at(const pbs_ctx *ctx, const Exchange *exchange, size_t i)
{
    bool one = pbs_is_type(ctx, exchange->links, PB_JSON_STRING);
    return ctx->api->json_str(one ? exchange->links : ctx->api->json_at(exchange->links, i, NULL));
}

static bool add_image(const pbs_ctx *ctx, Exchange *exchange, const char *name, pb_str value)
{
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, name, value);
    pbs_w_end(ctx);
    pb_str element = ctx->api->w_end(ctx->x);
    return (exchange->images.len == 0 || pbs_buf_add_char(&exchange->images, ',')) &&
           pbs_buf_add(&exchange->images, element);
}

static pb_next too_large(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_UPSTREAM, (pb_str){NULL, 0},
                    "the images are larger than 128 MiB together; ask for links instead");
}

static pb_next tell_images(const pbs_ctx *ctx, Exchange *exchange)
{
    int64_t asked = pbs_get_int(ctx, exchange->request->body, "n", 1);
    char head[64];
    int n = snprintf(head, sizeof head, "{\"created\":%lld,\"data\":[",
                     (long long)(ctx->api->now_ms(ctx->core) / 1000));
    if (asked > (int64_t)exchange->n_links)
        replicate_note(ctx, PB_NOTE_DROPPED, "n",
                       "the model gave fewer images than were asked for");
    ctx->api->w_begin(ctx->x);
    ctx->api->http_body(ctx->x, (pb_str){head, (size_t)n});
    ctx->api->http_body(ctx->x, pbs_buf_str(&exchange->images));
    ctx->api->http_body(ctx->x, PBS_STR("]}"));
    pb_event event = {.size = sizeof event, .kind = PB_EV_JSON, .text = ctx->api->w_end(ctx->x)};
    ctx->api->emit(ctx->x, &event);
    return PB_DONE;
}

/* Goes on with the links until one has to be fetched. */
static pb_next next_links(const pbs_ctx *ctx, Exchange *exchange)
{
    const pb_json *body = exchange->request->body;
    bool fetch = pbs_is(pbs_get_str(ctx, body, "response_format"), "b64_json");
    for (; exchange->link < exchange->n_links; exchange->link++) {
        pb_str url = link_at(ctx, exchange, exchange->link);
        pbs_data_url data;
        bool inside = pbs_data_url_split(url, &data) && data.base64;
        if (!inside && fetch) {
            replicate_describe_image(ctx, exchange, url);
            return PB_SEND;
        }
        if (!add_image(ctx, exchange, inside ? "b64_json" : "url", inside ? data.data : url))
            return too_large(ctx);
    }
    return tell_images(ctx, exchange);
}

pb_next replicate_take_links(const pbs_ctx *ctx, Exchange *exchange, const pb_json *output)
{
    bool one = pbs_is_type(ctx, output, PB_JSON_STRING);
    bool list = pbs_is_type(ctx, output, PB_JSON_ARRAY);
    exchange->links = output;
    exchange->n_links = one ? 1 : list ? ctx->api->json_len(output) : 0;
    bool good = exchange->n_links > 0 && exchange->n_links <= LINKS_MAX;
    for (size_t i = 0; good && i < exchange->n_links; i++) {
        pb_str url = link_at(ctx, exchange, i);
        good = pbs_has_prefix(url, PBS_STR("https://")) ||
               pbs_has_prefix(url, PBS_STR("http://")) || pbs_has_prefix(url, PBS_STR("data:"));
    }
    if (!good)
        return replicate_unusable(ctx, "the run gave no links to images; is this a model that "
                                       "makes images?");
    return next_links(ctx, exchange);
}

pb_next replicate_take_image(const pbs_ctx *ctx, Exchange *exchange, pb_str bytes)
{
    size_t n = pbs_base64_size(bytes.len);
    if (exchange->status < 200 || exchange->status > 299 || bytes.len == 0)
        return pbs_fail(ctx, PB_ERR_UPSTREAM, (pb_str){NULL, 0},
                        "the image that the run made could not be fetched; links expire within "
                        "the hour");
    char *text = malloc(n);
    if (text == NULL)
        return too_large(ctx);
    pbs_base64_encode(bytes, text);
    bool fits = add_image(ctx, exchange, "b64_json", (pb_str){text, n});
    free(text);
    exchange->link++;
    return fits ? next_links(ctx, exchange) : too_large(ctx);
}
