/* SPDX-License-Identifier: MIT */
/* Owns images and documents: data: URLs become base64 sources, other URLs are left to the vendor
 * to fetch. What the vendor cannot read is told, never sent as something else. In ops. */
#include "lib/anthropic/dialect.h"

#include "lib/base64.h"
#include "lib/url.h"

#include <stdlib.h>

/* The media types of images that the vendor reads; NULL: none of them. */
static const char *image_type(pb_str type)
{
    static const char *const types[] = {"image/jpeg", "image/png", "image/gif", "image/webp"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (pbs_find_nocase(type, types[i]) == 0 && type.len == strlen(types[i]))
            return types[i];
    return pbs_find_nocase(type, "image/jpg") == 0 ? "image/jpeg" : NULL;
}

static bool is_link(pb_str url)
{
    return pbs_find_nocase(url, "https://") == 0 || pbs_find_nocase(url, "http://") == 0;
}

/* Base64 without the white space that some clients leave in it. */
static void write_base64(const pbs_ctx *ctx, pb_str data)
{
    pbs_buf clean;
    pbs_buf_init(&clean, data.len + 1);
    size_t from = 0;
    for (size_t i = 0; i <= data.len; i++) {
        bool blank = i < data.len && memchr(" \t\r\n", data.ptr[i], 4) != NULL;
        if (i < data.len && !blank)
            continue;
        if (from == 0 && i == data.len)
            break; /* nothing to leave out */
        pbs_buf_add(&clean, (pb_str){data.ptr + from, i - from});
        from = i + 1;
    }
    pbs_w_str(ctx, "data", from == 0 ? data : pbs_buf_str(&clean));
    pbs_buf_free(&clean);
}

static void write_base64_source(const pbs_ctx *ctx, pb_str media_type, pb_str data)
{
    pbs_w_object(ctx, "source");
    pbs_w_str(ctx, "type", PBS_STR("base64"));
    pbs_w_str(ctx, "media_type", media_type);
    write_base64(ctx, data);
    pbs_w_end(ctx);
}

static void write_named_source(const pbs_ctx *ctx, const char *type, const char *key, pb_str value)
{
    pbs_w_object(ctx, "source");
    pbs_w_str(ctx, "type", pbs_str(type));
    pbs_w_str(ctx, key, value);
    pbs_w_end(ctx);
}

/* What stands where something could not be sent; the note ends the request unless drops are
 * allowed. */
static void write_absent(const pbs_ctx *ctx, pbs_anthropic *exchange, const char *param,
                         const char *why)
{
    pbs_anthropic_note(ctx, exchange, PB_NOTE_UNMET, param, why);
    pbs_anthropic_write_text(ctx, exchange, PBS_STR("(left out)"), NULL, NULL);
}

/* ---- Images ---- */

void pbs_anthropic_write_image(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *part,
                               const pb_json *message)
{
    const pb_json *image = pbs_get(ctx, part, "image_url");
    bool text = pbs_is_type(ctx, image, PB_JSON_STRING);
    pb_str url = text ? ctx->api->json_str(image) : pbs_get_str(ctx, image, "url");
    pb_str detail = pbs_get_str(ctx, image, "detail");
    pbs_data_url data = {0};
    const char *type = NULL;
    if (detail.len > 0 && !pbs_is(detail, "auto") && !exchange->told_detail) {
        pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "detail", "this vendor has one detail");
        exchange->told_detail = true;
    }
    if (pbs_data_url_split(url, &data) && data.base64)
        type = image_type(data.media_type);
    if (type == NULL && !(is_link(url) && exchange->platform->links)) {
        write_absent(ctx, exchange, "image_url",
                     exchange->platform->links
                         ? "an image must be a URL, or a data: URL of JPEG, PNG, GIF or WebP in "
                           "base64"
                         : "an image must be JPEG, PNG, GIF or WebP in a data: URL in base64");
        return;
    }
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("image"));
    if (type != NULL)
        write_base64_source(ctx, pbs_str(type), data.data);
    else
        write_named_source(ctx, "url", "url", url);
    pbs_anthropic_write_cache_control(ctx, exchange, part, message);
    pbs_w_end(ctx);
}

/* ---- Files ---- */

/* Text documents go as text. */
static void write_text_source(const pbs_ctx *ctx, const pbs_data_url *data)
{
    size_t n = 0;
    uint8_t *bytes = malloc(data->data.len / 4 * 3 + 3);
    bool decoded = bytes != NULL && data->base64 && pbs_base64_decode(data->data, bytes, &n);
    pbs_w_object(ctx, "source");
    pbs_w_str(ctx, "type", PBS_STR("text"));
    pbs_w_str(ctx, "media_type", PBS_STR("text/plain"));
    pbs_w_str(ctx, "data", decoded ? (pb_str){(const char *)bytes, n} : data->data);
    pbs_w_end(ctx);
    free(bytes);
}

static bool is_text(const pbs_data_url *data)
{
    return pbs_find_nocase(data->media_type, "text/") == 0 ||
           pbs_find_nocase(data->media_type, "application/json") == 0;
}

static void write_source(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *file,
                         const pbs_data_url *data)
{
    pb_str id = pbs_get_str(ctx, file, "file_id"), link = pbs_get_str(ctx, file, "file_data");
    if (data->data.len > 0 && image_type(data->media_type) != NULL) {
        write_base64_source(ctx, pbs_str(image_type(data->media_type)), data->data);
    } else if (data->data.len > 0 && is_text(data)) {
        write_text_source(ctx, data);
    } else if (data->data.len > 0) {
        write_base64_source(ctx, PBS_STR("application/pdf"), data->data);
    } else if (is_link(link) || is_link(id)) {
        write_named_source(ctx, "url", "url", is_link(link) ? link : id);
    } else {
        exchange->needs_files_beta = true;
        write_named_source(ctx, "file", "file_id", id);
    }
}

static bool is_readable(const pbs_ctx *ctx, const pbs_anthropic *exchange, const pb_json *file,
                        const pbs_data_url *data)
{
    pb_str id = pbs_get_str(ctx, file, "file_id"), link = pbs_get_str(ctx, file, "file_data");
    if (data->data.len == 0 && (is_link(link) || is_link(id)))
        return exchange->platform->links;
    if (data->data.len == 0)
        return id.len > 0 && exchange->platform->files;
    bool pdf = pbs_find_nocase(data->media_type, "application/pdf") == 0;
    return is_text(data) || (data->base64 && (pdf || image_type(data->media_type) != NULL));
}

void pbs_anthropic_write_file(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *part,
                              const pb_json *message)
{
    const pb_json *file = pbs_get(ctx, part, "file");
    pb_str name = pbs_get_str(ctx, file, "filename");
    pbs_data_url data = {0};
    pbs_data_url_split(pbs_get_str(ctx, file, "file_data"), &data);
    if (!is_readable(ctx, exchange, file, &data)) {
        write_absent(ctx, exchange, "file",
                     exchange->platform->files
                         ? "a file must be a file_id, a URL, or a data: URL of a PDF, an image or "
                           "text"
                         : "a file must be a data: URL of a PDF, an image or text");
        return;
    }
    bool image = data.data.len > 0 && image_type(data.media_type) != NULL;
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", image ? PBS_STR("image") : PBS_STR("document"));
    write_source(ctx, exchange, file, &data);
    if (name.len > 0 && !image)
        pbs_w_str(ctx, "title", name);
    pbs_anthropic_write_cache_control(ctx, exchange, part, message);
    pbs_w_end(ctx);
}
