/* SPDX-License-Identifier: MIT */
/* Owns content parts: each becomes one content block, with its cache mark. Empty text is left
 * out, because the vendor refuses it. In ops. */
#include "lib/anthropic/dialect.h"

/* Blocks in the vendor's own form. */
static const char *const own[] = {"image", "document", "search_result", "container_upload"};

static bool is_own(pb_str type)
{
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (pbs_is(type, own[i]))
            return true;
    return false;
}

static pb_str text_of(const pbs_ctx *ctx, const pb_json *part)
{
    if (pbs_is_type(ctx, part, PB_JSON_STRING))
        return ctx->api->json_str(part);
    bool refusal = pbs_is(pbs_get_str(ctx, part, "type"), "refusal");
    return pbs_get_str(ctx, part, refusal ? "refusal" : "text");
}

bool pbs_anthropic_part_goes(const pbs_ctx *ctx, const pb_json *part)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    if (pbs_is(type, "image_url") || pbs_is(type, "file") || is_own(type))
        return true;
    return !pbs_is_blank(text_of(ctx, part));
}

/* ---- Cache marks ---- */

static bool write_mark(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *from)
{
    const pb_json *mark = pbs_get(ctx, from, "cache_control");
    bool given = pbs_is_type(ctx, mark, PB_JSON_OBJECT);
    if (!given && !pbs_has(ctx, from, "prompt_cache_breakpoint"))
        return false;
    if (exchange->breakpoints >= BREAKPOINTS_MAX) {
        if (!exchange->told_cache)
            pbs_anthropic_note(ctx, exchange, PB_NOTE_DROPPED, "cache_control",
                               "this vendor takes four cache marks a request");
        exchange->told_cache = true;
        return true;
    }
    exchange->breakpoints++;
    if (given) {
        pbs_w_value(ctx, "cache_control", mark);
        return true;
    }
    pbs_w_object(ctx, "cache_control");
    pbs_w_str(ctx, "type", PBS_STR("ephemeral"));
    pbs_w_end(ctx);
    return true;
}

void pbs_anthropic_write_cache_control(const pbs_ctx *ctx, pbs_anthropic *exchange,
                                       const pb_json *part, const pb_json *message)
{
    if (!write_mark(ctx, exchange, part))
        write_mark(ctx, exchange, message);
}

/* ---- Blocks ---- */

void pbs_anthropic_write_text(const pbs_ctx *ctx, pbs_anthropic *exchange, pb_str text,
                              const pb_json *part, const pb_json *message)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("text"));
    pbs_w_str(ctx, "text", text);
    pbs_anthropic_write_cache_control(ctx, exchange, part, message);
    pbs_w_end(ctx);
}

/* A block of the vendor's own counts its mark, too. */
static void write_own(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *part)
{
    if (pbs_has(ctx, part, "cache_control"))
        exchange->breakpoints++;
    ctx->api->w_value(ctx->x, part);
}

void pbs_anthropic_write_part(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *part,
                              const pb_json *message)
{
    pb_str type = pbs_get_str(ctx, part, "type");
    if (pbs_is(type, "image_url"))
        pbs_anthropic_write_image(ctx, exchange, part, message);
    else if (pbs_is(type, "file"))
        pbs_anthropic_write_file(ctx, exchange, part, message);
    else if (is_own(type))
        write_own(ctx, exchange, part);
    else
        pbs_anthropic_write_text(ctx, exchange, text_of(ctx, part), part, message);
}
