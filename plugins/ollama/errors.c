/* SPDX-License-Identifier: Apache-2.0 */
/* Owns refusals: {"error":"text"}, whose text says what the status leaves open, and the one
 * second try when a model turns out not to think. Source: the server's own messages. In ops. */
#include "ollama.h"

#include "lib/error.h"

typedef struct Phrase {
    const char *says;
    int32_t cls;
    int32_t retry; /* as pb_error.retry */
} Phrase;

static const Phrase phrases[] = {
    {"exceeds the context length", PB_ERR_CONTEXT_LENGTH, 0},
    {"longer than the context length", PB_ERR_CONTEXT_LENGTH, 0},
    {"exceeds the available context size", PB_ERR_CONTEXT_LENGTH, 0},
    {"requires more system memory", PB_ERR_UPSTREAM, -1},
    {"server busy", PB_ERR_OVERLOADED, 0},
    {"maximum pending requests exceeded", PB_ERR_OVERLOADED, 0},
    {"try pulling it first", PB_ERR_NOT_FOUND, 0},
};

static const Phrase *find_phrase(pb_str message)
{
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (pbs_find_nocase(message, phrases[i].says) != PBS_NONE)
            return &phrases[i];
    return NULL;
}

static pb_next fail(const pbs_ctx *ctx, int32_t status, pbs_error *error)
{
    const Phrase *phrase = find_phrase(error->message);
    bool known = phrase != NULL && status != 429 && status != 401 && status != 403;
    if (known)
        error->cls = phrase->cls;
    if (!known || phrase->retry == 0)
        return pbs_error_fail(ctx, status, error);
    pb_error out = {.size = sizeof out,
                    .cls = error->cls,
                    .http_status = status >= 400 ? status : 0,
                    .retry = phrase->retry,
                    .message = error->message};
    ctx->api->fail(ctx->x, &out);
    return PB_FAIL;
}

pb_next ollama_failed(const pbs_ctx *ctx, int32_t status, const pb_json *object)
{
    pbs_error error;
    if (!pbs_error_read(ctx, object, &error))
        error.message = PBS_STR("the server reported an error without saying which");
    return fail(ctx, status, &error);
}

static bool repair(const pbs_ctx *ctx, Exchange *exchange, pb_str message)
{
    const char *param =
        pbs_has(ctx, exchange->request->body, "think") ? "think" : "reasoning_effort";
    if (exchange->status != 400 || exchange->no_think || !ollama_thinks(ctx, exchange) ||
        pbs_find_nocase(message, "does not support thinking") == PBS_NONE)
        return false;
    ollama_note(ctx, exchange, PB_NOTE_DROPPED, param, "this model does not think");
    exchange->no_think = true;
    return true;
}

pb_next ollama_refused(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    pbs_error error;
    const pb_json *object = ctx->api->json_parse(ctx->x, pbs_trim(body), 0);
    if (object == NULL || !pbs_error_read(ctx, object, &error))
        return pbs_error_fail_body(ctx, exchange->status, body);
    if (repair(ctx, exchange, error.message)) {
        exchange->quiet = true;
        return ollama_describe(ctx, exchange);
    }
    return fail(ctx, exchange->status, &error);
}
