/* SPDX-License-Identifier: Apache-2.0 */
/* Owns content blocks of the answer: what begins, what comes in pieces, what is told when it ends.
 * Texts and thoughts begin without saying so. Memory of a block is used again for the next; it is
 * freed with the exchange. Members that are not known are passed over. In ops of the exchange. */
#include "converse.h"

#define BLOCK_MAX ((size_t)16 * 1024 * 1024)

static ConverseBlock *find(const Converse *converse, int64_t index)
{
    for (ConverseBlock *block = converse->blocks; block != NULL; block = block->next)
        if (block->open && block->index == index)
            return block;
    return NULL;
}

static ConverseBlock *obtain(const pbs_ctx *ctx, Converse *converse, int64_t index)
{
    ConverseBlock *block = converse->blocks;
    while (block != NULL && block->open)
        block = block->next;
    if (block == NULL) {
        block = ctx->api->alloc(ctx->x, sizeof *block);
        if (block == NULL)
            return NULL;
        pbs_buf_init(&block->text, BLOCK_MAX);
        pbs_buf_init(&block->signature, BLOCK_MAX);
        block->next = converse->blocks;
        converse->blocks = block;
    }
    block->index = index;
    block->open = true;
    block->kind = CONVERSE_BLOCK_OTHER;
    pbs_buf_clear(&block->text);
    pbs_buf_clear(&block->signature);
    return block;
}

void converse_blocks_free(Exchange *exchange)
{
    Converse *converse = converse_of(exchange);
    for (ConverseBlock *block = converse->blocks; block != NULL; block = block->next) {
        pbs_buf_free(&block->text);
        pbs_buf_free(&block->signature);
    }
}

static const pb_str none = {NULL, 0};

static void tell_text(const pbs_ctx *ctx, const Exchange *exchange, pb_str text)
{
    converse_of(exchange)->said = converse_of(exchange)->said || text.len > 0;
    bedrock_emit_text(ctx, text);
}

/* ---- Tools ---- */

static void start_tool(const pbs_ctx *ctx, Exchange *exchange, ConverseBlock *block,
                       const pb_json *tool)
{
    Converse *converse = converse_of(exchange);
    converse->said = true;
    pb_str name = pbs_get_str(ctx, tool, "name");
    bool custom = false;
    if (converse->format == CONVERSE_TOOL && pbs_is(name, CONVERSE_JSON_TOOL)) {
        block->kind = CONVERSE_BLOCK_JSON;
        return;
    }
    name = pbs_name_find(ctx, pbs_get(ctx, exchange->request->body, "tools"), CONVERSE_NAME_MAX,
                         name, &custom);
    block->kind = custom ? CONVERSE_BLOCK_CUSTOM : CONVERSE_BLOCK_TOOL;
    block->call = converse->calls++;
    converse->called = true;
    bedrock_emit_call(ctx, custom, block->call, pbs_get_str(ctx, tool, "toolUseId"), name, none);
}

static bool take_input(const pbs_ctx *ctx, ConverseBlock *block, pb_str json)
{
    if (json.len == 0)
        return true;
    if (block->kind == CONVERSE_BLOCK_TOOL)
        bedrock_emit_call(ctx, false, block->call, none, none, json);
    else if (block->kind == CONVERSE_BLOCK_JSON)
        bedrock_emit_text(ctx, json);
    return block->kind != CONVERSE_BLOCK_CUSTOM || pbs_buf_add(&block->text, json);
}

/* The one text that a custom tool was given, or what came instead. */
static void tell_custom(const pbs_ctx *ctx, const ConverseBlock *block)
{
    pb_str text = pbs_buf_str(&block->text);
    const pb_json *input = pbs_get(ctx, ctx->api->json_parse(ctx->x, text, 0), "input");
    if (pbs_is_type(ctx, input, PB_JSON_STRING))
        text = ctx->api->json_str(input);
    bedrock_emit_call(ctx, true, block->call, none, none, text);
}

/* ---- Thoughts ---- */

/* [{"type":"thinking","thinking":...,"signature":...}], to be given back as it stands. */
static void tell_thinking(const pbs_ctx *ctx, const Exchange *exchange, const ConverseBlock *block)
{
    const pb_core_api *api = ctx->api;
    if (block->signature.len == 0)
        return;
    api->w_begin(ctx->x);
    api->w_open(ctx->x, 0);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("thinking"));
    pbs_w_str(ctx, "thinking", pbs_buf_str(&block->text));
    pbs_w_str(ctx, "signature", pbs_buf_str(&block->signature));
    pbs_w_end(ctx);
    api->w_close(ctx->x);
    bedrock_emit_extra(ctx, exchange, PB_AT_MESSAGE, "thinking_blocks", api->w_end(ctx->x));
}

static void tell_redacted(const pbs_ctx *ctx, const Exchange *exchange, pb_str data)
{
    const pb_core_api *api = ctx->api;
    api->w_begin(ctx->x);
    api->w_open(ctx->x, 0);
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("redacted_thinking"));
    pbs_w_str(ctx, "data", data);
    pbs_w_end(ctx);
    api->w_close(ctx->x);
    bedrock_emit_extra(ctx, exchange, PB_AT_MESSAGE, "thinking_blocks", api->w_end(ctx->x));
}

