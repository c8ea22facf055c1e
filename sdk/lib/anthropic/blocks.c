/* SPDX-License-Identifier: MIT */
/* Owns content blocks: what begins, what comes in pieces, what is told when it ends. A whole
 * answer is the same blocks without pieces. Memory of a block is used again for the next; it is
 * freed with the exchange. Blocks and deltas of unknown types are passed over. In ops. */
#include "lib/anthropic/dialect.h"

#define BLOCK_MAX ((size_t)16 * 1024 * 1024)

static Block *find(const pbs_anthropic *exchange, int64_t index)
{
    for (Block *block = exchange->blocks; block != NULL; block = block->next)
        if (block->open && block->index == index)
            return block;
    return NULL;
}

static Block *obtain(const pbs_ctx *ctx, pbs_anthropic *exchange)
{
    Block *block = exchange->blocks;
    while (block != NULL && block->open)
        block = block->next;
    if (block != NULL)
        return block;
    block = ctx->api->alloc(ctx->x, sizeof *block);
    if (block == NULL)
        return NULL;
    pbs_buf_init(&block->text, BLOCK_MAX);
    pbs_buf_init(&block->extra, BLOCK_MAX);
    pbs_buf_init(&block->head, BLOCK_MAX);
    block->next = exchange->blocks;
    exchange->blocks = block;
    return block;
}

void pbs_anthropic_blocks_free(pbs_anthropic *exchange)
{
    for (Block *block = exchange->blocks; block != NULL; block = block->next) {
        pbs_buf_free(&block->text);
        pbs_buf_free(&block->extra);
        pbs_buf_free(&block->head);
    }
}

/* ---- Beginning ---- */

static bool ends_in(pb_str s, const char *end)
{
    size_t n = strlen(end);
    return s.len >= n && pbs_is(pbs_skip(s, s.len - n), end);
}

static BlockKind kind_of(pb_str type)
{
    if (pbs_is(type, "text"))
        return BLOCK_TEXT;
    if (pbs_is(type, "thinking"))
        return BLOCK_THINKING;
    if (pbs_is(type, "redacted_thinking"))
        return BLOCK_REDACTED;
    if (pbs_is(type, "tool_use"))
        return BLOCK_TOOL;
    if (pbs_is(type, "server_tool_use") || pbs_is(type, "mcp_tool_use") ||
        pbs_is(type, "container_upload") || ends_in(type, "_tool_result"))
        return BLOCK_SERVER;
    return BLOCK_IGNORED;
}

static void start_tool(const pbs_ctx *ctx, pbs_anthropic *exchange, Block *block,
                       const pb_json *json)
{
    pb_str name = pbs_get_str(ctx, json, "name");
    bool custom = false;
    if (exchange->format == FORMAT_TOOL && pbs_is(name, JSON_TOOL)) {
        block->kind = BLOCK_JSON;
        return;
    }
    name = pbs_anthropic_tool_name(ctx, exchange, name, &custom);
    block->kind = custom ? BLOCK_CUSTOM : BLOCK_TOOL;
    block->call = exchange->calls++;
    exchange->called = true;
    pbs_anthropic_emit_call(ctx, custom, block->call, pbs_get_str(ctx, json, "id"), name,
                            (pb_str){NULL, 0});
}

static void add_citation(Block *block, pb_str json)
{
    if (block->extra.len > 0)
        pbs_buf_add_char(&block->extra, ',');
    pbs_buf_add(&block->extra, json);
}

static void start_text(const pbs_ctx *ctx, pbs_anthropic *exchange, Block *block,
                       const pb_json *json)
{
    const pb_json *citations = pbs_get(ctx, json, "citations");
    block->from = exchange->characters;
    pbs_anthropic_emit_text(ctx, exchange, pbs_get_str(ctx, json, "text"));
    for (size_t i = 0;
         pbs_is_type(ctx, citations, PB_JSON_ARRAY) && i < ctx->api->json_len(citations); i++)
        add_citation(block, ctx->api->json_text(ctx->api->json_at(citations, i, NULL)));
}

