/* SPDX-License-Identifier: MIT */
/* Owns the answer that comes as the input of a tool. It goes on as text piece by piece, except
 * that models sometimes put it into a member "values" or "properties" that the schema does not
 * have: what begins like that is held back and unwrapped in the end. In ops. */
#include "lib/anthropic/dialect.h"

static const char *const wrappers[] = {"values", "properties"};

static const pb_json *schema_of(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    const pb_json *format = pbs_get(ctx, exchange->request->body, "response_format");
    return pbs_get(ctx, pbs_get(ctx, pbs_get(ctx, format, "json_schema"), "schema"), "properties");
}

/* A member of that name can only be a wrapper: there is a schema and it has none. */
static bool is_wrapper(const pbs_ctx *ctx, const pbs_anthropic *exchange, const char *name)
{
    const pb_json *properties = schema_of(ctx, exchange);
    return ctx->api->json_len(properties) > 0 && pbs_get(ctx, properties, name) == NULL;
}

/* Does text, its white space aside, begin with {"name": , or could it still? */
static bool may_begin(pb_str text, const char *name)
{
    char want[32] = "{\"";
    size_t n = strlen(name), at = 0;
    memcpy(want + 2, name, n);
    memcpy(want + 2 + n, "\":", 3);
    for (size_t i = 0; i < text.len && want[at] != '\0'; i++) {
        if (memchr(" \t\r\n", text.ptr[i], 4) != NULL)
            continue;
        if (text.ptr[i] != want[at++])
            return false;
    }
    return true;
}

static bool may_be_wrapped(const pbs_ctx *ctx, const pbs_anthropic *exchange, pb_str text)
{
    for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++)
        if (is_wrapper(ctx, exchange, wrappers[i]) && may_begin(text, wrappers[i]))
            return true;
    return false;
}

bool pbs_anthropic_json_more(const pbs_ctx *ctx, pbs_anthropic *exchange, Block *block, pb_str more)
{
    if (block->passing) {
        pbs_anthropic_emit_text(ctx, exchange, more);
        return true;
    }
    if (!pbs_buf_add(&block->text, more))
        return false;
    if (may_be_wrapped(ctx, exchange, pbs_buf_str(&block->text)))
        return true;
    block->passing = true;
    pbs_anthropic_emit_text(ctx, exchange, pbs_buf_str(&block->text));
    return true;
}

void pbs_anthropic_json_end(const pbs_ctx *ctx, pbs_anthropic *exchange, Block *block)
{
    pb_str text = pbs_buf_str(&block->text), key = {NULL, 0};
    if (block->passing)
        return;
    const pb_json *json = ctx->api->json_parse(ctx->x, text, 0);
    const pb_json *inner = ctx->api->json_at(json, 0, &key);
    bool alone = ctx->api->json_len(json) == 1 && pbs_is_type(ctx, inner, PB_JSON_OBJECT);
    for (size_t i = 0; alone && i < sizeof wrappers / sizeof wrappers[0]; i++) {
        if (!pbs_is(key, wrappers[i]) || !is_wrapper(ctx, exchange, wrappers[i]))
            continue;
        pbs_anthropic_emit_text(ctx, exchange, ctx->api->json_text(inner));
        return;
    }
    pbs_anthropic_emit_text(ctx, exchange, text.len > 0 ? text : PBS_STR("{}"));
}
