/* SPDX-License-Identifier: Apache-2.0 */
/* Owns images, documents, sound and video: data: URLs become bytes in base64, s3:// addresses a
 * location. The service fetches no http links; those of images were fetched by the core. What it
 * cannot read is told, never sent as something else. In ops of the exchange. */
#include "converse.h"

#include "lib/base64.h"
#include "lib/url.h"

#include <stdlib.h>

typedef struct Format {
    const char *media_type, *name; /* name: of the format */
} Format;

static const Format images[] = {{"image/png", "png"},
                                {"image/jpeg", "jpeg"},
                                {"image/jpg", "jpeg"},
                                {"image/gif", "gif"},
                                {"image/webp", "webp"}};

static const Format documents[] = {
    {"application/pdf", "pdf"},
    {"text/csv", "csv"},
    {"application/msword", "doc"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
    {"application/vnd.ms-excel", "xls"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
    {"text/html", "html"},
    {"text/plain", "txt"},
    {"text/markdown", "md"},
    {"text/x-markdown", "md"},
};

static const Format videos[] = {{"video/mp4", "mp4"},        {"video/quicktime", "mov"},
                                {"video/x-matroska", "mkv"}, {"video/webm", "webm"},
                                {"video/x-flv", "flv"},      {"video/mpeg", "mpeg"},
                                {"video/x-ms-wmv", "wmv"},   {"video/3gpp", "three_gp"}};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *by_type(const Format *table, size_t n, pb_str type)
{
    for (size_t i = 0; i < n; i++)
        if (type.len == strlen(table[i].media_type) &&
            pbs_find_nocase(type, table[i].media_type) == 0)
            return table[i].name;
    return NULL;
}

/* By what follows the last dot. */
static const char *by_name(const Format *table, size_t n, pb_str name)
{
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] != '.')
        at--;
    pb_str end = pbs_skip(name, at);
    for (size_t i = 0; at > 0 && i < n; i++)
        if (end.len == strlen(table[i].name) && pbs_find_nocase(end, table[i].name) == 0)
            return table[i].name;
    return NULL;
}

/* ---- Bytes ---- */

/* Base64 without the white space that some clients leave in it. */
static void write_base64(const pbs_ctx *ctx, pb_str data)
{
    size_t n = 0;
    char *clean = malloc(data.len + 1);
    for (size_t i = 0; clean != NULL && i < data.len; i++)
        if (memchr(" \t\r\n", data.ptr[i], 4) == NULL)
            clean[n++] = data.ptr[i];
    pbs_w_str(ctx, "bytes", clean != NULL ? (pb_str){clean, n} : data);
    free(clean);
}

/* A data: URL without base64 holds its bytes percent-encoded. */
static void write_encoded(const pbs_ctx *ctx, pb_str data)
{
    pbs_buf bytes;
    pbs_buf_init(&bytes, data.len + 1);
    pbs_url_decode(&bytes, data);
    char *text = malloc(pbs_base64_size(bytes.len) + 1);
    if (text != NULL) {
        pbs_base64_encode(pbs_buf_str(&bytes), text);
        pbs_w_str(ctx, "bytes", (pb_str){text, pbs_base64_size(bytes.len)});
    }
    free(text);
    pbs_buf_free(&bytes);
}

static bool is_s3(pb_str url)
{
    return pbs_has_prefix(url, PBS_STR("s3://"));
}

static void write_source(const pbs_ctx *ctx, pb_str url, const pbs_data_url *data)
{
    pbs_w_object(ctx, "source");
    if (is_s3(url)) {
        pbs_w_object(ctx, "s3Location");
        pbs_w_str(ctx, "uri", url);
        pbs_w_end(ctx);
    } else if (data->base64) {
        write_base64(ctx, data->data);
    } else {
        write_encoded(ctx, data->data);
    }
    pbs_w_end(ctx);
}

static void write_block(const pbs_ctx *ctx, const char *kind, const char *format, pb_str url,
                        const pbs_data_url *data)
{
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, kind);
    pbs_w_str(ctx, "format", pbs_str(format));
    write_source(ctx, url, data);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static bool cannot(const pbs_ctx *ctx, Exchange *exchange, const char *param, const char *why)
{
    bedrock_note(ctx, exchange, PB_NOTE_UNMET, param, why);
    return false;
}

/* ---- Images and video ---- */

