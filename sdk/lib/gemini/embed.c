/* SPDX-License-Identifier: MIT */
/* Owns embeddings: one request in the batch for each text, since parts of one content would
 * become one vector. The vendor takes texts only. In ops. */
#include "lib/gemini/internal.h"

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

/* "RETRIEVAL_QUERY" as it stands; search_document and the like as other vendors call them. */
static pb_str task_of(const pbs_ctx *ctx, const pb_json *body)
{
    static const char *const known[][2] = {
        {"search_document", "RETRIEVAL_DOCUMENT"}, {"search_query", "RETRIEVAL_QUERY"},
        {"document", "RETRIEVAL_DOCUMENT"},        {"query", "RETRIEVAL_QUERY"},
        {"classification", "CLASSIFICATION"},      {"clustering", "CLUSTERING"}};
    pb_str task = ctx->api->json_str(pbs_gemini_own(ctx, body, "taskType"));
    if (task.len == 0)
        task = pbs_get_str(ctx, body, "input_type");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (pbs_is(task, known[i][0]))
            return pbs_str(known[i][1]);
    return task;
}

static void write_one(const pbs_ctx *ctx, const pb_request *request, pb_str model, pb_str text)
{
    const pb_json *body = request->body;
    pb_str task = task_of(ctx, body), title = pbs_get_str(ctx, body, "title");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "model", model);
    pbs_w_object(ctx, "content");
    pbs_w_array(ctx, "parts");
    pbs_gemini_write_text(ctx, text);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    if (task.len > 0)
        pbs_w_str(ctx, "taskType", task);
    if (title.len > 0)
        pbs_w_str(ctx, "title", title);
    if (pbs_has(ctx, body, "dimensions"))
        pbs_w_value(ctx, "outputDimensionality", pbs_get(ctx, body, "dimensions"));
    pbs_w_end(ctx);
}

bool pbs_gemini_write_embed(const pbs_ctx *ctx, const pb_request *request)
{
    const pb_json *input = pbs_get(ctx, request->body, "input");
    pbs_buf model;
    if (!pbs_embedding_is_texts(ctx, input)) {
        pb_error error = {.size = sizeof error,
                          .cls = PB_ERR_UNSUPPORTED,
                          .param = PBS_STR("input"),
                          .message = PBS_STR("this vendor embeds texts, not lists of tokens; give "
                                             "the text itself")};
        ctx->api->fail(ctx->x, &error);
        return false;
    }
    pbs_params_note(ctx, &params, request->body);
    pbs_buf_init(&model, 4096);
    if (!pbs_has_prefix(request->model, PBS_STR("models/")))
        pbs_buf_add(&model, PBS_STR("models/"));
    pbs_buf_add(&model, request->model);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "requests");
    if (pbs_is_type(ctx, input, PB_JSON_STRING))
        write_one(ctx, request, pbs_buf_str(&model), ctx->api->json_str(input));
    for (size_t i = 0; pbs_is_type(ctx, input, PB_JSON_ARRAY) && i < ctx->api->json_len(input); i++)
        write_one(ctx, request, pbs_buf_str(&model),
                  ctx->api->json_str(ctx->api->json_at(input, i, NULL)));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_buf_free(&model);
    return true;
}

pb_next pbs_gemini_take_embed(const pbs_ctx *ctx, const pb_json *answer)
{
    const pb_json *list = pbs_get(ctx, answer, "embeddings");
    const pb_json *one = pbs_get(ctx, answer, "embedding");
    int64_t tokens =
        pbs_get_int(ctx, pbs_get(ctx, answer, "usageMetadata"), "promptTokenCount", -1);
    size_t n = one != NULL ? 1 : ctx->api->json_len(list);
    bool usable = n > 0;
    for (size_t i = 0; i < n && usable; i++) {
        const pb_json *item = one != NULL ? one : ctx->api->json_at(list, i, NULL);
        usable = pbs_embedding_emit(ctx, (uint32_t)i, pbs_get(ctx, item, "values"));
    }
    if (!usable)
        return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"),
                        "the answer holds no embeddings");
    pb_event event = {
        .size = sizeof event, .kind = PB_EV_USAGE, .known = PB_USAGE_IN, .tokens_in = tokens};
    if (tokens >= 0)
        ctx->api->emit(ctx->x, &event);
    return PB_DONE;
}
