/* SPDX-License-Identifier: Apache-2.0 */
/* Owns content parts: each becomes one content block, and a mark of what to cache becomes a
 * cachePoint behind it. Empty text is left out, because the service refuses it. In ops of the
 * exchange. */
#include "converse.h"

#include "lib/turns.h"

#define MARKS_MAX 4u

/* Blocks in the service's own form: an object with one of these members and no type. */
static const char *const own[] = {"image",        "document",     "video",     "audio",
                                  "guardContent", "searchResult", "cachePoint"};

void converse_write_text(const pbs_ctx *ctx, pb_str text)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "text", text);
    pbs_w_end(ctx);
}

/* ---- Cache points ---- */

static void write_point(const pbs_ctx *ctx, pb_str ttl)
{
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "cachePoint");
    pbs_w_str(ctx, "type", PBS_STR("default"));
    if (ttl.len > 0)
        pbs_w_str(ctx, "ttl", ttl);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

void converse_write_mark(const pbs_ctx *ctx, Exchange *exchange, const pb_json *marked)
{
    Converse *converse = converse_of(exchange);
    const pb_json *mark = pbs_get(ctx, marked, "cache_control");
    const char *why = NULL;
    if (!pbs_is_type(ctx, mark, PB_JSON_OBJECT) && !pbs_has(ctx, marked, "prompt_cache_breakpoint"))
        return;
    if (converse->marks >= MARKS_MAX)
        why = "this vendor takes four cache marks a request";
    else if ((converse->family->traits & FAMILY_CACHE) == 0)
        why = "this model caches nothing that is marked";
    if (why == NULL) {
        converse->marks++;
        write_point(ctx, pbs_get_str(ctx, mark, "ttl"));
    } else if (!converse->told_cache) {
        converse->told_cache = true;
        bedrock_note(ctx, exchange, PB_NOTE_DROPPED, "cache_control", why);
    }
}

/* ---- Parts ---- */

static pb_str without_end(pb_str text, const ConverseCount *count)
{
    while (count->open && text.len > 0 && memchr(" \t\r\n", text.ptr[text.len - 1], 4) != NULL)
        text.len--;
    return text;
}

static bool is_own(const pbs_ctx *ctx, const pb_json *part)
{
    if (pbs_get_str(ctx, part, "type").len > 0)
        return false;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (pbs_is_type(ctx, pbs_get(ctx, part, own[i]), PB_JSON_OBJECT))
            return true;
    return false;
}

static void write_guarded(const pbs_ctx *ctx, pb_str text)
{
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "guardContent");
    pbs_w_object(ctx, "text");
    pbs_w_str(ctx, "text", text);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

static bool write_text_part(const pbs_ctx *ctx, const pb_json *part, ConverseCount *count)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    pb_str text = pbs_get_str(ctx, part, pbs_is(type, "refusal") ? "refusal" : "text");
    if (pbs_is_blank(text))
        return false;
    count->texts++;
    if (pbs_is(type, "guarded_text"))
        write_guarded(ctx, text);
    else
        converse_write_text(ctx, without_end(text, count));
    return true;
}

/* False: there is nothing in it, or it cannot be sent. */
static bool write_part(const pbs_ctx *ctx, Exchange *exchange, const pb_json *part, bool media,
                       ConverseCount *count)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    if (is_own(ctx, part)) {
        count->documents += pbs_has(ctx, part, "document");
        ctx->api->w_value(ctx->x, part);
        return true;
    }
    if (type.len == 0 || pbs_is(type, "text") || pbs_is(type, "refusal") ||
        pbs_is(type, "guarded_text"))
        return write_text_part(ctx, part, count);
    if (media)
        return converse_write_media(ctx, exchange, part, count);
    bedrock_note(ctx, exchange, PB_NOTE_UNMET, pbs_is(type, "image_url") ? "image_url" : "messages",
                 "this vendor takes images, files and sound only from the user");
    return false;
}

void converse_write_content(const pbs_ctx *ctx, Exchange *exchange, const pb_json *message,
                            bool media, ConverseCount *count)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    size_t before = count->blocks;
    if (pbs_is_type(ctx, content, PB_JSON_STRING)) {
        if (pbs_is_blank(ctx->api->json_str(content)))
            return;
        count->texts++;
        count->blocks++;
        converse_write_text(ctx, without_end(ctx->api->json_str(content), count));
    }
    for (size_t i = 0; pbs_is_type(ctx, content, PB_JSON_ARRAY) && i < ctx->api->json_len(content);
         i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        if (!write_part(ctx, exchange, part, media, count))
            continue;
        count->blocks++;
        converse_write_mark(ctx, exchange, part);
    }
    /* behind a result the mark stands outside of it */
    if (count->blocks > before && !pbs_message_is_result(ctx, message))
        converse_write_mark(ctx, exchange, message);
}
