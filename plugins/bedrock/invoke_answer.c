/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the answers of the text models, whole and streamed: where each vendor puts the text, the
 * reason why it ended, and its counts. In ops of the exchange. */
#include "invoke.h"

#include "lib/error.h"
#include "lib/jurassic.h"

/* What one object says; NULL and -1: nothing. */
typedef struct Piece {
    const pb_json *text; /* a text, or it is no answer */
    pb_str reason;       /* empty: it goes on */
    int64_t in, out;
} Piece;

typedef struct Reason {
    const char *native, *finish; /* finish NULL: the answer failed */
} Reason;

static const Reason reasons[] = {
    {"length", "length"},
    {"max_tokens", "length"},
    {"LENGTH", "length"},
    {"MAX_TOKENS", "length"},
    {"CONTENT_FILTERED", "content_filter"},
    {"ERROR_TOXIC", "content_filter"},
    {"ERROR", NULL},
};

static const char *finish_of(pb_str reason, bool *failed)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (pbs_is(reason, reasons[i].native)) {
            *failed = reasons[i].finish == NULL;
            return reasons[i].finish;
        }
    return "stop";
}

/* ---- The vendors' objects ---- */

static void read_claude(const pbs_ctx *ctx, const pb_json *object, Piece *piece)
{
    piece->text = pbs_get(ctx, object, "completion");
    piece->reason = pbs_get_str(ctx, object, "stop_reason");
}

static void read_llama(const pbs_ctx *ctx, const pb_json *object, Piece *piece)
{
    piece->text = pbs_get(ctx, object, "generation");
    piece->reason = pbs_get_str(ctx, object, "stop_reason");
    piece->in = bedrock_count(ctx, object, "prompt_token_count");
    piece->out = bedrock_count(ctx, object, "generation_token_count");
}

static void read_mistral(const pbs_ctx *ctx, const pb_json *object, Piece *piece)
{
    const pb_json *first = ctx->api->json_at(pbs_get(ctx, object, "outputs"), 0, NULL);
    piece->text = pbs_get(ctx, first, "text");
    piece->reason = pbs_get_str(ctx, first, "stop_reason");
}

static void read_command(const pbs_ctx *ctx, const pb_json *object, Piece *piece)
{
    const pb_json *generations = pbs_get(ctx, object, "generations");
    const pb_json *first = ctx->api->json_at(generations, 0, NULL);
    const pb_json *from = first != NULL ? first : object;
    piece->text = pbs_get(ctx, from, "text");
    piece->reason = pbs_get_str(ctx, from, "finish_reason");
}

static void read_titan(const pbs_ctx *ctx, const pb_json *object, Piece *piece)
{
    const pb_json *results = pbs_get(ctx, object, "results");
    const pb_json *first = ctx->api->json_at(results, 0, NULL);
    const pb_json *from = first != NULL ? first : object;
    piece->text = pbs_get(ctx, from, "outputText");
    piece->reason = pbs_get_str(ctx, from, "completionReason");
    piece->in = bedrock_count(ctx, object, "inputTextTokenCount");
    piece->out = first != NULL ? bedrock_count(ctx, first, "tokenCount")
                               : bedrock_count(ctx, object, "totalOutputTextTokenCount");
}

static Piece read_piece(const pbs_ctx *ctx, Body body, const pb_json *object)
{
    Piece piece = {NULL, {NULL, 0}, -1, -1};
    switch (body) {
    case BODY_CLAUDE:
        read_claude(ctx, object, &piece);
        break;
    case BODY_LLAMA2:
    case BODY_LLAMA3:
        read_llama(ctx, object, &piece);
        break;
    case BODY_MISTRAL:
        read_mistral(ctx, object, &piece);
        break;
    case BODY_COMMAND:
        read_command(ctx, object, &piece);
        break;
    case BODY_TITAN:
        read_titan(ctx, object, &piece);
        break;
    case BODY_JURASSIC:
    case BODY_JAMBA:
    case BODY_NONE:
        break;
    }
    return piece;
}

/* ---- Events ---- */

/* Models begin with the blank that the prompt left out. */
static pb_str trimmed(const Exchange *exchange, pb_str text)
{
    bool first = !invoke_of(exchange)->began && exchange->request->kind == PB_KIND_CHAT;
    return first && text.len > 0 && text.ptr[0] == ' ' ? pbs_skip(text, 1) : text;
}

static void take_counts(const pbs_ctx *ctx, Invoke *invoke, const Piece *piece)
{
    if (piece->in >= 0)
        invoke->in = piece->in;
    if (piece->out < 0 || piece->reason.len == 0)
        return;
    invoke->counted = true;
    bedrock_emit_counts(ctx, invoke->in, piece->out);
}

static pb_next take_jurassic(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object)
{
    pb_next next = pbs_jurassic_take(ctx, object, exchange->request->kind == PB_KIND_CHAT);
    invoke_of(exchange)->finished = next == 0;
    return next == 0 ? PB_DONE : next;
}

pb_next invoke_take_text(const pbs_ctx *ctx, Exchange *exchange, const pb_json *object, bool whole)
{
    Invoke *invoke = invoke_of(exchange);
    bool failed = false;
    if (invoke->family->body == BODY_JURASSIC)
        return take_jurassic(ctx, exchange, object);
    Piece piece = read_piece(ctx, invoke->family->body, object);
    const char *finish = finish_of(piece.reason, &failed);
    bool bare = !whole && (piece.reason.len > 0 || invoke->finished); /* an end without a text */
    if (!pbs_is_type(ctx, piece.text, PB_JSON_STRING) && !bare)
        return bedrock_unusable(ctx, "the answer is not one of this model's; is the model one of "
                                     "another family?");
    if (!invoke->named)
        bedrock_emit_request_id(ctx);
    invoke->named = true;
    pb_str text = ctx->api->json_str(piece.text);
    bedrock_emit_text(ctx, trimmed(exchange, text));
    invoke->began = invoke->began || text.len > 0;
    if (failed)
        return pbs_fail(ctx, PB_ERR_UPSTREAM, piece.reason,
                        "the model says that its answer failed; try again");
    take_counts(ctx, invoke, &piece);
    if (piece.reason.len > 0 && !invoke->finished) {
        invoke->finished = true;
        bedrock_emit_finish(ctx, finish, piece.reason);
    }
    if (whole && !invoke->finished)
        return bedrock_unusable(ctx, "the answer does not say why it ended");
    return whole ? PB_DONE : 0;
}

pb_next invoke_end_text(const pbs_ctx *ctx, Exchange *exchange)
{
    return invoke_of(exchange)->finished ? PB_DONE : bedrock_truncated(ctx);
}
