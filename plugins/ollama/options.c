/* SPDX-License-Identifier: Apache-2.0 */
/* Owns `options`, where the server takes everything about sampling and memory: the client's own
 * object first, then what stands at the top of the request, then what the operator configured. In
 * ops. */
#include "ollama.h"

/* Members that mean the same at the top of the request. */
static const char *const names[] = {
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "typical_p",
    "seed",
    "stop",
    "num_ctx",
    "num_keep",
    "num_batch",
    "num_gpu",
    "main_gpu",
    "num_thread",
    "num_predict",
    "use_mmap",
    "use_mlock",
    "numa",
    "repeat_last_n",
    "tfs_z",
    "repeat_penalty",
    "presence_penalty",
    "mirostat",
    "mirostat_eta",
    "mirostat_tau",
    "frequency_penalty",
    "penalize_newline",
    "low_vram",
    "draft_num_predict",
};

bool ollama_is_option(pb_str name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pbs_is(name, names[i]))
            return true;
    return false;
}

/* The server wants a list. */
static void write_stop(const pbs_ctx *ctx, const pb_json *stop)
{
    bool text = pbs_is_type(ctx, stop, PB_JSON_STRING);
    pbs_w_key(ctx, "stop");
    if (text)
        ctx->api->w_open(ctx->x, 0);
    ctx->api->w_value(ctx->x, stop);
    if (text)
        ctx->api->w_close(ctx->x);
}

static const pb_json *max_tokens(const pbs_ctx *ctx, const pb_json *body)
{
    const char *name =
        pbs_has(ctx, body, "max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    return pbs_has(ctx, body, name) ? pbs_get(ctx, body, name) : NULL;
}

static void write_member(const pbs_ctx *ctx, const pb_json *given, pb_str key, const pb_json *value)
{
    if (!ollama_is_option(key) || pbs_is_type(ctx, value, PB_JSON_NULL) ||
        ctx->api->json_get(given, key) != NULL)
        return;
    if (pbs_is(key, "stop")) {
        write_stop(ctx, value);
        return;
    }
    ctx->api->w_key(ctx->x, key);
    ctx->api->w_value(ctx->x, value);
}

void ollama_write_options(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body, *given = pbs_get(ctx, body, "options");
    const pb_json *limit = max_tokens(ctx, body), *value = NULL;
    int64_t num_ctx = exchange->provider->num_ctx;
    pb_str key;
    pbs_w_object(ctx, "options");
    for (size_t i = 0; (value = ctx->api->json_at(given, i, &key)) != NULL; i++) {
        ctx->api->w_key(ctx->x, key);
        ctx->api->w_value(ctx->x, value);
    }
    for (size_t i = 0; (value = ctx->api->json_at(body, i, &key)) != NULL; i++)
        write_member(ctx, given, key, value);
    if (limit != NULL && !pbs_has(ctx, body, "num_predict") && !pbs_has(ctx, given, "num_predict"))
        pbs_w_value(ctx, "num_predict", limit);
    if (num_ctx > 0 && !pbs_has(ctx, body, "num_ctx") && !pbs_has(ctx, given, "num_ctx"))
        pbs_w_int(ctx, "num_ctx", num_ctx);
    pbs_w_end(ctx);
}
