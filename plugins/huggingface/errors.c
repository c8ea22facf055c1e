/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the words of TGI, TEI and the router for what went wrong: error_type, and texts where it
 * is missing. Within a stream the status that the error names is always 422 and says nothing.
 * In ops. */
#include "huggingface.h"

typedef struct Word {
    const char *says;
    int32_t cls;
} Word;

/* error_type, as TGI and TEI write it. */
static const Word types[] = {
    {"generation", PB_ERR_UPSTREAM},    {"incomplete_generation", PB_ERR_UPSTREAM},
    {"backend", PB_ERR_UPSTREAM},       {"overloaded", PB_ERR_OVERLOADED},
    {"healthcheck", PB_ERR_OVERLOADED}, {"unhealthy", PB_ERR_OVERLOADED},
    {"validation", PB_ERR_INVALID},     {"tokenizer", PB_ERR_INVALID},
    {"template_error", PB_ERR_INVALID}, {"tool_error", PB_ERR_INVALID},
};

/* Before the type. */
static const Word texts[] = {
    {"`inputs` tokens + `max_new_tokens` must be", PB_ERR_CONTEXT_LENGTH},
    {"`inputs` must have less than", PB_ERR_CONTEXT_LENGTH},
    {"inputs must have less than", PB_ERR_CONTEXT_LENGTH},
    {"not supported by any provider", PB_ERR_NOT_FOUND},
    {"exceeded your monthly included credits", PB_ERR_QUOTA},
    {"included credits", PB_ERR_QUOTA},
    {"model is overloaded", PB_ERR_OVERLOADED},
    {"is currently loading", PB_ERR_OVERLOADED},
    {"sufficient permissions to call inference", PB_ERR_FORBIDDEN},
};

static int32_t find(pb_str text, const Word *words, size_t n, bool whole)
{
    for (size_t i = 0; i < n; i++)
        if (whole ? pbs_is(text, words[i].says) : pbs_find_nocase(text, words[i].says) != PBS_NONE)
            return words[i].cls;
    return 0;
}

/* An endpoint that knows no such path may be an older TGI, which has its own API alone. */
static void add_way_on(const pbs_ctx *ctx, const pbs_openai *openai, pbs_error *error)
{
    const HfExchange *exchange = (const HfExchange *)(const void *)openai;
    static const char hint[] = "; if base-url is right and the server speaks TGI's own API alone, "
                               "set api = generate";
    const size_t max = 400;
    pb_str said = pbs_cut(error->message, max);
    if (openai->status != 404 || exchange->way != HF_OPENAI || exchange->provider->is_router ||
        exchange->provider->options.path_prefix.len == 0)
        return;
    char *text = ctx->api->alloc(ctx->x, max + sizeof hint);
    if (text == NULL || said.len == 0)
        return;
    memcpy(text, said.ptr, said.len);
    memcpy(text + said.len, hint, sizeof hint);
    error->message = (pb_str){text, said.len + sizeof hint - 1};
}

void hf_error(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body, pbs_error *error)
{
    pb_str type = pbs_get_str(ctx, body, "error_type");
    if (type.len == 0)
        type = pbs_get_str(ctx, pbs_get(ctx, body, "error"), "error_type");
    int32_t cls = find(error->message, texts, sizeof texts / sizeof texts[0], false);
    if (cls == 0)
        cls = find(type, types, sizeof types / sizeof types[0], true);
    if (cls != 0)
        error->cls = cls;
    if (openai->status < 400)
        error->inner_status = 0;
    add_way_on(ctx, openai, error);
}
