/* SPDX-License-Identifier: Apache-2.0 */
/* Owns embeddings: :predict with many texts and counts of tokens, :embedContent with one. In ops.
 * Source: Google's reference "Text embeddings API". */
#include "vertex_ai.h"

#include "lib/embeddings.h"
#include "lib/error.h"
#include "lib/params.h"

static const char *const handled[] = {"model",           "input",      "dimensions", "task_type",
                                      "taskType",        "input_type", "title",      "autoTruncate",
                                      "encoding_format", NULL};
static const char *const none[] = {NULL};
static const pbs_param left_out[] = {
    {"user", PB_NOTE_DROPPED, NULL, "this vendor takes no name of a user"},
    {NULL, 0, NULL, NULL},
};
static const pbs_params params = {.handled = handled, .passed = none, .refused = left_out};

/* Google's word for a task; those of other vendors are known, too. */
static pb_str task_of(const pbs_ctx *ctx, const pb_json *body)
{
    static const char *const known[][2] = {
        {"search_document", "RETRIEVAL_DOCUMENT"}, {"search_query", "RETRIEVAL_QUERY"},
        {"document", "RETRIEVAL_DOCUMENT"},        {"query", "RETRIEVAL_QUERY"},
        {"classification", "CLASSIFICATION"},      {"clustering", "CLUSTERING"}};
    static const char *const names[] = {"task_type", "taskType", "input_type"};
    pb_str task = {NULL, 0};
    for (size_t i = 0; task.len == 0 && i < sizeof names / sizeof names[0]; i++)
        task = pbs_get_str(ctx, body, names[i]);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (pbs_is(task, known[i][0]))
            return pbs_str(known[i][1]);
    return task;
}

static void write_settings(const pbs_ctx *ctx, const pb_json *body, const char *member)
{
    bool size = pbs_has(ctx, body, "dimensions"), cut = pbs_has(ctx, body, "autoTruncate");
    pb_str task = task_of(ctx, body), title = pbs_get_str(ctx, body, "title");
    bool own = strcmp(member, "embedContentConfig") == 0; /* the task stands there, too */
    if (!size && !cut && !(own && (task.len > 0 || title.len > 0)))
        return;
    pbs_w_object(ctx, member);
    if (own && task.len > 0)
        pbs_w_str(ctx, "taskType", task);
    if (own && title.len > 0)
        pbs_w_str(ctx, "title", title);
    if (size)
        pbs_w_value(ctx, "outputDimensionality", pbs_get(ctx, body, "dimensions"));
    if (cut)
        pbs_w_value(ctx, "autoTruncate", pbs_get(ctx, body, "autoTruncate"));
    pbs_w_end(ctx);
}

static void write_instance(const pbs_ctx *ctx, const pb_json *body, pb_str text)
{
    pb_str task = task_of(ctx, body), title = pbs_get_str(ctx, body, "title");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "content", text);
    if (task.len > 0)
        pbs_w_str(ctx, "task_type", task);
    if (title.len > 0)
        pbs_w_str(ctx, "title", title);
    pbs_w_end(ctx);
}

static void write_predict(const pbs_ctx *ctx, const pb_json *body, const pb_json *input)
{
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "instances");
    if (pbs_is_type(ctx, input, PB_JSON_STRING))
        write_instance(ctx, body, ctx->api->json_str(input));
    for (size_t i = 0; i < ctx->api->json_len(input); i++)
        write_instance(ctx, body, ctx->api->json_str(ctx->api->json_at(input, i, NULL)));
    pbs_w_end(ctx);
    write_settings(ctx, body, "parameters");
    pbs_w_end(ctx);
}

static void write_content(const pbs_ctx *ctx, const pb_json *body, const pb_json *input)
{
    if (pbs_is_type(ctx, input, PB_JSON_ARRAY))
        input = ctx->api->json_at(input, 0, NULL);
    pbs_w_object(ctx, NULL);
    pbs_w_object(ctx, "content");
    pbs_w_array(ctx, "parts");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "text", ctx->api->json_str(input));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    write_settings(ctx, body, "embedContentConfig");
    pbs_w_end(ctx);
}

static bool is_text(const pbs_ctx *ctx, const pb_json *input)
{
    if (pbs_is_type(ctx, input, PB_JSON_STRING))
        return true;
    for (size_t i = 0; i < ctx->api->json_len(input); i++)
        if (!pbs_is_type(ctx, ctx->api->json_at(input, i, NULL), PB_JSON_STRING))
            return false;
    return ctx->api->json_len(input) > 0;
}

bool vertex_write_embed(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->asked->body, *input = pbs_get(ctx, body, "input");
    bool content = exchange->route.api == API_EMBED_CONTENT;
    pb_error error = {.size = sizeof error,
                      .cls = PB_ERR_UNSUPPORTED,
                      .param = PBS_STR("input"),
                      .message = PBS_STR("this vendor embeds texts, not lists of tokens; give the "
                                         "text itself")};
    if (!is_text(ctx, input)) {
        ctx->api->fail(ctx->x, &error);
        return false;
    }
    if (content && ctx->api->json_len(input) > 1) {
        error.message = PBS_STR("this model embeds one text a request");
        ctx->api->fail(ctx->x, &error);
        return false;
    }
    pbs_params_note(ctx, &params, body);
    if (content)
        write_content(ctx, body, input);
    else
        write_predict(ctx, body, input);
    return true;
}

static pb_next take_predictions(const pbs_ctx *ctx, const pb_json *list)
{
    int64_t tokens = 0;
    bool counted = true;
    size_t n = ctx->api->json_len(list);
    for (size_t i = 0; i < n; i++) {
        const pb_json *one = pbs_get(ctx, ctx->api->json_at(list, i, NULL), "embeddings");
        double count =
            ctx->api->json_real(pbs_get(ctx, pbs_get(ctx, one, "statistics"), "token_count"), -1);
        counted = counted && count >= 0 && count < 1e12;
        tokens += counted ? (int64_t)count : 0;
        if (!pbs_embedding_emit(ctx, (uint32_t)i, pbs_get(ctx, one, "values")))
            n = 0;
    }
    if (n == 0)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer holds no embeddings");
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_USAGE, .known = PB_USAGE_IN, .tokens_in = tokens};
    if (counted)
        ctx->api->emit(ctx->x, &event);
    return PB_DONE;
}

pb_next vertex_take_embed(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer)
{
    if (exchange->route.api == API_EMBED_CONTENT)
        return pbs_gemini_take_embed(ctx, answer);
    return take_predictions(ctx, pbs_get(ctx, answer, "predictions"));
}