static bool write_picture(const pbs_ctx *ctx, Exchange *exchange, const pb_json *part,
                          const char *member)
{
    bool image = strcmp(member, "image_url") == 0;
    const Format *table = image ? images : videos;
    size_t n = image ? COUNT(images) : COUNT(videos);
    const pb_json *value = pbs_get(ctx, part, member);
    bool text = pbs_is_type(ctx, value, PB_JSON_STRING);
    pb_str url = text ? ctx->api->json_str(value) : pbs_get_str(ctx, value, "url");
    pb_str detail = pbs_get_str(ctx, value, "detail");
    pbs_data_url data = {0};
    const char *format = NULL;
    if (detail.len > 0 && !pbs_is(detail, "auto") && !converse_of(exchange)->told_detail) {
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "detail", "this vendor has one detail");
        converse_of(exchange)->told_detail = true;
    }
    if (is_s3(url))
        format = by_name(table, n, url);
    else if (pbs_data_url_split(url, &data) && data.base64)
        format = by_type(table, n, data.media_type);
    if (format == NULL)
        return cannot(ctx, exchange, member,
                      image ? "an image must be a data: URL of PNG, JPEG, GIF or WebP in base64, "
                              "or an s3:// address that ends in its format"
                            : "a video must be a data: URL in base64 or an s3:// address");
    write_block(ctx, image ? "image" : "video", format, url, &data);
    return true;
}

/* ---- Documents ---- */

/* Letters, digits, single blanks and -()[] are what a name may have; a number keeps those of one
 * request apart. */
static void write_document_name(const pbs_ctx *ctx, pb_str name, size_t number)
{
    char out[200] = "";
    size_t n = 0, dot = name.len;
    while (dot > 0 && name.ptr[dot - 1] != '.')
        dot--;
    size_t len = dot > 1 ? dot - 1 : name.len;
    for (size_t i = 0; i < len && n < sizeof out - 24; i++) {
        char c = name.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    strchr("-()[]", c) != NULL;
        if (good)
            out[n++] = c;
        else if (n > 0 && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    if (n == 0) {
        memcpy(out, "document", 8);
        n = 8;
    }
    if (number > 1) {
        char digits[20];
        size_t d = 0;
        for (size_t rest = number; rest > 0; rest /= 10)
            digits[d++] = (char)('0' + rest % 10);
        out[n++] = ' ';
        while (d > 0)
            out[n++] = digits[--d];
    }
    pbs_w_str(ctx, "name", (pb_str){out, n});
}

static bool write_document(const pbs_ctx *ctx, Exchange *exchange, const char *format, pb_str name,
                           pb_str url, const pbs_data_url *data, ConverseCount *count)
{
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "document");
    pbs_w_str(ctx, "format", pbs_str(format));
    write_document_name(ctx, name, ++converse_of(exchange)->documents);
    write_source(ctx, url, data);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    count->documents++;
    return true;
}

static bool write_file(const pbs_ctx *ctx, Exchange *exchange, const pb_json *part,
                       ConverseCount *count)
{
    const pb_json *file = pbs_get(ctx, part, "file");
    pb_str name = pbs_get_str(ctx, file, "filename"), url = pbs_get_str(ctx, file, "file_data");
    pbs_data_url data = {0};
    if (url.len == 0)
        url = pbs_get_str(ctx, file, "file_id");
    bool split = pbs_data_url_split(url, &data);
    const char *image = split ? by_type(images, COUNT(images), data.media_type) : NULL;
    const char *format = split ? by_type(documents, COUNT(documents), data.media_type) : NULL;
    if (image != NULL && data.base64) {
        write_block(ctx, "image", image, url, &data);
        return true;
    }
    if (format == NULL || strcmp(format, "txt") == 0) {
        const char *named = by_name(documents, COUNT(documents), is_s3(url) ? url : name);
        format = named != NULL && (split || is_s3(url)) ? named : format;
    }
    if (format == NULL)
        return cannot(ctx, exchange, "file",
                      "a file must be a data: URL or an s3:// address of a pdf, csv, doc, docx, "
                      "xls, xlsx, html, txt, md or an image");
    return write_document(ctx, exchange, format, name.len > 0 ? name : PBS_STR(""), url, &data,
                          count);
}

/* ---- Sound ---- */

static bool write_audio(const pbs_ctx *ctx, Exchange *exchange, const pb_json *part)
{
    const pb_json *audio = pbs_get(ctx, part, "input_audio");
    pb_str data = pbs_get_str(ctx, audio, "data"), format = pbs_get_str(ctx, audio, "format");
    if (data.len == 0 || format.len == 0)
        return cannot(ctx, exchange, "input_audio", "a sound needs its data and its format");
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "audio");
    pbs_w_str(ctx, "format", format);
    pbs_w_object(ctx, "source");
    write_base64(ctx, data);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    return true;
}

bool converse_write_media(const pbs_ctx *ctx, Exchange *exchange, const pb_json *part,
                          ConverseCount *count)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    if (pbs_is(type, "image_url"))
        return write_picture(ctx, exchange, part, "image_url");
    if (pbs_is(type, "video_url"))
        return write_picture(ctx, exchange, part, "video_url");
    if (pbs_is(type, "file"))
        return write_file(ctx, exchange, part, count);
    if (pbs_is(type, "input_audio"))
        return write_audio(ctx, exchange, part);
    return cannot(ctx, exchange, "messages",
                  "this vendor reads text, images, documents, sound and video");
}
