/* SPDX-License-Identifier: MIT */
/* Owns rankings: a query, documents, and how relevant each is. The vendor takes documents as texts
 * and gives back their numbers; documents themselves are put into the answer here when asked for.
 * In ops. */
#include "lib/rerank.h"

#include "lib/error.h"
#include "lib/json.h"
#include "lib/params.h"

static const char *const handled[] = {"model", "query", "documents", "return_documents", NULL};

static const char *const passed[] = {"top_n", "max_tokens_per_doc", "priority", NULL};

static const pbs_param left_out[] = {
    {"rank_fields", PB_NOTE_UNMET, NULL, "this vendor ranks texts; write the fields that count"},
    {"max_chunks_per_doc", PB_NOTE_DROPPED, NULL, "this vendor has max_tokens_per_doc instead"},
    {"user", PB_NOTE_DROPPED, NULL, "this vendor does not tell users apart"},
    {NULL, 0, NULL, NULL},
};

static const pbs_params params = {.handled = handled, .passed = passed, .refused = left_out};

/* A text, the text of an object that holds no more, or the object as it stands. */
static pb_str text_of(const pbs_ctx *ctx, const pb_json *document)
{
    pb_str text = pbs_get_str(ctx, document, "text");
    if (pbs_is_type(ctx, document, PB_JSON_STRING))
        return ctx->api->json_str(document);
    return text.len > 0 && ctx->api->json_len(document) == 1 ? text : ctx->api->json_text(document);
}

void pbs_rerank_write(const pbs_ctx *ctx, const pb_json *body)
{
    const pb_json *documents = pbs_get(ctx, body, "documents");
    bool told = false;
    pbs_params_note(ctx, &params, body);
    pbs_w_value(ctx, "query", pbs_get(ctx, body, "query"));
    pbs_w_array(ctx, "documents");
    for (size_t i = 0; i < ctx->api->json_len(documents); i++) {
        const pb_json *one = ctx->api->json_at(documents, i, NULL);
        if (!told && !pbs_is_type(ctx, one, PB_JSON_STRING))
            ctx->api->note(ctx->x, PB_NOTE_EMULATED, PBS_STR("documents"),
                           PBS_STR("this vendor ranks texts: objects go as theirs"));
        told = told || !pbs_is_type(ctx, one, PB_JSON_STRING);
        ctx->api->w_str(ctx->x, text_of(ctx, one));
    }
    pbs_w_end(ctx);
    pbs_params_write(ctx, &params, body);
}

/* As the caller gave it; a text in the object that holds one. */
static void write_document(const pbs_ctx *ctx, const pb_json *document)
{
    if (pbs_is_type(ctx, document, PB_JSON_OBJECT)) {
        pbs_w_value(ctx, "document", document);
    } else if (document != NULL) {
        pbs_w_object(ctx, "document");
        pbs_w_value(ctx, "text", document);
        pbs_w_end(ctx);
    }
}

/* NULL, or why the result is not one. */
static const char *write_result(const pbs_ctx *ctx, const pb_json *body, const pb_json *result)
{
    bool whole = ctx->api->json_bool(pbs_get(ctx, body, "return_documents"), 0) != 0;
    int64_t index = pbs_get_int(ctx, result, "index", -1);
    const pb_json *documents = pbs_get(ctx, body, "documents");
    const pb_json *score = pbs_get(ctx, result, "relevance_score");
    if (index < 0 || (uint64_t)index >= ctx->api->json_len(documents))
        return "the answer ranks a document that was not asked about";
    if (!pbs_is_type(ctx, score, PB_JSON_INT) && !pbs_is_type(ctx, score, PB_JSON_REAL))
        return "the answer ranks a document without a score";
    pbs_w_object(ctx, NULL);
    pbs_w_int(ctx, "index", index);
    pbs_w_value(ctx, "relevance_score", score);
    if (whole)
        write_document(ctx, ctx->api->json_at(documents, (size_t)index, NULL));
    pbs_w_end(ctx);
    return NULL;
}

static pb_next unusable(const pbs_ctx *ctx, const char *message)
{
    return pbs_fail(ctx, PB_ERR_PROTOCOL, PBS_STR("invalid_upstream_response"), message);
}

pb_next pbs_rerank_take(const pbs_ctx *ctx, const pb_json *body, const pb_json *answer)
{
    const pb_json *results = pbs_get(ctx, answer, "results");
    const pb_json *meta = pbs_get(ctx, answer, "meta");
    pb_str id = pbs_get_str(ctx, answer, "id");
    const char *wrong = NULL;
    if (!pbs_is_type(ctx, results, PB_JSON_ARRAY))
        return unusable(ctx, "the answer holds no results of a ranking");
    ctx->api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    if (id.len > 0)
        pbs_w_str(ctx, "id", id);
    pbs_w_array(ctx, "results");
    for (size_t i = 0; wrong == NULL && i < ctx->api->json_len(results); i++)
        wrong = write_result(ctx, body, ctx->api->json_at(results, i, NULL));
    pbs_w_end(ctx);
    if (pbs_is_type(ctx, meta, PB_JSON_OBJECT))
        pbs_w_value(ctx, "meta", meta);
    pbs_w_end(ctx);
    pb_event event = {.size = sizeof event, .kind = PB_EV_JSON, .text = ctx->api->w_end(ctx->x)};
    if (wrong != NULL)
        return unusable(ctx, wrong);
    ctx->api->emit(ctx->x, &event);
    return PB_DONE;
}
