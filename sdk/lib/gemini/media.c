/* SPDX-License-Identifier: MIT */
/* Owns images, sounds and files: what came as data goes inline, what the platform can read by
 * itself goes as a link. What neither fits is told, never sent as something else. In ops. */
#include "lib/gemini/internal.h"

#include "lib/base64.h"
#include "lib/url.h"

#include <stdlib.h>

/* Base64 without the white space that some clients leave in it. */
static void write_base64(const pbs_ctx *ctx, pb_str data)
{
    pbs_buf clean;
    pbs_buf_init(&clean, data.len + 1);
    size_t from = 0;
    for (size_t i = 0; i <= data.len; i++) {
        bool blank = i < data.len && memchr(" \t\r\n", data.ptr[i], 4) != NULL;
        if ((i < data.len && !blank) || (from == 0 && i == data.len))
            continue;
        pbs_buf_add(&clean, (pb_str){data.ptr + from, i - from});
        from = i + 1;
    }
    pbs_w_str(ctx, "data", from == 0 ? data : pbs_buf_str(&clean));
    pbs_buf_free(&clean);
}

static void write_inline(const pbs_ctx *ctx, pb_str type, pb_str data)
{
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "inlineData");
    pbs_w_str(ctx, "mimeType", pbs_is(type, "image/jpg") ? PBS_STR("image/jpeg") : type);
    write_base64(ctx, data);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* A data: URL whose data is percent-encoded. */
static bool write_encoded(const pbs_ctx *ctx, const pbs_data_url *url)
{
    pbs_buf bytes;
    pbs_buf_init(&bytes, url->data.len + 1);
    bool decoded = pbs_url_decode(&bytes, url->data);
    size_t n = pbs_base64_size(bytes.len);
    char *text = decoded ? malloc(n + 1) : NULL;
    if (text != NULL) {
        pbs_base64_encode(pbs_buf_str(&bytes), text);
        write_inline(ctx, url->media_type, (pb_str){text, n});
    }
    free(text);
    pbs_buf_free(&bytes);
    return text != NULL;
}

static bool write_data_url(const pbs_ctx *ctx, pb_str url, pb_str otherwise)
{
    pbs_data_url data;
    if (!pbs_data_url_split(url, &data) || data.data.len == 0)
        return false;
    bool untyped = url.len > 5 && (url.ptr[5] == ';' || url.ptr[5] == ',');
    if (untyped && otherwise.len > 0)
        data.media_type = otherwise;
    if (!data.base64)
        return write_encoded(ctx, &data);
    write_inline(ctx, data.media_type, data.data);
    return true;
}

/* ---- Links ---- */

static bool begins(pb_str s, const char *with)
{
    return pbs_has_prefix(s, pbs_str(with));
}

static pb_str type_by_name(pb_str url)
{
    static const char *const types[][2] = {
        {".png", "image/png"},       {".jpg", "image/jpeg"},  {".jpeg", "image/jpeg"},
        {".webp", "image/webp"},     {".gif", "image/gif"},   {".heic", "image/heic"},
        {".pdf", "application/pdf"}, {".txt", "text/plain"},  {".mp4", "video/mp4"},
        {".mov", "video/quicktime"}, {".webm", "video/webm"}, {".mp3", "audio/mp3"},
        {".wav", "audio/wav"},       {".flac", "audio/flac"}, {".ogg", "audio/ogg"},
    };
    const char *query = url.len > 0 ? memchr(url.ptr, '?', url.len) : NULL;
    size_t n = query != NULL ? (size_t)(query - url.ptr) : url.len;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t len = strlen(types[i][0]);
        if (n > len && pbs_find_nocase((pb_str){url.ptr + n - len, len}, types[i][0]) == 0)
            return pbs_str(types[i][1]);
    }
    return (pb_str){NULL, 0};
}

