/* SPDX-License-Identifier: Apache-2.0 */
/* Owns embeddings: feature extraction of the router and TEI's /embed, which take {"inputs"} and
 * answer with bare arrays: one vector, a list of them, or the vectors of all tokens, whose mean
 * is taken. In ops. */
#include "huggingface.h"

#include "lib/embeddings.h"
#include "lib/params.h"

#include <stdlib.h>

static const char *const handled[] = {"model", "input", "encoding_format", "dimensions", NULL};
static const char *const passed[] = {"normalize", "truncate", "truncation_direction", "prompt_name",
                                     NULL};
static const pbs_param refused[] = {
    {"user", PB_NOTE_DROPPED, NULL, "this API does not tell users apart"},
    {NULL, 0, NULL, NULL},
};
static const pbs_params params = {.handled = handled, .passed = passed, .refused = refused};

pb_next hf_vectors_describe(const pbs_ctx *ctx, HfExchange *exchange)
{
    const pb_json *body = exchange->openai.body, *input = pbs_get(ctx, body, "input");
    const pb_json *dimensions = pbs_get(ctx, body, "dimensions");
    bool one = !pbs_is_type(ctx, input, PB_JSON_ARRAY);
    exchange->inputs = one ? 1 : ctx->api->json_len(input);
    if (!pbs_embedding_is_texts(ctx, input))
        return pbs_fail(ctx, PB_ERR_UNSUPPORTED, PBS_STR("unsupported_parameter"),
                        "input must be text: this API takes no numbers of tokens");
    if (!hf_begin(ctx, exchange, false, "application/json"))
        return PB_FAIL;
    pbs_params_note(ctx, &params, body);
    pbs_w_object(ctx, NULL);
    if (one) {
        pbs_w_array(ctx, "inputs");
        ctx->api->w_value(ctx->x, input);
        pbs_w_end(ctx);
    } else {
        pbs_w_value(ctx, "inputs", input);
    }
    pbs_params_write(ctx, &params, body);
    if (dimensions != NULL && exchange->way == HF_EMBED)
        pbs_w_value(ctx, "dimensions", dimensions);
    else if (dimensions != NULL && !pbs_is_type(ctx, dimensions, PB_JSON_NULL))
        ctx->api->note(ctx->x, PB_NOTE_UNMET, PBS_STR("dimensions"),
                       PBS_STR("feature extraction gives the length its model has"));
    pbs_w_end(ctx);
    return PB_SEND;
}

/* ---- The answer ---- */

static bool is_numbers(const pbs_ctx *ctx, const pb_json *value)
{
    int32_t type = ctx->api->json_type(ctx->api->json_at(value, 0, NULL));
    return type == PB_JSON_INT || type == PB_JSON_REAL;
}

static bool add_row(const pbs_ctx *ctx, const pb_json *row, float *numbers, float *sums, size_t n)
{
    if (ctx->api->json_len(row) != n || ctx->api->json_floats(row, numbers, n) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        sums[i] += numbers[i];
    return true;
}

/* The mean of rows of equal length. */
static bool emit_mean(const pbs_ctx *ctx, uint32_t index, const pb_json *rows)
{
    const pb_json *row = ctx->api->json_at(rows, 0, NULL);
    size_t n = ctx->api->json_len(row), count = 0;
    float *numbers = n > 0 ? calloc(2 * n, sizeof *numbers) : NULL;
    bool usable = numbers != NULL && is_numbers(ctx, row);
    for (; usable && (row = ctx->api->json_at(rows, count, NULL)) != NULL; count++)
        usable = add_row(ctx, row, numbers, numbers + n, n);
    for (size_t i = 0; usable && i < n; i++)
        numbers[i] = numbers[n + i] / (float)count;
    pb_event event = {.size = sizeof event,
                      .kind = PB_EV_VECTOR,
                      .index = index,
                      .vector = numbers,
                      .vector_len = n};
    if (usable)
        ctx->api->emit(ctx->x, &event);
    free(numbers);
    return usable;
}

/* A vector, or the vectors of an input's tokens. */
static bool take_one(const pbs_ctx *ctx, uint32_t index, const pb_json *value, bool *pooled)
{
    if (is_numbers(ctx, value))
        return pbs_embedding_emit(ctx, index, value);
    *pooled = *pooled || ctx->api->json_len(value) > 1;
    return emit_mean(ctx, index, value);
}

pb_next hf_vectors_take(const pbs_ctx *ctx, HfExchange *exchange, const pb_json *answer)
{
    size_t n = ctx->api->json_len(answer);
    bool usable = pbs_is_type(ctx, answer, PB_JSON_ARRAY) && n > 0, pooled = false;
    if (usable && exchange->inputs == 1 && (n != 1 || is_numbers(ctx, answer)))
        usable = take_one(ctx, 0, answer, &pooled);
    else
        usable = usable && n == exchange->inputs;
    bool listed = exchange->inputs > 1 || (n == 1 && !is_numbers(ctx, answer));
    for (size_t i = 0; usable && listed && i < n; i++)
        usable = take_one(ctx, (uint32_t)i, ctx->api->json_at(answer, i, NULL), &pooled);
    if (!usable)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer is no array of vectors, one for each input; is the model one "
                        "for feature extraction?");
    if (pooled)
        ctx->api->note(ctx->x, PB_NOTE_EMULATED, PBS_STR("input"),
                       PBS_STR("the model gives a vector for each token; this is their mean"));
    return 0;
}