void pbs_anthropic_block_start(const pbs_ctx *ctx, pbs_anthropic *exchange, int64_t index,
                               const pb_json *json)
{
    Block *block = find(exchange, index);
    if (block != NULL)
        pbs_anthropic_block_stop(ctx, exchange, index); /* its end was lost */
    block = obtain(ctx, exchange);
    if (block == NULL)
        return;
    block->index = index;
    block->open = true;
    block->seen = block->passing = false;
    block->kind = kind_of(pbs_get_str(ctx, json, "type"));
    pbs_buf_clear(&block->text);
    pbs_buf_clear(&block->extra);
    pbs_buf_clear(&block->head);
    if (block->kind == BLOCK_TEXT) {
        start_text(ctx, exchange, block, json);
        return;
    }
    pbs_buf_add(&block->head, ctx->api->json_text(json));
    if (block->kind == BLOCK_TOOL) {
        start_tool(ctx, exchange, block, json);
    } else if (block->kind == BLOCK_THINKING) {
        pb_str thinking = pbs_get_str(ctx, json, "thinking");
        pbs_anthropic_emit_reasoning(ctx, exchange, thinking);
        pbs_buf_add(&block->text, thinking);
        pbs_buf_add(&block->extra, pbs_get_str(ctx, json, "signature"));
    }
}

/* ---- Pieces ---- */

static bool take_thinking(const pbs_ctx *ctx, pbs_anthropic *exchange, Block *block, pb_str text)
{
    pbs_anthropic_emit_reasoning(ctx, exchange, text);
    if (block == NULL || text.len == 0)
        return true;
    block->seen = true;
    return pbs_buf_add(&block->text, text);
}

static bool take_signature(Block *block, pb_str signature)
{
    if (block == NULL)
        return true;
    block->seen = true;
    return pbs_buf_add(&block->extra, signature);
}

static bool take_input(const pbs_ctx *ctx, pbs_anthropic *exchange, Block *block, pb_str json)
{
    if (block == NULL || json.len == 0)
        return true;
    block->seen = true;
    if (block->kind == BLOCK_TOOL) {
        pbs_anthropic_emit_call(ctx, false, block->call, (pb_str){NULL, 0}, (pb_str){NULL, 0},
                                json);
        return true;
    }
    if (block->kind == BLOCK_JSON)
        return pbs_anthropic_json_more(ctx, exchange, block, json);
    return pbs_buf_add(&block->text, json);
}

bool pbs_anthropic_block_delta(const pbs_ctx *ctx, pbs_anthropic *exchange, int64_t index,
                               const pb_json *delta)
{
    pb_str type = pbs_get_str(ctx, delta, "type");
    Block *block = find(exchange, index);
    if (pbs_is(type, "text_delta"))
        pbs_anthropic_emit_text(ctx, exchange, pbs_get_str(ctx, delta, "text"));
    else if (pbs_is(type, "thinking_delta"))
        return take_thinking(ctx, exchange, block, pbs_get_str(ctx, delta, "thinking"));
    else if (pbs_is(type, "signature_delta"))
        return take_signature(block, pbs_get_str(ctx, delta, "signature"));
    else if (pbs_is(type, "input_json_delta"))
        return take_input(ctx, exchange, block, pbs_get_str(ctx, delta, "partial_json"));
    else if (pbs_is(type, "citations_delta") && block != NULL)
        add_citation(block, ctx->api->json_text(pbs_get(ctx, delta, "citation")));
    return true;
}

/* ---- Ending ---- */

/* [{"type":"thinking","thinking":...,"signature":...}], to be given back as it stands. */
static void tell_thinking(const pbs_ctx *ctx, const pbs_anthropic *exchange, const Block *block)
{
    const pb_core_api *api = ctx->api;
    api->w_begin(ctx->x);
    api->w_open(ctx->x, 0);
    if (block->seen) {
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "type", PBS_STR("thinking"));
        pbs_w_str(ctx, "thinking", pbs_buf_str(&block->text));
        if (block->extra.len > 0)
            pbs_w_str(ctx, "signature", pbs_buf_str(&block->extra));
        pbs_w_end(ctx);
    } else {
        api->w_value(ctx->x, api->json_parse(ctx->x, pbs_buf_str(&block->head), 0));
    }
    api->w_close(ctx->x);
    pbs_anthropic_emit_extra(ctx, exchange, PB_AT_MESSAGE, "thinking_blocks", api->w_end(ctx->x));
}

/* The whole input of a tool: what came in pieces, else what the block began with. NULL: none. */
static const pb_json *whole_input(const pbs_ctx *ctx, const Block *block)
{
    pb_str text = pbs_buf_str(block->seen ? &block->text : &block->head);
    const pb_json *json = ctx->api->json_parse(ctx->x, text, 0);
    return block->seen ? json : pbs_get(ctx, json, "input");
}

static void tell_call(const pbs_ctx *ctx, const Block *block)
{
    const pb_json *input = whole_input(ctx, block);
    pb_str none = {NULL, 0};
    if (block->kind == BLOCK_CUSTOM) {
        bool text = pbs_is_type(ctx, pbs_get(ctx, input, "input"), PB_JSON_STRING);
        pbs_anthropic_emit_call(ctx, true, block->call, none, none,
                                text ? pbs_get_str(ctx, input, "input")
                                     : pbs_buf_str(&block->text));
    } else if (!block->seen && ctx->api->json_len(input) > 0) {
        pbs_anthropic_emit_call(ctx, false, block->call, none, none, ctx->api->json_text(input));
    }
}

