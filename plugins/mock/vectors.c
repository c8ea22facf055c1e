/* SPDX-License-Identifier: Apache-2.0 */
/* Owns embeddings and ranks made from the words of a text alone: equal texts have equal vectors,
 * texts with words in common lie near each other. No model, no chance; the same numbers on every
 * machine. In ops. */
#include "mock.h"

#include "lib/error.h"

#include <stdlib.h>

#define DIMENSIONS_MAX ((int64_t)4096)

/* A word, in lower case as far as ASCII goes, as a direction. */
static void add_word(pb_str word, double *vector, size_t n)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
        hash = (hash ^ c) * UINT64_C(0x100000001B3);
    }
    for (size_t i = 0; i < n; i++)
        vector[i] += (double)(mock_next(&hash) >> 11) / 4503599627370496.0 - 1.0;
}

/* Newton's; the driver needs no libm for it. */
static double root(double square)
{
    double x = square > 1 ? square : 1;
    for (int i = 0; i < 64; i++)
        x = (x + square / x) / 2;
    return x;
}

static void embed(pb_str text, double *vector, size_t n)
{
    double square = 0;
    for (size_t i = 0; i < n; i++)
        vector[i] = 0;
    for (size_t at = 0; at < text.len;) {
        size_t end = mock_token_end(text, at);
        pb_str word = pbs_trim((pb_str){text.ptr + at, end - at});
        if (word.len > 0)
            add_word(word, vector, n);
        at = end;
    }
    if (pbs_trim(text).len == 0)
        add_word(PBS_STR(""), vector, n);
    for (size_t i = 0; i < n; i++)
        square += vector[i] * vector[i];
    double length = square > 0 ? root(square) : 1;
    for (size_t i = 0; i < n; i++)
        vector[i] /= length;
}

static pb_next no_memory(const pbs_ctx *ctx)
{
    return pbs_fail(ctx, PB_ERR_INTERNAL, (pb_str){NULL, 0}, "no memory for the vectors");
}

static bool emit_vector(const pbs_ctx *ctx, uint32_t index, pb_str text, size_t n)
{
    double *exact = malloc(n * sizeof *exact);
    float *vector = malloc(n * sizeof *vector);
    bool good = exact != NULL && vector != NULL;
    if (good) {
        embed(text, exact, n);
        for (size_t i = 0; i < n; i++)
            vector[i] = (float)exact[i];
        pb_event event = {.size = sizeof event,
                          .kind = PB_EV_VECTOR,
                          .index = index,
                          .vector = vector,
                          .vector_len = n};
        ctx->api->emit(ctx->x, &event);
    }
    free(exact);
    free(vector);
    return good;
}

static void emit_usage(const pbs_ctx *ctx, MockExchange *exchange, int64_t in)
{
    if (exchange->script.usage_in >= 0)
        in = exchange->script.usage_in;
    pb_event usage = {
        .size = sizeof usage, .kind = PB_EV_USAGE, .known = PB_USAGE_IN, .tokens_in = in};
    ctx->api->emit(ctx->x, &usage);
}

/* A text as it is; numbers of tokens by how they are written. */
static pb_str input_text(const pbs_ctx *ctx, const pb_json *one)
{
    return pbs_is_type(ctx, one, PB_JSON_STRING) ? ctx->api->json_str(one)
                                                 : ctx->api->json_text(one);
}

pb_next mock_embed(const pbs_ctx *ctx, MockExchange *exchange)
{
    const pb_json *body = exchange->request->body, *input = pbs_get(ctx, body, "input");
    int64_t n = pbs_get_int(ctx, body, "dimensions", exchange->script.dimensions);
    bool one = !pbs_is_type(ctx, input, PB_JSON_ARRAY) ||
               pbs_is_type(ctx, ctx->api->json_at(input, 0, NULL), PB_JSON_INT);
    size_t inputs = one ? 1 : ctx->api->json_len(input);
    if (n < 1 || n > DIMENSIONS_MAX)
        return pbs_fail(ctx, PB_ERR_INVALID, (pb_str){NULL, 0},
                        "dimensions must be from 1 to 4096 for the mock driver");
    for (size_t i = 0; i < inputs; i++) {
        const pb_json *text = one ? input : ctx->api->json_at(input, i, NULL);
        if (!emit_vector(ctx, (uint32_t)i, input_text(ctx, text), (size_t)n))
            return no_memory(ctx);
    }
    emit_usage(ctx, exchange, mock_input_count(ctx, exchange));
    return PB_DONE;
}

/* ---- Ranks ---- */

#define RANK_DIMENSIONS 64

typedef struct Rank {
    size_t index;
    double score;
} Rank;

/* Best first; equal ones in their order. */
static int by_score(const void *a, const void *b)
{
    const Rank *x = a, *y = b;
    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static pb_str document_text(const pbs_ctx *ctx, const pb_json *document)
{
    return pbs_is_type(ctx, document, PB_JSON_OBJECT) ? pbs_get_str(ctx, document, "text")
                                                      : ctx->api->json_str(document);
}

/* The cosine, moved to 0 ... 1 and rounded to thousandths. */
static void write_results(const pbs_ctx *ctx, const pb_json *body, const Rank *ranks, size_t n)
{
    const pb_json *documents = pbs_get(ctx, body, "documents");
    bool with_text = ctx->api->json_bool(pbs_get(ctx, body, "return_documents"), 0) != 0;
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "results");
    for (size_t i = 0; i < n; i++) {
        pbs_w_object(ctx, NULL);
        pbs_w_int(ctx, "index", (int64_t)ranks[i].index);
        pbs_w_key(ctx, "relevance_score");
        ctx->api->w_real(ctx->x, (double)(int64_t)((ranks[i].score + 1) * 500 + 0.5) / 1000);
        if (with_text) {
            const pb_json *document = ctx->api->json_at(documents, ranks[i].index, NULL);
            pbs_w_object(ctx, "document");
            pbs_w_str(ctx, "text", document_text(ctx, document));
            pbs_w_end(ctx);
        }
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

pb_next mock_rerank(const pbs_ctx *ctx, MockExchange *exchange)
{
    const pb_json *body = exchange->request->body, *documents = pbs_get(ctx, body, "documents");
    double query[RANK_DIMENSIONS], vector[RANK_DIMENSIONS];
    size_t n = ctx->api->json_len(documents);
    int64_t top = pbs_get_int(ctx, body, "top_n", (int64_t)n), words = 0;
    Rank *ranks = malloc((n + 1) * sizeof *ranks);
    if (ranks == NULL)
        return no_memory(ctx);
    embed(pbs_get_str(ctx, body, "query"), query, RANK_DIMENSIONS);
    for (size_t i = 0; i < n; i++) {
        pb_str text = document_text(ctx, ctx->api->json_at(documents, i, NULL));
        embed(text, vector, RANK_DIMENSIONS);
        ranks[i] = (Rank){i, 0};
        words += mock_token_count(text);
        for (size_t d = 0; d < RANK_DIMENSIONS; d++)
            ranks[i].score += query[d] * vector[d];
    }
    qsort(ranks, n, sizeof *ranks, by_score);
    ctx->api->w_begin(ctx->x);
    write_results(ctx, body, ranks, top >= 0 && (size_t)top < n ? (size_t)top : n);
    free(ranks);
    pb_event event = {.size = sizeof event, .kind = PB_EV_JSON, .text = ctx->api->w_end(ctx->x)};
    ctx->api->emit(ctx->x, &event);
    emit_usage(ctx, exchange, words);
    return PB_DONE;
}
