/* SPDX-License-Identifier: MIT */
/* Owns the parts of what a user said: texts as they stand, all else by media.c. A text without
 * characters is no part. In ops. */
#include "lib/gemini/internal.h"

void pbs_gemini_write_text(const pbs_ctx *ctx, pb_str text)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "text", text);
    pbs_w_end(ctx);
}

static size_t write_text(const pbs_ctx *ctx, pb_str text)
{
    if (text.len == 0)
        return 0;
    pbs_gemini_write_text(ctx, text);
    return 1;
}

static size_t write_part(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *part)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    if (pbs_has(ctx, part, "cache_control") || pbs_has(ctx, part, "prompt_cache_breakpoint"))
        pbs_gemini_note_once(ctx, g, &g->told_cache, PB_NOTE_DROPPED, "cache_control",
                             "this vendor caches by itself, or what cachedContent names");
    if (pbs_is(type, "text") || (type.len == 0 && pbs_has(ctx, part, "text")))
        return write_text(ctx, pbs_get_str(ctx, part, "text"));
    if (pbs_is(type, "refusal"))
        return write_text(ctx, pbs_get_str(ctx, part, "refusal"));
    return pbs_gemini_write_media(ctx, g, part, type) ? 1 : 0;
}

size_t pbs_gemini_write_user_parts(const pbs_ctx *ctx, pbs_gemini *g, const pb_json *message)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    size_t parts = 0;
    if (pbs_is_type(ctx, content, PB_JSON_STRING))
        return write_text(ctx, ctx->api->json_str(content));
    for (size_t i = 0; pbs_is_type(ctx, content, PB_JSON_ARRAY) && i < ctx->api->json_len(content);
         i++)
        parts += write_part(ctx, g, ctx->api->json_at(content, i, NULL));
    return parts;
}