static void tell_json(const pbs_ctx *ctx, pbs_anthropic *exchange, Block *block)
{
    if (!block->seen)
        pbs_buf_add(&block->text, ctx->api->json_text(whole_input(ctx, block)));
    pbs_anthropic_json_end(ctx, exchange, block);
}

/* What the vendor's own tools did, with the input that came in pieces in its place. */
static void tell_server(const pbs_ctx *ctx, const pbs_anthropic *exchange, const Block *block)
{
    const pb_core_api *api = ctx->api;
    const pb_json *head = api->json_parse(ctx->x, pbs_buf_str(&block->head), 0), *value = NULL;
    const pb_json *input = block->seen ? whole_input(ctx, block) : NULL;
    pb_str key;
    api->w_begin(ctx->x);
    pbs_w_object(ctx, NULL);
    pbs_w_array(ctx, "server_tool_blocks");
    pbs_w_object(ctx, NULL);
    for (size_t i = 0; (value = api->json_at(head, i, &key)) != NULL; i++) {
        api->w_key(ctx->x, key);
        api->w_value(ctx->x, input != NULL && pbs_is(key, "input") ? input : value);
    }
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_anthropic_emit_extra(ctx, exchange, PB_AT_MESSAGE, "provider_specific_fields",
                             api->w_end(ctx->x));
}

static void write_annotation(const pbs_ctx *ctx, const pbs_anthropic *exchange, const Block *block,
                             const pb_json *citation)
{
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "type", PBS_STR("url_citation"));
    pbs_w_object(ctx, "url_citation");
    pbs_w_int(ctx, "start_index", block->from);
    pbs_w_int(ctx, "end_index", exchange->characters);
    pbs_w_str(ctx, "url", pbs_get_str(ctx, citation, "url"));
    pbs_w_str(ctx, "title", pbs_get_str(ctx, citation, "title"));
    pbs_w_end(ctx);
    pbs_w_end(ctx);
}

/* All citations as the vendor gave them, those of web pages as annotations, too. */
static void tell_citations(const pbs_ctx *ctx, const pbs_anthropic *exchange, const Block *block)
{
    const pb_core_api *api = ctx->api;
    size_t pages = 0;
    api->w_begin(ctx->x);
    api->http_body(ctx->x, PBS_STR("{\"citations\":["));
    api->http_body(ctx->x, pbs_buf_str(&block->extra));
    api->http_body(ctx->x, PBS_STR("]}"));
    pb_str fields = api->w_end(ctx->x);
    pbs_anthropic_emit_extra(ctx, exchange, PB_AT_MESSAGE, "provider_specific_fields", fields);
    const pb_json *list = pbs_get(ctx, api->json_parse(ctx->x, fields, 0), "citations");
    api->w_begin(ctx->x);
    api->w_open(ctx->x, 0);
    for (size_t i = 0; i < api->json_len(list); i++) {
        const pb_json *citation = api->json_at(list, i, NULL);
        if (pbs_get_str(ctx, citation, "url").len == 0)
            continue;
        pages++;
        write_annotation(ctx, exchange, block, citation);
    }
    api->w_close(ctx->x);
    pb_str annotations = api->w_end(ctx->x);
    if (pages > 0)
        pbs_anthropic_emit_extra(ctx, exchange, PB_AT_MESSAGE, "annotations", annotations);
}

void pbs_anthropic_block_stop(const pbs_ctx *ctx, pbs_anthropic *exchange, int64_t index)
{
    Block *block = find(exchange, index);
    if (block == NULL)
        return;
    block->open = false;
    switch (block->kind) {
    case BLOCK_TEXT:
        if (block->extra.len > 0)
            tell_citations(ctx, exchange, block);
        break;
    case BLOCK_THINKING:
    case BLOCK_REDACTED:
        tell_thinking(ctx, exchange, block);
        break;
    case BLOCK_TOOL:
    case BLOCK_CUSTOM:
        tell_call(ctx, block);
        break;
    case BLOCK_JSON:
        tell_json(ctx, exchange, block);
        break;
    case BLOCK_SERVER:
        tell_server(ctx, exchange, block);
        break;
    case BLOCK_IGNORED:
        break;
    }
}

void pbs_anthropic_block_whole(const pbs_ctx *ctx, pbs_anthropic *exchange, const pb_json *block)
{
    pbs_anthropic_block_start(ctx, exchange, 0, block);
    pbs_anthropic_block_stop(ctx, exchange, 0);
}
