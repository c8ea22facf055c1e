/* SPDX-License-Identifier: MIT */
/* Owns citations and token probabilities as the canonical answer has them. The vendor counts a
 * citation's place in bytes of UTF-8, the canonical answer in characters. In ops. */
#include "lib/gemini/internal.h"

/* ---- Citations ---- */

typedef struct Citation {
    int64_t from, to; /* bytes */
    pb_str url, title;
} Citation;

static int64_t characters(const pbs_buf *text, int64_t bytes)
{
    int64_t n = 0;
    for (size_t i = 0; i < text->len && (int64_t)i < bytes; i++)
        n += ((unsigned char)text->ptr[i] & 0xC0u) != 0x80u;
    return n;
}

static void write_citation(const pbs_ctx *ctx, const pbs_buf *text, const Citation *citation)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("url_citation"));
    pbs_w_object(ctx, "url_citation");
    pbs_w_int(ctx, "start_index", characters(text, citation->from));
    pbs_w_int(ctx, "end_index", characters(text, citation->to));
    pbs_w_str(ctx, "url", citation->url);
    pbs_w_str(ctx, "title", citation->title);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* A passage, and the pages it rests on. */
static size_t write_support(const pbs_ctx *ctx, const pbs_buf *text, const pb_json *chunks,
                            const pb_json *support)
{
    const pb_json *segment = pbs_get(ctx, support, "segment");
    const pb_json *indices = pbs_get(ctx, support, "groundingChunkIndices");
    size_t written = 0;
    for (size_t i = 0; i < ctx->api->json_len(indices); i++) {
        int64_t index = ctx->api->json_int(ctx->api->json_at(indices, i, NULL), -1);
        if (index < 0)
            continue;
        const pb_json *chunk = ctx->api->json_at(chunks, (size_t)index, NULL);
        const pb_json *web = pbs_get(ctx, chunk, "web");
        if (web == NULL)
            web = pbs_get(ctx, chunk, "retrievedContext");
        Citation citation = {pbs_get_int(ctx, segment, "startIndex", 0),
                             pbs_get_int(ctx, segment, "endIndex", 0), pbs_get_str(ctx, web, "uri"),
                             pbs_get_str(ctx, web, "title")};
        if (citation.url.len == 0)
            continue;
        write_citation(ctx, text, &citation);
        written++;
    }
    return written;
}

static size_t write_grounding(const pbs_ctx *ctx, const pbs_gemini_choice *choice)
{
    const pb_json *grounding = ctx->api->json_parse(ctx->x, pbs_buf_str(&choice->grounding), 0);
    const pb_json *chunks = pbs_get(ctx, grounding, "groundingChunks");
    const pb_json *supports = pbs_get(ctx, grounding, "groundingSupports");
    size_t written = 0;
    for (size_t i = 0; i < ctx->api->json_len(supports); i++)
        written += write_support(ctx, &choice->text, chunks, ctx->api->json_at(supports, i, NULL));
    return written;
}

/* Passages that repeat a source word for word. */
static size_t write_sources(const pbs_ctx *ctx, const pbs_gemini_choice *choice)
{
    const pb_json *metadata = ctx->api->json_parse(ctx->x, pbs_buf_str(&choice->citations), 0);
    const pb_json *list = pbs_get(ctx, metadata, "citationSources");
    size_t written = 0;
    if (list == NULL)
        list = pbs_get(ctx, metadata, "citations");
    for (size_t i = 0; i < ctx->api->json_len(list); i++) {
        const pb_json *source = ctx->api->json_at(list, i, NULL);
        Citation citation = {pbs_get_int(ctx, source, "startIndex", 0),
                             pbs_get_int(ctx, source, "endIndex", 0),
                             pbs_get_str(ctx, source, "uri"), pbs_get_str(ctx, source, "title")};
        if (citation.url.len == 0)
            continue;
        write_citation(ctx, &choice->text, &citation);
        written++;
    }
    return written;
}

void pbs_gemini_emit_annotations(const pbs_ctx *ctx, const pbs_gemini_choice *choice,
                                 uint32_t number)
{
    size_t written = 0;
    if (choice->grounding.len + choice->citations.len == 0)
        return;
    ctx->api->w_begin(ctx->x);
    pbs_w_array(ctx, NULL);
    if (choice->grounding.len > 0)
        written += write_grounding(ctx, choice);
    if (choice->citations.len > 0)
        written += write_sources(ctx, choice);
    pbs_w_end(ctx);
    pb_str json = ctx->api->w_end(ctx->x);
    if (written > 0)
        pbs_gemini_emit_extra(ctx, PB_AT_MESSAGE, number, 0, "annotations", json);
}

/* ---- Token probabilities ---- */

static void write_token(const pbs_ctx *ctx, const pb_json *token)
{
    const pb_json *probability = pbs_get(ctx, token, "logProbability");
    pb_str text = pbs_get_str(ctx, token, "token");
    pbs_w_str(ctx, "token", text);
    pbs_w_key(ctx, "logprob");
    if (probability != NULL)
        ctx->api->w_value(ctx->x, probability);
    else
        ctx->api->w_int(ctx->x, 0); /* zeros are left out by the vendor */
    pbs_w_array(ctx, "bytes");
    for (size_t i = 0; i < text.len; i++)
        ctx->api->w_int(ctx->x, (unsigned char)text.ptr[i]);
    pbs_w_end(ctx);
}

static void write_top(const pbs_ctx *ctx, const pb_json *top)
{
    const pb_json *list = pbs_get(ctx, top, "candidates");
    pbs_w_array(ctx, "top_logprobs");
    for (size_t i = 0; i < ctx->api->json_len(list); i++) {
        pbs_w_object(ctx, NULL);
        write_token(ctx, ctx->api->json_at(list, i, NULL));
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
}

void pbs_gemini_emit_logprobs(const pbs_ctx *ctx, uint32_t choice, const pb_json *result)
{
    const pb_json *chosen = pbs_get(ctx, result, "chosenCandidates");
    const pb_json *top = pbs_get(ctx, result, "topCandidates");
    if (ctx->api->json_len(chosen) == 0)
        return;
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "content");
    for (size_t i = 0; i < ctx->api->json_len(chosen); i++) {
        pbs_w_object(ctx, NULL);
        write_token(ctx, ctx->api->json_at(chosen, i, NULL));
        write_top(ctx, ctx->api->json_at(top, i, NULL));
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_gemini_emit_extra(ctx, PB_AT_CHOICE, choice, 0, "logprobs", ctx->api->w_end(ctx->x));
}