static bool is_readable(const pbs_gemini *g, pb_str url)
{
    bool vendors = begins(url, "gs://") || begins(url, "files/") ||
                   begins(url, "https://generativelanguage.googleapis.com/") ||
                   begins(url, "https://www.youtube.com/") || begins(url, "https://youtu.be/");
    return vendors || (g->platform->links && (begins(url, "https://") || begins(url, "http://")));
}

static bool write_link(const pbs_ctx *ctx, const pbs_gemini *g, pb_str url, pb_str type)
{
    if (!is_readable(g, url))
        return false;
    if (type.len == 0)
        type = type_by_name(url);
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "fileData");
    if (type.len > 0)
        pbs_w_str(ctx, "mimeType", type);
    pbs_w_str(ctx, "fileUri", url);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    return true;
}

/* ---- Parts ---- */

static bool write_image(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *part)
{
    const pb_json *image = pbs_get(ctx, part, "image_url");
    bool text = pbs_is_type(ctx, image, PB_JSON_STRING);
    pb_str url = text ? ctx->api->json_str(image) : pbs_get_str(ctx, image, "url");
    pb_str detail = pbs_get_str(ctx, image, "detail");
    if (detail.len > 0 && !pbs_is(detail, "auto"))
        pbs_gemini_note_once(ctx, g, &g->told_detail, PB_NOTE_DROPPED, "detail",
                             "this vendor has one detail for all images: mediaResolution");
    if (write_data_url(ctx, url, PBS_STR("image/jpeg")) ||
        write_link(ctx, g, url, pbs_get_str(ctx, image, "format")))
        return true;
    pbs_gemini_note(ctx, g, PB_NOTE_UNMET, "image_url",
                    "an image must be a data: URL, or a link that this vendor can read (gs://, a "
                    "file of its Files API)");
    return false;
}

static bool write_audio(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *part)
{
    const pb_json *audio = pbs_get(ctx, part, "input_audio");
    pb_str format = pbs_get_str(ctx, audio, "format"), data = pbs_get_str(ctx, audio, "data");
    static const char *const types[][2] = {{"wav", "audio/wav"},   {"mp3", "audio/mp3"},
                                           {"aac", "audio/aac"},   {"ogg", "audio/ogg"},
                                           {"flac", "audio/flac"}, {"aiff", "audio/aiff"}};
    for (size_t i = 0; data.len > 0 && i < sizeof types / sizeof types[0]; i++) {
        if (!pbs_is(format, types[i][0]))
            continue;
        write_inline(ctx, pbs_str(types[i][1]), data);
        return true;
    }
    pbs_gemini_note(ctx, g, PB_NOTE_UNMET, "input_audio",
                    "a sound must be base64 data in the format wav, mp3, aac, ogg, flac or aiff");
    return false;
}

static bool write_file(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *part)
{
    const pb_json *file = pbs_get(ctx, part, "file");
    pb_str data = pbs_get_str(ctx, file, "file_data"), id = pbs_get_str(ctx, file, "file_id");
    pb_str type = pbs_get_str(ctx, file, "format");
    if (type.len == 0)
        type = type_by_name(pbs_get_str(ctx, file, "filename"));
    if (write_data_url(ctx, data, type) || write_link(ctx, g, id, type) ||
        write_link(ctx, g, data, type))
        return true;
    pbs_gemini_note(ctx, g, PB_NOTE_UNMET, "file",
                    "a file must be a data: URL, or as file_id the URI of a file that this vendor "
                    "can read (gs://, its Files API)");
    return false;
}

bool pbs_gemini_write_media(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *part, pb_str type)
{
    if (pbs_is(type, "image_url"))
        return write_image(ctx, g, part);
    if (pbs_is(type, "input_audio"))
        return write_audio(ctx, g, part);
    if (pbs_is(type, "file"))
        return write_file(ctx, g, part);
    pbs_gemini_note(ctx, g, PB_NOTE_UNMET, "messages",
                    "a part of a message is of a type that this vendor does not take");
    return false;
}