static bool take_reasoning(const pbs_ctx *ctx, const Exchange *exchange, ConverseBlock *block,
                           const pb_json *reasoning)
{
    pb_str text = pbs_get_str(ctx, reasoning, "text");
    pb_str signature = pbs_get_str(ctx, reasoning, "signature");
    pb_str redacted = pbs_get_str(ctx, reasoning, "redactedContent");
    block->kind = CONVERSE_BLOCK_THINKING;
    bedrock_emit_reasoning(ctx, exchange, text);
    if (redacted.len > 0)
        tell_redacted(ctx, exchange, redacted);
    return pbs_buf_add(&block->text, text) && pbs_buf_add(&block->signature, signature);
}

/* ---- Citations ---- */

static void tell_citation(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *citation)
{
    const pb_core_api *api = ctx->api;
    api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "citations");
    api->w_value(ctx->x, citation);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    bedrock_emit_extra(ctx, exchange, PB_AT_MESSAGE, "provider_specific_fields",
                       api->w_end(ctx->x));
}

static void take_citations(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *cited)
{
    const pb_json *texts = pbs_get(ctx, cited, "content");
    const pb_json *citations = pbs_get(ctx, cited, "citations");
    for (size_t i = 0; i < ctx->api->json_len(texts); i++)
        tell_text(ctx, exchange, pbs_get_str(ctx, ctx->api->json_at(texts, i, NULL), "text"));
    for (size_t i = 0; i < ctx->api->json_len(citations); i++)
        tell_citation(ctx, exchange, ctx->api->json_at(citations, i, NULL));
}

/* ---- In pieces ---- */

void converse_block_start(const pbs_ctx *ctx, Exchange *exchange, int64_t index,
                          const pb_json *start)
{
    const pb_json *tool = pbs_get(ctx, start, "toolUse");
    if (find(converse_of(exchange), index) != NULL)
        converse_block_stop(ctx, exchange, index); /* its end was lost */
    ConverseBlock *block = obtain(ctx, converse_of(exchange), index);
    if (block != NULL && pbs_is_type(ctx, tool, PB_JSON_OBJECT))
        start_tool(ctx, exchange, block, tool);
}

bool converse_block_delta(const pbs_ctx *ctx, Exchange *exchange, int64_t index,
                          const pb_json *delta)
{
    const pb_json *tool = pbs_get(ctx, delta, "toolUse");
    const pb_json *reasoning = pbs_get(ctx, delta, "reasoningContent");
    const pb_json *citation = pbs_get(ctx, delta, "citation");
    ConverseBlock *block = find(converse_of(exchange), index);
    if (block == NULL)
        block = obtain(ctx, converse_of(exchange), index);
    if (block == NULL)
        return false;
    tell_text(ctx, exchange, pbs_get_str(ctx, delta, "text"));
    if (pbs_is_type(ctx, citation, PB_JSON_OBJECT))
        tell_citation(ctx, exchange, citation);
    if (pbs_is_type(ctx, reasoning, PB_JSON_OBJECT))
        return take_reasoning(ctx, exchange, block, reasoning);
    return take_input(ctx, block, pbs_get_str(ctx, tool, "input"));
}

void converse_block_stop(const pbs_ctx *ctx, Exchange *exchange, int64_t index)
{
    ConverseBlock *block = find(converse_of(exchange), index);
    if (block == NULL)
        return;
    block->open = false;
    if (block->kind == CONVERSE_BLOCK_CUSTOM)
        tell_custom(ctx, block);
    else if (block->kind == CONVERSE_BLOCK_THINKING)
        tell_thinking(ctx, exchange, block);
}

/* ---- Whole ---- */

static bool take_whole_tool(const pbs_ctx *ctx, Exchange *exchange, const pb_json *block)
{
    const pb_json *input = pbs_get(ctx, pbs_get(ctx, block, "toolUse"), "input");
    converse_block_start(ctx, exchange, 0, block);
    ConverseBlock *open = find(converse_of(exchange), 0);
    bool empty = ctx->api->json_len(input) == 0;
    bool json = open != NULL && open->kind == CONVERSE_BLOCK_JSON;
    pb_str text = ctx->api->json_text(input);
    if (empty)
        text = json ? PBS_STR("{}") : none;
    bool kept = open != NULL && take_input(ctx, open, text);
    converse_block_stop(ctx, exchange, 0);
    return kept;
}

bool converse_block_whole(const pbs_ctx *ctx, Exchange *exchange, const pb_json *block)
{
    const pb_json *reasoning = pbs_get(ctx, block, "reasoningContent");
    const pb_json *thought = pbs_get(ctx, reasoning, "reasoningText");
    const pb_json *cited = pbs_get(ctx, block, "citationsContent");
    if (pbs_is_type(ctx, pbs_get(ctx, block, "toolUse"), PB_JSON_OBJECT))
        return take_whole_tool(ctx, exchange, block);
    if (pbs_is_type(ctx, reasoning, PB_JSON_OBJECT)) {
        ConverseBlock *open = obtain(ctx, converse_of(exchange), 0);
        bool kept = open != NULL &&
                    take_reasoning(ctx, exchange, open, thought != NULL ? thought : reasoning);
        converse_block_stop(ctx, exchange, 0);
        return kept;
    }
    tell_text(ctx, exchange, pbs_get_str(ctx, block, "text"));
    if (pbs_is_type(ctx, cited, PB_JSON_OBJECT))
        take_citations(ctx, exchange, cited);
    return true;
}
